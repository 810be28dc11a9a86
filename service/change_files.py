"""Lines of the feed as tables and as CloudEvents."""

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic_core import to_json

from service.operations.change_schema import ADDRESS

CLOUDEVENTS = "application/cloudevents-batch+json"
CLOUDEVENTS_NDJSON = "application/x-ndjson"
TYPE = "qcredit.change.v1"
SOURCE = "urn:qcredit:log:changes"

LINE = ("seq", "epoch", "cause", "effective_on", "recorded_at", "known_seq", "replaces_seq", "commitment", "previous_hash", "hash", "salt")
AFTER = (
    "state", "origin", "basis", "authority", "decision_no", "decided_on", "starts_on", "ends_on", "ends_when", "ended_on", "end_cause",
)  # fmt: skip
COLUMNS = (*LINE, "list", "colour", "scheme", "value", "name", "act", "article", *AFTER)
"""One row is one line; the entry is shown as it stands after it. An emptied line has its chained part alone."""


def rows_of(lines: Iterable[dict[str, Any]]) -> Iterator[list[Any]]:
    """Lines as rows under `COLUMNS`."""
    for line in lines:
        body = line["body"] or {}
        after, who = body.get("after") or {}, body.get("enterprise") or {}
        clause = after.get("clause") or {}
        said = [body.get("list"), body.get("colour"), who.get("scheme"), who.get("value"), body.get("name")]
        yield [*(line[name] for name in LINE), *said, clause.get("act"), clause.get("article"), *(after.get(name) for name in AFTER)]


def event_of(line: dict[str, Any]) -> dict[str, Any]:
    """A line in a CloudEvents 1.0 envelope; its identity stays the same however often it is read."""
    return {
        "specversion": "1.0",
        "id": f"{line['epoch']}-{line['seq']}",
        "source": SOURCE,
        "type": TYPE,
        "time": line["recorded_at"],
        "datacontenttype": "application/json",
        "dataschema": ADDRESS,
        "data": line,
    }


def as_event_lines(lines: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """One event a line."""
    for line in lines:
        yield to_json(event_of(line)) + b"\n"
