"""The rules of repair that come with the service, read once."""

from functools import cache
from importlib.resources import files

from data.yaml_files import read_yaml
from models.repair_rules import RepairRules


@cache
def repair_rules() -> RepairRules:
    """The rules of `repair.yaml`, checked as a whole."""
    return RepairRules.model_validate(read_yaml((files("data.remedies") / "repair.yaml").read_text(encoding="utf-8")).value)
