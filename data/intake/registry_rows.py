"""Rows to enterprises: what a registry's table says of each, compiled once per file."""

import re
from collections.abc import Sequence
from typing import Any, Final

from data.codes.industries import find_industry
from data.codes.regions import is_known_region
from data.intake.cleaning import BadValue, Cell, text_of
from data.intake.columns import Filler, Header, Plan, RowProblems, without_persons
from data.intake.parsed import ParsedEnterprise, ParsedLink, ParsedName, ParsedRow
from data.intake.parties import NamePlan, identifier_plans, pairs_of
from data.intake.profiles import Profile
from models.deliveries import Problem
from models.identifiers import USCC, Identifier, warnings_of

_TEXT: Final = 500
_SOLE_PROPRIETORS: Final = "92"
"""The first two characters of the codes of sole proprietors (个体工商户)."""


class EnterpriseRows:
    """Reads rows of a registry under one profile and header; making it checks that the columns needed are there."""

    def __init__(self, profile: Profile, header: Header, *, pads: bool) -> None:
        self._profile = profile
        self._header = header
        self._pads = pads
        self._constants: dict[str, Any] = {}
        fields: list[Plan] = []
        other: list[Plan] = []
        for name, rule in profile.fields.items():
            group, _, rest = name.partition(".")
            if "value" in rule.model_fields_set:
                self._constants[name] = rule.value
            elif plan := header.plan(rest or name, name, rule, limit=_TEXT, required=rule.required):
                (other if group == "other" else fields).append(plan)
        self._fields, self._other = Filler(fields), Filler(other)
        self._identifiers = identifier_plans(profile.identifiers, header)
        self._name = NamePlan(profile.name, header)
        former = profile.former_names
        self._former = header.indexes(former.column) if former else ()
        self._between = re.compile(f"[{re.escape(former.between)}]+") if former else None
        self._branch_of = identifier_plans([profile.branch_of], header) if profile.branch_of else []
        self._refusals = [(header.condition(refusal.when), refusal) for refusal in profile.refuse]
        if not self._identifiers:
            header.missing.append(profile.identifiers[0].column)
        header.check()
        self._unread = header.unread()

    def read(self, row_no: int, cells: list[Cell]) -> ParsedRow:
        """Read one row; with any problem it gives no enterprise."""
        problems = RowProblems(row_no)
        if not self._header.fit(cells, problems, pads=self._pads):
            return ParsedRow(row_no, without_persons(cells), problems=problems.found)
        for index in self._unread:
            cells[index] = None
        for holds, refusal in self._refusals:
            if holds(cells):
                problems.say(refusal.code, refusal.when.column[0], refusal.sentence)
                return ParsedRow(row_no, without_persons(cells), problems=problems.found)
        enterprise = self._enterprise(cells, problems)
        self._header.reading.dropped.clear()
        if problems.found or enterprise is None:
            return ParsedRow(row_no, without_persons(cells), problems=problems.found)
        return ParsedRow(row_no, cells, enterprises=(enterprise,), notes=_notes(row_no, enterprise))

    def _enterprise(self, cells: list[Cell], problems: RowProblems) -> ParsedEnterprise | None:
        pairs = pairs_of(self._identifiers, cells, problems)
        if not pairs and not problems.found:
            problems.need(self._identifiers[0].title)
        name = self._name.read(cells, problems)
        fields = dict(self._constants)
        other: dict[str, str] = {}
        self._fields.fill(fields, cells, problems)
        self._other.fill(other, cells, problems)
        former = self._former_names(cells, problems)
        head = self._branch_of[0].read(cells, problems) if self._branch_of else None
        if problems.found or not pairs:
            return None
        if fields.get("is_natural_person") is None:
            fields["is_natural_person"] = any(scheme == USCC and value.startswith(_SOLE_PROPRIETORS) for scheme, value in pairs)
        links = (ParsedLink("branch_of", head),) if head and head not in pairs else ()
        own = ParsedName(name) if name else None
        return ParsedEnterprise(pairs, own, tuple(one for one in former if one.name != name), other=other, links=links, **fields)

    def _former_names(self, cells: Sequence[Cell], problems: RowProblems) -> tuple[ParsedName, ...]:
        for index in self._former:
            try:
                text = text_of(cells[index], self._header.reading.empty_words)
            except BadValue as error:
                problems.refuse(error, self._header.names[index], cells[index])
                return ()
            if text and self._between:
                names = (part.strip() for part in self._between.split(text))
                return tuple(ParsedName(part) for part in dict.fromkeys(names) if part)
        return ()


def _notes(row_no: int, enterprise: ParsedEnterprise) -> list[Problem]:
    """Say what looks odd and is taken over all the same."""
    notes = [
        Problem(row_no=row_no, column=scheme, value=value, code="identifier.odd", message=warning)
        for scheme, value in enterprise.identifiers
        for warning in warnings_of(Identifier.model_construct(scheme=scheme, value=value))
    ]
    if enterprise.region and not is_known_region(enterprise.region):
        message = f"{enterprise.region} is the code of no region in any revision of GB/T 2260 up to April 2019. Perhaps it is newer."
        notes.append(Problem(row_no=row_no, column="region", value=enterprise.region, code="value.unknown_region", message=message))
    if enterprise.industry and find_industry(enterprise.industry) is None:
        message = f"{enterprise.industry} is no industry of GB/T 4754-2017. Perhaps it is of an older edition."
        notes.append(Problem(row_no=row_no, column="industry", value=enterprise.industry, code="value.unknown_industry", message=message))
    return notes
