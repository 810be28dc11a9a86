"""Say why an answer is another than before: for one enterprise live and line by line, for all as a file."""

import tempfile
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from data.codes.known_lists import list_title
from data.database import Database, ReadSession, driver_connection, make_engine, read_session
from data.stores import evidence, policies, runs
from data.stores.knowledge import BeforeBeginning, Drawn, resolve
from data.stores.lookups import known_since
from models.differences import Part
from models.errors import Malformed, Refused
from models.indicators import decimals
from models.results import ListStanding
from scoring.engines.duckdb import DuckDBEngine
from scoring.runs.answering import Rules
from scoring.runs.splitting import Corner, LineDifference, Stop, lines_moved, split_live
from scoring.runs.splitting_all import Counts, Tell, count_parts, lists_of, read_stepped, split_all, write_split
from service.clock import end_of_legal_day
from service.difference_answers import PARTS, Difference, standings
from service.operations.choose_rules import choose_rules
from service.operations.explain import Subject
from service.record_answers import item_of, record_of

MEMORY = "2GB"
"""Of the engine; the facts lie in a file beside it, and what does not fit is spilled (measured: the process peaks a gigabyte above it)."""


class Backwards(Refused):
    """The second day or moment lies before the first."""

    code = "difference.backwards"


class NoDay(Malformed):
    """An end of the difference is not named."""

    code = "difference.no_day"


class NothingKnownYet(Refused):
    """At the end of the day nothing was known here."""

    code = "difference.nothing_known"


@dataclass(frozen=True)
class End:
    """How one of the two answers is named: by a run, or by a day, with what was known (by the end of the day, unless said) and the policy
    (the one in force, unless named).
    """

    as_of: date | None = None
    known_at: datetime | None = None
    policy: str | None = None
    run: int | None = None


@dataclass(frozen=True)
class Ends:
    """Both corners of a difference, with the instants up to which each knows."""

    before: Corner
    after: Corner
    known_from: datetime
    known_to: datetime


def ends_of(session: ReadSession, before: End, after: End, *, family: str, now: datetime) -> Ends:
    """Resolve both ends to what the answers rest on.

    Raises `difference.no_day`, `difference.backwards`, `difference.nothing_known`, `knowledge.*`, `policy.*` and `run.not_found`.
    """
    (earlier, known_from), (later, known_to) = (_corner(session, end, family=family, now=now) for end in (before, after))
    if later.as_of < earlier.as_of:
        raise Backwards(f"The second day ({later.as_of}) lies before the first ({earlier.as_of}). Give the earlier day first.")
    if later.known_seq < earlier.known_seq:
        raise Backwards("What the second answer knows lies before what the first one knows. Give the earlier moment as known_from.")
    return Ends(earlier, later, known_from, known_to)


def _corner(session: ReadSession, end: End, *, family: str, now: datetime) -> tuple[Corner, datetime]:
    if end.run is not None:
        run = runs.get_run(session, end.run)
        found = policies.get_policy(session, run.policy_hash)
        return Corner(Rules(found.policy, found.policy_hash), run.as_of, run.known_seq), run.known_at
    if end.as_of is None:
        raise NoDay("A difference has two ends. Give the first one as a day (from) or as a run (run_from).")
    known = _known(session, end, now=now)
    rules = choose_rules(session, family=family, as_of=end.as_of, known_seq=known.known_seq, name=end.policy)
    return Corner(rules, end.as_of, known.known_seq), known.committed_at


def _known(session: ReadSession, end: End, *, now: datetime) -> Drawn:
    assert end.as_of is not None
    if end.known_at is not None:
        return resolve(session, end.known_at)
    ends = end_of_legal_day(end.as_of)
    try:
        return resolve(session, ends if ends < now else None)
    except BeforeBeginning as fault:
        raise NothingKnownYet(
            f"At the end of {end.as_of} nothing was known here yet. Say with known_from and known_to which moment's knowledge the answers "
            "rest on, or name two runs."
        ) from fault


