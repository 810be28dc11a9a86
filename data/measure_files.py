"""Catalogues of measures: YAML in, a validated catalogue or every fault at once out, and the hash under which one is published."""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from data.codes.known_lists import known_lists
from data.policy_files import Fault, shipped_acts, shown_field
from data.yaml_files import read_yaml
from models.errors import Malformed
from models.law import Act
from models.linting.findings import Finding
from models.linting.measures import lint_catalogue
from models.linting.shapes import findings_of
from models.measures import Catalogue

SHIPPED = Path(__file__).parent / "measures"
"""The catalogues that come with the service; LOCK holds the SHA-256 of each."""
FIRST = "yinchuan-2026-2"
"""What a new database begins with."""


class FaultyCatalogue(Malformed):
    """A catalogue has faults; all of them are in `faults`."""

    code = "measures.faulty"

    def __init__(self, file: str, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        count = "one fault" if len(faults) == 1 else f"{len(faults)} faults"
        lines = "\n".join(str(fault) for fault in faults)
        super().__init__(f"The catalogue of measures {file} has {count}; mend them and lint it again:\n{lines}")


def load_catalogue(text: str, *, file: str, acts: Mapping[str, Act] | None = None) -> Catalogue:
    """Read a catalogue that must be without fault; raises `measures.faulty` with all of them otherwise."""
    plain = read_yaml(text)
    faults = {Fault(file, b.line, shown_field(b.path), b.code, b.sentence) for b in plain.blemishes}
    catalogue: Catalogue | None = None
    findings: list[Finding] = []
    if isinstance(plain.value, dict):
        try:
            catalogue = Catalogue.model_validate(plain.value)
            findings = lint_catalogue(catalogue, acts if acts is not None else shipped_acts(), lists=list(known_lists()))
        except ValidationError as error:
            shaped = findings_of(error, plain.value, Catalogue)
            findings = [Finding(one.path, one.code.replace("policy.", "measures.", 1), one.sentence) for one in shaped]
    elif not faults:
        findings = [Finding((), "measures.bad_value", "a catalogue is a block of fields, beginning with `catalogue: 1`")]
    faults |= {Fault(file, plain.line_of(one.path), shown_field(one.path), one.code, one.sentence) for one in findings}
    if catalogue is None or faults:
        raise FaultyCatalogue(file, tuple(sorted(faults, key=lambda fault: (fault.line, fault.field, fault.code, fault.sentence))))
    return catalogue


@lru_cache(maxsize=32)
def parse_published_catalogue(text: str) -> Catalogue:
    """Read a catalogue that was linted when it was published; the checks of today do not judge it again."""
    return Catalogue.model_validate(read_yaml(text).value)


def catalogue_hash(catalogue: Catalogue) -> str:
    """SHA-256 of the canonical form: the identity under which it is published, and checks name it."""
    told = catalogue.model_dump(mode="json", exclude_defaults=True)
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def shipped_catalogue(name: str = FIRST) -> str:
    """The text of a catalogue that comes with the service."""
    return (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")
