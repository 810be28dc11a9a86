"""`qcredit policy file, consult, comment, answer, review, attach, approve, withdraw`: the way of a draft before it is published."""

from enum import StrEnum
from typing import Annotated

import typer

from data.policy_way import policy_way
from data.stores import policy_drafts
from service.clock import legal_day
from service.commands.opening import acting, reading, writing
from service.commands.policy_text import named_text
from service.operations import policy_way as ways

Draft = Annotated[int, typer.Argument(help="The number of the draft.")]
Note = Annotated[str, typer.Option(help="What is to be known of it later.")]
By = Annotated[str | None, typer.Option("--as", help="Who does it; the operator unless given.")]


class Outcome(StrEnum):
    """What a legal review may find."""

    PASSED = "passed"
    FAILED = "failed"


def file(
    draft: Annotated[str, typer.Argument(help="A policy file in YAML, or a published version to go back to, under a new version.")],
    as_name: By = None,
) -> None:
    """File a draft: the first step of the way to its publication; its text stays as it is.

    Example: qcredit policy file draft.yaml --as "policy office"
    """
    today = legal_day()
    with writing() as session:
        filed = ways.file_draft(session, text=named_text(draft), file=draft, today=today, actor=acting(as_name))
        typer.echo(f"Draft {filed.draft_id}: {filed.family}/{filed.version}, hash {filed.policy_hash}.")
        _tell_next(ways.way_of(session, filed.draft_id or 0))


def drafts() -> None:
    """List the drafts with what each needs next, newest first.

    Example: qcredit policy drafts
    """
    with reading() as session:
        for one in policy_drafts.list_drafts(session):
            lacking = ways.missing(ways.way_of(session, one.draft_id or 0), today=legal_day()) or "Every step is taken."
            typer.echo(f"{one.draft_id:4}  {one.family}/{one.version:10} filed {one.filed_on} by {one.filed_by}. {lacking}")


def draft(number: Draft) -> None:
    """Show a draft's way: the steps of the procedure, what was done, what was said and answered, and what comes next.

    Example: qcredit policy draft 1
    """
    with reading() as session:
        way = ways.way_of(session, number)
    filed, procedure = way.draft, policy_way()
    typer.echo(f"Draft {number}: {filed.family}/{filed.version}, hash {filed.policy_hash}, filed {filed.filed_on} by {filed.filed_by}.")
    steps = (f"{step.title.en} ({step.clause.act} {step.clause.article})" for step in procedure.steps)
    typer.echo(f"{procedure.title.en}: {', '.join(steps)}")
    for step in way.steps:
        more = [f"until {step.closes_on}" if step.closes_on else "", step.outcome or "", step.document_no or ""]
        told = ", ".join(part for part in more if part)
        rehearsed = f" rehearsal {step.rehearsal_id}" if step.rehearsal_id else ""
        typer.echo(f"  {step.done_on} {step.step}{rehearsed} by {step.done_by}{f' ({told})' if told else ''}: {step.note}")
    for one in way.comments:
        typer.echo(f"  comment {one.comment_id}, {one.received_on}, {one.said_by}: {one.text}")
        typer.echo(f"    answered {one.answered_on} by {one.answered_by}: {one.answer}" if one.answer else "    not answered yet")
    _tell_next(way)


def consult(number: Draft, note: Note, as_name: By = None) -> None:
    """Open the public consultation for the days of the procedure; the note says where it is announced.

    Example: qcredit policy consult 1 --note "government website, notice 12"
    """
    with writing() as session:
        step = ways.open_consultation(session, number, note=note, today=legal_day(), actor=acting(as_name))
        typer.echo(f"Draft {number} is open to comments until {step.closes_on}.")


def comment(
    number: Draft,
    said_by: Annotated[str, typer.Option("--from", help="A trade, an office, how many citizens; no private person's name.")],
    text: Annotated[str, typer.Option(help="What is said.")],
    as_name: By = None,
) -> None:
    """Take a comment while the consultation is open.

    Example: qcredit policy comment 1 --from "food trade association" --text "thirty points are too many for one complaint"
    """
    with writing() as session:
        taken = ways.take_comment(session, number, said_by=said_by, text=text, today=legal_day(), actor=acting(as_name))
        typer.echo(f"Comment {taken} on draft {number}.")


def answer(
    comment_number: Annotated[int, typer.Argument(help="The number of the comment.")],
    text: Annotated[str, typer.Option(help="What is answered.")],
    as_name: By = None,
) -> None:
    """Answer a comment, once: adopted or not, and why.

    Example: qcredit policy answer 1 --text "not adopted: the cap on complaints bounds it"
    """
    with writing() as session:
        found = ways.answer_comment(session, comment_number, text=text, today=legal_day(), actor=acting(as_name))
        typer.echo(f"Comment {comment_number} on draft {found.draft_id} is answered.")


def review(
    number: Draft,
    outcome: Annotated[Outcome, typer.Option(help="passed or failed.")],
    note: Note,
    document_no: Annotated[str | None, typer.Option(help="The number of the review's document.")] = None,
    as_name: By = None,
) -> None:
    """Write down what the legal review found, after the consultation is over and every comment is answered.

    Example: qcredit policy review 1 --outcome passed --note "no conflict with higher law" --document-no 2026-7 --as "legal affairs"
    """
    with writing() as session:
        actor = acting(as_name)
        ways.review(session, number, outcome=outcome.value, note=note, document_no=document_no, today=legal_day(), actor=actor)
        _tell_next(ways.way_of(session, number))


def attach(
    number: Draft, rehearsal: Annotated[int, typer.Argument(help="The number of a finished rehearsal.")], as_name: By = None
) -> None:
    """Attach a rehearsal of exactly this draft; the digest of its report stands in the draft's way.

    Example: qcredit policy attach 1 4
    """
    with writing() as session:
        step = ways.attach(session, number, rehearsal, today=legal_day(), actor=acting(as_name))
        typer.echo(f"Rehearsal {rehearsal} is attached, digest {step.note}.")
        _tell_next(ways.way_of(session, number))


def approve(number: Draft, as_name: Annotated[str, typer.Option("--as", help="Who approves.")], note: Note = "approved") -> None:
    """Approve a draft as one of two persons, apart from who filed it, rehearsed it, or runs evaluations under its family.

    Example: qcredit policy approve 1 --as "deputy director"
    """
    with writing() as session:
        way = ways.approve(session, number, note=note, today=legal_day(), actor=acting(as_name))
        typer.echo(f"Draft {number} is approved by {', '.join(step.done_by for step in way.approvals)}.")
        _tell_next(way)


def withdraw(number: Draft, note: Note, as_name: By = None) -> None:
    """End the way of a draft that is not to become a version.

    Example: qcredit policy withdraw 1 --note "replaced by draft 2"
    """
    with writing() as session:
        ways.withdraw(session, number, note=note, today=legal_day(), actor=acting(as_name))
        typer.echo(f"Draft {number} is withdrawn.")


def _tell_next(way: ways.Way) -> None:
    lacking = ways.missing(way, today=legal_day())
    typer.echo(f"Next: {lacking}" if lacking else "Every step is taken. Publish it: qcredit policy publish FILE.")


def add_commands(app: typer.Typer) -> None:
    """Let `qcredit policy` have the commands of the way."""
    for command in (file, drafts, draft, consult, comment, answer, review, attach, approve, withdraw):
        app.command()(command)
