"""The sample city's lists, carried through every state by the doors that officers use: notice, statement, consent, decision, announcement,
stay, review, annulment. Everybody in it is invented.
"""

import csv
import io
from collections.abc import Callable, Iterable
from datetime import date, timedelta

from data.codes.working_days import working_days
from data.database import WriteSession
from data.intake.profiles import load_profile
from data.stores import evidence, listings, proposals
from data.stores.matters import ServiceMethod
from data.stores.proposals import Row
from data.stores.stays import Act
from models.access import Actor, Role
from models.listings import ListingState, Origin
from models.procedures import StepName
from service.clock import legal_day
from service.operations import follow_matter
from service.operations.decide import Grounds, NoLongerSupported, Verdict, decide
from service.operations.deliver import deliver
from service.operations.expire import expire
from service.operations.follow_matter import Served, StepAsked
from service.operations.stay import StayAsked, stay

Tell = Callable[[str], None]
OFFICERS = tuple(Actor(holder=name, role=Role.REGULATOR) for name in ("样例审核员甲", "样例审核员乙"))
REVIEWER = Actor(holder="样例复核员", role=Role.REGULATOR)
ABOVE = Actor(holder="样例上级审核员", role=Role.REGULATOR)
HOUSE = Actor(holder="样例操作员", role=Role.ADMIN)
AUTHORITY = "银川市市场监督管理局（样例）"
DECIDED = 40
"""How many of the proposals the two officers decide; the rest wait for whoever tries the service."""
REFUSED_EVERY = 8
STATED_EVERY = 3
WAITING = 2
"""So many noticed matters are left for whoever tries the service."""


def decide_lists(session: WriteSession, as_of: date, tell: Tell) -> None:
    """Decide the first proposals of a run as two officers, each by its procedure; done once."""
    if _decided_before(session):
        return
    today = legal_day()
    waiting = [row for row in proposals.list_proposals(session, limit=1000) if row["decided_by"] != "run"][:DECIDED]
    counts = {"noticed": 0, "accepted": 0, "refused": 0}
    burdening = [row for row in waiting if _asks_for_notice(session, row)]
    for number, proposal in enumerate(waiting, 1):
        decided_on = as_of if proposal not in burdening else _prepare(session, proposal, number, as_of=as_of)
        if number % 2 and proposal not in burdening:
            # Decided lately, so that its announcement is still running.
            decided_on = max(as_of, min(today - timedelta(days=2), working_days().last - timedelta(days=20)))
        if decided_on > today or proposal in burdening[-WAITING:]:
            counts["noticed"] += 1
        else:
            session.commit()  # a vote that the day's facts do not support is undone, the steps before it stay
            refuses = number % REFUSED_EVERY == 0
            counts[_decide(session, proposal, number, decided_on=decided_on, refuses=refuses)] += 1
        session.commit()
    told = ", ".join(f"{count} {state}" for state, count in counts.items())
    tell(f"carried {sum(counts.values())} proposals through notice, consent and decision: {told}")


def let_days_pass(session: WriteSession, day: date, tell: Tell) -> None:
    """Do what a day brings: announced entries begin, run matters are entered, terms end."""
    done = expire(session, as_of=day, actor=HOUSE)
    session.commit()
    ended = ", ".join(f"{count} {cause}" for cause, count in sorted(done.ended.items()))
    if done.begun or done.entered or ended:
        tell(f"as of {day}: {done.begun} announced entries began, {done.entered} entered, ended: {ended or 'none'}")


def disturb(session: WriteSession, *, source: str, tell: Tell) -> None:
    """A court stays an entry, another stay is lifted; the records behind two entries are withdrawn, and one of them is annulled. Once."""
    mine = [row for row in _black_by_decision(session) if row["state"] == ListingState.IN_FORCE]
    if len(mine) < 4 or any(row["stays"] for row in mine):
        return
    stayed, lifted, annulled, reviewed = mine[:4]
    for row in (stayed, lifted):
        _stay(session, row, Act.STAY, days_ago=6)
    _stay(session, lifted, Act.LIFT, days_ago=1)
    for row in (annulled, reviewed):
        _withdraw_basis(session, row, source=source)
    for proposal in proposals.list_proposals(session, limit=1000):
        if proposal["direction"] == "annul" and proposal["listing_id"] == annulled["listing_id"]:
            _decide(session, proposal, 90, decided_on=legal_day(), refuses=False)
            session.commit()
    states = [listings.get_listing(session, row["listing_id"])["state"] for row in (stayed, lifted, annulled, reviewed)]
    tell(f"acts of a court and withdrawn records: entries now {', '.join(states)}")


def _decided_before(session: WriteSession) -> bool:
    closed = {"accepted", "refused", "noticed"}
    seen = proposals.list_proposals(session, states=None, limit=1000)
    return any(row["state"] in closed and row["decided_by"] != "run" for row in seen)


