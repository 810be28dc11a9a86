"""The file of an enterprise: what comes first, what a key opens, and what no figure goes without."""

import re
from datetime import date, timedelta

import pytest

from data.database import connect
from models.access import Role
from service.clock import LEGAL_ZONE
from tests.service.pages.conftest import HEAVY, HOSTILE, RECORDS, Pages, page_of
from tests.service.pages.reading import Element
from tests.service.town import BLACK, BRANCH, CLEAN, FORMER_NAME, LISTED_PERSON, PERSON, RED, RENAMED, REPAIRED

INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def section(page: Element, heading: str) -> Element:
    (found,) = [one for one in page.all("section") if one.attributes.get("aria-labelledby") == heading]
    return found


def sections(page: Element) -> list[str]:
    return [one.attributes["aria-labelledby"] for one in page.all("section")]


def test_listings_stand_before_any_score(pages: Pages) -> None:
    found = sections(pages.read(page_of(CLEAN), client=pages.officer))
    assert found.index("who") < found.index("listings") < found.index("score") < found.index("lines") < found.index("records")


def test_an_entry_is_shown_to_everybody_with_basis_authority_number_and_dates(pages: Pages) -> None:
    for client in (pages.public, pages.officer):
        entry = section(pages.read(page_of(BLACK), client=client), "listings").one("article")
        for said in (
            "黑名单",
            "质量严重失信黑名单",
            "样品办法第十二条",
            "样品局",
            "样决〔2026〕",
            "2026-01-10",
            "2026-01-15",
            "2099-01-15",
            "拒不改正",
        ):
            assert said in entry.text
        assert entry.attributes["class"].split()[:2] == ["entry", "black"]


def test_without_a_key_there_is_no_score_at_all(pages: Pages) -> None:
    answer = pages.public.get(page_of(CLEAN))
    for hidden in ("950.50", "yinchuan/2026", "样罚〔2026〕", "<svg"):
        assert hidden not in answer.text
    page = pages.read(page_of(CLEAN))
    assert sections(page) == ["who", "listings", "score", "held"]
    assert "登录" in section(page, "score").text


def test_a_role_without_insight_sees_no_score_either(pages: Pages) -> None:
    page = pages.read(page_of(CLEAN), client=pages.platform)
    assert sections(page) == ["who", "listings", "score", "held"]
    assert "不能查看" in section(page, "score").text


def test_with_a_key_score_grade_coverage_and_policy_are_shown(pages: Pages) -> None:
    score = section(pages.read(page_of(CLEAN), client=pages.officer, as_of="2026-06-01"), "score").text
    for said in ("信用分", "等级", "检查覆盖", "从未检查不等于没有问题", "期间内未检查", "yinchuan/2026", "样例规则"):
        assert said in score


def test_the_page_says_what_the_api_says(pages: Pages) -> None:
    api = f"/v1/enterprises/cn-uscc/{CLEAN.code}/contributions"
    told = pages.public.get(api, params={"as_of": "2026-06-01"}, headers={"Authorization": f"Bearer {pages.keys[Role.PROCUREMENT]}"}).json()
    lines = section(pages.read(page_of(CLEAN), client=pages.officer, as_of="2026-06-01"), "lines")
    figures = [cell.text.replace("−", "-").replace("+", "") for cell in lines.all("td") if "figures" in cell.attributes.get("class", "")]
    assert sorted(figures) == sorted([told["start"], *(line["points"] for line in told["lines"]), told["total"]])


def test_every_figure_says_its_day_what_was_known_and_its_policy(pages: Pages) -> None:
    page = pages.read(page_of(CLEAN), client=pages.officer, as_of="2026-06-01")
    for name in ("listings", "score", "lines", "history", "records"):
        text = section(page, name).text
        assert "截至 2026-06-01" in text, name
        assert INSTANT.search(text), name
        assert name in ("listings", "records") or "yinchuan/2026" in text, name


