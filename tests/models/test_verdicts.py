"""What follows from facts: only what the catalogue says, only while it is in force, and never from a score."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from data.measure_files import load_catalogue, shipped_catalogue
from models.checks import Purpose
from models.verdicts import SUSPENDED, ListingFact, RecordFact, Verdict, judge, strictest

CATALOGUE = load_catalogue(shipped_catalogue(), file="shipped")
LISTS = [*sorted({name for one in CATALOGUE.measures for name in one.lists}), "unheard_of"]
DAYS = st.dates(date(2012, 1, 1), date(2032, 1, 1))
ORDER = list(Verdict)


def record(**given_: Any) -> RecordFact:
    fields: dict[str, Any] = {
        "kind": "penalty",
        "outcome": "fine",
        "severity": None,
        "level": None,
        "capacity": "party",
        "code": None,
        "occurred_on": date(2025, 1, 1),
        "decided_on": date(2025, 3, 1),
        "in_force_until": None,
        "quantities_x10000": {},
        "detail": {},
    }
    return RecordFact(1, fields | given_)


@st.composite
def listings(draw: st.DrawFn) -> ListingFact:
    starts_on = draw(DAYS)
    length = draw(st.one_of(st.none(), st.integers(1, 2000)))
    state = draw(st.sampled_from(["in_force", "under_review", "stayed", "announced", "something_later"]))
    return ListingFact(
        draw(st.integers(1, 99)), draw(st.sampled_from(LISTS)), state, starts_on, None if length is None else starts_on + timedelta(length)
    )


@st.composite
def records(draw: st.DrawFn) -> RecordFact:
    return record(
        outcome=draw(st.sampled_from(["warning", "fine", "suspension", "revocation", "ban"])),
        decided_on=draw(st.one_of(st.none(), DAYS)),
        occurred_on=draw(DAYS),
        in_force_until=draw(st.one_of(st.none(), DAYS)),
        quantities_x10000=draw(st.dictionaries(st.just("fine_cny"), st.integers(0, 10**11))),
    )


FACTS = st.tuples(st.lists(listings(), max_size=4), st.lists(records(), max_size=4))


@given(st.sampled_from(Purpose), DAYS, FACTS)
def test_no_verdict_without_a_measure_in_force_on_the_day_and_a_fact_it_follows_from(
    setting: Purpose, day: date, facts: tuple[list[ListingFact], list[RecordFact]]
) -> None:
    judged = judge(CATALOGUE, setting, day=day, listings=facts[0], records=facts[1])
    assert (judged.verdict is Verdict.NO_EFFECT) == (not judged.reasons)
    for reason in judged.reasons:
        assert reason.measure in CATALOGUE.measures
        assert setting in reason.measure.setting
        assert reason.measure.in_force_from <= day
        assert reason.measure.clauses
        assert reason.starts_on <= day
        assert reason.until is None or day < reason.until
        if isinstance(reason.fact, ListingFact):
            assert reason.fact.list in reason.measure.lists
            assert reason.fact.state not in SUSPENDED
    if judged.reasons:
        assert judged.verdict == judged.reasons[0].measure.effect.value
        places = [ORDER.index(Verdict(reason.measure.effect)) for reason in judged.reasons]
        assert places == sorted(places)


@given(st.sampled_from(Purpose), DAYS, FACTS)
def test_one_fact_more_never_makes_a_verdict_milder_unless_it_is_a_preference(
    setting: Purpose, day: date, facts: tuple[list[ListingFact], list[RecordFact]]
) -> None:
    def verdict(count: int) -> int:
        return ORDER.index(judge(CATALOGUE, setting, day=day, listings=facts[0][:count], records=facts[1][:count]).verdict)

    assert all(verdict(count + 1) <= verdict(count) for count in range(4))


@given(st.lists(st.sampled_from(Verdict), min_size=1, max_size=5))
def test_a_consortium_is_as_barred_as_its_worst_member_and_preferred_only_as_a_whole(verdicts: list[Verdict]) -> None:
    joint = strictest(verdicts)
    if Verdict.MUST_REFUSE in verdicts:
        assert joint is Verdict.MUST_REFUSE
    if joint is Verdict.PREFERENCE:
        assert set(verdicts) == {Verdict.PREFERENCE}
    assert strictest(list(reversed(verdicts))) is joint


def verdict_on(day: date, *records_: RecordFact, setting: Purpose = Purpose.PROCUREMENT) -> Verdict:
    return judge(CATALOGUE, setting, day=day, listings=[], records=records_).verdict


def test_a_fine_of_two_million_bars_from_procurement_for_three_years_and_not_a_day_longer() -> None:
    fine = record(quantities_x10000={"fine_cny": 2_000_000 * 10_000})
    less = record(quantities_x10000={"fine_cny": 2_000_000 * 10_000 - 1})
    assert verdict_on(date(2025, 3, 1), fine) is Verdict.MUST_REFUSE
    assert verdict_on(date(2028, 2, 29), fine) is Verdict.MUST_REFUSE
    assert verdict_on(date(2028, 3, 1), fine) is Verdict.NO_EFFECT
    assert verdict_on(date(2025, 2, 28), fine) is Verdict.NO_EFFECT
    assert verdict_on(date(2025, 6, 1), less) is Verdict.NO_EFFECT
    assert verdict_on(date(2025, 6, 1), record()) is Verdict.NO_EFFECT


def test_the_threshold_of_two_million_is_not_applied_before_it_was_in_force() -> None:
    fine = record(decided_on=date(2021, 6, 1), quantities_x10000={"fine_cny": 3_000_000 * 10_000})
    assert verdict_on(date(2022, 2, 7), fine) is Verdict.NO_EFFECT
    assert verdict_on(date(2022, 2, 8), fine) is Verdict.MUST_REFUSE


def test_stopped_business_or_a_revoked_licence_bars_from_procurement_and_from_nothing_else() -> None:
    for outcome, detail in (("suspension", {"suspended_what": "business"}), ("revocation", {})):
        grave = record(outcome=outcome, detail=detail)
        assert verdict_on(date(2026, 1, 1), grave) is Verdict.MUST_REFUSE
        assert all(verdict_on(date(2026, 1, 1), grave, setting=one) is Verdict.NO_EFFECT for one in Purpose if one != Purpose.PROCUREMENT)


def test_a_suspended_permit_bars_nobody_and_calls_for_a_look_at_the_decision() -> None:
    for detail in ({"suspended_what": "permit"}, {}):
        assert verdict_on(date(2026, 1, 1), record(outcome="suspension", detail=detail)) is Verdict.EXTRA_SCRUTINY


def test_a_ban_that_has_run_out_bars_nobody() -> None:
    ban = record(outcome="ban", in_force_until=date(2025, 9, 1))
    assert verdict_on(date(2025, 8, 31), ban) is Verdict.MUST_REFUSE
    assert verdict_on(date(2025, 9, 1), ban) is Verdict.NO_EFFECT


def test_a_stayed_entry_is_told_and_bars_nobody() -> None:
    entry = ListingFact(7, "judgment_debtor", "stayed", date(2025, 1, 1), None)
    judged = judge(CATALOGUE, Purpose.PROCUREMENT, day=date(2026, 1, 1), listings=[entry], records=[])
    assert (judged.verdict, judged.suspended) == (Verdict.NO_EFFECT, (entry,))
