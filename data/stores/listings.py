"""Entries on lists: entering and moving them, the days they hold under the clock of knowledge, and reading a list as of a day.

Every move gives the lines that the log must get for it: the caller appends them last (`data.stores.changes.append`). The database refuses
to commit an entry that was moved without its line.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row, tuple_row

from data.database import ReadSession, WriteSession, driver_connection
from data.stores.changes import Move
from models.changes import Entry, canonical
from models.errors import NotFound, Refused
from models.listings import Cause, ListingState, Origin

LEAVING = frozenset(
    {Cause.EXPIRED, Cause.REPAIRED, Cause.ANNULLED, Cause.SUPERSEDED, Cause.DEREGISTERED, Cause.REMOVED, Cause.MERGED, Cause.POLICY}
)
"""The causes that end an entry."""

Row = dict[str, Any]

_ENTRY = tuple(Entry.model_fields)
_ENTER = """
WITH made AS (
    INSERT INTO listing (enterprise_key, list, colour, state, origin, run_id, decision_id, proposal_id, record_key, evidence, basis, clause,
        authority, decision_no, decided_on, starts_on, ends_on, ends_when, reason, known_seq, recorded_at)
    SELECT enterprise_key, list, colour, state, origin, run_id, decision_id, proposal_id, record_key, evidence, basis, clause,
        authority, decision_no, decided_on, starts_on, ends_on, ends_when, reason, %(known_seq)s, clock_timestamp()
    FROM jsonb_to_recordset(%(entries)s::jsonb) AS entry(enterprise_key bigint, list text, colour text, state text, origin text,
        run_id bigint, decision_id bigint, proposal_id bigint, record_key bigint, evidence bigint[], basis text, clause jsonb,
        authority text, decision_no text, decided_on date, starts_on date, ends_on date, ends_when text, reason text)
    RETURNING *
), spans AS (
    INSERT INTO listing_span (listing_id, known_seq, part, enterprise_key, list, colour, starts_on, ends_on)
    SELECT listing_id, known_seq, 0, enterprise_key, list, colour, starts_on, ends_on FROM made
)
SELECT * FROM made ORDER BY listing_id
"""
_LOCK = "SELECT * FROM listing WHERE listing_id = ANY(%s) ORDER BY listing_id FOR UPDATE"
_MOVE = """
UPDATE listing
SET state = step.state, ends_on = step.ends_on, ended_on = step.ended_on, end_cause = step.end_cause, stays = step.stays,
    known_seq = %(known_seq)s
FROM jsonb_to_recordset(%(steps)s::jsonb)
    AS step(listing_id bigint, state text, ends_on date, ended_on date, end_cause text, stays jsonb)
WHERE listing.listing_id = step.listing_id
"""
_CLOSE_SPANS = """
UPDATE listing_span SET superseded_seq = %(known_seq)s WHERE listing_id = ANY(%(listing_ids)s) AND superseded_seq IS NULL
"""
_RENEW_SPANS = """
INSERT INTO listing_span (listing_id, known_seq, part, enterprise_key, list, colour, starts_on, ends_on)
SELECT listing_id, %(known_seq)s,
    (SELECT count(*) FROM listing_span AS span WHERE span.listing_id = listing.listing_id AND span.known_seq = %(known_seq)s)
        + row_number() OVER (PARTITION BY listing_id ORDER BY lower(held)) - 1,
    enterprise_key, list, colour, lower(held), upper(held)
FROM listing CROSS JOIN LATERAL unnest(
    datemultirange(daterange(starts_on, coalesce(ended_on, ends_on))) - coalesce(
        (SELECT range_agg(daterange(s."from", s.until)) FROM jsonb_to_recordset(stays) AS s("from" date, until date)), '{}'
    )
) AS held
WHERE listing_id = ANY(%(listing_ids)s) AND end_cause IS DISTINCT FROM 'annulled' AND starts_on < coalesce(ended_on, ends_on, 'infinity')
"""
KNOWN_AS = """
LEFT JOIN LATERAL (
    SELECT scheme, value FROM enterprise_identifier AS i
    WHERE i.enterprise_key = enterprise.enterprise_key AND i.superseded_seq IS NULL AND i.scheme = 'cn-uscc'
    ORDER BY i.known_seq DESC, i.value LIMIT 1
) AS code ON true
LEFT JOIN LATERAL (
    SELECT name FROM enterprise_name AS n
    WHERE n.enterprise_key = enterprise.enterprise_key AND n.superseded_seq IS NULL
    ORDER BY n.valid_until DESC NULLS FIRST, n.valid_from DESC NULLS LAST, n.known_seq DESC, n.name LIMIT 1
) AS borne ON true
"""
"""Joins `code` and `borne`: the present unified code (else the founding identifier counts) and the present name of `enterprise`."""
_WHO = f"""
SELECT enterprise.enterprise_key, coalesce(code.scheme, founding_scheme), coalesce(code.value, founding_value), borne.name
FROM enterprise {KNOWN_AS} WHERE enterprise.enterprise_key = ANY(%s)
"""
_AS_OF = """
SELECT listing.*,
    CASE WHEN stays = '[]' THEN span.ends_on ELSE coalesce(ended_on, listing.ends_on) END AS holds_until,
    listing.colour = 'red' AND EXISTS (
    SELECT FROM honour_refusal h WHERE h.enterprise_key = listing.enterprise_key AND h.resumed_at IS NULL) AS is_declined
