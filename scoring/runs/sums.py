"""What a run found, as the sum of its parts."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from models.policies import Policy
from models.tables.runs import Run, RunPart
from scoring.runs.canonical import MODULUS


def sum_of(parts: Sequence[RunPart], policy: Policy, *, base: Run | None = None) -> dict[str, Any]:
    """Digest, counts by grade and list, and how many moved between grades since the standings: columns of a run's row.

    Parts of an incremental run add to what its base found.
    """
    found_before = base.counts if base is not None else {"grades": {}, "lists": {}}
    digest_before = int(base.digest or "0", 16) if base is not None else 0
    moves = _sum_moves(parts)
    before = sorted({version for version, _, _ in moves})
    return {
        "digest": format((digest_before + sum(int(part.digest, 16) for part in parts)) % MODULUS, "064x"),
        "counts": {
            "grades": _sum(found_before["grades"], *(part.grades for part in parts)),
            "lists": {
                rule.list: _sum(found_before["lists"].get(rule.list, {}), *(part.lists.get(rule.list, {}) for part in parts))
                for rule in policy.lists
            },
        },
        "migration": {
            "from_policies": before,
            "to_policy": policy.name,
            # Grades of two versions are two scales: a difference between them is not a movement of the enterprise.
            "under_one_version": before == [policy.name],
            "moves": [{"from": a, "to": b, "enterprises": n} for (_, a, b), n in sorted(moves.items())],
            "moved": sum(n for (_, a, b), n in moves.items() if a != b),
        },
    }


def _sum(*counts: dict[str, int]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for one in counts:
        found.update(one)
    return {name: n for name, n in sorted(found.items()) if n}


def _sum_moves(parts: Sequence[RunPart]) -> dict[tuple[str, str, str], int]:
    found: Counter[tuple[str, str, str]] = Counter()
    for part in parts:
        for move in part.moves:
            found[move["policy"], move["from"], move["to"]] += move["enterprises"]
    return {way: n for way, n in found.items() if n}
