"""Webhooks: signed so that anybody's library accepts them, tried again from their rows, and never a way into our own network."""

import base64
import hashlib
import hmac
import ipaddress
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from data.database import WriteSession, driver_connection
from data.stores import webhooks
from models.access import Actor, Role
from models.webhooks import PREFIX
from service.operations import publication
from service.operations.manage_signing_keys import create_signing_key
from service.operations.manage_webhooks import MOST, TooManyWebhooks, add_webhook, close_webhook, rotate_secret
from service.operations.sign_checkpoint import sign_checkpoint
from service.operations.tell_webhooks import GIVEN_UP_AFTER, LEASE, LONGEST_PAUSE, pause_after, raise_messages, send_next
from service.outbound import BadWebhookAddress, InwardAddress, Outside, is_public
from service.signing import Signer
from tests.entries import add_enterprise, add_policy, add_run, black, enter
from tests.service.conftest import Served
from tests.service.serving import OPERATOR

SIGNER = Signer("a secret of this test, long enough")
SEAL = SIGNER.seal
PLATFORM = Actor(holder="platform", role=Role.PLATFORM)
INSIDE = Outside(allows_private=True)
NOW = datetime.now(UTC)


class Receiver(ThreadingHTTPServer):
    """Somebody's address: keeps what comes, and answers as it is told."""

    def __init__(self) -> None:
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.daemon_threads = True
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hooks"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", self.server.url + "/elsewhere")
        self.end_headers()

    def log_message(self, format: str, *given: Any) -> None:  # noqa: A002  # the library's name
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def log(db: WriteSession) -> WriteSession:
    """A log with a line and a checkpoint."""
    create_signing_key(db, signer=SIGNER, actor=OPERATOR)
    add_enterprise(db, 1)
    add_enterprise(db, 2)
    enter(db, black(1, run_id=add_run(db, add_policy(db))))
    sign_checkpoint(db, signer=SIGNER, at=NOW)
    return db


def hooked(log: WriteSession, url: str) -> tuple[str, str]:
    """A webhook that knows of nothing yet, with its secret."""
    made, secret = add_webhook(log, url, outside=INSIDE, seal=SEAL, actor=PLATFORM)
    driver_connection(log).execute("UPDATE webhook SET told_seq = 0")
    log.expire_all()
    return made.webhook_id, secret


def send(log: WriteSession, *, at: datetime = NOW) -> bool:
    raise_messages(log, now=at)
    return send_next(log, outside=INSIDE, seal=SEAL, now=at)


def fits(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """The scheme as its specification words it, computed apart from the service."""
    key = base64.b64decode(secret[len(PREFIX) :])
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body.decode()}".encode()
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in headers["webhook-signature"].split(" ")


def test_a_message_says_only_how_far_the_log_is_and_its_signature_fits(log: WriteSession, receiver: Receiver) -> None:
    _, secret = hooked(log, receiver.url)
    assert send(log)
    ((headers, body),) = receiver.came
    assert fits(secret, headers, body)
    assert json.loads(body)["data"] == {"epoch": 1, "seq": 1}
    assert set(json.loads(body)) == {"type", "timestamp", "data"}
    assert abs(int(headers["webhook-timestamp"]) - NOW.timestamp()) < 2
    assert not send(log)


def test_while_a_secret_is_changed_both_sign_and_then_the_new_one_alone(log: WriteSession, receiver: Receiver) -> None:
    hook, old = hooked(log, receiver.url)
    new = rotate_secret(log, hook, seal=SEAL, actor=PLATFORM)
    assert send(log)
    assert fits(old, *receiver.came[0])
    assert fits(new, *receiver.came[0])
    driver_connection(log).execute("UPDATE webhook SET told_seq = 0")
    assert send(log, at=NOW + timedelta(days=2))
    assert not fits(old, *receiver.came[1])
    assert fits(new, *receiver.came[1])


def test_no_secret_lies_open_in_the_database(log: WriteSession, receiver: Receiver) -> None:
    _, secret = hooked(log, receiver.url)
    rows = str(driver_connection(log).execute("SELECT webhook_secret.*::text, encode(sealed, 'escape') FROM webhook_secret").fetchall())
    assert secret not in rows
    assert secret.removeprefix(PREFIX) not in rows


def test_a_message_that_did_not_arrive_is_tried_again_under_its_own_number_later_and_later(log: WriteSession, receiver: Receiver) -> None:
    hooked(log, receiver.url)
    receiver.status = 500
    at = NOW
    assert send(log, at=at)
    assert not send(log, at=at + timedelta(seconds=1))
    for _ in range(3):
        at += timedelta(hours=1)
        assert send(log, at=at)
    receiver.status = 200
    assert send(log, at=at + timedelta(hours=7))
    assert len({headers["webhook-id"] for headers, _ in receiver.came}) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in receiver.came}) == 5
    assert not send(log, at=at + timedelta(days=1))


def test_pauses_grow_to_hours_and_differ() -> None:
    assert pause_after(1) < timedelta(seconds=7)
    assert pause_after(60) <= LONGEST_PAUSE * 1.2
    assert len({pause_after(4) for _ in range(20)}) > 1


def test_a_process_that_dies_between_claim_and_answer_loses_no_message(log: WriteSession, receiver: Receiver) -> None:
    hooked(log, receiver.url)
    raise_messages(log, now=NOW)
    assert webhooks.claim_message(log, now=NOW, again_at=NOW + LEASE) is not None
    assert not send(log, at=NOW + timedelta(seconds=1))
    assert send(log, at=NOW + LEASE)
    assert len(receiver.came) == 1


