"""What a panel reads beside the relations of the plan: the enterprises, each with the number from which it is known."""

from data.stores.relations import not_duplicate


def enterprises_statement(*, known_seq: int) -> str:
    """The SQL of all enterprises known by a sequence, no duplicates: enterprise_key, known_seq, founding scheme and value."""
    return (
        "SELECT e.enterprise_key, e.known_seq, e.founding_scheme AS scheme, e.founding_value AS value"
        f" FROM enterprise e WHERE e.known_seq <= {int(known_seq)} AND {not_duplicate(known_seq)}"
    )
