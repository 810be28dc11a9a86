"""What happens to enterprises and how often: the declared table that records are drawn from.

Rates are events per enterprise of ordinary activity over the city's whole span; the kinds together give about ten records each.
"""

from dataclasses import dataclass
from enum import Enum

from data.sample_city.choices import AWARDS, CONFISCATIONS, FAILURES, FINDINGS, OTHER_PENALTIES, VIOLATIONS, Choice

MARKET, CERTIFICATION, COURT, APPROVAL, QUALITY_OFFICE, TAX, FINANCE = range(7)
PROMISES = ("approval", "publication", "repair", "trade")


class Mood(Enum):
    """Whose lot it is: everybody's, the careless ones', or the careful ones'."""

    ANYBODY = "anybody"
    CARELESS = "careless"
    CAREFUL = "careful"


@dataclass(frozen=True)
class Act:
    """One sort of event: its agency's row, its rate, and what its first and further records say."""

    kind: str
    agency: int
    rate: float
    mood: Mood
    choices: tuple[Choice, ...]
    further: tuple[Choice, ...] = ()
    """What further records of the same event say; empty: the event has one record."""
    more: float = 0.0
    """How many further records an event has on average."""
    lag: tuple[int, int] = (0, 0)
    """Days from the fact to its conclusion, at least and at most."""
    is_bad: bool = False
    """Gets dates of publication, rectification and repair."""
    has_document: bool = False
    capacity: bool = False
    products: bool = False
    """Carries a product, and failed items when bad."""


