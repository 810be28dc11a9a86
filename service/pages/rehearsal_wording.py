"""Every sentence and label of the pages of rehearsals, Chinese beside English."""

from models.shapes import Bilingual


def _both(zh: str, en: str) -> Bilingual:
    return Bilingual(zh=zh, en=en)


REHEARSAL_WORDING: dict[str, Bilingual] = {
    "rehearsal.nav": _both("规则演练", "Rehearsals"),
    "rehearsal.list": _both("评价规则演练", "Rehearsals of policies"),
    "rehearsal.lead": _both(
        "演练把一份规则草案在全部主体上试算一遍，与另一版本逐一比较；不发布任何内容，也不认定任何名单。",
        "A rehearsal asks a draft over all enterprises and compares it with another version; it publishes nothing and lists nobody.",
    ),
    "rehearsal.none": _both(
        "还没有演练。用命令行 qcredit policy rehearse 或接口发起一次。", "None yet. Order one by qcredit policy rehearse or by the API."
    ),
    "rehearsal.number": _both("演练 {number}", "Rehearsal {number}"),
    "rehearsal.title": _both("演练 {number}：{draft} 与 {against}", "Rehearsal {number}: {draft} against {against}"),
    "rehearsal.draft": _both("草案", "Draft"),
    "rehearsal.against": _both("对照版本", "Held against"),
    "rehearsal.state": _both("状态", "State"),
    "rehearsal.day": _both("评价日", "As of"),
    "rehearsal.by": _both("发起人", "By"),
    "rehearsal.not_finished": _both("这次演练还没有报告。状态：{state}。", "This rehearsal has no report yet. State: {state}."),
    "rehearsal.problem": _both("失败原因：{problem}", "It failed: {problem}"),
    "rehearsal.changed": _both("草案中改动的数值", "Set otherwise in the draft"),
    "rehearsal.digest": _both("报告摘要值", "Digest of the report"),
    "rehearsal.enterprises": _both("{count} 个主体，其中 {new} 个为期间新登记。", "{count} enterprises, {new} of them new in between."),
    "rehearsal.begins": _both(
        "起点：{as_of} 在 {policy} 下的结果，信息截至 {known_at}。",
        "The way begins at the answers of {as_of} under {policy}, known to {known_at}.",
    ),
    "rehearsal.files": _both("下载", "Downloads"),
    "rehearsal.parquet": _both("全部主体逐一明细（Parquet）", "Every enterprise, with the exact split (Parquet)"),
    "rehearsal.xlsx": _both("报告与明细（XLSX）", "Report and rows (XLSX)"),
    "rehearsal.lists": _both("名单进出", "Who enters and leaves which list"),
    "rehearsal.lists.counts": _both("{entering} 个将进入，{leaving} 个将退出", "{entering} would enter, {leaving} would leave"),
    "rehearsal.lists.lead": _both(
        "这是草案规则给出的建议，不是认定。原因是使结论改变的最后一项。",
        "What the draft's rules would propose, not a decision. The cause is the last one that changed the outcome.",
    ),
    "rehearsal.enters": _both("将进入", "would enter"),
    "rehearsal.leaves": _both("将退出", "would leave"),
    "rehearsal.who": _both("主体代码", "Code"),
    "rehearsal.cause": _both("原因", "Cause"),
    "rehearsal.as_before": _both("此前已如此", "as before"),
    "rehearsal.nobody": _both("没有主体进入或退出。", "Nobody would enter or leave."),
    "rehearsal.and_more": _both("此处列出前 {shown} 个；下载文件中有全部。", "The first {shown} are shown; the files name all."),
    "rehearsal.parts": _both("变化从何而来", "Where the change comes from"),
    "rehearsal.parts.lead": _both(
        "对每个主体按固定顺序逐项拆分，各项之和恰好等于分数变化。",
        "Split for every enterprise in one fixed order; the parts sum exactly to the change of its score.",
    ),
    "rehearsal.up": _both("分数上升", "scores up"),
    "rehearsal.down": _both("分数下降", "scores down"),
    "rehearsal.grades_changed": _both("等级改变", "grades changed"),
    "rehearsal.points": _both("分数合计", "points of all"),
    "rehearsal.matrix": _both("等级迁移（行：{against}；列：{draft}）", "Grades moved (rows: {against}; columns: {draft})"),
    "rehearsal.matrix.lead": _both(
        "同一天、同样的信息，两套规则各有自己的尺度，差别不是主体自身的变化。",
        "Same day, same facts. The two versions have a scale each: the difference is no movement of any enterprise.",
    ),
    "rehearsal.same_version": _both(
        "同一版本下从 {before} 到 {after} 的等级迁移", "Grades moved from {before} to {after} under one version"
    ),
    "rehearsal.distribution": _both("分数分布", "How scores are spread"),
    "rehearsal.distribution.says": _both(
        "两个版本下各分数段的主体数，下表给出十分位。", "Enterprises by score under each version; the table below gives the deciles."
    ),
    "rehearsal.deciles": _both(
        "十分位分数（该比例的主体不高于此分）", "Deciles: so many tenths of the enterprises have at most this score"
    ),
    "rehearsal.tenths": _both("比例", "tenths"),
    "rehearsal.clauses": _both("哪一条影响了多少主体", "Which clause moved how many"),
    "rehearsal.rule": _both("规则项", "Rule"),
    "rehearsal.moved": _both("受影响主体", "enterprises moved"),
    "rehearsal.points_against": _both("对照版本合计", "points in force"),
    "rehearsal.points_draft": _both("草案合计", "points under draft"),
    "rehearsal.clause": _both("依据", "Clause"),
    "rehearsal.chart.clauses": _both(
        "各规则项合计分数的差（草案减对照版本），下表相同。",
        "Points of each rule under the draft less those in force; the table below says the same.",
    ),
    "rehearsal.by.region": _both("按地区", "By region"),
    "rehearsal.by.industry": _both("按行业", "By industry"),
    "rehearsal.by.size": _both("按规模", "By size"),
    "rehearsal.by.age": _both("按成立年限", "By age"),
    "rehearsal.group": _both("分组", "Group"),
    "rehearsal.count": _both("主体数", "enterprises"),
    "rehearsal.median": _both("中位分 {policy}", "median {policy}"),
    "rehearsal.chart.region": _both(
        "各地区等级改变的比例，下表相同。", "Share of each region whose grade changes; the table below says the same."
    ),
    "rehearsal.not_given": _both("未登记", "not registered"),
    "rehearsal.earlier": _both("更早的演练", "Earlier ones"),
    "rehearsal.queued": _both("排队中", "queued"),
    "rehearsal.running": _both("进行中", "running"),
    "rehearsal.finished": _both("已完成", "finished"),
    "rehearsal.failed": _both("失败", "failed"),
    "rehearsal.cancelled": _both("已取消", "cancelled"),
}
