"""A town of a few enterprises, each there for one claim: what it is called says what it is for. All names are invented."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from data.database import WriteSession, make_engine, write_session
from data.stores import changes, knowledge, listings
from data.stores.listings import NewListing, Step
from models.identifiers import key_of, name_key, organization_check_symbol, uscc_check_symbol
from models.listings import Cause, Origin
from models.tables.deliveries import Source
from models.tables.enterprises import Enterprise, EnterpriseIdentifier, EnterpriseLink, EnterpriseName, RegistryFact

SOURCE = "test-bureau"
FOUNDED = date(2015, 3, 1)


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
        "origin": Origin.RECORD,
        "record_key": one.key,
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
