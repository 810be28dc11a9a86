"""Facts told apart by what happened to them between two moments of knowledge, as relations a plan can be asked over.

Instead of the numbers of the house's clock, the rows say from which step to which they are known (`models.differences.STEPS`): 1 what the
earlier moment knew, 2 without what was withdrawn by the later one, 3 with what was corrected by then, 4 all that the later moment knew.
The plan is asked at a step as at any other number, and knows nothing of it.

A record is the same record while its key and its enterprise are the same. One that cannot count (withdrawn, or nothing concluded) is no
fact yet, so that a conclusion is news and a withdrawal leaves nothing. What the registry says of an enterprise, and an enterprise's entry
on a list, replace one another: the old one stays until the new one is told, at step 4; what ends without another is withdrawn.
"""

from collections.abc import Sequence

from data.stores.relations import (
    ALL_LINKS,
    LISTING_COLUMNS,
    RECORD_COLUMNS,
    REGISTRY_COLUMNS,
    SCOPED,
    SCOPED_LINKS,
    borne_listings,
    borne_records,
)

_CLOCK = 2
"""The columns of each list that this module fills itself: `known_seq` and `superseded_seq`, the last two."""


def stepped_records(quantities: Sequence[str], details: Sequence[str], *, before: str, after: str, borne: str | None = None) -> str:
    """The records that count at either moment. `before` and `after` are numbers, or expressions that give them.

    `borne` is a relation of records as `borne_records` gives them; all, unless given. A link to a duplicate tells its records anew.
    """
    borne = borne or f"({borne_records(quantities, details, links=ALL_LINKS)})"
    columns = [f"r.{name}" for name in RECORD_COLUMNS[:-_CLOCK]]
    own = [f"r.q_{name}" for name in quantities] + [f"r.d_{name}" for name in details]
    then, now = _counts("r", before), _counts("r", after)
    same = f"SELECT FROM {borne} o WHERE o.record_key = r.record_key AND o.enterprise_key = r.enterprise_key AND"
    steps = (
        f"CASE WHEN {then} THEN 1 WHEN EXISTS ({same} {_counts('o', before)}) THEN 3 ELSE 4 END::bigint AS known_seq",
        f"CASE WHEN {now} THEN NULL WHEN EXISTS ({same} {_counts('o', after)}) THEN 3 ELSE 2 END::bigint AS superseded_seq",
    )
    return f"SELECT {', '.join([*columns, *steps, *own])} FROM {borne} r WHERE {then} OR {now}"


def stepped_registry(*, before: str, after: str, where: str = "true") -> str:
    """What the registry said at either moment."""
    return _replaced("registry_fact", REGISTRY_COLUMNS, same="o.enterprise_key = r.enterprise_key", before=before, after=after, where=where)


def stepped_listings(*, before: str, after: str, borne: str | None = None) -> str:
    """The entries on lists known at either moment."""
    same = "o.enterprise_key = r.enterprise_key AND o.list = r.list"
    return _replaced(borne or f"({borne_listings(links=ALL_LINKS)})", LISTING_COLUMNS, same=same, before=before, after=after)


def stepped_relations(quantities: Sequence[str], details: Sequence[str]) -> str:
    """Common table expressions for questions given as in `live_relations`, followed by the two moments, at which steps are asked about."""
    moments = {"before": "(SELECT before FROM moments)", "after": "(SELECT after FROM moments)"}
    return (
        "questions AS MATERIALIZED (SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::bigint[])"
        " AS q(question, enterprise_key, as_of, known_seq)),"
        " moments AS MATERIALIZED (SELECT %s::bigint AS before, %s::bigint AS after),"
        f" {SCOPED_LINKS},"
        f" borne AS MATERIALIZED ({borne_records(quantities, details, links='links', where=SCOPED)}),"
        f" entries AS MATERIALIZED ({borne_listings(links='links', where=SCOPED)}),"
        f" records AS MATERIALIZED ({stepped_records(quantities, details, borne='borne', **moments)}),"
        f" registry AS MATERIALIZED ({stepped_registry(where=f'r.{SCOPED}', **moments)}),"
        f" listings AS MATERIALIZED ({stepped_listings(borne='entries', **moments)})"
    )


def _replaced(table: str, columns: Sequence[str], *, same: str, before: str, after: str, where: str = "true") -> str:
    then, now = _known("r", before), _known("r", after)
    told_anew = f"EXISTS (SELECT FROM {table} o WHERE {same} AND {_known('o', after)} AND o.known_seq > {before})"
    steps = (
        f"CASE WHEN {then} THEN 1 ELSE 4 END::bigint AS known_seq",
        f"CASE WHEN {now} THEN NULL WHEN {told_anew} THEN 4 ELSE 2 END::bigint AS superseded_seq",
    )
    shown = [f"r.{name}" for name in columns[:-_CLOCK]]
    return f"SELECT {', '.join([*shown, *steps])} FROM {table} r WHERE ({then} OR {now}) AND {where}"


def _known(row: str, seq: str) -> str:
    return f"({row}.known_seq <= {seq} AND ({row}.superseded_seq IS NULL OR {row}.superseded_seq > {seq}))"


def _counts(row: str, seq: str) -> str:
    return f"({_known(row, seq)} AND NOT {row}.is_withdrawn AND {row}.concluded_on IS NOT NULL)"
