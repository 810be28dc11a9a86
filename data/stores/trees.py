"""The hash trees beside the log: brought past its newest lines by one process at a time, read for proofs.

Writers of lines leave them alone: a line that waited for its trees would cost every other writer two milliseconds (docs/decisions/0050).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from data.database import ReadSession, WriteSession, driver_connection
from data.stores.changes import WIRE
from models import list_tree, log_tree
from models.list_tree import Page, Proof
from models.log_tree import Place, Span

Cursor = psycopg.Cursor[Any]

TREES_LOCK = 0x716374726565  # "qctree"
AT_ONCE = 5_000
USUAL_DEPTH = 16
"""Two of ten million keys share sixteen digits once in hundreds of thousands of such trees; then all depths are read."""

_LOCK = "SELECT pg_advisory_xact_lock(%s)"
_LAST = "SELECT seq, log_root, lists_root, entries FROM log_root ORDER BY seq DESC LIMIT 1"
_NEWER = """
SELECT seq, hash, listing_id, salt, body FROM change JOIN change_detail AS detail USING (seq)
WHERE change.seq > %(after)s AND change.seq <= %(until)s AND detail.seq > %(after)s AND detail.seq <= %(until)s ORDER BY seq
"""
_LEAVES = """
SELECT listing_id, key, said FROM list_leaf WHERE listing_id = ANY(%s)
UNION SELECT listing_id, key, said FROM list_leaf WHERE key = ANY(%s)
"""
_PAGES = "SELECT path, slots FROM list_page WHERE path = ANY(%s)"
_LEAVE = "DELETE FROM list_leaf WHERE listing_id = ANY(%s)"
_STAND = """
INSERT INTO list_leaf (listing_id, key, said) SELECT * FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[])
ON CONFLICT (listing_id) DO UPDATE SET key = excluded.key, said = excluded.said
"""
_DROP_PAGES = "DELETE FROM list_page WHERE path = ANY(%s)"
_WRITE_PAGES = """
INSERT INTO list_page (path, slots) SELECT * FROM unnest(%s::text[], %s::bytea[]) ON CONFLICT (path) DO UPDATE SET slots = excluded.slots
"""
_ENTRY = f"""
SELECT root.seq, root.lists_root, (SELECT max(epoch) FROM log_epoch WHERE begins_after <= root.seq),
    (SELECT array_agg(path ORDER BY path COLLATE "C") FROM list_page WHERE path = ANY(%(paths)s)),
    (SELECT array_agg(slots ORDER BY path COLLATE "C") FROM list_page WHERE path = ANY(%(paths)s)),
    (SELECT array_agg({WIRE} ORDER BY change.seq) FROM change JOIN change_detail AS detail USING (seq) WHERE change.seq IN (
        SELECT (SELECT max(seq) FROM change_detail AS one WHERE one.listing_id = leaf.listing_id AND one.seq <= root.seq)
        FROM list_leaf AS leaf WHERE leaf.key = %(key)s))
FROM (SELECT seq, lists_root FROM log_root ORDER BY seq DESC LIMIT 1) AS root
"""
_COPY_NODES = "COPY log_node (level, place, hash) FROM STDIN"
_COPY_ROOTS = "COPY log_root (seq, log_root, lists_root, entries) FROM STDIN"
_AT = "SELECT seq, log_root, lists_root, entries FROM log_root WHERE seq = %s"
_NODES = """
SELECT level, place, hash FROM log_node JOIN unnest(%s::int[], %s::bigint[]) AS asked(level, place) USING (level, place)
"""
_LINE_HASHES = "SELECT seq, hash FROM change WHERE seq = ANY(%s)"


@dataclass(frozen=True)
class Roots:
    """Both roots after a line, hexadecimal, and how many entries are current then."""

    seq: int
    log_root: str
    lists_root: str
    entries: int


def catch_up(session: WriteSession) -> Roots:
    """Bring both trees past the next lines they lack, some thousands at most; the caller commits, and asks again until `seq` stays."""
    connection = driver_connection(session)
    connection.execute(_LOCK, (TREES_LOCK,))
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        stands = Roots(*_only(cursor.execute(_LAST).fetchone()))
        lines = cursor.execute(_NEWER, {"after": stands.seq, "until": stands.seq + AT_ONCE}).fetchall()
        return _grow(cursor, lines, stands) if lines else stands


def last_roots(session: ReadSession) -> Roots:
    """The roots after the last line that the trees have come to."""
    with driver_connection(session).cursor(row_factory=tuple_row) as cursor:
        return Roots(*_only(cursor.execute(_LAST).fetchone()))


def find_roots(session: ReadSession, seq: int) -> Roots | None:
    """The roots after a line; None when there is no such line, or the trees have not come to it yet."""
    with driver_connection(session).cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_AT, (seq,)).fetchone()
    return None if row is None else Roots(*row)


def prove_lines(session: ReadSession, spans: Iterable[Span]) -> list[bytes]:
    """The roots of parts of the log, for a proof that `models.log_tree` laid out."""
    asked = list(spans)
    with driver_connection(session).cursor(row_factory=tuple_row, binary=True) as cursor:
        found = _subtrees(cursor, [place for span in asked for place in log_tree.places_of(span)])
    return log_tree.prove(asked, found.__getitem__)


@dataclass(frozen=True)
class EntryProved:
    """What the trees hold for a key, all as of one line."""

    epoch: int
    seq: int
    lists_root: str
    proof: Proof
    said: bytes | None
    """What the key's leaf says; None where it has none."""
    lines: tuple[str, ...]
    """The last line of each entry that the leaf covers, as the feed sends it."""