def test_after_days_without_an_answer_a_webhook_is_off_and_says_why(log: WriteSession, receiver: Receiver) -> None:
    hook, _ = hooked(log, receiver.url)
    receiver.status = 503
    assert send(log)
    assert send(log, at=NOW + GIVEN_UP_AFTER)
    found = webhooks.get_webhook(log, hook)
    assert found.off_at is not None
    assert "no message arrived in 3 days; last: status 503" in str(found.off_why)
    assert not send(log, at=NOW + GIVEN_UP_AFTER * 2)


def test_an_address_that_says_it_is_gone_is_asked_no_more(log: WriteSession, receiver: Receiver) -> None:
    hook, _ = hooked(log, receiver.url)
    receiver.status = 410
    assert send(log)
    assert "gone" in str(webhooks.get_webhook(log, hook).off_why)


def test_a_redirection_is_not_followed(log: WriteSession, receiver: Receiver) -> None:
    hook, _ = hooked(log, receiver.url)
    receiver.status = 302
    assert send(log)
    assert len(receiver.came) == 1
    last = webhooks.last_message(log, hook)
    assert last is not None
    assert (last.fault, last.closed_at) == ("status 302", None)


def test_while_publication_is_stopped_nobody_is_told(log: WriteSession, receiver: Receiver) -> None:
    hooked(log, receiver.url)
    publication.stop(log, reason="a wrong list", actor=OPERATOR)
    assert not send(log)
    assert receiver.came == []


def test_a_closed_webhook_hears_nothing_more(log: WriteSession, receiver: Receiver) -> None:
    hook, _ = hooked(log, receiver.url)
    raise_messages(log, now=NOW)
    close_webhook(log, hook, actor=PLATFORM)
    send_next(log, outside=INSIDE, seal=SEAL, now=NOW)
    assert receiver.came == []


def test_a_holder_has_so_many_webhooks_and_not_more(log: WriteSession) -> None:
    for _ in range(MOST):
        add_webhook(log, "https://platform.example/hooks", outside=Outside(), seal=SEAL, actor=PLATFORM)
    with pytest.raises(TooManyWebhooks):
        add_webhook(log, "https://platform.example/hooks", outside=Outside(), seal=SEAL, actor=PLATFORM)


@pytest.mark.parametrize(
    "url",
    [
        "http://platform.example/hooks", "ftp://platform.example", "https://", "https://user:word@platform.example", "https://a b", "//x",
        "https://x:99999", "https://platform.example/#part", "https://платформа.example", "javascript:alert(1)", "https://x\r\nHost: y",
    ],
)  # fmt: skip
def test_an_address_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(BadWebhookAddress):
        Outside().check(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:0:0:0:0:80ff:fffe", "2001:db8::1",
    ],
)  # fmt: skip
def test_no_address_of_a_private_network_is_public_however_it_is_written(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0x7f000001", "2130706433", "127.1", "[::ffff:127.0.0.1]"])
def test_a_message_into_our_own_network_is_refused_before_anything_is_sent(host: str, receiver: Receiver) -> None:
    with pytest.raises((InwardAddress, socket.gaierror)):
        Outside().post(f"https://{host}:{receiver.server_port}/", headers={}, body=b"{}")
    assert receiver.came == []


def test_a_name_that_leads_outside_and_inside_is_refused_and_one_that_changes_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def resolve(*addresses: str) -> None:
        def answer(host: str, port: int, **_: Any) -> list[Any]:
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", answer)

    resolve("1.1.1.1", "10.0.0.1")
    with pytest.raises(InwardAddress, match=r"10\.0\.0\.1"):
        Outside().resolve("two.example", 443)
    resolve("1.1.1.1")
    assert Outside().resolve("one.example", 443) == "1.1.1.1"
    assert asked == ["two.example", "one.example"]


def test_what_is_connected_to_is_the_address_that_was_judged_under_the_name_that_was_given(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Outside, "resolve", lambda *_: "127.0.0.1")
    assert INSIDE.post(f"http://platform.example:{receiver.server_port}/hooks", headers={}, body=b"{}") == 204
    assert receiver.came[0][0]["host"] == f"platform.example:{receiver.server_port}"


def test_a_platform_registers_sees_and_closes_its_own_over_http_and_the_secret_is_shown_once(town: Served) -> None:
    assert town.post("/v1/webhooks", Role.PLATFORM, json={"url": "http://127.0.0.1/"}).json()["code"] == "webhook.address"
    made = town.post("/v1/webhooks", Role.PLATFORM, json={"url": "https://platform.example/hooks"}).json()
    assert made["secret"].startswith(PREFIX)
    seen = town.get("/v1/webhooks", Role.PLATFORM).text
    assert made["webhook_id"] in seen
    assert "secret" not in seen
    new = town.post(f"/v1/webhooks/{made['webhook_id']}/secrets", Role.PLATFORM).json()
    assert new["secret"] != made["secret"]
    assert town.post("/v1/webhooks/wh_0123456789abcdef/secrets", Role.PLATFORM).status_code == 404
    closed = town.client.delete(f"/v1/webhooks/{made['webhook_id']}", headers=town.bearing(Role.PLATFORM))
    assert closed.status_code == 204
    assert "closed by" in town.get("/v1/webhooks", Role.AUDITOR).text
