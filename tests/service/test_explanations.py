"""Scores to those who may see them: stored, live, line by line, over the months; and records by who asks."""

from datetime import date
from decimal import Decimal

import pytest

from models.access import Role
from service.enterprise_answers import EnterpriseAnswer
from service.operations.explain import month_before
from service.record_answers import Contributions, History, RecordPage
from tests.service.conftest import Served
from tests.service.town import CLEAN, PERSON, RENAMED, REPAIRED

SEEING = (Role.PROCUREMENT, Role.REGULATOR, Role.AUDITOR, Role.ADMIN)
OUTSIDE = (Role.PROCUREMENT,)


def test_nobody_sees_a_score_without_a_role_for_it(town: Served) -> None:
    for role in (Role.PUBLIC, Role.PLATFORM, Role.SOURCE):
        for params in ({}, {"as_of": "2026-06-01"}, {"live": True}):
            answer = town.get(CLEAN.path, role, **params)
            assert answer.json()["standing"] is None
            assert "score" not in answer.text
        assert town.get(CLEAN.path + "/contributions", role).status_code in (401, 403)
        assert town.get(CLEAN.path + "/history", role).status_code in (401, 403)


def test_a_stored_standing_says_its_day_its_knowledge_its_policy_and_what_was_looked_at(town: Served) -> None:
    for role in SEEING:
        standing = EnterpriseAnswer.model_validate_json(town.get(CLEAN.path, role).content).standing
        assert standing is not None
        assert (standing.score, standing.grade, standing.as_of, standing.policy) == ("950.50", "B", date(2026, 6, 1), "yinchuan/2026")
        assert standing.advisory is True
        assert standing.known_at is not None
        assert standing.coverage
        assert all(rule.title.zh != rule.code for rule in standing.coverage)
        assert all(rule.looked_at_on is None for rule in standing.coverage)


def test_an_enterprise_that_no_run_has_evaluated_has_no_standing_and_is_answered_live(town: Served) -> None:
    assert town.get(RENAMED.path, Role.AUDITOR).json()["standing"] is None
    assert town.get(RENAMED.path, Role.AUDITOR, live=True).json()["standing"]["grade"]


def test_contributions_sum_to_the_score_and_each_has_its_clause_and_its_record(town: Served) -> None:
    for day in ("2026-06-01", "2026-11-01"):
        whole = Contributions.model_validate_json(town.get(CLEAN.path + "/contributions", Role.AUDITOR, as_of=day).content)
        assert Decimal(whole.start) + sum(Decimal(line.points) for line in whole.lines) == Decimal(whole.total)
        assert whole.lines
        for line in whole.lines:
            assert line.clause is not None
            assert line.evidence is not None
            assert line.evidence.document_no
        live = EnterpriseAnswer.model_validate_json(town.get(CLEAN.path, Role.AUDITOR, as_of=day).content).standing
        assert live == whole.standing


def test_outside_a_record_that_may_no_longer_be_shown_leaves_only_its_points(town: Served) -> None:
    for role in OUTSIDE:
        told = town.get(CLEAN.path + "/contributions", role, as_of="2026-06-01")
        whole = Contributions.model_validate_json(told.content)
        assert Decimal(whole.start) + sum(Decimal(line.points) for line in whole.lines) == Decimal(whole.total)
        (withheld,) = [line for line in whole.lines if line.is_withheld]
        assert withheld.evidence is None
        assert withheld.clause is None
        assert [line.evidence.source_ref for line in whole.lines if line.evidence] == ["plain"]
        assert "repaired" not in {line.evidence.source_ref for line in whole.lines if line.evidence}


def test_history_has_a_point_for_each_month_under_the_version_of_its_day(town: Served) -> None:
    history = History.model_validate_json(town.get(CLEAN.path + "/history", Role.PROCUREMENT, as_of="2026-07-31").content)
    assert len(history.points) == 24
    assert [point.as_of for point in history.points] == sorted(point.as_of for point in history.points)
    assert history.points[-1].as_of == date(2026, 7, 31)
    assert {point.policy for point in history.points} == {"yinchuan/2019", "yinchuan/2026"}


