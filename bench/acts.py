"""Some weeks of an office in the sample city as a fixed script: runs, notices, decisions, stays, deliveries, and what each day brings.

Every act may be asked for again, as by a process that was killed and does not know how far it came. Votes, steps and acts of courts carry
an idempotency key, as requests do; a day, a run and a delivery tell by themselves that they are through. Nothing here names a number that
the database gave: after a kill numbers may be skipped.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from bench.town import ACTOR
from data.database import JOB, Database, Engine, WriteSession, driver_connection, make_engine, write_session
from data.intake.profiles import load_profile
from data.stores import evidence, trees
from data.stores.matters import ServiceMethod
from data.stores.stays import Act as CourtAct
from models.access import Actor, Role
from models.procedures import StepName
from service.clock import legal_day
from service.operations import follow_matter
from service.operations.decide import Grounds, Verdict, decide
from service.operations.deliver import deliver
from service.operations.do_once import do_once
from service.operations.expire import expire_in_parts
from service.operations.follow_matter import Served, StepAsked
from service.operations.recalculate import Request, publish, recalculate
from service.operations.stay import StayAsked, stay

FIRST, DECIDED, SECOND, LAST = date(2026, 10, 12), date(2026, 10, 22), date(2026, 11, 9), date(2026, 11, 16)
"""The first run and its notices, the decisions after the days of notice, the second run, and the last day that ends something."""
SHORT_END = date(2026, 11, 5)
REDS, BLACKS, DELIVERIES, PER_DELIVERY = 6, 3, 6, 3
OFFICERS = tuple(Actor(holder=name, role=Role.REGULATOR) for name in ("first officer", "second officer"))
REVIEWER, ABOVE = (Actor(holder=name, role=Role.REGULATOR) for name in ("reviewer", "officer above"))
AUTHORITY = "样例市市场监督管理局"
_PROPOSAL = "SELECT proposal_id FROM proposal WHERE list = %s AND direction = %s ORDER BY enterprise_key OFFSET %s LIMIT 1"
_ENTRY = """
SELECT listing_id, enterprise_key, founding_value FROM listing JOIN enterprise USING (enterprise_key)
WHERE list = 'quality_black' AND origin = 'decision' ORDER BY enterprise_key OFFSET %s LIMIT 1
"""
_CODES = "SELECT value FROM enterprise_identifier WHERE scheme = 'cn-uscc' ORDER BY enterprise_key OFFSET %s LIMIT %s"
_RUN = "SELECT run_id, state FROM run WHERE as_of = %s AND state IN ('finished', 'published') ORDER BY state DESC, run_id DESC LIMIT 1"


@dataclass(frozen=True)
class Office:
    """Where the script is carried out."""

    database: Database
    engine: Engine


@dataclass(frozen=True)
class Act:
    """One act: its name is its key, its kind what a kill is counted under."""

    name: str
    kind: str
    do: Callable[[Office], None]


def carry_out(url: str, script: list[Act], start: int, begun: Callable[[int], None]) -> None:
    """Do the script from an act on; `begun` hears of each, and of the end. The trees follow each act, as in the service."""
    office = Office(Database(url), make_engine(url, limits=JOB, size=2))
    for number, act in enumerate(script[start:], start):
        begun(number)
        act.do(office)
        with write_session(office.engine) as session:
            trees.catch_up(session)
            session.commit()
    begun(len(script))
    office.engine.dispose()


def the_script() -> list[Act]:
    """All acts, in order."""
    return list(_acts())


def _acts() -> Iterator[Act]:
    yield _run(FIRST)
    for number in range(REDS):
        ends_on = SHORT_END if number % 2 else None
        yield _vote("quality_red", "enter", number, OFFICERS[0], FIRST, accepts=number % 5 != 4, ends_on=ends_on)
    for number in range(BLACKS):
        yield from _matter(number)
    for number in range(DELIVERIES):
        yield Act(f"list decisions {number}", "delivery", partial(_deliver_listed, number=number, revised=False))
    yield from _days(FIRST, DECIDED)
    for number in range(BLACKS):
        for officer in OFFICERS:
            yield _vote("quality_black", "enter", number, officer, DECIDED)
    yield _of_court(CourtAct.STAY, 0, date(2026, 10, 26))
    yield _of_court(CourtAct.STAY, 1, date(2026, 10, 26))
    yield _of_court(CourtAct.LIFT, 1, date(2026, 11, 2))
    for number in (1, 2):
        yield Act(f"withdrawal {number}", "delivery", partial(_withdraw, number=number))
    for officer in OFFICERS:
        yield _vote("quality_black", "annul", 0, officer, legal_day())  # its days run from the day on which the withdrawal came
    yield _vote("quality_black", "annul", 1, OFFICERS[0], legal_day(), accepts=False)
    yield from _days(DECIDED, SECOND)
    yield _run(SECOND)
    for number in range(0, DELIVERIES, 2):
        yield Act(f"list decisions {number} revised", "delivery", partial(_deliver_listed, number=number, revised=True))
    yield from _days(SECOND, LAST)


def _days(after: date, until: date) -> Iterator[Act]:
    for number in range(1, (until - after).days + 1):
        day = after + timedelta(days=number)
        yield Act(f"day {day}", "expiry", partial(_pass_day, day=day))


def _pass_day(office: Office, *, day: date) -> None:
    """In the smallest parts, so that a kill may come between any two."""
    with write_session(office.engine) as session:
        expire_in_parts(session, as_of=day, actor=ACTOR, at_once=1)


def _run(as_of: date) -> Act:
    return Act(f"run {as_of}", "publication", partial(_evaluate, as_of=as_of))


def _evaluate(office: Office, *, as_of: date) -> None:
    """Run and publish; a run that was left unfinished is made again, a finished one only published."""
    with write_session(office.engine) as session:
        found = driver_connection(session).execute(_RUN, (as_of,)).fetchone()
    run_id, state = found or (None, None)
    if run_id is None:
        run_id = recalculate(office.database, Request(as_of=as_of, family="yinchuan"), actor=ACTOR)
    if state != "published":
        publish(office.database, run_id, actor=ACTOR, noticed_on=as_of)


def _once(name: str, kind: str, actor: Actor, act: Callable[[WriteSession], None]) -> Act:
    """An act in one transaction with its key, as a request with an Idempotency-Key."""

    def do(office: Office) -> None:
        def answer() -> dict[str, Any]:
            act(session)
            return {}

        with write_session(office.engine) as session:
            do_once(session, key=name, actor=actor, request=name, status=200, act=answer)
            session.commit()

    return Act(name, kind, do)


def _vote(
    list_name: str, direction: str, number: int, officer: Actor, day: date, *, accepts: bool = True, ends_on: date | None = None
) -> Act:
    name = f"{officer.holder} on {list_name} {direction} {number}"
    grounds = Grounds(
        reason="事实清楚",
        authority=AUTHORITY,
        document_no=f"样市监认〔2026〕{list_name}{number}号",
        basis="样例办法第十二条",
        ends_on=ends_on,
    )

    def act(session: WriteSession) -> None:
        proposal_id = _number_of(session, _PROPOSAL, list_name, direction, number)
        verdict = Verdict.ACCEPT if accepts else Verdict.REFUSE
        decide(session, proposal_id, verdict=verdict, grounds=grounds, decided_on=day, actor=officer)

    return _once(name, "decision", officer, act)


def _matter(number: int) -> Iterator[Act]:
    """The steps before a black decision: notice, for some a statement and its answer, consent."""
    served = Served(method=ServiceMethod.DIRECT, served_on=FIRST, proof=f"样例送达回证 {number}")
    notice = StepAsked(
        step=StepName.NOTICE, done_on=FIRST, reasons="符合标准", evidence="批次", basis="办法", rights="可以陈述、申辩", service=served
    )
    yield _step(number, notice, OFFICERS[0])
    if number % 2 == 0:
        yield _step(number, StepAsked(step=StepName.STATEMENT, done_on=date(2026, 10, 14), reasons="已经整改"), OFFICERS[0])
        yield _step(number, StepAsked(step=StepName.ANSWER, done_on=date(2026, 10, 16), finding="不影响认定"), REVIEWER)
    consent = StepAsked(step=StepName.CONSENT, done_on=date(2026, 10, 17), authority="样例自治区局", document_no=f"样函{number}号")
    yield _step(number, consent, ABOVE)


def _step(number: int, asked: StepAsked, actor: Actor) -> Act:
    def act(session: WriteSession) -> None:
        follow_matter.take(session, _number_of(session, _PROPOSAL, "quality_black", "enter", number), asked, actor=actor)

    return _once(f"{asked.step} of black {number}", "step", actor, act)


def _of_court(what: CourtAct, number: int, day: date) -> Act:
    asked = StayAsked(act=what, effective_on=day, authority="样例市中级人民法院", document_no=f"样行{what}字{number}号", reason="样例")

    def act(session: WriteSession) -> None:
        stay(session, _number_of(session, _ENTRY, number), asked, actor=OFFICERS[1])

    return _once(f"{what} {number}", "stay", OFFICERS[1], act)


def _deliver_listed(office: Office, *, number: int, revised: bool) -> None:
    """List decisions of another authority; revised, one of them is withdrawn and the others are repaired."""
    with write_session(office.engine) as session:
        rows = driver_connection(session).execute(_CODES, (number * PER_DELIVERY, PER_DELIVERY)).fetchall()
        said = [
            {
                "source_ref": f"taxes {number}/{place}",
                "cn_uscc": code,
                "kind": "listing",
                "outcome": "listed",
                "occurred_on": "2026-10-10",
                "concluded_on": "2026-10-10",
                "decided_on": "2026-10-10",
                "in_force_from": "2026-10-10",
                "in_force_until": "2029-10-10",
                "authority": "样例税务局",
                "document_no": f"样税{number}-{place}号",
                "detail.list": "tax_violation",
                "detail.reason": "样例",
                "detail.basis": "样例办法",
                "repaired_on": "2026-11-10" if revised and place else "",
                "withdrawn": "true" if revised and not place else "",
            }
            for place, (code,) in enumerate(rows)
        ]
        _send(session, said, name=f"listed-{number}-{revised}", source="sample-tax")


def _withdraw(office: Office, *, number: int) -> None:
    """The withdrawal of what a black entry rests on, as an agency sends it after a court annulled the penalty."""
    columns = ("source_ref", "event_ref", "kind", "outcome", "severity", "code", "occurred_on", "concluded_on", "document_no")
    with write_session(office.engine) as session:
        entry = driver_connection(session).execute(_ENTRY, (number,)).fetchone()
        assert entry is not None
        seen = evidence.records_of(session, entry[1], known_seq=2, today=LAST, show_all=True)
        behind = [one for one in seen if one["source"] == "sample-market" and one["kind"] in {"penalty", "recall", "accident"}]
        said = [{name: one[name] or "" for name in columns} | {"cn_uscc": entry[2], "withdrawn": "true"} for one in behind]
        _send(session, said, name=f"withdrawn-{number}", source="sample-market")


def _send(session: WriteSession, rows: list[dict[str, Any]], *, name: str, source: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    deliver(
        session,
        file=io.BytesIO(text.getvalue().encode()),
        file_name=f"{name}.csv",
        profile=load_profile("native"),
        source=source,
        actor=ACTOR,
        idempotency_key=name,
    )


def _number_of(session: WriteSession, statement: str, *asked: Any) -> int:
    found = driver_connection(session).execute(statement, asked).fetchone()
    assert found is not None, f"the city has no {asked}"
    return int(found[0])