def differ(session: ReadSession, subject: Subject, ends: Ends, *, today: date) -> Difference:
    """Why one enterprise's answer is another than before, with the lines, grades and lists each cause moved."""
    subject.refuse_duplicate()
    connection = driver_connection(session)
    stops = split_live(connection, subject.key, ends.before, ends.after)
    moved = {later.name: lines_moved(earlier, later) for earlier, later in pairwise(stops)}
    keys = [one.line.record_key for lines in moved.values() for one in lines if one.line.record_key is not None]
    rows = [evidence.records_by_key(session, keys, known_seq=corner.known_seq, today=today) for corner in (ends.before, ends.after)]
    first, last = stops[0].answer, stops[-1].answer
    told = {
        "enterprise": subject.named,
        "before": _end(stops[0], ends.before, ends.known_from),
        "after": _end(stops[-1], ends.after, ends.known_to),
        "is_new": known_since(session, subject.key) > ends.before.known_seq,
        "change": decimals(last.score_x100 - first.score_x100),
        "parts": [_part(earlier, later, moved[later.name], rows) for earlier, later in pairwise(stops)],
    }
    return Difference.model_validate(told)


def _end(stop: Stop, corner: Corner, known_at: datetime) -> dict[str, Any]:
    return {
        "as_of": corner.as_of,
        "known_at": known_at,
        "policy": corner.rules.policy.name,
        "policy_hash": corner.rules.policy_hash,
        "score": decimals(stop.answer.score_x100),
        "grade": stop.answer.grade,
        "is_rated": stop.answer.is_rated,
        "lists": standings(stop.answer.lists),
    }


def _part(earlier: Stop, later: Stop, moved: list[LineDifference], rows: list[dict[int, dict[str, Any]]]) -> dict[str, Any]:
    assert later.part is not None
    points = later.answer.score_x100 - earlier.answer.score_x100
    by_lines = sum((one.after_x100 or 0) - (one.before_x100 or 0) for one in moved)
    lists = [
        {"list": name, "title": list_title(name), "before": was, "after": now}
        for name in _lists(earlier, later)
        if (was := _standing(earlier, name)) != (now := _standing(later, name))
    ]
    return {
        "part": later.part,
        "title": PARTS[later.part],
        "points": decimals(points),
        "score": decimals(later.answer.score_x100),
        "grade_before": earlier.answer.grade,
        "grade_after": later.answer.grade,
        "lists": lists,
        "lines": [_line(one, later.part, rows) for one in moved],
        "beside_lines": decimals(points - by_lines),
        "is_between_versions": earlier.rules.policy_hash != later.rules.policy_hash,
    }


def _standing(stop: Stop, name: str) -> ListStanding:
    return stop.answer.lists.get(name, ListStanding.OFF)


def _lists(earlier: Stop, later: Stop) -> tuple[str, ...]:
    return lists_of(earlier.rules.policy, later.rules.policy)


def _line(one: LineDifference, part: Part, rows: list[dict[int, dict[str, Any]]]) -> dict[str, Any]:
    """A line with its record as the answers that have the line knew it: before it was withdrawn, after it came or was corrected."""
    known_then, known_now = rows
    key = one.line.record_key if one.line.record_key is not None else -1
    sides = (known_then, known_now) if part in (Part.AGEING, Part.WITHDRAWN) else (known_now, known_then)
    row = next((side[key] for side in sides if key in side), None)
    title, clause = item_of(one.line.item, one.rules.policy)
    return {
        "item": one.line.item,
        "title": title,
        "clause": clause,
        "evidence": record_of(row) if row is not None else None,
        "before": None if one.before_x100 is None else decimals(one.before_x100),
        "after": None if one.after_x100 is None else decimals(one.after_x100),
    }


@dataclass(frozen=True)
class AllDifferences:
    """What a file of differences holds, in numbers."""

    ends: Ends
    counts: Counts


def differ_all(database: Database, before: End, after: End, *, family: str, now: datetime, out: Path, tell: Tell) -> AllDifferences:
    """Write the split of every enterprise's difference to a Parquet file; raises as `ends_of`."""
    engine = make_engine(database.url)
    try:
        with read_session(engine) as session:
            ends = ends_of(session, before, after, family=family, now=now)
    finally:
        engine.dispose()
    with tempfile.TemporaryDirectory(prefix="qcredit-difference-") as folder, DuckDBEngine(memory_limit=MEMORY, spill=Path(folder)) as duck:
        tell("reading", 0)
        read_stepped(duck, database.url, Path(folder), ends.before, ends.after)
        split_all(duck, ends.before, ends.after, tell=tell)
        write_split(duck, out)
        return AllDifferences(ends, count_parts(duck))
