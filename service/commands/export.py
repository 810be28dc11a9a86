"""`qcredit export` and `qcredit answer-export`: a run's input as files, and its answers on a machine without the database."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from scoring.runs.exporting import answer_export
from service.commands.opening import opened
from service.operations.export_relations import ExportRequest, export_relations
from service.settings import read_settings

app = typer.Typer(help="A run's input as Parquet files, and its answers from them.")


@app.command("export")
def export(
    folder: Annotated[Path, typer.Argument(help="The folder to write; what it holds of an earlier export is replaced.")],
    *,
    as_of: Annotated[datetime, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The legal day.")],
    policy: Annotated[str | None, typer.Option(help="family/version; the version in force on that day unless given.")] = None,
    known_at: Annotated[datetime | None, typer.Option(help="An instant in UTC; what is known now unless given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The manifest as JSON, for scripts.")] = False,
) -> None:
    """Write questions, records, registry and listings as Parquet in buckets of enterprises, with the policy and a manifest.

    Example: qcredit export city --as-of 2026-11-22
    """
    known = known_at.replace(tzinfo=UTC) if known_at is not None else None
    request = ExportRequest(folder, as_of.date(), read_settings().family, policy, known)
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("starting")
        manifest = export_relations(opened(), request, tell=lambda name, rows: bar.update(task, description=f"{name} {rows:,}"))
    if as_json:
        typer.echo(json.dumps(manifest))
        return
    rows = ", ".join(f"{relation['rows']:,} {name}" for name, relation in manifest["relations"].items())
    typer.echo(f"{rows}, known to sequence {manifest['known_seq']}, for {manifest['policy']}: {folder}")


@app.command("answer-export")
def answer(
    folder: Annotated[Path, typer.Argument(help="An export.")],
    *,
    out: Annotated[Path, typer.Option(help="The folder for the answers.")],
    engine: Annotated[str, typer.Option(help="duckdb or spark.")] = "duckdb",
    memory: Annotated[str, typer.Option(help="Memory limit of the engine on this machine.")] = "4GB",
) -> None:
    """Answer an export without the database and say the digest, which is that of a run of the same questions.

    Example: qcredit answer-export city --engine spark --out answers
    """
    if engine not in ("duckdb", "spark"):
        raise typer.BadParameter("Give duckdb or spark.")
    count, digest = answer_export(folder, out=out, engine=engine, memory_limit=memory)
    typer.echo(f"{count:,} answers in {out / 'answers'}. Digest {digest}")