ACTS = (
    Act(
        "sampling",
        MARKET,
        2.3,
        Mood.ANYBODY,
        (Choice(1, "none_found", None, "city", title="监督抽查未发现不合格", detail={"stage": "first"}),),
        lag=(20, 45),
        capacity=True,
        products=True,
    ),
    Act(
        "sampling",
        MARKET,
        0.14,
        Mood.CARELESS,
        FAILURES,
        further=FAILURES[:2],
        more=0.25,
        lag=(35, 75),
        is_bad=True,
        capacity=True,
        products=True,
    ),
    Act("inspection", MARKET, 2.0, Mood.ANYBODY, (Choice(1, "none_found", None, "district", title="检查未发现问题"),)),
    Act("inspection", MARKET, 0.45, Mood.CARELESS, FINDINGS, further=FINDINGS[:4], more=0.6, lag=(0, 20), is_bad=True),
    Act(
        "complaint",
        MARKET,
        1.15,
        Mood.ANYBODY,
        (
            Choice(40, "unsubstantiated", title="投诉不实"),
            Choice(52, "settled", title="投诉调解达成"),
            Choice(4, "referred", title="诉转案"),
            Choice(4, "dropped", title="投诉终止"),
        ),
        lag=(10, 60),
    ),
    Act(
        "complaint",
        MARKET,
        0.35,
        Mood.CARELESS,
        (
            Choice(92, "substantiated", title="投诉查实"),
            Choice(8, "refused_mediation", title="无理拒绝调解"),
        ),
        lag=(10, 60),
        is_bad=True,
    ),
    Act(
        "recall",
        MARKET,
        0.05,
        Mood.ANYBODY,
        (
            Choice(60, "voluntary", "minor", "city", title="主动召回", quantity="batch_size", amounts=(900, 4)),
            Choice(30, "voluntary", "general", "city", title="主动召回", quantity="batch_size", amounts=(900, 4)),
            Choice(10, "voluntary", "serious", "province", title="主动召回", quantity="batch_size", amounts=(900, 4)),
        ),
        products=True,
    ),
    Act(
        "recall",
        MARKET,
        0.012,
        Mood.CARELESS,
        (
            Choice(70, "ordered", "general", "city", title="责令召回"),
            Choice(20, "ordered", "serious", "province", title="责令召回"),
            Choice(5, "refused", "serious", "province", title="经责令仍拒绝召回"),
            Choice(5, "delayed", "general", "city", title="经责令仍拖延召回"),
        ),
        lag=(5, 30),
        is_bad=True,
        has_document=True,
        products=True,
    ),
    Act(
        "certification",
        CERTIFICATION,
        0.85,
        Mood.CAREFUL,
        (
            Choice(86, "valid", None, "national", title="管理体系认证", detail={"scheme": "质量管理体系"}, holds_days=(1095, 1096)),
            Choice(8, "valid", None, "national", title="强制性产品认证", detail={"scheme": "CCC"}, holds_days=(1826, 1827)),
            Choice(4, "expired", None, "national", title="管理体系认证", detail={"scheme": "质量管理体系"}, holds_days=(365, 1095)),
            Choice(2, "cancelled", None, "national", title="管理体系认证", detail={"scheme": "质量管理体系"}, holds_days=(365, 1095)),
        ),
    ),
    Act(
        "certification",
        CERTIFICATION,
        0.03,
        Mood.CARELESS,
        (
            Choice(70, "suspended", None, "national", title="管理体系认证", detail={"scheme": "质量管理体系"}, holds_days=(1095, 1096)),
            Choice(30, "revoked", None, "national", title="管理体系认证", detail={"scheme": "质量管理体系"}, holds_days=(1095, 1096)),
        ),
        is_bad=True,
    ),
    Act("penalty", MARKET, 0.34, Mood.CARELESS, VIOLATIONS, further=CONFISCATIONS, more=0.22, lag=(30, 90), is_bad=True, has_document=True),
    Act("penalty", MARKET, 0.11, Mood.CARELESS, OTHER_PENALTIES, lag=(30, 90), is_bad=True, has_document=True),
    Act(
        "judgment",
        COURT,
        0.05,
        Mood.CARELESS,
        (
            Choice(6, "convicted", None, "city", title="单位犯罪", detail={"subject": "entity"}),
            Choice(4, "convicted", None, "city", title="主要负责人犯罪", detail={"subject": "main_person"}),
            Choice(24, "enforcement_debtor", None, "city", title="失信被执行人"),
            Choice(50, "liable", None, "district", "consumer_deception", "民事败诉"),
            Choice(16, "performed", None, "district", title="已履行"),
        ),
        lag=(20, 120),
        is_bad=True,
        has_document=True,
    ),
    Act(
        "accident",
        MARKET,
        0.02,
        Mood.CARELESS,
        (
            Choice(30, "quality", "general", "district", title="一般质量事故"),
            Choice(6, "quality", "serious", "city", title="较大质量事故"),
            Choice(1, "quality", "extreme", "province", title="特别重大质量事故"),
            Choice(25, "food_safety", "general", "district", title="一般食品安全事件"),
            Choice(4, "food_safety", "serious", "city", title="较大食品安全事件"),
            Choice(1, "food_safety", "extreme", "province", title="特别重大食品安全事件"),
            Choice(14, "work_safety", "general", "district", title="一般安全生产事故"),
            Choice(2, "work_safety", "major", "province", title="重大安全生产事故"),
            Choice(14, "environment", "general", "district", title="一般环境事件"),
            Choice(3, "environment", "serious", "city", title="较大环境事件"),
        ),
        lag=(20, 60),
        is_bad=True,
    ),
    Act(
        "order",
        MARKET,
        0.22,
        Mood.CARELESS,
        (
            Choice(82, "correction", None, "district", title="责令改正"),
            Choice(6, "suspension", None, "district", title="责令停止使用"),
            Choice(3, "closure", None, "city", title="责令关闭"),
            Choice(8, "seizure", None, "district", title="查封扣押"),
            Choice(1, "recall", None, "province", title="责令召回决定"),
        ),
        lag=(0, 10),
        is_bad=True,
        has_document=True,
    ),
    Act("award", QUALITY_OFFICE, 0.28, Mood.CAREFUL, AWARDS, has_document=True),
    Act(
        "commitment",
        APPROVAL,
        0.75,
        Mood.CAREFUL,
        (
            *(Choice(18, "made", None, "district", title="信用承诺", detail={"commitment": promise}) for promise in PROMISES),
            *(Choice(7, "kept", None, "district", title="履行承诺", detail={"commitment": promise}) for promise in PROMISES),
        ),
    ),
    Act(
        "commitment",
        APPROVAL,
        0.05,
        Mood.CARELESS,
        (
            Choice(70, "broken", None, "district", title="违反承诺", detail={"commitment": "trade"}),
            Choice(30, "false_statement", None, "district", title="告知承诺作虚假陈述", detail={"commitment": "approval"}),
        ),
        lag=(10, 40),
        is_bad=True,
    ),
    Act(
        "licence",
        APPROVAL,
        0.7,
        Mood.ANYBODY,
        (Choice(1, "granted", None, "district", title="行政许可", detail={"licence": "经营许可证"}, holds_days=(1826, 1827)),),
        has_document=True,
    ),
    Act(
        "licence",
        APPROVAL,
        0.025,
        Mood.CARELESS,
        (
            Choice(20, "cancelled_for_false_promise", None, "district", title="因虚假承诺被撤销许可", detail={"licence": "经营许可证"}),
            Choice(15, "by_fraud", None, "district", title="以欺骗手段取得许可", detail={"licence": "经营许可证"}),
            Choice(15, "lent", None, "district", title="出借许可证件", detail={"licence": "经营许可证"}),
            Choice(40, "operating_without", None, "district", title="未取得许可从事经营"),
            Choice(10, "revoked", None, "city", title="许可证件被吊销", detail={"licence": "经营许可证"}),
        ),
        lag=(20, 60),
        is_bad=True,
        has_document=True,
    ),
    Act(
        "listing",
        MARKET,
        0.08,
        Mood.CARELESS,
        (
            Choice(
                96,
                "listed",
                None,
                "district",
                title="列入经营异常名录",
                detail={"list": "abnormal_operation", "reason": "未按规定报送年度报告"},
            ),
            Choice(
                4,
                "listed",
                None,
                "city",
                title="列入严重违法失信名单",
                detail={"list": "serious_illegal", "reason": "受到较重行政处罚且情节严重"},
                holds_days=(1095, 1096),
            ),
        ),
        has_document=True,
        is_bad=True,
    ),
    Act(
        "listing",
        COURT,
        0.006,
        Mood.CARELESS,
        (
            Choice(
                1,
                "listed",
                None,
                "city",
                title="列入失信被执行人名单",
                detail={"list": "judgment_debtor", "reason": "有履行能力而拒不履行"},
                holds_days=(730, 731),
            ),
        ),
        has_document=True,
        is_bad=True,
    ),
    Act(
        "listing",
        TAX,
        0.002,
        Mood.CARELESS,
        (
            Choice(
                1,
                "listed",
                None,
                "city",
                title="列入重大税收违法失信主体名单",
                detail={"list": "tax_serious", "reason": "虚开发票"},
                holds_days=(1095, 1096),
            ),
        ),
        has_document=True,
        is_bad=True,
    ),
    Act(
        "listing",
        FINANCE,
        0.002,
        Mood.CARELESS,
        (
            Choice(
                60,
                "listed",
                None,
                "city",
                title="列入政府采购严重违法失信名单",
                detail={"list": "procurement_serious", "reason": "提供虚假材料谋取中标"},
                holds_days=(365, 1096),
            ),
            Choice(
                40,
                "listed",
                None,
                "city",
                title="列入行业严重失信名单",
                detail={"list": "sector_blacklist", "reason": "行业主管部门认定"},
                holds_days=(365, 1096),
            ),
        ),
        has_document=True,
        is_bad=True,
    ),
)
