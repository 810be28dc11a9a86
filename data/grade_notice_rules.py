"""The shipped rules on notice before a bad grade is shown."""

from functools import cache
from importlib.resources import files

from pydantic import TypeAdapter

from data.yaml_files import read_yaml
from models.grade_notices import BadGrades

_RULES = TypeAdapter(tuple[BadGrades, ...])


@cache
def bad_grade_rules() -> tuple[BadGrades, ...]:
    """Load the table."""
    text = (files("data.notices") / "bad_grades.yaml").read_text(encoding="utf-8")
    plain = read_yaml(text).value
    assert isinstance(plain, dict)
    return _RULES.validate_python(plain["rules"])
