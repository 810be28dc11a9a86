"""`qcredit proposals`, `decide`, `lists`, `changes`, `expire`: from what a run suggests to entries, and the log of them."""

import json
from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from data.database import driver_connection
from data.stores import changes, knowledge, proposals
from models.changes import FeedLine
from models.errors import Malformed
from models.listings import OPEN_STATES, ProposalState
from service.clock import legal_day
from service.commands.opening import OPERATOR, acting, reading, writing
from service.list_answers import csv_lines, ndjson_lines
from service.operations import show_list
from service.operations.decide import Grounds, Verdict, decide
from service.operations.expire import expire_in_parts
from service.operations.verify_log import verify_log

app = typer.Typer(help="Proposals, decisions, lists and their log.", no_args_is_help=True)
lists = typer.Typer(help="Show a list as of a day, or export it.", no_args_is_help=True)
app.add_typer(lists, name="lists")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line, for scripts.")]
ListName = Annotated[str, typer.Option("--list", help="The list's code, such as quality_black.")]
Day = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The legal day; today unless given.")]
DecidedOn = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of the decision; today unless given.")]
StartsOn = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day of the entry; the decision's unless given.")]
EndsOn = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day without it; by the rule's term unless given.")]


class BadChoice(Malformed):
    """An option has a value that it does not know."""

    code = "usage.choice"


