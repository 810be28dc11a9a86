"""Files that prove what another authority's site showed, laid down before the check that refers to them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, File, Path, Response, UploadFile

from data.stores import check_evidence
from data.stores.files import file_parts
from models.shapes import Shape
from service.access import Caller
from service.house import ReadSessionDep, WriteSessionDep
from service.operations.check import asker_of
from service.problems import TooLarge, problems

router = APIRouter(prefix="/v1/evidence", tags=["checks"])
LARGEST = 20 * 1024 * 1024


class EvidenceLaidDown(Shape):
    """A file under its hash; name it as `evidence_sha256` in a check's inquiries."""

    sha256: str
    file_name: str
    media_type: str
    at: datetime


@router.post("", status_code=201, responses=problems(401, 403, 413, 422))
def lay_down_evidence(
    caller: Caller, session: WriteSessionDep, file: Annotated[UploadFile, File(description="A screenshot or a print of the site asked.")]
) -> EvidenceLaidDown:
    """Keep a file that shows site, name, result and time of a question asked by hand; the same file again changes nothing."""
    if file.size is not None and file.size > LARGEST:
        raise TooLarge(f"The file has {file.size:,} bytes; evidence has at most {LARGEST:,}. A screenshot of the result is enough.")
    kept = check_evidence.lay_down(
        session,
        file.file,
        holder=caller.holder,
        file_name=(file.filename or "evidence")[:200],
        media_type=(file.content_type or "application/octet-stream")[:100],
    )
    told = EvidenceLaidDown(sha256=kept.sha256, file_name=kept.file_name, media_type=kept.media_type, at=kept.at)
    session.commit()
    return told


@router.get("/{sha256}", response_class=Response, responses=problems(401, 403, 404, 422))
def read_evidence(caller: Caller, session: ReadSessionDep, sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]) -> Response:
    """Give a file back to whoever laid it down, or to an auditor; always as a download, whatever it says it is."""
    check_evidence.get_evidence(session, sha256, holder=asker_of(caller))
    content = b"".join(file_parts(session, sha256))
    headers = {"Content-Disposition": f'attachment; filename="{sha256[:16]}.bin"', "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type="application/octet-stream", headers=headers)
