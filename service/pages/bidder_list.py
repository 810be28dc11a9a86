"""A bidder list as officers have it: pasted or as a file, a supplier a line, code and name in either order."""

import re
import unicodedata
from io import BytesIO

from data.intake.readers.base import Format, Limits, ReadOptions, RowFault
from data.intake.readers.opening import open_rows
from models.errors import Malformed
from service.check_answers import MOST_SUPPLIERS

WORKBOOK = b"PK\x03\x04"
MOST_UNPACKED = 64 << 20
"""A list of 5,000 suppliers unpacks to a megabyte or two."""
SEPARATORS = re.compile(r"[\t,，;；]")
CODE = re.compile(r"[0-9A-Z]{8,}(?:-[0-9A-Z])?")
HEADS = frozenset(
    {"code", "name", "consortium", "统一社会信用代码", "代码", "名称", "企业名称", "供应商", "供应商名称", "投标人", "投标人名称", "联合体"}
)


class EmptyList(Malformed):
    """Nobody stands on the list."""

    code = "page.list_empty"


class LongList(Malformed):
    """More suppliers than one check takes."""

    code = "page.list_long"


class NoText(Malformed):
    """The file is no text in UTF-8 or GB18030."""

    code = "page.list_no_text"


def read_bidders(text: str) -> list[dict[str, str]]:
    """The suppliers of a list, as a check asks for them. Raises `page.list_empty` and `page.list_long`."""
    lines = [[cell.strip().strip('"') for cell in SEPARATORS.split(line)] for line in text.splitlines()]
    found = [one for cells in lines if (one := _supplier(cells)) is not None]
    if not found:
        raise EmptyList("The list is empty. Paste the suppliers, one a line.")
    if len(found) > MOST_SUPPLIERS:
        raise LongList(f"The list has {len(found):,} suppliers, and a check takes {MOST_SUPPLIERS:,}. Check it in parts.")
    return found


def decode(content: bytes) -> str:
    """Text as spreadsheets save it, a workbook's sheet as lines of it. Raises `page.list_no_text` and `file.*`."""
    if content.startswith(WORKBOOK):
        return _sheet(content)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise NoText("The file is no text in UTF-8 or GB18030. Save the list as CSV and upload it again.")


def _sheet(content: bytes) -> str:
    """The first two or three columns of the sheet that has data, its first row with the others."""
    limits = Limits(unpacked_bytes=MOST_UNPACKED)
    with open_rows(BytesIO(content), declared=Format.XLSX, options=ReadOptions(limits=limits)) as rows:
        lines = [rows.header]
        for _, cells in rows:
            if not isinstance(cells, RowFault):
                lines.append(tuple("" if cell is None else str(cell) for cell in cells))
            if len(lines) > MOST_SUPPLIERS + 1:
                break  # `read_bidders` says that there are too many
    return "\n".join("\t".join(SEPARATORS.sub(" ", " ".join(cell.split())) for cell in line[:3]) for line in lines)


def _supplier(cells: list[str]) -> dict[str, str] | None:
    """Who a line names; a line of headings, or of nothing, names nobody."""
    said = [cell for cell in cells if cell]
    if not said or all(cell.lower() in HEADS for cell in said):
        return None
    codes = [cell for cell in cells[:2] if CODE.fullmatch(_plain(cell))]
    names = [cell for cell in cells[:2] if cell and cell not in codes[:1]]
    told = {"code": codes[0] if codes else "", "name": names[0][:200] if names else "", "consortium": "".join(cells[2:3])[:200]}
    return {name: value for name, value in told.items() if value}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).upper().replace(" ", "")
