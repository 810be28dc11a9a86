"""Policy files: YAML in, a validated policy or every fault at once out, each with file, line and field.

Also the register of acts that clauses refer to, and the hash under which a policy is published.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from data.yaml_files import PlainFile, read_yaml
from models.errors import Malformed
from models.law import Act
from models.linting.findings import Finding, Names
from models.linting.partial import without_faults
from models.linting.shapes import findings_of
from models.linting.whole import lint
from models.policies import Policy

SHIPPED = Path(__file__).parent / "policies"
"""The policies that come with the service; LOCK holds the SHA-256 of each."""

_ACTS = TypeAdapter(tuple[Act, ...])


@dataclass(frozen=True)
class Fault:
    """One fault of a policy file, as its author reads it."""

    file: str
    line: int
    field: str
    code: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.field or '(file)'}: {self.sentence} [{self.code}]"


class FaultyPolicy(Malformed):
    """A policy file has faults; all of them are in `faults`."""

    code = "policy.faulty"

    def __init__(self, file: str, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        lines = "\n".join(str(fault) for fault in faults)
        count = "one fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__(f"The policy {file} has {count}; mend them and lint it again:\n{lines}")


@dataclass(frozen=True)
class PolicyReading:
    """What reading a policy file gave: the policy if its shapes hold, and every fault, in the order of the file."""

    policy: Policy | None
    faults: tuple[Fault, ...]


def read_policy(text: str, *, file: str, acts: Mapping[str, Act] | None = None) -> PolicyReading:
    """Read, validate and lint a policy; `acts` is the register its clauses refer to, the shipped one if None."""
    plain = read_yaml(text)
    findings = [(blemish.line, Finding(blemish.path, blemish.code, blemish.sentence)) for blemish in plain.blemishes]
    policy = None
    if plain.value is not None:
        policy, found = _validated(plain.value, acts if acts is not None else shipped_acts())
        findings += [(plain.line_of(finding.path), finding) for finding in found]
    faults = sorted({_fault(file, line, finding) for line, finding in findings}, key=lambda f: (f.line, f.field, f.code, f.sentence))
    return PolicyReading(policy, tuple(faults))


def load_policy(text: str, *, file: str, acts: Mapping[str, Act] | None = None) -> Policy:
    """Read a policy that must be without fault; raises `FaultyPolicy` with all of them otherwise."""
    reading = read_policy(text, file=file, acts=acts)
    if reading.policy is None or reading.faults:
        raise FaultyPolicy(file, reading.faults)
    return reading.policy


def parse_published(text: str) -> Policy:
    """Read a policy that was linted when it was published; the checks of today do not judge it again."""
    return Policy.model_validate(read_yaml(text).value)


def load_shipped(name: str) -> Policy:
    """Load a policy that comes with the service, such as `yinchuan-2026` or `examples/food-hygiene-rating`."""
    path = SHIPPED / f"{name}.yaml"
    return load_policy(path.read_text(encoding="utf-8"), file=path.name)


def _validated(value: Any, acts: Mapping[str, Act]) -> tuple[Policy | None, list[Finding]]:
    if not isinstance(value, dict):
        return None, [Finding((), "policy.bad_value", "a policy is a block of fields, beginning with `language: 1`")]
    names = Names.of_raw(value)
    try:
        policy = Policy.model_validate(value)
    except ValidationError as error:
        found = findings_of(error, value)
        # What is sound is still checked as a whole, so that an author mends everything in one go.
        rest = without_faults(value, [finding.path for finding in found])
        if rest is not None:
            found += rest.restored(lint(rest.policy, acts, names=names, damaged=rest.damaged))
        return None, found
    return policy, lint(policy, acts, names=names)


def _fault(file: str, line: int, finding: Finding) -> Fault:
    return Fault(file, line, shown_field(finding.path), finding.code, finding.sentence)


def shown_field(path: tuple[str | int, ...]) -> str:
    """A path as authors write it: `indicators[3].points.bands[0].at_least`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def canonical_json(policy: Policy) -> str:
    """The policy as one canonical line: keys sorted, defaults left out, so that a field the language gains later changes no hash."""
    return json.dumps(policy.model_dump(mode="json", exclude_defaults=True), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def policy_hash(policy: Policy) -> str:
    """SHA-256 of the canonical form: the identity under which a policy is published and results name it."""
    return hashlib.sha256(canonical_json(policy).encode()).hexdigest()


class FaultyActs(Malformed):
    """The register of acts cannot be read."""

    code = "acts.faulty"


def read_acts(text: str, *, file: str) -> dict[str, Act]:
    """Read a register of acts by key. Raises `FaultyActs` with every fault."""
    plain: PlainFile = read_yaml(text)
    faults = [Fault(file, b.line, shown_field(b.path), b.code, b.sentence) for b in plain.blemishes]
    acts: tuple[Act, ...] = ()
    if isinstance(plain.value, dict):
        raw = [{"key": key, **fields} if isinstance(fields, dict) else {"key": key} for key, fields in plain.value.items()]
        try:
            acts = _ACTS.validate_python(raw)
        except ValidationError as error:
            keys = list(plain.value)
            for detail in error.errors(include_url=False):
                path = (keys[int(detail["loc"][0])], *(step for step in detail["loc"][1:]))
                faults.append(Fault(file, plain.line_of(path), shown_field(path), "acts.faulty", detail["msg"]))
    elif not faults:
        faults.append(Fault(file, 1, "", "acts.faulty", "the register of acts maps each act's key to its fields"))
    if faults:
        raise FaultyActs(f"The register of acts {file} has faults:\n" + "\n".join(str(fault) for fault in faults))
    return {act.key: act for act in acts}


@lru_cache(maxsize=1)
def shipped_acts() -> Mapping[str, Act]:
    """The register that comes with the service."""
    path = SHIPPED / "acts.yaml"
    return read_acts(path.read_text(encoding="utf-8"), file=path.name)
