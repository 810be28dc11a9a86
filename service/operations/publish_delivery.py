"""Publish a kept delivery, and revise records by a decision: as a delivery of their own source, through the same door as any other.

What a decision sets stands until it ends: when the source sends the record again without it, it is set again in the same transaction.
"""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import uuid4

from pydantic_core import to_json

from data.database import WriteSession
from data.intake.delivering import Outcome, Progress, deliver_records, silent
from data.intake.parsing import open_parsing
from data.intake.profiles import LoadedProfile, load_profile
from data.intake.receiving import receive
from data.intake.registering import deliver_enterprises
from data.stores import remedies
from data.stores.files import file_on_disk
from data.stores.knowledge import Drawn
from data.stores.remedies import Row
from data.stores.sources import get_source
from models.errors import Refused
from models.records import QUANTITY_SCALE, RecordBase
from models.tables.deliveries import Delivery
from service.operations.follow_facts import follow_facts

TEXTS = ("event_ref", "kind", "outcome", "severity", "level", "capacity", "code", "title", "authority", "document_no", "source_mark")
DAYS = tuple(name for name in RecordBase.model_fields if name.endswith(("_on", "_from", "_until", "disclosed_at")))


class NotRevised(Refused):
    """A record could not be revised through the door."""

    code = "remedy.not_revised"


def publish_delivery(
    session: WriteSession, delivery: Delivery, profile: LoadedProfile, *, reread: Delivery | None = None, progress: Progress = silent
) -> Outcome:
    """Read the kept file and publish it in this transaction, with what follows for lists; the caller commits."""
    source = get_source(session, delivery.source)
    with file_on_disk(session, delivery.file_sha256, name=delivery.file_name) as path:
        parsing = open_parsing(path, profile, name=delivery.file_name)
        if profile.profile.target == "enterprises":
            outcome = deliver_enterprises(session, delivery, parsing, progress=progress)
        else:
            outcome = deliver_records(session, delivery, parsing, source, reread=reread, progress=progress)
    if outcome.drawn is not None:
        follow_facts(session, outcome.drawn)
        keep_decided(session, outcome.drawn)
    return outcome


def revise_records(session: WriteSession, sets: Mapping[int, Mapping[str, Any]], *, by: str, why: str) -> list[int]:
    """Deliver these records anew with some fields set (None empties one), in this transaction; gives the numbers drawn.

    `enterprise` moves a record to another enterprise, as an identifier. The caller commits, and lets standings follow after that.
    Raises `remedy.not_revised` and what a delivery raises.
    """
    by_source: dict[str, list[Row]] = defaultdict(list)
    for row in remedies.current_records(session, sets):
        by_source[row["source"]].append(row)
    numbers: list[int] = []
    for source, rows in sorted(by_source.items()):
        lines = b"\n".join(to_json(native_row(row) | dict(sets[row["record_key"]])) for row in rows) + b"\n"
        received = receive(
            session,
            source=source,
            file=BytesIO(lines),
            file_name="decision.jsonl",
            profile=load_profile("native"),
            received_from=f"{by}: {why}"[:200],
            idempotency_key=f"decision {uuid4()}",
        )
        outcome = publish_delivery(session, received.delivery, load_profile("native"))
        done = outcome.counts.revised + outcome.counts.unchanged
        if done != len(rows):
            raise NotRevised(
                f"{len(rows) - done} of {len(rows)} records of {source} could not be revised; nothing was changed. "
                "Look whether the source may still send their kind (`qcredit sources list`)."
            )
        if outcome.drawn is not None:
            numbers.append(outcome.drawn.known_seq)
    return numbers


def keep_decided(session: WriteSession, drawn: Drawn) -> None:
    """Set again what standing decisions set, where the source has just sent a record without it."""
    if lacking := remedies.lacking_effects(session, drawn.known_seq):
        revise_records(session, lacking, by="the service itself", why="a decision on the record stands")


def native_row(row: Row) -> dict[str, Any]:
    """A stored revision in the names and units of the native layout."""
    told: dict[str, Any] = {name: row[name] for name in (*TEXTS, *DAYS) if row[name] is not None}
    told |= {
        "source_ref": row["source_ref"],
        "enterprise": [{"scheme": row["scheme"], "value": row["value"]}],
        "quantities": {name: format(Decimal(value) / QUANTITY_SCALE, "f") for name, value in row["quantities_x10000"].items()},
        "detail": {name: value for name, value in row["detail"].items() if value is not None},
    }
    return told | ({"withdrawn": "true"} if row["is_withdrawn"] else {})
