"""Receipts: signed, verified offline by file and online by page, printed the same each time; each way of being wrong has its own answer."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlmodel import text
from typer.testing import CliRunner

from data.database import WriteSession, make_engine, write_session
from data.stores import changes, knowledge, listings
from data.stores.listings import Step
from models.access import Role
from models.listings import Cause
from models.receipts import canonical, digest
from service.cli import app
from service.operations.manage_signing_keys import create_signing_key, revoke_signing_key
from service.signing import Signer
from tests.service.conftest import Served
from tests.service.serving import OPERATOR, SECRET, make_keys, serving
from tests.service.town import BLACK, CLEAN, OTHER_TWIN, PERSON, RED, SOURCE, TWIN, entry, found_town

HOSTILE = '#import "/etc/passwd" $x$ *b* _i_ `r` @a <b> ]#{1+1}[ \\u{41} <script>alert(1)</script> \' OR 1=1 -- \x07\u202e'


@pytest.fixture(scope="module")
def city(clone: Callable[[], str]) -> Iterator[Served]:
    url = clone()
    found_town(url)
    keys = make_keys(url, source=SOURCE)
    with serving(url) as client:
        yield Served(client=client, keys=keys, url=url)


def ask(city: Served, *suppliers: dict[str, str], role: Role = Role.PROCUREMENT, **more: Any) -> int:
    answer = city.post("/v1/checks", role, json={"purpose": "procurement", "suppliers": suppliers} | more)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["check_id"])


def receipt(city: Served, number: int, form: str = "jws", role: Role = Role.PROCUREMENT, **params: Any) -> Any:
    answer = city.get(f"/v1/checks/{number}/receipt.{form}", role, **params)
    assert answer.status_code == 200, answer.text
    return answer


def verify(city: Served, given: str, role: Role = Role.PUBLIC) -> Any:
    return city.post("/v1/receipts/verify", role, json={"receipt": given})


@contextmanager
def writing(city: Served) -> Iterator[WriteSession]:
    engine = make_engine(city.url, size=1)
    try:
        with write_session(engine) as session:
            yield session
    finally:
        engine.dispose()


def offline(tmp_path: Path, given: str | bytes, keys: Any, *more: str) -> Any:
    file, jwks = tmp_path / "receipt.jws", tmp_path / "keys.json"
    file.write_bytes(given if isinstance(given, bytes) else given.encode())
    jwks.write_text(keys if isinstance(keys, str) else json.dumps(keys))
    return CliRunner().invoke(app, ["receipt", "verify", str(file), "--jwks", str(jwks), *more])


def code_of(done: Any) -> str:
    return str(done.exception.code)


def published(city: Served) -> Any:
    return city.client.get("/.well-known/jwks.json").json()


def test_a_receipt_signs_the_very_bytes_of_the_answer(city: Served) -> None:
    number = ask(city, {"code": CLEAN.code}, {"name": "查无此企"}, matter="样采 7")
    answer = city.get(f"/v1/checks/{number}", Role.PROCUREMENT)
    head, payload, signature = receipt(city, number).text.split(".")
    assert base64.urlsafe_b64decode(payload + "==") == answer.content
    (key,) = published(city)["keys"]
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "="))
    public.verify(base64.urlsafe_b64decode(signature + "=="), f"{head}.{payload}".encode())
    told = answer.json()
    assert answer.content == canonical(told)
    assert told["digests"] == [digest(one) for one in told["suppliers"]]
    as_json = receipt(city, number, "json").json()
    assert [as_json[name] for name in ("protected", "payload", "signature")] == [head, payload, signature]


def test_a_receipt_is_verified_offline_with_the_published_keys_alone(city: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = ask(city, {"code": CLEAN.code}, {"code": BLACK.code}, matter="样采 8")
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    for form in ("jws", "json"):
        done = offline(tmp_path, receipt(city, number, form).content, published(city))
        assert done.exit_code == 0, done.exception
        assert f"Good: receipt of check {number}" in done.output
        assert "extra_scrutiny" in done.output
    wrapped = "\n".join(re.findall(".{1,76}", receipt(city, number).text))
    assert json.loads(offline(tmp_path, wrapped, published(city), "--json").output)["matter"] == "样采 8"


@pytest.mark.parametrize(
    ("alter", "code"),
    [
        (lambda token: token[: len(token) // 2], "signature.malformed"),
        (lambda token: token[:-10], "signature.malformed"),
        (lambda token: "", "receipt.malformed"),
        (lambda token: '{"protected": "x"', "receipt.malformed"),
        (lambda token: "[" * 100_000, "signature.malformed"),
        (lambda token: '{"a":' * 50_000, "receipt.malformed"),
        (lambda token: "https://example.org/receipts/verify?c=1&n=1", "receipt.malformed"),
        (lambda token: "https://example.org/receipts/verify?c=1&n=1&h=" + "A" * 43, "receipt.page"),
        (lambda token: token[:-8] + ("AAAAAAAA" if token[-8:] != "AAAAAAAA" else "BBBBBBBB"), "signature.forged"),
    ],
)
def test_what_is_cut_short_or_forged_is_told_apart_offline(city: Served, tmp_path: Path, alter: Callable[[str], str], code: str) -> None:
    token = receipt(city, ask(city, {"code": CLEAN.code})).text
    done = offline(tmp_path, alter(token), published(city))
    assert done.exit_code == 1
    assert code_of(done) == code


def resigned(token: str, **header: Any) -> str:
    """The same content under another head, with the old signature."""
    _, payload, signature = token.split(".")
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    return f"{head}.{payload}.{signature}"


def test_no_other_algorithm_and_no_unknown_key_is_listened_to(city: Served, tmp_path: Path) -> None:
    token = receipt(city, ask(city, {"code": CLEAN.code})).text
    kid = published(city)["keys"][0]["kid"]
    head = {"kid": kid, "typ": "qcredit-receipt+json", "iat": 1}
    for algorithm in ("none", "HS256", "EdDSA"):
        assert code_of(offline(tmp_path, resigned(token, alg=algorithm, **head), published(city))) == "signature.algorithm"
    assert code_of(offline(tmp_path, resigned(token, alg="Ed25519", **head), published(city))) == "signature.forged"
    stranger = resigned(token, alg="Ed25519", **(head | {"kid": "stranger"}))
    assert code_of(offline(tmp_path, stranger, published(city))) == "signature.unknown_key"
    assert code_of(offline(tmp_path, token, {"keys": []})) == "signature.unknown_key"
    for broken in ("[]", "x", "{}"):
        assert code_of(offline(tmp_path, token, broken)) in {"signature.bad_keys", "signature.unknown_key"}
    assert code_of(offline(tmp_path, b"%PDF-1.7 and so on", published(city))) == "receipt.unreadable"
    assert code_of(offline(tmp_path, b"\xff\xfe\x00", published(city))) == "receipt.malformed"


def test_online_it_is_kept_unchanged_and_the_same_codes_are_problems(city: Served) -> None:
    token = receipt(city, ask(city, {"code": CLEAN.code}, {"code": BLACK.code}, matter="样采 9")).text
    told = verify(city, token).json()
    assert (told["what"], told["is_kept"], told["matter"], told["key_state"]) == ("receipt", True, "样采 9", "active")
    assert [one["changed"] for one in told["suppliers"]] == [False, False]
    assert [one["verdict"] for one in told["suppliers"]] == ["no_effect", "extra_scrutiny"]
    forged = verify(city, token[:-8] + "AAAAAAAA")
    assert (forged.status_code, forged.json()["code"]) == (422, "signature.forged")


def list_one(session: WriteSession, who: Any, **given: Any) -> int:
    seq = knowledge.draw(session, "decision").known_seq
    moves = listings.enter(session, [entry(who, **given)], known_seq=seq)
    changes.append(session, moves, known_seq=seq)
    session.commit()
    return moves[0].listing_id


def end_one(session: WriteSession, number: int, cause: Cause = Cause.REPAIRED) -> None:
    seq = knowledge.draw(session, "decision").known_seq
    moves = listings.move(session, [Step(number, cause, date(2026, 6, 1))], known_seq=seq)
    changes.append(session, moves, known_seq=seq)
    session.commit()


def test_online_it_tells_what_changed_and_hides_what_the_law_hides(city: Served) -> None:
    with writing(city) as session:
        number = list_one(session, TWIN, list="serious_illegal", colour="other")
        token = receipt(city, ask(city, {"code": TWIN.code}, {"code": OTHER_TWIN.code})).text
        assert [one["changed"] for one in verify(city, token).json()["suppliers"]] == [False, False]
        end_one(session, number)
        list_one(session, OTHER_TWIN, list="abnormal_operation", colour="other")
    outside = verify(city, token).json()
    first, second = outside["suppliers"]
    assert (first["changed"], first["gone"], first["entered"], first["records_changed"]) == (True, 1, [], None)
    assert (second["changed"], second["gone"], [one["en"] for one in second["entered"]]) == (True, 0, ["Abnormal operation"])
    assert "serious" not in json.dumps(outside).lower()
    assert "repaired" not in json.dumps(outside)
    officer = verify(city, token, Role.PROCUREMENT).json()["suppliers"]
    assert [one["verdict_now"] for one in officer] == ["no_effect", "may_restrict"]


def test_a_natural_person_on_no_list_is_told_of_to_authorities_alone(city: Served) -> None:
    token = receipt(city, ask(city, {"code": PERSON.code})).text
    assert verify(city, token).json()["suppliers"][0]["changed"] is None
    assert verify(city, token, Role.PROCUREMENT).json()["suppliers"][0]["changed"] is False


def test_the_address_on_a_page_of_paper_is_good_for_that_page_alone(city: Served) -> None:
    number = ask(city, {"code": CLEAN.code}, {"code": RED.code})
    hashes = [
        base64.urlsafe_b64encode(bytes.fromhex(one)).rstrip(b"=").decode()
        for one in city.get(f"/v1/checks/{number}", Role.PROCUREMENT).json()["digests"]
    ]
    address = f"http://127.0.0.1:8000/receipts/verify?c={number}&n=2&h={hashes[1]}"
    told = verify(city, address).json()
    assert (told["what"], told["is_kept"], [one["no"] for one in told["suppliers"]]) == ("page", True, [2])
    for wrong in (
        address.replace("n=2", "n=1"),
        address.replace(f"c={number}", "c=99999"),
        address.replace("n=2", "n=3"),
        address.replace(hashes[1], "A" * 43),
    ):
        refused = verify(city, wrong)
        assert (refused.status_code, refused.json()["code"]) == (404, "receipt.unknown_page"), wrong
    for bad in ("c=1&n=1&h=x", "c=x&n=1&h=" + "A" * 43, "c=99999999999999999999&n=1&h=" + "A" * 43, "n=1"):
        assert verify(city, f"http://x/receipts/verify?{bad}").json()["code"] == "receipt.malformed"


def test_paper_is_one_page_per_supplier_the_same_each_time_and_pdf_a(city: Served) -> None:
    number = ask(city, {"code": CLEAN.code}, {"code": BLACK.code}, {"name": "查无此企"}, matter="样采 10")
    first, again = (receipt(city, number, "pdf").content for _ in range(2))
    assert first == again
    assert pages_of(first) == 3
    assert re.search(rb"pdfaid:part>2<.*pdfaid:conformance>A<", first, re.DOTALL)
    assert b"pdfuaid:part>1<" in first
    assert pages_of(receipt(city, number, "pdf", supplier=2).content) == 1
    missing = city.get(f"/v1/checks/{number}/receipt.pdf", Role.PROCUREMENT, supplier=4)
    assert (missing.status_code, missing.json()["code"]) == (404, "receipt.no_such_supplier")


def pages_of(pdf: bytes) -> int:
    (count,) = re.findall(rb"/Type/Pages/Count (\d+)", pdf.replace(b"\n", b"")) or re.findall(rb"/Count (\d+)", pdf)[:1]
    return int(count)


def test_text_made_to_hurt_stays_text_on_paper_and_one_page_is_enough_for_the_worst(city: Served) -> None:
    sha256 = "0" * 64
    inquiry = {
        "channel": HOSTILE * 3,
        "asked_at": "2026-05-20T09:30:00+08:00",
        "result": "listed",
        "document_no": HOSTILE,
        "evidence_sha256": sha256,
    }
    lists = ("judgment_debtor", "tax_serious", "procurement_serious", "serious_illegal", "abnormal_operation", "sector_blacklist")
    with writing(city) as session:
        for name in ("serious_illegal", "sector_blacklist", "judgment_debtor", "tax_serious"):
            list_one(
                session,
                RED,
                list=name,
                colour="other",
                reason=HOSTILE * 20,
                basis=HOSTILE * 5,
                authority=HOSTILE * 5,
                decision_no=HOSTILE * 5,
            )
    number = ask(
        city,
        {"code": RED.code, "name": (HOSTILE * 3)[:200], "consortium": (HOSTILE * 2)[:200]},
        {"name": HOSTILE[:200]},
        matter=(HOSTILE * 2)[:200],
        project=("长" * 200),
        inquiries=[inquiry | {"list": one, "channel": (HOSTILE * 9)[:500], "document_no": (HOSTILE * 9)[:500]} for one in lists],
    )
    assert pages_of(receipt(city, number, "pdf").content) == 2


def test_a_receipt_is_for_its_asker_and_the_auditor(city: Served) -> None:
    number = ask(city, {"code": CLEAN.code})
    assert receipt(city, number, role=Role.AUDITOR).text == receipt(city, number).text
    for form in ("jws", "json", "pdf"):
        refused = city.get(f"/v1/checks/{number}/receipt.{form}", Role.REGULATOR)
        assert (refused.status_code, refused.json()["code"]) == (404, "check.not_found")
        assert city.get(f"/v1/checks/{number}/receipt.{form}", Role.PLATFORM).status_code == 403


def test_a_replayed_check_has_one_receipt(city: Served) -> None:
    given = {"purpose": "bidding", "suppliers": [{"code": CLEAN.code}]}
    numbers = {
        city.post("/v1/checks", Role.PROCUREMENT, json=given, headers={"Idempotency-Key": "replayed"}).json()["check_id"] for _ in range(3)
    }
    (number,) = numbers
    assert receipt(city, number).text == receipt(city, number).text


def test_after_rotation_receipts_stay_good_and_after_revocation_the_service_says_which_it_knows(city: Served, tmp_path: Path) -> None:
    number = ask(city, {"code": CLEAN.code})
    token = receipt(city, number).text
    with writing(city) as session:
        create_signing_key(session, signer=Signer(SECRET), actor=OPERATOR, why="rotation")
        session.commit()
    assert verify(city, token).json()["key_state"] == "retired"
    kid = verify(city, token).json()["kid"]
    with writing(city) as session:
        revoke_signing_key(session, kid, since=datetime.now(UTC) - timedelta(days=1), actor=OPERATOR, why="stolen")
        session.commit()
    refused = verify(city, token)
    assert (refused.status_code, refused.json()["code"]) == (422, "signature.key_revoked")
    assert code_of(offline(tmp_path, token, published(city))) == "signature.key_revoked"
    assert verify(city, receipt(city, ask(city, {"code": CLEAN.code})).text).json()["key_state"] == "active"


def test_five_thousand_suppliers_have_one_receipt_that_verifies(city: Served) -> None:
    number = ask(city, *([{"code": CLEAN.code}] + [{"name": f"没有的企业{n}"} for n in range(4_999)]))
    told = verify(city, receipt(city, number).text).json()
    assert (told["is_kept"], len(told["suppliers"])) == (True, 5_000)


def test_a_check_from_before_has_no_receipt_and_says_what_to_do(city: Served) -> None:
    number = ask(city, {"code": CLEAN.code})
    with writing(city) as session:
        session.connection().execute(text("ALTER TABLE credit_check DISABLE TRIGGER USER"))
        session.connection().execute(
            text("UPDATE credit_check SET receipt_head = NULL, receipt_signature = NULL WHERE check_id = :n"), {"n": number}
        )
        session.connection().execute(text("ALTER TABLE credit_check ENABLE TRIGGER USER"))
        session.commit()
    refused = city.get(f"/v1/checks/{number}/receipt.jws", Role.PROCUREMENT)
    assert (refused.status_code, refused.json()["code"]) == (404, "receipt.none")


def test_the_operator_writes_receipts_to_files(city: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = ask(city, {"code": CLEAN.code})
    monkeypatch.setenv("DATABASE_URL", city.url)
    for form in ("jws", "json", "pdf"):
        out = tmp_path / f"r.{form}"
        done = CliRunner().invoke(app, ["receipt", "fetch", str(number), "--form", form, "--out", str(out)], catch_exceptions=False)
        assert done.exit_code == 0, done.output
    assert (tmp_path / "r.jws").read_text() == receipt(city, number).text
    done = CliRunner().invoke(app, ["receipt", "verify", str(tmp_path / "r.json")], catch_exceptions=False)
    assert f"Good: receipt of check {number}" in done.output
