"""How a key reaches a page: a form, a cookie that is not the key, and doors that only our own pages open."""

import re
from collections.abc import Iterator

import httpx
import pytest

from data.database import make_engine, write_session
from models.access import Role
from service.operations.manage_keys import create_key, revoke_key
from service.operations.sign_in import hash_token
from service.pages.doors import own_address
from tests.service.pages.conftest import Pages, page_of
from tests.service.serving import OPERATOR
from tests.service.town import CLEAN

FOREIGN = (
    {"Origin": "https://elsewhere.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)
AWAY = (
    *("https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)"),
    *("/\r\nSet-Cookie: a=b", "/\t/elsewhere.example", ""),
)


@pytest.fixture
def browser(pages: Pages) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=pages.url, timeout=60) as client:
        yield client


def opens(pages: Pages, cookies: dict[str, str]) -> bool:
    """Whether copied cookies still show scores."""
    with httpx.Client(base_url=pages.url, cookies=cookies, timeout=60) as client:
        return sees_scores(client)


def sees_scores(client: httpx.Client) -> bool:
    return "检查覆盖" in client.get(page_of(CLEAN)).text


def test_signing_in_opens_what_the_key_opens_and_leads_back(pages: Pages, browser: httpx.Client) -> None:
    assert not sees_scores(browser)
    answer = browser.post("/sign-in", data={"key": f"  {pages.keys[Role.PROCUREMENT]} ", "back_to": page_of(CLEAN)})
    assert (answer.status_code, answer.headers["location"]) == (303, page_of(CLEAN))
    assert sees_scores(browser)


def test_the_cookie_is_not_the_key_and_scripts_and_other_sites_cannot_use_it(pages: Pages, browser: httpx.Client) -> None:
    key = pages.keys[Role.PROCUREMENT]
    cookie = browser.post("/sign-in", data={"key": key}).headers["set-cookie"]
    assert "qck_" not in cookie
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    token = cookie.partition("=")[2].partition(";")[0]
    assert len(token) >= 43
    assert hash_token(token) != token


def test_behind_tls_the_cookie_is_bound_to_the_host(pages: Pages, browser: httpx.Client) -> None:
    answer = browser.post("/sign-in", data={"key": pages.keys[Role.PROCUREMENT]}, headers={"X-Forwarded-Proto": "https"})
    assert answer.headers["set-cookie"].startswith("__Host-qcredit_session=")
    assert "Secure" in answer.headers["set-cookie"]


def test_the_api_never_takes_the_cookie(pages: Pages) -> None:
    assert pages.officer.get(f"/v1/enterprises/cn-uscc/{CLEAN.code}/contributions").status_code == 401
    assert pages.officer.get(f"/v1/enterprises/cn-uscc/{CLEAN.code}").json()["standing"] is None


def test_signing_out_ends_the_session_also_for_a_copy_of_the_cookie(pages: Pages, browser: httpx.Client) -> None:
    browser.post("/sign-in", data={"key": pages.keys[Role.PROCUREMENT]})
    copied = dict(browser.cookies)
    assert browser.post("/sign-out").status_code == 303
    assert not sees_scores(browser)
    assert not opens(pages, copied)


def test_signing_in_again_ends_the_session_before(pages: Pages, browser: httpx.Client) -> None:
    browser.post("/sign-in", data={"key": pages.keys[Role.PROCUREMENT]})
    copied = dict(browser.cookies)
    browser.post("/sign-in", data={"key": pages.keys[Role.PROCUREMENT]})
    assert not opens(pages, copied)


def test_a_revoked_key_ends_its_sessions(pages: Pages, browser: httpx.Client, pages_database: str) -> None:
    engine = make_engine(pages_database, size=1)
    with write_session(engine) as session:
        made = create_key(session, role=Role.PROCUREMENT, holder="passing", actor=OPERATOR)
        session.commit()
    browser.post("/sign-in", data={"key": made.text})
    assert sees_scores(browser)
    with write_session(engine) as session:
        revoke_key(session, made.key_id, actor=OPERATOR)
        session.commit()
    engine.dispose()
    assert not sees_scores(browser)
    assert browser.post("/sign-in", data={"key": made.text}).status_code == 422


@pytest.mark.parametrize("key", ["", "qck_aaaa_bbbb", "qck_", "x" * 3000, "\u202e钥匙", "qck_a_b' OR 1=1"])
def test_a_wrong_key_is_refused_at_the_form_and_says_nothing_more(pages: Pages, browser: httpx.Client, key: str) -> None:
    answer = browser.post("/sign-in", data={"key": key}, headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers
    assert len(key) < 5 or key not in answer.text


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
@pytest.mark.parametrize(
    "sent", [{"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
)
def test_a_form_of_another_site_opens_and_closes_nothing(pages: Pages, browser: httpx.Client, path: str, sent: dict[str, str]) -> None:
    browser.post("/sign-in", data={"key": pages.keys[Role.PROCUREMENT]})
    answer = browser.post(path, data={"key": pages.keys[Role.PLATFORM]}, headers=sent | {"Accept": "text/html"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert sees_scores(browser)


def test_a_form_of_our_own_page_works_in_a_browser(pages: Pages, browser: httpx.Client) -> None:
    for sent in ({"Origin": pages.url}, {"Origin": pages.url, "Sec-Fetch-Site": "same-origin"}):
        assert browser.post("/sign-in", data={"key": pages.keys[Role.PROCUREMENT]}, headers=sent).status_code == 303


@pytest.mark.parametrize("away", AWAY)
def test_signing_in_leads_nowhere_else(away: str) -> None:
    assert own_address(away) == "/"
    assert own_address("/enterprises/cn-uscc/X?as_of=2026-01-01") == "/enterprises/cn-uscc/X?as_of=2026-01-01"


def test_reading_pages_writes_nothing_but_who_looked_whom_up(pages: Pages, pages_database: str) -> None:
    engine = make_engine(pages_database, size=1)
    tables = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'enquiry'"

    def writes() -> list[tuple[str, object]]:
        """Each table with the versions of its rows: any write, also one that changes nothing, makes another version."""
        with write_session(engine) as session:
            run = session.connection().exec_driver_sql
            versions = "SELECT md5(coalesce(string_agg(ctid::text || xmin::text, ',' ORDER BY ctid), '')) FROM"
            return [(name, run(f'{versions} "{name}"').scalar()) for (name,) in run(tables).all()]

    before = writes()
    for path in ("/", "/?q=样品", "/sign-in", page_of(CLEAN), page_of(CLEAN) + "?as_of=2026-06-01&lang=en", "/nowhere", "/?q=没有"):
        assert re.match("[245]", str(pages.officer.get(path).status_code))
    assert writes() == before
    engine.dispose()
