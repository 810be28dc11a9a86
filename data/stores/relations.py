"""The SQL by which stored facts become the relations a plan reads: one column list for live answers, batches and exports.

What is known of a duplicate (a link `same_as`) stands in the relations once more under the entry that is kept, known while both the fact
and the link were. So the plan asks nothing of links: its join on the enterprise finds all that the kept one bears, at whatever number a
question asks. Registry facts are the kept one's own. See docs/decisions/0086-two-entries-of-one-enterprise.md.
"""

from collections.abc import Sequence

RECORD_COLUMNS = (
    "record_key",
    "enterprise_key",
    "event_key",
    "kind",
    "outcome",
    "severity",
    "level",
    "capacity",
    "code",
    "occurred_on",
    "ended_on",
    "concluded_on",
    "decided_on",
    "rectified_on",
    "in_force_from",
    "in_force_until",
    "public_until",
    "repaired_on",
    "is_withdrawn",
    "known_seq",
    "superseded_seq",
)
REGISTRY_COLUMNS = (
    "enterprise_key",
    "valid_from",
    "valid_until",
    "state",
    "type",
    "region",
    "industry",
    "size",
    "registered_on",
    "known_seq",
    "superseded_seq",
)
LISTING_COLUMNS = ("enterprise_key", "list", "colour", "starts_on", "ends_on", "known_seq", "superseded_seq")

SCOPED = "enterprise_key IN (SELECT enterprise_key FROM questions)"
ALL_LINKS = "(SELECT from_key, to_key, known_seq, superseded_seq FROM enterprise_link WHERE kind = 'same_as')"
SCOPED_LINKS = f"links AS MATERIALIZED (SELECT * FROM {ALL_LINKS} AS every WHERE to_key IN (SELECT enterprise_key FROM questions))"
_MOVED = {
    "enterprise_key": "link.to_key AS enterprise_key",
    "known_seq": "greatest(fact.known_seq, link.known_seq) AS known_seq",
    "superseded_seq": "least(fact.superseded_seq, link.superseded_seq) AS superseded_seq",
}
"""A fact of a duplicate as the kept entry bears it."""
_AT_ONCE = "greatest(fact.known_seq, link.known_seq) < coalesce(least(fact.superseded_seq, link.superseded_seq), 9223372036854775807)"
"""Fact and link were known at the same time, at least once."""


def record_columns(quantities: Sequence[str], details: Sequence[str]) -> list[str]:
    """The columns of a record as a policy reads it: `q_NAME` and `d_NAME` are taken out of their documents.

    Names come from validated policies (`[a-z][a-z0-9_]*`), so they can stand in SQL as they are.
    """
    columns = list(RECORD_COLUMNS)
    columns += [f"(quantities_x10000->>'{name}')::bigint AS q_{name}" for name in quantities]
    return columns + [f"detail->>'{name}' AS d_{name}" for name in details]


def borne_records(quantities: Sequence[str], details: Sequence[str], *, links: str, where: str = "true", moved_where: str = "true") -> str:
    """Records under their own entry, and those of duplicates once more under the one that is kept, by the links of a relation."""
    return _borne(record_columns(quantities, details), "record", links=links, where=where, moved_where=moved_where)


def borne_listings(*, links: str, where: str = "true", moved_where: str = "true") -> str:
    """Entries on lists in the same way."""
    return _borne(LISTING_COLUMNS, "listing_span", links=links, where=where, moved_where=moved_where)


def _borne(columns: Sequence[str], table: str, *, links: str, where: str, moved_where: str) -> str:
    """Each link reaches the facts of its duplicate by index (OFFSET 0), whatever the planner expects of it."""
    moved = ", ".join(_MOVED.get(column, column) for column in columns)
    return (
        f"SELECT {', '.join(columns)} FROM {table} WHERE {where} UNION ALL SELECT {moved} FROM {links} AS link"
        f" CROSS JOIN LATERAL (SELECT * FROM {table} WHERE enterprise_key = link.from_key AND {moved_where} OFFSET 0) AS fact"
        f" WHERE {_AT_ONCE}"
    )


def live_relations(quantities: Sequence[str], details: Sequence[str]) -> str:
    """Common table expressions for some questions, given as four arrays (question, enterprise_key, as_of, known_seq).

    Materialised, so that the planner reaches the facts of the enterprises asked about by index, whatever the plan does with them.
    """
    return (
        "questions AS MATERIALIZED (SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::bigint[])"
        " AS q(question, enterprise_key, as_of, known_seq)),"
        f" {SCOPED_LINKS},"
        f" records AS MATERIALIZED ({borne_records(quantities, details, links='links', where=SCOPED)}),"
        f" registry AS MATERIALIZED (SELECT {', '.join(REGISTRY_COLUMNS)} FROM registry_fact WHERE {SCOPED}),"
        f" listings AS MATERIALIZED ({borne_listings(links='links', where=SCOPED)})"
    )


def batch_records(
    quantities: Sequence[str],
    details: Sequence[str],
    *,
    known_seq: int,
    since_seq: int | None = None,
    after: int | None = None,
    only: Sequence[int] | None = None,
) -> str:
    """All records that can count in answers known at one sequence, or at any from `since_seq` on.

    With `after`, those of later keys alone; with `only`, those of these enterprises.
    """
    counting = "NOT is_withdrawn AND concluded_on IS NOT NULL"
    own = f"{_known(known_seq, since_seq, after, only)} AND {counting}"
    moved = f"{_known(known_seq, since_seq)} AND {counting}"
    return borne_records(quantities, details, links=_links(known_seq, since_seq, after, only), where=own, moved_where=moved)


def batch_registry(*, known_seq: int, since_seq: int | None = None, after: int | None = None, only: Sequence[int] | None = None) -> str:
    return f"SELECT {', '.join(REGISTRY_COLUMNS)} FROM registry_fact WHERE {_known(known_seq, since_seq, after, only)}"


def batch_listings(*, known_seq: int, since_seq: int | None = None, after: int | None = None, only: Sequence[int] | None = None) -> str:
    own, moved = _known(known_seq, since_seq, after, only), _known(known_seq, since_seq)
    return borne_listings(links=_links(known_seq, since_seq, after, only), where=own, moved_where=moved)


def not_duplicate(known_seq: int) -> str:
    """Of `enterprise e`: the entry was not known to be a duplicate of another one."""
    return (
        f"NOT EXISTS (SELECT FROM {ALL_LINKS} AS d WHERE d.from_key = e.enterprise_key"
        f" AND d.known_seq <= {int(known_seq)} AND (d.superseded_seq IS NULL OR d.superseded_seq > {int(known_seq)}))"
    )


def _links(known_seq: int, since_seq: int | None, after: int | None, only: Sequence[int] | None) -> str:
    return f"(SELECT * FROM {ALL_LINKS} AS every WHERE {_known(known_seq, since_seq, after, only, key='to_key')})"


def _known(
    known_seq: int, since_seq: int | None, after: int | None = None, only: Sequence[int] | None = None, *, key: str = "enterprise_key"
) -> str:
    """Told by a sequence and not closed at `since_seq` already; by itself, what is known at that sequence."""
    first = known_seq if since_seq is None else since_seq
    known = f"known_seq <= {int(known_seq)} AND (superseded_seq IS NULL OR superseded_seq > {int(first)})"
    if after is not None:
        known += f" AND {key} > {int(after)}"
    if only is not None:
        known += f" AND {key} = ANY ('{{{','.join(str(int(one)) for one in only)}}}'::bigint[])"
    return known
