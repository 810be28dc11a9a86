"""The ways a record of the sample city can turn out: outcomes, severities, codes of violations, and how often each."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Choice:
    """One way a record can turn out, and how often among the choices of its act."""

    weight: float
    outcome: str
    severity: str | None = None
    level: str | None = None
    code: str | None = None
    title: str | None = None
    detail: dict[str, str] = field(default_factory=dict)
    quantity: str | None = None
    amounts: tuple[int, int] = (0, 0)
    """The middle and the spread (times or divided by) of the quantity, in whole units."""
    holds_days: tuple[int, int] | None = None
    """For what is in force over a span: how long, at least and at most."""


def _penalty(weight: float, code: str, title: str, of_field: str, effect: str | None = None) -> tuple[Choice, ...]:
    """The fines of one violation, by tier."""
    detail = {"violation": title, "field": of_field, "procedure": "general"} | ({"effect": effect} if effect else {})
    return (
        Choice(weight * 0.55, "fine", "minor", "district", code, title, detail, "fine_cny", (3_000, 3)),
        Choice(weight * 0.37, "fine", "general", "district", code, title, detail, "fine_cny", (30_000, 3)),
        Choice(weight * 0.08, "fine", "serious", "city", code, title, detail, "fine_cny", (400_000, 4)),
    )


VIOLATIONS = (
    *_penalty(14, "food_safety_violation", "经营不符合食品安全标准的食品", "food"),
    *_penalty(10, "product_standard_violation", "生产不符合强制性标准的产品", "product_quality"),
    *_penalty(9, "labelling_violation", "标签标识不符合规定", "product_quality"),
    *_penalty(8, "false_advertising", "虚假宣传", "competition"),
    *_penalty(8, "registration_violation", "未按规定公示年报", "other"),
    *_penalty(6, "consumer_deception", "欺骗消费者", "consumer"),
    *_penalty(6, "fake_goods", "销售假冒伪劣商品", "product_quality"),
    *_penalty(1, "fake_goods", "销售假冒伪劣商品，造成不良影响", "product_quality", "bad"),
    *_penalty(0.4, "fake_goods", "销售假冒伪劣商品，造成恶劣影响", "product_quality", "very_bad"),
    *_penalty(5, "ip_infringement", "侵犯注册商标专用权", "competition"),
    *_penalty(5, "unlicensed_operation", "未取得许可从事经营", "other"),
    *_penalty(4, "price_violation", "价格违法：不按规定明码标价", "consumer"),
    *_penalty(4, "metrology_violation", "使用不合格计量器具", "product_quality"),
    *_penalty(3, "special_equipment_violation", "使用未经检验的特种设备", "special_equipment"),
    *_penalty(3, "drug_violation", "从非法渠道购进药品", "drug"),
    *_penalty(2, "uncertified_product", "销售未经强制性认证的产品", "certification"),
    *_penalty(2, "false_certification", "冒用认证标志", "certification"),
    *_penalty(1, "procurement_violation", "招投标中串通投标", "competition"),
    *_penalty(0.6, "commercial_bribery", "商业贿赂", "competition"),
    *_penalty(0.6, "licence_fraud", "骗取许可", "other"),
    *_penalty(0.6, "licence_lending", "出借许可证件", "other"),
    *_penalty(0.5, "health_harm", "严重危害人身健康和生命安全", "food"),
    *_penalty(0.6, "recall_violation", "不履行召回义务", "product_quality"),
    *_penalty(1.2, "inspection_obstruction", "拒绝、阻碍监督检查", "other"),
)
OTHER_PENALTIES = (
    Choice(30, "warning", None, "district", "registration_violation", "警告", {"violation": "未按规定办理变更登记", "procedure": "simple"}),
    Choice(
        9,
        "suspension",
        None,
        "city",
        "food_safety_violation",
        "责令停产停业",
        {"violation": "经营不符合食品安全标准的食品", "field": "food", "suspended_what": "business"},
    ),
    Choice(
        1.6, "revocation", None, "city", "food_safety_violation", "吊销许可证", {"violation": "情节严重的食品安全违法行为", "field": "food"}
    ),
    Choice(1.4, "downgrade", None, "province", None, "降低资质等级", {"field": "other"}),
    Choice(1.2, "restriction", None, "city", None, "限制从业", {"field": "other"}),
    Choice(1.6, "ban", None, "city", None, "市场禁入", {"field": "other"}, holds_days=(365, 1095)),
    Choice(0.4, "detention", None, "city", None, "行政拘留", {"field": "other"}),
    Choice(9, "unperformed", None, "district", None, "逾期不履行处罚决定", {"field": "other"}, "overdue_days", (60, 3)),
    Choice(20, "other", None, "district", None, "其他行政处罚", {"field": "other"}),
)
CONFISCATIONS = (
    Choice(94, "confiscation", None, "district", None, "没收违法所得", {"field": "other"}, "confiscated_cny", (12_000, 6)),
    Choice(6, "other", None, "province", "published_major_case", "作为重大违法案件公布", {"field": "other"}),
)
FINDINGS = (
    Choice(60, "found", "minor", "district", title="检查发现轻微问题", detail={"statutory": "no"}),
    Choice(27, "found", "general", "district", title="检查发现问题", detail={"statutory": "no"}),
    Choice(6, "found", "general", "city", title="法定检查不合格", detail={"statutory": "yes"}),
    Choice(4, "found", "serious", "city", title="检查发现严重问题", detail={"statutory": "yes"}),
    Choice(1.6, "refused", None, "district", "inspection_obstruction", "拒绝检查"),
    Choice(1.2, "false_material", None, "district", None, "提供虚假材料"),
    Choice(0.2, "violence", None, "district", "inspection_obstruction", "以暴力阻碍检查"),
)
FAILURES = (
    Choice(78, "failed", "general", "city", title="监督抽查不合格", detail={"stage": "first"}, quantity="batch_size", amounts=(400, 5)),
    Choice(16, "failed", "serious", "city", title="监督抽查严重不合格", detail={"stage": "first"}, quantity="batch_size", amounts=(400, 5)),
    Choice(3, "failed", "general", "province", title="复查仍不合格", detail={"stage": "recheck"}, quantity="batch_size", amounts=(400, 5)),
    Choice(3, "refused", None, "city", title="拒绝监督抽查"),
)


def _award(weight: float, outcome: str, title: str, *levels: tuple[float, str], code: str | None = None) -> tuple[Choice, ...]:
    return tuple(Choice(weight * share, outcome, None, level, code, title, {"award": title}) for share, level in levels)


AWARDS = (
    *_award(2, "quality_award", "政府质量奖", (0.75, "city"), (0.2, "province"), (0.05, "national")),
    *_award(5, "contract_keeping", "守合同重信用企业", (0.75, "city"), (0.2, "province"), (0.05, "national")),
    *_award(4, "red_list", "行业守信红名单", (0.8, "city"), (0.2, "province")),
    *_award(4, "top_grade", "行业信用最高等级", (0.8, "city"), (0.2, "province")),
    *_award(4, "commendation", "部门表彰", (0.5, "district"), (0.4, "city"), (0.1, "province"), code="department_commendation"),
    *_award(
        2,
        "commendation",
        "政府表彰",
        (0.5, "district"),
        (0.3, "city"),
        (0.15, "province"),
        (0.05, "national"),
        code="government_commendation",
    ),
    *_award(4, "charity", "公益慈善", (0.6, "district"), (0.4, "city")),
)
