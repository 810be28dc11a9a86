"""What a panel reads beside the relations of the plan: the enterprises, and when each was known to be a duplicate of another."""

from data.stores.relations import ALL_LINKS


def enterprises_statement(*, known_seq: int) -> str:
    """The SQL of all enterprises known by a sequence: enterprise_key, known_seq, founding scheme and value."""
    return (
        "SELECT e.enterprise_key, e.known_seq, e.founding_scheme AS scheme, e.founding_value AS value"
        f" FROM enterprise e WHERE e.known_seq <= {int(known_seq)}"
    )


def duplicates_statement(*, known_seq: int) -> str:
    """The SQL of all links told by a sequence, also those undone since: enterprise_key (the duplicate), known_seq, superseded_seq."""
    return f"SELECT from_key AS enterprise_key, known_seq, superseded_seq FROM {ALL_LINKS} AS link WHERE known_seq <= {int(known_seq)}"
