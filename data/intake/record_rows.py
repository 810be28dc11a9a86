"""Rows to records: a profile and a header, compiled once into a reader of rows."""

from collections.abc import Sequence
from itertools import product
from typing import Any, Final

from data.intake.cleaning import BadValue, Cell, text_of
from data.intake.columns import Filler, Header, Plan, RowProblems, value_of, without_persons
from data.intake.converters import TooLong
from data.intake.kind_rules import is_token, longest_detail, refused_by_kind
from data.intake.packed_cells import FailedItem, failed_items
from data.intake.parsed import ParsedRecord, ParsedRow
from data.intake.parties import Named, PartyPlan
from data.intake.profiles import TEXT_FIELDS, FieldRule, Profile, Reference
from models.deliveries import Problem
from models.identifiers import key_of

_REFERENCE: Final = 200
_NEEDED: Final = ("kind", "outcome", "occurred_on")


class RecordRows:
    """Reads rows under one profile and header; making it checks that the columns needed are there."""

    def __init__(self, profile: Profile, header: Header, *, pads: bool) -> None:
        self._profile = profile
        self._header = header
        self._pads = pads
        self._constants: dict[str, Any] = {}
        self._constant_detail: dict[str, Any] = {}
        self._several: Plan | None = None
        self._titles = {name: name for name in _NEEDED}
        plans: tuple[list[Plan], list[Plan], list[Plan]] = ([], [], [])
        for name, rule in self._rules().items():
            self._plan(name, rule, plans)
        self._fields, self._detail, self._quantities = (Filler(group) for group in plans)
        self._only_for = [(name, frozenset(rule.only_for)) for name, rule in profile.fields.items() if rule.only_for]
        self._parties = [PartyPlan(party, header, is_open=profile.open_columns) for party in profile.parties]
        self._items = header.indexes(profile.items.column) if profile.items else ()
        self._marks_parties = len(profile.parties) > 1 or any(party.name_holds_producers for party in profile.parties)
        self._makes_several = self._marks_parties or profile.items is not None or self._several is not None
        self._source_ref = _ReferencePlan(profile.source_ref, header, "source_ref")
        self._event_ref = _ReferencePlan(profile.event_ref, header, "event_ref")
        self._refusals = [(header.condition(refusal.when), refusal) for refusal in profile.refuse]
        if not any(plan.title for plan in self._parties):
            first = profile.parties[0]
            header.missing.append(first.name or first.identifiers[0].column)
        header.check()
        self._unread = header.unread()

    def read(self, row_no: int, cells: list[Cell]) -> ParsedRow:
        """Read one row; with any problem it gives no record at all."""
        problems = RowProblems(row_no)
        if not self._header.fit(cells, problems, pads=self._pads):
            return ParsedRow(row_no, without_persons(cells), problems=problems.found)
        for index in self._unread:
            cells[index] = None
        for holds, refusal in self._refusals:
            if holds(cells):
                problems.say(refusal.code, refusal.when.column[0], refusal.sentence)
                return ParsedRow(row_no, without_persons(cells), problems=problems.found)
        records = self._records(cells, problems)
        dropped = self._header.reading.dropped
        if problems.found or dropped:
            notes = [_dropped(row_no, column) for column in dict.fromkeys(dropped)]
            dropped.clear()
            return ParsedRow(row_no, without_persons(cells), records, problems=problems.found, notes=notes)
        return ParsedRow(row_no, cells, records)

    def _records(self, cells: list[Cell], problems: RowProblems) -> Sequence[ParsedRecord]:
        fields = dict(self._constants)
        detail = dict(self._constant_detail)
        quantities: dict[str, int] = {}
        self._fields.fill(fields, cells, problems)
        self._detail.fill(detail, cells, problems)
        self._quantities.fill(quantities, cells, problems)
        found = self._outcomes(fields, cells, problems)
        if not found:
            problems.need(self._titles["outcome"])
        for key in ("kind", "occurred_on"):
            if key not in fields:
                problems.need(self._titles[key])
        reference = self._source_ref.read(cells, problems)
        if reference is None:
            problems.need(self._source_ref.title)
        event = self._event_ref.read(cells, problems)
        named = self._named(cells, problems)
        items = self._failed_items(cells, problems)
        if problems.found or reference is None:
            return ()
        if quantities:
            fields["quantities_x10000"] = quantities
        if event is not None or self._makes_several:
            fields["event_ref"] = event or reference
        for column, error, value in refused_by_kind(fields, detail, found):
            problems.refuse(error, column, value)
        if problems.found:
            return ()
        if self._makes_several:
            parts = list(product(named, items, found))
            return self._several_records(reference, fields, detail, parts)
        fields["source_ref"] = reference
        fields["outcome"] = found[0]
        return (_record(named[0], fields, detail),)

    def _several_records(
        self, reference: str, fields: dict[str, Any], detail: dict[str, Any], parts: list[tuple[Named, FailedItem | None, str]]
    ) -> list[ParsedRecord]:
        records: list[ParsedRecord] = []
        taken: set[str] = set()
        for one, item, outcome in parts:
            marks = [one.mark] if self._marks_parties else []
            marks += [item.item] if item else []
            marks += [outcome] if self._several else []
            mine = self._for_outcome(fields, outcome)
            mine["source_ref"] = _distinct("/".join([reference, *marks]), taken)
            mine["outcome"] = outcome
            records.append(_record(one, mine, self._detail_of(item, detail)))
        return records

    def _outcomes(self, fields: dict[str, Any], cells: list[Cell], problems: RowProblems) -> Sequence[str]:
        if self._several is not None:
            found: Sequence[str] = value_of(self._several, cells, problems) or ()
            return found
        outcome = fields.pop("outcome", None)
        return () if outcome is None else (outcome,)

    def _for_outcome(self, fields: dict[str, Any], outcome: str) -> dict[str, Any]:
        """Copy the fields that a record of this outcome has."""
        mine = dict(fields)
        for name, allowed in self._only_for:
            if outcome not in allowed:
                group, _, rest = name.partition(".")
                if group == "quantities" and "quantities_x10000" in mine:
                    mine["quantities_x10000"] = {key: amount for key, amount in mine["quantities_x10000"].items() if key != rest}
                else:
                    mine.pop(name, None)
        return mine

    def _detail_of(self, item: FailedItem | None, detail: dict[str, Any]) -> dict[str, Any]:
        packed = self._profile.items
        if item is None or packed is None:
            return dict(detail)
        mine = detail | {packed.item: item.item}
        for name, text in ((packed.result, item.result), (packed.standard, item.standard)):
            if name and text:
                mine[name] = text
        return mine

    def _named(self, cells: list[Cell], problems: RowProblems) -> list[Named]:
        before = len(problems.found)
        named = [one for plan in self._parties for one in plan.read(cells, problems)]
        if not named and len(problems.found) == before:
            column = next((plan.title for plan in self._parties if plan.title), None)
            problems.say("row.no_enterprise", column, "The row names no enterprise, by number or by name.")
        return named

    def _failed_items(self, cells: list[Cell], problems: RowProblems) -> Sequence[FailedItem | None]:
        for index in self._items:
            try:
                text = text_of(cells[index], self._header.reading.empty_words)
            except BadValue as error:
                problems.refuse(error, self._header.names[index], cells[index])
                continue
            if text and (items := failed_items(text)):
                if any(len(part or "") > 500 for item in items for part in item):
                    problems.refuse(TooLong("One of the items has more than 500 characters."), self._header.names[index], text)
                return items
        return (None,)

    def _rules(self) -> dict[str, FieldRule]:
        rules = dict(self._profile.fields)
        if self._profile.open_columns:
            for name in self._header.names:
                group, _, rest = name.strip().lower().partition(".")
                if group == "quantities" and is_token(rest):
                    is_money = rest.endswith("_cny")
                    own = FieldRule(column=(name,), unit="yuan" if is_money else "one", may_be_negative=not is_money)
                    rules.setdefault(f"quantities.{rest}", own)
                elif group == "detail" and rest:
                    rules.setdefault(f"detail.{rest}", FieldRule(column=(name,)))
        return rules

    def _plan(self, name: str, rule: FieldRule, plans: tuple[list[Plan], list[Plan], list[Plan]]) -> None:
        group, _, rest = name.partition(".")
        place = {"detail": 1, "quantities": 2}.get(group, 0)
        key = rest if place else {"withdrawn": "is_withdrawn"}.get(name, name)
        if "value" in rule.model_fields_set:
            if rule.value is not None:
                (self._constant_detail if place else self._constants)[key] = rule.value
            return
        limit = TEXT_FIELDS.get(name) or longest_detail(self._profile.kinds, rest)
        plan = self._header.plan(key, name, rule, limit=limit, required=rule.required or name in _NEEDED)
        if plan is None:
            return
        if name in self._titles:
            self._titles[name] = plan.title
        if rule.several:
            self._several = plan._replace(convert=self._header.reading.found_words(rule))
        else:
            plans[place].append(plan)


