"""`qcredit registry`: bring enterprises in from a registry file."""

import typer

from data.intake.profiles import load_profile
from models.deliveries import Mode
from service.commands.intake import DryRun, FileToRead, Key, Officer, ProfileName, Rejects, SourceCode, WrongTarget, bring_in

app = typer.Typer(help="Enterprises: who they are, from the registry.", no_args_is_help=True)


@app.callback()
def registry() -> None:
    pass


@app.command(name="import")
def import_(
    file: FileToRead,
    *,
    profile: ProfileName,
    source: SourceCode = "registry",
    key: Key = None,
    dry_run: DryRun = False,
    rejects: Rejects = None,
    officer: Officer = None,
) -> None:
    """Import a registry file; records that waited for its enterprises go in with it. Exit 3 when rows were rejected.

    Example: qcredit registry import enterprises.xlsx --profile cn-registry --source yc-registry
    """
    loaded = load_profile(profile)
    if loaded.profile.target != "enterprises":
        raise WrongTarget(f"The profile {profile} reads records. Use `qcredit intake {file} --profile {profile} --source {source}`.")
    bring_in(file, loaded, source=source, mode=Mode.DELTA, key=key, dry_run=dry_run, rejects=rejects, officer=officer)
