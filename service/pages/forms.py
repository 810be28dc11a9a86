"""What a form sent, read as the API would take it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, TypeVar

from fastapi import Form
from pydantic import ValidationError

from models.errors import Malformed
from models.shapes import Shape
from service.clock import LEGAL_ZONE

S = TypeVar("S", bound=Shape)
Word = Annotated[str, Form(max_length=200)]
# A browser lets 4,000 characters be typed, counts each line break as one and sends it as two. The shapes bound what is left.
Text = Annotated[str, Form(max_length=8000)]


class BadForm(Malformed):
    """What was typed into a form cannot be taken."""

    code = "page.form"


class BadDay(Malformed):
    """What was typed as the day asked about is no day."""

    code = "page.day"


class BadInstant(Malformed):
    """What was typed as the instant of knowledge is none."""

    code = "page.instant"


def read_form(shape: type[S], given: Mapping[str, object]) -> S:
    """What a form sent, with line breaks as the API counts them. Raises `page.form` with every fault."""
    try:
        return shape.model_validate({name: _plain(value) for name, value in given.items()})
    except ValidationError as fault:
        said = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'form'}: {one['msg']}" for one in fault.errors(include_url=False))
        raise BadForm(f"The form cannot be taken: {said}. Go back, mend it and send it again.") from None


def _plain(value: object) -> object:
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def read_day(text: str) -> date | None:
    """The day of the form; an empty field asks for today. A day that is none is refused by the application's handler."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadDay(f"'{text[:40]}' is not a day. Write it as year-month-day, such as 2026-04-20.") from None


def read_instant(text: str) -> datetime | None:
    """The instant of the form, by the clock of the legal zone unless it says otherwise; an empty field asks for what is known now."""
    if not text.strip():
        return None
    try:
        typed = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInstant(f"'{text[:40]}' is no instant. Write it as day and time, such as 2026-04-20T09:30:00 (Beijing time).") from None
    return typed if typed.tzinfo else typed.replace(tzinfo=LEGAL_ZONE)
