"""The pages in a real browser: by keyboard, on a phone, on paper, for weak eyes, and to nowhere but this service."""

import os
import re
import shutil
from collections.abc import Iterator
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from models.access import Role
from service.clock import LEGAL_ZONE
from tests.service.pages.conftest import HEAVY, Pages, page_of
from tests.service.town import BLACK, CLEAN, TWIN

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed here: apt-get install chromium"),
]
FONTS = '<?xml version="1.0"?><fontconfig><dir>/usr/share/fonts</dir><dir>{wheel}</dir><cachedir>{cache}</cachedir></fontconfig>'
PAGE = re.compile(rb"/Type\s*/Page[^s]")
PATHS = ("/", "/?q=样品", "/?q=没有这样的企业", f"/?q={TWIN.name}", "/sign-in", "/nowhere", page_of(CLEAN), page_of(HEAVY), page_of(BLACK))
MEASURED = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium with the Chinese letters that the service brings, so that the lines of print are as long as with a reader's own."""
    folder = tmp_path_factory.mktemp("fonts")
    config = folder / "fonts.conf"
    config.write_text(FONTS.format(wheel=files("manimgx_fonts_cjk"), cache=folder / "cache"))
    with sync_playwright() as driver:
        launched = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            env={**os.environ, "FONTCONFIG_FILE": str(config)},
        )
        yield launched
        launched.close()


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, pages: Pages, asked: list[str]) -> Iterator[Page]:
    """A window of an officer who signed in; every request it makes is noted, every complaint of the browser fails the test."""
    context = browser.new_context(base_url=pages.url, locale="zh-CN", viewport={"width": 1280, "height": 900})
    found = context.new_page()
    complaints: list[str] = []
    found.on("request", lambda request: asked.append(request.url))
    found.on("console", lambda said: complaints.append(said.text) if said.type == "error" and "Failed to load" not in said.text else None)
    found.on("pageerror", lambda error: complaints.append(str(error)))
    found.goto("/sign-in")
    found.fill("#key", pages.keys[Role.PROCUREMENT])
    found.click(".sign-in button")
    yield found
    context.close()
    assert complaints == []


def focused(page: Page) -> Any:
    return page.evaluate("() => { const e = document.activeElement; return e.id || e.getAttribute('href') || e.textContent.trim(); }")


