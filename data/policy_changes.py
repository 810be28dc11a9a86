"""A policy file with some of its values set otherwise, to try what a changed number would do."""

import re
from decimal import Decimal
from typing import Any

import yaml

from data.yaml_files import read_yaml
from models.errors import Malformed

NAMES = ("code", "grade", "label", "list")
"""The fields by which the members of a list are called in a path."""
_STEP = re.compile(r"[^.\[\]]+")


class NoSuchField(Malformed):
    """A change names a field that the policy file does not have."""

    code = "policy.no_such_field"


class _Dumper(yaml.SafeDumper):
    """Writes what the reader reads; decimals keep their digits."""


_Dumper.add_representer(Decimal, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", str(value)))


def change_policy(text: str, changes: tuple[str, ...]) -> str:
    """The text with each `field=value` carried out; a field is a path such as `indicators.fake_goods.points.points`, `grades[0].at_least`.

    Without changes the text stays as it is, word for word. The result is linted like any other file.
    Raises `policy.no_such_field` when a path leads nowhere or its value cannot be read.
    """
    if not changes:
        return text
    policy = read_yaml(text).value
    for change in changes:
        path, is_set, value = change.partition("=")
        given = read_yaml(value)
        if not is_set or given.blemishes or not isinstance(policy, dict):
            raise NoSuchField(f"{change!r} is no change. Write it as field=value, such as indicators.fake_goods.points.points=-60.")
        _set(policy, path.strip(), given.value)
    return str(yaml.dump(policy, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=140))


def _set(policy: dict[str, Any], path: str, value: Any) -> None:
    steps = _STEP.findall(path)
    here: Any = policy
    for step in steps[:-1]:
        here = _member(here, step, path)
    last = steps[-1] if steps else ""
    if isinstance(here, dict) and last:
        # A field that is left out has its default, and may be given.
        here[last] = value
    elif isinstance(here, list):
        here[here.index(_member(here, last, path))] = value
    else:
        raise _nowhere(path, last)


def _member(here: Any, step: str, path: str) -> Any:
    if isinstance(here, dict) and step in here:
        return here[step]
    if isinstance(here, list):
        if step.isdecimal() and int(step) < len(here):
            return here[int(step)]
        for one in here:
            if isinstance(one, dict) and any(str(one.get(name)) == step for name in NAMES):
                return one
    raise _nowhere(path, step)


def _nowhere(path: str, step: str) -> NoSuchField:
    return NoSuchField(
        f"The policy has no {step!r} where {path!r} looks for it. Name fields as the file does, and members of a list by code or place: "
        "indicators.fake_goods.points.points, grades[0].at_least, lists.quality_red.enter."
    )
