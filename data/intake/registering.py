"""A delivery of registry facts from its kept file to published facts: the same machinery as for records, with other tables."""

from contextlib import ExitStack
from datetime import date
from functools import lru_cache
from json import JSONEncoder
from tempfile import SpooledTemporaryFile
from typing import Any, Final

import psycopg

from data.database import WriteSession, driver_connection
from data.intake.cleaning import LEGAL_ZONE
from data.intake.delivering import PROGRESS_EVERY, Outcome, Progress, number_of, silent
from data.intake.findings import Findings, fetch_missing_cells
from data.intake.parsed import ParsedEnterprise, Parsing
from data.intake.rematching import rematch_waiting, waiting_sources
from data.intake.staging import content_hash, copy_line
from data.stores.deliveries import hold_registry, hold_sources, mark_published, store_found
from data.stores.enterprises import (
    SIDE_TABLES,
    apply_changes,
    copy_statement,
    count_placed,
    place_enterprises,
    plan_changes,
    registry_tables,
)
from data.stores.knowledge import draw
from data.stores.staged import staging_tables
from models.deliveries import Counts
from models.identifiers import key_of, name_key
from models.tables.deliveries import Delivery

_encode: Final = JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
_IN_MEMORY: Final = 8 << 20


def deliver_enterprises(session: WriteSession, delivery: Delivery, parsing: Parsing, *, progress: Progress = silent) -> Outcome:
    """Read a registry file, find what differs from what is known, and publish that under one `known_seq`; the caller commits.

    Records that waited for an enterprise which the file now names go in with it, under the same `known_seq`.
    """
    connection = driver_connection(session)
    delivery_id = number_of(delivery)
    heard_on = delivery.received_at.astimezone(LEGAL_ZONE).date()
    with staging_tables(connection, delivery_id=delivery_id, source=delivery.source), registry_tables(connection), Findings() as findings:
        rows, has_more = _stage(connection, parsing, findings, progress)
        progress("matching", rows)
        findings.store(connection)
        hold_registry(connection, to_change=True)
        place_enterprises(connection, has_more=has_more)
        changed = plan_changes(connection, heard_on=heard_on)
        fetch_missing_cells(connection, parsing)
        store_found(connection, delivery_id)
        placed = count_placed(connection)
        counts = Counts(
            rows_read=rows,
            accepted=placed["accepted"],
            unchanged=placed["unchanged"],
            revised=placed["revised"],
            rejected=placed["rejected"] + findings.rejected,
            noted=findings.noted,
        )
        drawn = None
        if changed:
            progress("publishing", rows)
            hold_sources(connection, waiting_sources(connection))
            drawn = draw(session, "registry", str(delivery_id))
            apply_changes(connection, drawn)
        mark_published(connection, delivery_id, counts=counts, columns=parsing.columns, absent=(), drawn=drawn)
    if drawn is not None:
        rematch_waiting(session, drawn, why=f"Registry delivery {delivery_id} names the enterprise.")
    session.expire(delivery)
    return Outcome(counts, drawn)


def _stage(connection: psycopg.Connection[Any], parsing: Parsing, findings: Findings, progress: Progress) -> tuple[int, bool]:
    """Read the file once, as a stream; what a row says beside its enterprise is spooled, since one COPY runs at a time."""
    rows = staged_no = 0
    with ExitStack() as stack:
        spools = {table: stack.enter_context(SpooledTemporaryFile(max_size=_IN_MEMORY)) for table in SIDE_TABLES}
        with connection.cursor().copy(copy_statement("staged_enterprise")) as copy:
            for row in parsing.rows():
                rows += 1
                if rows % PROGRESS_EVERY == 0:
                    progress("reading", rows)
                if row.problems:
                    findings.reject(row, row.problems)
                    continue
                if row.notes:
                    findings.note(row)
                for enterprise in row.enterprises:
                    staged_no += 1
                    main, sides = _lines(staged_no, row.row_no, enterprise)
                    copy.write(main)
                    for table, line in sides:
                        spools[table].write(line)
        has_more = spools["more_identifier"].tell() > 0
        for table, spool in spools.items():
            spool.seek(0)
            with connection.cursor().copy(copy_statement(table)) as copy:
                while part := spool.read(1 << 16):
                    copy.write(part)
    return rows, has_more


def _lines(staged_no: int, row_no: int, said: ParsedEnterprise) -> tuple[bytes, list[tuple[str, bytes]]]:
    number = str(staged_no)
    scheme, value = said.identifiers[0]
    name = said.name
    cells = [
        scheme,
        value,
        name.name if name else "",
        name_key(name.name) if name else "",
        _day(name.valid_from) if name else "",
        _day(name.valid_until) if name else "",
        said.type or "",
        said.state or "",
        said.region or "",
        said.industry or "",
        said.size or "",
        _day(said.state_on),
        _day(said.registered_on),
        _day(said.valid_from),
        "t" if said.is_natural_person else "f",
        _encode(said.other),
    ]
    sides: list[tuple[str, tuple[str, ...]]] = [("more_identifier", (number, *pair)) for pair in said.identifiers[1:]]
    sides += [
        ("former_name", (number, one.name, name_key(one.name), _day(one.valid_from), _day(one.valid_until))) for one in said.former_names
    ]
    sides += [("staged_link", (number, one.kind, *one.identifier, _day(one.valid_from), _day(one.valid_until))) for one in said.links]
    hash_ = content_hash([*cells, *(cell for _, line in sides for cell in line[1:])])
    main = copy_line([number, str(row_no), str(key_of(scheme, value)), str(hash_), *cells])
    return main, [(table, copy_line(line)) for table, line in sides]


@lru_cache(maxsize=1 << 14)
def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
