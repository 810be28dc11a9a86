"""What every page owes to who reads it by ear, by keyboard, or behind a strict browser."""

from itertools import pairwise

import httpx
import pytest

from service.clock import legal_day
from tests.service.pages.conftest import HEAVY, Pages, page_of
from tests.service.pages.reading import Element, read
from tests.service.town import BLACK, BRANCH, CLEAN, TWIN

OWN = f"/own/cn-uscc/{HEAVY.code}"
DIFFERENCE = f"{page_of(CLEAN)}/difference"
STAFF = (
    *("/worklist", "/worklist?overdue=true", "/targets", "/rehearsals", DIFFERENCE),
    f"{DIFFERENCE}?from={legal_day()}",
)
PATHS = (
    *("/", "/?q=样品", "/?q=没有这样的企业", f"/?q={TWIN.name}", "/?q=银", "/sign-in", "/nowhere"),
    *(page_of(CLEAN), page_of(HEAVY), page_of(BRANCH), f"{page_of(BLACK)}?as_of=zz"),
    OWN,
    *STAFF,
)
LANGUAGES = ("zh", "en")


def opened(pages: Pages, path: str, language: str) -> tuple[httpx.Response, Element]:
    mark = "&" if "?" in path else "?"
    client = pages.enterprise if path == OWN else pages.regulator if path in STAFF else pages.officer
    answer = client.get(f"{path}{mark}lang={language}", headers={"Accept": "text/html"})
    return answer, read(answer.text)


def elements(root: Element) -> list[Element]:
    return [root, *(found for child in root.children for found in elements(child))]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_headings_landmarks_labels_and_names(pages: Pages, path: str, language: str) -> None:
    _, page = opened(pages, path, language)
    levels = [int(one.tag[1]) for one in page.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels)), levels
    assert all(len(page.all(tag)) == 1 for tag in ("main", "title", "footer", "nav")) or page.all("nav")
    assert page.one("title").text
    assert page.one("html").attributes["lang"] == ("zh-CN" if language == "zh" else "en")
    every = elements(page)
    ids = [one.attributes["id"] for one in every if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    for one in every:
        for name in ("aria-labelledby", "aria-describedby", "for"):
            assert set(one.attributes.get(name, "").split()) <= set(ids), (name, one.attributes)
        if one.tag in ("input", "select", "textarea") and one.attributes.get("type") != "hidden":
            assert one.attributes["id"] in {label.attributes.get("for") for label in page.all("label")}
        if one.tag in ("a", "button", "summary"):
            assert one.text or any("alt" in image.attributes for image in one.all("img")), one.attributes
        if one.tag == "th":
            assert one.attributes["scope"] in ("row", "col")
        if one.tag == "img":
            assert "alt" in one.attributes
    assert all(table.all("caption") for table in page.all("table"))
    first_link = page.all("a")[0]
    assert first_link.attributes["href"] == "#content"


@pytest.mark.parametrize("path", PATHS)
def test_nothing_runs_and_nothing_comes_from_elsewhere(pages: Pages, path: str) -> None:
    answer, page = opened(pages, path, "zh")
    policy = answer.headers["content-security-policy"]
    for rule in ("default-src 'none'", "style-src 'self'", "img-src 'self'", "form-action 'self'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "no-store" in answer.headers["cache-control"]
    for one in elements(page):
        assert one.tag not in ("script", "style", "iframe", "object", "embed", "base")
        assert not [name for name in one.attributes if name.startswith("on") or name == "style"]
        for name in ("href", "src", "action"):
            address = one.attributes.get(name, "/")
            assert address.startswith(("/", "#")), (one.tag, address)
            assert not address.startswith("//")


def test_a_problem_is_a_page_for_a_browser_and_a_problem_for_a_program(pages: Pages) -> None:
    for path, status in (("/nowhere", 404), (f"{page_of(CLEAN)}?as_of=zz", 422), ("/static/nothing.css", 404)):
        page = pages.public.get(path, headers={"Accept": "text/html,*/*"})
        assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
        told = pages.public.get(path)
        assert (told.status_code, told.headers["content-type"]) == (status, "application/problem+json")
        assert told.json()["code"] in page.text
    refused = pages.public.post("/sign-out?lang=zh", headers={"Origin": "https://elsewhere.example", "Accept": "text/html"})
    assert refused.status_code == 403
    assert "不允许" in read(refused.text).one("h1").text
    api = pages.public.get("/v1/nowhere", headers={"Accept": "text/html"})
    assert api.headers["content-type"] == "application/problem+json"


def test_static_files_are_kept_by_browsers_under_an_address_of_their_content(pages: Pages) -> None:
    page = pages.read("/")
    (sheet,) = [link.attributes["href"] for link in page.all("link") if link.attributes["rel"] == "stylesheet"]
    answer = pages.public.get(sheet)
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert pages.public.get(sheet, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert "immutable" not in pages.public.get("/static/page.css").headers["cache-control"]
    assert "http" not in answer.text.replace("http://www.w3.org/2000/svg", "")
    assert "@import" not in answer.text
    for name in ("__init__.py", "..%2Fpages%2Fframe.py", "%2e%2e", "page.css%00"):
        assert pages.public.get(f"/static/{name}").status_code == 404
