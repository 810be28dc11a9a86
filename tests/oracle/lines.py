"""What adds up to the score: lines of records and shares, corrections by caps, and bonuses taken back."""

from datetime import date

from models.indicators import Cap, Indicator, PointsByShare
from models.policies import DirectGrade, Policy
from models.results import Line, LineKind
from tests.oracle.facts import ENDLESS
from tests.oracle.gains import Gain, is_bonus, term_end
from tests.oracle.known import Setting, anchor_of, candidates, matches

Placed = tuple[int, str, Line]
"""A line of an indicator or direct grade with its place in the policy file and its code."""


def line_of(gain: Gain) -> Line:
    return Line(
        line=LineKind.DIRECT if gain.is_direct else LineKind.RECORD,
        item=gain.rule.code,
        record_key=gain.record.record_key,
        event_key=gain.record.event_key,
        points_x100=0 if gain.is_direct else gain.points,
        undoubled_x100=0 if gain.is_direct else gain.undoubled,
        is_repeat=gain.is_repeat,
        anchor_on=gain.anchor_on,
        valid_until=None if gain.until == ENDLESS else gain.until,
    )


def _bare(kind: LineKind, item: str, points: int, until: date) -> Line:
    return Line(
        line=kind,
        item=item,
        record_key=None,
        event_key=None,
        points_x100=points,
        undoubled_x100=points,
        is_repeat=False,
        anchor_on=None,
        valid_until=None if until == ENDLESS else until,
    )


def share_lines(here: Setting, place: int, rule: Indicator | DirectGrade) -> list[Placed]:
    if not isinstance(rule, Indicator) or not isinstance(rule.points, PointsByShare):
        return []
    counted: dict[int, bool] = {}
    ends = []
    for record in candidates(here, rule.records, rule.latest_event_of):
        own_end = term_end(record, rule.term, anchor_of(record, rule.term.anchor), 0)
        published_end = record.public_until if rule.term.ends_with_publication and record.public_until is not None else ENDLESS
        repaired_end = record.repaired_on if rule.term.ends_with_repair and record.repaired_on is not None else ENDLESS
        end = min(own_end, published_end, repaired_end)
        if here.as_of < end:
            ends.append(end)
            counted[record.event_key] = counted.get(record.event_key, False) or matches(here, record, rule.points.failures)
    if len(counted) < rule.points.minimum_count:
        return []
    failed = sum(counted.values())
    passed = [band for band in rule.points.bands if failed * 10_000 > len(counted) * band.over]
    points = max(passed, key=lambda band: band.over).points if passed else 0
    return [(place, rule.code, _bare(LineKind.SHARE, rule.code, points, min(ends)))] if points else []


def _end_of(line: Line) -> date:
    return line.valid_until or ENDLESS


def _by_year(cap: Cap) -> bool:
    return cap.per == "calendar_year"


def cap_lines(policy: Policy, placed: list[Placed]) -> dict[str, list[tuple[int | None, Line]]]:
    """Corrections by cap, each with its calendar year where the cap bounds years.

    Caps act in the order of the policy file; what an earlier cap within a later one has taken, the later one no longer sees.
    """
    found: dict[str, list[tuple[int | None, Line]]] = {}
    done: list[Cap] = []
    for cap in policy.caps:
        sums: dict[int | None, list[Line]] = {}
        for _, code, line in placed:
            if code in cap.indicators:
                year = line.anchor_on.year if _by_year(cap) and line.anchor_on is not None else None
                sums.setdefault(year, []).append(line)
        for earlier in done:
            if set(earlier.indicators) <= set(cap.indicators) and (_by_year(earlier) or not _by_year(cap)):
                for year, line in found[earlier.code]:
                    sums.setdefault(year if _by_year(cap) else None, []).append(line)
        found[cap.code] = []
        for year, lines in sums.items():
            points = held = sum(line.points_x100 for line in lines)
            if cap.at_most is not None:
                held = min(held, cap.at_most)
            if cap.at_least is not None:
                held = max(held, cap.at_least)
            if held != points:
                found[cap.code].append((year, _bare(LineKind.CAP, cap.code, held - points, min(map(_end_of, lines)))))
        done.append(cap)
    return found


def frozen_lines(
    here: Setting,
    kept: list[Gain],
    placed: list[Placed],
    caps: dict[str, list[tuple[int | None, Line]]],
) -> list[Line]:
    """While a freezing direct grade holds and is not put right, what bonuses gave, less what caps had taken of them, is taken back."""
    freezing = [g for g in kept if g.is_direct and isinstance(g.rule, DirectGrade) and g.rule.freezes_bonuses]
    ends = [min(g.until, g.record.rectified_on or ENDLESS) for g in freezing]
    ends = [end for end in ends if end > here.as_of]
    bonuses = [line for _, _, line in placed if is_bonus(here.policy, line.points_x100)]
    bonuses += [line for found in caps.values() for _, line in found if is_bonus(here.policy, -line.points_x100)]
    taken = sum(line.points_x100 for line in bonuses)
    if not ends or not is_bonus(here.policy, taken):
        return []
    return [_bare(LineKind.FROZEN, "bonuses_frozen", -taken, min(max(ends), *map(_end_of, bonuses)))]
