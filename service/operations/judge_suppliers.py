"""What follows for each supplier of a check: its facts put before the catalogue of measures, and what was asked by hand added to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from data.codes.known_lists import list_title
from models.checks import InquiryResult, Purpose
from models.measures import Catalogue
from models.verdicts import ListingFact, Reason, RecordFact, Verdict, judge, strictest
from service.clock import legal_day
from service.verdict_answers import Inquiry

BY_HAND, HOLDS, STAYED = "by_hand", "holds", "stayed"


@dataclass(frozen=True)
class Judge:
    """The catalogue for one purpose and day, the lists that are held here, and what was asked by hand."""

    catalogue: Catalogue
    purpose: Purpose
    day: date
    held: frozenset[str]
    inquiries: tuple[Inquiry, ...]
    kept: frozenset[str]
    """Hashes of the evidence that lies here."""

    @property
    def kinds(self) -> list[str]:
        """The kinds of record from which anything follows on this day."""
        measures = self.catalogue.in_force(self.purpose, self.day)
        return sorted({kind.value for one in measures for grave in one.grave for kind in grave.records.kind})

    def told_of(
        self, no: int, *, found: bool, listings: Sequence[Mapping[str, Any]], records: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """The fields of `SupplierAnswer` that say what follows; `listings` are those that may be shown today."""
        mine = [one for one in self.inquiries if not one.suppliers or no in one.suppliers]
        by_hand = [
            ListingFact(-place, one.list, BY_HAND, min(self.day, legal_day(one.asked_at)), None)
            for place, one in enumerate(mine, 1)
            if one.result is InquiryResult.LISTED
        ]
        given = {row["listing_id"]: row for row in listings}
        # The days an entry holds say whether it has effect on the day; its state says how it stands now.
        facts = [
            ListingFact(
                row["listing_id"], row["list"], STAYED if row["is_stayed"] else HOLDS, _day(row["starts_on"]), _day_or_none(row["ends_on"])
            )
            for row in listings
        ]
        known = [RecordFact(row["record_key"], row) for row in records]
        judged = judge(self.catalogue, self.purpose, day=self.day, listings=[*facts, *by_hand], records=known)
        answered = {one.list for one in mine if one.result is not InquiryResult.NOT_AVAILABLE}
        needed = dict.fromkeys(name for one in self.catalogue.in_force(self.purpose, self.day) for name in one.lists)
        return {
            "verdict": judged.verdict if found or judged.reasons else None,
            "reasons": [self._reason(reason, given, mine) for reason in judged.reasons],
            "suspended": [one.listing_id for one in judged.suspended],
            "inquiries": [self._inquiry(one) for one in mine],
            "unasked": [name for name in needed if name not in self.held and name not in answered],
        }

    def _reason(self, reason: Reason, listings: Mapping[int, Mapping[str, Any]], inquiries: Sequence[Inquiry]) -> dict[str, Any]:
        measure, fact = reason.measure, reason.fact
        told: dict[str, Any] = {
            "measure": measure.code,
            "title": measure.title,
            "effect": measure.effect,
            "agency": measure.agency,
            "clauses": measure.clauses,
            "fact": "record",
            "listing_id": None,
            "list": None,
            "list_title": None,
            "decision_no": None,
            "record": None,
            "starts_on": reason.starts_on,
            "until": reason.until,
        }
        if isinstance(fact, RecordFact):
            return told | {"record": _record(fact)}
        told |= {"list": fact.list, "list_title": list_title(fact.list)}
        if fact.listing_id < 0:
            return told | {"fact": "inquiry", "decision_no": inquiries[-fact.listing_id - 1].document_no}
        return told | {"fact": "listing", "listing_id": fact.listing_id, "decision_no": listings[fact.listing_id]["decision_no"]}

    def _inquiry(self, one: Inquiry) -> dict[str, Any]:
        told = one.model_dump(exclude={"suppliers"})
        return told | {"title": list_title(one.list), "evidence_is_kept": one.evidence_sha256 in self.kept}


def consortia_of(suppliers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`ConsortiumAnswer` of each group, in the order of their first members."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for supplier in suppliers:
        if supplier["asked"].consortium is not None:
            groups.setdefault(supplier["asked"].consortium, []).append(supplier)
    return [_consortium(name, members) for name, members in groups.items()]


def _consortium(name: str, members: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    verdict = strictest([Verdict(one["verdict"]) if one["verdict"] else Verdict.NO_EFFECT for one in members])
    return {
        "name": name,
        "members": [one["no"] for one in members],
        "verdict": verdict,
        "because_of": [one["no"] for one in members if one["verdict"] == verdict and verdict is not Verdict.NO_EFFECT],
        "unresolved": [one["no"] for one in members if one["enterprise"] is None],
    }


def _record(fact: RecordFact) -> dict[str, Any]:
    given = fact.given
    fine = given["quantities_x10000"].get("fine_cny")
    told = {name: given[name] for name in ("source", "source_ref", "kind", "outcome", "title", "authority", "document_no")}
    return told | {"decided_on": fact.decided_on, "fine_cny": None if fine is None else f"{fine // 10_000}.{fine % 10_000 // 100:02d}"}


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _day_or_none(value: Any) -> date | None:
    return None if value is None else _day(value)
