"""Delivered files: what is read from each format, and what each broken file is refused with."""

import io
import json
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st

from data.intake.cleaning import Cell
from data.intake.readers.base import FileError, Format, Limits, ReadOptions, Row, RowFault, column_key
from data.intake.readers.json_lines import rows_of_objects
from data.intake.readers.opening import open_rows
from tests.broken import files


def read(content: bytes | BinaryIO, *, name: str = "delivery.csv", options: ReadOptions | None = None) -> tuple[tuple[str, ...], list[Row]]:
    with open_rows(io.BytesIO(content) if isinstance(content, bytes) else content, name=name, options=options) as rows:
        return rows.header, list(rows)


def refusal(content: bytes | BinaryIO, *, name: str = "delivery.csv", options: ReadOptions | None = None) -> FileError:
    with pytest.raises(FileError) as caught:
        read(content, name=name, options=options)
    assert len(str(caught.value)) > 20
    return caught.value


TEXT = "名称,结果\n银川示例甲公司,不合格\n银川示例乙公司,合格\n"
READ = (("名称", "结果"), [(2, ["银川示例甲公司", "不合格"]), (3, ["银川示例乙公司", "合格"])])


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.encode("gb18030"),
        TEXT.encode("gbk"),
        TEXT.encode("gb2312"),
        b"\xff\xfe" + TEXT.encode("utf-16-le"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace(",", ";").encode(),
        TEXT.replace(",", "\t").encode("gb18030"),
        TEXT.rstrip("\n").encode(),
        TEXT.replace("合格", '"合格"').replace('不"合格"', '"不合格"').encode(),
        TEXT.replace("\n", "\n\n").encode(),
    ],
)
def test_a_csv_is_read_in_every_encoding_and_with_every_delimiter(content: bytes) -> None:
    header, rows = read(content)
    assert header == READ[0]
    assert [cells for _, cells in rows] == [cells for _, cells in READ[1]]


def test_rows_are_numbered_as_a_spreadsheet_numbers_them() -> None:
    content = 'a,b\n1,"two\nlines"\n\n3,4\n'
    assert read(content.encode())[1] == [(2, ["1", "two\nlines"]), (4, ["3", "4"])]


def test_utf_16_without_a_mark_is_told_by_its_zeros() -> None:
    assert read(("code,name\n" + "91640100X,示例\n" * 50).encode("utf-16-le"))[0] == ("code", "name")


def test_the_encoding_is_told_from_the_first_bytes_beyond_ascii_however_late_they_come() -> None:
    content = b"code,name\n" + b"12345678,plain\n" * 60_000 + "1,银川示例公司有限责任\n".encode("gb18030")
    assert read(content)[1][-1][1] == ["1", "银川示例公司有限责任"]


def test_a_separator_of_unicode_inside_a_cell_ends_no_row() -> None:
    assert read("a,b\n1,x\u2028y\x0bz\n".encode())[1] == [(2, ["1", "x\u2028y\x0bz"])]


def test_rows_shorter_and_longer_than_the_header_are_handed_on_for_the_profile_to_reject() -> None:
    assert [cells for _, cells in read(b"a,b\n1\n1,2,3\n")[1]] == [["1"], ["1", "2", "3"]]


def test_titles_above_the_header_are_skipped_on_request() -> None:
    assert read("通告附件,\na,b\n1,2\n".encode(), options=ReadOptions(header_row=2)) == (("a", "b"), [(3, ["1", "2"])])


typed = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\ufeff"), max_size=12)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(typed, min_size=3, max_size=3), max_size=8))
def test_any_table_written_as_csv_is_read_back(table: list[list[str]]) -> None:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in table]
    rows = read(("甲,乙,丙\n" + "".join(line + "\n" for line in quoted)).encode())[1]
    assert [cells for _, cells in rows] == [row for row in table if any(row)]


