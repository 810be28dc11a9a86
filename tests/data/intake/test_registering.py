"""Registry facts under both clocks: imported once, changed from a day, undone, and found by records that waited."""

import itertools
from datetime import date

import pytest

from data.database import WriteSession
from models.identifiers import key_of
from service.operations.undo_delivery import undo_delivery
from tests.counter import NAME_A, NOBODY, OFFICER, A, B, ask, bring, code_of, codes_of, facts, open_counter, outcomes, register, row

SPANS = """
SELECT state, region, valid_from, valid_until FROM registry_fact
WHERE enterprise_key = %s AND known_seq <= %s AND (superseded_seq IS NULL OR superseded_seq > %s) ORDER BY valid_from
"""
NAMES = (
    "SELECT name, valid_from, valid_until FROM enterprise_name WHERE enterprise_key = %s AND superseded_seq IS NULL ORDER BY valid_until"
)


@pytest.fixture
def counter(db: WriteSession) -> WriteSession:
    open_counter(db)
    return db


def spans(session: WriteSession, code: str, known_seq: int = 10**9) -> list[tuple[object, ...]]:
    return ask(session, SPANS, key_of("cn-uscc", code), known_seq, known_seq)


def test_the_same_registry_again_changes_nothing(counter: WriteSession) -> None:
    again = register(counter, [{"cn_uscc": B, "name": "样例乙商贸有限公司"}, {"cn_uscc": A, "name": NAME_A, "registered_on": "2015-06-01"}])
    assert outcomes(again) == (0, 2, 0, 0, 0)
    assert again.known_seq is None


def test_a_deregistration_ends_the_time_in_business_on_its_day(counter: WriteSession) -> None:
    before = ask(counter, "SELECT max(known_seq) FROM knowledge")[0][0]
    done = register(counter, [{"cn_uscc": A, "state": "deregistered", "state_on": "2023-02-01"}])
    assert outcomes(done) == (0, 0, 1, 0, 0)
    assert spans(counter, A) == [
        ("in_business", None, date(2015, 6, 1), date(2023, 2, 1)),
        ("deregistered", None, date(2023, 2, 1), None),
    ]
    assert spans(counter, A, before) == [("in_business", None, date(2015, 6, 1), None)]


def test_a_first_row_that_is_deregistered_was_in_business_before(counter: WriteSession) -> None:
    register(counter, [{"cn_uscc": NOBODY, "name": "样例丙", "registered_on": "2010-01-01", "state": "revoked", "state_on": "2020-05-01"}])
    assert [(span[0], span[2]) for span in spans(counter, NOBODY)] == [("in_business", date(2010, 1, 1)), ("revoked", date(2020, 5, 1))]


def test_the_day_of_a_state_can_be_corrected_both_ways(counter: WriteSession) -> None:
    for day in ("2023-02-01", "2022-01-01", "2024-07-01"):
        register(counter, [{"cn_uscc": A, "state": "deregistered", "state_on": day}])
        covering = [span for span in spans(counter, A) if span[0] == "deregistered"]
        assert [(span[2], span[3]) for span in covering] == [(date.fromisoformat(day), None)]


def test_spans_known_at_one_time_never_overlap(counter: WriteSession) -> None:
    for changed in (
        {"region": "640104", "valid_from": "2016-01-01"},
        {"region": "640106", "valid_from": "2019-01-01"},
        {"region": "640105", "valid_from": "2017-01-01"},
        {"state": "revoked", "state_on": "2018-01-01"},
    ):
        register(counter, [{"cn_uscc": A, **changed}])
        known = spans(counter, A)
        assert all(one[3] == other[2] for one, other in itertools.pairwise(known))
        assert known[-1][3] is None


def test_what_a_registry_does_not_say_erases_nothing(counter: WriteSession) -> None:
    register(counter, [{"cn_uscc": A, "region": "640104", "valid_from": "2015-06-01"}])
    register(counter, [{"cn_uscc": A, "industry": "5212", "valid_from": "2015-06-01"}])
    assert ask(
        counter, "SELECT region, industry FROM registry_fact WHERE enterprise_key = %s AND superseded_seq IS NULL", key_of("cn-uscc", A)
    ) == [("640104", "5212")]


