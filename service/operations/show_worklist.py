"""Who owes which step by when: the worklist as API and pages show it."""

from data.codes.known_lists import list_title
from data.database import ReadSession
from data.stores import matters
from models.procedures import Owner
from service.clock import legal_day
from service.enterprise_answers import EnterpriseNamed
from service.matter_answers import AboutRecord, Worklist, WorklistLine


def page_of_worklist(
    session: ReadSession, *, overdue: bool, after: int | None, limit: int, owner: Owner | None = None, district: str | None = None
) -> Worklist:
    """One page of the running clocks, the earliest day first; `after` is the last line that the asker has."""
    today = legal_day()
    found = matters.worklist(session, today=today, owner=owner, overdue=overdue, district=district, after=after, limit=limit + 1)
    lines = tuple(_line(row) for row in found[:limit])
    return Worklist(today=today, lines=lines, next=lines[-1].deadline_id if len(found) > limit else None)


def _line(row: matters.Row) -> WorklistLine:
    given = {name: row[name] for name in WorklistLine.model_fields if name in row and name != "list"}
    named = row["scheme"] and EnterpriseNamed(scheme=row["scheme"], value=row["value"], name=row["name"])
    record = row["source"] and AboutRecord(source=row["source"], source_ref=row["source_ref"], document_no=row["document_no"])
    about = {
        "list": row["list"] and list_title(row["list"]),
        "record": record or None,
        "enterprise": named or None,
        "is_overdue": bool(row["is_overdue"]),
    }
    return WorklistLine.model_validate(given | about)
