"""`qcredit`, the command line: one declared table of commands, each module loaded only when its command is called.

Exit codes: 0 done; 1 refused or failed; 2 wrong usage; 3 faults were found or rows rejected.
"""

import importlib
import sys
from importlib import metadata
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from models.errors import CreditError

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "Load the sample city, evaluate it, decide its proposals, and serve."),
    "db": ("database", "Migrate the database, say which one is used, stop the embedded server."),
    "targets": ("targets", "The city's targets in figures, and how each source delivers."),
    "sources": ("sources", "Who delivers, and which kinds of record each may send."),
    "registry": ("registry", "Import enterprises from a registry file."),
    "intake": ("intake", "Deliver a file of records."),
    "deliveries": ("deliveries", "List deliveries, fetch their rejects, undo one, read one again."),
    "queue": ("queue", "Records that wait for their enterprise, and how to settle them."),
    "policy": ("policy", "Lint, rehearse, publish and list policies."),
    "measures": ("measures", "Lint, publish and show the catalogue of what may follow from a listing."),
    "run": ("run", "Evaluate enterprises under a policy."),
    "recount": ("recount", "Answer a sample of enterprises anew, and compare with the latest published run."),
    "jobs": ("jobs", "Long work: list, watch, cancel; workers; schedules."),
    "panel": ("panel", "Answers on many days as one file for analysis, with what came after."),
    "survival": ("survival", "How long after a failure the next one comes, as a statistic."),
    "export": ("export", "Write what a run reads as Parquet, for engines on other machines."),
    "answer-export": ("export", "Answer an export without the database, on DuckDB or Spark."),
    "ask": ("ask", "Answer for one enterprise, with every line of its score."),
    "difference": ("difference", "Why an answer is another than before, cause by cause; for one enterprise or all."),
    "proposals": ("lists", "What published runs suggest for the lists."),
    "decide": ("lists", "Accept or refuse a proposal as an officer."),
    "procedures": ("matters", "Publish and show the procedures by which matters go."),
    "matters": ("matters", "Files of matters, steps, service, clocks, stays; the worklist."),
    "lists": ("lists", "Show a list as of a day, or export it."),
    "changes": ("lists", "The log of list changes after a number."),
    "expire": ("lists", "End the entries whose last day has passed."),
    "repairs": ("ways_out", "Applications for repair: list, take the next step."),
    "objections": ("ways_out", "Objections: list, decide."),
    "cascades": ("ways_out", "Withdraw all that rested on what fell: prepare, carry out."),
    "enquiries": ("remedies", "Who looked enterprises up: forget what is old enough."),
    "mandates": ("remedies", "Who may act for an enterprise: record, list, revoke."),
    "forget": ("forget", "Empty what the log says of entries that have ended."),
    "mirror": ("mirror", "Keep an exact copy of the lists of a service, and prove it."),
    "outlook": ("remedies", "What would change an enterprise's score and grade, and when."),
    "publication": ("publication", "Stop publication, agree to go on, say how it stands."),
    "replies": ("remedies", "Replies of enterprises to records and entries: list, accept, refuse."),
    "keys": ("keys", "Make, list and revoke keys of the API."),
    "signing-keys": ("signing_keys", "Keys that sign receipts and checkpoints: make, list, retire, revoke."),
    "checks": ("checks", "List the checks that were asked; export them for audit."),
    "watches": ("checks", "Watched suppliers and their news."),
    "feedback": ("checks", "Measures that agencies applied: report, count, see who still applies one."),
    "receipt": ("receipt", "Verify a receipt, offline and without a database; print or fetch one."),
    "serve": ("serve", "Serve the API and the pages."),
    "openapi": ("serve", "Print the description of the API."),
}
"""Command -> (module under `service.commands`, one line of help). The module's `app` holds the command, or is the group of that name."""


class Commands(TyperGroup):
    """The table as a group: listing it imports nothing, calling a command imports its one module."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # the framework's signature
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  # the framework's signature
        if cmd_name in self.commands:
            return self.commands[cmd_name]
        if cmd_name in COMMANDS:
            return TyperCommand(name=cmd_name, help=COMMANDS[cmd_name][1])
        return None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] in COMMANDS and args[0] not in self.commands:
            self.commands[args[0]] = load(args[0])
        return super().resolve_command(ctx, args)


def load(name: str) -> Any:
    """Import the module of one command and give the command."""
    module = importlib.import_module(f"service.commands.{COMMANDS[name][0]}")
    group = get_group(module.app)
    return group.commands.get(name, group)


app = typer.Typer(
    cls=Commands,
    name="qcredit",
    help="Enterprise quality credit: records in, provable scores, grades and lists out. "
    "Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 faults found or rows rejected.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def version_of_service() -> str:
    """The version that is installed; a checkout that was never installed says so."""
    try:
        return metadata.version("qcredit")
    except metadata.PackageNotFoundError:
        return "from a checkout"


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"qcredit {version_of_service()}")
        raise typer.Exit


@app.callback()
def qcredit(
    version: Annotated[bool, typer.Option("--version", help="Say the version and stop.", callback=_show_version, is_eager=True)] = False,
) -> None:
    pass


def main() -> None:
    """Run one command; what was refused is said in one sentence with its code on stderr."""
    try:
        app(prog_name="qcredit")
    except CreditError as fault:
        _fail(str(fault), fault.code)
    except BrokenPipeError:
        sys.stderr.close()  # the reader left (`| head`); nothing is wrong and nobody is listening
        sys.exit(1)
    except Exception as fault:
        from data.failures import Failure, failure_of  # noqa: PLC0415  # imports the drivers, which most commands that fail never needed

        if failure_of(fault) is not Failure.UNAVAILABLE:
            raise
        reason = str(getattr(fault, "orig", fault)).strip().splitlines()
        _fail(
            f"The database does not answer: {reason[0] if reason else type(fault).__name__}. Nothing of this command was kept that it has "
            "not told. Run it again when the database is back; `qcredit db status` says which one it is.",
            "database.unavailable",
        )


def _fail(sentence: str, code: str) -> NoReturn:
    print(f"{sentence} [{code}]", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
