"""Who may act on an enterprise's own file: the enterprise with its own key, an agent within its mandate, and nobody else."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from data.database import ReadSession
from data.stores import lookups, mandates, same_as
from data.stores.knowledge import resolve
from data.stores.lookups import EVERYTHING_KNOWN
from models.access import Actor
from models.errors import Refused
from models.identifiers import parse_identifier
from models.remedies import Scope
from service.enterprise_answers import UnknownEnterprise, enterprise_of
from service.operations.explain import Subject, kept_entry


class OutsideMandate(Refused):
    """The mandate holds, and does not reach this far."""

    code = "mandate.scope"


@dataclass(frozen=True)
class Own:
    """An enterprise as it acts here: by itself, or by an agent. `actor` sees its file as the enterprise does."""

    subject: Subject
    actor: Actor
    scopes: frozenset[Scope]
    is_agent: bool
    today: date = field(repr=False)

    @property
    def key(self) -> int:
        return self.subject.key

    @property
    def signed(self) -> str:
        """Who acted, as it is kept."""
        return self.actor.holder


def act_for(session: ReadSession, scheme: str, value: str, *, actor: Actor, scope: Scope | None, today: date) -> Own:
    """The enterprise of an identifier, for who may act for it in this scope; None is for the enterprise itself alone.

    Raises `enterprise.not_found`, alike for absent and for another's, `enterprise.same_as`, `mandate.scope` and `identifier.*`.
    """
    asked = parse_identifier(scheme, value)
    key = lookups.find_by_identifier(session, asked.scheme, asked.value)
    if key is None or actor.enterprise_key is None:
        raise UnknownEnterprise(str(asked))
    known = resolve(session, None)
    # The key of a duplicate opens the entry that is kept; the key of the kept one, asking by a duplicate's number, is told where to ask.
    is_agent = key not in same_as.entries_with(session, actor.enterprise_key)
    scopes = _scopes_of(session, actor, key, today=today) if is_agent else frozenset(Scope)
    if not scopes:
        raise UnknownEnterprise(str(asked))
    if (scope is None and is_agent) or (scope is not None and scope not in scopes):
        may = ", ".join(sorted(scopes))
        raise OutsideMandate(f"The mandate for {asked} lets its agent {may}, and not this. The enterprise itself may do it, or grant more.")
    (row,) = lookups.subjects(session, [key], today=today, day=today, known_seq=EVERYTHING_KNOWN)
    named = {"scheme": asked.scheme, "value": asked.value, "name": enterprise_of(row)["name"]}
    subject = Subject(row=row, named=named, as_of=today, known=known, kept=kept_entry(session, key, known))
    subject.refuse_duplicate()
    return Own(subject=subject, actor=actor.model_copy(update={"enterprise_key": key}), scopes=scopes, is_agent=is_agent, today=today)


def _scopes_of(session: ReadSession, actor: Actor, key: int, *, today: date) -> frozenset[Scope]:
    """What the agent's mandates that hold today let it do; whoever may do anything may also see what it is about."""
    assert actor.enterprise_key is not None
    held = mandates.holding(session, agent_key=actor.enterprise_key, enterprise_key=key, day=today)
    given: set[Scope] = {Scope(scope) for mandate in held for scope in mandate.scopes}
    return frozenset(given | {Scope.SEE}) if given else frozenset()


def named(row: dict[str, Any]) -> dict[str, Any]:
    """`EnterpriseNamed` of a row of the look-up."""
    shown = enterprise_of(row)
    first = shown["identifiers"][0]
    return {"scheme": first["scheme"], "value": first["value"], "name": shown["name"]}
