"""The way a policy goes before it is published, as data that comes with the service."""

from functools import cache
from importlib.resources import files

from data.yaml_files import read_yaml
from models.policy_way import PolicyWay


@cache
def policy_way() -> PolicyWay:
    """The steps and days of `policy_way.yaml`; a sample, marked as such."""
    return PolicyWay.model_validate(read_yaml((files("data") / "policy_way.yaml").read_text(encoding="utf-8")).value)
