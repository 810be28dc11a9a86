"""Take what agencies report of measures: only measures of the catalogue that were in force, and entries that held."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from pydantic import ValidationError

from data.codes.known_lists import list_title
from data.database import ReadSession, WriteSession
from data.stores import feedback, measures
from data.stores.lookups import EVERYTHING_KNOWN
from data.stores.measures import PublishedCatalogue
from models.access import Actor, Role
from models.errors import CreditError, Malformed, Refused
from models.identifiers import normalise
from models.measures import Effect
from models.tables.watches import Feedback
from service.enterprise_answers import STAFF
from service.feedback_answers import FeedbackCount, FeedbackGiven, FeedbackShown, FeedbackTaken, RejectedReport

COLUMNS = {
    "编号": "reference",
    "统一社会信用代码": "code",
    "奖惩对象": "subject",
    "守信/失信行为": "conduct",
    "名单": "list",
    "执行部门名称": "agency",
    "开始时间": "starts_on",
    "结束时间": "ends_on",
    "执行措施": "measure",
    "执行内容": "content",
    "所在领域": "field",
    "奖惩类型代码": "kind",
    "成效": "result",
    "状态": "state",
    "解除时间": "lifted_on",
}
"""Headers of the real form, with number, list and day of lifting beside them; English names are read too."""
MOST_ROWS = 10_000
STATES = {"执行中": "applied", "已解除": "lifted"}
KINDS = {"1": "punishment", "2": "reward", "惩戒": "punishment", "激励": "reward"}


class NoSuchMeasure(Refused):
    """The catalogue has no such measure in force on the day, or none that follows from this list."""

    code = "feedback.measure"


class NoEntryHeld(Refused):
    """The enterprise had no entry with effect on that list on the day."""

    code = "feedback.no_entry"


class ReportedOtherwise(Refused):
    """The same number was reported before, and said something else."""

    code = "feedback.reported_otherwise"


class BadTable(Malformed):
    """The file is no table of feedback."""

    code = "feedback.table"


def give_feedback(session: WriteSession, reports: Iterable[Mapping[str, Any]], *, actor: Actor, today: date) -> FeedbackTaken:
    """Take each report by itself; a faulty one is told with its place. The caller commits."""
    catalogue = measures.catalogue_known(session, EVERYTHING_KNOWN)
    counts = {"accepted": 0, "lifted": 0, "unchanged": 0}
    rejected: list[RejectedReport] = []
    for row, given in enumerate(reports, 1):
        try:
            counts[_take(session, FeedbackGiven.model_validate(given), catalogue=catalogue, actor=actor, today=today)] += 1
        except ValidationError as fault:
            told = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'the report'}: {one['msg']}" for one in fault.errors()[:5])
            rejected.append(RejectedReport(row=row, code="feedback.malformed", message=told))
        except CreditError as fault:
            rejected.append(RejectedReport(row=row, code=fault.code, message=str(fault)))
    return FeedbackTaken(**counts, rejected=tuple(rejected))


def read_table(content: bytes) -> list[dict[str, Any]]:
    """The rows of a CSV with the headers of the real form. Raises `feedback.table`."""
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as fault:
        raise BadTable(f"The file is no CSV in UTF-8 ({fault}). Save it as CSV UTF-8 and send it again.") from None
    if not rows:
        raise BadTable("The file has no row. The first line names the columns, such as 编号, 统一社会信用代码, 名单, 执行措施.")
    if len(rows) > MOST_ROWS:
        raise BadTable(f"The file has {len(rows):,} rows; send at most {MOST_ROWS:,} at once.")
    return [_row(row) for row in rows]


def list_feedback(session: ReadSession, *, actor: Actor, today: date, only_still: bool, after: int, limit: int) -> list[FeedbackShown]:
    """The actor's own reports; of everybody for regulators, auditors and the operator."""
    mine = None if actor.role in STAFF else actor.holder
    rows = feedback.list_reports(session, today=today, reported_by=mine, only_still=only_still, after=after, limit=limit)
    return [_shown(row) for row in rows]


