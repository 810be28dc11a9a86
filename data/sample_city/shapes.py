"""The layouts in which agencies write their tables: from flat records to rows with the agencies' own columns, units and words."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any

Flat = dict[str, Any]
Sheet = list[dict[str, Any]]

PENALTY_WORDS = {
    "fine": "罚款",
    "confiscation": "没收违法所得",
    "warning": "警告",
    "detention": "行政拘留",
}
TIER_WORDS = {"minor": "从轻", "general": "一般", "serious": "顶格"}
COMPLAINT_WORDS = {
    "substantiated": "查实",
    "unsubstantiated": "不实",
    "settled": "达成调解协议",
    "refused_mediation": "无正当理由拒绝调解",
    "referred": "诉转案",
    "dropped": "终止调解",
}
CERTIFICATE_WORDS = {"valid": "有效", "suspended": "暂停", "revoked": "撤销", "cancelled": "注销", "expired": "过期失效"}
LEVEL_WORDS = {"district": "区级", "city": "市级", "province": "自治区级", "national": "国家级"}
PROMISE_WORDS = {"approval": "审批替代型", "publication": "主动公示型", "repair": "信用修复型", "trade": "行业自律型"}
KEPT_WORDS = {"made": "履行中", "kept": "已履行", "broken": "违反承诺", "false_statement": "作虚假陈述"}
RECALL_WORDS = {"voluntary": "主动召回", "ordered": "责令召回", "refused": "经责令拒绝召回", "delayed": "经责令拖延召回"}
RISK_WORDS = {"minor": "低风险", "general": "中风险", "serious": "严重风险"}
CLASS_WORDS = {"industrial": "工业产品", "consumer": "消费品", "farm_produce": "食用农产品", "other": "其他"}

CODES_BY_WORDS = frozenset(
    {
        *("fake_goods", "ip_infringement", "consumer_deception", "false_advertising", "unlicensed_operation", "licence_fraud"),
        *("licence_lending", "procurement_violation", "commercial_bribery", "recall_violation", "special_equipment_violation"),
        *("labelling_violation", "metrology_violation", "price_violation", "drug_violation", "food_safety_violation"),
        *("product_standard_violation", "inspection_obstruction", "registration_violation", "uncertified_product", "false_certification"),
    }
)
"""Violations that the words of their description tell."""


def written(day: date | None, row: int) -> str:
    """A day as one office or another writes it; which one follows from the row."""
    if day is None:
        return ""
    return (day.isoformat(), f"{day.year}年{day.month}月{day.day}日", f"{day.year}/{day.month}/{day.day}", f"{day:%Y%m%d}")[row % 4]


def wan(yuan: str | None) -> str:
    """An amount in ten-thousand yuan, as 双公示 has it."""
    return "" if yuan is None else format((Decimal(yuan) / 10_000).normalize(), "f")


def is_plain(row: Flat) -> bool:
    """Whether an agency's own table can say all that the record says."""
    return row["concluded_on"] is not None and row["repaired_on"] is None and row["ended_on"] is None and not row["withdrawn"]


def by_event(rows: Iterable[Flat]) -> list[list[Flat]]:
    ordered = sorted(rows, key=lambda row: row["event_ref"] or row["source_ref"])
    return [list(group) for _, group in itertools.groupby(ordered, key=lambda row: row["event_ref"] or row["source_ref"])]


def split_events(rows: Sequence[Flat], fits: Callable[[Flat], bool]) -> tuple[list[list[Flat]], list[Flat]]:
    """Events all of whose records fit a layout, and the records of the others."""
    events = by_event(rows)
    inside = [event for event in events if all(fits(row) for row in event)]
    outside = [row for event in events if not all(fits(row) for row in event) for row in event]
    return inside, outside


def is_penalty_row(row: Flat) -> bool:
    """Fines, confiscations, warnings and detentions; what else there is needs its field of supervision, which the table has not."""
    effect, code = row.get("detail.effect"), row["code"]
    return is_plain(row) and row["outcome"] in PENALTY_WORDS and not effect and (code is None or code in CODES_BY_WORDS)


def penalties(events: list[list[Flat]]) -> Sheet:
    """行政处罚（双公示）: one row per decision, amounts in 万元."""
    sheet = []
    for number, event in enumerate(events):
        first = event[0]
        amounts = {row["outcome"]: row for row in event}
        violation = first.get("detail.violation") or first["title"]
        sheet.append(
            {
                "行政相对人名称": first["enterprise_name"],
                "行政相对人代码_1(统一社会信用代码)": first["identifier.cn-uscc"],
                "行政处罚决定书文号": first["document_no"],
                "违法行为类型": violation,
                "违法事实": f"当事人{violation}（样例）",
                "处罚类别": "；".join(dict.fromkeys(PENALTY_WORDS[row["outcome"]] for row in event)),
                "处罚内容": "见决定书（样例）",
                "罚款金额（万元）": wan(amounts["fine"]["quantities.fine_cny"]) if "fine" in amounts else "",
                "没收金额（万元）": wan(amounts["confiscation"]["quantities.confiscated_cny"]) if "confiscation" in amounts else "",
                "裁量等级": TIER_WORDS.get(first["severity"] or "", ""),
                "违法行为发生日期": written(first["occurred_on"], number),
                "处罚决定日期": written(first["concluded_on"], number),
                "公示日期": written(first["published_on"], number),
                "公示截止期": written(first["public_until"], number) or ("1900-1-1", "9999-12-31", "暂无")[number % 3],
                "处罚机关": first["authority"],
            }
        )
    return sheet


