"""The keys that sign for the house: made, rotated, revoked, shown to everybody, and never in clear in the database."""

import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import text
from typer.testing import CliRunner

from data.database import Engine, WriteSession, make_engine, read_session, write_session
from data.failures import DATABASE_ERRORS
from models.signatures import KeyRevoked, verify
from service.cli import app
from service.operations.manage_signing_keys import (
    RevokedAhead,
    create_signing_key,
    ensure_signing_key,
    retire_signing_key,
    revoke_signing_key,
)
from service.settings import BadSettings, read_settings
from service.signing import NothingSigns, Signer, published_keys
from service.signing_secret import Seal, Sealed, SecretOpen, find_secret
from tests.service.serving import OPERATOR, serving

SECRET = "a secret of this test, long enough"
SIGNER = Signer(SECRET)
TYP = "sample+json"


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    made = make_engine(database)
    yield made
    made.dispose()


def test_a_second_worker_with_the_same_secret_signs_with_the_same_key(db: WriteSession) -> None:
    made = create_signing_key(db, signer=SIGNER, actor=OPERATOR)
    token = Signer(SECRET).active_key(db).sign(b"content", typ=TYP)
    assert verify(token, published_keys(db), typ=TYP).kid == made.kid


def test_the_database_alone_signs_nothing(db: WriteSession) -> None:
    made = create_signing_key(db, signer=SIGNER, actor=OPERATOR)
    private = Seal(SECRET).open(made.sealed or b"", kid=made.kid, seal=made.seal)
    assert len(private) == 32
    row = str(db.connection().execute(text("SELECT row_to_json(k)::text FROM signing_key k")).scalar_one())
    assert private.hex() not in row
    with pytest.raises(Sealed, match="QCREDIT_SIGNING_SECRET"):
        Signer("another secret, which is also long").active_key(db)


def test_rotation_keeps_what_was_signed_and_destroys_the_old_private_half(db: WriteSession) -> None:
    old = create_signing_key(db, signer=SIGNER, actor=OPERATOR)
    token = SIGNER.active_key(db).sign(b"content", typ=TYP)
    new = create_signing_key(db, signer=SIGNER, actor=OPERATOR)
    assert SIGNER.active_key(db).kid == new.kid
    assert verify(token, published_keys(db), typ=TYP).payload == b"content"
    assert (old.sealed, old.closed_by) == (None, "operator")
    assert [(key["kid"], key["status"]) for key in published_keys(db)["keys"]] == [(new.kid, "active"), (old.kid, "retired")]


def test_a_revoked_key_is_refused_from_its_instant_on_and_a_later_finding_only_moves_it_back(db: WriteSession) -> None:
    key = create_signing_key(db, signer=SIGNER, actor=OPERATOR)
    token = SIGNER.active_key(db).sign(b"content", typ=TYP)
    now = datetime.now(UTC)
    revoke_signing_key(db, key.kid, since=now - timedelta(minutes=1), actor=OPERATOR, why="stolen")
    revoke_signing_key(db, key.kid, since=now, actor=OPERATOR, why="perhaps later")
    assert (key.sealed, key.why) == (None, "stolen")
    with pytest.raises(KeyRevoked):
        verify(token, published_keys(db), typ=TYP)
    with pytest.raises(NothingSigns, match="signing-keys create"):
        SIGNER.active_key(db)
    with pytest.raises(RevokedAhead):
        revoke_signing_key(db, key.kid, since=now + timedelta(days=1), actor=OPERATOR, why="ahead")


def test_only_a_database_that_never_had_a_key_gets_one_by_itself(db: WriteSession) -> None:
    made = ensure_signing_key(db, signer=SIGNER, actor=OPERATOR)
    assert made is not None
    retire_signing_key(db, made.kid, actor=OPERATOR)
    assert ensure_signing_key(db, signer=SIGNER, actor=OPERATOR) is None


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM signing_key",
        "UPDATE signing_key SET x = 'AAAA'",
        "UPDATE signing_key SET retired_at = NULL",
        "UPDATE signing_key SET retired_at = retired_at + interval '1 day'",
        "UPDATE signing_key SET sealed = '\\x00'",
        "UPDATE signing_key SET revoked_from = NULL, revoked_at = NULL WHERE revoked_from IS NOT NULL",
        "UPDATE signing_key SET revoked_from = revoked_from + interval '1 s'",
    ],
)
def test_the_database_refuses_to_forget_or_forgive_a_key(db: WriteSession, statement: str) -> None:
    key = create_signing_key(db, signer=SIGNER, actor=OPERATOR)
    retire_signing_key(db, key.kid, actor=OPERATOR)
    revoke_signing_key(db, key.kid, since=None, actor=OPERATOR, why="stolen")
    with pytest.raises((DBAPIError, *DATABASE_ERRORS), match=r"signing_key|signing key"):
        db.connection().execute(text(statement))


def test_of_many_who_rotate_at_once_one_key_signs_in_the_end(engine: Engine) -> None:
    def rotate() -> None:
        with write_session(engine) as session:
            create_signing_key(session, signer=SIGNER, actor=OPERATOR)
            session.commit()

    threads = [threading.Thread(target=rotate) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with read_session(engine) as session:
        states = [key["status"] for key in published_keys(session)["keys"]]
    assert sorted(states) == ["active"] + ["retired"] * 5


def test_everybody_may_read_and_keep_the_public_keys_and_the_service_makes_its_first_one(database: str) -> None:
    with serving(database) as client:
        answer = client.get("/.well-known/jwks.json")
        again: httpx.Response = client.get("/.well-known/jwks.json", headers={"If-None-Match": answer.headers["etag"]})
    (key,) = answer.json()["keys"]
    assert (key["kty"], key["crv"], key["alg"], key["status"]) == ("OKP", "Ed25519", "Ed25519", "active")
    assert "d" not in key
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["content-type"] == "application/jwk-set+json"
    assert again.status_code == 304


def test_the_secret_of_the_var_folder_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(find_secret(None, folder=tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o640)
    with pytest.raises(SecretOpen, match="chmod 600"):
        find_secret(None, folder=tmp_path)


def test_a_bad_secret_is_refused_without_being_told() -> None:
    with pytest.raises(BadSettings) as refused:
        read_settings({"QCREDIT_SIGNING_SECRET": "hunter2"})
    assert "QCREDIT_SIGNING_SECRET" in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert SECRET not in repr(read_settings({"QCREDIT_SIGNING_SECRET": SECRET}))


def test_no_key_is_named_like_an_option_of_a_command(db: WriteSession) -> None:
    names = [create_signing_key(db, signer=SIGNER, actor=OPERATOR).kid for _ in range(200)]
    assert not [name for name in names if name.startswith("-")]


def test_keys_are_made_listed_retired_and_revoked_at_the_command_line(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("QCREDIT_SIGNING_SECRET", SECRET)

    def call(*words: str) -> str:
        done = CliRunner().invoke(app, ["signing-keys", *words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    first = call("create").split()[1]
    second = call("create", "--why", "yearly rotation").split()[1]
    assert "Nothing signs now" in call("retire", second)
    assert "trust nothing it signed from 2026-01-01 08:00:00 UTC on" in call(
        "revoke", first, "--from", "2026-01-01T08:00:00", "--why", "lost"
    )
    listed = call("list", "--jwks")
    assert listed.count('"status"') == 2
    assert '"status": "revoked"' in listed
    assert '"status": "retired"' in listed
