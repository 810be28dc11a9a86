"""What a panel reads beside the relations of the plan: the enterprises, each with the number from which it is known."""


def enterprises_statement(*, known_seq: int) -> str:
    """The SQL of all enterprises known by a sequence: enterprise_key, known_seq, scheme and value they were founded with."""
    return (
        "SELECT enterprise_key, known_seq, founding_scheme AS scheme, founding_value AS value"
        f" FROM enterprise WHERE known_seq <= {int(known_seq)}"
    )
