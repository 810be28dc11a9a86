"""Published policies: which version of a family is in force on a day, as far as was known; kept under version and hash, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import func
from sqlmodel import col, select

from data.database import ReadSession, WriteSession
from data.policy_files import parse_published
from models.errors import NotFound
from models.policies import Policy
from models.tables.policies import PolicyRow
from models.tables.runs import Run


class NoSuchPolicy(NotFound):
    """No policy of this name or hash is published."""

    code = "policy.not_found"


class NonePolicyInForce(NotFound):
    """No published version of the family is in force on the day."""

    code = "policy.none_in_force"


@dataclass(frozen=True)
class PublishedPolicy:
    """A policy as it was published."""

    policy_hash: str
    policy: Policy
    text: str
    published_at: datetime
    published_by: str
    known_seq: int
    draft_id: int | None
    """The draft that went its way; None for a founding version."""

    @property
    def is_founding(self) -> bool:
        """Published before any run of its family had effects, and so without the steps of a later one."""
        return self.draft_id is None

    @property
    def name(self) -> str:
        """`family/version`."""
        return self.policy.name


_FROZEN: dict[str, Policy] = {}


@lru_cache(maxsize=64)
def _parsed(policy_hash: str, text: str) -> Policy:  # noqa: ARG001  # the hash makes the cache's look-up cheap to tell apart
    return parse_published(text)


def _published(row: PolicyRow) -> PublishedPolicy:
    return PublishedPolicy(
        policy_hash=row.policy_hash,
        policy=_parsed(row.policy_hash, row.text),
        text=row.text,
        published_at=row.published_at,
        published_by=row.published_by,
        known_seq=row.known_seq,
        draft_id=row.draft_id,
    )


def add_policy(
    session: WriteSession,
    policy: Policy,
    *,
    policy_hash: str,
    text: str,
    published_by: str,
    known_seq: int,
    draft_id: int | None = None,
) -> PublishedPolicy:
    """Keep a policy that was checked; the database refuses a second one of the same version, and a later one without its steps."""
    row = PolicyRow(
        policy_hash=policy_hash,
        family=policy.family,
        version=policy.version,
        text=text,
        in_force_from=policy.in_force_from,
        in_force_until=policy.in_force_until,
        published_by=published_by,
        known_seq=known_seq,
        draft_id=draft_id,
    )
    session.add(row)
    session.flush()
    return _published(row)


def find_policy(session: ReadSession, family: str, version: str) -> PublishedPolicy | None:
    row = session.exec(select(PolicyRow).where(col(PolicyRow.family) == family, col(PolicyRow.version) == version)).one_or_none()
    return None if row is None else _published(row)


def get_policy(session: ReadSession, name: str) -> PublishedPolicy:
    """Get a policy by `family/version` or by its hash. Raises `policy.not_found`."""
    family, _, version = name.partition("/")
    if version:
        found = find_policy(session, family, version)
    else:
        row = session.get(PolicyRow, name)
        found = None if row is None else _published(row)
    if found is None:
        known = ", ".join(f"{row.family}/{row.version}" for row in _rows(session)) or "none"
        raise NoSuchPolicy(f"No policy {name} is published (there are: {known}). List them with `qcredit policy list`.")
    return found


def frozen_policy(session: ReadSession, policy_hash: str) -> Policy:
    """The policy under a hash that a row of ours names; read once in a process, since what a hash stands for never changes."""
    found = _FROZEN.get(policy_hash)
    if found is None:
        found = _FROZEN[policy_hash] = get_policy(session, policy_hash).policy
    return found


def policy_in_force(session: ReadSession, family: str, as_of: date, known_seq: int) -> PublishedPolicy:
    """The version in force on a day and published by then; of several, the one that began last. Raises `policy.none_in_force`."""
    rows = (
        select(PolicyRow)
        .where(
            col(PolicyRow.family) == family,
            col(PolicyRow.known_seq) <= known_seq,
            col(PolicyRow.in_force_from) <= as_of,
            col(PolicyRow.in_force_until).is_(None) | (col(PolicyRow.in_force_until) > as_of),
        )
        .order_by(col(PolicyRow.in_force_from).desc(), col(PolicyRow.known_seq).desc())
    )
    row = session.exec(rows.limit(1)).one_or_none()
    if row is None:
        raise NonePolicyInForce(
            f"No version of the policy family {family} is in force on {as_of} and was published by then. "
            "Publish one with `qcredit policy publish FILE`, or name a version."
        )
    return _published(row)


def next_switch_on(session: ReadSession, family: str, as_of: date, known_seq: int) -> date | None:
    """The earliest later day on which another version may come into force or the present one ends; None when there is none."""
    known = (col(PolicyRow.family) == family, col(PolicyRow.known_seq) <= known_seq)
    begins = session.exec(select(func.min(PolicyRow.in_force_from)).where(*known, col(PolicyRow.in_force_from) > as_of)).one()
    ends = session.exec(select(func.min(PolicyRow.in_force_until)).where(*known, col(PolicyRow.in_force_until) > as_of)).one()
    return min((day for day in (begins, ends) if day is not None), default=None)


def list_policies(session: ReadSession, family: str | None = None) -> list[PublishedPolicy]:
    """All published policies, by family and the day they begin; there are few."""
    return [_published(row) for row in _rows(session, family)]


def _rows(session: ReadSession, family: str | None = None) -> Sequence[PolicyRow]:
    rows = select(PolicyRow).order_by(col(PolicyRow.family), col(PolicyRow.in_force_from), col(PolicyRow.version)).limit(1000)
    return session.exec(rows if family is None else rows.where(col(PolicyRow.family) == family)).all()


def has_published_runs(session: ReadSession, family: str) -> bool:
    """Whether a run under any version of the family has had effects."""
    found = (
        select(Run.run_id)
        .join(PolicyRow, col(PolicyRow.policy_hash) == col(Run.policy_hash))
        .where(col(PolicyRow.family) == family, col(Run.published_at).is_not(None))
        .limit(1)
    )
    return session.exec(found).one_or_none() is not None
