"""What a form sent, read as the API would take it."""

from collections.abc import Mapping
from typing import Annotated, TypeVar

from fastapi import Form
from pydantic import ValidationError

from models.errors import Malformed
from models.shapes import Shape

S = TypeVar("S", bound=Shape)
Word = Annotated[str, Form(max_length=200)]
# A browser lets 4,000 characters be typed, counts each line break as one and sends it as two. The shapes bound what is left.
Text = Annotated[str, Form(max_length=8000)]


class BadForm(Malformed):
    """What was typed into a form cannot be taken."""

    code = "page.form"


def read_form(shape: type[S], given: Mapping[str, object]) -> S:
    """What a form sent, with line breaks as the API counts them. Raises `page.form` with every fault."""
    try:
        return shape.model_validate({name: _plain(value) for name, value in given.items()})
    except ValidationError as fault:
        said = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'form'}: {one['msg']}" for one in fault.errors(include_url=False))
        raise BadForm(f"The form cannot be taken: {said}. Go back, mend it and send it again.") from None


def _plain(value: object) -> object:
    return value.replace("\r\n", "\n") if isinstance(value, str) else value
