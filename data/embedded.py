"""The embedded PostgreSQL: a server of our own in one folder, reached over a Unix socket by its owner alone.

Any number of processes share one server, and any number of folders run side by side. The process that finds no server running starts
it; the server then stays until `stop`, so that the next command is quick. Nobody listens on a network, and there is no password: the
operating system says who is calling (`peer`). A crash leaves nothing in the way of the next start.
"""

import contextlib
import fcntl
import os
import shlex
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from data.embedded_home import Account, EmbeddedFailed, Home, ctype_locale, home_of

ROLE = "qcredit"
DATABASE = "qcredit"
PATIENCE_S = 120.0  # a recovery after a crash may have gigabytes of log to read
ORPHAN_GRACE_S = 2.0
LOG_KEPT_BYTES = 10_000_000


@dataclass(frozen=True)
class Running:
    """A server that answers; `started` says that this call brought it up."""

    url: str
    started: bool


@dataclass(frozen=True)
class _Postmaster:
    pid: int
    sockets: str
    state: str


def ensure_running(folder: Path, *, durable: bool = True) -> Running:
    """Give the address of the server in a folder, created and started if need be; safe against any number of callers at once.

    `durable=False` lets the system crash cost data, for tests. Raises `EmbeddedFailed`.
    """
    folder = folder.absolute()
    if url := find_url(folder):
        return Running(url, started=False)
    with _locked(folder):
        home = Home.make(folder)
        _settle(home)
        if url := find_url(folder):
            return Running(url, started=False)
        programs = home.programs()
        _create_cluster(home, programs, durable=durable)
        _start(home, programs, durable=durable)
        return Running(_url(str(home.sockets)), started=True)


def find_url(folder: Path) -> str | None:
    """The address of the server in a folder, if one runs there and answers."""
    postmaster = _read_postmaster(home_of(folder.absolute()) / "data")
    return _url(postmaster.sockets) if postmaster and postmaster.state == "ready" else None


def stop(folder: Path, *, only_if_unused: bool = False) -> bool:
    """Stop the server in a folder, letting running transactions go; False if none ran, or if it is in use and may not be stopped."""
    folder = folder.absolute()
    if not folder.is_dir():
        return False
    with _locked(folder):
        home = Home.find(folder)
        if home is None:
            return False
        _settle(home)
        url = find_url(folder)
        if url is None or (only_if_unused and _is_used(url)):
            return False
        done = home.account.run([home.programs() / "pg_ctl", "stop", "-w", "-t", str(int(PATIENCE_S)), "-m", "fast", "-D", home.data])
        if done.returncode:
            raise EmbeddedFailed(f"The embedded PostgreSQL in {folder} did not stop: {done.stdout.strip()}")
        return True


def remove(folder: Path) -> None:
    """Stop the server in a folder and delete everything it kept, its shelter too."""
    if not folder.is_dir():
        return
    stop(folder)
    home = home_of(folder)
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree((home / "socket").resolve())
    for place in {home, folder}:
        shutil.rmtree(place)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's file lock: one caller at a time creates, starts or stops. The system drops the lock of a killed process."""
    try:
        if not folder.is_dir():
            folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as fault:
        raise EmbeddedFailed(
            f"The folder {folder} of the embedded database cannot be used: {fault.strerror}. "
            "Run as the account that made it, or set QCREDIT_VAR to a folder of your own."
        ) from fault
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _url(sockets: str) -> str:
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(sockets, safe='')}"


