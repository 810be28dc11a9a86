"""A counter at which tests deliver: two enterprises in the registry, sources, and files written from rows."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from data.database import WriteSession, driver_connection
from data.intake.delivering import Progress, silent
from data.intake.profiles import load_profile
from data.stores.sources import add_source
from models.access import Actor, Role
from models.deliveries import Mode
from models.identifiers import uscc_check_symbol
from service.operations.deliver import Delivered, deliver

OFFICER = Actor(holder="Officer A", role=Role.REGULATOR)
SOURCE = "market"
OTHER = "safety"


def code_of(number: int) -> str:
    """An invented code that passes its check."""
    first = f"91000000MA{number:07d}"
    return first + uscc_check_symbol(first)


A, B, NOBODY = code_of(1), code_of(2), code_of(9)
NAME_A, NAME_B = "样例甲食品有限公司", "样例乙商贸有限公司"


def row(ref: str, bearer: str | None = A, **changed: Any) -> dict[str, Any]:
    """A valid row of the native layout; a test states only what it is about."""
    said = {
        "source_ref": ref,
        "cn_uscc": bearer,
        "kind": "penalty",
        "outcome": "fine",
        "severity": "minor",
        "occurred_on": "2024-03-05",
        "concluded_on": "2024-04-05",
        "quantities.fine_cny": "1000",
    }
    return said | changed


def csv_of(rows: Sequence[Mapping[str, Any]]) -> bytes:
    columns = list(dict.fromkeys(name for one in rows for name in one))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows([{name: "" if value is None else value for name, value in one.items()} for one in rows])
    return text.getvalue().encode()


def open_counter(session: WriteSession) -> None:
    """Add the sources and the two enterprises."""
    add_source(session, "registry", title_zh="样例登记机关", title_en="Sample registry", kinds=["enterprise"])
    for source in (SOURCE, OTHER):
        add_source(session, source, title_zh="样例机关", title_en="Sample office", kinds=["penalty", "inspection", "award"])
    session.commit()
    register(session, [{"cn_uscc": A, "name": NAME_A, "registered_on": "2015-06-01"}, {"cn_uscc": B, "name": NAME_B}])


def register(session: WriteSession, rows: Sequence[Mapping[str, Any]], **options: Any) -> Delivered:
    return send(session, csv_of(rows), profile="native-registry", source="registry", **options)


def bring(
    session: WriteSession, *rows: Mapping[str, Any], source: str = SOURCE, mode: Mode = Mode.DELTA, key: str | None = None
) -> Delivered:
    return send(session, csv_of(rows), profile="native", source=source, mode=mode, key=key)


def send(
    session: WriteSession,
    content: bytes,
    *,
    profile: str,
    source: str,
    mode: Mode = Mode.DELTA,
    key: str | None = None,
    name: str = "file.csv",
    progress: Progress = silent,
) -> Delivered:
    return deliver(
        session,
        file=io.BytesIO(content),
        file_name=name,
        profile=load_profile(profile),
        source=source,
        actor=OFFICER,
        mode=mode,
        idempotency_key=key,
        progress=progress,
    )


def ask(session: WriteSession, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    return driver_connection(session).execute(statement, values).fetchall()


def facts(session: WriteSession) -> list[tuple[Any, ...]]:
    """What is known now: the current records, whatever their revision."""
    return ask(
        session,
        "SELECT r.source, r.source_ref, r.source_mark, e.founding_value, r.kind, r.outcome, r.occurred_on, r.is_withdrawn,"
        " r.quantities_x10000::text, r.detail::text, r.content_hash FROM record AS r JOIN enterprise AS e USING (enterprise_key)"
        " WHERE r.superseded_seq IS NULL ORDER BY r.source, r.source_ref",
    )


def revisions(session: WriteSession, ref: str) -> list[tuple[Any, ...]]:
    """The revisions of one record: number, fine, withdrawn, current."""
    return ask(
        session,
        "SELECT revision, (quantities_x10000 ->> 'fine_cny')::bigint / 10000, is_withdrawn, superseded_seq IS NULL FROM record"
        " WHERE source_ref = %s ORDER BY revision",
        ref,
    )


def codes_of(session: WriteSession, delivery_id: int) -> dict[int, list[str]]:
    """The codes of what was said of each row that did not simply go in."""
    rows = ask(session, "SELECT row_no, problems FROM delivery_row WHERE delivery_id = %s ORDER BY row_no", delivery_id)
    return {row_no: sorted(problem["code"] for problem in problems) for row_no, problems in rows}


def outcomes(done: Delivered) -> tuple[int, int, int, int, int]:
    """Accepted, unchanged, revised, queued, rejected."""
    counts = done.counts
    return counts.accepted, counts.unchanged, counts.revised, counts.queued, counts.rejected