def test_a_contribution_has_its_clause_and_leads_to_its_record(pages: Pages) -> None:
    page = pages.read(page_of(CLEAN), client=pages.officer, as_of="2026-06-01")
    rows = [row for row in section(page, "lines").one("tbody").all("tr") if row.all("a")]
    assert rows
    anchors = {row.attributes.get("id") for row in section(page, "records").all("tr")}
    for row in rows:
        assert row.all("cite")
        assert row.one("a").attributes["href"].removeprefix("#") in anchors


def test_a_record_that_may_not_be_shown_leaves_only_its_points(pages: Pages) -> None:
    for day in ("2026-06-01", "2026-11-01"):
        text = pages.read(page_of(CLEAN), client=pages.officer, as_of=day).text
        assert "样罚〔2026〕1号" in text
        for hidden in ("样罚〔2026〕2号", "样罚〔2026〕3号", "样罚〔2026〕4号"):
            assert hidden not in text
    assert "不再公示的信息" in pages.read(page_of(CLEAN), client=pages.officer, as_of="2026-06-01").text


def test_charts_are_told_in_words_and_stand_beside_a_table(pages: Pages) -> None:
    page = pages.read(page_of(HEAVY), client=pages.officer, as_of="2026-11-01")
    charts = [one for one in page.all("div") if one.attributes.get("role") == "img"]
    assert [chart.attributes["aria-label"].split("：")[0] for chart in charts] == ["条形图", "折线图"]
    assert all(svg.attributes["aria-hidden"] == "true" for svg in page.all("svg"))
    history = section(page, "history")
    assert len(history.one("tbody").all("tr")) == 24
    assert "规则有变更" in history.text


def test_another_day_is_asked_for_by_a_form_and_shown_as_another_day(pages: Pages) -> None:
    today = pages.read(page_of(BLACK))
    form = next(one for one in today.all("form") if one.attributes.get("class") == "as-of")
    assert (form.attributes["method"], form.attributes["action"]) == ("get", page_of(BLACK))
    before = pages.read(page_of(BLACK), as_of="2026-01-14")
    assert not section(before, "listings").all("article")
    assert "不是今天的状态" in before.text
    assert "尚未到来" in pages.read(page_of(BLACK), as_of="2090-01-01").text
    assert pages.read(page_of(BLACK), as_of="").one("h1").text == BLACK.name


@pytest.mark.parametrize("typed", ["2026-02-30", "yesterday", "99999-01-01", "<b>"])
def test_a_day_that_is_none_is_told_so(pages: Pages, typed: str) -> None:
    assert "输入有误" in pages.read(page_of(BLACK), status=422, as_of=typed).one("h1").text


def test_what_was_known_at_an_instant_is_asked_for_by_a_form_and_shown_as_such(pages: Pages, pages_database: str) -> None:
    with connect(pages_database) as connection:
        ((registered, listed),) = connection.execute(
            "SELECT (SELECT committed_at FROM knowledge WHERE known_seq = 1), (SELECT committed_at FROM knowledge WHERE known_seq = 2)"
        ).fetchall()
    now = pages.read(page_of(BLACK), client=pages.officer)
    form = next(one for one in now.all("form") if one.attributes.get("class") == "as-of")
    assert [one.attributes["name"] for one in form.all("input")] == ["as_of", "known_at"]
    assert section(now, "listings").all("article")
    before = pages.read(page_of(BLACK), client=pages.officer, known_at=registered.isoformat())
    assert not section(before, "listings").all("article")
    assert section(pages.read(page_of(BLACK), client=pages.officer, known_at=listed.isoformat()), "listings").all("article")
    typed = registered.astimezone(LEGAL_ZONE)
    assert f"只按 {typed:%Y-%m-%d %H:%M:%S}（北京时间）已知的信息判断" in before.text
    fields = {one.attributes["name"]: one.attributes.get("value") for one in before.all("input") if one.attributes.get("name")}
    assert fields["known_at"] == f"{typed:%Y-%m-%dT%H:%M:%S}"