def test_a_wrong_byte_late_in_the_file_is_named_by_row_and_byte_and_never_replaced() -> None:
    good = ("名称,结果\n" + "银川示例公司,合格\n" * 40_000).encode()
    error = refusal(good + b"\xff\xfe,x\n")
    assert error.code == "file.encoding"
    assert f"byte {len(good):,}" in str(error)
    assert "row 40,002" in str(error)


def test_a_file_cut_in_the_middle_of_a_character_says_so() -> None:
    assert "cut short" in str(refusal("a\n银川示例".encode()[:-1]))


def test_parts_in_two_encodings_are_no_text() -> None:
    assert refusal(("名称\n" + "银川示例公司\n" * 20).encode() + "银川\n".encode("gb18030")).code == "file.encoding"


def test_a_western_or_taiwanese_encoding_must_be_named() -> None:
    content = ("name,place\n" + "Café Zürich,Genève\n" * 30).encode("latin-1")
    assert refusal(content).code == "file.encoding"
    assert read(content, options=ReadOptions(encoding="latin-1"))[1][0][1] == ["Café Zürich", "Genève"]


def test_an_encoding_that_does_not_exist_or_contradicts_the_mark_is_refused() -> None:
    assert refusal(TEXT.encode(), options=ReadOptions(encoding="utf-99")).code == "file.encoding"
    assert refusal(b"\xef\xbb\xbf" + TEXT.encode(), options=ReadOptions(encoding="gb18030")).code == "file.encoding"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.empty"),
        (b"  \r\n \n", "file.empty"),
        (b"\xef\xbb\xbf", "file.empty"),
        (b",,\n", "file.empty"),
        (b"a,b,a\n1,2,3\n", "file.duplicate_header"),
        ("金额（元）,金额(元)\n1,2\n".encode(), "file.duplicate_header"),
        (b"a,,c\n1,2,3\n", "file.empty_header"),
        (b'a,b\n1,"2\n3,4\n', "file.quotes"),
        (b'a,b\n1,"2"3\n', "file.quotes"),
        (b"a,b\n1,\x002\n", "file.nul"),
        (",".join(f"c{number}" for number in range(501)).encode(), "file.too_many_columns"),
        (b"<html><body><table><tr><td>a</td></tr></table>", "file.wrong_type"),
        (b"%PDF-1.7 ...", "file.wrong_type"),
        (b"\x1f\x8b\x08\x00", "file.wrong_type"),
    ],
)
def test_a_broken_text_file_is_refused_under_its_own_code(content: bytes, code: str) -> None:
    assert refusal(content).code == code


@pytest.mark.parametrize("quoted", [False, True])
def test_a_cell_of_100_mb_is_refused_without_being_loaded(quoted: bool) -> None:
    file = files.OneHugeCell(100 << 20, quoted=quoted)
    tracemalloc.start()
    error = refusal(file)  # type: ignore[arg-type]  # all that readers ask of a file
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.code == "file.cell_too_large"
    assert peak < 60 << 20


def test_more_rows_than_allowed_are_refused() -> None:
    assert refusal(b"a\n1\n2\n3\n", options=ReadOptions(limits=Limits(rows=2))).code == "file.too_many_rows"


WORKBOOK_ROWS: list[list[Cell]] = [
    ["名称", "日期", "时刻", "金额", "代码"],
    ["银川示例甲公司", date(2024, 3, 5), datetime(2024, 3, 5, 9, 30), 12000.5, 640100],  # noqa: DTZ001 - sheets know no zones
    ["<b>&amp;</b>\n二行", date(2099, 12, 31), None, 0.1, "0123"],
    [None, None, None, None, "last"],
]


def test_a_workbook_gives_text_numbers_and_days() -> None:
    header, rows = read(files.workbook(WORKBOOK_ROWS), name="delivery.xlsx")
    assert header == tuple(WORKBOOK_ROWS[0])
    assert rows == [(number, cells) for number, cells in enumerate(WORKBOOK_ROWS[1:], 2)]


def test_a_workbook_counting_from_1904_gives_the_same_days() -> None:
    rows = read(files.workbook(WORKBOOK_ROWS, date_1904=True), name="delivery.xlsx")
    assert rows == read(files.workbook(WORKBOOK_ROWS), name="delivery.xlsx")


