"""What the measurements of the service share: a database of their own with a city in it, a key, and servers in processes of their own."""

import multiprocessing
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import SecretStr

from data import embedded
from data.database import Database, connect, make_engine, write_session
from data.policy_files import SHIPPED
from data.sample_city.loading import load_relations
from data.schema import migrate
from models.access import Actor, Role
from service.app import create_app
from service.operations.manage_keys import create_key
from service.operations.publish_policy import publish_policy
from service.operations.recalculate import Request, publish, recalculate
from service.settings import Settings

ACTOR = Actor(holder="bench", role=Role.ADMIN)
AS_OF = date(2026, 11, 1)
NO_SCHEDULES = Path(__file__).parent / "no_schedules.yaml"


@contextmanager
def database(folder: Path | None = None) -> Iterator[Database]:
    """An embedded PostgreSQL of one's own, migrated; removed at the end unless a folder was given."""
    place = folder or Path(tempfile.mkdtemp(prefix="qcredit-bench-"))
    found = embedded.ensure_running(place / "postgres")
    try:
        migrate(found.url)
        yield Database(found.url, folder=place / "postgres")
    finally:
        if folder is None:
            embedded.remove(place / "postgres")  # the server's files may stand in a shelter elsewhere
            shutil.rmtree(place, ignore_errors=True)
        else:
            embedded.stop(place / "postgres")


def settle(found: Database, size: int) -> None:
    """Load a city, publish the policy of 2026, and give every enterprise its standing."""
    load_relations(found.url, size)
    engine = make_engine(found.url, size=1)
    with write_session(engine) as session:
        text = (SHIPPED / "yinchuan-2026.yaml").read_text(encoding="utf-8")
        publish_policy(session, text=text, file="yinchuan-2026", today=date(2026, 1, 1), actor=ACTOR)
        session.commit()
    engine.dispose()
    publish(found, recalculate(found, Request(as_of=AS_OF, family="yinchuan"), actor=ACTOR), actor=ACTOR)
    with connect(found.url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")


def make_key(found: Database, role: Role, *, holder: str = "bench") -> str:
    engine = make_engine(found.url, size=1)
    with write_session(engine) as session:
        made = create_key(session, role=role, holder=holder, actor=ACTOR)
        session.commit()
    engine.dispose()
    return made.text


def codes(found: Database, count: int) -> list[tuple[str, str]]:
    """Identifiers all over the city."""
    with connect(found.url) as connection:
        rows = connection.execute(
            "SELECT scheme, value FROM enterprise_identifier WHERE superseded_seq IS NULL ORDER BY md5(value) LIMIT %s", (count,)
        )
        return [(str(scheme), str(value)) for scheme, value in rows.fetchall()]


def serve_service(url: str, port: int, workers: int = 8) -> None:
    _serve(
        create_app(
            Settings(
                read_connections=workers,
                schedules=NO_SCHEDULES,
                signing_secret=SecretStr("a secret of measurements alone, and of nothing else"),
            ),
            Database(url),
        ),
        port,
    )


def _serve(app: Any, port: int) -> None:
    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False, log_level="warning", server_header=False)


@contextmanager
def serving(target: Callable[..., None], *arguments: Any) -> Iterator[int]:
    """Run a server in a process of its own until the block ends; gives its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = multiprocessing.get_context("spawn").Process(target=target, args=(*arguments, port), daemon=True)
    process.start()
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if not process.is_alive():
                sys.exit("the server did not start")
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.join(20)
