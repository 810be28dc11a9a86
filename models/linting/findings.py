"""What a check hands back, and the names a policy declares."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from models.policies import Policy

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Finding:
    """One fault of a policy: where, under which stable code, and in a sentence that says what to do."""

    path: Path
    code: str
    sentence: str


@dataclass(frozen=True)
class Names:
    """The names a policy file declares, also in parts that are themselves faulty: a name is not unknown because its rule is wrong."""

    indicators: frozenset[str]
    groups: frozenset[str]
    directs: frozenset[str]
    lists: frozenset[str]
    grades: frozenset[str]
    labels: frozenset[str]

    @classmethod
    def of(cls, policy: Policy) -> "Names":
        return cls.of_raw(policy.model_dump())

    @classmethod
    def of_raw(cls, raw: Any) -> "Names":
        """Collect the names from unvalidated values; whatever has no readable name is left out."""

        def named(section: str, key: str) -> frozenset[str]:
            items = raw.get(section) if isinstance(raw, dict) else None
            found = (item.get(key) for item in items if isinstance(item, dict)) if isinstance(items, list | tuple) else ()
            return frozenset(name for name in found if isinstance(name, str))

        return cls(
            indicators=named("indicators", "code"),
            groups=named("groups", "code"),
            directs=named("direct_grades", "code"),
            lists=named("lists", "list"),
            grades=named("grades", "grade"),
            labels=named("labels", "label"),
        )


def quoted(values: Iterable[object]) -> str:
    """Show values as a sentence names them."""
    return ", ".join(f"`{value}`" for value in values)


def some(values: Iterable[object], *, most: int = 4) -> str:
    """Show the first few values, and how many more there are."""
    listed = list(values)
    rest = len(listed) - most
    return quoted(listed) if rest <= 1 else f"{quoted(listed[:most])} and {rest} more"


def twice(values: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Give the place and value of each one that was there before."""
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield index, value
        seen.add(value)


def show(points: int) -> str:
    """Hundredths of a point as officers write them."""
    whole, rest = divmod(abs(points), 100)
    sign = "-" if points < 0 else ""
    return f"{sign}{whole}" + (f".{rest:02d}".rstrip("0") if rest else "")
