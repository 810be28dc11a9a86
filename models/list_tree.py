"""The hash tree over the current entries: one root for all lists, and short proofs that an entry is on them, or that none is.

A sparse tree over the 256 bits of `key_of(list, scheme, value)`; a part with one leaf is that leaf, a part with none is 32 zero bytes. The
root follows from the entries alone, in whatever order they came. What a leaf says is salted with the line's own salt: once the law had
that emptied, nobody can find out by trial whose leaf a kept hash was.

It is stored as pages of sixteen parts, one hexadecimal digit of the key each: a change of one entry among 100,000 rewrites five of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from models.changes import canonical
from models.listings import ListingState

EMPTY = bytes(32)
WIDTH = 16
PATH_BITS = 256

Slot = bytes
"""A part of a page: empty bytes for none, 32 bytes for the root of a page below, 64 for key and value of a single leaf."""
Page = tuple[Slot, ...]
VOID: Page = (b"",) * WIDTH


@dataclass(frozen=True)
class Proof:
    """The way from a leaf to the root: the roots beside it, lowest first; `stands` is the other leaf where a key has none of its own."""

    beside: tuple[bytes, ...]
    stands: tuple[bytes, bytes] | None = None


def key_of(list_name: str, scheme: str, value: str) -> bytes:
    """Where the entry of an enterprise on a list has its leaf."""
    return sha256(canonical([list_name, scheme, value]).encode()).digest()


def said_of(salt: str, line_hash: str) -> bytes:
    """What the last line of a current entry gives to its leaf: SHA-256 over its salt followed by its hash, both as written."""
    return sha256((salt + line_hash).encode()).digest()


def leaf_after(body: Mapping[str, Any], *, salt: str, line_hash: str) -> tuple[bytes, bytes] | None:
    """Where the entry of a line's body has its leaf, and what the line gives to it; None when the line ended the entry."""
    if body["after"]["state"] == ListingState.ENDED:
        return None
    who = body["enterprise"]
    return key_of(body["list"], who["scheme"], who["value"]), said_of(salt, line_hash)


def value_of(said: Iterable[bytes]) -> bytes:
    """What a leaf says: what its entry's last line gives.

    Two entries share a key only where two enterprises were registered under one identifier; then SHA-256 over both, in order.
    """
    ordered = sorted(said)
    return ordered[0] if len(ordered) == 1 else sha256(b"".join(ordered)).digest()


def leaf_hash(key: bytes, value: bytes) -> bytes:
    return sha256(b"\x00" + key + value).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: Mapping[bytes, bytes]) -> bytes:
    """The root over all leaves, computed anew."""
    return _root([(int.from_bytes(key, "big"), leaf_hash(key, leaves[key])) for key in sorted(leaves)], PATH_BITS - 1)


def paths_of(keys: Iterable[bytes], *, depth: int) -> set[str]:
    """The addresses of the pages on the way to these keys, from the top down to a depth."""
    return {key.hex()[:length] for key in keys for length in range(depth + 1)}


def change(pages: dict[str, Page], updates: Mapping[bytes, bytes | None]) -> dict[str, Page | None]:
    """Put leaves in (or take them out, None) and give the pages that are other than before, None for those that are gone.

    `pages` holds every page that exists on the way to the keys, and is brought up to date.
    """
    touched: dict[str, Page | None] = {}
    for key, value in updates.items():
        _put(pages, touched, key, value)
    for length in range(max(map(len, touched), default=0), 0, -1):
        for path in [path for path in touched if len(path) == length and path in pages]:
            _set(pages, touched, path[:-1], int(path[-1], 16), page_root(pages[path]))
    return touched


def tree_root(top: Page | None) -> bytes:
    """The root of the whole tree, from its top page."""
    return EMPTY if top is None else page_root(top)


def page_root(page: Page) -> bytes:
    """The root of what a page covers."""
    return _fold(page)[0]


def prove(pages: Mapping[str, Page], key: bytes) -> tuple[Proof, bytes | None]:
    """The proof for a key and what its leaf says, or None and the proof that it has none."""
    digits, path = key.hex(), ""
    beside: list[bytes] = []
    while True:
        page = pages.get(path, VOID)
        at = int(digits[len(path)], 16)
        beside[:0] = _beside(page, at)
        slot = page[at]
        if len(slot) != 32:
            break
        path += digits[len(path)]
    found = _alone(page, at)
    if found is None:
        return Proof(tuple(beside)), None
    if found[:32] == key:
        return Proof(tuple(beside)), found[32:]
    return Proof(tuple(beside), (found[:32], found[32:])), None


def is_listed(root: bytes, *, key: bytes, value: bytes, proof: Proof) -> bool:
    """Whether a proof shows that the lists with this root hold the leaf."""
    return proof.stands is None and _climb(leaf_hash(key, value), key, proof.beside) == root


def is_absent(root: bytes, *, key: bytes, proof: Proof) -> bool:
    """Whether a proof shows that the lists with this root hold nothing under the key."""
    if proof.stands is None:
        return _climb(EMPTY, key, proof.beside) == root
    other, value = proof.stands
    shared = len(proof.beside)
    if other == key or shared > PATH_BITS or _bits(other) >> (PATH_BITS - shared) != _bits(key) >> (PATH_BITS - shared):
        return False
    return _climb(leaf_hash(other, value), key, proof.beside) == root