def count_feedback(session: ReadSession, *, today: date) -> list[FeedbackCount]:
    return [FeedbackCount.model_validate(row) for row in feedback.count_reports(session, today=today)]


def _take(session: WriteSession, given: FeedbackGiven, *, catalogue: PublishedCatalogue, actor: Actor, today: date) -> str:
    value = normalise(given.scheme, given.code)
    if max(given.starts_on, given.lifted_on or given.starts_on) > today:
        raise NoSuchMeasure(
            f"A measure is reported once it was applied or lifted; {max(given.starts_on, given.lifted_on or given.starts_on)} has not come."
        )
    effect = _effect(given, catalogue)
    there = feedback.find_report(session, agency=given.agency, reference=given.reference)
    if there is None:
        there = _enter(session, given, value=value, effect=effect, catalogue=catalogue, actor=actor)
        if given.state == "applied":
            return "accepted"
    elif _said(there) != _meant(given, effect) or (there.reported_by != actor.holder and actor.role is not Role.REGULATOR):
        raise ReportedOtherwise(f"{given.agency} reported {given.reference} before with other content. Give a new report a new reference.")
    if given.lifted_on is None or there.lifted_on is not None:
        return "unchanged"
    feedback.lift(session, there, on=given.lifted_on, at=datetime.now(UTC), result=given.result)
    return "lifted"


def _effect(given: FeedbackGiven, catalogue: PublishedCatalogue) -> Effect:
    """The effect of the measure, if it was in force and follows from the list."""
    for one in catalogue.catalogue.measures:
        if one.code == given.measure and one.holds_on(given.starts_on) and given.list in one.lists:
            return one.effect
    raise NoSuchMeasure(
        f"The catalogue {catalogue.catalogue.version} has no measure {given.measure} that follows from {given.list} and was in force on "
        f"{given.starts_on}. `/v1/measures` shows what there is; what is not there may not be applied."
    )


def _enter(
    session: WriteSession, given: FeedbackGiven, *, value: str, effect: Effect, catalogue: PublishedCatalogue, actor: Actor
) -> Feedback:
    found = feedback.find_entry(session, scheme=given.scheme, value=value, list_code=given.list, day=given.starts_on)
    if found is None:
        raise NoEntryHeld(
            f"{value} had no entry with effect on {given.list} on {given.starts_on}, so no measure rests on one. Compare them."
        )
    listing_id, enterprise_key = found
    said = _meant(given, effect) | {"result": given.result}
    report = Feedback(
        **said, listing_id=listing_id, enterprise_key=enterprise_key, catalogue_hash=catalogue.catalogue_hash, reported_by=actor.holder
    )
    feedback.add_report(session, report)
    return report


def _meant(given: FeedbackGiven, effect: Effect) -> dict[str, Any]:
    """What a report says, and a repeated one must say again."""
    kind = given.kind or ("reward" if effect is Effect.PREFERENCE else "punishment")
    return given.model_dump(include=set(SAME)) | {"kind": kind}


def _said(report: Feedback) -> dict[str, Any]:
    return {name: getattr(report, name) for name in (*SAME, "kind")}


SAME = ("agency", "reference", "measure", "subject", "conduct", "content", "field", "starts_on", "ends_on")


def _row(row: Mapping[str | Any, Any]) -> dict[str, Any]:
    """One row of a table in the names of the API; empty cells are left out."""
    told = {COLUMNS.get(str(name).strip(), str(name).strip()): value.strip() for name, value in row.items() if isinstance(value, str)}
    told = {name: value for name, value in told.items() if value}
    for name, words in (("state", STATES), ("kind", KINDS)):
        if told.get(name) in words:
            told[name] = words[told[name]]
    return told


def _shown(row: Mapping[str, Any]) -> FeedbackShown:
    named = {"scheme": row["scheme"], "value": row["value"], "name": row["name"]}
    fields: Sequence[str] = [name for name in FeedbackShown.model_fields if name in row]
    return FeedbackShown.model_validate({name: row[name] for name in fields} | {"enterprise": named, "list_title": list_title(row["list"])})
