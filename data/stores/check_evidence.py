"""Files that prove what another authority's site showed: laid down by an officer, found again by hash."""

from collections.abc import Sequence
from typing import BinaryIO

from sqlmodel import col, select

from data.database import ReadSession, WriteSession
from data.stores.files import keep_file
from models.errors import NotFound
from models.tables.access import CheckEvidence


class NoSuchEvidence(NotFound):
    """No evidence of this hash was laid down, or not by whoever asks."""

    code = "evidence.not_found"


def lay_down(session: WriteSession, file: BinaryIO, *, holder: str, file_name: str, media_type: str) -> CheckEvidence:
    """Keep a file under its hash; the same file again changes nothing."""
    sha256, _ = keep_file(session, file)
    there = session.get(CheckEvidence, (holder, sha256))
    if there is None:
        there = CheckEvidence(holder=holder, sha256=sha256, file_name=file_name, media_type=media_type)
        session.add(there)
        session.flush()
    return there


def kept(session: ReadSession, hashes: Sequence[str], *, holder: str) -> frozenset[str]:
    """Which of these the holder laid down."""
    if not hashes:
        return frozenset()
    found = select(CheckEvidence.sha256).where(col(CheckEvidence.holder) == holder, col(CheckEvidence.sha256).in_(list(hashes)))
    return frozenset(session.exec(found).all())


def get_evidence(session: ReadSession, sha256: str, *, holder: str | None) -> CheckEvidence:
    """What was laid down under a hash; of one holder only, where that is given. Raises `evidence.not_found`."""
    rows = select(CheckEvidence).where(col(CheckEvidence.sha256) == sha256)
    if holder is not None:
        rows = rows.where(col(CheckEvidence.holder) == holder)
    row = session.exec(rows.order_by(col(CheckEvidence.at), col(CheckEvidence.holder)).limit(1)).one_or_none()
    if row is None:
        raise NoSuchEvidence(f"No evidence {sha256} of yours is kept here. Lay the file down with POST /v1/evidence.")
    return row