def pack(page: Page) -> bytes:
    """A page as it is stored: the length of each part, a byte each, then the parts."""
    return bytes(map(len, page)) + b"".join(page)


def unpack(stored: bytes) -> Page:
    at = WIDTH
    slots = []
    for length in stored[:WIDTH]:
        slots.append(stored[at : at + length])
        at += length
    return tuple(slots)


def _put(pages: dict[str, Page], touched: dict[str, Page | None], key: bytes, value: bytes | None) -> None:
    """Change one leaf; roots of pages below are brought up to date afterwards, and only the shape of the tree is right meanwhile."""
    digits, path = key.hex(), ""
    while len(pages.get(path, VOID)[int(digits[len(path)], 16)]) == 32:
        path += digits[len(path)]
    at = int(digits[len(path)], 16)
    slot = pages.get(path, VOID)[at]
    if value is None:
        if slot[:32] == key:
            _set(pages, touched, path, at, b"")
            _collapse(pages, touched, path)
        return
    leaf = key + value
    while slot and slot[:32] != key:  # another leaf stands here: both go one page down, until their digits differ
        _set(pages, touched, path, at, EMPTY)
        path += digits[len(path)]
        at, other = int(digits[len(path)], 16), int(slot.hex()[len(path)], 16)
        pages[path] = VOID
        _set(pages, touched, path, other, slot)
        slot = pages[path][at]
    _set(pages, touched, path, at, leaf)


def _collapse(pages: dict[str, Page], touched: dict[str, Page | None], path: str) -> None:
    """A page with one leaf left, or none, goes: its parent holds the leaf itself."""
    while path:
        held = [slot for slot in pages[path] if slot]
        if len(held) > 1 or (held and len(held[0]) == 32):
            return
        del pages[path]
        touched[path] = None
        at, path = int(path[-1], 16), path[:-1]
        _set(pages, touched, path, at, held[0] if held else b"")


def _set(pages: dict[str, Page], touched: dict[str, Page | None], path: str, at: int, slot: Slot) -> None:
    page = pages.get(path, VOID)
    pages[path] = touched[path] = (*page[:at], slot, *page[at + 1 :])


def _fold(page: Page) -> tuple[bytes, bool]:
    """The root of some parts, and whether it is a single leaf's."""
    parts = [(leaf_hash(slot[:32], slot[32:]), True) if len(slot) == 64 else (slot or EMPTY, False) for slot in page]
    while len(parts) > 1:
        parts = [_join(parts[at], parts[at + 1]) for at in range(0, len(parts), 2)]
    return parts[0]


def _join(left: tuple[bytes, bool], right: tuple[bytes, bool]) -> tuple[bytes, bool]:
    if left[0] == EMPTY and (right[1] or right[0] == EMPTY):
        return right
    if right[0] == EMPTY and left[1]:
        return left
    return node_hash(left[0], right[0]), False


def _alone(page: Page, at: int) -> Slot | None:
    """The only leaf of the largest part around a place that is nothing but a leaf; None where that part is empty."""
    found = page[at] or None
    low, high = at, at + 1
    while high - low < WIDTH:
        size = 2 * (high - low)
        low = low // size * size
        high = low + size
        held = [slot for slot in page[low:high] if slot]
        if len(held) > 1 or (held and len(held[0]) == 32):
            return found
        found = held[0] if held else None
    return found


def _beside(page: Page, at: int) -> list[bytes]:
    """The roots beside the way to a place within a page, lowest first, from where more than one leaf is left."""
    beside = []
    size = 1
    while size < WIDTH:
        low = at // size * size
        other = low ^ size
        around = page[min(low, other) : min(low, other) + 2 * size]
        held = [slot for slot in around if slot]
        if len(held) > 1 or (held and len(held[0]) == 32):
            beside.append(_fold(page[other : other + size])[0])
        size *= 2
    return beside


def _climb(found: bytes, key: bytes, beside: Sequence[bytes]) -> bytes:
    """The root that a leaf and the roots beside its way give."""
    if len(beside) > PATH_BITS:
        return b""
    bits = _bits(key)
    for depth, other in zip(range(len(beside) - 1, -1, -1), beside, strict=True):
        is_right = bits >> (PATH_BITS - 1 - depth) & 1
        found = node_hash(other, found) if is_right else node_hash(found, other)
    return found


def _bits(key: bytes) -> int:
    return int.from_bytes(key, "big")


def _root(leaves: list[tuple[int, bytes]], bit: int) -> bytes:
    """The root over sorted leaves that agree in all bits above one."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaves[0][1]
    middle = _first(leaves, lambda key: key >> bit & 1)
    return node_hash(_root(leaves[:middle], bit - 1), _root(leaves[middle:], bit - 1))


def _first(leaves: list[tuple[int, bytes]], is_right: Callable[[int], int]) -> int:
    low, high = 0, len(leaves)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if is_right(leaves[middle][0]) else (middle + 1, high)
    return low
