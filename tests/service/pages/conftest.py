"""A served town with one enterprise that has too much of everything, and browsers that are signed in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from data.database import WriteSession, make_engine, write_session
from data.stores import changes, knowledge, listings
from models.access import Role
from models.identifiers import key_of, name_key
from models.tables.base import now
from models.tables.enterprises import Enterprise, EnterpriseIdentifier, EnterpriseName, RegistryFact
from models.tables.records import RecordRow
from service.pages.frame import LANGUAGE_COOKIE
from tests.service.pages.reading import Element, read
from tests.service.serving import make_keys, serving
from tests.service.town import SOURCE, Someone, code, entry, found_town, tell_grades

HOSTILE = '<script>alert("1")</script>\'>&{{7*7}}'
HEAVY = Someone(code(77), f"银川市重负样品食品有限公司{HOSTILE}")
LISTS = (("quality_black", "black"), ("serious_illegal", "other"), ("sector_blacklist", "other"), ("abnormal_operation", "other"))
CODES = ("fake_goods", "ip_infringement", "consumer_deception", "procurement_violation", "food_safety_violation", "labelling_violation")
RECORDS = 120


@dataclass(frozen=True)
class Pages:
    """The running service, a key of each role, and a client of each that signed in with it."""

    public: httpx.Client
    keys: dict[Role, str]
    officer: httpx.Client
    platform: httpx.Client
    enterprise: httpx.Client
    regulator: httpx.Client
    url: str

    def read(self, path: str, *, client: httpx.Client | None = None, status: int = 200, **params: Any) -> Element:
        answer = (client or self.public).get(path, params=params or None, headers={"Accept": "text/html"}, follow_redirects=True)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return read(answer.text)


@pytest.fixture(autouse=True)
def _language_forgotten(request: pytest.FixtureRequest) -> Iterator[None]:
    """The shared clients remember a language as browsers do; the next test begins without."""
    yield
    if "pages" in request.fixturenames:
        pages: Pages = request.getfixturevalue("pages")
        for client in (pages.public, pages.officer, pages.platform, pages.enterprise, pages.regulator):
            with suppress(KeyError):
                client.cookies.delete(LANGUAGE_COOKIE)


def page_of(one: Someone) -> str:
    return f"/enterprises/cn-uscc/{one.code}"


@pytest.fixture(scope="session")
def pages_database(clone: Callable[[], str]) -> str:
    return clone()


@pytest.fixture(scope="session")
def pages(pages_database: str) -> Iterator[Pages]:
    url = pages_database
    found_town(url)
    engine = make_engine(url, size=1)
    with write_session(engine) as session:
        _burden(session)
        session.commit()
    engine.dispose()
    keys = make_keys(url, source=SOURCE, enterprise=HEAVY.code)
    with serving(url) as public:
        address = str(public.base_url)
        with ExitStack() as clients:
            roles = {"officer": Role.PROCUREMENT, "platform": Role.PLATFORM, "enterprise": Role.ENTERPRISE, "regulator": Role.REGULATOR}
            signed_in = {name: clients.enter_context(httpx.Client(base_url=address, timeout=60)) for name in roles}
            for name, role in roles.items():
                assert signed_in[name].post("/sign-in", data={"key": keys[role]}).status_code == 303
            yield Pages(public=public, keys=keys, url=address, **signed_in)


def _burden(session: WriteSession) -> None:
    seq = knowledge.draw(session, "registry").known_seq
    session.add(Enterprise(enterprise_key=HEAVY.key, founding_scheme="cn-uscc", founding_value=HEAVY.code, known_seq=seq))
    session.flush()
    session.add(EnterpriseIdentifier(scheme="cn-uscc", value=HEAVY.code, known_seq=seq, enterprise_key=HEAVY.key))
    fact = RegistryFact(enterprise_key=HEAVY.key, valid_from=date(2010, 1, 1), known_seq=seq, state="in_business", region="640104")
    session.add(fact)
    for number in range(6):
        name = HEAVY.name if number == 5 else f"银川市第{number}号曾用样品食品加工贸易有限责任公司"
        since, until = date(2010 + number, 1, 1), None if number == 5 else date(2011 + number, 1, 1)
        known = EnterpriseName(
            enterprise_key=HEAVY.key, name=name, known_seq=seq, name_key=name_key(name), valid_from=since, valid_until=until
        )
        session.add(known)
    entries = [entry(HEAVY, list=name, colour=colour, reason=f"拒不改正，情节严重{HOSTILE}" * 6) for name, colour in LISTS]
    changes.append(session, listings.enter(session, entries, known_seq=seq), known_seq=seq)
    tell_grades(session, HEAVY.key, "C", "D")
    for number in range(RECORDS):
        session.add(_record(number, known_seq=seq))


def _record(number: int, *, known_seq: int) -> RecordRow:
    ref, day = f"heavy-{number}", date(2026, 10, 20) - timedelta(days=3 * number)
    key = key_of(SOURCE, ref)
    return RecordRow(
        record_key=key,
        revision=1,
        source=SOURCE,
        source_ref=ref,
        enterprise_key=HEAVY.key,
        event_key=key,
        kind="penalty",
        outcome="fine",
        severity="general",
        capacity="party",
        code=CODES[number % len(CODES)],
        title=f"经营不符合食品安全标准的食品、未按规定标示{HOSTILE}",
        authority="银川市市场监督管理局兴庆区分局",
        document_no=f"银兴市监处罚〔{day.year}〕{number}号",
        occurred_on=day,
        concluded_on=day,
        decided_on=day,
        quantities_x10000={"fine_cny": 500_000_000},
        detail={"violation": f"当事人经营标签不符合规定的食品{HOSTILE}"},
        delivery_id=1,
        row_no=number + 100,
        content_hash=number,
        recorded_at=now(),
        known_seq=known_seq,
    )
