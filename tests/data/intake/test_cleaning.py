"""Cells as agencies type them, and what becomes of each."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.intake.amounts import money_of, number_of
from data.intake.cleaning import SENTINEL_DATES, BadValue, Cell, code_of, date_of, excel_day, text_of
from data.intake.packed_cells import FailedItem, Producer, failed_items, producers
from data.intake.personal_data import PersonalData, PersonalDataFound, find_personal_data, refuse_personal_data, without_personal_data

THE_DAY = date(2024, 3, 5)
plausible_days = st.dates(date(1800, 1, 1), date(2199, 12, 31)).filter(lambda day: day not in SENTINEL_DATES)


@pytest.mark.parametrize(
    "cell",
    [
        "2024-03-05",
        "2024-3-5",
        "2024/03/05",
        "2024.3.5",
        "20240305",
        "2024年3月5日",
        "2024 年 03 月 05 日",
        "２０２４－０３－０５",
        "２０２４年３月５日",
        "二〇二四年三月五日",
        "2024-03-05 13:45:00",
        "2024-03-05T13:45:00.123",
        "2024-03-04T17:00:00Z",  # one in the morning of the fifth in China
        "2024年3月5日 9时30分",
        "20240305134500",
        " 2024-03-05\u3000",
        "45356",
        45356,
        45356.75,
        20240305,
        Decimal(45356),
        THE_DAY,
        datetime(2024, 3, 5, 9, 30),  # noqa: DTZ001 - a spreadsheet's time without zone
        datetime(2024, 3, 4, 17, 0, tzinfo=UTC),
    ],
)
def test_a_day_is_read_in_every_form_agencies_use(cell: Cell) -> None:
    assert date_of(cell) == THE_DAY


def test_a_profile_may_name_forms_of_its_own() -> None:
    assert date_of("05/03/2024", forms=("%d/%m/%Y",)) == THE_DAY
    with pytest.raises(BadValue):
        date_of("05/03/2024")


@pytest.mark.parametrize("cell", ["1900-1-1", "9999-9-9", "9999-12-31", "2099-12-31", "2099年12月31日", "", "暂无", "—", "\\n", None, 0, 1])
def test_sentinels_and_empty_words_are_no_day(cell: Cell) -> None:
    assert date_of(cell) is None


def test_sentinels_are_those_of_the_profile() -> None:
    assert date_of("2099-12-31", sentinels=frozenset()) == date(2099, 12, 31)


@pytest.mark.parametrize(
    ("cell", "code", "suggestion"),
    [
        ("2024-02-30", "value.impossible_date", "2024-02-29"),
        ("2023年2月29日", "value.impossible_date", "2023-02-28"),
        ("2024-15-03", "value.impossible_date", "2024-03-15"),
        ("20241301", "value.impossible_date", "2024-01-13"),
        ("2024-00-10", "value.impossible_date", None),
        ("0000-01-01", "value.impossible_date", None),
        ("2024-03", "value.date", None),
        ("2024年", "value.date", None),
        ("三月五日", "value.date", None),
        ("24-3-5", "value.date", None),
        ("soon", "value.date", None),
        ("0202-03-05", "value.date_range", None),
        ("2924-03-05", "value.date_range", None),
        (60, "value.impossible_date", "1900-03-01"),
        (-5, "value.date", None),
        (float("nan"), "value.date", None),
        (True, "value.date", None),
    ],
)
def test_a_day_that_cannot_be_is_refused_with_a_suggestion_where_one_can_be_told(cell: Cell, code: str, suggestion: str | None) -> None:
    with pytest.raises(BadValue) as caught:
        date_of(cell)
    assert (caught.value.code, caught.value.suggestion) == (code, suggestion)


@given(plausible_days)
def test_every_day_survives_every_common_form(day: date) -> None:
    year, month, number = day.year, day.month, day.day
    for text in (
        f"{year:04}-{month}-{number}",
        f"{year:04}/{month:02}/{number:02}",
        f"{year:04}年{month}月{number}日",
        f"{year:04}{month:02}{number:02}",
    ):
        assert date_of(text) == day


@given(st.dates(date(1900, 3, 1), date(2199, 12, 31)).filter(lambda day: day not in SENTINEL_DATES))
def test_excel_serials_count_from_1900_with_its_leap_bug(day: date) -> None:
    assert excel_day((day - date(1899, 12, 30)).days) == day


def test_excel_serials_before_its_false_leap_day_are_one_off() -> None:
    assert excel_day(59) == date(1900, 2, 28)
    assert excel_day(61) == date(1900, 3, 1)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.timedeltas(), st.decimals()))
def test_any_cell_gives_a_value_or_a_plain_problem(cell: str | int | float | bool | timedelta | Decimal) -> None:
    for read in (date_of, money_of, number_of, text_of, code_of):
        with suppress(BadValue):
            read(cell)


@pytest.mark.parametrize(
    ("cell", "yuan"),
    [
        ("12000", "12000"),
        ("12,000.50", "12000.50"),
        ("１２，０００", "12000"),
        ("¥12,000", "12000"),
        ("￥12,000元", "12000"),
        ("人民币12000元整", "12000"),
        ("1.2万", "12000"),
        ("1.2万元", "12000"),
        ("0.03亿元", "3000000"),
        ("RMB 500", "500"),
        (".5", "0.5"),
        (12000, "12000"),
        (0.1, "0.1"),
        (Decimal("3.14"), "3.14"),
        ("0", "0"),
    ],
)
def test_money_is_read_exactly_in_yuan(cell: Cell, yuan: str) -> None:
    assert money_of(cell) == Decimal(yuan)


@pytest.mark.parametrize(
    ("cell", "yuan"), [("1.2", "12000"), ("0.00005", "0.5"), (0.35, "3500"), ("5000元", "5000"), ("1.2万元", "12000"), ("¥3", "30000")]
)
def test_in_a_column_of_ten_thousand_yuan_a_bare_number_counts_those_and_a_written_unit_goes_before(cell: Cell, yuan: str) -> None:
    assert money_of(cell, in_wan=True) == Decimal(yuan)


@pytest.mark.parametrize(
    ("cell", "code", "suggestion"),
    [
        ("-500", "value.negative", "500"),
        ("(500)", "value.negative", "500"),
        (-3.5, "value.negative", "3.5"),
        ("0.00001", "value.decimals", "0"),
        ("1.23456", "value.decimals", "1.2346"),
        ("1,23", "value.number", None),
        ("壹万元", "value.number", None),
        ("$500", "value.number", None),
        ("500美元", "value.number", None),
        ("12 000", "value.number", None),
        ("1e5", "value.number", None),
        (float("nan"), "value.number", None),
        (True, "value.number", None),
        ("99999999999999", "value.number_range", None),
    ],
)
def test_an_amount_that_cannot_be_is_refused(cell: Cell, code: str, suggestion: str | None) -> None:
    with pytest.raises(BadValue) as caught:
        money_of(cell)
    assert (caught.value.code, caught.value.suggestion) == (code, suggestion)


def test_a_number_may_be_negative_where_the_column_says_so() -> None:
    assert number_of("-3.5", may_be_negative=True) == Decimal("-3.5")


@given(st.decimals(min_value=0, max_value=10**9 - 1, places=4))
def test_no_digit_of_an_amount_is_lost(amount: Decimal) -> None:
    assert money_of(f"{amount:f}") == amount
    assert money_of(f"{amount:,f}") == amount
    assert money_of(f"{amount:f}万元") == amount * 10_000


@pytest.mark.parametrize("cell", ["", "  ", "暂无", "无", "—", "\\n", "\n", "NULL", "N/A", None])
def test_empty_words_are_nothing(cell: Cell) -> None:
    assert text_of(cell) is None
    assert money_of(cell) is None


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  示例\u3000", "示例"),
        ("示\u200b例\ufeff", "示例"),
        ("一行\r\n二行", "一行\n二行"),
        ("<script>alert(1)</script>'; DROP TABLE record; --", "<script>alert(1)</script>'; DROP TABLE record; --"),
        ("=1+1", "=1+1"),
        (123.0, "123"),
        (640100, "640100"),
        (1.5, "1.5"),
        (THE_DAY, "2024-03-05"),
        (datetime(2024, 3, 5), "2024-03-05"),  # noqa: DTZ001 - a spreadsheet's day
        (True, "是"),
    ],
)
def test_text_keeps_what_was_written_without_control_characters(cell: Cell, text: str) -> None:
    assert text_of(cell) == text


def test_a_code_that_a_spreadsheet_rounded_is_refused() -> None:
    with pytest.raises(BadValue, match="15 digits") as caught:
        text_of(913302036747372449.0)
    assert caught.value.code == "value.lost_digits"


@pytest.mark.parametrize("cell", ["a\x00b", "\ud83d"])
def test_text_that_no_database_can_hold_is_refused(cell: str) -> None:
    with pytest.raises(BadValue) as caught:
        text_of(cell)
    assert caught.value.code == "value.character"


def test_codes_are_narrowed_and_raised() -> None:
    assert code_of(" ａ0１2 ｘ") == "A012X"


IDENTITY = "11010519491231002X"  # the worked example of GB 11643


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        (f"当事人身份证号{IDENTITY}。", PersonalData.IDENTITY_NUMBER),
        ("身份证１１０１０５１９４９１２３１００２Ｘ", PersonalData.IDENTITY_NUMBER),
        ("电话13800001111", PersonalData.MOBILE_PHONE),
        ("+86 138-0000-1111", PersonalData.MOBILE_PHONE),
        ("someone.invented@qq.com", PersonalData.PRIVATE_EMAIL),
        ("写信到invented@163.com 即可", PersonalData.PRIVATE_EMAIL),
    ],
)
def test_personal_data_is_found_and_never_repeated(text: str, sort: PersonalData) -> None:
    assert [finding.sort for finding in find_personal_data(text)] == [sort]
    with pytest.raises(PersonalDataFound) as caught:
        refuse_personal_data(text)
    told = f"{caught.value} {caught.value.suggestion}"
    assert not any(text[finding.start : finding.end] in told for finding in find_personal_data(text))
    assert find_personal_data(without_personal_data(text)[0]) == ()


@pytest.mark.parametrize(
    "text",
    [
        "91330203674737244W",
        "电话0951-6012345，400-800-1234",
        "批号202403051380000111122",
        "service@example-food.com.cn",
        "银市监罚〔2024〕123号",
        "110105194912310021",  # the check digit does not fit
        "6901234567892",
    ],
)
def test_codes_landlines_batches_and_office_addresses_are_no_personal_data(text: str) -> None:
    assert find_personal_data(text) == ()
    assert refuse_personal_data(text) == text


@pytest.mark.parametrize("bar", ["║", "||", "‖", "|", "丨", "｜"])
def test_a_packed_item_is_split_at_every_sort_of_bar(bar: str) -> None:
    assert failed_items(f"菌落总数{bar}1.2×10⁵CFU/g{bar}≤10⁵CFU/g") == (FailedItem("菌落总数", "1.2×10⁵CFU/g", "≤10⁵CFU/g"),)


@pytest.mark.parametrize("between", [";", "；", "\n", "\r\n", "；\n"])
def test_several_items_in_a_cell_are_several(between: str) -> None:
    cell = f"1.铅║0.8mg/kg║≤0.5mg/kg{between}2.苯甲酸║0.03g/kg║不得使用"
    assert failed_items(cell) == (FailedItem("铅", "0.8mg/kg", "≤0.5mg/kg"), FailedItem("苯甲酸", "0.03g/kg", "不得使用"))


def test_a_result_of_several_parts_stays_one_result() -> None:
    cell = "大肠菌群║①450；②360║n=5,c=2；m=10；霉菌║120║≤50"
    assert failed_items(cell) == (FailedItem("大肠菌群", "①450；②360", "n=5,c=2；m=10"), FailedItem("霉菌", "120", "≤50"))


def test_columns_packed_side_by_side_are_read_across() -> None:
    assert failed_items("铅；镉║0.8；0.3║≤0.5；≤0.2") == (FailedItem("铅", "0.8", "≤0.5"), FailedItem("镉", "0.3", "≤0.2"))


def test_items_without_results_and_headings_and_blanks_are_handled() -> None:
    assert failed_items("霉菌;总酸") == (FailedItem("霉菌"), FailedItem("总酸"))
    assert failed_items("不合格项目║检验结果║标准值；霉菌║120║≤50") == (FailedItem("霉菌", "120", "≤50"),)
    assert failed_items("/") == ()


def test_a_producer_cell_names_all_its_producers_with_their_part() -> None:
    assert producers("委托方：银川示例甲食品有限公司；受托方：吴忠示例乙食品有限公司") == (
        Producer("银川示例甲食品有限公司", "principal"),
        Producer("吴忠示例乙食品有限公司", "contractor"),
    )
    assert producers("银川示例甲食品有限公司") == (Producer("银川示例甲食品有限公司", "producer"),)
    assert producers("/") == ()
