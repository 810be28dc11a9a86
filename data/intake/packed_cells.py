"""Cells that hold several things: failed items with result and standard, producers who work for each other."""

import re
from typing import Final, NamedTuple

from data.intake.cleaning import EMPTY_WORDS

_BARS = re.compile(r"\|\||[║‖|丨｜]")
_BREAKS = re.compile(r"[;；\r\n]+")
_NUMBERING = re.compile(r"^(?:[(（]?\d{1,2}[)）、]|\d{1,2}[.．](?=\D)|[①-⑳])\s*")
_VALUE = re.compile(r"[②-⑳<>≤≥＜＞]|\d+(?:\.\d+)?(?:\s*[×xX*%％]|\s*[a-zA-Zμ]+/|$)")
_HEADINGS: Final = frozenset(["不合格项目", "项目", "检验项目", "不合格项"])

_ROLES: Final = {
    "principal": ("委托方", "委托单位", "委托商", "委托企业", "委托生产企业", "委托人", "委托生产商", "委托者"),
    "contractor": (
        "受托方",
        "受托单位",
        "受托商",
        "受托企业",
        "受托生产企业",
        "受委托方",
        "受委托单位",
        "受委托生产企业",
        "被委托方",
        "被委托单位",
    ),
    "producer": ("生产商", "生产企业", "生产厂家", "生产者", "生产单位", "制造商", "制造单位", "生产方", "分装商", "分装企业"),
    "seller": ("经销商", "总经销", "经销单位", "出品商", "出品方", "监制", "代理商", "进口商", "销售商"),
}
_ROLE_OF: Final = {word: role for role, words in _ROLES.items() for word in words}
_LABEL = re.compile(f"(?:^|[;；,，、/\\s])\\s*[(（]?({'|'.join(sorted(_ROLE_OF, key=len, reverse=True))})[)）]?\\s*[::：]\\s*")


class FailedItem(NamedTuple):
    """One item that failed: its name, what was measured, what the standard asks for, each as written."""

    item: str
    result: str | None = None
    standard: str | None = None


class Producer(NamedTuple):
    """One enterprise named in a producer cell, with the part it plays."""

    name: str
    role: str


def failed_items(cell: str) -> tuple[FailedItem, ...]:
    """Split a packed cell `item║result║standard`; several items are parted by semicolons or line breaks.

    A piece without a bar after one with bars belongs to the value before it (`①450；②360` is one result). Three columns
    packed as lists of one length are read across.
    """
    text = _BARS.sub("║", cell.strip())
    columns = [_BREAKS.split(column.strip(";；\r\n ")) for column in text.split("║")]
    if 1 < len(columns) <= 3 and len(columns[0]) > 1 and len({len(column) for column in columns}) == 1:
        rows = [list(row) for row in zip(*columns, strict=True)]
    else:
        rows = _rows(text)
    items = (_item(row) for row in rows)
    return tuple(item for item in items if item is not None)


def producers(cell: str) -> tuple[Producer, ...]:
    """Split a producer cell; a cell without labels names one producer, one with labels each with its part."""
    text = cell.strip()
    labels = list(_LABEL.finditer(text))
    if not labels:
        return () if text in EMPTY_WORDS else (Producer(text, "producer"),)
    named = [Producer(_name(text[: labels[0].start()]), "producer")]
    for label, following in zip(labels, [*labels[1:], None], strict=True):
        named.append(Producer(_name(text[label.end() : following.start() if following else len(text)]), _ROLE_OF[label[1]]))
    return tuple(producer for producer in named if producer.name not in EMPTY_WORDS)


def _rows(text: str) -> list[list[str]]:
    rows: list[list[str]] = []
    packed = "║" in text
    for piece in _BREAKS.split(text):
        fields = [field.strip() for field in piece.split("║")]
        if packed and len(fields) == 1 and rows and len(rows[-1]) > 1:
            rows[-1][-1] = f"{rows[-1][-1]}；{fields[0]}".strip("；")
        elif rows and len(rows[-1]) == 2 and len(fields) == 2 and _VALUE.match(fields[0]):  # `①450；②360║n=5`
            rows[-1] = [rows[-1][0], f"{rows[-1][1]}；{fields[0]}", fields[1]]
        else:
            rows.append(fields)
    return rows


def _item(fields: list[str]) -> FailedItem | None:
    item = _NUMBERING.sub("", fields[0].strip())
    if item in EMPTY_WORDS or item in _HEADINGS:
        return None
    values = [field.strip() if field.strip() not in EMPTY_WORDS else None for field in fields[1:]]
    result = values[0] if values else None
    rest = [value for value in values[1:] if value]
    return FailedItem(item, result, "║".join(rest) or None)


def _name(text: str) -> str:
    return text.strip(" \t\r\n\u3000;；,，、/")
