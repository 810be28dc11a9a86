"""A running service for tests: the real application on a loopback port of its own, over a real database."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from pydantic import SecretStr

from data.database import Database, WriteSession, make_engine, write_session
from data.stores.knowledge import draw
from data.stores.lookups import find_by_identifier
from models.access import Actor, Role
from models.identifiers import Identifier, key_of
from models.tables.enterprises import Enterprise, EnterpriseIdentifier
from service.app import create_app
from service.operations.manage_keys import create_key
from service.settings import Settings

SECRET = "a secret of the tests, and of nothing else"
NO_SCHEDULES = Path(__file__).parent / "no_schedules.yaml"
"""A test says itself what is done by itself, and when."""
OPERATOR = Actor(holder="operator", role=Role.ADMIN)


@contextmanager
def serving(url: str, *, settings: Settings | None = None) -> Iterator[httpx.Client]:
    """Serve the database at `url` until the block ends; gives a client without a key."""
    asked = settings or Settings(read_connections=4, write_connections=4)
    chosen = asked.model_copy(update={"signing_secret": SecretStr(SECRET), "schedules": asked.schedules or NO_SCHEDULES})
    app = create_app(chosen, Database(url))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the service did not start; its log says why")
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(20)


def make_keys(url: str, *, source: str | None = None, enterprise: str | None = None) -> dict[Role, str]:
    """A key of each role but public; the delivering one only where a source is named, the enterprise's of an invented one unless named."""
    engine = make_engine(url, size=1)
    made: dict[Role, str] = {}
    try:
        with write_session(engine) as session:
            for role in Role:
                if role is Role.PUBLIC or (role is Role.SOURCE and source is None):
                    continue
                of = source if role is Role.SOURCE else None
                own = _enterprise(session, enterprise) if role is Role.ENTERPRISE else None
                made[role] = create_key(session, role=role, holder=f"holder of {role}", source=of, enterprise=own, actor=OPERATOR).text
            session.commit()
    finally:
        engine.dispose()
    return made


def _enterprise(session: WriteSession, code: str | None) -> Identifier:
    """The enterprise of a code, or one that only has a number."""
    if code is not None:
        return Identifier(scheme="cn-uscc", value=code)
    invented = Identifier(scheme="test-number", value="E1")
    if find_by_identifier(session, invented.scheme, invented.value) is None:
        seq = draw(session, "registry").known_seq
        key = key_of(invented.scheme, invented.value)
        session.add(Enterprise(enterprise_key=key, founding_scheme=invented.scheme, founding_value=invented.value, known_seq=seq))
        session.flush()
        session.add(EnterpriseIdentifier(scheme=invented.scheme, value=invented.value, known_seq=seq, enterprise_key=key))
        session.flush()
    return invented


def bearing(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def wait_for_checkpoint(client: httpx.Client, headers: dict[str, str], *, seconds: float = 20) -> dict[str, Any]:
    """Wait until the service has signed the newest line; gives the checkpoint."""
    head = client.get("/v1/changes", headers=headers).json()["head"]
    for _ in range(int(seconds / 0.05)):
        answer = client.get("/v1/checkpoint")
        if answer.status_code == 200:
            told: dict[str, Any] = answer.json()["checkpoint"]
            if (told["epoch"], told["seq"]) == (head["epoch"], head["seq"]):
                return told
        time.sleep(0.05)
    raise RuntimeError("the service signs no checkpoint; its log says why")
