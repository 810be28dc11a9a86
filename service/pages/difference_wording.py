"""Every sentence and label of the page that says why an answer changed, Chinese beside English."""

from models.shapes import Bilingual


def _both(zh: str, en: str) -> Bilingual:
    return Bilingual(zh=zh, en=en)


DIFFERENCE_WORDING: dict[str, Bilingual] = {
    "difference.link": _both("为何变化", "Why it changed"),
    "difference.title": _both("评价变化的原因", "Why the answer changed"),
    "difference.lead": _both(
        "各项之和恰为信用分的变化。顺序为时间推移、撤回、更正、新增、规则；每一项计在前几项之上。",
        "The parts sum exactly to the change of the score. They come in the order ageing, withdrawn, corrected, new, policy;"
        " each is counted on top of those before it.",
    ),
    "difference.from": _both("起点", "From"),
    "difference.to": _both("终点", "To"),
    "difference.day": _both("日期", "Day"),
    "difference.known": _both("所知截至", "Known up to"),
    "difference.policy": _both("规则版本", "Policy"),
    "difference.help": _both(
        "时间按北京时间。不填所知截至，则为当日结束时所知；不填规则版本（如 yinchuan/2026），则为当日施行的版本。",
        "Times are Beijing's. An empty moment means the end of the day, an empty policy (such as yinchuan/2026) the one in force on it.",
    ),
    "difference.show": _both("比较", "Compare"),
    "difference.ends": _both("起点与终点", "Both ends"),
    "difference.end": _both("时点", "Moment"),
    "difference.lists": _both("名单规则", "List rules"),
    "difference.change": _both("变化", "Change"),
    "difference.new_enterprise": _both(
        "起点时本服务尚不知道此企业，起点按无记录计。",
        "The enterprise was not known here at the earlier moment: that answer is one of an empty file.",
    ),
    "difference.chart": _both("各原因所致分值", "Points by cause"),
    "difference.chart.alt": _both("条形图：{parts}", "Bar chart: {parts}"),
    "difference.none": _both("两个时点的信用分相同。", "The score is the same at both moments."),
    "difference.parts": _both("按原因", "By cause"),
    "difference.part": _both("原因", "Cause"),
    "difference.points": _both("分值", "Points"),
    "difference.after_it": _both("其后得分", "Score after it"),
    "difference.grade": _both("等级", "Grade"),
    "difference.lines": _both("所动各项：{part}", "Lines it moved: {part}"),
    "difference.before": _both("原", "Before"),
    "difference.after": _both("现", "After"),
    "difference.beside": _both(
        "另有 {points} 分不出自任何一项：分值受量程限制，或两版规则起点不同。",
        "{points} points come from no line: the score is held within its scale, or two versions start it apart.",
    ),
    "difference.between": _both(
        "两个分数出自不同版本的规则，仅在此处相减。",
        "The two scores stand under different versions of the policy, and are subtracted here alone.",
    ),
    "difference.list_moved": _both("{list}：{before} → {after}", "{list}: {before} → {after}"),
    "difference.off": _both("不涉及", "off"),
    "difference.back": _both("回到企业档案", "Back to the file"),
}
