"""The canonical row of an answer: what a digest covers, the same text from every engine.

A row leaves out the day and the knowledge asked about and every internal number, so that an incremental run can carry a digest on.
The digest of a run is the sum, modulo 2**256, of the SHA-256 of its rows: independent of order, and a row can be exchanged in it.
"""

import hashlib
from collections.abc import Iterable
from datetime import date

import numpy as np
import pyarrow as pa

from models.policies import Policy
from models.results import Answer, ListStanding

VERSION = "answer-1"
MODULUS = 1 << 256


def canonical_row(answer: Answer, policy: Policy) -> str:
    """Write an answer as one line: fields in the policy's order, separated by `|`, nothing for null."""
    fields: list[object] = [
        VERSION,
        answer.enterprise_key,
        answer.total_x100,
        answer.score_x100,
        answer.grade,
        answer.ladder_grade,
        int(answer.is_rated),
        answer.records_known,
        *(answer.covered.get(cover.code) or "" for cover in policy.coverage),
        *(answer.lists.get(rule.list, ListStanding.OFF) for rule in policy.lists),
        answer.next_change_on or "",
    ]
    return "|".join(map(str, fields))


def canonical_sql(policy: Policy) -> str:
    """The same line as an expression of DuckDB over the columns of a plan's answers."""
    parts = [f"'{VERSION}'", "enterprise_key", "total_x100", "score_x100", "grade", "ladder_grade", "is_rated::int", "records_known"]
    parts += [f"covered_{cover.code}" for cover in policy.coverage]
    parts += [f"list_{rule.list}" for rule in policy.lists]
    parts.append("next_change_on")
    return " || '|' || ".join(f"coalesce(({part})::varchar, '')" for part in parts)


def until_next_version(answers: str, *, as_of: date, changes_on: date | None) -> str:
    """The rows of a table of answers, holding at most until the day another version takes over."""
    if changes_on is None or changes_on <= as_of:
        return f"SELECT * FROM {answers}"
    return f"SELECT * REPLACE (least(next_change_on, DATE '{changes_on}') AS next_change_on) FROM {answers}"


def row_hash(row: str) -> bytes:
    return hashlib.sha256(row.encode()).digest()


def answer_hash(digest: bytes) -> int:
    """The first 63 bits: what standings are compared by."""
    return int.from_bytes(digest[:8], "big") >> 1


def digest_of(hashes: Iterable[bytes]) -> str:
    """Sum row hashes to the digest of a run, hexadecimal."""
    total = 0
    for row in hashes:
        total += int.from_bytes(row, "big")
    return format(total % MODULUS, "064x")


def add_hashes(total: int, block: bytes) -> int:
    """Add a block of concatenated row hashes to a running sum, limb by limb."""
    limbs = np.frombuffer(block, dtype=">u4").reshape(-1, 8).sum(axis=0, dtype=np.uint64)
    return (total + sum(int(limb) << (32 * (7 - place)) for place, limb in enumerate(limbs))) % MODULUS


def sum_hashes(batches: Iterable[pa.RecordBatch]) -> int:
    """Sum row hashes as DuckDB gives them, in batches of one column; a digest is this number in 64 hexadecimal digits."""
    total = 0
    for batch in batches:
        total = add_hashes(total, b"".join(batch.column(0).to_pylist()))
    return total