printed = st.text(st.characters(codec="utf-8", min_codepoint=32, exclude_characters="\x7f"), min_size=1, max_size=10)
cells_of_all_sorts = st.one_of(st.none(), printed, st.integers(-(10**12), 10**12), st.floats(-1e9, 1e9), st.booleans())


@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(cells_of_all_sorts, min_size=4, max_size=4), max_size=6))
def test_the_streaming_reader_agrees_with_calamine(table: list[list[Cell]]) -> None:
    content = files.workbook([["a", "b", "c", "d"], *table])
    sheet = python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0)
    theirs = [[None if cell == "" else cell for cell in row] for row in sheet.to_python(skip_empty_area=False)[1:]]
    ours = {number: cells for number, cells in read(content, name="delivery.xlsx")[1] if isinstance(cells, list)}
    for number, row in enumerate(theirs, 2):
        mine = ours.get(number, [])
        assert mine + [None] * (len(row) - len(mine)) == row


def test_only_one_sheet_may_hold_data_unless_one_is_named() -> None:
    content = files.workbook([["a"], ["1"]], more_sheets=[[], [["b"], ["2"]]])
    assert refusal(content, name="delivery.xlsx").code == "file.sheet"
    assert read(content, name="delivery.xlsx", options=ReadOptions(sheet="Sheet3")) == (("b",), [(2, ["2"])])
    assert refusal(content, name="delivery.xlsx", options=ReadOptions(sheet="Sheet9")).code == "file.sheet"
    assert read(files.workbook([["a"], ["1"]], more_sheets=[[]]), name="delivery.xlsx") == (("a",), [(2, ["1"])])


