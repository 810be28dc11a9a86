"""The way of a draft over the API: each person with a key of their own, the public once it is open."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from data.database import Database, make_engine, write_session
from data.policy_files import SHIPPED
from data.sample_city.loading import load_relations
from models.access import Actor, Role
from service.clock import legal_day
from service.operations import policy_way as ways
from service.operations.manage_keys import create_key
from service.operations.publish_policy import publish_policy
from service.operations.recalculate import Request, publish, recalculate
from tests.service.conftest import Served
from tests.service.serving import OPERATOR, bearing, make_keys, serving

DRAFTS = "/v1/policy-drafts"
TODAY = legal_day()
LONG_AGO = TODAY - timedelta(days=40)
HOSTILE = "<script>alert(1)</script>三十分太重"


def text_of(version: str) -> str:
    found = (SHIPPED / "yinchuan-2026.yaml").read_text(encoding="utf-8")
    return found.replace("\nversion: '2026'", f"\nversion: '{version}'", 1)


@pytest.fixture(scope="module")
def town(clone: Callable[[], str]) -> Iterator[Served]:
    """A city of 100 under the sample policy of 2026, with a published run, and a key of each role."""
    found = Database(clone())
    load_relations(found.url, 100)
    engine = make_engine(found.url, size=1)
    with write_session(engine) as session:
        publish_policy(session, text=text_of("2026"), file="p", today=LONG_AGO, actor=OPERATOR)
        session.commit()
    engine.dispose()
    publish(found, recalculate(found, Request(as_of=LONG_AGO, family="yinchuan"), actor=OPERATOR), actor=OPERATOR)
    keys = make_keys(found.url, source="sample-market")
    with serving(found.url) as client:
        yield Served(client=client, keys=keys, url=found.url)


@pytest.fixture(scope="module")
def people(town: Served) -> dict[str, dict[str, str]]:
    """Officers with keys of their own, by name."""
    engine = make_engine(town.url, size=1)
    with write_session(engine) as session:
        names = ("filer", "lawyer", "analyst", "first", "second")
        keys = {name: create_key(session, role=Role.REGULATOR, holder=name, actor=OPERATOR).text for name in names}
        session.commit()
    engine.dispose()
    return {name: bearing(key) for name, key in keys.items()}


def post(town: Served, path: str, who: dict[str, str] | None, body: Any = None, **given: Any) -> httpx.Response:
    return town.client.post(DRAFTS + path, headers=who or {}, json=body, **given)


def filed(town: Served, who: dict[str, str], version: str) -> int:
    answer = town.client.post(DRAFTS, headers=who | {"Content-Type": "application/yaml"}, content=text_of(version).encode())
    assert answer.status_code == 201, answer.text
    return int(answer.json()["draft_id"])


def test_everybody_reads_a_draft_and_every_key_comments_it_once_it_is_open_and_not_before(
    town: Served, people: dict[str, dict[str, str]]
) -> None:
    number = filed(town, people["filer"], "2031")
    assert post(town, "", people["filer"], content=b"x").status_code == 422
    said, buyer = {"said_by": "餐饮行业协会（样例）", "text": HOSTILE}, bearing(town.keys[Role.PROCUREMENT])
    for answer in (town.get(f"{DRAFTS}/{number}"), town.get(f"{DRAFTS}/{number}/comments"), post(town, f"/{number}/comments", buyer, said)):
        assert (answer.status_code, answer.json()["code"]) == (404, "policy.draft_not_found")
    hidden, absent = (town.get(f"{DRAFTS}/{one}").json()["detail"].replace(f"draft {one} ", "draft N ") for one in (number, number + 1000))
    assert hidden == absent
    assert number not in {one["draft_id"] for one in town.get(DRAFTS).json()["drafts"]}
    assert number in {one["draft_id"] for one in town.get(DRAFTS, Role.AUDITOR).json()["drafts"]}
    opened = post(town, f"/{number}/consultation", people["filer"], {"note": "政府网站公告 12 号（样例）"})
    assert opened.status_code == 201, opened.text
    assert post(town, f"/{number}/consultation", people["filer"], {"note": "again"}).json()["code"] == "policy.step_missing"
    assert post(town, f"/{number}/comments", buyer, said | {"text": "a\x00b"}).status_code == 422
    told = [post(town, f"/{number}/comments", buyer | {"Idempotency-Key": "comment-1"}, said) for _ in range(2)]
    assert [one.status_code for one in told] == [201, 201]
    comment = told[0].json()
    assert comment == told[1].json()
    assert (comment["text"], comment["answer"]) == (HOSTILE, None)
    for _ in range(ways.MOST_OF_ONE - 1):
        assert post(town, f"/{number}/comments", buyer, said).status_code == 201
    assert post(town, f"/{number}/comments", buyer, said).json()["code"] == "policy.comments_full"
    assert post(town, f"/{number}/comments", people["first"], said).status_code == 201
    page = town.get(f"{DRAFTS}/{number}/comments", limit=ways.MOST_OF_ONE).json()
    (last,) = town.get(f"{DRAFTS}/{number}/comments", after=page["next"]).json()["comments"]
    assert page["comments"][0] == comment
    assert last["comment_id"] > page["next"]
    found = town.get(f"{DRAFTS}/{number}").json()
    assert number in {one["draft_id"] for one in town.get(DRAFTS).json()["drafts"]}
    assert (found["text"], found["unanswered"]) == (text_of("2031"), ways.MOST_OF_ONE + 1)
    assert "open until" in found["lacking"]
    assert post(town, f"/{number}/reviews", people["lawyer"], {"outcome": "passed", "note": "ok"}).json()["code"] == "policy.step_missing"
    answered = post(town, f"/{number}/comments/{comment['comment_id']}/answer", people["filer"], {"text": "不采纳：已有上限"})
    assert answered.json()["answer"] == "不采纳：已有上限"
    other = filed(town, people["filer"], "2035")
    missed = post(town, f"/{other}/comments/{last['comment_id']}/answer", people["filer"], {"text": "x"})
    assert (missed.status_code, missed.json()["code"]) == (404, "policy.comment_not_found")
    assert post(town, f"/{number}/withdrawal", people["filer"], {"note": "另拟"}).status_code == 201
    assert post(town, f"/{number}/comments", people["first"], said).status_code == 409


def test_who_is_no_officer_takes_no_step(town: Served, people: dict[str, dict[str, str]]) -> None:
    number = filed(town, people["filer"], "2032")
    for role in (Role.PUBLIC, Role.PROCUREMENT, Role.PLATFORM, Role.SOURCE, Role.ENTERPRISE, Role.AUDITOR):
        steps = ("consultation", "approvals", "withdrawal", *(["comments"] if role is Role.PUBLIC else []))
        for step in steps:
            assert town.post(f"{DRAFTS}/{number}/{step}", role, json={"note": "x"}).status_code in (401, 403), (role, step)


def test_a_draft_goes_its_way_by_different_persons(town: Served, people: dict[str, dict[str, str]]) -> None:
    number = filed(town, people["filer"], "2033")
    engine = make_engine(town.url, size=1)
    with write_session(engine) as session:  # as it was opened forty days ago
        ways.open_consultation(session, number, note="notice", today=LONG_AGO, actor=Actor(holder="filer", role=Role.REGULATOR))
        session.commit()
    engine.dispose()
    late = post(town, f"/{number}/comments", people["first"], {"said_by": "x", "text": "too late"})
    assert late.json()["code"] == "policy.step_missing"
    alone = post(town, f"/{number}/reviews", people["filer"], {"outcome": "passed", "note": "不抵触"})
    assert alone.json()["code"] == "policy.not_independent"
    reviewed = post(town, f"/{number}/reviews", people["lawyer"], {"outcome": "passed", "note": "不抵触", "document_no": "2026-7"})
    assert "Rehearse it" in reviewed.json()["lacking"]
    assert post(town, f"/{number}/approvals", people["first"], {"note": "同意"}).json()["code"] == "policy.step_missing"
    asked = {"draft": text_of("2033"), "against": "yinchuan/2026", "as_of": TODAY.isoformat()}
    ordered = town.client.post("/v1/rehearsals", headers=people["analyst"], json=asked)
    assert ordered.status_code == 202, ordered.text
    rehearsal = ordered.json()["rehearsal_id"]
    report = wait_for(town, people["analyst"], rehearsal)
    other = town.client.post("/v1/rehearsals", headers=people["analyst"], json=asked | {"draft": text_of("2034")}).json()["rehearsal_id"]
    refused = post(town, f"/{number}/rehearsals", people["analyst"], {"rehearsal_id": other})
    assert (refused.status_code, refused.json()["code"]) == (409, "policy.rehearsed_other")
    attached = post(town, f"/{number}/rehearsals", people["analyst"], {"rehearsal_id": rehearsal}).json()
    assert (attached["steps"][-1]["rehearsal_id"], attached["steps"][-1]["note"]) == (rehearsal, report["digest"])
    for who in ("filer", "analyst"):
        assert post(town, f"/{number}/approvals", people[who], {"note": "同意"}).json()["code"] == "policy.not_independent"
    assert "1 more" in post(town, f"/{number}/approvals", people["first"], {"note": "同意"}).json()["lacking"]
    assert post(town, f"/{number}/approvals", people["first"], {"note": "同意"}).json()["code"] == "policy.not_independent"
    done = post(town, f"/{number}/approvals", people["second"], {"note": "同意"}).json()
    assert done["lacking"] is None
    assert [one["done_by"] for one in done["steps"] if one["step"] == "approval"] == ["first", "second"]


def wait_for(town: Served, who: dict[str, str], rehearsal: int) -> dict[str, Any]:

    end = time.monotonic() + 60
    while time.monotonic() < end:
        found: dict[str, Any] = town.client.get(f"/v1/rehearsals/{rehearsal}", headers=who).json()
        if found["state"] in ("finished", "failed"):
            assert found["state"] == "finished", found
            return found
        time.sleep(0.2)
    raise AssertionError("the rehearsal does not end")
