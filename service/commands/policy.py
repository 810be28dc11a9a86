"""`qcredit policy`: lint, publish and list policies."""

from pathlib import Path
from typing import Annotated

import typer

from data.policy_files import policy_hash, read_policy
from data.stores.policies import PublishedPolicy, get_policy, list_policies
from models.linting.monotony import monotony
from models.policies import Policy
from models.policy_schema import policy_schema_text
from service.clock import legal_day
from service.commands import policy_way, rehearsals
from service.commands.opening import acting, reading, writing
from service.commands.policy_text import text_of
from service.operations.publish_policy import publish_policy

app = typer.Typer(help="Policies: lint a file, publish it, show what is published.", no_args_is_help=True)
app.command("rehearse")(rehearsals.rehearse)
app.command("rehearsals")(rehearsals.list_all)
app.command("compare-rehearsals")(rehearsals.compare_two)
policy_way.add_commands(app)
FAULTY = 3
"""Exit code when a file has faults."""

File = Annotated[Path, typer.Argument(help="A policy file in YAML.")]


@app.command()
def lint(file: File) -> None:
    """Check a policy file as a whole and tell every fault at once; exit 3 when there are any.

    Example: qcredit policy lint data/policies/yinchuan-2026.yaml
    """
    policy = _sound(file)
    typer.echo(f"{file}: {policy.name} has no fault; hash {policy_hash(policy)}")
    typer.echo(describe_monotony(policy))


@app.command()
def publish(
    file: File,
    backdated_history: Annotated[
        bool, typer.Option("--backdated-history", help="Enter a version that was in force in the past, after runs had effects.")
    ] = False,
    as_name: Annotated[str | None, typer.Option("--as", help="The officer who publishes.")] = None,
) -> None:
    """Freeze a policy under its version and hash; the same content again changes nothing.

    Example: qcredit policy publish data/policies/yinchuan-2026.yaml
    """
    _sound(file)
    with writing() as session:
        made = publish_policy(
            session,
            text=text_of(file),
            file=str(file),
            today=legal_day(),
            actor=acting(as_name),
            backdated_history=backdated_history,
        )
        word = "is published" if made.is_new else "was published already"
        typer.echo(f"{made.published.name} {word} under hash {made.published.policy_hash}, {_span(made.published.policy)}.")
        if made.is_new and made.published.is_founding:
            typer.echo("It is a founding version: no run of its family has had effects yet. Later ones go their way (qcredit policy file).")


@app.command(name="list")
def list_published(family: Annotated[str | None, typer.Option(help="Only this family.")] = None) -> None:
    """List what is published, by family and the day it begins.

    Example: qcredit policy list
    """
    with reading() as session:
        found = list_policies(session, family)
    if not found:
        typer.echo("No policy is published. Publish one with `qcredit policy publish FILE`.")
    for one in found:
        typer.echo(f"{one.name:24} {_span(one.policy):40} {one.policy_hash[:12]}  {one.policy.mark:9} {one.policy.title.en}")


@app.command()
def show(name: Annotated[str, typer.Argument(help="family/version, or a hash.")]) -> None:
    """Show a published policy, word for word as it was published.

    Example: qcredit policy show yinchuan/2026
    """
    with reading() as session:
        found: PublishedPolicy = get_policy(session, name)
    typer.echo(f"# {found.name}, hash {found.policy_hash}")
    typer.echo(f"# published {found.published_at:%Y-%m-%d %H:%M} UTC by {found.published_by}")
    typer.echo(found.text, nl=not found.text.endswith("\n"))


@app.command()
def schema() -> None:
    """Print the JSON Schema of policy files, for editors.

    Example: qcredit policy schema > policy.schema.json
    """
    typer.echo(policy_schema_text(), nl=False)


def describe_monotony(policy: Policy) -> str:
    """Say whether one more violation can ever raise a score, and why if so."""
    reasons = monotony(policy)
    if not reasons:
        return "Monotone: one more violation never raises a score, and one more award never lowers it."
    head = (
        "Monotone for facts that are events of their own; a further record of a known event may turn a score the other way:"
        if all(reason.within_event for reason in reasons)
        else "Not monotone: one more violation may raise a score, or one more award lower it:"
    )
    return "\n".join([head, *(f"  {reason.sentence} [{reason.code}]" for reason in reasons)])


def _sound(file: Path) -> Policy:
    """Read a policy without fault; otherwise tell every fault and leave with exit code 3."""
    found = read_policy(text_of(file), file=str(file))
    if found.policy is not None and not found.faults:
        return found.policy
    for fault in found.faults:
        typer.echo(str(fault))
    count = "one fault" if len(found.faults) == 1 else f"{len(found.faults)} faults"
    typer.echo(f"{file} has {count}.", err=True)
    raise typer.Exit(FAULTY)


def _span(policy: Policy) -> str:
    until = f" until {policy.in_force_until}" if policy.in_force_until else ""
    return f"in force from {policy.in_force_from}{until}"
