"""Every sentence and label of the pages, Chinese beside English. Words of closed sets are in `models.glossary`.

Braces name what is put in; `say` of a frame fills them.
"""

from models.shapes import Bilingual
from service.pages.check_wording import CHECK_WORDING
from service.pages.difference_wording import DIFFERENCE_WORDING
from service.pages.matters_wording import MATTERS_WORDING
from service.pages.own_wording import OWN_WORDING
from service.pages.rehearsal_wording import REHEARSAL_WORDING
from service.pages.target_wording import TARGET_WORDING


def _both(zh: str, en: str) -> Bilingual:
    return Bilingual(zh=zh, en=en)


APART = OWN_WORDING | CHECK_WORDING | REHEARSAL_WORDING | TARGET_WORDING | MATTERS_WORDING | DIFFERENCE_WORDING
"""Those of pages that have a module of words of their own."""
WORDING: dict[str, Bilingual] = {
    # Frame
    "service": _both("企业质量信用服务", "Enterprise quality credit"),
    "skip": _both("跳到正文", "Skip to the content"),
    "language.other": _both("English", "中文"),
    "nav": _both("主导航", "Main"),
    "sign_in": _both("登录", "Sign in"),
    "sign_out": _both("退出", "Sign out"),
    "signed_in_as": _both("已登录：{holder}（{role}）", "Signed in: {holder} ({role})"),
    "foot.advisory": _both(
        "信用分和等级仅供参考，不直接产生奖惩；具有法律效力的是名单条目及其认定文书。",
        "Score and grade are advisory and carry no measure by themselves; what has legal effect is an entry on a list and its decision.",
    ),
    "foot.data": _both("接口说明", "API description"),
    "foot.fresh": _both("数据新鲜度", "Freshness"),
    "fresh.title": _both("数据新鲜度", "How fresh the feed is"),
    "fresh.lead": _both(
        "以下数字由名单变更日志实时算出，统计最近 {days} 天。",
        "Computed from the log of list changes as you read it, over the last {days} days.",
    ),
    "fresh.stopped": _both("名单对外发布已暂停。", "Publication is stopped just now."),
    "fresh.delays": _both("最近 {days} 天的 {count} 条变更", "{count} changes of the last {days} days"),
    "fresh.from_to": _both("环节", "From and to"),
    "fresh.half": _both("一半以内", "half within"),
    "fresh.most": _both("百分之九十九以内", "99 of 100 within"),
    "fresh.to_feed": _both("从认定到进入日志", "from decision to feed"),
    "fresh.to_proof": _both("从进入日志到可核验的签名", "from feed to a signed checkpoint"),
    "fresh.seconds": _both("{count} 秒", "{count} s"),
    "fresh.log": _both("日志现状", "Where the log stands"),
    "fresh.last_line": _both("最新一条", "last line"),
    "fresh.epoch": _both("第 {epoch} 纪元", "epoch {epoch}"),
    "fresh.heartbeat": _both("最近一次心跳（签名）", "last heartbeat (signed)"),
    "fresh.consumers": _both("各使用单位的滞后", "How far each consumer is behind"),
    "fresh.holder": _both("使用单位", "Consumer"),
    "fresh.lines_behind": _both("未确认条数", "lines behind"),
    "fresh.behind": _both("滞后时间", "behind by"),
    "fresh.proved_at": _both("最近一次核对一致", "last proved equal"),
    "fresh.at": _both("计算于", "Computed at"),
    "fresh.data": _both("同样内容供程序读取", "the same for programs"),
    "colon": _both("：", ": "),
    "unknown": _both("未登记", "not registered"),
    "none": _both("无", "none"),
    "open_end": _both("长期", "without end"),
    "and_more": _both("另有 {count} 项，见网页。", "and {count} more, on the page."),
    "rests.as_of": _both("截至 {as_of}", "As of {as_of}"),
    "rests.known_at": _both("所知截止 {known_at}（北京时间）", "Known by {known_at} (Beijing time)"),
    "rests.policy": _both("规则 {policy}", "Policy {policy}"),
    # Search
    "search.title": _both("查询供应商质量信用", "Look up a supplier's quality credit"),
    "search.lead": _both(
        "输入统一社会信用代码、企业名称、曾用名或名称的一部分。",
        "Type a unified social credit code, a name, a former name, or part of a name.",
    ),
    "search.label": _both("代码或名称", "Code or name"),
    "search.button": _both("查询", "Search"),
    "search.shown_without_key": _both(
        "无需登录可查：企业基本信息和有效的名单条目。信用分、等级和记录需用采购或监管密钥登录后查看。",
        "Without signing in you see who an enterprise is and its active list entries. Score, grade and records need a key.",
    ),
    "search.results": _both("查询结果", "Results"),
    "search.results_for": _both("与“{q}”相近的企业", "Enterprises that fit “{q}”"),
    "search.count": _both("第 {first} 至 {last} 条", "{first} to {last}"),
    "search.next": _both("下一页", "Next page"),
    "search.previous": _both("上一页", "Previous page"),
    "search.matched": _both("匹配：{matched}", "matched: {matched}"),
    "search.on_a_list": _both("有有效名单条目", "on a list"),
    "search.other": _both("查看名称相近的其他企业", "Other enterprises with a similar name"),
    "search.found_by": _both("按“{asked}”查得。", "Found by “{asked}”."),
    # Ambiguous and not found
    "ambiguous.title": _both("“{q}”对应多个企业", "“{q}” may mean several enterprises"),
    "ambiguous.lead": _both(
        "下列企业现在或曾经使用这一名称。请核对统一社会信用代码后选择；系统不作推测。",
        "These enterprises bear or bore this name. Compare the code and choose; nobody is guessed.",
    ),
    "ambiguous.now": _both("现用此名", "bears it now"),
    "ambiguous.before": _both("曾用此名", "bore it before"),
    "ambiguous.more": _both("还有更多同名企业，请改用代码查询。", "There are more; search by code."),
    "not_found.title": _both("没有查到“{q}”", "Nothing found for “{q}”"),
    "not_found.lead": _both(
        "本服务没有以此名称或代码登记的企业。没有查到不等于没有记录，也不等于信用良好。",
        "No enterprise is known here by this name or number. Nothing held here is not nothing found, and not a clean record.",
    ),
    "not_found.meant": _both("可能要查的是", "Perhaps you meant"),
    "not_found.try": _both("请核对代码，或只输入名称的一部分再查。", "Check the code, or search with part of the name."),
    "too_short": _both("请至少输入两个字。", "Type at least two letters."),
    "too_deep": _both("查询结果过多，请输入更完整的名称或代码。", "That finds too much; say more of the name, or give the code."),
    # How long a record is published
    "publication.none": _both("{channel}：{tier}失信信息，不予公示。", "{channel}: {tier} tier, not published."),
    "publication.waits": _both("{channel}：{tier}，公示后起算。", "{channel}: {tier} tier; the term runs from its publication there."),
    "publication.open": _both(
        "{channel}：{tier}，自 {start} 起公示，未规定截止日。", "{channel}: {tier} tier, since {start}, no end stated."
    ),
    "publication.term": _both(
        "{channel}：{tier}，公示 {start} 至 {latest}，到期自动停止。", "{channel}: {tier} tier, {start} to {latest}, ends by itself."
    ),
    "publication.repairable": _both(
        "{channel}：{tier}，公示 {start} 至 {latest}，到期自动停止；{earliest} 起可申请修复。",
        "{channel}: {tier} tier, {start} to {latest}, ends by itself; repair can be asked for from {earliest}.",
    ),
    "reply.title": _both("企业答复", "The enterprise's reply"),
    # The file: who
    "file.asked_day": _both("查询日", "Day asked about"),
    "file.as_of.help": _both("例如投标截止日", "such as the bid deadline"),
    "file.as_of.button": _both("按此日查看", "Show this day"),
    "file.as_of.today": _both("回到今天", "Back to today"),
    "file.known_at": _both("所知截止（北京时间）", "Known by (Beijing time)"),
    "file.known_at.help": _both("空着即按目前所知", "empty: what is known now"),
    "file.known_at.button": _both("查看", "Show"),
    "file.known_then": _both(
        "这是 {as_of} 的情况，只按 {known_at}（北京时间）已知的信息判断，此后才得知的不计；不是今天的状态。",
        "This is how it stood on {as_of}, judged only by what was known at {known_at} (Beijing time); it is not today's state.",
    ),
    "file.past": _both(
        "这是 {as_of} 的情况，按目前已知的信息判断；不是今天的状态。",
        "This is how it stood on {as_of}, judged by what is known now; it is not today's state.",
    ),
    "file.future": _both(
        "{as_of} 尚未到来：这里按目前已知的信息推算。", "{as_of} has not come yet: this is what follows from what is known now."
    ),
    "file.branch": _both(
        "这是分支机构，有自己的信用档案；总机构另查：", "This is a branch with a file of its own; its head office has another: "
    ),
    "file.natural_person": _both(
        "个体经营者，属自然人，仅在依法可以公示时显示。", "A sole proprietor: a natural person, shown only where the law allows."
    ),
    "file.duplicate": _both(
        "这一登记与另一登记为同一主体，单独不作评价；名单、记录和评分都在那里，请查该登记：",
        "This entry is the same enterprise as another one and is not rated by itself; lists, records and score stand there. See: ",
    ),
    "file.same_as": _both("与下列登记为同一主体", "The same enterprise as"),
    "file.succeeded_by": _both("权利义务承继者", "Succeeded by"),
    "who.title": _both("主体信息", "Who it is"),
    "who.former": _both("曾用名", "Former names"),
    "who.type": _both("类型", "Type"),
    "who.state": _both("登记状态", "Registry state"),
    "who.region": _both("所属地区", "Region"),
    "who.industry": _both("行业", "Industry"),
    "who.size": _both("规模", "Size"),
    "who.registered_on": _both("成立日期", "Registered on"),
    "until": _both("至 {day}", "until {day}"),
    "since_until": _both("{since} 至 {until}", "{since} to {until}"),
    # Listings
    "listings.title": _both("有效名单条目", "Active list entries"),
    "listings.lead": _both("具有法律效力", "with legal effect"),
    "listings.none": _both(
        "本服务持有的名单上，该企业在查询日没有有效条目。", "On the lists held here, it has no active entry on the day asked about."
    ),
    "listings.ask": _both(
        "另有 {count} 个法定须查的名单由其他机关持有，不在本服务，请另行查询",
        "{count} lists that procurement law names are not held here; ask there",
    ),
    "listing.basis": _both("依据", "Basis"),
    "listing.clause": _both("条款", "Clause"),
    "listing.note": _both("说明", "Note"),
    "listing.authority": _both("认定机关", "Authority"),
    "listing.decision_no": _both("决定文号", "Decision number"),
    "listing.decided_on": _both("决定日期", "Decided on"),
    "listing.term": _both("有效期", "In force"),
    "listing.ends_when": _both("结束条件", "Ends when"),
    "listing.origin": _both("认定方式", "How it came about"),
    "listing.reason": _both("事由", "Reason"),
    "listing.under_review": _both("其依据的记录已撤回，正在复核。", "A record it rests on was withdrawn; it is under review."),
    "listing.stayed": _both("已由复议机关或法院决定停止执行。", "Its effect is suspended by review or court."),
    # Score
    "score.title": _both("信用分与等级", "Score and grade"),
    "score.sign_in": _both("登录后可查看信用分、等级、得分项和记录。", "Sign in to see score, grade, contributions and records."),
    "score.no_role": _both("此密钥的角色不能查看信用分和记录。", "A key of this role does not show scores or records."),
    "score.withheld": _both(
        "评价结果已告知该主体，其提出异议的期限届满后，自 {day} 起展示。",
        "The enterprise was told of its result and has some days to object; it is shown from {day} on.",
    ),
    "score.withheld_unnoticed": _both(
        "评价结果须先告知该主体，尚不展示。", "The result is told to the enterprise first, and is not shown yet."
    ),
    "score.no_policy": _both(
        "查询日没有有效的评价规则，因此没有信用分。", "No version of the rules is in force on this day, so there is no score."
    ),
    "score.score": _both("信用分", "Score"),
    "score.grade": _both("等级", "Grade"),
    "score.scale": _both("{lowest} 至 {highest} 分", "from {lowest} to {highest}"),
    "score.lower_is_better": _both("分数越低越好", "lower is better"),
    "score.ladder": _both("直接判级前的等级", "Grade before the direct drop"),
    "score.not_rated": _both("不评级", "Not rated"),
    "score.next_change": _both(
        "如无新的信息，此结果至少保持到 {day}。", "Unless something new becomes known, this stays as it is until {day}."
    ),
    "score.records_known": _both("所依据的记录：{count} 条", "Records it rests on: {count}"),
    "score.sample": _both("样例规则，非现行法定规则", "a sample policy, not an enacted rule"),
    "score.suggests": _both("名单建议（未经认定，不产生效力）", "What the rules suggest for lists (no decision, no effect)"),
    "suggest.enter": _both("符合列入条件", "meets the rule for entry"),
    "suggest.stay": _both("仍符合列入条件", "still meets the rule"),
    "suggest.leave": _both("可以移出", "may leave"),
    "suggest.blocked": _both("符合列入条件，但有阻却情形", "meets the rule, but something forbids it"),
    "coverage.title": _both("检查覆盖", "Coverage"),
    "coverage.looked": _both("最近一次 {day}", "last on {day}"),
    "coverage.never": _both("期间内未检查", "not looked at in this time"),
    "coverage.not_clean": _both("从未检查不等于没有问题。", "Never inspected is not clean."),
    # Contributions
    "lines.title": _both("得分项", "Contributions"),
    "lines.caption": _both("信用分的每一项，及其条款和依据", "Every part of the score, with its clause and evidence"),
    "lines.item": _both("项目", "Item"),
    "lines.points": _both("分值", "Points"),
    "lines.clause": _both("条款", "Clause"),
    "lines.evidence": _both("依据的记录", "Evidence"),
    "lines.until": _both("计分至", "Counts until"),
    "lines.repeat": _both("重复加重", "repeated, counts more"),
    "lines.start": _both("起始分", "Start of the scale"),
    "lines.total": _both("合计", "Sum"),
    "lines.held": _both("限于量表两端后", "Held to the scale"),
    "lines.empty": _both("没有加分或扣分项。", "Nothing adds or takes points."),
    "lines.direct": _both("直接判级，不计分", "direct grade, no points"),
    "lines.chart": _both("各项目合计分值图", "Points by item, as a chart"),
    "lines.chart.alt": _both("条形图：{parts}。详见得分项表。", "Bar chart: {parts}. The table of contributions says the same."),
    "lines.chart.other": _both("其他 {count} 项", "{count} other items"),
    # History
    "history.title": _both("近 24 个月信用分", "Score over 24 months"),
    "history.alt": _both(
        "折线图：从 {first} 的 {first_score} 分（{first_grade}）到 {last} 的 {last_score} 分（{last_grade}），"
        "最低 {low}，最高 {high}。详见下表。",
        "Line chart: from {first_score} ({first_grade}) on {first} to {last_score} ({last_grade}) on {last}; lowest {low}, highest {high}. "
        "The table says the same.",
    ),
    "history.table": _both("各月数值", "The months as a table"),
    "history.day": _both("日期", "Day"),
    "history.policy": _both("规则", "Policy"),
    "history.switch": _both(
        "期间评价规则有变更（{policies}），不同规则下的分数不可直接比较。",
        "The rules changed in this time ({policies}); scores under different rules are not to be compared.",
    ),
    "history.none": _both(
        "这一时期部分月份没有有效的评价规则，不显示走势。", "No rules were in force in some of these months; no history is shown."
    ),
    # Records
    "records.title": _both("信用记录", "Records"),
    "records.caption": _both("来源单位报送的事实，最近的在前", "Facts as their sources delivered them, latest first"),
    "records.occurred_on": _both("日期", "Day"),
    "records.what": _both("种类与结果", "Kind and outcome"),
    "records.content": _both("内容", "Content"),
    "records.document": _both("机关与文号", "Authority and number"),
    "records.source": _both("来源", "Source"),
    "records.empty": _both(
        "查询日之前没有可显示的记录。没有记录不等于没有问题。", "No record up to this day may be shown. No record is not a clean record."
    ),
    "records.next": _both("更早的记录", "Earlier records"),
    "records.repaired": _both("已修复 {day}", "repaired {day}"),
    "records.rectified": _both("已整改 {day}", "put right {day}"),
    "records.not_concluded": _both("尚未办结，不计分", "not concluded, does not count"),
    "records.withdrawn": _both("已撤回", "withdrawn"),
    "records.unpublished": _both("公示期已满", "publication over"),
    "records.revised": _both("其后有更正", "corrected since"),
    # Held
    "held.title": _both("本服务持有什么，什么须另查", "What is held here, and what to ask elsewhere"),
    "held.lead": _both("没有持有不等于没有查到。", "Nothing held is not nothing found."),
    "held.lists": _both("名单", "Lists"),
    "held.kinds": _both("记录种类", "Kinds of record"),
    "held.what": _both("名单或记录", "List or record"),
    "held.here": _both("本服务持有", "Held here"),
    "held.current": _both("持有，更新至 {day}", "held, current to {day}"),
    "held.held": _both("持有", "held"),
    "held.not": _both("不持有", "not held here"),
    "held.ask": _both("请查：{where}", "ask: {where}"),
    "held.named_by": _both("采购须查：{rule}", "a buyer must ask: {rule}"),
    # Sign in
    "sign_in.title": _both("用密钥登录", "Sign in with a key"),
    "sign_in.lead": _both(
        "密钥由运行管理员发给。登录在本浏览器保持一个工作日（十小时），退出即失效。",
        "The operator gives out keys. Signing in holds in this browser for a working day (ten hours) and ends when you sign out.",
    ),
    "sign_in.label": _both("密钥", "Key"),
    "sign_in.hint": _both("以 qck_ 开头", "begins with qck_"),
    "sign_in.error": _both(
        "密钥无效、已撤销或已过期，请核对后重试。", "This key is unknown, revoked or expired. Compare it and try again."
    ),
    "sign_in.where": _both("请不要在他人可用的计算机上保持登录。", "Do not stay signed in on a computer that others use."),
    # Errors
    "error.title": _both("出错了", "Something went wrong"),
    "error.code": _both("代码", "Code"),
    "error.suggestions": _both("可能要查的是", "Perhaps you meant"),
    "error.back": _both("回到首页", "Back to the start"),
    "error.400": _both("请求无法读取", "The request cannot be read"),
    "error.401": _both("需要登录", "A key is needed"),
    "error.403": _both("不允许此操作", "This is not allowed"),
    "error.404": _both("没有找到", "Not found"),
    "error.405": _both("此地址不接受这种请求", "This address does not take that method"),
    "error.409": _both("未能受理", "Refused"),
    "error.413": _both("提交的内容过大", "Too large"),
    "error.422": _both("输入有误", "Malformed"),
    "error.429": _both("请求过于频繁", "Too many requests"),
    "error.500": _both("服务出错", "The service failed"),
    "error.503": _both("服务暂时不可用", "The service cannot answer now"),
    "error.text.403": _both("请回到首页，从本站的页面重新操作。", "Go back to the start, and do it from a page of this service."),
    "error.text.404": _both("此地址没有内容，或不在您可查看的范围内。", "There is nothing at this address, or it is not yours to see."),
    "error.text.422": _both("请核对输入的代码、名称或日期。", "Check the code, name or day that was typed."),
    "error.text.500": _both(
        "服务处理此请求时出错，没有改变任何数据。请稍后再试。", "The service failed on this request. Nothing was changed; try again later."
    ),
    "error.text.503": _both(
        "数据库暂时没有应答，没有改变任何数据。请稍候几秒再试。",
        "The database does not answer just now. Nothing was changed; try again in a few seconds.",
    ),
} | APART
