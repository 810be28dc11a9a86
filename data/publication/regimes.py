"""The regimes of publication that come with the service, read once."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import ValidationError

from data.yaml_files import read_yaml
from models.errors import Malformed
from models.publication import RecordFacts, Regimes


class FaultyRegimes(Malformed):
    """The file of regimes cannot be what it should be."""

    code = "publication.faulty"


@cache
def shipped_regimes() -> Regimes:
    """The regimes of `regimes.yaml`, checked as a whole."""
    return read_regimes((files("data.publication") / "regimes.yaml").read_text(encoding="utf-8"))


def read_regimes(text: str) -> Regimes:
    """Regimes from YAML. Raises `FaultyRegimes` with every fault and its line."""
    found = read_yaml(text)
    told = [f"line {one.line}: {one.sentence}" for one in found.blemishes]
    if not told:
        try:
            return Regimes.model_validate(found.value)
        except ValidationError as fault:
            told = [f"line {found.line_of(error['loc'])}: {error['msg']}" for error in fault.errors(include_url=False)]
    raise FaultyRegimes("The regimes of publication have faults; mend them:\n" + "\n".join(told))


def facts_of(row: Mapping[str, Any]) -> RecordFacts:
    """What of a stored record's row decides its publication."""
    return RecordFacts(**{name: row[name] for name in RecordFacts.__dataclass_fields__ if name in row})