FROM listing_span AS span JOIN listing USING (listing_id)
WHERE span.list = %(list)s AND span.starts_on <= %(as_of)s AND (span.ends_on IS NULL OR span.ends_on > %(as_of)s)
    AND span.known_seq <= %(known_seq)s AND (span.superseded_seq IS NULL OR span.superseded_seq > %(known_seq)s)
    AND span.listing_id > %(after)s
ORDER BY span.listing_id, span.starts_on LIMIT %(limit)s
"""


class RedAndBlack(Refused):
    """An enterprise would stand on a red and a black list on the same day."""

    code = "listing.red_and_black"


class AlreadyListed(Refused):
    """The enterprise already stands on this list."""

    code = "listing.already_listed"


class BlackWithoutBasis(Refused):
    """A black entry lacks what the law asks for."""

    code = "listing.black_without_basis"


class BadDates(Refused):
    """An entry would end before it begins."""

    code = "listing.bad_dates"


class IllegalMove(Refused):
    """The entry's state does not allow this."""

    code = "listing.illegal_move"


class ListingNotFound(NotFound):
    """There is no such entry."""

    code = "listing.not_found"


@dataclass(frozen=True)
class NewListing:
    """An entry about to be made; exactly one of `run_id`, `decision_id`, `record_key` says by which of the three ways."""

    enterprise_key: int
    list: str
    colour: str
    origin: Origin
    decided_on: date
    starts_on: date
    reason: str
    state: ListingState = ListingState.IN_FORCE
    """Announced, when its procedure shows a decided entry for some days before it takes effect."""
    proposal_id: int | None = None
    ends_on: date | None = None
    ends_when: str | None = None
    basis: str | None = None
    clause: dict[str, Any] | None = None
    authority: str | None = None
    decision_no: str | None = None
    run_id: int | None = None
    decision_id: int | None = None
    record_key: int | None = None
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True)
class Step:
    """A move of one entry. Its cause says where to: a leaving cause ends it on `effective_on`; a correction gives another `ends_on`."""

    listing_id: int
    cause: Cause
    effective_on: date
    ends_on: date | None = None


def enter(session: WriteSession, entries: Sequence[NewListing], *, known_seq: int) -> list[Move]:
    """Make entries and the days they hold. Raises `RedAndBlack`, `AlreadyListed`, `BlackWithoutBasis`, `BadDates`."""
    if not entries:
        return []
    connection = driver_connection(session)
    session.flush()
    with _told(), connection.cursor(row_factory=dict_row) as cursor:
        made = cursor.execute(_ENTER, {"known_seq": known_seq, "entries": _json(map(vars, entries))}).fetchall()
    who = identities(connection, {row["enterprise_key"] for row in made})
    return [
        Move(row["listing_id"], row["enterprise_key"], Cause.ENTERED, _entered_on(row), _body(row, None, row, who[row["enterprise_key"]]))
        for row in made
    ]


