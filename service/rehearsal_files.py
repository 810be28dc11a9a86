"""A rehearsal as a workbook: its report on some sheets, and one row per enterprise on the last."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from pyarrow import parquet

from models.rehearsals import Report
from service.list_answers import neutral
from service.table_files import MOST_ROWS

IN_FULL_AT_MOST = 200_000
"""Of more enterprises, only those whose grade or place on a list the draft changes; a spreadsheet with a million rows helps nobody."""
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_ALWAYS = (
    "scheme", "value", "region", "industry", "size", "age", "is_new", "score_before", "ageing", "withdrawn", "corrected", "new", "policy",
    "score_after", "grade_before", "grade_told", "grade_after",
)  # fmt: skip


def write_workbook(report: Report, rows: Path, out: Path) -> None:
    """Write the workbook; `rows` is the rehearsal's Parquet file. Texts that a spreadsheet would execute are neutralised."""
    book = xlsxwriter.Workbook(str(out), OPTIONS)
    in_full = report.enterprises <= IN_FULL_AT_MOST
    sheets: list[tuple[str, Iterable[Sequence[Any]]]] = [
        ("report", _about(report, in_full=in_full)),
        ("lists", _lists(report)),
        ("grades", _grades(report)),
        ("clauses", _clauses(report)),
        ("groups", _groups(report)),
        ("enterprises", _enterprises(report, rows, in_full=in_full)),
    ]
    for name, lines in sheets:
        sheet = book.add_worksheet(name)
        for number, cells in zip(range(MOST_ROWS), lines, strict=False):
            for place, cell in enumerate(cells):
                if isinstance(cell, int) and not isinstance(cell, bool):
                    sheet.write_number(number, place, cell)
                elif cell is not None:
                    sheet.write_string(number, place, neutral(cell))
    book.close()


def _about(report: Report, *, in_full: bool) -> Iterator[Sequence[Any]]:
    yield "digest", report.digest
    for name, end in (("before", report.before), ("against", report.against), ("draft", report.draft)):
        yield name, end.policy, end.policy_hash, end.as_of.isoformat(), end.known_at.isoformat()
    yield "enterprises", report.enterprises
    yield "new", report.new
    yield "rows_digest", report.rows_digest
    yield "rows of enterprises", "all" if in_full else "those whose grade or list the draft changes; the Parquet file has all"
    yield "cause", "up", "down", "points", "grades changed"
    for part in report.parts:
        yield part.part, part.up, part.down, part.points, part.grades


def _lists(report: Report) -> Iterator[Sequence[Any]]:
    yield "list", "under the version in force", "under the draft", "enterprises"
    for one in report.lists:
        for cell in one.cells:
            yield one.list, cell.against, cell.draft, cell.enterprises


def _grades(report: Report) -> Iterator[Sequence[Any]]:
    yield "comparison", "from", "to", "enterprises"
    for name, moves in (("days and facts, one version", report.moves_without_policy), ("policy, two versions", report.moves_by_policy)):
        for move in moves:
            yield name, move.before, move.after, move.enterprises


def _clauses(report: Report) -> Iterator[Sequence[Any]]:
    yield (
        "rule", "title", "act", "article", "enterprises changed", "up", "down", "holds in force", "holds under draft", "points in force",
        "points under draft",
    )  # fmt: skip
    for one in report.clauses:
        act, article = (one.clause.act, one.clause.article) if one.clause else (None, None)
        counts = (one.enterprises, one.up, one.down, one.held_against, one.held_draft)
        yield one.code, one.title.zh, act, article, *counts, one.points_against, one.points_draft


def _groups(report: Report) -> Iterator[Sequence[Any]]:
    lists = [one.list for one in report.lists]
    ends = [f"{what} {name}" for name in lists for what in ("enter", "leave")]
    yield "by", "value", "title", "enterprises", "grades changed", "median in force", "median under draft", *ends
    for group in report.groups:
        for row in group.rows:
            counts = [count for name in lists for count in (row.entering.get(name, 0), row.leaving.get(name, 0))]
            yield group.by, row.value, row.title.zh, row.enterprises, row.grades_changed, row.median_against, row.median_draft, *counts


def _enterprises(report: Report, rows: Path, *, in_full: bool) -> Iterator[Sequence[Any]]:
    lists = [one.list for one in report.lists]
    columns = [*_ALWAYS, *(f"list_{name}_{what}" for name in lists for what in ("told", "after", "by"))]
    yield columns
    file = parquet.ParquetFile(rows)
    for batch in file.iter_batches(columns=columns):
        for row in batch.to_pylist():
            moved = row["grade_told"] != row["grade_after"] or any(row[f"list_{n}_told"] != row[f"list_{n}_after"] for n in lists)
            if in_full or moved:
                yield [cell if cell is None or isinstance(cell, (str, int)) else str(cell) for cell in (row[name] for name in columns)]