def _read_postmaster(data: Path) -> _Postmaster | None:
    """What the running server wrote about itself; None if there is none, whatever a stale file says."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid = abs(int(lines[0]))
        if not _is_server_of(pid, data):
            return None
        return _Postmaster(pid=pid, sockets=lines[4], state=lines[7].strip())
    except FileNotFoundError:
        return None
    except PermissionError as fault:
        raise EmbeddedFailed(
            f"The embedded database in {data.parent} belongs to another account. "
            "Run as that account, or set QCREDIT_VAR to a folder of your own."
        ) from fault
    except (IndexError, ValueError):
        return _Postmaster(pid=0, sockets="", state="starting")  # the file is being written line by line


def _is_server_of(pid: int, data: Path) -> bool:
    """Whether a process is a PostgreSQL of this data folder: after a crash its number may belong to anybody."""
    if not Path("/proc/self/cwd").exists():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 0)
            return True
        return False
    try:
        return Path(f"/proc/{pid}/exe").readlink().name.startswith("postgres") and Path(f"/proc/{pid}/cwd").samefile(data)
    except OSError:
        return False


def _servers_of(data: Path) -> list[int]:
    return (
        [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _is_server_of(int(entry.name), data)]
        if Path("/proc/self/cwd").exists()
        else []
    )


def _settle(home: Home) -> None:
    """Wait out a start or stop under way, then clear what a crash left: orphaned backends, and files that name a process long gone."""
    patient_until = time.monotonic() + PATIENCE_S
    while (postmaster := _read_postmaster(home.data)) and postmaster.state != "ready":
        if time.monotonic() > patient_until:
            raise EmbeddedFailed(
                f"The embedded PostgreSQL in {home.path} has been {postmaster.state} for {PATIENCE_S:.0f} s. Read {home.log}."
            )
        time.sleep(0.02)
    if postmaster:
        return
    killed_from = time.monotonic() + ORPHAN_GRACE_S
    while orphans := _servers_of(home.data):
        if time.monotonic() > killed_from:  # without their postmaster they hold the shared memory and can no longer commit safely
            for pid in orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    if Path("/proc/self/cwd").exists():
        for stale in (home.data / "postmaster.pid", *home.sockets.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)


def _create_cluster(home: Home, programs: Path, *, durable: bool) -> None:
    """Make the data folder with the service's database in it; it appears under its name only when complete."""
    if home.data.is_dir():
        _refuse_other_major(home, programs)
        return
    partial = home.path / "data.new"
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(mode=0o700)
    os.chown(partial, home.account.uid, home.account.gid)
    make: list[str | Path] = [programs / "initdb", "-D", partial, "-U", ROLE, "--encoding=UTF8", "--auth=peer", "--no-instructions"]
    order = [
        f"--locale={ctype_locale()}",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    ]  # the same order of text on every machine
    done = home.account.run([*make, *order, *([] if durable else ["--no-sync"])])
    if done.returncode == 0:
        # Before the first start: whoever finds a server that answers also finds the database.
        done = home.account.run([programs / "postgres", "--single", "-D", partial, "postgres"], text_in=f"CREATE DATABASE {DATABASE}\n")
    if done.returncode or "ERROR" in done.stdout:
        raise EmbeddedFailed(f"The embedded database could not be created in {home.path}: {done.stdout.strip()[-2000:]}")
    partial.rename(home.data)


def _refuse_other_major(home: Home, programs: Path) -> None:
    made_by = (home.data / "PG_VERSION").read_text().strip()
    ours = home.account.run([programs / "postgres", "--version"]).stdout.split()[2].split(".")[0]
    if made_by != ours:
        raise EmbeddedFailed(
            f"The database in {home.path} was made by PostgreSQL {made_by}, and this installation carries {ours}. "
            f"Dump it with the older installation (`pg_dump`), move {home.path} away, and restore into the new one."
        )


def _start(home: Home, programs: Path, *, durable: bool) -> None:
    home.make_sockets()
    _configure(home, durable=durable)
    if not home.log.exists() or home.log.stat().st_size > LOG_KEPT_BYTES:
        home.log.write_bytes(b"")
    home.log.chmod(0o600)
    os.chown(home.log, home.account.uid, home.account.gid)
    config = shlex.quote(f"config_file={home.path / 'postgresql.conf'}")
    command: list[str | Path] = ["start", "-w", "-s", "-t", str(int(PATIENCE_S)), "-D", home.data, "-l", home.log, "-o", f"-c {config}"]
    done = home.account.run([programs / "pg_ctl", *command])
    if done.returncode:
        last_words = "\n".join(home.log.read_text(errors="replace").splitlines()[-12:])
        raise EmbeddedFailed(f"The embedded PostgreSQL in {home.path} did not start: {done.stdout.strip()}\n{last_words}")


def _configure(home: Home, *, durable: bool) -> None:
    """Write the server's files anew: they belong to this version of the service, not to the database."""
    memory_mb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    settings = {
        "data_directory": str(home.data),
        "hba_file": str(home.path / "pg_hba.conf"),
        "ident_file": str(home.path / "pg_ident.conf"),
        "listen_addresses": "",
        "unix_socket_directories": f'"{home.sockets}"',
        "max_connections": "100" if durable else "300",  # every test process has pools of its own
        "shared_buffers": f"{min(max(memory_mb // 8, 128), 1024 if durable else 128)}MB",
        "effective_cache_size": f"{max(memory_mb // 2, 512)}MB",
        "work_mem": "32MB",
        "maintenance_work_mem": "256MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",  # compiling costs more than our short plans take
        "timezone": "UTC",
        "log_timezone": "UTC",
        "datestyle": "iso, ymd",
        "default_text_search_config": "pg_catalog.simple",
        "log_min_error_statement": "panic",  # statements and key values may name people: errors are logged without either
        "log_error_verbosity": "terse",
        "log_checkpoints": "off",
        "log_line_prefix": "%m [%p] %a ",
    }
    if not durable:
        settings |= dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "off")
    quoted = "".join(f"{name} = {_quote(value)}\n" for name, value in settings.items())
    callers = {home.account.name, Account.of_uid(os.geteuid()).name, Account.of_uid(0).name}
    _write(home.path / "postgresql.conf", quoted)
    _write(home.path / "pg_hba.conf", "local all all peer map=callers\n")
    _write(home.path / "pg_ident.conf", "".join(f'callers "{name}" {ROLE}\n' for name in sorted(callers)))


def _write(file: Path, text: str) -> None:
    file.write_text(text)
    file.chmod(0o644)


def _is_used(url: str) -> bool:
    others = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(others).fetchone()
    return bool(row and row[0])


def _quote(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
