"""How long records are published: the shipped regimes as they read, and what holds for every record."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.policy_files import shipped_acts
from data.publication.regimes import FaultyRegimes, read_regimes, shipped_regimes
from models.publication import Channel, RecordFacts, Tier, is_over, publications_of, shown_until
from models.records import Kind, outcomes

REGIMES = shipped_regimes()
DAYS = st.dates(date(2012, 1, 1), date(2030, 1, 1))
ORDER = [Tier.SLIGHT, Tier.GENERAL, Tier.SERIOUS]


@st.composite
def facts(draw: st.DrawFn) -> RecordFacts:
    kind = draw(st.sampled_from(list(Kind)))
    occurred_on = draw(DAYS)
    fine = draw(st.none() | st.integers(0, 10**11))
    maybe = st.none() | st.integers(0, 900).map(lambda days: occurred_on + timedelta(days=days))
    return RecordFacts(
        kind=kind,
        outcome=draw(st.sampled_from(outcomes(kind))),
        occurred_on=occurred_on,
        severity=draw(st.sampled_from([None, "minor", "general", "serious"])),
        decided_on=draw(maybe),
        published_on=draw(maybe),
        in_force_until=draw(maybe),
        public_until=draw(maybe),
        quantities_x10000={} if fine is None else {"fine_cny": fine},
        detail=draw(
            st.sampled_from([{}, {"procedure": "simple"}, {"field": "food"}, {"list": "abnormal_operation"}, {"list": "serious_illegal"}])
        ),
    )


def penalty(**given: Any) -> RecordFacts:
    values: dict[str, Any] = {"kind": "penalty", "outcome": "fine", "occurred_on": date(2026, 1, 5), "decided_on": date(2026, 5, 1)}
    return RecordFacts(**values | given)


def on(channel: Channel, record: RecordFacts) -> Any:
    return next((one for one in publications_of(record, REGIMES.regimes) if one.channel is channel), None)


@given(facts())
def test_ends_follow_the_start_and_the_earliest_is_never_after_the_latest(record: RecordFacts) -> None:
    for one in publications_of(record, REGIMES.regimes):
        days = [day for day in (one.starts_on, one.earliest_end_on, one.latest_end_on) if day is not None]
        assert days == sorted(days)
        assert one.starts_on is not None or days == []
        assert one.is_repairable or one.earliest_end_on is None


@given(facts())
def test_a_channel_speaks_once_and_by_the_regime_of_the_documents_day(record: RecordFacts) -> None:
    found = publications_of(record, REGIMES.regimes)
    assert len({one.channel for one in found}) == len(found)
    for one in found:
        regime = next(regime for regime in REGIMES.regimes if regime.code == one.regime)
        assert regime.holds_on(record.document_on)


@given(facts())
def test_nothing_is_shown_longer_than_its_source_says_and_what_is_over_stays_over(record: RecordFacts) -> None:
    until = shown_until(record, REGIMES)
    if record.public_until is not None:
        assert until != "never"
        assert until is not None
        assert until <= record.public_until
    days = [record.document_on + timedelta(days=30 * month) for month in range(80)]
    over = [is_over(record, REGIMES, on=day) for day in days]
    assert over == sorted(over)


@given(facts(), st.integers(0, 10**10))
def test_a_larger_fine_never_ends_sooner_under_the_rules_of_2026(record: RecordFacts, more: int) -> None:
    base = replace(record, kind="penalty", outcome="fine", decided_on=date(2026, 6, 1), in_force_until=None, detail={})
    lesser, greater = (replace(base, quantities_x10000={"fine_cny": fine}) for fine in (more, more * 2))
    one, other = on(Channel.CREDIT_SITE, lesser), on(Channel.CREDIT_SITE, greater)
    assert ORDER.index(one.tier) <= ORDER.index(other.tier)
    assert one.latest_end_on <= other.latest_end_on


def test_a_general_penalty_of_2026_ends_after_a_year_and_after_three_months_by_repair() -> None:
    found = on(Channel.CREDIT_SITE, penalty(quantities_x10000={"fine_cny": 500_000_000}))
    assert (found.tier, found.starts_on) == (Tier.GENERAL, date(2026, 5, 1))
    assert (found.earliest_end_on, found.latest_end_on) == (date(2026, 8, 1), date(2027, 5, 1))


def test_the_same_penalty_decided_a_day_before_the_new_rules_lasts_three_years() -> None:
    found = on(Channel.CREDIT_SITE, penalty(decided_on=date(2026, 3, 31), quantities_x10000={"fine_cny": 500_000_000}))
    assert (found.regime, found.latest_end_on) == ("credit-site-2023", date(2029, 3, 31))


def test_a_slight_penalty_is_not_published_unless_its_source_says_until_when() -> None:
    slight = penalty(outcome="warning")
    assert shown_until(slight, REGIMES) == "never"
    assert is_over(slight, REGIMES, on=date(2026, 5, 1))
    assert shown_until(replace(slight, public_until=date(2026, 6, 1)), REGIMES) == date(2026, 6, 1)
    assert shown_until(replace(slight, public_until=date(2027, 6, 1)), REGIMES) == date(2026, 8, 1)


def test_the_publicity_system_counts_from_publication_and_says_so_while_there_is_none() -> None:
    waiting = on(Channel.PUBLICITY_SYSTEM, penalty(outcome="revocation"))
    assert (waiting.starts_on, waiting.latest_end_on) == (None, None)
    published = on(Channel.PUBLICITY_SYSTEM, penalty(outcome="revocation", published_on=date(2026, 5, 20)))
    assert (published.tier, published.earliest_end_on, published.latest_end_on) == (Tier.SERIOUS, date(2027, 5, 20), date(2029, 5, 20))


def test_a_ban_that_lasts_longer_keeps_its_record_published() -> None:
    found = on(Channel.CREDIT_SITE, penalty(outcome="ban", in_force_until=date(2031, 5, 1)))
    assert found.latest_end_on == date(2031, 5, 1)


def test_under_order_45_a_revocation_cannot_be_repaired() -> None:
    found = on(Channel.PUBLICITY_SYSTEM, penalty(outcome="revocation", decided_on=date(2023, 1, 5), published_on=date(2023, 1, 9)))
    assert (found.is_repairable, found.earliest_end_on, found.latest_end_on) == (False, None, date(2026, 1, 9))


def test_praise_and_clean_results_are_governed_by_no_regime() -> None:
    for kind, outcome in (("award", "quality_award"), ("sampling", "none_found"), ("inspection", "none_found"), ("commitment", "kept")):
        assert publications_of(penalty(kind=kind, outcome=outcome), REGIMES.regimes) == ()


def test_every_clause_is_in_the_register_and_amounts_that_were_not_found_are_called_samples() -> None:
    for regime in REGIMES.regimes:
        for rule in regime.tiers:
            assert rule.clause.act in shipped_acts(), rule.clause
            has_amount = any(one.quantities for one in rule.records)
            assert not has_amount or "样例" in (rule.clause.note or ""), rule


def written(code: str, since: str, records: str = "{kind: penalty}") -> str:
    return f"""
- code: {code}
  channel: credit_site
  title: {{zh: x, en: x}}
  in_force_from: {since}
  starts: document
  tiers: [{{tier: general, records: [{records}], clause: {{act: ndrc-order-36, article: '1'}}}}]
"""


@pytest.mark.parametrize(
    ("regimes", "said"),
    [
        (written("a", "2020-01-01") + "  more: 1\n", "Extra inputs"),
        (written("a", "2020-01-01") + written("b", "2021-01-01"), "in force on 2021-01-01 both"),
        (written("a", "2020-01-01", "{kind: penalty, listed: quality_black}"), "told by the record alone"),
    ],
)
def test_a_file_of_regimes_that_cannot_be_right_is_refused_with_its_place(regimes: str, said: str) -> None:
    with pytest.raises(FaultyRegimes, match=rf"line \d+: .*{said}"):
        read_regimes(f"governs_here: credit_site\nregimes:{regimes}")