def test_a_cell_in_the_far_corner_costs_no_memory() -> None:
    tracemalloc.start()
    rows = read(files.far_corner_workbook(), name="delivery.xlsx")[1]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows[0][0] == 1_048_576
    assert len(rows[0][1]) == 16_384
    assert peak < 8 << 20


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (files.truncated_workbook(), "delivery.xlsx", "file.damaged"),
        (files.flipped_workbook(), "delivery.xlsx", "file.damaged"),
        (files.protected_workbook(), "delivery.xlsx", "file.password"),
        (files.old_workbook(), "delivery.xls", "file.wrong_type"),
        (files.zip_bomb(), "delivery.xlsx", "file.unpacked_size"),
        (files.lying_directory(), "delivery.xlsx", "file.damaged"),
        (files.entity_bomb(), "delivery.xlsx", "file.damaged"),
        (files.workbook([["a"]]), "delivery.csv", "file.wrong_type"),
        (b"a,b\n1,2\n", "delivery.xlsx", "file.wrong_type"),
        (b"<html><table>", "delivery.xlsx", "file.wrong_type"),
        (files.workbook([["a", "a"]]), "delivery.xlsx", "file.duplicate_header"),
        (files.workbook([["a", "", "b"], [1, 2, 3]]), "delivery.xlsx", "file.empty_header"),
        (files.workbook([]), "delivery.xlsx", "file.empty"),
        (files.dangling_text(), "delivery.xlsx", "file.damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_workbook_is_refused_under_its_own_code(content: bytes, name: str, code: str) -> None:
    assert refusal(content, name=name).code == code


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    content = files.workbook([["a"]]).replace(b"xl/workbook.xml", b"xl/nonsense.xml")
    assert refusal(content, name="delivery.xlsx").code == "file.wrong_type"


def test_json_lines_give_the_union_of_keys_and_keep_decimals_exact() -> None:
    content = b'{"a": 1, "b": {"c": 0.1}}\n\n{"a": "x", "d": null, "b": {"e": true}}\n'
    header, rows = read(content, name="delivery.jsonl")
    assert header == ("a", "b.c", "d", "b.e")
    assert rows == [(1, [1, Decimal("0.1"), None, None]), (3, ["x", None, None, True])]


BROKEN_LINES = [
    "{",
    "[1]",
    "3",
    '{"a": [[[[[[1]]]]]]}',
    '{"a": [' + "{}," * 30 + "{}]}",
    '{"a": NaN}',
    '{"a": 1, "a": 2}',
    "[" * 100_000,
    '{"a": {"b": {"c": {"d": {"e": 1}}}}}',
]


@pytest.mark.parametrize("line", BROKEN_LINES)
def test_a_broken_json_line_is_a_rejected_row_and_its_neighbours_are_read(line: str) -> None:
    rows = read(('{"a": 1}\n' + line + '\n{"a": 2}\n').encode(), name="delivery.jsonl")[1]
    assert [cells for _, cells in rows if isinstance(cells, list)] == [[1], [2]]
    assert [(number, cells.code.split(".")[0]) for number, cells in rows if isinstance(cells, RowFault)] == [(2, "row")]


def test_a_json_list_of_objects_is_read_object_by_object() -> None:
    content = json.dumps([{"a": number, "b": ["x", "y"], "c": []} for number in range(20_000)], indent=1).encode()
    header, rows = read(content, name="delivery.json")
    assert header == ("a", "b", "c")
    assert len(rows) == 20_000
    assert rows[-1] == (20_000, [19_999, "x；y", None])
    assert isinstance(read(b'[{"a": 1}, 3, {"a": 1, "a": 2}]', name="delivery.json")[1][1][1], RowFault)


@pytest.mark.parametrize("content", [b'[{"a": 1}, {"a":', b'[{"a": 1} nonsense]', b"[", b'[{"a": 1}'])
def test_a_json_list_that_breaks_off_is_refused(content: bytes) -> None:
    assert refusal(content, name="delivery.json").code == "file.damaged"


def test_objects_in_memory_are_rows_too() -> None:
    rows = rows_of_objects([{"a": 1}, {"b": {"c": "x"}}, {"d": [{"e": 2}]}, {"a": [[[[[[1]]]]]]}])
    assert rows.header == ("a", "b.c", "d.0.e")
    found = [cells if isinstance(cells, list) else cells.code for _, cells in rows]
    assert found == [[1, None, None], [None, "x", None], [None, None, 2], "row.nested"]


def test_parquet_gives_typed_cells() -> None:
    file = files.parquet(
        name=pa.array(["甲", None]).dictionary_encode(),
        day=pa.array([date(2024, 3, 5), None]),
        at=pa.array([datetime(2024, 3, 5, 1, tzinfo=UTC), None], pa.timestamp("ns", "UTC")),
        amount=pa.array([Decimal("1.50"), None]),
    )
    header, rows = read(file, name="delivery.parquet")
    assert header == ("name", "day", "at", "amount")
    assert rows == [(2, ["甲", date(2024, 3, 5), datetime(2024, 3, 5, 1, tzinfo=UTC), Decimal("1.50")]), (3, [None] * 4)]


def test_parquet_that_is_damaged_or_holds_structures_is_refused() -> None:
    whole = files.parquet(a=list(range(1000))).read()
    assert refusal(whole[: len(whole) // 2], name="delivery.parquet").code == "file.damaged"
    assert refusal(files.parquet(a=[[1], [2]]), name="delivery.parquet").code == "file.column_type"
    assert refusal(files.parquet(a=["x" * 1_000_001]), name="delivery.parquet").code == "file.cell_too_large"


def test_the_format_is_told_from_the_content_when_nobody_says(tmp_path: Path) -> None:
    for name, content, found in (
        ("one", b"a,b\n1,2\n", Format.CSV),
        ("two", json.dumps({"a": 1}).encode(), Format.JSONL),
        ("three", files.workbook([["a"], ["1"]]), Format.XLSX),
        ("four", files.parquet(a=[1]).read(), Format.PARQUET),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with open_rows(path) as rows:
            assert rows.format is found


def test_column_names_are_equal_whatever_their_width_case_and_blanks() -> None:
    assert column_key(" 金额（万元） ") == column_key("金额(万元)")
    assert column_key("Cn_USCC") == column_key("cn_uscc")
