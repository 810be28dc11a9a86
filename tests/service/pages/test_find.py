"""The way in: one box, and a page of its own for each outcome."""

import pytest

from tests.service.pages.conftest import HEAVY, Pages, page_of
from tests.service.town import BLACK, CLEAN, FORMER_NAME, OTHER_TWIN, PERSON, RENAMED, TWIN

HURTFUL = (
    *("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "' OR 1=1 --"),
    *("%", "\u202eab", "a" * 5000),
)


@pytest.mark.parametrize(
    ("typed", "found"),
    [(CLEAN.code, CLEAN), (CLEAN.code.lower(), CLEAN), (CLEAN.name, CLEAN), (FORMER_NAME, RENAMED), (f"  {BLACK.name}  ", BLACK)],
)
def test_a_code_or_a_name_that_means_one_leads_to_its_file(pages: Pages, typed: str, found: object) -> None:
    answer = pages.public.get("/", params={"q": typed})
    assert answer.status_code == 303
    assert answer.headers["location"].split("?")[0] == page_of(found)  # type: ignore[arg-type]  # a parameter of several


def test_a_file_says_what_it_was_found_by_and_offers_the_others(pages: Pages) -> None:
    page = pages.read("/", q=FORMER_NAME)
    assert page.one("h1").text == RENAMED.name
    assert FORMER_NAME in page.text
    assert any("similar=1" in link.attributes["href"] for link in page.all("a"))


def test_part_of_a_name_gives_a_list(pages: Pages) -> None:
    page = pages.read("/", q="样品")
    addresses = [link.attributes["href"] for link in page.all("a")]
    assert page_of(BLACK) in addresses
    assert "有有效名单条目" in page.text


def test_a_name_of_several_gives_all_and_guesses_none(pages: Pages) -> None:
    page = pages.read("/", q=TWIN.name)
    assert "可能" in page.text or "多个企业" in page.one("h1").text
    addresses = {link.attributes["href"] for link in page.all("a")}
    assert {page_of(TWIN), page_of(OTHER_TWIN)} <= addresses
    assert {TWIN.code, OTHER_TWIN.code} <= set(page.text.split())


def test_nothing_found_says_that_it_says_nothing_and_whom_to_ask(pages: Pages) -> None:
    page = pages.read("/", q="没有这样的企业名称", status=404)
    assert "没有查到不等于没有记录" in page.text
    assert "财库〔2016〕125号" in page.text
    assert page.one("h1").text == "没有查到“没有这样的企业名称”"


def test_a_mistyped_code_offers_what_was_probably_meant(pages: Pages) -> None:
    wrong = CLEAN.code[:-1] + ("A" if CLEAN.code[-1] != "A" else "B")
    page = pages.read("/", q=wrong, status=404)
    assert page_of(CLEAN) in {link.attributes["href"] for link in page.all("a")}


def test_one_letter_is_too_little_and_is_told_at_the_box(pages: Pages) -> None:
    page = pages.read("/", q="银", status=422)
    box = next(one for one in page.all("input") if one.attributes["name"] == "q")
    told = [one for one in page.all("p") if one.attributes.get("id") in box.attributes["aria-describedby"].split()]
    assert "请至少输入两个字。" in [one.text for one in told]


def test_a_sole_proprietor_that_no_list_names_is_not_found_by_the_public(pages: Pages) -> None:
    assert PERSON.code not in pages.public.get("/", params={"q": "样品小吃店"}).text
    pages.read("/", q=PERSON.code, status=404)
    assert pages.read("/", client=pages.officer, q=PERSON.code).one("h1").text == PERSON.name


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "' OR 1=1 --", "%", "\u202eab", "a" * 5000]
)
def test_text_made_to_hurt_comes_back_as_text(pages: Pages, text: str) -> None:
    answer = pages.public.get("/", params={"q": text}, follow_redirects=True)
    assert answer.status_code in (200, 404, 422)
    assert "<script" not in answer.text
    assert "<img src=x" not in answer.text
    assert "{{7*7}}" in answer.text or "7*7" not in text


def test_a_hostile_name_in_a_list_is_text(pages: Pages) -> None:
    page = pages.read("/", q="重负样品", similar="1")
    assert HEAVY.name in [link.text for link in page.all("a")]
    assert not page.all("script")
