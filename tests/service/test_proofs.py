"""What the service signs of its log, and what it proves to whoever holds a signed checkpoint and nothing else."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from data.database import WriteSession, driver_connection
from data.stores import changes, checkpoints, trees
from data.stores.listings import Step
from models.access import Role
from models.changes import GENESIS
from models.checkpoints import read_checkpoint
from models.copies import Copy, CopyDiffers
from models.errors import CreditError
from models.list_tree import Proof, is_absent, is_listed
from models.listings import Cause
from models.log_tree import is_consistent, is_included, leaf_of
from models.signatures import verify
from service.operations.manage_signing_keys import create_signing_key, revoke_signing_key
from service.operations.sign_checkpoint import HEARTBEAT, sign_checkpoint
from service.operations.verify_log import verify_log
from service.proof_answers import ConsistencyProof, EntryProof, LineProof
from service.signing import Signer, published_keys
from tests.entries import add_enterprise, add_policy, add_run, black, enter, move
from tests.service.conftest import Served
from tests.service.serving import OPERATOR
from tests.service.town import BLACK, CLEAN, REPAIRED

SIGNER = Signer("a secret of this test, long enough")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def lines_of(town: Served) -> list[dict[str, object]]:
    return [json.loads(line) for line in town.get("/v1/changes.ndjson", Role.PLATFORM).text.splitlines()]


def test_a_reader_of_all_lines_proves_its_copy_equal_to_what_was_signed(town: Served) -> None:
    copy = Copy()
    copy.take(lines_of(town))
    copy.compare(read_checkpoint(town.get("/v1/checkpoint").json()["token"], town.get("/.well-known/jwks.json").json()))


def test_an_entry_is_proved_by_the_signed_root_and_what_is_not_listed_or_has_left_is_proved_absent(town: Served) -> None:
    signed = town.get("/v1/checkpoint").json()["checkpoint"]
    root = bytes.fromhex(signed["lists_root"])
    for one, is_on in ((BLACK, True), (REPAIRED, False), (CLEAN, False)):
        told = EntryProof.model_validate_json(
            town.get("/v1/proofs/entry", Role.PLATFORM, list="quality_black", scheme="cn-uscc", value=one.code).content
        )
        assert (told.seq, told.lists_root) == (signed["seq"], signed["lists_root"])
        key = bytes.fromhex(told.key)
        stands = (bytes.fromhex(told.stands.key), bytes.fromhex(told.stands.value)) if told.stands else None
        proof = Proof(tuple(map(bytes.fromhex, told.beside)), stands)
        if is_on:
            assert told.value is not None
            assert is_listed(root, key=key, value=bytes.fromhex(told.value), proof=proof)
            assert [line.body and line.body.enterprise.value for line in told.lines] == [one.code]
        else:
            assert told.value is None
            assert told.lines == ()
            assert is_absent(root, key=key, proof=proof)


def test_a_line_and_the_growth_of_the_log_are_proved_to_whoever_has_only_roots(town: Served) -> None:
    signed = town.get("/v1/checkpoint").json()["checkpoint"]
    root = bytes.fromhex(signed["log_root"])
    line = LineProof.model_validate_json(town.get("/v1/proofs/lines/2", Role.PLATFORM, size=signed["seq"]).content)
    assert line.hash == lines_of(town)[1]["hash"]
    assert is_included(leaf_of(line.hash), seq=2, size=signed["seq"], proof=[*map(bytes.fromhex, line.proof)], root=root)
    growth = ConsistencyProof.model_validate_json(town.get("/v1/proofs/consistency", Role.PLATFORM, **{"from": 3}).content)
    parts = [*map(bytes.fromhex, growth.proof)]
    assert is_consistent(old=3, old_root=bytes.fromhex(growth.old_root), size=growth.size, root=root, proof=parts)


def test_a_proof_beyond_the_log_is_refused(town: Served) -> None:
    for path, asked in (
        ("lines/999", {}),
        ("lines/1", {"size": 999}),
        ("consistency", {"from": 999}),
        ("consistency", {"from": 1, "to": 999}),
    ):
        answer = town.get(f"/v1/proofs/{path}", Role.PLATFORM, **asked)
        assert (answer.status_code, answer.json()["code"]) == (409, "proof.beyond_root"), path


def test_silence_is_signed_again_and_again_and_a_clock_set_back_signs_nothing(db: WriteSession) -> None:
    create_signing_key(db, signer=SIGNER, actor=OPERATOR)
    first = sign_checkpoint(db, signer=SIGNER, at=NOW)
    assert first is not None
    assert (first.seq, first.hash, first.entries) == (0, GENESIS, 0)
    assert sign_checkpoint(db, signer=SIGNER, at=NOW + HEARTBEAT / 2) is None
    assert sign_checkpoint(db, signer=SIGNER, at=NOW - timedelta(days=400)) is None
    again = sign_checkpoint(db, signer=SIGNER, at=NOW + HEARTBEAT)
    assert again is not None
    assert (again.seq, again.issued - first.issued) == (0, HEARTBEAT)
    kept = checkpoints.latest_checkpoint(db)
    assert kept is not None
    assert read_checkpoint(kept.token, published_keys(db)) == again


def test_every_line_has_its_roots_and_they_follow_the_entries(db: WriteSession) -> None:
    run_id = add_run(db, add_policy(db))
    for key in range(1, 8):
        add_enterprise(db, key)
    entries = enter(db, *(black(key, run_id=run_id) for key in range(1, 8)))
    trees.catch_up(db)
    move(db, *(Step(entry, Cause.REMOVED, NOW.date()) for entry in entries[:3]))
    move(db, Step(entries[5], Cause.CORRECTED, NOW.date(), ends_on=NOW.date() + timedelta(days=90)))
    assert trees.catch_up(db).entries == 4
    copy = Copy()
    for line in changes.read_all(db):
        copy.take([line])
        roots = trees.find_roots(db, copy.seq)
        assert roots is not None
        assert (roots.lists_root, roots.log_root, roots.entries) == (copy.lists_root(), copy.log_root(), len(copy.leaves()))


def test_a_root_that_does_not_follow_from_the_lines_is_found(db: WriteSession) -> None:
    run_id = add_run(db, add_policy(db))
    add_enterprise(db, 1)
    enter(db, black(1, run_id=run_id))
    trees.catch_up(db)
    assert verify_log(db).seq == 1
    add_enterprise(db, 2)
    enter(db, black(2, run_id=run_id))
    driver_connection(db).execute("INSERT INTO log_root SELECT 2, log_root, lists_root, entries FROM log_root WHERE seq = 1")
    with pytest.raises(CopyDiffers):
        verify_log(db)


def test_what_a_revoked_key_signed_is_no_checkpoint(db: WriteSession) -> None:
    key = create_signing_key(db, signer=SIGNER, actor=OPERATOR)
    sign_checkpoint(db, signer=SIGNER, at=NOW)
    kept = checkpoints.latest_checkpoint(db)
    assert kept is not None
    revoke_signing_key(db, key.kid, since=NOW - timedelta(days=1), actor=OPERATOR, why="stolen")
    with pytest.raises(CreditError) as refused:
        read_checkpoint(kept.token, published_keys(db))
    assert refused.value.code == "signature.key_revoked"


def test_a_signed_statement_about_something_else_is_no_checkpoint(db: WriteSession) -> None:
    create_signing_key(db, signer=SIGNER, actor=OPERATOR)
    other = SIGNER.active_key(db).sign(b"{}", typ="qcredit-receipt+json")
    assert verify(other, published_keys(db), typ="qcredit-receipt+json").payload == b"{}"
    with pytest.raises(CreditError) as refused:
        read_checkpoint(other, published_keys(db))
    assert refused.value.code == "signature.type"
