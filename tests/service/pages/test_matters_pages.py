"""The officers' pages: the worklist leads to the file of a matter, and its forms do what the API does, for officers alone."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from data.database import make_engine, write_session
from models.access import Role
from service.clock import legal_day
from service.operations.manage_keys import create_key
from service.operations.publish_procedures import publish_shipped
from tests.service.pages.conftest import HEAVY, HOSTILE, Pages
from tests.service.serving import OPERATOR, bearing
from tests.service.town import SOURCE, propose_entry

OWN = f"/own/cn-uscc/{HEAVY.code}"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture(scope="module")
def officers(pages: Pages, pages_database: str) -> Iterator[list[httpx.Client]]:
    """Two regulators who signed in, in a town with procedures."""
    engine = make_engine(pages_database, size=1)
    with write_session(engine) as session:
        publish_shipped(session, actor=OPERATOR)
        keys = [create_key(session, role=Role.REGULATOR, holder=f"officer {name}", actor=OPERATOR).text for name in "MN"]
        session.commit()
    engine.dispose()
    with ExitStack() as open_clients:
        clients = [open_clients.enter_context(httpx.Client(base_url=pages.public.base_url, timeout=60)) for _ in keys]
        for client, key in zip(clients, keys, strict=True):
            assert client.post("/sign-in", data={"key": key}).status_code == 303
        yield clients


def applied(pages: Pages, ref: str) -> str:
    form = {"source": SOURCE, "source_ref": ref, "confirmed": ["corrected", "duties_performed", "promise"], "once": f"r-{ref}"}
    sent = pages.enterprise.post(f"{OWN}/repairs", data=form)
    assert sent.status_code == 303, sent.text
    repairs = pages.public.get(f"/v1{OWN}/repairs", headers={"Authorization": f"Bearer {pages.keys[Role.ENTERPRISE]}"}).json()
    return str(repairs["repairs"][0]["repair_id"])


def test_a_repair_is_found_on_the_worklist_and_carried_to_its_grant_by_forms(pages: Pages, officers: list[httpx.Client]) -> None:
    number = applied(pages, "heavy-71")
    paper = pages.enterprise.post(f"{OWN}/repairs/{number}/papers", files={"file": ("整改报告.pdf", PDF, "application/pdf")})
    assert (paper.status_code, paper.headers["location"]) == (303, f"{OWN}?done=1#remedies")
    assert "整改报告.pdf" in pages.read(OWN, client=pages.enterprise).text
    first, second = officers
    worklist = pages.read("/worklist", client=first)
    assert f"/matters/repairs/{number}" in [one.attributes.get("href") for one in worklist.all("a")]
    file = pages.read(f"/matters/repairs/{number}", client=first)
    assert "整改报告.pdf" in file.text
    download = next(one.attributes["href"] for one in file.all("a") if "papers" in one.attributes.get("href", ""))
    assert first.get(download).content == PDF
    for act in ("accept", "check"):
        sent = first.post(f"/matters/repairs/{number}/steps", data={"act": act, "reason": "现场核查，已整改"})
        assert (sent.status_code, sent.headers["location"]) == (303, f"/matters/repairs/{number}?done=1"), sent.text
    dependent = first.post(f"/matters/repairs/{number}/steps", data={"act": "grant", "reason": "属实"}, headers={"Accept": "text/html"})
    assert dependent.status_code == 409
    assert "remedy.not_independent" in dependent.text
    assert second.post(f"/matters/repairs/{number}/steps", data={"act": "grant", "reason": "属实"}).status_code == 303
    assert "准予" in pages.read(f"/matters/repairs/{number}?done=1", client=second).text


def test_an_objection_is_decided_by_its_form(pages: Pages, officers: list[httpx.Client]) -> None:
    form = {"source": SOURCE, "source_ref": "heavy-72", "grounds": f"有误{HOSTILE}", "once": "o-72"}
    assert pages.enterprise.post(f"{OWN}/objections", data=form).status_code == 303
    found = pages.public.get(f"/v1{OWN}/objections", headers={"Authorization": f"Bearer {pages.keys[Role.ENTERPRISE]}"}).json()
    number = found["objections"][0]["objection_id"]
    page = pages.read(f"/matters/objections/{number}", client=officers[0])
    assert form["grounds"] in page.text
    assert not page.all("script")
    nowhere = {"outcome": "moved", "finding": "x"}
    moved = officers[0].post(f"/matters/objections/{number}/decision", data=nowhere, headers={"Accept": "text/html"})
    assert moved.status_code == 422
    done = officers[0].post(f"/matters/objections/{number}/decision", data={"outcome": "kept", "finding": "经核实无误"})
    assert done.status_code == 303, done.text
    assert "经核实无误" in pages.read(f"/matters/objections/{number}", client=officers[1]).text


def test_a_notice_is_recorded_and_answered_by_forms_within_its_days(
    pages: Pages, pages_database: str, officers: list[httpx.Client]
) -> None:
    number = propose_entry(pages_database, HEAVY)
    address = f"/matters/proposals/{number}"

    def offered() -> set[str]:
        inputs = pages.read(address, client=officers[0]).all("input")
        return {one.attributes["value"] for one in inputs if one.attributes.get("name") == "step"}

    assert offered() == {"notice"}, "what comes later has no form yet"
    notice = {"step": "notice", "reasons": "责令停产停业", "evidence": "样罚1号", "basis": "第五条", "rights": "五个工作日内陈述、申辩"}
    unproved = officers[0].post(f"{address}/steps", data=notice | {"method": "direct"}, headers={"Accept": "text/html"})
    assert unproved.status_code == 422
    assert all(said in unproved.text for said in ("page.form", "service.served_on", "service.proof"))
    served = {"method": "direct", "served_on": str(legal_day()), "proof": "回证 1"}
    assert officers[0].post(f"{address}/steps", data=notice | served).status_code == 303
    assert "notice" not in offered()
    assert "consent" in offered()

    form = next(one for one in pages.read(OWN, client=pages.enterprise).all("form") if f"/proposals/{number}/" in one.attributes["action"])
    (box,) = form.all("textarea")
    longest = int(box.attributes["maxlength"])
    said = "\n".join(["已整改。"] * (longest // 5)).ljust(longest, "。")
    typed = {one.attributes["name"]: one.attributes["value"] for one in form.all("input")}
    typed[box.attributes["name"]] = said.replace("\n", "\r\n")
    sent = pages.enterprise.post(form.attributes["action"], data=typed)
    assert (sent.status_code, sent.headers["location"]) == (303, f"{OWN}?done=1#matters"), sent.text
    matter = pages.public.get(f"/v1/proposals/{number}/matter", headers=bearing(pages.keys[Role.AUDITOR])).json()
    stated = next(step for step in matter["steps"] if step["step"] == "statement")
    assert stated["content"]["reasons"] == said
    assert "answer" in offered()
    typed[box.attributes["name"]] = said + "多"
    assert pages.enterprise.post(form.attributes["action"], data=typed, headers={"Accept": "text/html"}).status_code == 422


def test_the_pages_are_for_officers_and_those_who_oversee_them(pages: Pages, officers: list[httpx.Client]) -> None:
    for path in ("/worklist", "/matters/repairs/1", "/matters/objections/1", "/matters/proposals/1"):
        assert pages.public.get(path).headers["location"].startswith("/sign-in?back_to=")
        assert pages.enterprise.get(path, headers={"Accept": "text/html"}).status_code == 403
    for kind, act in (("repairs", "steps"), ("objections", "decision"), ("proposals", "steps"), ("proposals", "decision")):
        assert pages.enterprise.post(f"/matters/{kind}/1/{act}", data={}).status_code == 403
        foreign = officers[0].post(f"/matters/{kind}/1/{act}", data={}, headers={"Origin": "https://elsewhere.example"})
        assert (foreign.status_code, foreign.json()["code"]) == (403, "page.foreign_form")
    assert officers[0].get("/matters/repairs/999999", headers={"Accept": "text/html"}).status_code == 404
    assert officers[0].get("/matters/proposals/999999", headers={"Accept": "text/html"}).status_code == 404