def test_a_new_name_ends_the_old_one(counter: WriteSession) -> None:
    register(counter, [{"cn_uscc": A, "name": "样例甲新食品有限公司"}])
    names = ask(counter, NAMES, key_of("cn-uscc", A))
    assert [(name, until is None) for name, _, until in names] == [(NAME_A, False), ("样例甲新食品有限公司", True)]
    assert names[0][2] == names[1][1]


def test_former_names_and_branches_are_kept(counter: WriteSession) -> None:
    done = register(
        counter,
        [
            {"cn_uscc": NOBODY, "name": "样例丙有限公司", "former_names": "样例丙厂、样例老丙厂"},
            {"cn_uscc": code_of(8), "name": "样例丙有限公司分公司", "branch_of": NOBODY},
            {"cn_uscc": code_of(7), "name": "样例丁分公司", "branch_of": code_of(99)},
        ],
    )
    assert outcomes(done) == (3, 0, 0, 0, 0)
    assert len(ask(counter, NAMES, key_of("cn-uscc", NOBODY))) == 3
    assert ask(counter, "SELECT from_key, to_key, kind FROM enterprise_link") == [
        (key_of("cn-uscc", code_of(8)), key_of("cn-uscc", NOBODY), "branch_of")
    ]
    assert "registry.link_unknown" in codes_of(counter, done.delivery_id)[4]


def test_rows_that_contradict_each_other_are_both_rejected(counter: WriteSession) -> None:
    done = register(counter, [{"cn_uscc": NOBODY, "name": "样例丙"}, {"cn_uscc": NOBODY, "name": "样例丁"}, {"cn_uscc": A, "name": NAME_A}])
    assert outcomes(done) == (0, 1, 0, 0, 2)
    codes = codes_of(counter, done.delivery_id)
    assert "registry.contradiction" in codes[2]
    assert "registry.contradiction" in codes[3]


def test_a_sole_proprietor_is_flagged(counter: WriteSession) -> None:
    from models.identifiers import uscc_check_symbol

    first = "92000000MA0000005"
    code = first + uscc_check_symbol(first)
    register(counter, [{"cn_uscc": code, "name": "样例小吃店"}])
    assert ask(counter, "SELECT is_natural_person FROM registry_fact WHERE enterprise_key = %s", key_of("cn-uscc", code)) == [(True,)]


def test_records_that_waited_go_in_when_the_registry_names_their_enterprise(counter: WriteSession) -> None:
    bring(counter, row("1", NOBODY), row("2", None, enterprise_name="样例丙有限公司"), row("3", code_of(8)))
    done = register(counter, [{"cn_uscc": NOBODY, "name": "样例丙有限公司"}])
    assert [(fact[1], fact[3]) for fact in facts(counter)] == [("1", NOBODY), ("2", NOBODY)]
    assert ask(counter, "SELECT DISTINCT known_seq FROM record") == [(done.known_seq,)]
    assert ask(counter, "SELECT state, count(*) FROM queue_item GROUP BY state ORDER BY state") == [("attached", 2), ("open", 1)]


def test_undoing_a_registry_delivery_brings_the_earlier_facts_back(counter: WriteSession) -> None:
    known = spans(counter, A), ask(counter, NAMES, key_of("cn-uscc", A))
    wrong = register(
        counter, [{"cn_uscc": A, "name": "错名", "state": "revoked", "state_on": "2020-01-01"}, {"cn_uscc": NOBODY, "name": "样例丙"}]
    )
    done = undo_delivery(counter, delivery_id=wrong.delivery_id, why="wrong file", actor=OFFICER)
    assert (done.withdrawn, done.kept) == (1, 0)
    assert (spans(counter, A), ask(counter, NAMES, key_of("cn-uscc", A))) == known
    assert outcomes(bring(counter, row("1", NOBODY))) == (0, 0, 0, 1, 0)
    again = register(counter, [{"cn_uscc": NOBODY, "name": "样例丙"}])
    assert [fact[3] for fact in facts(counter)] == [NOBODY]
    assert again.known_seq is not None


def test_an_enterprise_with_records_stays_when_its_delivery_is_undone(counter: WriteSession) -> None:
    wrong = register(counter, [{"cn_uscc": NOBODY, "name": "样例丙"}])
    bring(counter, row("1", NOBODY))
    done = undo_delivery(counter, delivery_id=wrong.delivery_id, why="wrong file", actor=OFFICER)
    assert (done.withdrawn, done.kept) == (0, 1)
    assert outcomes(bring(counter, row("2", NOBODY))) == (1, 0, 0, 0, 0)
