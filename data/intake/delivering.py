"""A delivery of records from its kept file to published facts, in one transaction that a kill leaves without a trace."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from data.database import WriteSession, driver_connection
from data.intake.findings import Findings, fetch_missing_cells
from data.intake.parsed import ParsedRow, Parsing
from data.intake.staging import RecordLines
from data.stores.deliveries import (
    count_outcomes,
    count_verdicts,
    hold_registry,
    hold_sources,
    mark_published,
    settled_seq,
    store_found,
)
from data.stores.judging import judge
from data.stores.knowledge import Drawn, draw
from data.stores.queue import drop_waiting, queue_judged
from data.stores.records import count_absent, find_undoable, publish_judged, undo_gathered
from data.stores.staged import staged_copy, staging_tables
from models.deliveries import Counts, Mode, Problem
from models.tables.deliveries import Delivery, Source

Progress = Callable[[str, int], None]
"""Told the phase and the rows done so far."""
PROGRESS_EVERY: Final = 2000


def silent(_phase: str, _rows: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Outcome:
    """What a delivery did; `drawn` is None when nothing new became known."""

    counts: Counts
    drawn: Drawn | None


@dataclass(frozen=True)
class _Read:
    """What one pass over the file found."""

    rows: int
    rejected: int
    noted: int
    nameless: bool
    several: bool


def deliver_records(
    session: WriteSession,
    delivery: Delivery,
    parsing: Parsing,
    source: Source,
    *,
    reread: Delivery | None = None,
    progress: Progress = silent,
) -> Outcome:
    """Read, judge and publish a delivery of records under one `known_seq`, drawn late; the caller commits.

    `reread` is the earlier delivery whose file this one reads again: what it brought and this reading no longer gives is withdrawn.
    """
    connection = driver_connection(session)
    delivery_id = number_of(delivery)
    with staging_tables(connection, delivery_id=delivery_id, source=source.code), Findings() as findings:
        read = _stage(connection, parsing, source, findings, progress)
        progress("matching", read.rows)
        findings.store(connection)
        hold_registry(connection, to_change=False)
        hold_sources(connection, [source.code])
        again = (number_of(reread), settled_seq(connection, number_of(reread))) if reread is not None else None
        unusual = judge(connection, by_name=read.nameless, several=read.several, reread=again)
        if reread is not None:
            drop_waiting(connection, number_of(reread), why=f"Its file was read again as delivery {delivery_id}.")
        queue_judged(connection)
        fetch_missing_cells(connection, parsing)
        store_found(connection, delivery_id)
        verdicts = count_verdicts(connection)
        absent, examples = count_absent(connection, source.code) if delivery.mode == Mode.FULL else (0, [])
        gone = find_undoable(connection, number_of(reread), except_staged=True) if reread is not None else 0
        counts = _count(connection, read, unusual=unusual, verdicts=verdicts, absent=absent)
        drawn = None
        if verdicts.get("accepted", 0) + verdicts.get("revised", 0) + gone:
            progress("publishing", read.rows)
            drawn = draw(session, "delivery", str(delivery_id))
            publish_judged(connection, drawn, revised=verdicts.get("revised", 0))
            if gone:
                undone = undo_gathered(connection, drawn, by_delivery=delivery_id)
                counts = counts.model_copy(update={"withdrawn": undone.withdrawn + undone.restored})
        mark_published(connection, delivery_id, counts=counts, columns=parsing.columns, absent=examples, drawn=drawn)
    session.expire(delivery)
    return Outcome(counts, drawn)


def _stage(connection: psycopg.Connection[Any], parsing: Parsing, source: Source, findings: Findings, progress: Progress) -> _Read:
    """Read the file once, as a stream, into `staged`; rows with problems go to the findings instead."""
    lines = RecordLines(source.code)
    kinds = frozenset(source.kinds)
    rows = 0
    nameless = several = False
    with staged_copy(connection) as copy:
        for row in parsing.rows():
            rows += 1
            if rows % PROGRESS_EVERY == 0:
                progress("reading", rows)
            if row.problems or (problems := _not_entitled(row, kinds, source.code)):
                findings.reject(row, row.problems or problems)
                continue
            if row.notes:
                findings.note(row)
            for record in row.records:
                if len(record.identifiers) != 1:
                    nameless = nameless or not record.identifiers
                    several = several or len(record.identifiers) > 1
                copy.write(lines.line_of(row.row_no, record))
    return _Read(rows=rows, rejected=findings.rejected, noted=findings.noted, nameless=nameless, several=several)


def _not_entitled(row: ParsedRow, kinds: Collection[str], source: str) -> list[Problem]:
    for record in row.records:
        if (kind := record.fields["kind"]) not in kinds:
            message = f"The source {source} is not entitled to records of the kind {kind}."
            suggestion = f"It may send {', '.join(sorted(kinds)) or 'nothing yet'}; `qcredit sources entitle` changes that."
            return [
                Problem(row_no=row.row_no, column="kind", value=kind, code="source.not_entitled", message=message, suggestion=suggestion)
            ]
    return []


def _count(connection: psycopg.Connection[Any], read: _Read, *, unusual: int, verdicts: dict[str, int], absent: int) -> Counts:
    outcomes = count_outcomes(connection)
    return Counts(
        rows_read=read.rows,
        accepted=outcomes["accepted"],
        unchanged=outcomes["unchanged"],
        revised=outcomes["revised"],
        queued=outcomes["queued"],
        rejected=outcomes["rejected"] + read.rejected,
        noted=read.noted + unusual + verdicts.get("older", 0) + verdicts.get("overtaken", 0),
        absent=absent,
    )


def number_of(delivery: Delivery) -> int:
    """The number that the database drew for a delivery."""
    assert delivery.delivery_id is not None
    return delivery.delivery_id
