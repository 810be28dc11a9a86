"""The digest of a run: independent of order, and built up in blocks or at once."""

from hypothesis import given
from hypothesis import strategies as st

from scoring.runs.canonical import add_hashes, digest_of, row_hash

ROWS = st.lists(st.text(max_size=20), max_size=60)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_digest(rows: list[str], random) -> None:  # type: ignore[no-untyped-def]  # hypothesis gives a Random
    hashes = [row_hash(row) for row in rows]
    shuffled = hashes[:]
    random.shuffle(shuffled)
    assert digest_of(hashes) == digest_of(shuffled)


@given(ROWS, st.integers(min_value=1, max_value=7))
def test_blocks_add_up_to_the_whole(rows: list[str], size: int) -> None:
    hashes = [row_hash(row) for row in rows]
    total = 0
    for start in range(0, len(hashes), size):
        total = add_hashes(total, b"".join(hashes[start : start + size]))
    assert format(total, "064x") == digest_of(hashes)


@given(ROWS.filter(bool))
def test_one_row_more_or_less_shows(rows: list[str]) -> None:
    hashes = [row_hash(row) for row in rows]
    assert digest_of(hashes) != digest_of(hashes[1:])
