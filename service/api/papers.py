"""Papers of repairs and objections given back: to officers, and to the enterprise whose matter it is."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Response

from data.database import ReadSession
from data.stores import remedies
from data.stores.files import file_parts
from data.stores.matters import Subject
from models.remedies import Scope
from service.access import Caller
from service.clock import legal_day
from service.house import ReadSessionDep
from service.operations.act_for import act_for
from service.problems import problems

router = APIRouter(prefix="/v1", tags=["remedies"])
Number = Annotated[int, Path(ge=1, lt=2**63)]
Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
READ = problems(401, 403, 404, 422)
ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}


@router.get("/repairs/{repair_id}/papers/{sha256}", response_class=Response, responses=READ)
def read_repair_paper(caller: Caller, session: ReadSessionDep, repair_id: Number, sha256: Sha256) -> Response:  # noqa: ARG001  # admitted
    """Give a paper of an application for repair, as a download of the kind it was kept as."""
    return download_paper(session, Subject.REPAIR, repair_id, sha256)


@router.get("/objections/{objection_id}/papers/{sha256}", response_class=Response, responses=READ)
def read_objection_paper(caller: Caller, session: ReadSessionDep, objection_id: Number, sha256: Sha256) -> Response:  # noqa: ARG001  # admitted
    """Give a paper of an objection, as a download of the kind it was kept as."""
    return download_paper(session, Subject.OBJECTION, objection_id, sha256)


@router.get("/own/{scheme}/{value}/repairs/{repair_id}/papers/{sha256}", response_class=Response, responses=READ)
def read_own_repair_paper(
    *, caller: Caller, session: ReadSessionDep, scheme: str, value: str, repair_id: Number, sha256: Sha256
) -> Response:
    """Give a paper of the enterprise's own application, as a download."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.SEE, today=legal_day())
    return download_paper(session, Subject.REPAIR, repair_id, sha256, enterprise_key=own.key)


@router.get("/own/{scheme}/{value}/objections/{objection_id}/papers/{sha256}", response_class=Response, responses=READ)
def read_own_objection_paper(
    *, caller: Caller, session: ReadSessionDep, scheme: str, value: str, objection_id: Number, sha256: Sha256
) -> Response:
    """Give a paper of the enterprise's own objection, as a download."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.SEE, today=legal_day())
    return download_paper(session, Subject.OBJECTION, objection_id, sha256, enterprise_key=own.key)


def download_paper(session: ReadSession, subject: Subject, number: int, sha256: str, *, enterprise_key: int | None = None) -> Response:
    """The paper, never opened by a browser in this service's name."""
    kept = remedies.get_paper(session, subject, number, sha256, enterprise_key=enterprise_key)
    plain = f"{subject}-{number}-{sha256[:12]}.{ENDINGS[kept['media_type']]}"
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(kept['name'], safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(b"".join(file_parts(session, sha256)), media_type=kept["media_type"], headers=headers)
