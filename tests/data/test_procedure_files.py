from datetime import date

import pytest

from data.codes.working_days import working_days
from data.policy_files import shipped_acts
from data.procedure_files import FaultyProcedures, procedure_hash, read_procedures, shipped_procedures
from models.law import Mark
from models.procedures import Matter, Procedure, StepName, clocks_from

WAY = """
procedures:
- list: some_list
  matter: enter
  decided_by: officers
  title: {zh: 列入, en: Entering}
  clause: {act: samr-order-44, article: 程序}
  mark: sample
  in_force_from: 2021-09-01
  stages:
  - {step: notice, title: {zh: 告知, en: Notice}, owner: officer, needs: [reasons], clause: {act: samr-order-44, article: 程序}}
  - step: decision
    title: {zh: 决定, en: Decision}
    owner: officer
    after: notice
    counts_from: served
    opens_after: {working_days: 5}
    within: {working_days: 60}
    clause: {act: samr-order-44, article: 程序}
"""


def way(text: str = WAY) -> Procedure:
    (found,) = read_procedures(text, file="way.yaml")
    return found


def test_the_shipped_procedures_cover_both_lists_and_claim_nothing_enacted_without_a_source() -> None:
    found = shipped_procedures()
    ways = {(one.list, one.matter, one.decided_by) for one in found}
    assert {(name, Matter.ENTER, how) for name in ("quality_black", "quality_red") for how in ("run", "officers")} <= ways
    clauses = [clause for one in found for clause in (one.clause, *(stage.clause for stage in one.stages))]
    acts = shipped_acts()
    assert [c.act for c in clauses if c.mark is Mark.ENACTED and acts[c.act].mark is not Mark.ENACTED] == []


def test_a_last_day_set_later_does_not_make_another_procedure() -> None:
    ended = WAY.replace("in_force_from: 2021-09-01", "in_force_from: 2021-09-01\n  in_force_until: 2026-01-01")
    assert procedure_hash(way(ended)) == procedure_hash(way())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("act: samr-order-44, article: 程序}\n  mark", "act: nobody-knows, article: 程序}\n  mark", "not in the register"),
        ("after: notice", "after: consent", "must stand before it"),
        ("step: decision", "step: answer", "ends in a decision"),
        ("{working_days: 5}", "{working_days: 5, days: 3}", "exactly one"),
        ("    after: notice\n", "", "needs `after`"),
        ("mark: sample", "mark: sample\n  colour: red", "[Ee]xtra"),
        ("{step: notice, title", "{step: greeting, title", "greeting|Input should be"),
    ],
)
def test_a_faulty_procedure_is_told_with_its_line(old: str, new: str, said: str) -> None:
    assert old in WAY
    with pytest.raises(FaultyProcedures, match=said) as refused:
        read_procedures(WAY.replace(old, new), file="way.yaml")
    assert refused.value.faults[0].line > 1


def test_the_days_of_the_other_side_are_kept_even_where_the_last_day_cannot_be_reckoned() -> None:
    (early,) = clocks_from(way(), StepName.NOTICE, "served", on=date(2026, 3, 2), calendar=working_days())
    assert (early.opens_on, early.due_on, early.is_beyond) == (date(2026, 3, 10), date(2026, 5, 28), False)
    (late,) = clocks_from(way(), StepName.NOTICE, "served", on=date(2026, 11, 2), calendar=working_days())
    assert (late.opens_on, late.due_on, late.is_beyond) == (date(2026, 11, 10), None, True)
    (shut,) = clocks_from(way(), StepName.NOTICE, "served", on=date(2026, 12, 28), calendar=working_days())
    assert (shut.opens_on, shut.is_beyond) == (date(2027, 1, 1), True)
