"""Original files as they were delivered: kept under their SHA-256 in parts, streamed in and out."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from data.database import ReadSession, WriteSession, driver_connection
from models.errors import CreditError

PART_BYTES = 1 << 20


class FileDamaged(CreditError):
    """What lies in the store is not what was put there."""

    code = "file.store_damaged"


def keep_file(session: WriteSession, file: BinaryIO) -> tuple[str, int]:
    """Keep a file and give its SHA-256 and size; one that is kept already is not written twice."""
    connection = driver_connection(session)
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while part := file.read(PART_BYTES):
        digest.update(part)
        size += len(part)
    sha256 = digest.hexdigest()
    done = connection.execute(
        "INSERT INTO stored_file (sha256, size, stored_at) VALUES (%s, %s, clock_timestamp()) ON CONFLICT DO NOTHING", (sha256, size)
    )
    if done.rowcount:
        file.seek(0)
        with connection.cursor().copy("COPY stored_file_part (sha256, part_no, content) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["text", "int4", "bytea"])
            part_no = 0
            while part := file.read(PART_BYTES):
                copy.write_row((sha256, part_no, part))
                part_no += 1
    return sha256, size


def file_parts(session: ReadSession, sha256: str) -> Iterator[bytes]:
    """Give a kept file part by part."""
    connection = driver_connection(session)
    part_no = 0
    while row := connection.execute(
        "SELECT content FROM stored_file_part WHERE sha256 = %s AND part_no = %s", (sha256, part_no), binary=True
    ).fetchone():
        yield row[0]
        part_no += 1


@contextmanager
def file_on_disk(session: ReadSession, sha256: str, *, name: str) -> Iterator[Path]:
    """Lay a kept file in a temporary folder while it is read, under the ending of its name. Raises `FileDamaged`."""
    with tempfile.TemporaryDirectory(prefix="qcredit-file-") as folder:
        path = Path(folder) / f"delivered{Path(name).suffix}"
        digest = hashlib.sha256()
        with path.open("wb") as file:
            for part in file_parts(session, sha256):
                digest.update(part)
                file.write(part)
        if digest.hexdigest() != sha256:
            raise FileDamaged(
                f"The kept file {sha256} is not whole any more. Restore the database from a backup, or deliver the file again."
            )
        yield path
