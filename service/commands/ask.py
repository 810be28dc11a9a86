"""`qcredit ask`: the live answer for one enterprise, with every line of its score."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from models.shapes import Shape
from service.clock import legal_day
from service.commands.opening import OPERATOR, reading
from service.operations.explain import explain, subject_of
from service.settings import read_settings

app = typer.Typer(help="Answer for one enterprise.")


@app.command()
def ask(
    *,
    identifier: Annotated[str, typer.Argument(help="CODE (cn-uscc), or SCHEME:VALUE.")],
    as_of: Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The legal day; today unless given.")] = None,
    known_at: Annotated[datetime | None, typer.Option(help="An instant in UTC; what is known now unless given.")] = None,
    policy: Annotated[str | None, typer.Option(help="family/version; the version in force on that day unless given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole answer as JSON.")] = False,
) -> None:
    """Answer for one enterprise as of a day, with every line of its score.

    Example: qcredit ask 91640100MA0000000L --as-of 2026-11-22
    """
    scheme, _, value = identifier.rpartition(":")
    today = legal_day()
    with reading() as session:
        subject = subject_of(
            session,
            scheme or "cn-uscc",
            value,
            actor=OPERATOR,
            today=today,
            as_of=as_of.date() if as_of is not None else None,
            known_at=known_at.replace(tzinfo=UTC) if known_at is not None else None,
        )
        found = explain(session, subject, family=read_settings().family, policy=policy, actor=OPERATOR, today=today)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, default=_plain))
        return
    _show(json.loads(json.dumps(found, default=_plain)))


def _plain(value: Any) -> Any:
    """What JSON has no form for: labels as their two languages, days and instants as text."""
    return value.model_dump(mode="json") if isinstance(value, Shape) else str(value)


def _show(found: dict[str, Any]) -> None:
    standing, named = found["standing"], found["enterprise"]
    typer.echo(f"{named['name'] or named['value']} ({named['scheme']} {named['value']})")
    typer.echo(f"As of {standing['as_of']}, known to {standing['known_at']}, under {standing['policy']}.")
    table = Table("item", "points", "runs from", "until", "clause", "evidence")
    table.add_row("start of the scale", found["start"], "", "", "", "")
    for line in found["lines"]:
        clause, record = line["clause"] or {}, line["evidence"] or {}
        table.add_row(
            line["title"]["en"] + (" (repeated)" if line["is_repeat"] else ""),
            line["points"],
            line["anchor_on"] or "",
            line["valid_until"] or "",
            f"{clause.get('act', '')} {clause.get('article', '')}".strip(),
            f"{record.get('source', '')} {record.get('source_ref', '')}".strip(),
        )
    table.add_section()
    table.add_row("sum", found["total"], "", "", "", "")
    Console(markup=False).print(table)
    before = f" (by its score alone {standing['ladder_grade']})" if standing["ladder_grade"] != standing["grade"] else ""
    typer.echo(
        f"Score {standing['score']}, grade {standing['grade']}{before}; next change by itself on {standing['next_change_on'] or 'no day'}."
    )
    typer.echo("A score is advice: by itself it refuses nobody.")
