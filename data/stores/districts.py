"""Which enterprises lie in a district: asked of what an officer acts on, and of every line of the lists that they read."""

from collections.abc import Mapping
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row
from sqlalchemy import ColumnElement, text

from data.database import ReadSession, driver_connection

IN_DISTRICT = """EXISTS (
    SELECT FROM registry_fact AS here WHERE here.superseded_seq IS NULL AND here.enterprise_key = coalesce((
            SELECT kept.to_key FROM enterprise_link AS kept
            WHERE kept.from_key = {key} AND kept.kind = 'same_as' AND kept.superseded_seq IS NULL), {key})
        AND here.valid_from <= (now() AT TIME ZONE 'Asia/Shanghai')::date
        AND (here.valid_until IS NULL OR here.valid_until > (now() AT TIME ZONE 'Asia/Shanghai')::date)
        AND starts_with(here.region, {stem}))"""
"""Whether the registry places an enterprise in a region today, a duplicate where the entry lies that is kept.

One whose region is not known lies in none.
"""
NARROWED = "(%(stem)s::text IS NULL OR " + IN_DISTRICT.replace("{stem}", "%(stem)s") + ")"
"""A condition of statements that take `stem`: None leaves everything in."""

_HERE = IN_DISTRICT.format(key="o.enterprise_key", stem="%(stem)s")
# What waits has no enterprise yet: it concerns the districts of those that come into question.
_WAITS = f"""EXISTS (SELECT FROM jsonb_array_elements(queue_item.candidates) AS c CROSS JOIN LATERAL
    (SELECT (c ->> 'enterprise_key')::bigint AS enterprise_key) AS o WHERE {IN_DISTRICT.format(key="o.enterprise_key", stem="{stem}")})"""
_OBJECTS: Mapping[str, str] = {
    **{
        f"{name}_id": f"SELECT {_HERE} FROM {name} AS o WHERE o.{name}_id = %(number)s"
        for name in ("proposal", "listing", "repair", "objection", "reply", "mandate")
    },
    "queue_id": f"SELECT {_WAITS.format(stem='%(stem)s')} FROM queue_item WHERE queue_item.queue_id = %(number)s",
}
OBJECTS = frozenset(_OBJECTS)
"""What an address may name that belongs to an enterprise."""


async def is_object_within(connection: AsyncConnection[Any], parameter: str, number: int, stem: str) -> bool | None:
    """Whether what an address names belongs to an enterprise of a district; None where there is no such thing."""
    async with connection.cursor(row_factory=tuple_row) as cursor:
        row = await (await cursor.execute(_OBJECTS[parameter], {"number": number, "stem": stem})).fetchone()
    return None if row is None else bool(row[0])


def is_within(session: ReadSession, enterprise_key: int, stem: str) -> bool:
    """Whether an enterprise lies in a district today."""
    statement = f"SELECT {_HERE} FROM enterprise AS o WHERE o.enterprise_key = %(number)s"
    row = driver_connection(session).execute(statement, {"number": enterprise_key, "stem": stem}).fetchone()
    return row is not None and bool(row[0])


def within(key: str, stem: str) -> ColumnElement[bool]:
    """The same as a condition on a column of a select, such as `repair.enterprise_key`; `key` is a constant of the caller's."""
    return text(IN_DISTRICT.format(key=key, stem=":stem")).bindparams(stem=stem)  # type: ignore[return-value]  # a condition in words


def waits_within(stem: str) -> ColumnElement[bool]:
    """A condition on a select of what waits: some enterprise that comes into question lies in the district."""
    return text(_WAITS.format(stem=":stem")).bindparams(stem=stem)  # type: ignore[return-value]  # a condition in words
