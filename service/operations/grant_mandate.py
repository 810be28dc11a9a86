"""Let an agent act for an enterprise: granted by the enterprise itself, or recorded by an officer from a document; revoked by either."""

from datetime import UTC, date, datetime

from data.database import ReadSession, WriteSession
from data.stores import lookups, mandates
from models.access import Actor
from models.errors import Refused
from models.identifiers import Identifier
from models.remedies import GrantedAs
from models.tables.remedies import Mandate
from service.districts import keep_enterprise_within
from service.enterprise_answers import UnknownEnterprise
from service.operations.act_for import Own
from service.operations.show_own_file import mandates_shown
from service.own_answers import MandateAsked, MandatePage, MandateRecorded, MandateShown


class NotAnAgent(Refused):
    """Whom a mandate names cannot be an agent."""

    code = "mandate.agent"


class AlreadyOver(Refused):
    """A mandate cannot end before it begins to be of use."""

    code = "mandate.over"


def grant(session: WriteSession, own: Own, asked: MandateAsked) -> MandateShown:
    """Grant by the enterprise itself; the caller commits. Raises `mandate.agent` and `mandate.over`."""
    return _add(session, own.key, asked, granted_as=GrantedAs.ENTERPRISE, by=own.signed, today=own.today)


def record(session: WriteSession, asked: MandateRecorded, *, actor: Actor, today: date) -> MandateShown:
    """Record what a document says; the caller commits. Raises `enterprise.not_found`, `mandate.agent` and `mandate.over`."""
    key = lookups.find_by_identifier(session, asked.enterprise.scheme, asked.enterprise.value)
    if key is None:
        raise UnknownEnterprise(str(asked.enterprise))
    keep_enterprise_within(session, actor, key)
    return _add(session, key, asked, granted_as=GrantedAs.OFFICER, by=actor.holder, document_no=asked.document_no, today=today)


def revoke(session: WriteSession, mandate_id: int, *, by: str, given_by: int | None) -> MandateShown:
    """Revoke, with effect at once; the caller commits. An enterprise revokes its own alone. Raises `mandate.not_found`."""
    found = mandates.close_mandate(session, mandate_id, given_by=given_by, by=by, at=datetime.now(UTC))
    return mandates_shown(session, [found])[0]


def page_of_mandates(
    session: ReadSession, *, enterprise_key: int | None, before: int | None, limit: int, district: str | None = None
) -> MandatePage:
    """One page of mandates, latest first: of an enterprise, given and held, or all."""
    found = mandates.list_mandates(session, enterprise_key=enterprise_key, before=before, limit=limit + 1, district=district)
    page = mandates_shown(session, found[:limit])
    return MandatePage(mandates=tuple(page), next=page[-1].mandate_id if len(found) > limit else None)


def _add(
    session: WriteSession,
    enterprise_key: int,
    asked: MandateAsked,
    *,
    granted_as: GrantedAs,
    by: str,
    today: date,
    document_no: str | None = None,
) -> MandateShown:
    if asked.valid_until <= today:
        raise AlreadyOver(f"The mandate would have ended on {asked.valid_until}, and today is {today}. Give a later day.")
    agent_key = _agent(session, asked.agent)
    if agent_key == enterprise_key:
        raise NotAnAgent("An enterprise needs no mandate for itself. Name the agent's own code.")
    made = Mandate(
        enterprise_key=enterprise_key,
        agent_key=agent_key,
        scopes=sorted(set(asked.scopes)),
        valid_from=asked.valid_from,
        valid_until=asked.valid_until,
        granted_as=granted_as,
        granted_by=by,
        document_no=document_no,
    )
    return mandates_shown(session, [mandates.add_mandate(session, made)])[0]


def _agent(session: WriteSession, agent: Identifier) -> int:
    key = lookups.find_by_identifier(session, agent.scheme, agent.value)
    if key is None:
        raise NotAnAgent(f"No enterprise is known here as {agent}. An agent is an enterprise with a number of its own; check it.")
    return key
