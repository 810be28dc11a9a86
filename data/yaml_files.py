"""Plain YAML, read with the line of every value: no tags, no anchors, no duplicate keys, no surprising types.

Only `true`, `false`, `null`, decimal numbers and ISO days are anything but text; `yes`, `no`, `on` and `12:30` stay the words they are.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import yaml

LARGEST_FILE = 512 * 1024
DEEPEST = 40
Path = tuple[str | int, ...]

_NULL, _BOOL, _INT, _FLOAT, _DAY = (f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "timestamp"))


# The parser in C is ten times faster; builds of PyYAML without it read the same files.
_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class PlainLoader(_Parser):  # type: ignore[misc]  # the base is chosen above
    """Resolves scalars by the few forms above."""

    yaml_implicit_resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # PyYAML's own attribute


for _tag, _pattern, _first in (
    (_NULL, r"^(?:null|~|)$", ["n", "~", ""]),
    (_BOOL, r"^(?:true|false)$", ["t", "f"]),
    (_DAY, r"^\d{4}-\d{2}-\d{2}$", list("0123456789")),
    (_INT, r"^[+-]?\d+$", list("+-0123456789")),
    (_FLOAT, r"^[+-]?\d+\.\d+$", list("+-0123456789")),
):
    PlainLoader.add_implicit_resolver(_tag, re.compile(_pattern), _first)


@dataclass(frozen=True)
class Blemish:
    """One thing wrong with the YAML itself."""

    line: int
    path: Path
    code: str
    sentence: str


@dataclass
class PlainFile:
    """The values of a file, the line each path stands on, and what is wrong with the YAML itself."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    blemishes: list[Blemish] = field(default_factory=list)

    def line_of(self, path: Path) -> int:
        """The line of a path, or of its nearest ancestor that stands in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(text: str) -> PlainFile:
    """Read one document; whatever is wrong is told in `blemishes`, and `value` is None when nothing can be read."""
    found = PlainFile()
    if len(text.encode(errors="replace")) > LARGEST_FILE:
        sentence = f"the file is larger than {LARGEST_FILE // 1024} KiB; a policy or profile never is"
        found.blemishes.append(Blemish(1, (), "yaml.too_large", sentence))
        return found
    try:
        found.blemishes += _refusals(text)
        if any(blemish.code in {"yaml.too_deep", "yaml.alias"} for blemish in found.blemishes):
            return found
        loader = PlainLoader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        sentence = f"the YAML cannot be read here: {error.problem or error.context}"
        found.blemishes.append(Blemish(mark.line + 1 if mark else 1, (), "yaml.syntax", sentence))
        return found
    except yaml.YAMLError as error:
        found.blemishes.append(Blemish(1, (), "yaml.syntax", f"the YAML cannot be read: {str(error).splitlines()[0]}"))
        return found
    if node is None:
        found.blemishes.append(Blemish(1, (), "yaml.empty", "the file is empty"))
        return found
    found.value = _value_of(node, (), found)
    return found


def _refusals(text: str) -> list[Blemish]:
    """Look at the stream of events before anything is built: an alias may stand for a billion values."""
    found: list[Blemish] = []
    depth = 0
    for event in yaml.parse(text, Loader=PlainLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                found.append(Blemish(line, (), "yaml.too_deep", f"nested deeper than {DEEPEST} levels"))
                return found
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if isinstance(event, yaml.AliasEvent):
            found.append(Blemish(line, (), "yaml.alias", f"the alias *{event.anchor} is not allowed; write the value out where it is used"))
        elif isinstance(event, yaml.NodeEvent) and event.anchor:
            found.append(
                Blemish(line, (), "yaml.anchor", f"the anchor &{event.anchor} is not allowed; write the value out where it is used")
            )
        tag = getattr(event, "tag", None)
        if tag is not None and not (tag == "!" and isinstance(event, yaml.ScalarEvent) and event.style):
            found.append(Blemish(line, (), "yaml.tag", f"the tag {tag} is not allowed; plain values need none"))
    return found


def _value_of(node: yaml.Node, path: Path, found: PlainFile) -> Any:
    found.lines.setdefault(path, node.start_mark.line + 1)
    match node:
        case yaml.MappingNode():
            return _mapping_of(node, path, found)
        case yaml.SequenceNode():
            return [_value_of(child, (*path, index), found) for index, child in enumerate(node.value)]
        case yaml.ScalarNode():
            return _scalar_of(node, path, found)
        case _:
            raise TypeError(node)


def _mapping_of(node: yaml.MappingNode, path: Path, found: PlainFile) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, child in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            found.blemishes.append(Blemish(line, path, "yaml.key", "a field's name is one word, not a list or a mapping"))
            continue
        name = str(key.value)
        if name in values:
            sentence = f"`{name}` stands twice here, first on line {found.lines[(*path, name)]}; keep one of them"
            found.blemishes.append(Blemish(line, (*path, name), "yaml.duplicate_key", sentence))
            continue
        found.lines[(*path, name)] = line
        values[name] = _value_of(child, (*path, name), found)
    return values


def _scalar_of(node: yaml.ScalarNode, path: Path, found: PlainFile) -> Any:
    text = str(node.value)
    if node.style and node.style in "'\"|>":
        return text
    try:
        match node.tag:
            case tag if tag == _NULL:
                return None
            case tag if tag == _BOOL:
                return text == "true"
            case tag if tag == _INT and len(text) <= 30:
                return int(text)
            case tag if tag == _FLOAT:
                return Decimal(text)
            case tag if tag == _DAY:
                return date.fromisoformat(text)
            case _:
                return text
    except ValueError:
        found.blemishes.append(Blemish(node.start_mark.line + 1, path, "yaml.day", f"{text} is not a day of the calendar"))
        return text