def test_readers_without_scores_are_not_asked_for_an_instant(pages: Pages) -> None:
    form = next(one for one in pages.read(page_of(BLACK)).all("form") if one.attributes.get("class") == "as-of")
    assert [one.attributes["name"] for one in form.all("input")] == ["as_of"]


@pytest.mark.parametrize(("typed", "status"), [("2026-02-30T10:00", 422), ("noon", 422), ("2090-01-01T00:00:00", 409), ("1990-01-01", 409)])
def test_an_instant_that_is_none_or_not_yet_or_before_the_beginning_is_told_so(pages: Pages, typed: str, status: int) -> None:
    pages.read(page_of(BLACK), client=pages.officer, status=status, known_at=typed)


def test_no_rules_in_force_is_no_score_and_no_failure(pages: Pages) -> None:
    page = pages.read(page_of(CLEAN), client=pages.officer, as_of="2010-01-01")
    assert "没有信用分" in section(page, "score").text


def test_a_branch_says_so_and_leads_to_its_head_office(pages: Pages) -> None:
    page = pages.read(page_of(BRANCH))
    assert page_of(CLEAN) in {link.attributes["href"] for link in page.all("a")}
    assert "分支机构" in page.text


def test_a_former_name_is_shown_with_its_days(pages: Pages) -> None:
    who = section(pages.read(page_of(RENAMED)), "who").text
    assert FORMER_NAME in who
    assert "2015-03-01 至 2020-01-01" in who


def test_a_sole_proprietor_is_shown_to_the_public_only_while_a_listing_names_them(pages: Pages) -> None:
    pages.read(page_of(PERSON), status=404)
    assert "自然人" in pages.read(page_of(LISTED_PERSON)).text
    pages.read(page_of(PERSON), client=pages.officer)


def test_a_repaired_entry_is_not_shown_and_nothing_is_called_clean(pages: Pages) -> None:
    page = pages.read(page_of(REPAIRED), client=pages.officer)
    assert not section(page, "listings").all("article")
    assert "没有有效条目" in section(page, "listings").text
    assert "从未检查不等于没有问题" in page.text


def test_what_is_not_held_here_is_said_with_whom_to_ask(pages: Pages) -> None:
    for one in (CLEAN, RED):
        page = pages.read(page_of(one))
        assert "失信被执行人名单" in section(page, "listings").text
        held = section(page, "held").text
        assert "财库〔2016〕125号" in held
        assert "更新至" in held
        assert "没有持有不等于没有查到" in held


def test_text_made_to_hurt_is_shown_as_text(pages: Pages) -> None:
    page = pages.read(page_of(HEAVY), client=pages.officer)
    assert page.one("h1").text == HEAVY.name
    assert not page.all("script")
    assert HOSTILE in section(page, "listings").text
    assert HOSTILE in section(page, "records").text
    assert not page.all("script")


def test_records_go_on_a_page_further(pages: Pages) -> None:
    first = pages.read(page_of(HEAVY), client=pages.officer)
    shown = [row for row in section(first, "records").all("tr") if row.attributes.get("id")]
    assert len(shown) == 100
    (more,) = [link for link in section(first, "records").all("a") if "records_after" in link.attributes["href"]]
    second = pages.read(more.attributes["href"], client=pages.officer)
    rest = [row for row in section(second, "records").all("tr") if row.attributes.get("id")]
    assert len(rest) >= RECORDS - 100  # a promise that it made meanwhile is one more
    assert rest[-1].one("th").text == str(date(2026, 10, 20) - timedelta(days=3 * (RECORDS - 1)))


def test_records_of_later_days_are_not_shown_on_an_earlier_day(pages: Pages) -> None:
    records = section(pages.read(page_of(HEAVY), client=pages.officer, as_of="2026-01-01"), "records")
    days = [row.one("th").text for row in records.all("tr") if row.attributes.get("id")]
    assert days
    assert max(days) <= "2026-01-01"
