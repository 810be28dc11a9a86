"""The SQL by which stored facts become the relations a plan reads: one column list for live answers, batches and exports."""

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

_SCOPED = "enterprise_key IN (SELECT enterprise_key FROM questions)"


def record_selection(quantities: Sequence[str], details: Sequence[str]) -> str:
    """Project records as a policy reads them: `q_NAME` and `d_NAME` are taken out of their documents.

    Names come from validated policies (`[a-z][a-z0-9_]*`), so they can stand in SQL as they are.
    """
    columns = list(RECORD_COLUMNS)
    columns += [f"(quantities_x10000->>'{name}')::bigint AS q_{name}" for name in quantities]
    columns += [f"detail->>'{name}' AS d_{name}" for name in details]
    return f"SELECT {', '.join(columns)} FROM record"


def live_relations(quantities: Sequence[str], details: Sequence[str]) -> str:
    """Common table expressions for some questions, given as four arrays (question, enterprise_key, as_of, known_seq).

    Materialised, so that the planner reaches the facts of the enterprises asked about by index, whatever the plan does with them.
    """
    return (
        "questions AS MATERIALIZED (SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::bigint[])"
        " AS q(question, enterprise_key, as_of, known_seq)),"
        f" records AS MATERIALIZED ({record_selection(quantities, details)} WHERE {_SCOPED}),"
        f" registry AS MATERIALIZED (SELECT {', '.join(REGISTRY_COLUMNS)} FROM registry_fact WHERE {_SCOPED}),"
        f" listings AS MATERIALIZED (SELECT {', '.join(LISTING_COLUMNS)} FROM listing_span WHERE {_SCOPED})"
    )


def batch_records(
    quantities: Sequence[str], details: Sequence[str], *, known_seq: int, since_seq: int | None = None, after: int | None = None
) -> str:
    """All records that can count in answers known at one sequence, or at any from `since_seq` on; with `after`, of later keys alone."""
    counting = f"{_known(known_seq, since_seq, after)} AND NOT is_withdrawn AND concluded_on IS NOT NULL"
    return f"{record_selection(quantities, details)} WHERE {counting}"


def batch_registry(*, known_seq: int, since_seq: int | None = None, after: int | None = None) -> str:
    return f"SELECT {', '.join(REGISTRY_COLUMNS)} FROM registry_fact WHERE {_known(known_seq, since_seq, after)}"


def batch_listings(*, known_seq: int, since_seq: int | None = None, after: int | None = None) -> str:
    return f"SELECT {', '.join(LISTING_COLUMNS)} FROM listing_span WHERE {_known(known_seq, since_seq, after)}"


def _known(known_seq: int, since_seq: int | None, after: int | None) -> str:
    """Told by a sequence and not closed at `since_seq` already; by itself, what is known at that sequence."""
    first = known_seq if since_seq is None else since_seq
    known = f"known_seq <= {int(known_seq)} AND (superseded_seq IS NULL OR superseded_seq > {int(first)})"
    return known + (f" AND enterprise_key > {int(after)}" if after is not None else "")