@app.command(name="proposals")
def show_proposals(
    list_name: Annotated[str | None, typer.Option("--list", help="Only this list.")] = None,
    state: Annotated[str | None, typer.Option(help="open, noticed, first_approval, accepted, refused, lapsed or all.")] = None,
    after: Annotated[int, typer.Option(help="The last number you have seen.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List what published runs propose for the lists, oldest first.

    Example: qcredit proposals --list quality_black
    """
    with reading() as session:
        rows = proposals.list_proposals(session, list_name=list_name, states=_states(state), after=after, limit=limit)
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row, default=str, ensure_ascii=False))
        return
    if not rows:
        typer.echo("No proposal waits." if state is None else "There is no such proposal.")
        return
    table = _table("no.", "list", "asks to", "enterprise", "name", "grade", "score", "as of", "state", "who decides")
    for row in rows:
        answer = row["answer"]
        score = answer.get("score_x100")
        table.add_row(
            str(row["proposal_id"]),
            row["list"],
            row["direction"],
            row["value"],
            row["name"] or "",
            answer.get("grade", ""),
            "" if score is None else f"{score / 100:.2f}",
            answer.get("as_of", ""),
            row["state"],
            row["decided_by"].replace("_", " "),
        )
    _show(table)
    if len(rows) == limit:
        typer.echo(f"More: qcredit proposals --after {rows[-1]['proposal_id']}")


@app.command(name="decide")
def decide_proposal(
    *,
    proposal: Annotated[int, typer.Argument(help="The proposal's number.")],
    as_name: Annotated[str, typer.Option("--as", help="The officer who decides.")],
    reason: Annotated[str, typer.Option(help="Why; shown with the entry.")],
    accept: Annotated[bool, typer.Option("--accept/--refuse", help="What the officer says.")],
    authority: Annotated[str | None, typer.Option(help="The competent authority.")] = None,
    document_no: Annotated[str | None, typer.Option(help="Number of the decision document.")] = None,
    basis: Annotated[str | None, typer.Option(help="The legal basis: act and article.")] = None,
    decided_on: DecidedOn = None,
    starts_on: StartsOn = None,
    ends_on: EndsOn = None,
    as_json: AsJson = False,
) -> None:
    """Accept or refuse a proposal as an officer; where the rule asks for two, a different one accepts second.

    Example: qcredit decide 12 --accept --as "officer A" --reason "facts confirmed" --authority "Market Regulation Bureau"
    --document-no 2026-7 --basis "Measures art. 12"
    """
    grounds = Grounds(
        reason=reason,
        authority=authority,
        document_no=document_no,
        basis=basis,
        starts_on=starts_on and starts_on.date(),
        ends_on=ends_on and ends_on.date(),
    )
    with writing() as session:
        done = decide(
            session,
            proposal,
            verdict=Verdict.ACCEPT if accept else Verdict.REFUSE,
            grounds=grounds,
            decided_on=_day(decided_on),
            actor=acting(as_name),
        )
    if as_json:
        typer.echo(done.model_dump_json())
    elif done.decision_id is None:
        typer.echo(f"Proposal {proposal} is accepted by {as_name}. The rule asks for two officers: another one has to accept it too.")
    else:
        entry = f" Entry {done.listing_id}, line {done.change_seq} of the log." if done.listing_id is not None else ""
        typer.echo(f"Decision {done.decision_id}: proposal {proposal} is {done.state}.{entry}")
        if (right := done.right_to_repair) is not None:
            since = f"from {right.earliest_on}" if right.earliest_on else "at any time"
            typer.echo(f"To be served with it: the right to repair {since} ({right.clause.act}, {right.clause.article}).")


@lists.command()
def export(
    list_name: ListName,
    as_of: Day = None,
    form: Annotated[str, typer.Option("--format", help="csv or ndjson.")] = "csv",
    out: Annotated[Path | None, typer.Option(help="A file; the terminal unless given.")] = None,
) -> None:
    """Export a list as of a day; cells that a spreadsheet would execute are neutralised, NDJSON begins with where the log stood.

    Example: qcredit lists export --list quality_black --as-of 2026-06-30 --format ndjson
    """
    if form not in {"csv", "ndjson"}:
        raise BadChoice(f"--format {form} is not known. Use csv or ndjson.")
    day = _day(as_of)
    with reading() as session:
        today = legal_day()
        show_list.get_list(session, list_name, today=today)
        known, head = knowledge.resolve(session, None), changes.head(session)
        entries = show_list.show_all(session, list_name, actor=OPERATOR, as_of=day, known=known, today=today)
        about = {"list": list_name, "as_of": day, "known_at": known.committed_at, "epoch": head.epoch, "seq": head.seq, "hash": head.hash}
        blocks = csv_lines(entries) if form == "csv" else ndjson_lines(about, entries)
        with out.open("wb") if out else nullcontext(typer.get_binary_stream("stdout")) as file:
            for block in blocks:
                file.write(block)
    if out:
        typer.echo(f"{list_name} as of {day}, log at line {head.seq}: {out}")


@lists.command(name="show")
def show_lists(as_json: AsJson = False) -> None:
    """Name the lists, and how many entries hold on each today.

    Example: qcredit lists show
    """
    with reading() as session:
        shown = show_list.list_lists(session, today=legal_day())
    if as_json:
        for one in shown:
            typer.echo(one.model_dump_json())
        return
    table = _table("list", "title", "entries today", "held here")
    for one in shown:
        table.add_row(one.code, one.title.zh, str(one.entries), "yes" if one.ask is None else f"no: {one.ask.zh}")
    _show(table)


@app.command(name="changes")
def show_changes(
    after: Annotated[int, typer.Option(min=0, help="The last line you have; 0 begins at the first.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    verify: Annotated[bool, typer.Option("--verify", help="Check the whole log: numbers, chain, commitments.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="NDJSON, as the feed sends it.")] = False,
) -> None:
    """Read the log of list changes after a line, or prove that nothing in it was altered.

    Example: qcredit changes --after 100 --limit 20
    """
    with reading() as session:
        if verify:
            head = verify_log(session)
            typer.echo(f"The log is whole: {head.seq} lines, epoch {head.epoch}, last hash {head.hash}.")
            return
        if as_json:
            typer.get_binary_stream("stdout").write(changes.page_after(driver_connection(session), after, limit=limit).ndjson)
            return
        lines = changes.changes_after(session, after, limit=limit)
    if not lines:
        typer.echo(f"Nothing new after line {after}.")
        return
    table = _table("line", "effective on", "cause", "list", "colour", "enterprise", "name", "until")
    for line in lines:
        table.add_row(str(line.seq), str(line.effective_on), line.cause, *_said(line))
    _show(table)


@app.command(name="expire")
def expire_entries(as_of: Day = None, as_json: AsJson = False) -> None:
    """End every entry whose day has come, each from its own legal day; run it daily, late or twice does no harm.

    Example: qcredit expire --as-of 2026-06-30
    """
    with writing() as session:
        done = expire_in_parts(session, as_of=_day(as_of), actor=OPERATOR)
    if as_json:
        typer.echo(done.model_dump_json())
        return
    told = [f"{done.begun} announced began"] if done.begun else []
    told += [f"{done.entered} entered"] if done.entered else []
    told += [f"ended {count} {cause}" for cause, count in sorted(done.ended.items())]
    if told:
        typer.echo(f"As of {done.as_of}: {', '.join(told)}. The log stands at line {done.change_seq}.")
    else:
        typer.echo(f"Nothing was due by {done.as_of}.")


def _said(line: FeedLine) -> tuple[str, ...]:
    body = line.body
    if body is None:
        return "", "", "emptied by law", "", ""
    return body.list, body.colour, body.enterprise.value, body.name or "", str(body.after.held_until or "")


def _states(given: str | None) -> tuple[ProposalState, ...] | None:
    if given == "all":
        return None
    if given is None:
        return OPEN_STATES
    try:
        return (ProposalState(given),)
    except ValueError:
        raise BadChoice(f"--state {given} is not known. Use {', '.join(ProposalState)} or all.") from None


def _day(given: datetime | None) -> date:
    return given.date() if given else legal_day()


def _table(*headings: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        is_text = heading in {"name", "title", "held here"}
        table.add_column(heading, overflow="ellipsis" if is_text else "fold", no_wrap=True, min_width=8 if is_text else None)
    return table


def _show(table: Table) -> None:
    """Print a table; into a pipe with room for every column."""
    console = Console(markup=False)
    (console if console.is_terminal else Console(width=160, markup=False)).print(table)
