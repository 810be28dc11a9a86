"""The hash tree over the lines of the log (RFC 6962): a short proof that a line stands in a log, and that one log goes on another.

A leaf is the 32 bytes of a line's `hash`. Trees are known by their complete subtrees: (level, index) covers the lines
index * 2^level + 1 to (index + 1) * 2^level. Any part of any tree is put together from those, and they never change.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()
"""The root over no line."""

Place = tuple[int, int]
"""Level and index of a complete subtree."""
Span = tuple[int, int]
"""Lines after the first number up to the second."""


def leaf_of(line_hash: str) -> bytes:
    """The leaf of a line, from its `hash`."""
    return sha256(b"\x00" + bytes.fromhex(line_hash)).digest()


def node_of(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def grow(size: int, peaks: Sequence[bytes], leaves: Iterable[bytes]) -> tuple[int, list[bytes], list[tuple[int, int, bytes]]]:
    """Add leaves to a tree that is known by its peaks (`places_of((0, size))`); gives size, peaks and the subtrees now complete."""
    standing = list(peaks)
    completed: list[tuple[int, int, bytes]] = []
    for leaf in leaves:
        standing.append(leaf)
        size += 1
        level = 0
        while (size >> level) & 1 == 0:
            right = standing.pop()
            standing[-1] = node_of(standing[-1], right)
            level += 1
            completed.append((level, (size >> level) - 1, standing[-1]))
    return size, standing, completed


def root_of(peaks: Sequence[bytes]) -> bytes:
    """The root over peaks, largest first."""
    if not peaks:
        return EMPTY
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_of(peak, root)
    return root


def places_of(span: Span) -> list[Place]:
    """The complete subtrees that make up lines after `low` up to `high`, largest first; `low` is a border of the tree."""
    low, high = span
    places = []
    while low < high:
        level = (high - low).bit_length() - 1
        places.append((level, low >> level))
        low += 1 << level
    return places


def inclusion_spans(seq: int, size: int) -> list[Span]:
    """The parts whose roots prove that line `seq` stands in a log of `size` lines, from the leaf up."""
    return list(_inclusion(seq - 1, (0, size)))


def consistency_spans(old: int, size: int) -> list[Span]:
    """The parts whose roots prove that a log of `size` lines goes on one of `old` lines; none when one of them is trivial."""
    return [] if old in {0, size} else list(_consistency(old, (0, size), is_whole=True))


def prove(spans: Iterable[Span], read: Callable[[Place], bytes]) -> list[bytes]:
    """The roots of parts, put together from complete subtrees."""
    return [root_of([read(place) for place in places_of(span)]) for span in spans]


def is_included(leaf: bytes, *, seq: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof shows that the leaf is line `seq` of the log with this root and size."""
    if not 1 <= seq <= size:
        return False
    at, last, found = seq - 1, size - 1, leaf
    for part in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_of(part, found)
            while at & 1 == 0 and at != 0:
                at, last = at >> 1, last >> 1
        else:
            found = node_of(found, part)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(*, old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the log with this root begins with the whole log of `old` lines."""
    if old > size or old < 0:
        return False
    if old in {0, size}:
        return not proof and old_root == (root if old else EMPTY)
    parts = list(proof)
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    if not parts:
        return False
    before = after = old_root if at == 0 else parts.pop(0)
    for part in parts:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_of(part, before), node_of(part, after)
            while at & 1 == 0 and at != 0:
                at, last = at >> 1, last >> 1
        else:
            after = node_of(after, part)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == root


def _split(span: Span) -> int:
    """Where the tree over these lines is divided: after the largest power of two that leaves something."""
    low, high = span
    return low + (1 << ((high - low - 1).bit_length() - 1))


def _inclusion(at: int, span: Span) -> Iterator[Span]:
    low, high = span
    if high - low == 1:
        return
    middle = _split(span)
    if at < middle:
        yield from _inclusion(at, (low, middle))
        yield (middle, high)
    else:
        yield from _inclusion(at, (middle, high))
        yield (low, middle)


def _consistency(old: int, span: Span, *, is_whole: bool) -> Iterator[Span]:
    low, high = span
    if old == high:
        if not is_whole:
            yield span
        return
    middle = _split(span)
    if old <= middle:
        yield from _consistency(old, (low, middle), is_whole=is_whole)
        yield (middle, high)
    else:
        yield from _consistency(old, (middle, high), is_whole=False)
        yield (low, middle)
