"""A town of a few enterprises, each there for one claim: what it is called says what it is for. All names are invented."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from data.database import WriteSession, driver_connection, make_engine, write_session
from data.policy_files import SHIPPED
from data.stores import changes, knowledge, listings
from data.stores.listings import NewListing, Step
from data.stores.policies import policy_in_force
from models.identifiers import key_of, name_key, organization_check_symbol, uscc_check_symbol
from models.listings import Cause, Origin
from models.tables.deliveries import Delivery, Source, StoredFile
from models.tables.enterprises import Enterprise, EnterpriseIdentifier, EnterpriseLink, EnterpriseName, RegistryFact
from models.tables.grade_notices import GradeNotice
from models.tables.listings import Decision
from models.tables.records import RecordRow
from models.tables.runs import Standing
from service.clock import legal_day
from service.operations.publish_policy import publish_policy
from service.operations.publish_procedures import publish_shipped
from tests.entries import add_run
from tests.service.serving import OPERATOR

SOURCE = "test-bureau"
FOUNDED = date(2015, 3, 1)
DECISION = 1


def code(number: int, prefix: str = "91640100") -> str:
    """A unified social credit code that checks, for invented enterprises."""
    inner = f"MA{number:06d}"
    first17 = prefix + inner + organization_check_symbol(inner)
    return first17 + uscc_check_symbol(first17)


@dataclass(frozen=True)
class Someone:
    """One enterprise of the town."""

    code: str
    name: str

    @property
    def key(self) -> int:
        return key_of("cn-uscc", self.code)

    @property
    def path(self) -> str:
        return f"/v1/enterprises/cn-uscc/{self.code}"


CLEAN = Someone(code(1), "银川市清白样品食品有限公司")
RENAMED = Someone(code(2), "银川市改名样品建材有限公司")
BLACK = Someone(code(3), "银川市失信样品机械有限公司")
REPAIRED = Someone(code(4), "银川市修复样品化工有限公司")
TWIN = Someone(code(5), "同名样品商贸有限公司")
OTHER_TWIN = Someone(code(6), "同名样品商贸有限公司")
BRANCH = Someone(code(7), "银川市清白样品食品有限公司金凤分公司")
PERSON = Someone(code(8, "92640104"), "兴庆区某某样品小吃店")
LISTED_PERSON = Someone(code(9, "92640104"), "兴庆区上榜样品小吃店")
RED = Someone(code(10), "银川市守信样品乳业有限公司")
TOWN = (CLEAN, RENAMED, BLACK, REPAIRED, TWIN, OTHER_TWIN, BRANCH, PERSON, LISTED_PERSON, RED)
FORMER_NAME = "银川市旧名样品建材厂"
NATURAL = (PERSON, LISTED_PERSON)


def found_town(url: str) -> None:
    """Write the town into a migrated, empty database."""
    engine = make_engine(url, size=1)
    with write_session(engine) as session:
        session.add(Source(code=SOURCE, title_zh="样品局", title_en="Sample bureau", kinds=["penalty", "enterprise"]))
        session.flush()
        _register(session)
        session.commit()
        _list(session)
        session.commit()
        _record(session)
        session.commit()
        for name in ("yinchuan-2019", "yinchuan-2026"):
            text = (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")
            publish_policy(session, text=text, file=name, today=date(2026, 1, 1), actor=OPERATOR)
            session.commit()
        publish_shipped(session, actor=OPERATOR)
        session.commit()
        _stand(session)
        for one in TOWN:
            if one is RENAMED:
                continue  # what others see of it waits for a notice
            tell_grades(session, one.key, "C", "D")
        session.commit()
    engine.dispose()


def _register(session: WriteSession) -> None:
    seq = knowledge.draw(session, "registry").known_seq
    for one in TOWN:
        session.add(Enterprise(enterprise_key=one.key, founding_scheme="cn-uscc", founding_value=one.code, known_seq=seq))
    session.flush()
    for one in TOWN:
        key = one.key
        natural = one in NATURAL
        kind = "individual" if natural else "limited_company"
        session.add(EnterpriseIdentifier(scheme="cn-uscc", value=one.code, known_seq=seq, enterprise_key=key))
        session.add(
            RegistryFact(
                enterprise_key=key,
                valid_from=FOUNDED,
                known_seq=seq,
                type=kind,
                state="in_business",
                region="640104",
                industry="1432",
                registered_on=FOUNDED,
                is_natural_person=natural,
            )
        )
        since = date(2020, 1, 1) if one is RENAMED else None
        session.add(EnterpriseName(enterprise_key=key, name=one.name, known_seq=seq, name_key=name_key(one.name), valid_from=since))
    session.add(
        EnterpriseName(
            enterprise_key=RENAMED.key,
            name=FORMER_NAME,
            known_seq=seq,
            name_key=name_key(FORMER_NAME),
            valid_from=FOUNDED,
            valid_until=date(2020, 1, 1),
        )
    )
    session.add(EnterpriseLink(from_key=BRANCH.key, to_key=CLEAN.key, kind="branch_of", known_seq=seq))


def _list(session: WriteSession) -> None:
    """Entries rest on a decision: those of records that are not there would be annulled within the hour."""
    decision = Decision(
        act="list", authority="样品局", document_no="样决", basis="样品办法", reason="样品", decided_on=FOUNDED, officers=[], answer={}
    )
    session.add(decision)
    session.flush()
    assert decision.decision_id == DECISION
    entries = [entry(BLACK), entry(LISTED_PERSON), entry(REPAIRED), entry(RED, list="quality_red", colour="red")]
    seq = knowledge.draw(session, "decision").known_seq
    moves = listings.enter(session, entries, known_seq=seq)
    changes.append(session, moves, known_seq=seq)
    session.commit()
    number = next(one.listing_id for one in moves if one.enterprise_key == REPAIRED.key)
    seq = knowledge.draw(session, "decision").known_seq
    moves = listings.move(session, [Step(number, Cause.REPAIRED, date(2026, 6, 1))], known_seq=seq)
    changes.append(session, moves, known_seq=seq)


def entry(one: Someone, **given: Any) -> NewListing:
    """A lawful entry of one of the town."""
    values: dict[str, Any] = {
        "enterprise_key": one.key,
        "list": "quality_black",
        "colour": "black",
        "origin": Origin.DECISION,
        "decision_id": DECISION,
        "decided_on": date(2026, 1, 10),
        "starts_on": date(2026, 1, 15),
        "ends_on": date(2099, 1, 15),
        "reason": "拒不改正",
        "basis": "样品办法第十二条",
        "authority": "样品局",
        "decision_no": f"样决〔2026〕{one.code[-3:]}号",
        "clause": {"act": "sample-measures", "article": "12", "mark": "sample", "note": None},
    }
    return NewListing(**(values | given))


def _record(session: WriteSession) -> None:
    """Four penalties of CLEAN: one plain, one repaired, one whose publication is over, one withdrawn; and one of REPAIRED."""
    drawn = knowledge.draw(session, "delivery")
    session.add(StoredFile(sha256="0" * 64, size=1))
    session.flush()
    delivery = Delivery(
        source=SOURCE,
        profile="native",
        profile_version=1,
        profile_hash="0",
        idempotency_key="town",
        file_name="town.csv",
        file_sha256="0" * 64,
        state="published",
        received_from="town",
        published_at=drawn.committed_at,
        known_seq=drawn.known_seq,
    )
    session.add(delivery)
    session.flush()
    given: list[tuple[str, Someone, dict[str, Any]]] = [
        ("plain", CLEAN, {}),
        ("repaired", CLEAN, {"repaired_on": date(2026, 7, 1)}),
        ("over", CLEAN, {"public_until": date(2026, 8, 1)}),
        ("withdrawn", CLEAN, {"is_withdrawn": True}),
        ("other", REPAIRED, {}),
    ]
    for row_no, (ref, one, changed) in enumerate(given, 1):
        key = key_of(SOURCE, ref)
        values: dict[str, Any] = {
            "record_key": key,
            "revision": 1,
            "source": SOURCE,
            "source_ref": ref,
            "enterprise_key": one.key,
            "event_key": key,
            "kind": "penalty",
            "outcome": "fine",
            "severity": "minor",
            "capacity": "party",
            "code": "quality_violation",
            "title": "样品处罚",
            "authority": "样品局",
            "document_no": f"样罚〔2026〕{row_no}号",
            "occurred_on": date(2026, 2, row_no),
            "concluded_on": date(2026, 3, 1),
            "decided_on": date(2026, 3, 1),
            "quantities_x10000": {"fine_cny": 50_000_500},
            "detail": {"violation": "样品不合格"},
            "delivery_id": delivery.delivery_id,
            "row_no": row_no,
            "content_hash": row_no,
            "recorded_at": drawn.committed_at,
            "known_seq": drawn.known_seq,
        }
        session.add(RecordRow(**(values | changed)))


def propose_entry(url: str, one: Someone, *, list_name: str = "quality_black", state: str = "open") -> int:
    """A proposal to enter one of the town, as a run leaves it; gives its number."""
    engine = make_engine(url, size=1)
    with write_session(engine) as session:
        policy = policy_in_force(session, "yinchuan", legal_day(), knowledge.resolve(session, None).known_seq)
        run_id = add_run(session, policy.policy_hash, as_of=legal_day(), by="night run", known_seq=1)
        made = driver_connection(session).execute(
            "INSERT INTO proposal (enterprise_key, list, direction, state, decided_by, policy_hash, procedure_hash, clause, opened_by_run,"
            " renewed_by_run, proposed_by, answer, opened_at)"
            " SELECT %s, list, 'enter', %s, 'officer', %s, procedure_hash, '{}', %s, %s, '[]', '{}', now() FROM procedure"
            " WHERE list = %s AND matter = 'enter' AND decided_by = 'officers' AND in_force_until IS NULL RETURNING proposal_id",
            (one.key, state, policy.policy_hash, run_id, run_id, list_name),
        )
        row = made.fetchone()
        session.commit()
    engine.dispose()
    assert row is not None
    return int(row[0])


def tell_grades(session: WriteSession, key: int, *grades: str) -> None:
    """The notices of these bad grades, given long ago, so that others see them; the last one is the present grade."""
    for grade in grades:
        session.add(
            GradeNotice(
                enterprise_key=key,
                grade=grade,
                policy="yinchuan/2026",
                noticed_on=date(2026, 4, 1),
                noticed_by="run 1",
                shown_from=date(2026, 4, 9),
                ended_on=None if grade == grades[-1] else date(2026, 4, 10),
            )
        )
    session.flush()


def _stand(session: WriteSession) -> None:
    """A stored standing of CLEAN, as a run would leave it."""
    known = knowledge.resolve(session, None)
    found = policy_in_force(session, "yinchuan", date(2026, 6, 1), known.known_seq)
    session.add(
        Standing(
            enterprise_key=CLEAN.key,
            policy_hash=found.policy_hash,
            policy=found.name,
            as_of=date(2026, 6, 1),
            known_seq=known.known_seq,
            answer_hash=1,
            total_x100=95_050,
            score_x100=95_050,
            grade="B",
            ladder_grade="B",
            is_rated=True,
            records_known=4,
            covered={rule.code: None for rule in found.policy.coverage},
            lists={},
            next_change_on=date(2027, 1, 1),
        )
    )