def _asks_for_notice(session: WriteSession, proposal: Row) -> bool:
    return any(stage.step is StepName.NOTICE for stage in follow_matter.show(session, proposal["proposal_id"]).to_come)


def _prepare(session: WriteSession, proposal: Row, number: int, *, as_of: date) -> date:
    """Give notice, hear what every third enterprise says, ask the authority above; gives the first day on which it may be decided."""
    served = Served(method=ServiceMethod.DIRECT, served_on=as_of, proof=f"样例送达回证 {number}")
    notice = StepAsked(
        step=StepName.NOTICE,
        done_on=as_of,
        reasons="样例：符合名单标准",
        evidence=f"评价批次 {proposal['opened_by_run']}",
        basis=f"{proposal['clause']['act']} {proposal['clause']['article']}",
        rights="收到告知之日起五个工作日内可以陈述、申辩",
        service=served,
    )
    number_of = proposal["proposal_id"]
    matter = follow_matter.take(session, number_of, notice, actor=OFFICERS[0])
    opens_on = next((clock.opens_on for clock in matter.clocks if clock.step is StepName.DECISION), as_of)
    if number % STATED_EVERY == 0:
        said = StepAsked(step=StepName.STATEMENT, done_on=as_of + timedelta(days=2), reasons="样例：已经整改，请求不予列入")
        follow_matter.take(session, number_of, said, actor=OFFICERS[0])
        answer = StepAsked(step=StepName.ANSWER, done_on=as_of + timedelta(days=4), finding="样例：整改属实，不影响认定")
        matter = follow_matter.take(session, number_of, answer, actor=REVIEWER)
    if any(stage.step is StepName.CONSENT for stage in matter.to_come):
        agreed = StepAsked(
            step=StepName.CONSENT, done_on=as_of + timedelta(days=5), authority="样例自治区局", document_no=f"样区监函〔2026〕{number}号"
        )
        follow_matter.take(session, number_of, agreed, actor=ABOVE)
    return opens_on


def _decide(session: WriteSession, proposal: Row, number: int, *, decided_on: date, refuses: bool) -> str:
    """Decide as the officers; what the facts of the day do not support any more they refuse. Gives what came of it."""
    grounds = Grounds(
        reason="样例：经复核事实不足以支持" if refuses else "样例：事实清楚，符合认定标准",
        authority=AUTHORITY,
        document_no=f"银市监样认〔{decided_on.year}〕{number}号",
        basis=f"{proposal['clause'].get('act', '')} {proposal['clause'].get('article', '')}",
    )
    verdict = Verdict.REFUSE if refuses else Verdict.ACCEPT
    try:
        for officer in OFFICERS if proposal["decided_by"] == "two_officers" and not refuses else OFFICERS[:1]:
            decide(session, proposal["proposal_id"], verdict=verdict, grounds=grounds, decided_on=decided_on, actor=officer)
    except NoLongerSupported:
        session.rollback()
        return _decide(session, proposal, number, decided_on=decided_on, refuses=True)
    return "refused" if refuses else "accepted"


def _stay(session: WriteSession, row: Row, act: Act, *, days_ago: int) -> None:
    asked = StayAsked(
        act=act,
        effective_on=max(row["starts_on"], legal_day() - timedelta(days=days_ago)),
        authority="样例市中级人民法院",
        document_no=f"（样例）行停字{row['listing_id']}号",
        reason="样例：诉讼期间中止执行" if act is Act.STAY else "样例：判决维持，恢复执行",
    )
    stay(session, row["listing_id"], asked, actor=OFFICERS[0])
    session.commit()


def _black_by_decision(session: WriteSession) -> list[Row]:
    rows = listings.current_listings(session, enterprise_keys=listings.enterprises_on(session, "quality_black"))
    return [row for row in rows if row["list"] == "quality_black" and row["origin"] == Origin.DECISION]


def _withdraw_basis(session: WriteSession, row: Row, *, source: str) -> None:
    """Deliver the withdrawal of what the entry rests on, as the agency would after a court annulled it."""
    seen = evidence.records_of(session, row["enterprise_key"], known_seq=2**62, today=legal_day(), show_all=True)
    behind = [one for one in seen if one["source"] == source and one["kind"] in {"penalty", "recall", "accident"}]
    (who,) = listings.identities_of(session, [row["enterprise_key"]]).values()
    deliver(
        session,
        file=io.BytesIO(_as_csv(behind, code=who[1])),
        file_name=f"withdrawn-{row['listing_id']}.csv",
        profile=load_profile("native"),
        source=source,
        actor=HOUSE,
    )
    session.commit()


def _as_csv(records: Iterable[Row], *, code: str) -> bytes:
    text = io.StringIO()
    columns = ("source_ref", "event_ref", "kind", "outcome", "severity", "code", "occurred_on", "concluded_on", "document_no")
    writer = csv.writer(text)
    writer.writerow([*columns, "cn_uscc", "withdrawn"])
    writer.writerows([*(one[name] for name in columns), code, "true"] for one in records)
    return text.getvalue().encode()
