"""An older backup restored behind its consumers: seen by a witness, settled by a new epoch, and nobody's copy forks."""

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import make_url

from data.database import WriteSession, make_engine, write_session
from data.stores.listings import Step
from models.access import Role
from models.errors import CreditError
from models.listings import Cause
from service.gate import FRESH_FOR_S
from service.mirror.folder import Folder
from service.mirror.follow import Mirror, Round
from service.mirror.remote import Remote
from service.operations.begin_epoch import NoWitness, begin_epoch
from tests.conftest import Server
from tests.entries import add_enterprise, add_policy, add_run, black, enter, move
from tests.service.serving import OPERATOR, bearing, make_keys, serving, wait_for_checkpoint

END = date(2026, 4, 1)


def write(url: str, act: Callable[[WriteSession], object]) -> None:
    engine = make_engine(url, size=1)
    with write_session(engine) as session:
        act(session)
        session.commit()
    engine.dispose()


def follow(url: str, key: str, path: Path) -> Round:
    with Folder(path, log="changes") as folder, Remote(url, key=key) as remote:
        return Mirror(remote, folder).follow()


def test_no_epoch_begins_without_a_witness_or_a_word_that_there_is_none(db: WriteSession) -> None:
    with pytest.raises(NoWitness, match="--without-witness"):
        begin_epoch(db, reason="a backup", without_witness=False, actor=OPERATOR)
    assert begin_epoch(db, reason="a backup, and no consumer yet", without_witness=True, actor=OPERATOR).epoch == 2


def test_a_backup_restored_behind_a_consumer_is_held_back_until_a_new_epoch_and_the_mirror_says_what_differs(
    database: str, server: Server, tmp_path: Path
) -> None:
    key = make_keys(database)[Role.PLATFORM]

    def found(session: WriteSession) -> None:
        run_id = add_run(session, add_policy(session))
        for number in range(1, 6):
            add_enterprise(session, number)
        enter(session, *(black(number, run_id=run_id) for number in range(1, 5)))

    write(database, found)
    with serving(database) as client:
        wait_for_checkpoint(client, bearing(key))
        follow(str(client.base_url), key, tmp_path)
    backup = f"{make_url(database).database}_backup"
    server.run("CREATE DATABASE {backup} TEMPLATE {name}", backup=backup, name=str(make_url(database).database))
    restored = server.url_of(backup)
    try:
        write(database, lambda session: move(session, Step(1, Cause.REMOVED, END)))
        with serving(database) as client:
            wait_for_checkpoint(client, bearing(key))
            assert follow(str(client.base_url), key, tmp_path).checkpoint.seq == 5
        with serving(restored) as client:
            url = str(client.base_url)
            wait_for_checkpoint(client, bearing(key))
            with pytest.raises(CreditError) as told:
                follow(url, key, tmp_path)
            assert told.value.code == "mirror.rolled_back"
            time.sleep(FRESH_FOR_S)
            held = client.get("/v1/checkpoint")
            assert (held.status_code, held.json()["code"]) == (503, "publication.stopped")
            assert "new-epoch" in held.json()["detail"]
        with serving(restored) as client:  # and a new start says the same
            assert client.get("/v1/checkpoint").status_code == 503
            write(restored, lambda session: begin_epoch(session, reason="backup restored", without_witness=False, actor=OPERATOR))
            write(restored, lambda session: move(session, Step(2, Cause.REMOVED, END)))
            time.sleep(FRESH_FOR_S)
            url = str(client.base_url)
            assert wait_for_checkpoint(client, bearing(key))["epoch"] == 2
            (first, second) = client.get("/v1/epochs").json()["epochs"]
            assert (first["begins_after"], second["begins_after"], second["reason"]) == (0, 4, "backup restored")
            done = follow(url, key, tmp_path)
            assert (done.checkpoint.epoch, done.checkpoint.seq, done.verdict) == (2, 5, "equal")
            assert done.differing == [("black", "test-number", "E1"), ("black", "test-number", "E2")]
            assert done.set_aside is not None
            with Folder(done.set_aside, log="changes") as aside:
                assert aside.load().seq == 5
            assert follow(url, key, tmp_path).set_aside is None
    finally:
        server.run("DROP DATABASE IF EXISTS {backup} WITH (FORCE)", backup=backup)


def test_a_copy_that_ends_where_the_new_epoch_begins_just_goes_on(database: str, tmp_path: Path) -> None:
    key = make_keys(database)[Role.PLATFORM]

    def found(session: WriteSession) -> None:
        add_enterprise(session, 1)
        enter(session, black(1, run_id=add_run(session, add_policy(session))))

    write(database, found)
    with serving(database) as client:
        wait_for_checkpoint(client, bearing(key))
        follow(str(client.base_url), key, tmp_path)
        write(database, lambda session: begin_epoch(session, reason="rehearsal", without_witness=True, actor=OPERATOR))
        assert wait_for_checkpoint(client, bearing(key))["epoch"] == 2
        done = follow(str(client.base_url), key, tmp_path)
        assert (done.set_aside, done.checkpoint.epoch, done.verdict) == (None, 2, "equal")
