"""The one door to delivered files: tells the format from the content, holds it against the name, and opens the reader."""

from pathlib import Path
from typing import BinaryIO, Final

from data.intake.readers.base import EmptyFile, Format, PasswordProtected, ReadOptions, Rows, WrongFileType
from data.intake.readers.delimited import open_delimited
from data.intake.readers.json_lines import open_json_lines
from data.intake.readers.parquet import open_parquet
from data.intake.readers.workbook import open_workbook

_ENDINGS: Final = {
    ".csv": Format.CSV,
    ".txt": Format.CSV,
    ".tsv": Format.CSV,
    ".xlsx": Format.XLSX,
    ".xlsm": Format.XLSX,
    ".json": Format.JSONL,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".parquet": Format.PARQUET,
}
_ZIP: Final = b"PK\x03\x04"
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS: Final = (
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "a SQLite database"),
)
_WORDS: Final = {Format.CSV: "a CSV", Format.XLSX: "an Excel workbook", Format.JSONL: "JSON", Format.PARQUET: "a Parquet file"}


def open_rows(
    file: Path | BinaryIO, *, name: str | None = None, declared: Format | None = None, options: ReadOptions | None = None
) -> Rows:
    """Open a delivered file as a stream of rows; raises FileError with what is wrong with it.

    `name` is the file's name at the sender's; `declared` what the request says. A file that is something else than both say is
    refused: read as text, a workbook would give rubbish.
    """
    options = options or ReadOptions()
    if isinstance(file, Path):
        opened = file.open("rb")
        try:
            rows = open_rows(opened, name=name or file.name, declared=declared, options=options)
        except BaseException:
            opened.close()
            raise
        inner = rows.close

        def close() -> None:
            inner()
            opened.close()

        rows.close = close
        return rows
    told = declared or _ENDINGS.get(Path(name or "").suffix.lower())
    found = format_of(file, told)
    match found:
        case Format.CSV:
            return open_delimited(file, options)
        case Format.XLSX:
            return open_workbook(file, options)
        case Format.JSONL:
            return open_json_lines(file, options)
        case Format.PARQUET:
            return open_parquet(file, options)


def format_of(file: BinaryIO, told: Format | None) -> Format:
    """Tell the format from the first bytes; raises WrongFileType, PasswordProtected, EmptyFile, DamagedFile."""
    file.seek(0)
    head = file.read(4096)
    if not head.strip(b" \t\r\n\xef\xbb\xbf"):
        raise EmptyFile("The file is empty. Its first row must name the columns.")
    found = _by_signature(file, head)
    if found is None:
        if told in (Format.XLSX, Format.PARQUET):
            what = "an HTML page or XML" if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else "plain text or something else"
            raise WrongFileType(f"The file is named or declared as {_WORDS[told]}, but is {what}. Save it in its program as .xlsx or CSV.")
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if start[:200].lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")):
            raise WrongFileType(
                "The file is an HTML page or XML, not a table. Open it in a spreadsheet program and save it as .xlsx or CSV."
            )
        return told or (Format.JSONL if start.startswith((b"{", b"[")) else Format.CSV)
    if told is not None and told is not found:
        raise WrongFileType(f"The file is named or declared as {_WORDS[told]}, but is {_WORDS[found]}. Give it its right name.")
    return found


def _by_signature(file: BinaryIO, head: bytes) -> Format | None:
    if head.startswith(_ZIP):
        return Format.XLSX
    if head.startswith(b"PAR1"):
        return Format.PARQUET
    if head.startswith(_COMPOUND):
        file.seek(0)
        directory = file.read(1 << 20)
        if "EncryptedPackage".encode("utf-16-le") in directory or "EncryptionInfo".encode("utf-16-le") in directory:
            raise PasswordProtected("The workbook is protected with a password. Save it without one and deliver it again.")
        raise WrongFileType("The file is a workbook of the old .xls form (or another old Office document). Save it as .xlsx.")
    for signature, what in _OTHERS:
        if head.startswith(signature):
            raise WrongFileType(f"The file is {what}, not a table. Deliver .csv, .xlsx, .jsonl or .parquet.")
    return None
