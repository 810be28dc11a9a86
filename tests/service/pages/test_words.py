"""Two languages from one glossary: every label stands there, every sentence that a page says has both."""

import re
from importlib.resources import files
from string import Formatter

import httpx
import pytest

from data.codes.known_lists import known_lists
from models import glossary
from models.access import Role
from models.checks import InquiryResult, Known, Outcome, Purpose
from models.law import Mark
from models.listings import ListingState, Origin
from models.records import Capacity, Kind, Level, Severity, outcomes
from models.results import LineKind
from models.verdicts import Verdict
from models.vocabulary import REGISTRY_STATES
from service.pages.wording import WORDING
from tests.service.pages.conftest import Pages, page_of
from tests.service.town import BLACK, CLEAN

CHINESE = re.compile("[\u3400-\u9fff]")


def templates() -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in files("service.templates").iterdir() if file.name.endswith(".html")}


def test_every_word_of_a_closed_set_is_in_the_glossary() -> None:
    assert set(glossary.KIND_TITLES) == set(Kind)
    for kind in Kind:
        assert set(glossary.OUTCOME_TITLES[kind]) == set(outcomes(kind))
    for titles, members in (
        (glossary.SEVERITY_TITLES, Severity),
        (glossary.LEVEL_TITLES, Level),
        (glossary.CAPACITY_TITLES, Capacity),
        (glossary.LISTING_STATE_TITLES, ListingState),
        (glossary.ORIGIN_TITLES, Origin),
        (glossary.LINE_TITLES, LineKind),
        (glossary.ROLE_TITLES, Role),
        (glossary.MARK_TITLES, Mark),
        (glossary.PURPOSE_TITLES, Purpose),
        (glossary.VERDICT_TITLES, Verdict),
        (glossary.CHECK_OUTCOME_TITLES, Outcome),
        (glossary.KNOWN_TITLES, Known),
        (glossary.INQUIRY_RESULT_TITLES, InquiryResult),
        (glossary.REGISTRY_STATE_TITLES, REGISTRY_STATES),
    ):
        assert set(titles) == set(members)
    assert all(one.title.zh and one.title.en for one in known_lists().values())


def test_templates_hold_no_words_of_their_own() -> None:
    for name, text in templates().items():
        marked = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.DOTALL)
        bare = re.sub(r"<[^>]*>", " ", marked)
        assert not CHINESE.search(marked), name
        assert not re.search(r"[A-Za-z]{2,}", bare), (name, re.findall(r"[A-Za-z]{2,}", bare))


def test_every_sentence_that_is_said_is_written_and_every_written_one_is_said() -> None:
    sources = [file.read_text(encoding="utf-8") for file in files("service.pages").iterdir() if file.name.endswith(".py")]
    text = "".join(one for one in (*templates().values(), *sources) if not one.startswith('"""Every sentence'))
    said = {found for found in re.findall(r'"([a-z_]+(?:\.[a-z_0-9]+)*)"', text) if found in WORDING}
    missing = [found for found in re.findall(r'\bsay\(\s*"([a-z_.0-9]+)"', text) if found not in WORDING]
    assert missing == []
    by_number = re.compile(r"error\.(text\.)?\d+|suggest\.[a-z]+")
    assert [key for key in WORDING if key not in said and not by_number.fullmatch(key)] == []


def test_both_languages_put_in_the_same_things() -> None:
    for key, words in WORDING.items():
        fields = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (words.zh, words.en)]
        assert fields[0] == fields[1], key
        assert words.zh.strip(), key
        assert words.en.strip(), key


@pytest.mark.parametrize("path", ["/", "/sign-in", page_of(CLEAN), page_of(BLACK)])
def test_a_page_in_english_has_english_labels(pages: Pages, path: str) -> None:
    page = pages.read(path, client=pages.officer, lang="en")
    assert page.one("html").attributes["lang"] == "en"
    labels = [one.text for one in page.all("h2", "h3", "label", "button", "dt", "caption", "thead", "summary")]
    assert not [label for label in labels if CHINESE.search(label)]
    (other,) = [link for link in page.all("a") if link.attributes.get("hreflang")]
    assert (other.text, other.attributes["lang"]) == ("中文", "zh-CN")


def test_the_language_is_by_the_address_then_remembered_then_by_the_browser(pages: Pages) -> None:
    with httpx.Client(base_url=pages.url, timeout=60) as client:

        def language(accepts: str | None = None, **params: str) -> str:
            sent = {"Accept-Language": accepts} if accepts else {}
            return "en" if '<html lang="en">' in client.get("/", params=params, headers=sent).text else "zh"

        assert language() == "zh"
        assert language("en-GB,en;q=0.9,zh;q=0.1") == "en"
        assert language("fr, zh-Hans;q=0.8, en;q=0.5") == "zh"
        assert language("en", lang="zh") == "zh"
        assert language("en") == "zh"
        assert language(lang="en") == "en"
        assert language("zh") == "en"


def test_turning_the_language_keeps_the_question(pages: Pages) -> None:
    page = pages.read(page_of(BLACK), as_of="2026-06-01")
    (other,) = [link for link in page.all("a") if link.attributes.get("hreflang")]
    turned = pages.read(other.attributes["href"])
    assert turned.one("html").attributes["lang"] == "en"
    assert "2026-06-01" in turned.text
    assert turned.one("h1").text == BLACK.name
