"""Export the relations that a policy is answered from, for engines on other machines."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from data.database import Database, make_engine, read_session
from data.stores import knowledge
from scoring.runs.exporting import Progress, write_export
from service.operations.choose_rules import choose_rules


@dataclass(frozen=True)
class ExportRequest:
    """What an export holds: all enterprises on a day, as known at an instant (now unless said), as the policy reads them."""

    folder: Path
    as_of: date
    family: str
    policy: str | None = None
    known_at: datetime | None = None


def export_relations(database: Database, request: ExportRequest, *, tell: Progress) -> dict[str, Any]:
    """Write the export and give its manifest. Raises `policy.*` and `knowledge.*`."""
    engine = make_engine(database.url, size=1)
    try:
        with read_session(engine) as session:
            known_seq = knowledge.resolve(session, request.known_at).known_seq
            rules = choose_rules(session, family=request.family, as_of=request.as_of, known_seq=known_seq, name=request.policy)
    finally:
        engine.dispose()
    return write_export(database.url, rules, as_of=request.as_of, known_seq=known_seq, folder=request.folder, tell=tell)
