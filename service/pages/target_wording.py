"""Every sentence and label of the page of the city's targets, Chinese beside English."""

from models.shapes import Bilingual


def _both(zh: str, en: str) -> Bilingual:
    return Bilingual(zh=zh, en=en)


TARGET_WORDING: dict[str, Bilingual] = {
    "target.nav": _both("质量强市指标", "City targets"),
    "target.title": _both("质量强市指标", "City targets"),
    "target.lead": _both(
        "由本平台记录直接统计，{first} 至 {as_of}；每一事件只计一次。",
        "Counted from the records held here, from {first} to {as_of}; each event counts once.",
    ),
    "target.of_source": _both("仅含本单位报送的记录。", "Of the records of your own organisation alone."),
    "target.of_region": _both("仅含本辖区：{region}。", "Of your own district alone: {region}."),
    "target.day": _both("截至", "As of"),
    "target.show": _both("查看", "Show"),
    "target.csv": _both("下载明细（CSV）", "All cells as CSV"),
    "target.asked": _both("目标", "target"),
    "target.at_least": _both("不低于 {share}", "at least {share}"),
    "target.met": _both("达到", "met"),
    "target.missed": _both("未达到", "missed"),
    "target.nothing": _both("没有记录，无法判断", "no records, so neither met nor missed"),
    "target.figure": _both("{share}（{counted} 件中 {reached} 件）", "{share} ({reached} of {counted})"),
    "target.months": _both("按月", "By month"),
    "target.months.says": _both(
        "柱形图：各月比率与目标 {share}，数字见下表。",
        "Bar chart: shares by month and the target of {share}; the table below has the figures.",
    ),
    "target.districts": _both("按辖区", "By district"),
    "target.sources": _both("按数据来源单位", "By source"),
    "target.month": _both("月份", "Month"),
    "target.district": _both("辖区", "District"),
    "target.source": _both("来源单位", "Source"),
    "target.counted": _both("统计数", "Counted"),
    "target.reached": _both("达标数", "Reached"),
    "target.share": _both("比率", "Share"),
    "target.verdict": _both("是否达到", "Target"),
    "target.unknown": _both("登记中未载明", "not in the registry"),
    "quality.title": _both("报送质量：{name}", "How {name} delivers"),
    "quality.rows": _both(
        "本年 {deliveries} 批、{rows} 行；退回 {rejected} 行，待核 {queued} 行，目前仍有 {waiting} 件待核。",
        "This year {deliveries} deliveries with {rows} rows: {rejected} rejected, {queued} queued; {waiting} wait now.",
    ),
    "quality.late": _both("报送及时性（自{first}起）", "Lateness (since {first})"),
    "quality.late.lead": _both(
        "“历史”指首次报送之前已到期的记录，是补录，不计迟报。迟报天数为自然日。",
        "“History” was due before the source first delivered: loaded, not late. Days late are calendar days.",
    ),
    "quality.kind": _both("记录种类", "Kind"),
    "quality.clock": _both("期限", "Legal delay"),
    "quality.days": _both("{days} 个工作日", "{days} working days"),
    "quality.records": _both("记录数", "Records"),
    "quality.history": _both("历史", "History"),
    "quality.in_time": _both("按时", "In time"),
    "quality.is_late": _both("迟报", "Late"),
    "quality.half": _both("半数迟报不超过", "Half of them by at most"),
    "quality.day_count": _both("{days} 天", "{days} days"),
    "quality.fields": _both("字段完整性", "Fields filled"),
    "quality.field": _both("字段", "Field"),
    "quality.filled": _both("已填", "Filled"),
}
