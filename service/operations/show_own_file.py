"""Show an enterprise its own file: everything that is known of it, also what others no longer see, and whom it lets act for it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from data.codes.known_lists import list_title
from data.database import ReadSession, driver_connection
from data.stores import enquiries, honours, lookups, mandates, same_as
from data.stores.knowledge import resolve
from data.stores.listings import identities
from data.stores.policies import NonePolicyInForce
from models.access import Actor
from models.tables.remedies import Mandate
from service.enterprise_answers import UnknownEnterprise, enterprise_of
from service.operations.act_for import Own
from service.operations.explain import explain, list_records
from service.operations.right_to_repair import rights_of_entries
from service.own_answers import EnquiryPage, MandateShown, OwnFile, OwnHome

RECORDS = 100
LISTINGS = 200


def show_home(session: ReadSession, *, actor: Actor, today: date) -> OwnHome:
    """Whose key this is, and for whom else it may act today; for a duplicate's key the entry that is kept.

    Raises `enterprise.not_found` for a key that is no enterprise's.
    """
    if actor.enterprise_key is None:
        raise UnknownEnterprise("an enterprise of your own")
    held = mandates.holding(session, agent_key=actor.enterprise_key, enterprise_key=None, day=today)
    kept = same_as.kept_by(session, [actor.enterprise_key], known_seq=resolve(session, None).known_seq)
    key = kept.get(actor.enterprise_key, actor.enterprise_key)
    scheme, value, name = identities(driver_connection(session), [key])[key]
    return OwnHome.model_validate(
        {"enterprise": {"scheme": scheme, "value": value, "name": name}, "acts_for": mandates_shown(session, held)}
    )


def show_own_file(session: ReadSession, own: Own, *, family: str) -> OwnFile:
    """The whole file as of today, with its first page of records."""
    try:
        contributions = explain(session, own.subject, family=family, policy=None, actor=own.actor, today=own.today, is_own=True)
    except NonePolicyInForce:
        contributions = None
    listings = lookups.own_listings(session, own.key, today=own.today, limit=LISTINGS)
    return OwnFile.model_validate(
        {
            "as_of": own.today,
            "known_at": own.subject.known.committed_at,
            "acts_as": "agent" if own.is_agent else "itself",
            "enterprise": enterprise_of(own.subject.row),
            "listings": [
                {name: value for name, value in one.items() if name != "may_be_shown"} | {"title": list_title(one["list"])}
                for one in listings
            ],
            "contributions": contributions,
            "records": page_of_records(session, own, after=None, limit=RECORDS),
            "rights": rights_of_entries(session, own.key),
            "are_honours_shown": honours.find_refusal(session, own.key) is None,
        }
    )


def page_of_records(session: ReadSession, own: Own, *, after: str | None, limit: int) -> dict[str, Any]:
    """`RecordPage` of its own records, all of them."""
    return list_records(session, own.subject, actor=own.actor, today=own.today, kind=None, after=after, limit=limit)


def page_of_enquiries(session: ReadSession, own: Own, *, before: int | None, limit: int) -> EnquiryPage:
    """One page of who looked the enterprise up."""
    rows = enquiries.list_enquiries(session, own.key, before=before, limit=limit + 1)
    lines = [row | {"purpose": row["purpose"] or None} for row in rows[:limit]]
    return EnquiryPage.model_validate(
        {
            "enterprise": own.subject.named,
            "enquiries": [{name: value for name, value in line.items() if name != "enquiry_id"} for line in lines],
            "next": lines[-1]["enquiry_id"] if len(rows) > limit else None,
        }
    )


def mandates_shown(session: ReadSession, found: Sequence[Mandate]) -> list[MandateShown]:
    """Mandates as they are told, with both sides by number and name."""
    who = identities(driver_connection(session), {key for one in found for key in (one.enterprise_key, one.agent_key)})
    sides = {key: {"scheme": scheme, "value": value, "name": name} for key, (scheme, value, name) in who.items()}
    plain = [name for name in MandateShown.model_fields if name not in ("enterprise", "agent")]
    return [
        MandateShown.model_validate(
            {name: getattr(one, name) for name in plain} | {"enterprise": sides[one.enterprise_key], "agent": sides[one.agent_key]}
        )
        for one in found
    ]
