"""The targets of the city, and what is asked of sources, read once."""

from functools import cache
from importlib.resources import files

from data.yaml_files import read_yaml
from models.targets import SourceRules, Target, Targets


@cache
def city_targets() -> tuple[Target, ...]:
    """The targets of `targets.yaml`, checked as a whole."""
    return Targets.model_validate(read_yaml(_text("targets.yaml")).value).targets


@cache
def source_rules() -> SourceRules:
    """The delays and fields of `sources.yaml`, checked as a whole."""
    return SourceRules.model_validate(read_yaml(_text("sources.yaml")).value)


def _text(name: str) -> str:
    return (files("data.targets") / name).read_text(encoding="utf-8")
