import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from data import embedded
from data.embedded_home import EmbeddedFailed, Home

ROOT = Path(__file__).parents[2]
START = "import sys; from pathlib import Path; from data import embedded; print(embedded.ensure_running(Path(sys.argv[1]), durable=False))"

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another account")


@pytest.fixture
def place() -> Iterator[Path]:
    """A temporary folder that any account may pass through; what stands in it is removed with its servers."""
    found = Path(tempfile.mkdtemp(prefix="qcredit-"))
    found.chmod(0o711)
    yield found
    for folder in found.iterdir():
        embedded.remove(folder)
    found.rmdir()


@pytest.fixture(scope="module")
def settled() -> Iterator[Path]:
    """The folder of one running server for the tests that only look at it."""
    folder = Path(tempfile.mkdtemp(prefix="qcredit-"))
    folder.chmod(0o711)
    embedded.ensure_running(folder, durable=False)
    yield folder
    embedded.remove(folder)


def start(folder: Path, *, durable: bool = False) -> str:
    return embedded.ensure_running(folder, durable=durable).url


def ask(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
        return row and row[0]


def kill_server(folder: Path) -> None:
    pid = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    while embedded.find_url(folder):  # the system takes a moment to end it
        time.sleep(0.01)


def test_a_second_start_finds_the_first_server(settled: Path) -> None:
    again = embedded.ensure_running(settled)
    assert not again.started
    assert ask(again.url, "SELECT current_database() || ' ' || current_user") == "qcredit qcredit"


def test_the_server_listens_on_no_network_and_only_to_its_owner(settled: Path) -> None:
    assert ask(start(settled), "SHOW listen_addresses") == ""
    assert (settled / "socket").stat().st_mode & 0o077 == 0
    assert (settled / "data").stat().st_mode & 0o077 == 0


@as_root
def test_another_account_is_not_let_in(settled: Path) -> None:
    socket = settled / "socket"
    stranger = pwd.getpwnam("daemon").pw_uid
    psql = Home.make(settled).programs() / "psql"
    command = [str(psql), "-h", str(socket), "-U", "qcredit", "-c", "SELECT 1", "qcredit"]
    refused = subprocess.run(command, user=stranger, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    socket.chmod(0o711)
    try:
        mapped_out = subprocess.run(command, user=stranger, capture_output=True, text=True, check=False)
    finally:
        socket.chmod(0o700)
    assert "Peer authentication failed" in mapped_out.stderr


def test_chinese_text_has_trigrams_and_one_order_everywhere(settled: Path) -> None:
    with psycopg.connect(start(settled)) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        trigrams = connection.execute("SELECT cardinality(show_trgm('质量食品'))").fetchone()
        assert trigrams == (5,)
        ordered = connection.execute("SELECT string_agg(v, ' ' ORDER BY v) FROM unnest(ARRAY['b', '银', 'B', 'a', 'é']) v").fetchone()
        assert ordered == ("B a b é 银",)
        connection.rollback()


def test_two_folders_run_side_by_side(place: Path, settled: Path) -> None:
    one, other = start(settled), start(place / "other")
    assert ask(one, "SHOW data_directory") == str(settled / "data")
    assert ask(other, "SHOW data_directory") == str(place / "other" / "data")


def test_callers_at_the_same_moment_share_one_server(place: Path) -> None:
    def call(_: int) -> str:
        return subprocess.run([sys.executable, "-c", START, str(place / "a")], cwd=ROOT, check=True, capture_output=True, text=True).stdout

    with ThreadPoolExecutor(4) as callers:
        answers = list(callers.map(call, range(4)))
    assert sum("started=True" in answer for answer in answers) == 1
    assert len({answer.partition("started")[0] for answer in answers}) == 1


def test_a_stopped_server_starts_again_with_its_data(place: Path) -> None:
    folder = place / "a"
    with psycopg.connect(start(folder)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert embedded.stop(folder)
    assert embedded.find_url(folder) is None
    assert not embedded.stop(folder)
    assert ask(start(folder), "SELECT answer FROM kept") == 42


def test_a_killed_server_starts_again_though_its_pid_now_belongs_to_somebody_else(place: Path) -> None:
    folder = place / "a"
    with psycopg.connect(start(folder, durable=True)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    kill_server(folder)
    stale = folder / "data" / "postmaster.pid"
    lines = stale.read_text().splitlines()
    stale.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert embedded.find_url(folder) is None
    assert ask(start(folder), "SELECT answer FROM kept") == 42


def test_a_query_that_outlives_the_killed_server_does_not_block_the_next(place: Path) -> None:
    folder = place / "a"
    busy = psycopg.connect(start(folder), autocommit=True)

    def keep_busy() -> None:
        with pytest.raises(psycopg.OperationalError):
            busy.execute("SELECT count(*) FROM generate_series(1, 100000000000)")

    orphan = threading.Thread(target=keep_busy)
    orphan.start()
    while ask(start(folder), "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series%'") != 2:
        pass
    kill_server(folder)
    assert ask(start(folder), "SELECT 1") == 1
    orphan.join()
    busy.close()


def test_a_creation_killed_half_way_is_done_again(place: Path) -> None:
    half_made = place / "a" / "data.new"
    half_made.mkdir(parents=True)
    (place / "a").chmod(0o711)
    (half_made / "PG_VERSION").write_text("18\n")
    assert ask(start(place / "a"), "SELECT 1") == 1
    assert not half_made.exists()


def test_a_long_path_gets_a_short_socket(place: Path) -> None:
    folder = place / ("long" * 30)
    url = start(folder)
    assert ask(url, "SHOW data_directory") == str(folder / "data")
    assert ask(url, "SHOW unix_socket_directories") != str(folder / "socket")


@as_root
def test_a_folder_that_the_account_cannot_reach_is_sheltered_and_never_opened(place: Path) -> None:
    private = place / "private"
    private.mkdir(mode=0o700)
    try:
        assert ask(start(private / "postgres"), "SELECT 1") == 1
        shelter = (private / "postgres" / "home").readlink()
        assert private.stat().st_mode & 0o777 == 0o700
        assert (shelter / "data" / "PG_VERSION").is_file()
        embedded.stop(private / "postgres")
        shutil.move(shelter, f"{shelter}-moved")
        with pytest.raises(EmbeddedFailed, match="that folder is gone"):
            start(private / "postgres")
        shutil.move(f"{shelter}-moved", shelter)
    finally:
        embedded.remove(private / "postgres")
    assert not shelter.exists()


def test_a_server_in_use_is_left_to_its_users(place: Path) -> None:
    folder = place / "a"
    with psycopg.connect(start(folder), autocommit=True) as user:
        assert not embedded.stop(folder, only_if_unused=True)
        assert user.execute("SELECT 1").fetchone() == (1,)
    assert embedded.stop(folder, only_if_unused=True)


def test_a_database_of_another_major_version_is_refused_with_the_way_out(place: Path) -> None:
    folder = place / "a"
    start(folder)
    embedded.stop(folder)
    (folder / "data" / "PG_VERSION").write_text("14\n")
    with pytest.raises(EmbeddedFailed, match=r"made by PostgreSQL 14.*pg_dump"):
        start(folder)
