"""The test feed: lines about invented entries, one way of leaving after the other, built as real lines are and marked as tests."""

import hashlib
from datetime import date, timedelta
from functools import cache
from typing import Any

from models.changes import GENESIS, LINE_FIELDS, Entry, canonical, digest
from models.copies import Copy
from models.listings import Cause, ListingState, Origin

Line = dict[str, Any]

FIRST_DAY = date(2026, 1, 5)
STATES = {
    Cause.BEGAN: ListingState.IN_FORCE,
    Cause.STAYED: ListingState.STAYED,
    Cause.STAY_LIFTED: ListingState.IN_FORCE,
    Cause.REVIEW_OPENED: ListingState.UNDER_REVIEW,
    Cause.REVIEW_CLOSED: ListingState.IN_FORCE,
    Cause.CORRECTED: ListingState.IN_FORCE,
}
"""Where causes lead that end nothing; every other one ends the entry."""
BEFORE = {Cause.STAY_LIFTED: Cause.STAYED, Cause.REVIEW_CLOSED: Cause.REVIEW_OPENED}
"""What has to come before."""
FORGOTTEN = (3,)
"""Lines that were emptied, in the order of emptying."""


@cache
def invented_lines() -> tuple[Line, ...]:
    """Every line, oldest first: each cause once at least, on a red and a black list that do not exist."""
    made = _Lines()
    for number, cause in enumerate(Cause):
        state = ListingState.ANNOUNCED if cause is Cause.BEGAN else ListingState.IN_FORCE
        seq = made.enter(number, state, is_red=cause is Cause.SUPERSEDED)
        if cause in BEFORE:
            seq = made.move(seq, BEFORE[cause])
        if cause is not Cause.ENTERED:
            made.move(seq, cause)
    return tuple(line | {"salt": None, "body": None} if line["seq"] in FORGOTTEN else line for line in made.lines)


@cache
def invented_copy() -> Copy:
    """What a consumer of the whole test feed holds."""
    copy = Copy()
    copy.take(invented_lines())
    return copy


class _Lines:
    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.bodies: dict[int, Line] = {}

    def enter(self, number: int, state: ListingState, *, is_red: bool) -> int:
        """A new entry; gives its line's number."""
        start = FIRST_DAY + timedelta(days=number)
        entry = Entry(
            state=state,
            origin=Origin.DECISION,
            basis="样例办法第一条 (sample)",
            clause=None,
            authority="样例机关 (sample authority)",
            decision_no=f"样例决〔2026〕{number + 1}号",
            decided_on=start,
            starts_on=start,
            ends_on=date(2029, 1, 5),
            ends_when=None,
            ended_on=None,
            end_cause=None,
        ).model_dump(mode="json")
        body = {
            "enterprise": {"scheme": "test-number", "value": f"TEST-{number + 1:04d}"},
            "name": f"样例企业{number + 1}（虚构, invented)",
            "list": "test_red" if is_red else "test_black",
            "colour": "red" if is_red else "black",
            "before": None,
            "after": entry,
        }
        return self._write(Cause.ENTERED, body, day=start, replaces=None)

    def move(self, seq: int, cause: Cause) -> int:
        """What became of the entry that a line left behind; gives the new line's number."""
        body = self.bodies[seq]
        before = body["after"]
        day = FIRST_DAY + timedelta(days=60 + seq)
        if (state := STATES.get(cause)) is not None:
            after = before | {"state": state.value}
            if cause is Cause.CORRECTED:
                after["ends_on"] = date(2028, 1, 5).isoformat()
        else:
            day = date.fromisoformat(before["starts_on"]) if cause is Cause.ANNULLED else day
            after = before | {"state": ListingState.ENDED.value, "ended_on": day.isoformat(), "end_cause": cause.value}
        return self._write(cause, body | {"before": before, "after": after}, day=day, replaces=seq)

    def _write(self, cause: Cause, body: Line, *, day: date, replaces: int | None) -> int:
        seq = len(self.lines) + 1
        salt = hashlib.sha256(b"salt of the test feed, line %d" % seq).hexdigest()[:32]
        line: Line = {
            "cause": cause.value,
            "commitment": digest(salt + canonical(body)),
            "effective_on": day.isoformat(),
            "epoch": 1,
            "known_seq": seq,
            "previous_hash": self.lines[-1]["hash"] if self.lines else GENESIS,
            "recorded_at": f"2026-03-01T08:{seq // 60:02d}:{seq % 60:02d}.000000Z",
            "replaces_seq": replaces,
            "seq": seq,
        }
        chained = digest(canonical({name: line[name] for name in LINE_FIELDS}))
        self.lines.append({"body": body, "hash": chained, "salt": salt, **line, "test": True})
        self.bodies[seq] = body
        return seq