def test_a_supplier_is_found_and_its_file_read_by_keyboard_alone(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert focused(page) == "#content"
    assert page.evaluate("() => document.activeElement.getBoundingClientRect().left >= 0")
    for _ in range(12):
        page.keyboard.press("Tab")
        if focused(page) == "q":
            break
    page.keyboard.type(CLEAN.code)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{page_of(CLEAN)}**")
    seen: list[Any] = []
    for _ in range(90):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement === document.body"):
            break
        seen.append(focused(page))
        if page.evaluate("() => ['date', 'datetime-local'].includes(document.activeElement.type)"):
            continue  # the parts of a day or an instant have a mark of the browser's own
        box = page.evaluate("() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth]; }")
        assert box == ["solid", "3px"], seen
    assert "as-of" in seen
    assert any(str(one).startswith("#record-") for one in seen)


SPACED = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }"
SPACE = "css => { const s = new CSSStyleSheet(); s.replaceSync(css); document.adoptedStyleSheets = [s]; }"
WIDTH = "() => document.documentElement.scrollWidth"
SMALL = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), summary')]
    .filter(e => e.checkVisibility() && !e.matches('.skip') && getComputedStyle(e).display !== 'inline')
    .map(e => [e.textContent.trim().slice(0, 30) || e.id, e.getBoundingClientRect()])
    .filter(([_, box]) => box.width < 24 || box.height < 24).map(([name, box]) => `${name} ${box.width}x${box.height}`)"""


def in_language(path: str, language: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_scrolls_sideways_on_a_small_phone_also_with_wide_letters(page: Page, language: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    for path in PATHS:
        page.goto(in_language(path, language))
        assert page.evaluate(WIDTH) == 320, path
        page.evaluate(SPACE, SPACED)
        assert page.evaluate(WIDTH) == 320, path


@pytest.mark.parametrize("language", ["zh", "en"])
def test_letters_stand_out_from_what_is_behind_them(page: Page, language: str) -> None:
    for path in PATHS:
        page.goto(in_language(path, language))
        assert page.evaluate(MEASURED) == [], path


@pytest.mark.parametrize("width", [390, 1280])
def test_what_is_pressed_is_large_enough(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for path in PATHS:
        page.goto(path)
        assert page.evaluate(SMALL) == [], path


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_file_prints_on_one_sheet_of_a4(page: Page, language: str) -> None:
    for one in (CLEAN, BLACK, HEAVY):
        page.goto(in_language(f"{page_of(one)}?as_of=2026-11-01", language))
        assert len(PAGE.findall(page.pdf(prefer_css_page_size=True))) == 1, one.name


def test_print_says_how_much_more_there_is(page: Page) -> None:
    page.goto(f"{page_of(HEAVY)}?as_of=2026-11-01")
    page.emulate_media(media="print")
    told = page.locator(".print-row:visible").all_inner_texts()
    assert len(told) == 2
    assert all(re.fullmatch(r"另有 \d+ 项，见网页。", text.strip()) for text in told)
    for name in ("lines", "records"):
        rows = page.locator(f".{name} tbody tr:visible:not(.print-row):not(.sum)").count()
        hidden = page.locator(f".{name} tbody tr.on-screen").count()
        assert rows > 0
        assert f"另有 {hidden} 项" in "".join(told)


def test_no_request_leaves_the_service(page: Page, pages: Pages, asked: list[str]) -> None:
    for path in PATHS:
        page.goto(path)
    assert asked
    assert {urlsplit(address).netloc for address in asked} == {urlsplit(pages.url).netloc}


def test_the_page_is_whole_without_script(browser: Browser, pages: Pages) -> None:
    context = browser.new_context(base_url=pages.url, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto("/")
    page.fill("#q", BLACK.name)
    page.click(".big-seek button")
    assert page.locator("h1").inner_text() == BLACK.name
    page.fill("#as-of", "2026-01-14")
    page.click(".as-of button")
    assert "没有有效条目" in page.locator(".listings").inner_text()
    page.click(".closed a")
    page.fill("#key", pages.keys[Role.PROCUREMENT])
    page.click(".sign-in button")
    assert "as_of=2026-01-14" in page.url
    assert page.locator(".badge").is_visible()
    page.click("header .plain")
    page.goto(page_of(BLACK))
    assert page.locator(".badge").count() == 0
    context.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_enterprises_own_page_needs_no_script_fits_a_phone_and_can_be_read(browser: Browser, pages: Pages, language: str) -> None:
    for script in (False, True):
        context = browser.new_context(
            base_url=pages.url, java_script_enabled=script, locale="zh-CN", viewport={"width": 390, "height": 800}
        )
        page = context.new_page()
        page.goto("/sign-in")
        page.fill("#key", pages.keys[Role.ENTERPRISE])
        page.click(".sign-in button")
        page.goto(in_language(f"/own/cn-uscc/{HEAVY.code}", language))
        assert page.locator("#deadlines").is_visible()
        page.locator("#entries ~ article summary").first.click()
        assert page.locator("#entries ~ article textarea").first.is_visible()
        if script:  # the measures themselves are scripts
            assert page.evaluate(WIDTH) == 390
            assert page.evaluate(MEASURED) == []
            assert page.evaluate(SMALL) == []
        context.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_of_officers_fit_a_phone_and_can_be_read(browser: Browser, pages: Pages, language: str) -> None:
    sent = pages.enterprise.post(f"/own/cn-uscc/{HEAVY.code}/objections", data={"grounds": "评价有误", "once": "browser"})
    assert sent.status_code == 303, sent.text  # sent again for the other language it is the same one
    found = pages.public.get("/v1/objections", headers={"Authorization": f"Bearer {pages.keys[Role.REGULATOR]}"}).json()["objections"]
    context = browser.new_context(base_url=pages.url, locale="zh-CN")
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("#key", pages.keys[Role.REGULATOR])
    page.click(".sign-in button")
    now = f"{datetime.now(LEGAL_ZONE):%Y-%m-%dT%H:%M:%S}"
    difference = f"{page_of(HEAVY)}/difference?from=2024-01-01&policy_from=yinchuan/2026&known_from={now}&known_to={now}"
    for path in ("/worklist", f"/matters/objections/{found[0]['objection_id']}", "/targets", "/rehearsals", difference):
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(in_language(path, language))
            assert page.evaluate(WIDTH) == width, path
            assert page.evaluate(MEASURED) == [], path
            assert page.evaluate(SMALL) == [], path
    context.close()
