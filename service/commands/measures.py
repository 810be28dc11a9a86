"""`qcredit measures`: the catalogue of what may follow from a listing, linted, published and shown."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from data.measure_files import FaultyCatalogue, catalogue_hash, load_catalogue
from data.stores.measures import catalogue_known, get_catalogue, list_catalogues
from models.checks import Purpose
from models.errors import Malformed
from service.clock import legal_day
from service.commands.opening import acting, reading, writing
from service.operations.publish_measures import publish_measures

app = typer.Typer(help="Measures: lint a catalogue, publish it, show what is in force.", no_args_is_help=True)
FAULTY = 3
NEWEST = 2**63 - 1
File = Annotated[Path, typer.Argument(help="A catalogue of measures in YAML.")]


class Unreadable(Malformed):
    """The file cannot be read as text."""

    code = "measures.unreadable"


@app.command()
def lint(file: File) -> None:
    """Check a catalogue as a whole and tell every fault at once; exit 3 when there are any.

    Example: qcredit measures lint data/measures/yinchuan-2026-2.yaml
    """
    try:
        catalogue = load_catalogue(_text_of(file), file=str(file))
    except FaultyCatalogue as error:
        for fault in error.faults:
            typer.echo(str(fault))
        typer.echo(f"{file} has faults: {len(error.faults)}.", err=True)
        raise typer.Exit(FAULTY) from None
    typer.echo(f"{file}: {catalogue.version} has no fault; {len(catalogue.measures)} measures, hash {catalogue_hash(catalogue)}")


@app.command()
def publish(file: File, as_name: Annotated[str | None, typer.Option("--as", help="The officer who publishes.")] = None) -> None:
    """Freeze a catalogue under its version and hash; the same content again changes nothing.

    Example: qcredit measures publish data/measures/yinchuan-2026-2.yaml
    """
    with writing() as session:
        made = publish_measures(session, text=_text_of(file), file=str(file), actor=acting(as_name))
    word = "is published" if made.is_new else "was published already"
    typer.echo(f"{made.published.catalogue.version} {word} under hash {made.published.catalogue_hash}.")


@app.command("list")
def list_published() -> None:
    """List the published catalogues, newest first; the newest answers.

    Example: qcredit measures list
    """
    with reading() as session:
        found = list_catalogues(session)
    if not found:
        typer.echo("No catalogue is published. Publish one with `qcredit measures publish FILE`.")
    for one in found:
        told = f"{len(one.catalogue.measures):3} measures  {one.published_at:%Y-%m-%d %H:%M} UTC by {one.published_by}"
        typer.echo(f"{one.catalogue.version:24} {one.catalogue_hash[:12]}  {told}")


@app.command()
def show(
    name: Annotated[str | None, typer.Argument(help="A version or a hash; the one that answers now unless given.")] = None,
    setting: Annotated[Purpose | None, typer.Option(help="Only what is in force in this setting today.")] = None,
) -> None:
    """Show a catalogue word for word, or what is in force in one setting.

    Example: qcredit measures show --setting procurement
    """
    with reading() as session:
        found = get_catalogue(session, name) if name else catalogue_known(session, NEWEST)
    if setting is None:
        typer.echo(f"# {found.catalogue.version}, hash {found.catalogue_hash}")
        typer.echo(found.text, nl=not found.text.endswith("\n"))
        return
    table = Table("measure", "effect", "follows from", "articles")
    for one in found.catalogue.in_force(setting, legal_day()):
        facts = [*one.lists, *("/".join(grave.records.kind) for grave in one.grave)]
        articles = "; ".join(f"{clause.act} {clause.article} ({clause.mark})" for clause in one.clauses)
        table.add_row(f"{one.code}\n{one.title.zh}", one.effect, "\n".join(facts), articles)
    Console(markup=False).print(table)


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"{file} is not UTF-8 text (byte {error.start}). Save it as UTF-8.") from error
    except OSError as error:
        raise Unreadable(f"{file} cannot be read: {error.strerror}.") from error