@pytest.mark.parametrize(
    ("day", "back", "gives"), [("2026-03-31", 1, "2026-02-28"), ("2024-03-30", 1, "2024-02-29"), ("2026-01-15", 13, "2024-12-15")]
)
def test_a_month_back_is_the_same_day_or_the_last_of_the_month(day: str, back: int, gives: str) -> None:
    assert month_before(date.fromisoformat(day), back) == date.fromisoformat(gives)


def test_what_was_not_known_then_is_not_in_the_answer(town: Served) -> None:
    first = town.get("/v1/lists/quality_black", Role.AUDITOR).json()["known_at"]
    then = town.get(CLEAN.path, Role.AUDITOR, as_of="2026-06-01", known_at=first, policy="yinchuan/2026").json()["standing"]
    assert then["records_known"] >= 0
    early = town.get("/v1/enterprises/cn-uscc/" + CLEAN.code, Role.AUDITOR, known_at="2001-01-01T00:00:00Z")
    assert early.json()["code"] == "knowledge.before_beginning"


def test_an_unknown_policy_is_not_found(town: Served) -> None:
    answer = town.get(CLEAN.path, Role.AUDITOR, policy="nobody/1")
    assert (answer.status_code, answer.json()["code"]) == (404, "policy.not_found")


def test_records_are_shown_by_who_asks(town: Served) -> None:
    def refs(role: Role) -> list[str]:
        page = RecordPage.model_validate_json(town.get(CLEAN.path + "/records", role).content)
        return [record.source_ref for record in page.records]

    assert refs(Role.PROCUREMENT) == ["plain"]
    assert refs(Role.AUDITOR) == refs(Role.REGULATOR) == refs(Role.SOURCE) == ["withdrawn", "over", "repaired", "plain"]
    marked = {record["source_ref"]: record for record in town.get(CLEAN.path + "/records", Role.AUDITOR).json()["records"]}
    assert marked["repaired"]["is_repaired_today"]
    assert marked["over"]["is_publication_over"]
    assert marked["withdrawn"]["is_withdrawn"]
    assert marked["plain"]["quantities"] == {"fine_cny": "5000.05"}


def test_records_come_by_page_each_once(town: Served) -> None:
    seen: list[str] = []
    params: dict[str, str | int] = {"limit": 1}
    while True:
        page = town.get(CLEAN.path + "/records", Role.AUDITOR, **params).json()
        seen += [record["source_ref"] for record in page["records"]]
        if page["next"] is None:
            break
        params["after"] = page["next"]
    assert seen == ["withdrawn", "over", "repaired", "plain"]
    for cursor in ("x", "2026-01-01", "2026-01-01.x", "2026-13-01.1", "2026-01-01.99999999999999999999"):
        assert town.get(CLEAN.path + "/records", Role.AUDITOR, after=cursor).json()["code"] == "records.cursor"


def test_of_a_record_of_another_kind_nothing_is_shown(town: Served) -> None:
    assert town.get(CLEAN.path + "/records", Role.AUDITOR, kind="award").json()["records"] == []
    assert town.get(CLEAN.path + "/records", Role.AUDITOR, kind="nonsense").status_code == 422


def test_a_file_that_is_not_to_be_seen_is_as_absent_as_one_that_is_not_there(town: Served) -> None:
    for path in ("/contributions", "/history", "/records"):
        assert town.get(PERSON.path + path).status_code == 401
        assert town.get("/v1/enterprises/cn-uscc/91350100M000100Y43" + path, Role.AUDITOR).json()["code"] == "enterprise.not_found"
    assert town.get(REPAIRED.path + "/records", Role.SOURCE).status_code == 200
