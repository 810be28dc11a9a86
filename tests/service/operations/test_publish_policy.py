"""Publishing: a version is frozen under its hash, and never takes effect backwards."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from data.database import WriteSession
from data.policy_files import FaultyPolicy
from data.stores.knowledge import draw
from data.stores.policies import NonePolicyInForce, NoSuchPolicy, get_policy, list_policies, next_switch_on, policy_in_force
from models.access import Actor, Role
from models.tables.runs import Run
from service.operations.policy_way import StepMissing
from service.operations.publish_policy import Backdated, Publication, VersionTaken, publish_policy

POLICIES = Path(__file__).parent.parent.parent.parent / "data" / "policies"
OFFICER = Actor(holder="officer", role=Role.REGULATOR)
TODAY = date(2026, 11, 1)


def text(of: str = "2026", **changes: str) -> str:
    found = (POLICIES / f"yinchuan-{of}.yaml").read_text(encoding="utf-8")
    for old, new in changes.items():
        line = next(line for line in found.splitlines() if line.startswith(f"{old}:"))
        found = found.replace(line, f"{old}: {new}", 1)
    return found


def publish(db: WriteSession, content: str, *, today: date = TODAY, backdated_history: bool = False) -> Publication:
    return publish_policy(db, text=content, file="policy.yaml", today=today, actor=OFFICER, backdated_history=backdated_history)


def publish_a_run(db: WriteSession, policy_hash: str) -> None:
    db.add(
        Run(
            policy_hash=policy_hash,
            policy="yinchuan/2026",
            as_of=TODAY,
            known_seq=1,
            known_at=datetime(2026, 10, 1, tzinfo=UTC),
            scope={"all": True},
            state="published",
            engine="duckdb",
            versions={},
            started_by="officer",
            published_at=datetime(2026, 10, 1, tzinfo=UTC),
        )
    )
    db.flush()


def test_a_published_policy_is_kept_word_for_word(db: WriteSession) -> None:
    made = publish(db, text())
    assert made.is_new
    found = get_policy(db, "yinchuan/2026")
    assert found == made.published
    assert found.text == text()
    assert found.published_by == "officer"
    assert get_policy(db, found.policy_hash) == found


def test_publishing_the_same_again_changes_nothing(db: WriteSession) -> None:
    first = publish(db, text())
    again = publish(db, "# a remark\n" + text())
    assert not again.is_new
    assert again.published == first.published
    assert len(list_policies(db)) == 1


def test_the_same_version_with_another_content_is_refused(db: WriteSession) -> None:
    publish(db, text())
    with pytest.raises(VersionTaken, match="new version"):
        publish(db, text().replace("start: 1000", "start: 999"))


def test_a_faulty_policy_is_not_published(db: WriteSession) -> None:
    with pytest.raises(FaultyPolicy):
        publish(db, text().replace("per_event: largest", "per_event: biggest"))
    assert list_policies(db) == []


def test_history_may_be_loaded_before_any_run_had_effects(db: WriteSession) -> None:
    publish(db, text("2019"))
    publish(db, text("2026"))
    assert [one.name for one in list_policies(db, "yinchuan")] == ["yinchuan/2019", "yinchuan/2026"]


def test_after_a_run_had_effects_no_policy_takes_effect_backwards_or_skips_its_way(db: WriteSession) -> None:
    first = publish(db, text()).published
    assert first.is_founding
    publish_a_run(db, first.policy_hash)
    late = text(version="'2027'", in_force_from="2026-10-31")
    with pytest.raises(Backdated, match="before today"):
        publish(db, late)
    for content, backdated in ((text(version="'2027'", in_force_from="2026-11-01"), False), (late, True)):
        with pytest.raises(StepMissing, match="qcredit policy file"):
            publish(db, content, backdated_history=backdated)


def test_the_version_that_began_last_is_in_force(db: WriteSession) -> None:
    old = publish(db, text("2019", in_force_until="2030-01-01")).published
    new = publish(db, text("2026")).published
    assert policy_in_force(db, "yinchuan", date(2026, 3, 31), new.known_seq).policy_hash == old.policy_hash
    assert policy_in_force(db, "yinchuan", date(2026, 4, 1), new.known_seq).policy_hash == new.policy_hash


def test_a_version_counts_only_for_who_knew_of_it(db: WriteSession) -> None:
    old = publish(db, text("2019", in_force_until="2030-01-01")).published
    publish(db, text("2026"))
    assert policy_in_force(db, "yinchuan", date(2026, 6, 1), old.known_seq).policy_hash == old.policy_hash


def test_a_day_without_a_version_is_said_to_be_one(db: WriteSession) -> None:
    with pytest.raises(NonePolicyInForce, match="2026-06-01"):
        policy_in_force(db, "yinchuan", date(2026, 6, 1), draw(db, "policy").known_seq)
    with pytest.raises(NoSuchPolicy, match="there are: none"):
        get_policy(db, "yinchuan/2026")


def test_the_next_day_on_which_the_version_may_switch_is_known(db: WriteSession) -> None:
    publish(db, text("2019"))
    known = publish(db, text("2026")).published.known_seq
    assert next_switch_on(db, "yinchuan", date(2018, 1, 1), known) == date(2019, 2, 22)
    assert next_switch_on(db, "yinchuan", date(2020, 1, 1), known) == date(2026, 4, 1)
    assert next_switch_on(db, "yinchuan", date(2026, 4, 1), known) is None


def test_the_database_refuses_to_change_or_delete_a_published_policy(db: WriteSession) -> None:
    publish(db, text())
    for statement in ("UPDATE policy SET text = 'other'", "DELETE FROM policy"):
        with pytest.raises(DatabaseError), db.begin_nested():
            db.connection().exec_driver_sql(statement)
