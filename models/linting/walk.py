"""Every nested shape of a policy with its path, so that a check names what it looks at and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from models.linting.findings import Path
from models.shapes import Shape

S = TypeVar("S", bound=Shape)


def nested(value: Any, path: Path = ()) -> Iterator[tuple[Path, Shape]]:
    """Walk outer before inner, in the order of the fields."""
    if isinstance(value, Shape):
        yield path, value
        for name in type(value).model_fields:
            yield from nested(getattr(value, name), (*path, name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from nested(item, (*path, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from nested(item, (*path, str(key)))


@dataclass(frozen=True)
class Walked:
    """The nested shapes of one policy, walked once."""

    shapes: tuple[tuple[Path, Shape], ...]

    def of(self, kind: type[S]) -> Iterator[tuple[Path, S]]:
        for path, shape in self.shapes:
            if isinstance(shape, kind):
                yield path, shape
