"""Keys of callers, for the administrator."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, ConfigDict, StringConstraints

from models.access import Role
from models.identifiers import Identifier
from models.shapes import Shape
from models.tables.access import ApiKey
from service.access import Caller
from service.answers import KeyLine, KeyMade, KeyPage, Limit
from service.house import ReadSessionDep, WriteSessionDep
from service.operations import manage_keys
from service.problems import problems

router = APIRouter(prefix="/v1/keys", tags=["keys"])
ShortName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class KeyAsked(Shape):
    """Whom a key is for, and what it may do."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "procurement", "holder": "municipal purchasing centre"}]})

    role: Role
    holder: ShortName
    source: ShortName | None = None
    enterprise: Identifier | None = None
    """Whose own key it is; a key of role enterprise names it, and no other does."""
    region: Annotated[str, StringConstraints(pattern=r"^[0-9]{2,12}$")] | None = None
    expires_at: AwareDatetime | None = None


@router.get("", responses=problems(401, 403))
def list_keys(caller: Caller, session: ReadSessionDep, after: str = "", limit: Limit = 100) -> KeyPage:  # noqa: ARG001  # admitted
    """List keys, without their secrets."""
    found = manage_keys.list_keys(session, after=after, limit=limit + 1)
    lines = tuple(line_of(key) for key in found[:limit])
    return KeyPage(keys=lines, next=lines[-1].key_id if len(found) > limit else None)


@router.post("", status_code=201, responses=problems(401, 403, 409, 422))
def create_key(caller: Caller, session: WriteSessionDep, asked: KeyAsked) -> KeyMade:
    """Make a key; the answer is the only place where it stands in full, so it is not remembered for repeated requests."""
    made = manage_keys.create_key(
        session,
        role=asked.role,
        holder=asked.holder,
        source=asked.source,
        region=asked.region,
        enterprise=asked.enterprise,
        expires_at=asked.expires_at,
        actor=caller,
    )
    session.commit()
    return KeyMade(key_id=made.key_id, key=made.text)


@router.delete("/{key_id}", responses=problems(401, 403, 404))
def revoke_key(caller: Caller, session: WriteSessionDep, key_id: str) -> KeyLine:
    """Revoke a key for good; doing it again changes nothing."""
    key = manage_keys.revoke_key(session, key_id, actor=caller)
    session.commit()
    return line_of(key)


def line_of(key: ApiKey) -> KeyLine:
    """A stored key as it may be shown."""
    given = {name: getattr(key, name) for name in KeyLine.model_fields}
    return KeyLine.model_validate(given)
