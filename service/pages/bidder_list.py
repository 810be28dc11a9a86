"""A bidder list as officers have it: pasted or as a file, a supplier a line, code and name in either order."""

import re
import unicodedata

from models.errors import Malformed
from service.check_answers import MOST_SUPPLIERS

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
    """Text as spreadsheets save it. Raises `page.list_no_text`."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise NoText("The file is no text in UTF-8 or GB18030. Save the list as CSV and upload it again.")


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
