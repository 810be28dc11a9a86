"""An enterprise's own page: it says what the API says, acts by plain forms, and is nobody else's."""

import re
from typing import Any

from data.database import make_engine, write_session
from models.access import Role
from service.operations.publish_procedures import publish_shipped
from tests.service.pages.conftest import HEAVY, HOSTILE, Pages, page_of
from tests.service.serving import OPERATOR, bearing
from tests.service.town import BLACK, SOURCE

OWN = f"/own/cn-uscc/{HEAVY.code}"


def api(pages: Pages, what: str) -> Any:
    return pages.public.get(f"/v1{OWN}/{what}", headers=bearing(pages.keys[Role.ENTERPRISE])).json()


def test_an_enterprise_is_led_to_its_own_page_and_others_are_not(pages: Pages) -> None:
    assert pages.enterprise.get("/own").headers["location"] == OWN
    assert pages.officer.get("/own").headers["location"].startswith("/sign-in")
    assert pages.public.get(OWN).headers["location"].startswith("/sign-in?back_to=%2Fown")
    pages.read(OWN, client=pages.officer, status=404)
    pages.read(f"/own/cn-uscc/{BLACK.code}", client=pages.enterprise, status=404)


def test_the_page_says_what_the_plan_answers(pages: Pages) -> None:
    page = pages.read(OWN, client=pages.enterprise)
    outlook = api(pages, "outlook")
    assert outlook["grade"] == next(one.text for one in page.all("p") if one.attributes.get("class") == "badge")
    for one in (*outlook["coming"][:3], *outlook["repairs"][:3]):
        assert one["score"].replace("-", "−") in page.text
    assert outlook["coming"][0]["on"] in page.text
    assert "可申请修复" in page.text


def test_a_reply_by_the_form_waits_and_the_same_form_again_writes_no_second_one(pages: Pages) -> None:
    form = {"source": SOURCE, "source_ref": "heavy-3", "text": f"已整改{HOSTILE}", "once": "form-1"}
    for _ in range(2):
        sent = pages.enterprise.post(f"{OWN}/replies", data=form)
        assert (sent.status_code, sent.headers["location"]) == (303, f"{OWN}?done=1#replies")
    (reply,) = api(pages, "replies")["replies"]
    assert (reply["state"], reply["text"]) == ("waiting", form["text"])
    page = pages.read(f"{OWN}?done=1", client=pages.enterprise)
    assert "已保存" in page.text
    assert not page.all("script")
    officer = bearing(pages.keys[Role.REGULATOR])
    accepted = pages.public.post(f"/v1/replies/{reply['reply_id']}/moderation", headers=officer, json={"verdict": "accept"})
    assert accepted.status_code == 200
    assert form["text"] in pages.read(page_of(HEAVY), client=pages.officer).text, "shown beside the record on the public file page"


def test_a_form_of_another_site_or_of_another_reader_does_nothing(pages: Pages) -> None:
    form = {"are_shown": "no"}
    foreign = pages.enterprise.post(f"{OWN}/honours", data=form, headers={"Origin": "https://elsewhere.example", "Accept": "text/html"})
    assert foreign.status_code == 403
    for client, status in ((pages.officer, 404), (pages.public, 404)):
        assert client.post(f"{OWN}/honours", data=form).status_code == status
    assert api(pages, "file")["are_honours_shown"] is True


def test_honours_promises_and_mandates_go_by_plain_forms(pages: Pages) -> None:
    assert pages.enterprise.post(f"{OWN}/honours", data={"are_shown": "no"}).status_code == 303
    assert api(pages, "file")["are_honours_shown"] is False
    assert pages.enterprise.post(f"{OWN}/honours", data={"are_shown": "yes"}).status_code == 303
    promised = pages.enterprise.post(f"{OWN}/promises", data={"type": "trade", "content": "守信经营", "once": "p"})
    assert promised.status_code == 303, promised.text
    assert any(one["detail"].get("content") == "守信经营" for one in api(pages, "records")["records"])
    grant = {"agent": BLACK.code, "scopes": ["see", "object"], "valid_until": "2099-01-01", "once": "m"}
    too_long = pages.enterprise.post(f"{OWN}/mandates", data=grant, headers={"Accept": "text/html"})
    assert too_long.status_code == 422
    assert "three years" in too_long.text
    until = re.sub(r"^(\d+)", lambda year: str(int(year[0]) + 1), api(pages, "file")["as_of"])
    assert pages.enterprise.post(f"{OWN}/mandates", data=grant | {"valid_until": until}).status_code == 303
    (mandate,) = api(pages, "mandates")["mandates"]
    assert (mandate["agent"]["value"], mandate["scopes"]) == (BLACK.code, ["object", "see"])
    assert pages.enterprise.post(f"{OWN}/mandates/{mandate['mandate_id']}/revocation").status_code == 303
    assert api(pages, "mandates")["mandates"][0]["revoked_at"]


def test_objections_and_repairs_go_by_plain_forms_and_are_shown_with_their_clocks(pages: Pages, pages_database: str) -> None:
    engine = make_engine(pages_database, size=1)
    with write_session(engine) as session:
        publish_shipped(session, actor=OPERATOR)
        session.commit()
    engine.dispose()
    page = pages.read(OWN, client=pages.enterprise)
    names = [one.attributes["value"] for one in page.all("input") if one.attributes.get("name") == "confirmed"]
    assert {"duties_performed", "corrected", "promise"} <= set(names)
    target = {"source": SOURCE, "source_ref": "heavy-70"}
    filed = pages.enterprise.post(f"{OWN}/objections", data=target | {"grounds": f"有误{HOSTILE}", "once": "o"})
    assert (filed.status_code, filed.headers["location"]) == (303, f"{OWN}?done=1#remedies"), filed.text
    applied = pages.enterprise.post(f"{OWN}/repairs", data=target | {"confirmed": sorted(set(names)), "once": "r"})
    assert applied.status_code == 303, applied.text
    missing = pages.enterprise.post(f"{OWN}/repairs", data=target | {"confirmed": []}, headers={"Accept": "text/html"})
    assert missing.status_code == 409
    assert "repair.checklist" in missing.text
    page = pages.read(OWN, client=pages.enterprise)
    assert "处理中" in page.text
    assert "已申请" in page.text
    objection = next(one for one in api(pages, "objections")["objections"] if one["record"]["source_ref"] == "heavy-70")
    assert next(clock["due_on"] for clock in objection["clocks"] if not clock["closed_on"]) in page.text
    assert "异议处理中" in pages.read(page_of(HEAVY), client=pages.officer).text
