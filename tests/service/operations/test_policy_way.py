"""The way of a policy after the founding: every step in its order, two persons apart from the rest, and the database asks again."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy.exc import DatabaseError

from data.database import WriteSession
from data.policy_files import load_policy, policy_hash
from data.stores import policies, policy_drafts, rehearsals
from data.stores.files import keep_file
from models.access import Actor, Role
from models.tables.policies import PolicyRow
from models.tables.policy_drafts import PolicyStep
from models.tables.rehearsals import Rehearsal
from service.clock import legal_day
from service.operations import policy_way as ways
from service.operations.policy_way import NotIndependent, OtherDraft, StepMissing
from service.operations.publish_policy import Backdated, publish_policy
from service.operations.rehearse import Asked, order_rehearsal
from tests.service.operations.test_publish_policy import publish_a_run, text

TODAY = legal_day()
OPENED = TODAY - timedelta(days=40)
CLOSED = OPENED + timedelta(days=31)


def actor(name: str) -> Actor:
    return Actor(holder=name, role=Role.REGULATOR)


FILER, LAWYER, ANALYST, RUNNER, FIRST, SECOND = map(actor, ("filer", "lawyer", "analyst", "officer", "first", "second"))


@pytest.fixture
def founded(db: WriteSession) -> WriteSession:
    """A family with its founding version and a run that had effects."""
    made = publish_policy(db, text=text(), file="p", today=OPENED, actor=FILER)
    publish_a_run(db, made.published.policy_hash)
    return db


def draft_text(version: str = "2027", from_on: date = TODAY) -> str:
    return text(version=f"'{version}'", in_force_from=from_on.isoformat())


def rehearsed(db: WriteSession, content: str, *, tmp_path: Path) -> int:
    """A rehearsal of a draft with its report, as carrying it out leaves it."""
    number = order_rehearsal(db, Asked(text=content, file="d", as_of=TODAY, against="yinchuan/2026"), family="yinchuan", actor=ANALYST)
    rows = tmp_path / "rows"
    rows.write_bytes(b"rows")
    with rows.open("rb") as file:
        sha256, _ = keep_file(db, file)
    rehearsals.change(db, number, state="finished", report={}, digest="d" * 64, file_sha256=sha256)
    return number


def publish(db: WriteSession, content: str) -> PolicyRow:
    made = publish_policy(db, text=content, file="p", today=TODAY, actor=RUNNER)
    row = db.get(PolicyRow, made.published.policy_hash)
    assert row is not None
    return row


def refused_by_the_database(db: WriteSession, content: str, draft_id: int | None) -> str:
    """What the database says to a policy that is written past the code."""
    policy = load_policy(content, file="p")
    with pytest.raises(DatabaseError) as refusal, db.begin_nested():
        policies.add_policy(db, policy, policy_hash=policy_hash(policy), text=content, published_by="x", known_seq=1, draft_id=draft_id)
    return str(refusal.value.orig)


def test_every_step_is_asked_for_in_its_order_by_the_code_and_by_the_database(founded: WriteSession, tmp_path: Path) -> None:
    db, content = founded, draft_text()
    assert "not as a founding one" in refused_by_the_database(db, content, None)
    number = ways.file_draft(db, text=content, file="d", today=OPENED, actor=FILER).draft_id
    assert number is not None

    def stuck(sentence: str, lacks: str) -> None:
        with pytest.raises(StepMissing, match=sentence):
            publish(db, content)
        assert lacks in refused_by_the_database(db, content, number)

    stuck("Open the public consultation", "a consultation that is over")
    with pytest.raises(StepMissing, match="Open the public consultation"):
        ways.review(db, number, outcome="passed", note="x", document_no=None, today=TODAY, actor=LAWYER)
    step = ways.open_consultation(db, number, note="website", today=OPENED, actor=FILER)
    assert step.closes_on == OPENED + timedelta(days=30)
    comment = ways.take_comment(db, number, said_by="a trade", text="too many points", today=step.closes_on, actor=FILER)
    with pytest.raises(StepMissing, match="open until"):
        ways.review(db, number, outcome="passed", note="x", document_no=None, today=step.closes_on, actor=LAWYER)
    with pytest.raises(StepMissing, match="not open to comments"):
        ways.take_comment(db, number, said_by="a trade", text="late", today=CLOSED, actor=FILER)
    stuck(f"Answer comment {comment}", "an answer to every comment")
    ways.answer_comment(db, comment, text="the cap bounds it", today=CLOSED, actor=FILER)
    with pytest.raises(policy_drafts.Answered):
        ways.answer_comment(db, comment, text="again", today=CLOSED, actor=FILER)
    stuck("reviewed by law", "a legal review passed")
    ways.review(db, number, outcome="passed", note="no conflict", document_no="7", today=CLOSED, actor=LAWYER)
    stuck("attach the rehearsal", "a finished rehearsal of this very draft")
    with pytest.raises(StepMissing, match="attach the rehearsal"):
        ways.approve(db, number, note="x", today=TODAY, actor=FIRST)
    with pytest.raises(OtherDraft, match="Rehearse the draft as it was filed"):
        ways.attach(db, number, rehearsed(db, draft_text("2028"), tmp_path=tmp_path), today=TODAY, actor=ANALYST)
    attached = rehearsed(db, content, tmp_path=tmp_path)
    assert ways.attach(db, number, attached, today=TODAY, actor=ANALYST).note == "d" * 64
    stuck("approved by 2 more", "the approval of two persons")
    for had_a_part in (FILER, ANALYST, RUNNER):
        with pytest.raises(NotIndependent, match=had_a_part.holder):
            ways.approve(db, number, note="x", today=TODAY, actor=had_a_part)
    ways.approve(db, number, note="x", today=TODAY, actor=FIRST)
    with pytest.raises(NotIndependent, match="approved it already"):
        ways.approve(db, number, note="x", today=TODAY, actor=FIRST)
    stuck("approved by 1 more", "the approval of two persons")
    ways.approve(db, number, note="x", today=TODAY, actor=SECOND)
    row = publish(db, content)
    assert (row.draft_id, row.version) == (number, "2027")
    assert not policies.get_policy(db, "yinchuan/2027").is_founding
    with pytest.raises(StepMissing, match="its way is over"):
        ways.withdraw(db, number, note="x", today=TODAY, actor=FILER)


def on_its_way(db: WriteSession, content: str, *, outcome: Literal["passed", "failed"] = "passed") -> int:
    """A draft after its consultation and its review."""
    number = ways.file_draft(db, text=content, file="d", today=OPENED, actor=FILER).draft_id
    assert number is not None
    ways.open_consultation(db, number, note="website", today=OPENED, actor=FILER)
    ways.review(db, number, outcome=outcome, note="found", document_no=None, today=CLOSED, actor=LAWYER)
    return number


def test_a_later_rehearsal_asks_for_new_approvals(founded: WriteSession, tmp_path: Path) -> None:
    content = draft_text()
    number = on_its_way(founded, content)
    ways.attach(founded, number, rehearsed(founded, content, tmp_path=tmp_path), today=TODAY, actor=ANALYST)
    for one in (FIRST, SECOND):
        ways.approve(founded, number, note="x", today=TODAY, actor=one)
    assert ways.missing(ways.way_of(founded, number), today=TODAY) is None
    ways.attach(founded, number, rehearsed(founded, content, tmp_path=tmp_path), today=TODAY, actor=ANALYST)
    with pytest.raises(StepMissing, match="approved by 2 more"):
        publish(founded, content)
    assert "the approval of two persons" in refused_by_the_database(founded, content, number)
    ways.approve(founded, number, note="again", today=TODAY, actor=FIRST)
    with pytest.raises(NotIndependent, match="approved it already"):
        ways.approve(founded, number, note="again", today=TODAY, actor=FIRST)
    ways.approve(founded, number, note="again", today=TODAY, actor=SECOND)
    assert publish(founded, content).draft_id == number


def test_a_failed_legal_review_is_not_overwritten_by_another_one(founded: WriteSession) -> None:
    number = on_its_way(founded, draft_text(), outcome="failed")
    with pytest.raises(StepMissing, match="did not pass"):
        ways.review(founded, number, outcome="passed", note="x", document_no=None, today=TODAY, actor=LAWYER)
    step = PolicyStep(draft_id=number, step="legal_review", done_on=TODAY, done_by="x", note="x", outcome="passed")
    with pytest.raises(DatabaseError, match="did not pass"), founded.begin_nested():
        policy_drafts.add_step(founded, step)


def test_a_withdrawn_draft_takes_no_comments(founded: WriteSession) -> None:
    number = ways.file_draft(founded, text=draft_text(), file="d", today=TODAY, actor=FILER).draft_id
    assert number is not None
    ways.open_consultation(founded, number, note="website", today=TODAY, actor=FILER)
    ways.withdraw(founded, number, note="replaced", today=TODAY, actor=FILER)
    with pytest.raises(StepMissing, match="was withdrawn"):
        ways.take_comment(founded, number, said_by="a trade", text="said", today=TODAY, actor=FILER)


def test_a_draft_that_failed_its_review_or_was_withdrawn_goes_no_further(founded: WriteSession) -> None:
    failed = on_its_way(founded, draft_text("2027"), outcome="failed")
    with pytest.raises(StepMissing, match="did not pass"):
        publish(founded, draft_text("2027"))
    assert "a legal review passed" in refused_by_the_database(founded, draft_text("2027"), failed)
    withdrawn = on_its_way(founded, draft_text("2028"))
    ways.withdraw(founded, withdrawn, note="replaced", today=TODAY, actor=FILER)
    with pytest.raises(StepMissing, match="was withdrawn"):
        publish(founded, draft_text("2028"))
    assert "was not withdrawn" in refused_by_the_database(founded, draft_text("2028"), withdrawn)
    assert "its own draft" in refused_by_the_database(founded, draft_text("2029"), failed)


def test_going_back_to_an_earlier_version_is_a_new_publication_with_its_own_rehearsal(founded: WriteSession, tmp_path: Path) -> None:
    """The rules of 2026 again, under a new version from today: the old one stays as it was published."""
    back = draft_text("2026-again")
    number = on_its_way(founded, back)
    with pytest.raises(StepMissing, match="attach the rehearsal"):
        publish(founded, back)
    ways.attach(founded, number, rehearsed(founded, back, tmp_path=tmp_path), today=TODAY, actor=ANALYST)
    for one in (FIRST, SECOND):
        ways.approve(founded, number, note="x", today=TODAY, actor=one)
    publish(founded, back)
    assert {one.name for one in policies.list_policies(founded, "yinchuan")} == {"yinchuan/2026", "yinchuan/2026-again"}
    earlier = draft_text("2030", TODAY - timedelta(days=1))
    with pytest.raises(Backdated):
        publish(founded, earlier)


def test_what_was_done_with_a_draft_stays_as_it_was_written(founded: WriteSession) -> None:
    number = on_its_way(founded, draft_text())
    other = ways.file_draft(founded, text=draft_text("2028"), file="d", today=TODAY, actor=FILER).draft_id
    assert other is not None
    ways.open_consultation(founded, other, note="website", today=TODAY, actor=FILER)
    comment = ways.take_comment(founded, other, said_by="a trade", text="said", today=TODAY, actor=FILER)
    ways.answer_comment(founded, comment, text="answered", today=TODAY, actor=FILER)
    for statement in (
        "UPDATE policy_draft SET text = 'other'",
        f"UPDATE policy_step SET outcome = 'failed' WHERE draft_id = {number} AND step = 'legal_review'",
        "DELETE FROM policy_step",
        "UPDATE policy_comment SET answer = 'otherwise'",
        "UPDATE policy_comment SET text = 'something else'",
        "DELETE FROM policy_comment",
    ):
        with pytest.raises(DatabaseError), founded.begin_nested():
            founded.connection().exec_driver_sql(statement)
    for step in ("rehearsal", "consultation", "legal_review", "another"):
        values = f"{number}, '{step}', now(), 'x', '', now()"
        broken = f"INSERT INTO policy_step (draft_id, step, done_on, done_by, note, recorded_at) VALUES ({values})"
        with pytest.raises(DatabaseError), founded.begin_nested():
            founded.connection().exec_driver_sql(broken)


def test_the_same_draft_is_filed_once_and_a_published_version_never(founded: WriteSession) -> None:
    ways.file_draft(founded, text=draft_text(), file="d", today=TODAY, actor=FILER)
    with pytest.raises(ways.DraftThere, match="is filed as number"):
        ways.file_draft(founded, text=draft_text(), file="d", today=TODAY, actor=FILER)
    with pytest.raises(ways.DraftThere, match="published already"):
        ways.file_draft(founded, text=text().replace("start: 1000", "start: 999"), file="d", today=TODAY, actor=FILER)


def test_a_rehearsal_without_a_report_is_not_attached(founded: WriteSession) -> None:
    number = on_its_way(founded, draft_text())
    order = Rehearsal(
        policy_hash=policy_drafts.get_draft(founded, number).policy_hash,
        policy="yinchuan/2027",
        text=draft_text(),
        against_hash=policies.get_policy(founded, "yinchuan/2026").policy_hash,
        against="yinchuan/2026",
        as_of=TODAY,
        known_seq=1,
        known_at=datetime(2026, 10, 1, tzinfo=UTC),
        before_as_of=TODAY,
        before_known_seq=1,
        before_known_at=datetime(2026, 10, 1, tzinfo=UTC),
        started_by="analyst",
    )
    waiting = rehearsals.add_rehearsal(founded, order)
    with pytest.raises(OtherDraft, match="is queued"):
        ways.attach(founded, number, waiting, today=TODAY, actor=ANALYST)
