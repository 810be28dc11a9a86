"""Published policies, and the linting of drafts."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Request, Response

from data.policy_files import policy_hash, read_policy
from data.stores import policies
from data.stores.policies import PublishedPolicy
from models.errors import Malformed
from models.linting.monotony import monotony
from service.access import Caller
from service.act_answers import FaultShown, Linted, PolicyLine, PolicyPage, PolicyShown
from service.answers import respond_json
from service.house import ReadSessionDep
from service.problems import problems

router = APIRouter(prefix="/v1/policies", tags=["policies"])
Family = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]*$", max_length=40, examples=["yinchuan"])]
Version = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=20, examples=["2026"])]
Draft = Annotated[bytes, Body(media_type="application/yaml", openapi_examples={"a draft": {"value": "language: 1\nfamily: ..."}})]


class NotText(Malformed):
    """The draft is not text in UTF-8."""

    code = "policy.not_text"


@router.get("", response_model=PolicyPage, responses=problems(401))
def list_policies(request: Request, caller: Caller, session: ReadSessionDep, family: str | None = None) -> Response:  # noqa: ARG001  # admitted
    """List the published versions, by family and the day they begin."""
    return respond_json(request, PolicyPage(policies=tuple(PolicyLine(**_line(one)) for one in policies.list_policies(session, family))))


@router.get("/{family}/{version}", response_model=PolicyShown, responses=problems(401, 404, 422))
def read_published_policy(request: Request, caller: Caller, session: ReadSessionDep, family: Family, version: Version) -> Response:  # noqa: ARG001  # admitted
    """Give one published version with its text; it never changes."""
    found = policies.get_policy(session, f"{family}/{version}")
    return respond_json(request, PolicyShown(**_line(found), text=found.text))


@router.post("/lint", responses=problems(401, 403, 413, 422))
def lint_policy(caller: Caller, draft: Draft) -> Linted:  # noqa: ARG001  # admitted
    """Check a draft as a whole and tell every fault at once; publishes nothing."""
    text = draft_text(draft)
    reading = read_policy(text, file="draft")
    policy = reading.policy
    return Linted(
        name=policy.name if policy else None,
        policy_hash=policy_hash(policy) if policy else None,
        faults=tuple(FaultShown(line=one.line, field=one.field, code=one.code, sentence=one.sentence) for one in reading.faults),
        not_monotone_because=tuple(reason.sentence for reason in monotony(policy)) if policy else (),
    )


def draft_text(draft: bytes) -> str:
    """A draft as it was sent. Raises `policy.not_text`."""
    try:
        return draft.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise NotText(f"The draft is not text in UTF-8 (byte {fault.start}). Save it as UTF-8 and send it again.") from None


def _line(found: PublishedPolicy) -> dict[str, object]:
    policy = found.policy
    return {
        "name": policy.name,
        "title": policy.title,
        "mark": policy.mark,
        "in_force_from": policy.in_force_from,
        "in_force_until": policy.in_force_until,
        "policy_hash": found.policy_hash,
        "published_at": found.published_at,
        "published_by": found.published_by,
        "founding": found.is_founding,
        "draft_id": found.draft_id,
    }
