"""`qcredit sources`: who delivers, and which kinds of record each may send."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from data.stores.sources import ENTITLEMENTS, add_source, entitle_source, list_sources
from service.commands.opening import reading, writing

app = typer.Typer(help="Who delivers, and which kinds of record each may send.", no_args_is_help=True)
Code = Annotated[str, typer.Argument(help="A short code, such as yc-market.")]
Kinds = Annotated[list[str], typer.Option("--kind", help=f"Repeat for each: {', '.join(ENTITLEMENTS)}.")]


@app.command()
def add(
    code: Code,
    kinds: Kinds,
    title_zh: Annotated[str, typer.Option(help="Its name in Chinese.")],
    title_en: Annotated[str, typer.Option(help="Its name in English.")],
    region: Annotated[str | None, typer.Option(help="The code of its region.")] = None,
) -> None:
    """Add an organisation that delivers.

    Example: qcredit sources add yc-market --title-zh 市场监督管理局 --title-en "Market regulator" --kind penalty --kind sampling
    """
    with writing() as session:
        source = add_source(session, code, title_zh=title_zh, title_en=title_en, kinds=kinds, region=region)
    typer.echo(f"{source.code} may send {', '.join(source.kinds)}.")


@app.command()
def entitle(code: Code, kinds: Kinds) -> None:
    """Set the kinds of record that a source may send from now on.

    Example: qcredit sources entitle yc-market --kind penalty --kind recall
    """
    with writing() as session:
        source = entitle_source(session, code, kinds=kinds)
    typer.echo(f"{source.code} may send {', '.join(source.kinds)}.")


@app.command(name="list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line, for scripts.")] = False) -> None:
    """List the sources.

    Example: qcredit sources list
    """
    with reading() as session:
        found = list_sources(session)
    if as_json:
        for one in found:
            typer.echo(json.dumps(one.model_dump(mode="json"), ensure_ascii=False))
        return
    if not found:
        typer.echo("No source yet. Add one with `qcredit sources add`.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("code", "name", "in English", "may send", "region"):
        table.add_column(column, overflow="fold")
    for one in found:
        table.add_row(one.code, one.title_zh, one.title_en, ", ".join(one.kinds), one.region or "")
    Console(markup=False).print(table)  # what sources send is text, never markup
