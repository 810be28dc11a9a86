"""Rows as they really come: a penalty file with slips of every sort, each of which intake has to tell, mend or let wait."""

from collections.abc import Sequence
from datetime import date, timedelta

from data.sample_city.shapes import Flat, Sheet
from models.identifiers import USCC_ALPHABET, organization_check_symbol, uscc_check_symbol


def dirty_penalties(people: Sequence[Flat], *, mark: str, day: date) -> Sheet:
    """A file of 双公示 with four sound rows and a dozen others; `people` are enterprises as flat rows, `mark` keeps two files apart."""
    names = [str(row["enterprise_name"]) for row in people]
    codes = [str(row["identifier.cn-uscc"]) for row in people]
    rows = [_row(f"{mark}-{number:02d}", names[number], codes[number], day - timedelta(days=7 * number)) for number in range(16)]
    rows[4]["行政相对人代码_1(统一社会信用代码)"] = _mistyped(codes[4])
    rows[5]["行政相对人代码_1(统一社会信用代码)"] = codes[5][:6] + codes[5][7] + codes[5][6] + codes[5][8:]
    rows[6] |= {"行政相对人名称": "银川样例查无此企有限公司", "行政相对人代码_1(统一社会信用代码)": _stranger("640104Y999900")}
    rows[7]["行政相对人代码_1(统一社会信用代码)"] = ""
    rows[8] |= {"行政相对人名称": "银川样例没有登记小吃店", "行政相对人代码_1(统一社会信用代码)": ""}
    rows[9] |= {
        "行政相对人代码_1(统一社会信用代码)": codes[9].translate({ord(symbol): ord(symbol) + 0xFEE0 for symbol in USCC_ALPHABET}),
        "罚款金额（万元）": "０．３５",
        "行政相对人名称": f"　{names[9]} ",
    }
    rows[10]["处罚决定日期"] = "2026年2月30日"
    rows[11]["罚款金额（万元）"] = "-0.5"
    rows[12]["行政相对人代码_1(统一社会信用代码)"] = codes[13]
    rows[13] |= {"公示截止期": "9999-12-31", "违法事实": "当事人价格违法，联系电话 13900000000（样例）"}
    rows[14] |= {"违法事实": "=1+1 当事人标签不符合规定（样例）", "处罚决定日期": f"{day:%Y%m%d}"}
    rows[15]["处罚决定日期"] = ""
    return [*rows, rows[0] | {"罚款金额（万元）": "9.9"}]


def _row(number: str, name: str, code: str, day: date) -> dict[str, str]:
    return {
        "行政相对人名称": name,
        "行政相对人代码_1(统一社会信用代码)": code,
        "行政处罚决定书文号": f"银市监样〔2026〕{number}号",
        "违法行为类型": "标签标识不符合规定",
        "违法事实": "当事人标签标识不符合规定（样例）",
        "处罚类别": "罚款",
        "处罚内容": "见决定书（样例）",
        "罚款金额（万元）": "0.3",
        "没收金额（万元）": "",
        "裁量等级": "一般",
        "违法行为发生日期": day.isoformat(),
        "处罚决定日期": day.isoformat(),
        "公示日期": day.isoformat(),
        "公示截止期": (day + timedelta(days=365)).isoformat(),
        "处罚机关": "银川市市场监督管理局（样例）",
    }


def _mistyped(code: str) -> str:
    """The same code with its check symbol one further."""
    return code[:-1] + USCC_ALPHABET[(USCC_ALPHABET.index(code[-1]) + 1) % len(USCC_ALPHABET)]


def _stranger(middle: str) -> str:
    """A code that checks and that nobody in the city bears."""
    body = middle[6:14].ljust(8, "0")
    first = f"X1{middle[:6]}{body}{organization_check_symbol(body)}"
    return first + uscc_check_symbol(first)
