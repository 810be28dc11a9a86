"""The tree over current entries, changed step by step, against one computed anew; its proofs, and proofs made up."""

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from models import list_tree
from models.list_tree import EMPTY, Page, Proof, is_absent, is_listed, pack, prove, root_of, tree_root, unpack

near = st.integers(0, 40).map(lambda number: (number * 3).to_bytes(32, "big"))  # long common beginnings
far = st.integers(0, 40).map(lambda number: sha256(bytes([number])).digest())
keys = near | far
values = st.integers(0, 9).map(lambda number: sha256(b"value %d" % number).digest())
steps = st.lists(st.dictionaries(keys, values | st.none(), max_size=6), max_size=12)


def follow(batches: list[dict[bytes, bytes | None]]) -> tuple[dict[str, Page], dict[bytes, bytes]]:
    """Pages and leaves after all steps; each step sees only stored pages on the way to its keys."""
    kept: dict[str, bytes] = {}
    leaves: dict[bytes, bytes] = {}
    for batch in batches:
        ways = list_tree.paths_of(batch, depth=64)
        pages = {path: unpack(stored) for path, stored in kept.items() if path in ways}
        for path, page in list_tree.change(pages, batch).items():
            if page is None:
                kept.pop(path, None)
            else:
                kept[path] = pack(page)
        leaves |= {key: value for key, value in batch.items() if value is not None}
        for key in [key for key, value in batch.items() if value is None]:
            leaves.pop(key, None)
    return {path: unpack(stored) for path, stored in kept.items()}, leaves


@given(steps)
def test_changing_the_tree_gives_the_root_of_one_computed_anew(batches: list[dict[bytes, bytes | None]]) -> None:
    pages, leaves = follow(batches)
    assert tree_root(pages.get("")) == root_of(leaves)
    for path, page in pages.items():
        held = [slot for slot in page if slot]
        assert path == "" or len(held) > 1 or len(held[0]) == 32, "a page with one leaf is kept"


@given(steps, keys, values)
def test_what_is_on_the_lists_is_proved_and_what_is_not_is_proved_absent(
    batches: list[dict[bytes, bytes | None]], key: bytes, other: bytes
) -> None:
    pages, leaves = follow(batches)
    root = root_of(leaves)
    proof, value = prove(pages, key)
    assert value == leaves.get(key)
    if value is None:
        assert is_absent(root, key=key, proof=proof)
        assert not is_listed(root, key=key, value=other, proof=proof)
        assert not is_absent(sha256(root).digest(), key=key, proof=proof)
    else:
        assert is_listed(root, key=key, value=value, proof=proof)
        assert not is_absent(root, key=key, proof=proof)
        assert not is_absent(root, key=key, proof=Proof(proof.beside, (key, value)))
        assert other == value or not is_listed(root, key=key, value=other, proof=proof)
        assert not is_listed(root, key=key, value=value, proof=Proof((*proof.beside, EMPTY)))
        assert not proof.beside or not is_listed(root, key=key, value=value, proof=Proof(proof.beside[1:]))


@given(st.lists(values, min_size=1, max_size=4, unique=True))
def test_what_a_leaf_says_does_not_depend_on_the_order_of_entries(said: list[bytes]) -> None:
    assert list_tree.value_of(said) == list_tree.value_of(said[::-1])