def move(session: WriteSession, steps: Sequence[Step], *, known_seq: int) -> list[Move]:
    """Move entries, at most one step each, and the days they hold. Raises `ListingNotFound`, `IllegalMove`, `RedAndBlack`."""
    if not steps:
        return []
    connection = driver_connection(session)
    session.flush()
    with _told(), connection.cursor(row_factory=dict_row) as cursor:
        before = {row["listing_id"]: row for row in cursor.execute(_LOCK, ([step.listing_id for step in steps],)).fetchall()}
        if missing := [step.listing_id for step in steps if step.listing_id not in before]:
            raise ListingNotFound(f"There is no entry {missing[0]}. Look at the list for the numbers of its entries.")
        after = {step.listing_id: _moved(before[step.listing_id], step) for step in steps}
        cursor.execute(_MOVE, {"known_seq": known_seq, "steps": _json(after.values())})
        spans = {"known_seq": known_seq, "listing_ids": [key for key, row in after.items() if _span(row) != _span(before[key])]}
        cursor.execute(_CLOSE_SPANS, spans)
        cursor.execute(_RENEW_SPANS, spans)
    who = identities(connection, {row["enterprise_key"] for row in before.values()})
    moves = []
    for step in steps:
        old, new = before[step.listing_id], after[step.listing_id]
        body = _body(old, old, new, who[old["enterprise_key"]])
        day = _entered_on(old) if step.cause is Cause.ANNULLED else step.effective_on
        moves.append(Move(step.listing_id, old["enterprise_key"], step.cause, day, body))
    return moves


def current_listings(session: ReadSession, *, enterprise_keys: Iterable[int]) -> list[Row]:
    """All entries of these enterprises that have not ended, by number."""
    statement = "SELECT * FROM listing WHERE enterprise_key = ANY(%s) AND state <> 'ended' ORDER BY listing_id"
    return _rows(session, statement, (list(enterprise_keys),))


def get_listing(session: ReadSession, listing_id: int) -> Row:
    """One entry as it stands now. Raises `ListingNotFound`."""
    found = _rows(session, "SELECT * FROM listing WHERE listing_id = %s", (listing_id,))
    if not found:
        raise ListingNotFound(f"There is no entry {listing_id}. Look at the list for the numbers of its entries.")
    return found[0]


def listed_as_of(session: ReadSession, list_name: str, *, as_of: date, known_seq: int, after: int = 0, limit: int = 1000) -> list[Row]:
    """One page of a list on a day, as known at a number, by entry; `holds_until` is its end as known then."""
    place = {"list": list_name, "as_of": as_of, "known_seq": known_seq, "after": after, "limit": limit}
    return _rows(session, _AS_OF, place)


def announced(session: ReadSession, list_name: str, *, day: date, after: int = 0, limit: int = 1000) -> list[Row]:
    """One page of the entries that are decided and not in effect yet on a day, by number; `holds_until` is their end."""
    statement = (
        "SELECT *, ends_on AS holds_until FROM listing WHERE list = %s AND state = 'announced' AND starts_on > %s AND listing_id > %s"
        " ORDER BY listing_id LIMIT %s"
    )
    return _rows(session, statement, (list_name, day, after, limit))


def enterprises_on(session: ReadSession, list_name: str) -> list[int]:
    """Enterprises with an entry on this list that has not ended."""
    statement = "SELECT DISTINCT enterprise_key FROM listing WHERE list = %s AND state <> 'ended' ORDER BY enterprise_key"
    return [row["enterprise_key"] for row in _rows(session, statement, (list_name,))]


def identities_of(session: ReadSession, enterprise_keys: Iterable[int]) -> dict[int, tuple[str, str, str | None]]:
    """`identities` in a session."""
    return identities(driver_connection(session), enterprise_keys)


