"""The outcomes that come with the service, read once."""

from functools import cache
from importlib.resources import files

from data.yaml_files import read_yaml
from models.panels import Outcome, Outcomes


@cache
def shipped_outcomes() -> tuple[Outcome, ...]:
    """The outcomes of `outcomes.yaml`, checked as a whole."""
    return Outcomes.model_validate(read_yaml((files("data.panels") / "outcomes.yaml").read_text(encoding="utf-8")).value).outcomes
