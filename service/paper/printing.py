"""A receipt as PDF/A-2a (also PDF/UA-1): made by Typst from a fixed template and data, the same bytes each time."""

import io
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Literal

import segno
import typst
from pydantic_core import to_json

from models.shapes import Bilingual
from service.operations.receipts import KeptReceipt
from service.paper import labels
from service.paper.sheets import about_of, sheet_of

MASK = 2
"""Any mask can be read; looking for the fairest of eight costs eight times as much."""
STANDARDS: list[Literal["a-2a", "ua-1"]] = ["a-2a", "ua-1"]


def print_kept(kept: KeptReceipt, *, supplier: int | None, address: str) -> bytes:
    """The pages of a kept check, or of one supplier of it; the code on each leads to `address`. Raises `receipt.no_such_supplier`."""
    content = kept.content
    asked_at = datetime.fromisoformat(content["asked_at"])
    sheets = [sheet_of(content, no, code=draw_code(kept.page_code(no).address(address))) for no in kept.numbers(supplier)]
    told = {
        "title": f"{labels.TITLE.zh} {content['check_id']}",
        "author": content["asked_by"],
        "made": [asked_at.year, asked_at.month, asked_at.day],
        "verify": _of(labels.VERIFY),
        "foot": _of(labels.FOOT),
        "about_title": _of(labels.ABOUT),
        "about": about_of(content, kid=kept.kid),
        "digest_of": _of(labels.HASHES),
        "sheets": sheets,
    }
    compiler = typst.Compiler(_template(), font_paths=_fonts(), ignore_system_fonts=True, sys_inputs={"data": to_json(told).decode()})
    made = compiler.compile(format="pdf", pdf_standards=list(STANDARDS), timestamp=asked_at.astimezone(UTC).replace(microsecond=0))
    assert isinstance(made, bytes)
    return made


def draw_code(text: str) -> str:
    """A QR code as SVG: one path, dark on light, with a quiet edge."""
    drawn = io.BytesIO()
    segno.make(text, error="m", boost_error=False, micro=False, mask=MASK).save(
        drawn, kind="svg", xmldecl=False, border=3, dark="#000", light="#fff"
    )
    return drawn.getvalue().decode()


@cache
def _fonts() -> typst.Fonts:
    """Read once: the file has 30 MB."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(files("manimgx_fonts_cjk"))])


@cache
def _template() -> bytes:
    return (files("service.paper") / "receipt.typ").read_bytes()


def _of(words: Bilingual) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
