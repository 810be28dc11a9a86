"""`qcredit outlook`, `qcredit mandates`, `qcredit replies`, `qcredit enquiries`: what enterprises see and do about their own files."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Literal

import typer

from data.database import JOB, RehearsalSession, make_engine, rehearsal_session
from data.stores import enquiries as kept
from models.access import Actor, Role
from models.identifiers import USCC, parse_identifier
from models.remedies import ReplyState, Scope
from service.clock import legal_day
from service.commands.opening import acting, opened, reading, writing
from service.commands.tables import columns, show
from service.operations import grant_mandate, reply
from service.operations.act_for import act_for
from service.operations.look_ahead import look_ahead
from service.operations.look_up import get_row
from service.own_answers import MandateRecorded, ModerationAsked
from service.settings import read_settings

app = typer.Typer(help="What enterprises see and do about their own files.", no_args_is_help=True)
mandates = typer.Typer(help="Who may act for an enterprise: record from a document, list, revoke.", no_args_is_help=True)
replies = typer.Typer(help="Replies of enterprises: list, accept, refuse.", no_args_is_help=True)
enquiries = typer.Typer(help="Who looked enterprises up: forget what is older than the law asks.", no_args_is_help=True)
app.add_typer(mandates, name="mandates")
app.add_typer(replies, name="replies")
app.add_typer(enquiries, name="enquiries")

As = Annotated[str | None, typer.Option("--as", help="The officer who acts; the operator unless given.")]
Code = Annotated[str, typer.Argument(help="The unified social credit code of the enterprise.")]


@app.command()
def outlook(code: Code, as_json: Annotated[bool, typer.Option("--json", help="The whole answer as JSON.")] = False) -> None:
    """Say what would change an enterprise's score and grade, and when: by itself, and by repair; as its own view says it.

    Example: qcredit outlook 91640100MA0000000L
    """
    today = legal_day()
    with _rehearsing() as session:
        row = get_row(session, USCC, code, actor=acting(None), today=today)
        itself = Actor(holder="operator", role=Role.ENTERPRISE, enterprise_key=row["enterprise_key"])
        own = act_for(session, USCC, code, actor=itself, scope=Scope.SEE, today=today)
        found = look_ahead(session, own, family=read_settings().family)
    if as_json:
        typer.echo(found.model_dump_json())
        return
    named = found.enterprise
    typer.echo(f"{named.name or named.value}: score {found.score}, grade {found.grade} as of {found.as_of} under {found.policy}.")
    coming = columns("on", "score", "grade", "what changes", title=f"By itself, looked ahead to {found.looked_until}")
    for change in found.coming:
        lines = "; ".join(f"{line.title.en} {line.before or 'none'} -> {line.then or 'none'}" for line in change.lines)
        coming.add_row(str(change.on), change.score, change.grade, lines)
    repairs = columns(
        "matter", "costs", "repair from", "ends by itself", "score then", "grade then", title="By repair, as if it were today"
    )
    for effect in found.repairs:
        earliest = str(effect.earliest_on or "any day") if effect.is_repairable else "never"
        ends = str(effect.ends_by_itself_on or "no day")
        numbers = ", ".join(record.document_no or record.source_ref for record in effect.records)
        repairs.add_row(f"{effect.title.en} ({numbers})", effect.points, earliest, ends, effect.score, effect.grade)
    show(coming, repairs)


@mandates.command("record")
def record_mandate(
    *,
    enterprise: Code,
    agent: Annotated[str, typer.Option(help="The agent's unified social credit code.")],
    scope: Annotated[list[Scope], typer.Option(help="What the agent may do; may be given several times.")],
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First day it no longer holds.")],
    document_no: Annotated[str, typer.Option(help="The number of the document that states it.")],
    officer: As = None,
) -> None:
    """Record the mandate that a document states.

    Example: qcredit mandates record 91640100MA0000000L --agent 91640100MA0000001T --scope see --scope repair
    --from 2026-11-25 --until 2027-11-25 --document-no 2026-9 --as "officer A"
    """
    asked = MandateRecorded(
        enterprise=parse_identifier(USCC, enterprise),
        agent=parse_identifier(USCC, agent),
        scopes=tuple(scope),
        valid_from=since.date(),
        valid_until=until.date(),
        document_no=document_no,
    )
    with writing() as session:
        made = grant_mandate.record(session, asked, actor=acting(officer), today=legal_day())
    typer.echo(f"Mandate {made.mandate_id}: {made.agent.value} may {', '.join(made.scopes)} for {made.enterprise.value}.")


@mandates.command("list")
def list_mandates(limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 100) -> None:
    """List mandates, latest first.

    Example: qcredit mandates list
    """
    table = columns("no.", "agent", "for", "scope", "from", "until", "granted", "revoked")
    with reading() as session:
        for one in grant_mandate.page_of_mandates(session, enterprise_key=None, before=None, limit=limit).mandates:
            granted = f"{one.granted_by} ({one.granted_as}{', ' + one.document_no if one.document_no else ''})"
            revoked = f"{one.revoked_at:%Y-%m-%d} by {one.revoked_by}" if one.revoked_at else ""
            sides = one.agent.name or one.agent.value, one.enterprise.name or one.enterprise.value
            table.add_row(str(one.mandate_id), *sides, ", ".join(one.scopes), str(one.valid_from), str(one.valid_until), granted, revoked)
    show(table)


@mandates.command("revoke")
def revoke_mandate(mandate_id: Annotated[int, typer.Argument(help="Its number.")], officer: As = None) -> None:
    """Revoke a mandate, with effect at once.

    Example: qcredit mandates revoke 7 --as "officer A"
    """
    with writing() as session:
        grant_mandate.revoke(session, mandate_id, by=acting(officer).holder, given_by=None)
    typer.echo(f"Mandate {mandate_id} is revoked.")


@replies.command("list")
def list_replies(state: Annotated[ReplyState | None, typer.Option(help="Only those in this state.")] = ReplyState.WAITING) -> None:
    """List replies, latest first; those that wait for an officer unless told otherwise.

    Example: qcredit replies list --state waiting
    """
    table = columns("no.", "enterprise", "answers", "text", "state")
    with reading() as session:
        for one in reply.page_of_replies(session, enterprise_key=None, state=state, before=None, limit=1000).replies:
            about = one.document_no or one.source_ref or f"entry {one.listing_id}"
            table.add_row(str(one.reply_id), one.enterprise.name or one.enterprise.value, about, one.text, one.state)
    show(table)


@replies.command("accept")
def accept_reply(reply_id: Annotated[int, typer.Argument(help="Its number.")], officer: As = None) -> None:
    """Let a reply be shown beside what it answers.

    Example: qcredit replies accept 4 --as "officer A"
    """
    _moderate(reply_id, "accept", None, officer)


@replies.command("refuse")
def refuse_reply(
    reply_id: Annotated[int, typer.Argument(help="Its number.")], why: Annotated[str, typer.Option(help="Why.")], officer: As = None
) -> None:
    """Refuse a reply and say why.

    Example: qcredit replies refuse 4 --why "names a complainant" --as "officer A"
    """
    _moderate(reply_id, "refuse", why, officer)


@enquiries.command("forget")
def forget_enquiries(before: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Older than this day, in UTC.")]) -> None:
    """Delete who looked enterprises up before a day; the database refuses anything younger than five years.

    Example: qcredit enquiries forget --before 2021-01-01
    """
    with writing() as session:
        gone = kept.forget(session, before=before.replace(tzinfo=UTC))
    typer.echo(f"{gone:,} lines of who looked enterprises up are deleted.")


def _moderate(reply_id: int, verdict: Literal["accept", "refuse"], why: str | None, officer: str | None) -> None:
    with writing() as session:
        told = reply.moderate(session, reply_id, ModerationAsked(verdict=verdict, why=why), actor=acting(officer))
    typer.echo(f"Reply {told.reply_id} is {told.state}.")


@contextmanager
def _rehearsing() -> Iterator[RehearsalSession]:
    engine = make_engine(opened().url, limits=JOB, size=2)
    try:
        with rehearsal_session(engine) as session:
            yield session
    finally:
        engine.dispose()
