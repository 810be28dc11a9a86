"""The sample city's lists in use: what an invented buyer checked and watches, and the measures that invented agencies report."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from data.database import Database, WriteSession, driver_connection, read_pool
from data.stores import knowledge, listings
from models.access import Actor, Role
from models.checks import Purpose
from service.check_answers import CheckAsked, Supplier
from service.clock import legal_day
from service.enterprise_answers import Held
from service.holdings import HoldingsBoard
from service.operations import check as checking
from service.operations.demo_lists import HOUSE
from service.operations.give_feedback import give_feedback
from service.operations.manage_signing_keys import ensure_signing_key
from service.operations.publish_measures import ensure_measures
from service.operations.watch import watch_suppliers
from service.signing import Signer
from service.watch_answers import WatchAsked

Tell = Callable[[str], None]
BUYER = Actor(holder="样例采购中心", role=Role.PROCUREMENT)
PLATFORM = Actor(holder="样例信用共享平台", role=Role.PLATFORM)
UNKNOWN = Supplier(name="样例查无此企业有限公司")
LISTED = 3
"""So many of each list are among the bidders."""
WATCHED_FOR = timedelta(days=365)
MEASURES = (("no_honours", "样例住房和城乡建设局", "不予参评（样例）"), ("weigh_quality_black", "样例采购中心", "从严审查（样例）"))


def use_lists(session: WriteSession, database: Database, *, family: str, signer: Signer, tell: Tell) -> None:
    """Check bidders, watch them, and report measures on the black entries among them; done once."""
    if checking.list_checks(session, actor=BUYER, before=None, limit=1):
        return
    ensure_measures(session, actor=HOUSE)
    session.commit()
    ensure_signing_key(session, signer=signer, actor=HOUSE)
    session.commit()
    today = legal_day()
    black, red = (_on(session, name, today) for name in ("quality_black", "quality_red"))
    bidders = (*(Supplier(scheme=row["scheme"], code=row["value"]) for row in (*black, *red)), UNKNOWN)
    at = checking.Moment(now=datetime.now(UTC), today=today, held=asyncio.run(_held(database.url)))
    checked: list[int] = []
    for number, purpose in enumerate((Purpose.PROCUREMENT, Purpose.FINANCING), 1):
        asked = CheckAsked(purpose=purpose, matter=f"样例项目〔{today.year}〕{number}号", suppliers=bidders)
        checked.append(checking.check(session, asked, actor=BUYER, family=family, at=at, signer=signer)[0])
        session.commit()
    made = watch_suppliers(session, WatchAsked(check_id=checked[0], until=today + WATCHED_FOR), actor=BUYER, today=today)
    reports = [report for number, row in enumerate(black, 1) for report in _reports(row, number)]
    taken = give_feedback(session, reports, actor=PLATFORM, today=today)
    session.commit()
    tell(
        f"in use: {len(checked)} checks of {len(bidders)} bidders, watch {made.watch_id} of those found, {taken.accepted} measures reported"
    )


def _on(session: WriteSession, name: str, day: date) -> list[dict[str, Any]]:
    """The first of those on a list, each with its identifier and name."""
    known_seq = knowledge.resolve(session, None).known_seq
    rows = listings.listed_as_of(session, name, as_of=day, known_seq=known_seq, limit=LISTED)
    who = listings.identities(driver_connection(session), [row["enterprise_key"] for row in rows])
    return [row | dict(zip(("scheme", "value", "name"), who[row["enterprise_key"]], strict=True)) for row in rows]


def _reports(row: dict[str, Any], number: int) -> list[dict[str, Any]]:
    """One report of each measure, from the entry's first day on."""
    return [
        {
            "reference": f"样例-{number}-{measure}",
            "agency": agency,
            "scheme": row["scheme"],
            "code": row["value"],
            "subject": row["name"],
            "list": "quality_black",
            "measure": measure,
            "starts_on": row["starts_on"],
            "content": content,
        }
        for measure, agency, content in MEASURES
    ]


async def _held(url: str) -> tuple[Held, ...]:
    async with read_pool(url, size=1) as pool:
        board = HoldingsBoard(pool)
        await board.refresh()
        return board.held
