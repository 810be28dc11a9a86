"""A line of the change log (名单变更): its canonical form, its hashes, what it says, and what a log replays to.

A line has two parts. The chained part (`LINE_FIELDS`) is hashed and never changes. What it says of whom, the body, stands beside it under
a salted commitment, so that the law may empty body and salt while the chain still verifies.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from pydantic import Field

from models.errors import CreditError
from models.identifiers import Identifier
from models.law import Clause
from models.listings import Cause, ListingState, Origin
from models.shapes import Shape

GENESIS = hashlib.sha256(b"quality credit change log, epoch 1").hexdigest()
"""What the first line names as its predecessor."""

LINE_FIELDS = ("cause", "commitment", "effective_on", "epoch", "known_seq", "previous_hash", "recorded_at", "replaces_seq", "seq")
"""The chained fields, in the order of their canonical form."""


class BrokenChain(CreditError):
    """A log or a copy of it is not what was written."""

    code = "changes.broken_chain"


class Stay(Shape):
    """Days on which an entry had no effect: from the day a review or a court stayed it until, not including, the day that was lifted."""

    from_: date = Field(alias="from")
    until: date | None


class Entry(Shape):
    """An entry as it stood before or after a change; `ends_on` and `ended_on` are first days on which it no longer holds."""

    state: ListingState
    origin: Origin
    basis: str | None
    clause: Clause | None
    authority: str | None
    decision_no: str | None
    decided_on: date
    starts_on: date
    ends_on: date | None
    ends_when: str | None
    ended_on: date | None
    end_cause: Cause | None
    stays: tuple[Stay, ...] = ()

    @property
    def held_until(self) -> date | None:
        return self.ended_on or self.ends_on

    def holds_on(self, day: date) -> bool:
        """Whether it has effect on this day: an annulled entry never had, a stayed one has none while the stay lasts."""
        if self.end_cause is Cause.ANNULLED or any(s.from_ <= day and (s.until is None or day < s.until) for s in self.stays):
            return False
        return self.starts_on <= day and (self.held_until is None or day < self.held_until)


class Body(Shape):
    """What a line says of whom. `before` is empty when the entry is new; `after` stays when it ended, with day and cause."""

    enterprise: Identifier
    name: str | None
    list: str
    colour: str
    before: Entry | None
    after: Entry


class FeedLine(Shape):
    """A line as consumers receive it. `salt` and `body` are null once the law had them emptied."""

    seq: int
    epoch: int
    cause: Cause
    effective_on: date
    recorded_at: str
    known_seq: int
    replaces_seq: int | None
    """The line before this one about the same entry."""
    commitment: str
    """SHA-256 of the salt followed by the body in canonical form, hexadecimal."""
    previous_hash: str
    hash: str
    """SHA-256 of the chained part in canonical form, hexadecimal."""
    salt: str | None
    body: Body | None
    test: bool = Field(default=False, exclude_if=lambda value: not value)
    """True on the lines of the test feed, whose entries are invented; real lines do not have it."""


def canonical(value: Any) -> str:
    """JSON with sorted keys, no spaces and every character as itself: one text for one value, in any language."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    """SHA-256 of the text in UTF-8, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def written_at(instant: datetime) -> str:
    """An instant as lines write it: UTC, always with microseconds."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def verify(lines: Iterable[dict[str, Any]], *, after: int = 0, previous_hash: str = GENESIS) -> tuple[int, str]:
    """Check numbers, chain and commitments of lines as the feed sends them (parsed JSON); give the last number and hash.

    `after` and `previous_hash` say where the reader stands. Raises `BrokenChain` at the first line that does not fit.
    """
    for line in lines:
        seq = line["seq"]
        if seq != after + 1:
            raise BrokenChain(f"After line {after} comes line {seq}: lines are missing or out of order. Read again from {after}.")
        if line["previous_hash"] != previous_hash:
            raise BrokenChain(f"Line {seq} does not follow the line before it. Keep both copies, and compare them with the source.")
        check_line(line)
        after, previous_hash = seq, line["hash"]
    return after, previous_hash


def check_line(line: dict[str, Any]) -> None:
    """Check one line by itself: its own hash, and what it committed to. Raises `BrokenChain`."""
    if digest(canonical({name: line[name] for name in LINE_FIELDS})) != line["hash"]:
        raise BrokenChain(f"Line {line['seq']} is not what was hashed when it was written. Keep this copy, and compare it with the source.")
    if line["body"] is not None and digest(line["salt"] + canonical(line["body"])) != line["commitment"]:
        raise BrokenChain(f"What line {line['seq']} says is not what it committed to. Keep this copy, and compare it with the source.")


def replay(lines: Iterable[FeedLine]) -> dict[int, Body]:
    """Follow the log from its beginning: what the last line says of each entry, under the number of the entry's first line."""
    first_line: dict[int, int] = {}
    entries: dict[int, Body] = {}
    for line in lines:
        root = line.seq if line.replaces_seq is None else first_line[line.replaces_seq]
        first_line[line.seq] = root
        if line.body is None:
            entries.pop(root, None)
        else:
            entries[root] = line.body
    return entries


def listed_on(entries: dict[int, Body], day: date) -> Iterator[Body]:
    """Those of the replayed entries that hold on a day."""
    return (body for body in entries.values() if body.after.holds_on(day))


def state_on(lines: Iterable[FeedLine], day: date) -> ListingState | None:
    """The state of one entry on a day, from its lines in the order of the log; None before it was entered.

    Of the lines that took effect by the day, the last one written counts. Dates work by themselves: an announced entry is in force from its
    first day, and over from its last, whether the line that says so is written yet or not.
    """
    told: ListingState | None = None
    entry: Entry | None = None
    for line in lines:
        if line.body is None:
            return None
        entry = line.body.after
        if line.effective_on <= day and line.cause is not Cause.CORRECTED:
            told = entry.state
    if told is None or entry is None or told is ListingState.ENDED:
        return told
    if entry.ends_on is not None and entry.ends_on <= day:
        return ListingState.ENDED
    if told is ListingState.ANNOUNCED and entry.starts_on <= day:
        return ListingState.IN_FORCE
    return told
