"""Schedule files: YAML in, validated schedules or every fault at once out, each with file, line and field."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from data.policy_files import Fault, shown_field
from data.yaml_files import PlainFile, read_yaml
from models.errors import Malformed
from models.jobs import Schedule
from models.shapes import Shape

SHIPPED = Path(__file__).parent / "schedules" / "schedules.yaml"
CODE = "schedules.faulty"
_FILE = TypeAdapter(tuple[Schedule, ...])


class FaultySchedules(Malformed):
    """A file of schedules has faults; all of them are in `faults`."""

    code = CODE

    def __init__(self, file: str, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__(f"The schedules {file} have faults; mend them and start again:\n" + "\n".join(map(str, faults)))


def read_schedules(text: str, *, file: str, kinds: Mapping[str, type[Shape]]) -> tuple[Schedule, ...]:
    """Read and check a file of schedules; an empty list lets nothing happen. `kinds` are those there are, with the shape of arguments.

    Raises `FaultySchedules` with every fault.
    """
    plain = read_yaml(text)
    faults = [Fault(file, b.line, shown_field(b.path), b.code, b.sentence) for b in plain.blemishes]
    found: tuple[Schedule, ...] = ()
    if isinstance(plain.value, dict) and plain.value.keys() == {"schedules"} and isinstance(plain.value["schedules"], list):
        try:
            found = _FILE.validate_python(plain.value["schedules"])
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                path = ("schedules", *detail["loc"])
                faults.append(Fault(file, plain.line_of(path), shown_field(path), CODE, detail["msg"]))
        faults += _named_twice(found, file=file, plain=plain)
        faults += _not_of_their_kind(found, kinds, file=file, plain=plain)
    elif not faults:
        faults.append(Fault(file, 1, "", CODE, "a file of schedules is a list under the one field `schedules`"))
    if faults:
        raise FaultySchedules(file, tuple(faults))
    return found


def load_schedules(kinds: Mapping[str, type[Shape]], path: Path | None = None) -> tuple[Schedule, ...]:
    """The schedules of a file, or those that come with the service. Raises `FaultySchedules`."""
    file = path or SHIPPED
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise FaultySchedules(str(file), (Fault(str(file), 1, "", CODE, f"the file cannot be read: {fault}"),)) from None
    return read_schedules(text, file=file.name, kinds=kinds)


def _named_twice(found: tuple[Schedule, ...], *, file: str, plain: PlainFile) -> Iterator[Fault]:
    counts = Counter(schedule.name for schedule in found)
    for index, schedule in enumerate(found):
        if counts[schedule.name] > 1:
            path = ("schedules", index, "name")
            yield Fault(file, plain.line_of(path), shown_field(path), CODE, f"two schedules are called {schedule.name}; name each apart")


def _not_of_their_kind(found: tuple[Schedule, ...], kinds: Mapping[str, type[Shape]], *, file: str, plain: PlainFile) -> Iterator[Fault]:
    for index, schedule in enumerate(found):
        path: tuple[str | int, ...] = ("schedules", index, "kind")
        shape = kinds.get(schedule.kind)
        if shape is None:
            sentence = f"there is no kind of job {schedule.kind}; there are {', '.join(sorted(kinds))}"
            yield Fault(file, plain.line_of(path), shown_field(path), CODE, sentence)
            continue
        try:
            shape.model_validate(schedule.arguments)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                path = ("schedules", index, "arguments", *detail["loc"])
                yield Fault(file, plain.line_of(path), shown_field(path), CODE, detail["msg"])
