"""A policy whose shapes have faults, cut down to what is sound, so that the whole-policy checks can still speak about the rest."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from models.linting.findings import Finding, Path
from models.policies import Policy

_STAND_INS: dict[str, Any] = {
    "language": 1,
    "family": "unnamed",
    "version": "0",
    "title": {"zh": "-", "en": "-"},
    "description": "-",
    "mark": "sample",
    "in_force_from": "1900-01-01",
    "in_force_until": None,
    "scale": {"start": 0, "lowest": 0, "highest": 0},
    "per_event": "largest",
}


@dataclass(frozen=True)
class SoundPart:
    """A valid policy made of the sound parts; `damaged` names the sections where something was left out or stood in for."""

    policy: Policy
    damaged: frozenset[str]
    places: dict[str, list[int]]
    """For each cut section, where its remaining items stand in the file."""

    def restored(self, findings: list[Finding]) -> list[Finding]:
        """The findings on the paths that the file has; those about what only stands in are dropped."""
        return [found for found in map(self._restore, findings) if found is not None]

    def _restore(self, finding: Finding) -> Finding | None:
        section, *rest = finding.path or ("",)
        places = self.places.get(str(section))
        if places is None:
            return None if section in self.damaged else finding
        if not rest or not isinstance(rest[0], int):
            return finding
        return Finding((section, places[rest[0]], *rest[1:]), finding.code, finding.sentence) if rest[0] < len(places) else None


def without_faults(raw: dict[str, Any], faulty: list[Path]) -> SoundPart | None:
    """Leave out every item of a section that a fault stands in; None when what remains is still no policy."""
    kept = {name: value for name, value in raw.items() if name in Policy.model_fields}
    damaged: set[str] = {str(path[0]) for path in faulty if path}
    places: dict[str, list[int]] = {}
    for section in damaged:
        items = kept.get(section)
        bad = {path[1] for path in faulty if len(path) > 1 and path[0] == section}
        if isinstance(items, list) and bad and section not in _STAND_INS:
            places[section] = [index for index in range(len(items)) if index not in bad]
            kept[section] = [items[index] for index in places[section]]
        elif section in _STAND_INS:
            kept[section] = _STAND_INS[section]
        else:
            kept.pop(section, None)
    if not kept.get("indicators"):
        kept["indicators"] = [_INDICATOR]
        damaged.add("indicators")
    if not kept.get("grades"):
        kept["grades"] = [{"grade": "X", "title": {"zh": "-", "en": "-"}, "clause": _CLAUSE}]
        damaged.add("grades")
    try:
        return SoundPart(Policy.model_validate(kept), frozenset(damaged), places)
    except ValidationError:
        return None


_CLAUSE = {"act": "unnamed", "article": "-"}
_INDICATOR = {
    "code": "unnamed",
    "group": "unnamed",
    "title": {"zh": "-", "en": "-"},
    "description": "-",
    "clause": _CLAUSE,
    "records": {"kind": "inspection"},
    "points": {"how": "fixed", "points": 0},
    "term": {"lasts": {"forever": True}},
}