def is_food_notice_row(row: Flat) -> bool:
    is_failed_food = row["outcome"] == "failed" and row.get("detail.product_class") == "food"
    return is_plain(row) and is_failed_food and row["severity"] == "general" and row["capacity"] == "nominal_producer"


def food_notices(events: list[list[Flat]], shops: Sequence[str]) -> Sheet:
    """食品抽检不合格通告: by name only, several failed items packed into one cell, every sample taken at some shop."""
    return [
        {
            "抽样编号": event[0]["event_ref"],
            "序号": number + 1,
            "标称生产企业名称": f"委托方：{event[0]['enterprise_name']}" if number % 17 == 0 else event[0]["enterprise_name"],
            "标称生产企业地址": "银川市（样例）",
            "被抽样单位名称": shops[number % len(shops)],
            "被抽样单位地址": "银川市（样例）",
            "食品名称": event[0]["detail.product"],
            "规格型号": "500g/袋",
            "商标": "/",
            "生产日期/批号": written(event[0]["occurred_on"], 0),
            "不合格项目║检验结果║标准值": "；".join(
                f"{item}║{result}║{standard}"
                for item, result, standard in dict.fromkeys(map(itemgetter("detail.items", "detail.result", "detail.standard"), event))
            ),
            "分类": "食品",
            "公告号": f"样例通告{event[0]['published_on'].year}年第{number % 40 + 1}号",
            "公告日期": written(event[0]["published_on"], number),
            "任务来源/项目名称": "市级监督抽检（样例）",
            "检验机构": "银川样例食品检验所",
            "备注": "",
        }
        for number, event in enumerate(events)
        if event[0]["published_on"]
    ]


def is_product_row(row: Flat) -> bool:
    return is_plain(row) and row["event_ref"] is None and row.get("detail.product_class") in CLASS_WORDS


def product_results(rows: list[Flat]) -> Sheet:
    """产品质量监督抽查结果: days as real dates of a workbook."""
    return [
        {
            "抽样单号": row["source_ref"],
            "生产企业名称": row["enterprise_name"],
            "统一社会信用代码": row["identifier.cn-uscc"],
            "产品名称": row["detail.product"],
            "产品类别": CLASS_WORDS[row["detail.product_class"]],
            "规格型号": "标准型",
            "生产日期/批号": f"P{row['occurred_on']:%Y%m}",
            "抽查结果": "未发现不合格",
            "抽查类别": "市抽",
            "抽样日期": row["occurred_on"],
            "结论日期": row["concluded_on"],
        }
        for row in rows
    ]


def complaints(rows: list[Flat]) -> Sheet:
    return [
        {
            "登记编号": row["source_ref"],
            "被投诉主体名称": row["enterprise_name"],
            "统一社会信用代码": row["identifier.cn-uscc"].lower() if number % 29 == 0 else row["identifier.cn-uscc"],
            "问题类别": ("食品安全", "质量", "价格", "售后服务")[number % 4],
            "受理日期": written(row["occurred_on"], number),
            "办结日期": written(row["concluded_on"], number),
            "处理结果": COMPLAINT_WORDS[row["outcome"]],
            "承办单位": row["authority"],
        }
        for number, row in enumerate(rows)
    ]


def certificates(rows: list[Flat]) -> Sheet:
    return [
        {
            "证书编号": row["source_ref"],
            "持证组织": row["enterprise_name"],
            "统一社会信用代码": row["identifier.cn-uscc"],
            "认证项目/标准": row.get("detail.scheme") or row["title"],
            "发证日期": row["in_force_from"],
            "有效期至": row["in_force_until"],
            "证书状态": CERTIFICATE_WORDS[row["outcome"]],
            "发证机构": "样例认证中心",
        }
        for row in rows
    ]


def awards(rows: list[Flat]) -> Sheet:
    return [
        {
            "企业名称": row["enterprise_name"],
            "统一社会信用代码": row["identifier.cn-uscc"],
            "奖项名称": row["title"],
            "奖项级别": LEVEL_WORDS[row["level"]],
            "授予单位": "银川市人民政府（样例）" if row["code"] == "government_commendation" else "质量强市工作办公室（样例）",
            "授予日期": written(row["occurred_on"], number),
            "文书编号": row["source_ref"],
        }
        for number, row in enumerate(rows)
    ]


def commitments(rows: list[Flat]) -> Sheet:
    return [
        {
            "承诺书编号": row["source_ref"],
            "企业名称": row["enterprise_name"],
            "统一社会信用代码": row["identifier.cn-uscc"],
            "承诺类型": PROMISE_WORDS[row["detail.commitment"]],
            "承诺事项": "遵守质量安全规定（样例）",
            "承诺日期": written(row["occurred_on"], number),
            "认定日期": written(row["concluded_on"], number),
            "履约状态": KEPT_WORDS[row["outcome"]],
        }
        for number, row in enumerate(rows)
    ]


def recalls(rows: list[Flat]) -> Sheet:
    return [
        {
            "召回编号": row["source_ref"],
            "召回企业": row["enterprise_name"],
            "统一社会信用代码": row["identifier.cn-uscc"],
            "产品名称": row["detail.product"],
            "召回方式": RECALL_WORDS[row["outcome"]],
            "风险等级": RISK_WORDS[row["severity"]],
            "召回数量": row.get("quantities.batch_size") or "",
            "召回公告日期": written(row["concluded_on"], number),
            "受理机关": row["authority"],
        }
        for number, row in enumerate(rows)
    ]
