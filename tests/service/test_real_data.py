"""The whole main job on real records; skipped where they are not at hand. Nothing of them stands here.

The plain answer below is written from the words of the policy file alone: it shares no code with the plan.
"""

import collections
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data.database import Database, connect, make_engine, write_session
from data.intake.profiles import load_profile
from data.stores.sources import add_source
from models.access import Actor, Role
from models.deliveries import Counts
from models.identifiers import key_of
from service.operations.deliver import deliver
from service.operations.publish_policy import publish_policy
from service.operations.recalculate import Request, publish, recalculate

HERE = os.environ.get("QCREDIT_REAL_DATA", "").strip()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not HERE, reason="QCREDIT_REAL_DATA does not name the folder of the real records"),
]
Loaded = tuple[Database, dict[str, Counts]]
OPERATOR = Actor(holder="operator", role=Role.ADMIN)
POLICY = Path(__file__).parents[2] / "data" / "policies" / "examples" / "toronto-dinesafe.yaml"
SOURCE = "city-of-toronto"
NEVER_HAPPENED = frozenset({"Charges Withdrawn", "Charges Quashed", "Charges Dismissed"})
SEVERITIES = {"M - Minor": "minor", "S - Significant": "general", "C - Crucial": "serious"}


@dataclass(frozen=True)
class Finding:
    """One row of the file that counts."""

    day: date
    inspection: str
    found: bool
    severity: str | None
    fine: float


@pytest.fixture(scope="module")
def file() -> Path:
    return next(Path(HERE).rglob("share_dinesafe_2001_2009.parquet"))


@pytest.fixture(scope="module")
def loaded(clone: Callable[[], str], file: Path) -> tuple[Database, dict[str, Counts]]:
    database = Database(clone())
    engine = make_engine(database.url)
    with write_session(engine) as session:
        add_source(session, SOURCE, title_zh="多伦多市", title_en="City of Toronto", kinds=["enterprise", "inspection"])
        session.commit()
        counts = {}
        for profile in ("toronto-dinesafe-establishments", "toronto-dinesafe"):
            with file.open("rb") as content:
                counts[profile] = deliver(
                    session, file=content, file_name=file.name, profile=load_profile(profile), source=SOURCE, actor=OPERATOR
                ).counts
        publish_policy(session, text=POLICY.read_text(), file=POLICY.name, today=date(2026, 1, 1), actor=OPERATOR)
        session.commit()
    engine.dispose()
    return database, counts


@pytest.fixture(scope="module")
def findings(file: Path) -> dict[str, list[Finding]]:
    of_each: dict[str, list[Finding]] = collections.defaultdict(list)
    for row in pq.read_table(file).to_pylist():
        if row["Outcome"] == "Pending" or row["Outcome"] in NEVER_HAPPENED:
            continue
        of_each[row["Establishment ID"]].append(
            Finding(
                day=date.fromisoformat(row["Inspection Date"][:10]),
                inspection=row["Inspection ID"],
                found=bool(row["Infraction Details"]),
                severity=SEVERITIES.get(row["Severity"] or ""),
                fine=float((row["Amount Fined"] or "0").replace(",", "")),
            )
        )
    return of_each


def test_every_row_goes_in_and_every_establishment_once(loaded: Loaded) -> None:
    _, counts = loaded
    assert counts["toronto-dinesafe"].accepted == counts["toronto-dinesafe"].rows_read == 77_686
    assert counts["toronto-dinesafe-establishments"].accepted == 4_163
    assert sum(count.rejected + count.queued for count in counts.values()) == 0


def test_quashed_charges_are_withdrawn_and_pending_ones_do_not_count(loaded: Loaded) -> None:
    database, _ = loaded
    with connect(database.url) as connection:
        found = connection.execute("SELECT count(*) FILTER (WHERE is_withdrawn), count(*) FILTER (WHERE concluded_on IS NULL) FROM record")
        assert found.fetchone() == (82, 110)


def test_every_grade_and_score_is_what_the_policy_says_in_words(loaded: Loaded, findings: "dict[str, list[Finding]]") -> None:
    database, _ = loaded
    for as_of in (date(2005, 6, 30), date(2009, 12, 31)):
        publish(database, recalculate(database, Request(as_of=as_of, family="toronto-dinesafe"), actor=OPERATOR), actor=OPERATOR)
        with connect(database.url) as connection:
            asked = "SELECT founding_value, grade, score_x100 FROM standing JOIN enterprise USING (enterprise_key)"
            standings = {number: (grade, score) for number, grade, score in connection.execute(asked).fetchall()}
        assert len(standings) == len(findings)
        for number, of_one in findings.items():
            grade, score = plain_answer([finding for finding in of_one if finding.day <= as_of], as_of)
            assert standings[number][0] == grade, number
            assert score is None or standings[number][1] == score, number


def plain_answer(known: list[Finding], as_of: date) -> tuple[str, int | None]:
    if not any(is_within(finding.day, as_of, years=2) for finding in known):
        return "unseen", None
    latest = max(known, key=lambda finding: (finding.day, key_of(SOURCE, finding.inspection))).inspection
    of_latest = [finding for finding in known if finding.inspection == latest and finding.found]
    is_crucial = any(f.severity == "serious" and is_within(f.day, as_of, years=1) for f in of_latest)
    score = 10_000
    score += sum(
        {"minor": -100, "general": -500, "serious": -1500}.get(f.severity or "", 0) for f in of_latest if is_within(f.day, as_of, years=2)
    )
    score += sum(cost_of_fine(f.fine) for f in known if f.fine > 0 and is_within(f.day, as_of, years=2))
    # One event has one consequence: the inspection that holds the grade at C is not counted among the past ones.
    score += max(-3000, sum(cost_of_past(event, as_of) for name, event in by_inspection(known) if not (is_crucial and name == latest)))
    grade = next(name for name, floor in (("A", 9000), ("B", 7500), ("C", 5000), ("D", -(10**6))) if score >= floor)
    return max(grade, "C") if is_crucial else grade, max(score, 0)


def by_inspection(known: list[Finding]) -> list[tuple[str, list[Finding]]]:
    events: dict[str, list[Finding]] = collections.defaultdict(list)
    for finding in known:
        events[finding.inspection].append(finding)
    return list(events.items())


def cost_of_past(event: list[Finding], as_of: date) -> int:
    worst = min(({"general": -200, "serious": -600}.get(f.severity or "", 0) for f in event if f.found), default=0)
    if is_within(event[0].day, as_of, years=1):
        return worst
    return worst // 2 if is_within(event[0].day, as_of, years=2) else 0


def cost_of_fine(fine: float) -> int:
    return -400 if fine < 500 else -800 if fine < 2000 else -1500


def is_within(day: date, as_of: date, *, years: int) -> bool:
    try:
        return day.replace(year=day.year + years) > as_of
    except ValueError:  # the 29th of February
        return date(day.year + years, 2, 28) > as_of
