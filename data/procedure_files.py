"""Procedure files: YAML in, validated procedures or every fault at once out, each with file, line and field."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from data.policy_files import Fault, shipped_acts, shown_field
from data.yaml_files import PlainFile, read_yaml
from models.errors import Malformed
from models.law import Act
from models.procedures import Procedure

SHIPPED = Path(__file__).parent / "procedures"
_FILE = TypeAdapter(tuple[Procedure, ...])


class FaultyProcedures(Malformed):
    """A file of procedures has faults; all of them are in `faults`."""

    code = "procedures.faulty"

    def __init__(self, file: str, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__(f"The procedures {file} have faults; mend them and publish again:\n" + "\n".join(map(str, faults)))


def read_procedures(text: str, *, file: str, acts: Mapping[str, Act] | None = None) -> tuple[Procedure, ...]:
    """Read and check a file of procedures. Raises `FaultyProcedures` with every fault."""
    register = acts if acts is not None else shipped_acts()
    plain = read_yaml(text)
    faults = [Fault(file, b.line, shown_field(b.path), b.code, b.sentence) for b in plain.blemishes]
    found: tuple[Procedure, ...] = ()
    if isinstance(plain.value, dict) and isinstance(plain.value.get("procedures"), list):
        try:
            found = _FILE.validate_python(plain.value["procedures"])
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                path = ("procedures", *detail["loc"])
                faults.append(Fault(file, plain.line_of(path), shown_field(path), "procedures.faulty", detail["msg"]))
        faults += _unknown_acts(found, register, file=file, plain=plain)
    elif not faults:
        faults.append(Fault(file, 1, "", "procedures.faulty", "a file of procedures is a list under the one field `procedures`"))
    if faults:
        raise FaultyProcedures(file, tuple(faults))
    return found


def procedure_hash(procedure: Procedure) -> str:
    """SHA-256 of the canonical form without its last day, which a later version may set."""
    said = procedure.model_dump(mode="json", exclude_defaults=True, exclude={"in_force_until"})
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


@cache
def shipped_procedures() -> tuple[Procedure, ...]:
    """All procedures that come with the service; samples, marked as such."""
    paths = sorted(SHIPPED.glob("*.yaml"))
    return tuple(one for path in paths for one in read_procedures(path.read_text(encoding="utf-8"), file=path.name))


def _unknown_acts(found: tuple[Procedure, ...], acts: Mapping[str, Act], *, file: str, plain: PlainFile) -> list[Fault]:
    faults = []
    for place, procedure in enumerate(found):
        clauses = [((), procedure.clause), *((("stages", n), stage.clause) for n, stage in enumerate(procedure.stages))]
        for where, clause in clauses:
            if clause.act not in acts:
                path = ("procedures", place, *where, "clause", "act")
                sentence = f"the act {clause.act} is not in the register of acts; add it there, or correct the key"
                faults.append(Fault(file, plain.line_of(path), shown_field(path), "procedures.unknown_act", sentence))
    return faults