class _ReferencePlan:
    """Reads a reference from its column, or hashes the key columns."""

    def __init__(self, reference: Reference | None, header: Header, field: str) -> None:
        columns = reference.column if reference else ()
        key = reference.key if reference else ()
        self._empties = header.reading.empty_words
        self._columns = header.indexes(columns, required=field == "source_ref" and not key)
        self._key = tuple(index for name in key for index in header.indexes((name,), required=True))
        self._titles = header.names
        self.title = next((header.names[index] for index in (*self._columns, *self._key)), field)

    def read(self, cells: Sequence[Cell], problems: RowProblems) -> str | None:
        for index in self._columns:
            try:
                text = text_of(cells[index], self._empties)
            except BadValue as error:
                problems.refuse(error, self._titles[index], cells[index])
                return None
            if text is not None:
                if len(text) > _REFERENCE:
                    problems.refuse(TooLong(f"The reference has {len(text)} characters; it holds {_REFERENCE}."), self._titles[index], text)
                return text
        try:
            texts = [text_of(cells[index], self._empties) or "" for index in self._key]
        except BadValue as error:
            problems.refuse(error, self.title, None)
            return None
        return f"{key_of(*texts):016x}" if any(texts) else None


def _record(one: Named, fields: dict[str, Any], detail: dict[str, Any]) -> ParsedRecord:
    if detail:
        fields["detail"] = detail
    if one.capacity is not None:
        fields["capacity"] = one.capacity
    return ParsedRecord(one.identifiers, one.name, fields)


def _dropped(row_no: int, column: str) -> Problem:
    message = "Personal data was taken out of this cell before it was stored."
    return Problem(row_no=row_no, column=column, value=None, code="value.personal_data_dropped", message=message)


def _distinct(reference: str, taken: set[str]) -> str:
    if len(reference) > _REFERENCE:
        reference = f"{reference[: _REFERENCE - 20]}~{key_of(reference):016x}"
    own, number = reference, 1
    while own in taken:
        number += 1
        own = f"{reference[: _REFERENCE - 4]}~{number}"
    taken.add(own)
    return own