async def prove_entry(connection: psycopg.AsyncConnection[Any], key: bytes) -> EntryProved:
    """The proof for a key in the tree over the current entries, in one round trip, since each costs more than the proof."""
    found = await _entry(connection, key, USUAL_DEPTH)
    if any(len(path) == USUAL_DEPTH for path in found[3] or ()):
        found = await _entry(connection, key, list_tree.PATH_BITS // 4)
    seq, lists_root, epoch, paths, slots, lines = found
    pages = {path: list_tree.unpack(packed) for path, packed in zip(paths or (), slots or (), strict=True)}
    proof, said = list_tree.prove(pages, key)
    return EntryProved(epoch, seq, lists_root, proof, said, tuple(lines or ()))


async def _entry(connection: psycopg.AsyncConnection[Any], key: bytes, depth: int) -> tuple[Any, ...]:
    asked = {"key": key, "paths": [*list_tree.paths_of([key], depth=depth)]}
    async with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        return _only(await (await cursor.execute(_ENTRY, asked, prepare=True)).fetchone())


def _grow(cursor: Cursor, lines: Sequence[tuple[int, str, int, str | None, str | None]], stands: Roots) -> Roots:
    """Both trees line by line, so that every line has its roots; what is stored is written once, at the end."""
    places = log_tree.places_of((0, stands.seq))
    found = _subtrees(cursor, places)
    size, peaks, entries = stands.seq, [found[place] for place in places], stands.entries
    after = [_leaf(line_hash, salt, body) for _, line_hash, _, salt, body in lines]
    listings = {line[2] for line in lines}
    rows = cursor.execute(_LEAVES, (list(listings), [leaf[0] for leaf in after if leaf])).fetchall()
    current = {listing_id: (key, said) for listing_id, key, said in rows}
    under: dict[bytes, dict[int, bytes]] = {}
    for listing_id, (key, said) in current.items():
        under.setdefault(key, {})[listing_id] = said
    pages = _pages(cursor, [*under, *(leaf[0] for leaf in after if leaf)])
    touched: set[str] = set()
    nodes, roots = [], []
    for (_, line_hash, listing_id, _, _), leaf in zip(lines, after, strict=True):
        size, peaks, completed = log_tree.grow(size, peaks, [log_tree.leaf_of(line_hash)])
        nodes += completed
        entries += (leaf is not None) - (listing_id in current)
        keys = set()
        if (before := current.pop(listing_id, None)) is not None:
            del under[before[0]][listing_id]
            keys.add(before[0])
        if leaf is not None:
            current[listing_id] = leaf
            under.setdefault(leaf[0], {})[listing_id] = leaf[1]
            keys.add(leaf[0])
        updates = {key: list_tree.value_of(under[key].values()) if under[key] else None for key in keys}
        touched |= list_tree.change(pages, updates).keys()
        roots.append((size, log_tree.root_of(peaks).hex(), list_tree.tree_root(pages.get("")).hex(), entries))
    standing = {number: current[number] for number in listings if number in current}
    cursor.execute(_LEAVE, ([number for number in listings if number not in current],))
    cursor.execute(_STAND, ([*standing], [key for key, _ in standing.values()], [said for _, said in standing.values()]))
    kept = [path for path in touched if path in pages]
    cursor.execute(_DROP_PAGES, ([path for path in touched if path not in pages],))
    cursor.execute(_WRITE_PAGES, (kept, [list_tree.pack(pages[path]) for path in kept]))
    _copy(cursor, _COPY_NODES, nodes)
    _copy(cursor, _COPY_ROOTS, roots)
    return Roots(*roots[-1])


def _leaf(line_hash: str, salt: str | None, body: str | None) -> tuple[bytes, bytes] | None:
    """Where an entry has its leaf after a line, and what the line gives to it; None when it ended, or when nothing may be told of it."""
    return None if body is None or salt is None else list_tree.leaf_after(json.loads(body), salt=salt, line_hash=line_hash)


def _subtrees(cursor: Cursor, places: Sequence[Place]) -> dict[Place, bytes]:
    """Complete subtrees over lines; the lowest ones are leaves, made of the lines themselves."""
    above = [place for place in places if place[0] > 0]
    rows = cursor.execute(_NODES, ([level for level, _ in above], [place for _, place in above])).fetchall()
    found = {(level, place): node for level, place, node in rows}
    leaves = cursor.execute(_LINE_HASHES, ([place + 1 for level, place in places if level == 0],)).fetchall()
    return found | {(0, seq - 1): log_tree.leaf_of(line_hash) for seq, line_hash in leaves}


def _pages(cursor: Cursor, keys: Sequence[bytes]) -> dict[str, Page]:
    """Every page on the way to these keys."""
    pages = _to_depth(cursor, keys, USUAL_DEPTH)
    return _to_depth(cursor, keys, list_tree.PATH_BITS // 4) if any(len(path) == USUAL_DEPTH for path in pages) else pages


def _to_depth(cursor: Cursor, keys: Iterable[bytes], depth: int) -> dict[str, Page]:
    # The top always: lines about entries that had ended touch no key, and leave the root as it is.
    rows = cursor.execute(_PAGES, ([*{"", *list_tree.paths_of(keys, depth=depth)}],)).fetchall()
    return {path: list_tree.unpack(slots) for path, slots in rows}


def _copy(cursor: Cursor, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _only(row: tuple[Any, ...] | None) -> tuple[Any, ...]:
    assert row is not None
    return row