def identities(connection: psycopg.Connection[Any], enterprise_keys: Iterable[int]) -> dict[int, tuple[str, str, str | None]]:
    """By which identifier and name the outside knows each enterprise: scheme, value, present name."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        return {key: (scheme, value, name) for key, scheme, value, name in cursor.execute(_WHO, (list(enterprise_keys),))}


def _moved(row: Row, step: Step) -> Row:
    """The row after the step; what is not legal from its state is refused here in words, and by the database in any case."""
    may_follow_end = {Cause.ANNULLED} if row["end_cause"] == Cause.SUPERSEDED else {Cause.ANNULLED, Cause.SUPERSEDED}
    if row["state"] == ListingState.ENDED and (row["end_cause"] == Cause.ANNULLED or step.cause not in may_follow_end):
        raise IllegalMove(
            f"Entry {row['listing_id']} on {row['list']} ended on {row['ended_on']} ({row['end_cause']}), and stays ended. "
            "A new fact needs a new entry."
        )
    if step.cause in LEAVING:
        day = row["starts_on"] if step.cause is Cause.ANNULLED else max(step.effective_on, row["starts_on"])
        return row | {"state": ListingState.ENDED, "ended_on": day, "end_cause": step.cause}
    is_stayed = row["state"] == ListingState.STAYED
    match step.cause:
        case Cause.BEGAN if row["state"] == ListingState.ANNOUNCED:
            return row | {"state": ListingState.IN_FORCE}
        case Cause.STAYED if row["state"] in {ListingState.IN_FORCE, ListingState.UNDER_REVIEW}:
            _refuse_overlapping_stay(row, step)
            stay = {"from": step.effective_on.isoformat(), "until": None}
            return row | {"state": ListingState.STAYED, "stays": [*row["stays"], stay]}
        case Cause.STAY_LIFTED if is_stayed and step.effective_on.isoformat() >= row["stays"][-1]["from"]:
            lifted = row["stays"][-1] | {"until": step.effective_on.isoformat()}
            return row | {"state": ListingState.IN_FORCE, "stays": [*row["stays"][:-1], lifted]}
        # While a stay lasts it is what the entry is; the review shows when the stay is lifted.
        case Cause.REVIEW_OPENED if row["state"] != ListingState.ANNOUNCED:
            return row if is_stayed else row | {"state": ListingState.UNDER_REVIEW}
        case Cause.REVIEW_CLOSED if row["state"] != ListingState.ANNOUNCED:
            return row if is_stayed else row | {"state": ListingState.IN_FORCE}
        case Cause.CORRECTED:
            return row | {"ends_on": step.ends_on}
        case _:
            raise IllegalMove(
                f"Entry {row['listing_id']} on {row['list']} is {row['state']}, and `{step.cause}` as of {step.effective_on} does not "
                "follow from that. Look at its history, and correct the act or its day."
            )


def _refuse_overlapping_stay(row: Row, step: Step) -> None:
    if row["stays"] and step.effective_on.isoformat() < row["stays"][-1]["until"]:
        raise IllegalMove(
            f"Entry {row['listing_id']} was stayed until {row['stays'][-1]['until']} already; a new stay begins on that day or later."
        )


def _entered_on(row: Row) -> date:
    """The day from which the entry stands in the log: an announced one is shown from its decision on, and takes effect later."""
    day = row["decided_on"] if row["decided_on"] < row["starts_on"] and row["state"] == ListingState.ANNOUNCED else row["starts_on"]
    assert isinstance(day, date)
    return day


def _span(row: Row) -> tuple[date | None, bool, int, str | None]:
    last = row["stays"][-1]["until"] if row["stays"] else None
    return row["ended_on"] or row["ends_on"], row["end_cause"] == Cause.ANNULLED, len(row["stays"]), last


def _body(row: Row, before: Row | None, after: Row, who: tuple[str, str, str | None]) -> str:
    scheme, value, name = who
    return canonical(
        {
            "enterprise": {"scheme": scheme, "value": value},
            "name": name,
            "list": row["list"],
            "colour": row["colour"],
            "before": before and _entry(before),
            "after": _entry(after),
        }
    )


def _entry(row: Row) -> Row:
    return {name: value.isoformat() if isinstance(value := row[name], date) else value for name in _ENTRY}


def _json(rows: Iterable[Row]) -> str:
    return json.dumps(list(rows), default=date.isoformat)


def _rows(session: ReadSession, statement: str, values: Any) -> list[Row]:
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, values).fetchall()


@contextmanager
def _told() -> Iterator[None]:
    """Say in our own words what a constraint refused."""
    try:
        yield
    except psycopg.IntegrityError as fault:
        match fault.diag.constraint_name:
            case "ex_listing_red_and_black":
                raise RedAndBlack(
                    "An enterprise cannot stand on a red and a black list on the same day. "
                    "A black decision ends red entries; a red one waits until the black entry has ended."
                ) from fault
            case "uq_listing_current":
                raise AlreadyListed(
                    "The enterprise already stands on this list. Wait for the entry's end, or correct the entry."
                ) from fault
            case "ck_listing_black_needs_basis_authority_number_end":
                raise BlackWithoutBasis(
                    "A black entry needs a legal basis, an authority, a decision number and an end: "
                    "a date, or the condition that its clause names."
                ) from fault
            case "ck_listing_ends_after_start" | "ck_listing_ended_not_before_start":
                raise BadDates("An entry cannot end before it begins. Correct its dates.") from fault
            case "listing_legal_move" | "listing_identity":
                raise IllegalMove(str(fault.diag.message_primary)) from fault
            case _:
                raise
