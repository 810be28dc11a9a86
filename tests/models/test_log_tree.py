"""The tree over the log's lines against a plain recomputation, and its proofs against everything else."""

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from models.log_tree import (
    EMPTY,
    consistency_spans,
    grow,
    inclusion_spans,
    is_consistent,
    is_included,
    leaf_of,
    places_of,
    prove,
    root_of,
)

sizes = st.integers(0, 70)


def leaves_of(count: int) -> list[bytes]:
    return [leaf_of(sha256(str(number).encode()).hexdigest()) for number in range(count)]


def plain_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + plain_root(leaves[:split]) + plain_root(leaves[split:])).digest()


def stored(leaves: list[bytes]) -> dict[tuple[int, int], bytes]:
    nodes = {(0, index): leaf for index, leaf in enumerate(leaves)}
    nodes |= {(level, index): node for level, index, node in grow(0, [], leaves)[2]}
    return nodes


@given(st.lists(st.integers(0, 9), max_size=8))
def test_a_log_that_grows_in_parts_has_the_root_of_a_log_computed_anew(parts: list[int]) -> None:
    size, peaks, leaves = 0, list[bytes](), leaves_of(sum(parts))
    for part in parts:
        size, peaks, _ = grow(size, peaks, leaves[size : size + part])
        assert root_of(peaks) == plain_root(leaves[:size])
        nodes = stored(leaves[:size])
        assert peaks == [nodes[place] for place in places_of((0, size))]


@given(sizes.filter(bool), st.data())
def test_every_line_is_proved_and_no_other_leaf_root_place_or_proof_passes(size: int, data: st.DataObject) -> None:
    seq = data.draw(st.integers(1, size))
    leaves = leaves_of(size)
    root = plain_root(leaves)
    proof = prove(inclusion_spans(seq, size), stored(leaves).__getitem__)
    assert len(proof) <= size.bit_length()
    assert is_included(leaves[seq - 1], seq=seq, size=size, proof=proof, root=root)
    assert not is_included(EMPTY, seq=seq, size=size, proof=proof, root=root)
    assert not is_included(leaves[seq - 1], seq=seq, size=size, proof=proof, root=EMPTY)
    assert not is_included(leaves[seq - 1], seq=seq, size=size, proof=[*proof, root], root=root)
    assert not proof or not is_included(leaves[seq - 1], seq=seq, size=size, proof=proof[:-1], root=root)
    for other in {1, seq - 1, seq + 1, size} - {seq}:
        assert not is_included(leaves[seq - 1], seq=other, size=size, proof=proof, root=root)


@given(sizes, sizes)
def test_a_log_is_proved_to_go_on_its_own_beginning_and_no_other(one: int, other: int) -> None:
    old, size = sorted((one, other))
    leaves = leaves_of(size)
    old_root, root = plain_root(leaves[:old]), plain_root(leaves)
    proof = prove(consistency_spans(old, size), stored(leaves).__getitem__)
    assert is_consistent(old=old, old_root=old_root, size=size, root=root, proof=proof)
    forged = sha256(old_root).digest()
    assert not is_consistent(old=old, old_root=forged, size=size, root=root, proof=proof)
    if old > 0:
        assert not is_consistent(old=old, old_root=old_root, size=size, root=forged, proof=proof)
    if 0 < old < size:
        assert not is_consistent(old=old, old_root=old_root, size=size, root=root, proof=proof[:-1])
        assert not is_consistent(old=old, old_root=old_root, size=size, root=root, proof=[*proof, root])
        assert not is_consistent(old=size, old_root=root, size=old, root=old_root, proof=proof)
