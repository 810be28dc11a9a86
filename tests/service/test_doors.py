"""What stands between a stranger and the service: keys, the access table, sizes, and one form of refusal."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI

from data.database import make_engine, write_session
from models.access import Role
from models.errors import Malformed, NotFound, Refused
from service.access import ACCESS, RouteWithoutAccess, bind_access
from service.app import create_app
from service.operations.manage_keys import NeedsSource, create_key, hash_secret
from service.problems import status_of
from service.settings import BadSettings, Settings, read_settings
from tests.service.serving import OPERATOR, bearing, make_keys, serving


@pytest.fixture(scope="module")
def house(clone: Callable[[], str]) -> Iterator[tuple[httpx.Client, dict[Role, str], str]]:
    url = clone()
    keys = make_keys(url)
    with serving(url) as client:
        yield client, keys, url


def test_an_application_with_a_route_that_the_table_does_not_name_does_not_start() -> None:
    app = FastAPI(docs_url=None, redoc_url=None)
    app.get("/v1/unheard-of")(lambda: None)
    with pytest.raises(RouteWithoutAccess, match="GET /v1/unheard-of"):
        bind_access(app, {"GET /openapi.json": frozenset(Role)})


def test_every_route_answers_each_role_as_the_table_says(house: tuple[httpx.Client, dict[Role, str], str]) -> None:
    client, keys, _ = house
    create_app(Settings())
    for name, allowed in ACCESS.items():
        method, path = name.split(" ")
        address = path.translate(str.maketrans("{}", "__"))
        for role, key in [(Role.PUBLIC, None), *keys.items()]:
            status = client.request(method, address, headers=bearing(key) if key else {}).status_code
            refused = status == (401 if role is Role.PUBLIC else 403)
            assert refused is (role not in allowed), f"{name} answers {status} to {role}"


def test_a_key_that_is_unknown_revoked_expired_or_altered_opens_nothing(house: tuple[httpx.Client, dict[Role, str], str]) -> None:
    client, keys, url = house
    engine = make_engine(url, size=1)
    with write_session(engine) as session:
        over = create_key(session, role=Role.ADMIN, holder="x", actor=OPERATOR, expires_at=datetime.now(UTC) + timedelta(milliseconds=1))
        gone = create_key(session, role=Role.ADMIN, holder="x", actor=OPERATOR)
        session.commit()
    engine.dispose()
    revoked = client.delete(f"/v1/keys/{gone.key_id}", headers=bearing(keys[Role.ADMIN]))
    assert revoked.status_code == 200
    altered = keys[Role.ADMIN][:-1] + ("a" if keys[Role.ADMIN][-1] != "a" else "b")
    for text in (over.text, gone.text, altered, "qck_aaaa_bbbb", "qck_", "x" * 5000, "qck_é_ü"):
        answer = client.get("/v1/keys", headers={b"Authorization": f"Bearer {text}".encode()})
        assert (answer.status_code, answer.json()["code"]) == (401, "access.key_unknown"), text
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_bad_key_is_refused_where_no_key_is_needed_too(house: tuple[httpx.Client, dict[Role, str], str]) -> None:
    client, _, _ = house
    assert client.get("/v1/keys", headers={"Authorization": "Basic abc"}).status_code == 401


def test_the_secret_of_a_key_is_shown_once_and_kept_nowhere(house: tuple[httpx.Client, dict[Role, str], str]) -> None:
    client, keys, _ = house
    admin = bearing(keys[Role.ADMIN])
    made = client.post("/v1/keys", headers=admin, json={"role": "auditor", "holder": "audit office"}).json()
    secret = made["key"].split("_")[2]
    listed = client.get("/v1/keys", headers=admin).text
    assert made["key_id"] in listed
    assert secret not in listed
    assert hash_secret(secret) not in listed


def test_keys_come_by_page_and_in_one_order(house: tuple[httpx.Client, dict[Role, str], str]) -> None:
    client, keys, _ = house
    admin = bearing(keys[Role.ADMIN])
    whole = [line["key_id"] for line in client.get("/v1/keys", headers=admin).json()["keys"]]
    paged: list[str] = []
    after: str | None = ""
    while after is not None:
        page = client.get("/v1/keys", headers=admin, params={"after": after, "limit": 2}).json()
        paged += [line["key_id"] for line in page["keys"]]
        after = page["next"]
    assert paged == whole == sorted(whole)


def test_a_delivering_key_names_its_source_and_no_other_does(database: str) -> None:
    engine = make_engine(database, size=1)
    with write_session(engine) as session:
        with pytest.raises(NeedsSource):
            create_key(session, role=Role.SOURCE, holder="x", actor=OPERATOR)
        with pytest.raises(NeedsSource):
            create_key(session, role=Role.AUDITOR, holder="x", source="nobody", actor=OPERATOR)
        with pytest.raises(NeedsSource, match="no source nobody"):
            create_key(session, role=Role.SOURCE, holder="x", source="nobody", actor=OPERATOR)
    engine.dispose()


def test_every_error_is_a_problem_with_a_stable_code(house: tuple[httpx.Client, dict[Role, str], str]) -> None:
    client, keys, _ = house
    admin = bearing(keys[Role.ADMIN])
    answers = {
        "request.no_such_address": client.get("/v1/nothing-here"),
        "request.method": client.put("/healthz"),
        "access.key_needed": client.get("/v1/keys"),
        "access.role": client.get("/v1/keys", headers=bearing(keys[Role.PLATFORM])),
        "request.malformed": client.post("/v1/keys", headers=admin, json={"role": "king", "holder": ""}),
        "key.not_found": client.delete("/v1/keys/none", headers=admin),
        "key.source": client.post("/v1/keys", headers=admin, json={"role": "source", "holder": "x"}),
    }
    for code, answer in answers.items():
        body = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert (body["code"], body["status"]) == (code, answer.status_code)
        assert body["detail"]
    faults = answers["request.malformed"].json()["faults"]
    assert {fault["where"] for fault in faults} == {"body.role", "body.holder"}


def test_families_of_errors_have_their_status() -> None:
    assert [status_of(kind("x")) for kind in (NotFound, Malformed, Refused)] == [404, 422, 409]


def test_a_person_with_a_browser_gets_a_page_and_its_text_is_harmless(house: tuple[httpx.Client, dict[Role, str], str]) -> None:
    client, _, _ = house
    answer = client.get("/<script>alert(1)</script>", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 1_000_000,
        b'{"role":' * 100_000,
        b'{"role": 1e999999, "holder": ' + b"9" * 5000 + b"}",
        b'{"role":"auditor","holder":"\\ud800"}',
        b'{"role":"auditor","holder":"a\\u0000b"}',
        b"\xff\xfe",
        b"null",
        b'{"holder":{"$gt":""},"role":["admin"]}',
    ],
)
def test_a_body_made_to_hurt_is_malformed_and_hurts_nobody(house: tuple[httpx.Client, dict[Role, str], str], body: bytes) -> None:
    client, keys, _ = house
    headers = bearing(keys[Role.ADMIN]) | {"Content-Type": "application/json"}
    answer = client.post("/v1/keys", headers=headers, content=body)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_request_is_refused_by_its_size_before_it_is_read(house: tuple[httpx.Client, dict[Role, str], str]) -> None:
    client, keys, _ = house
    headers = bearing(keys[Role.ADMIN]) | {"Content-Type": "application/json"}
    declared = client.post("/v1/keys", headers=headers, content=b"[" * 5_000_000)
    streamed = client.post("/v1/keys", headers=headers, content=(b"[" * 500_000 for _ in range(10)))
    for answer in (declared, streamed):
        assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


def test_health_needs_no_key_and_readiness_names_the_schema(house: tuple[httpx.Client, dict[Role, str], str]) -> None:
    client, _, _ = house
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json()["status"] == "ready"


def test_settings_are_safe_when_nothing_is_set_and_tell_every_fault_at_once() -> None:
    settings = read_settings({})
    assert settings.host == "127.0.0.1"
    assert settings.access_log is False
    with pytest.raises(BadSettings, match=r"QCREDIT_PORT='x'.*QCREDIT_WORKERS='0'"):
        read_settings({"QCREDIT_PORT": "x", "QCREDIT_WORKERS": "0"})
    assert read_settings({"QCREDIT_PORT": " 9000", "QCREDIT_FAMILY": ""}).port == 9000
