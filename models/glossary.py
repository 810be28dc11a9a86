"""The words that people read, Chinese beside English, one place for each closed set."""

from models.access import Role
from models.checks import InquiryResult, Known, Outcome, Purpose
from models.identifiers import ORGANIZATION_CODE, REGISTRATION_NO, USCC
from models.law import Mark
from models.listings import ListingState, Origin, ProposalState
from models.procedures import Need, Owner, StepName
from models.publication import Channel, Tier
from models.records import Capacity, Kind, Level, Severity
from models.remedies import ObjectionState, RepairState, ReplyState, Scope, Way
from models.results import LineKind
from models.shapes import Bilingual
from models.verdicts import Verdict

KIND_TITLES: dict[Kind, Bilingual] = {
    Kind.SAMPLING: Bilingual(zh="监督抽查", en="Supervision sampling"),
    Kind.INSPECTION: Bilingual(zh="监督检查", en="Inspections"),
    Kind.COMPLAINT: Bilingual(zh="投诉", en="Complaints"),
    Kind.RECALL: Bilingual(zh="召回", en="Recalls"),
    Kind.CERTIFICATION: Bilingual(zh="认证", en="Certificates"),
    Kind.PENALTY: Bilingual(zh="行政处罚", en="Administrative penalties"),
    Kind.JUDGMENT: Bilingual(zh="司法裁判及执行", en="Judgments and enforcement"),
    Kind.ACCIDENT: Bilingual(zh="事故", en="Accidents"),
    Kind.ORDER: Bilingual(zh="责令与强制措施", en="Orders and compulsory measures"),
    Kind.AWARD: Bilingual(zh="荣誉", en="Awards"),
    Kind.COMMITMENT: Bilingual(zh="信用承诺", en="Credit promises"),
    Kind.LICENCE: Bilingual(zh="许可", en="Licences"),
    Kind.LISTING: Bilingual(zh="名单认定", en="List decisions"),
}

OUTCOME_TITLES: dict[Kind, dict[str, Bilingual]] = {
    Kind.SAMPLING: {
        "none_found": Bilingual(zh="未发现不合格", en="nothing found wanting"),
        "failed": Bilingual(zh="不合格", en="failed"),
        "refused": Bilingual(zh="无正当理由拒绝抽查", en="refused without good reason"),
    },
    Kind.INSPECTION: {
        "none_found": Bilingual(zh="未发现问题", en="nothing found"),
        "found": Bilingual(zh="发现问题", en="problems found"),
        "refused": Bilingual(zh="拒绝、阻碍检查", en="refused or hindered"),
        "false_material": Bilingual(zh="提供虚假材料", en="false material given"),
        "violence": Bilingual(zh="以暴力、威胁方法阻碍", en="hindered by violence or threats"),
    },
    Kind.COMPLAINT: {
        "substantiated": Bilingual(zh="查实", en="found true"),
        "unsubstantiated": Bilingual(zh="不实", en="found untrue"),
        "settled": Bilingual(zh="调解达成", en="settled"),
        "refused_mediation": Bilingual(zh="无理拒绝调解", en="mediation refused without reason"),
        "referred": Bilingual(zh="诉转案", en="referred as a case"),
        "dropped": Bilingual(zh="终止", en="dropped"),
    },
    Kind.RECALL: {
        "voluntary": Bilingual(zh="主动召回", en="voluntary"),
        "ordered": Bilingual(zh="责令召回", en="ordered"),
        "refused": Bilingual(zh="经责令仍拒绝召回", en="refused though ordered"),
        "delayed": Bilingual(zh="拖延召回", en="delayed"),
    },
    Kind.CERTIFICATION: {
        "valid": Bilingual(zh="有效", en="valid"),
        "suspended": Bilingual(zh="暂停", en="suspended"),
        "revoked": Bilingual(zh="撤销", en="revoked"),
        "cancelled": Bilingual(zh="注销", en="cancelled"),
        "expired": Bilingual(zh="过期", en="expired"),
    },
    Kind.PENALTY: {
        "warning": Bilingual(zh="警告、通报批评", en="warning"),
        "fine": Bilingual(zh="罚款", en="fine"),
        "confiscation": Bilingual(zh="没收违法所得、非法财物", en="confiscation"),
        "suspension": Bilingual(zh="责令停产停业、暂扣许可证件", en="business stopped or licence suspended"),
        "downgrade": Bilingual(zh="降低资质等级", en="qualification lowered"),
        "revocation": Bilingual(zh="吊销许可证件、营业执照", en="licence revoked"),
        "restriction": Bilingual(zh="限制开展生产经营活动、限制从业", en="business restricted"),
        "ban": Bilingual(zh="市场禁入", en="market ban"),
        "detention": Bilingual(zh="行政拘留", en="detention"),
        "unperformed": Bilingual(zh="逾期不履行处罚决定", en="not performed in time"),
        "other": Bilingual(zh="其他行政处罚", en="other penalty"),
    },
    Kind.JUDGMENT: {
        "convicted": Bilingual(zh="被判有罪", en="convicted"),
        "enforcement_debtor": Bilingual(zh="失信被执行人", en="dishonest judgment debtor"),
        "liable": Bilingual(zh="民事败诉，承担责任", en="held liable"),
        "performed": Bilingual(zh="已履行", en="performed"),
    },
    Kind.ACCIDENT: {
        "quality": Bilingual(zh="质量事故", en="quality accident"),
        "food_safety": Bilingual(zh="食品安全事故", en="food safety accident"),
        "work_safety": Bilingual(zh="安全生产事故", en="work safety accident"),
        "environment": Bilingual(zh="环境事件", en="environmental accident"),
    },
    Kind.ORDER: {
        "correction": Bilingual(zh="责令改正", en="ordered to correct"),
        "closure": Bilingual(zh="责令关闭", en="ordered to close"),
        "suspension": Bilingual(zh="责令停工、停止使用", en="ordered to stop"),
        "seizure": Bilingual(zh="查封、扣押、冻结", en="seizure"),
        "recall": Bilingual(zh="责令召回决定", en="ordered to recall"),
    },
    Kind.AWARD: {
        "quality_award": Bilingual(zh="政府质量奖", en="government quality award"),
        "contract_keeping": Bilingual(zh="守合同重信用", en="keeps contracts, values credit"),
        "red_list": Bilingual(zh="行业红名单", en="red list of its trade"),
        "commendation": Bilingual(zh="表彰", en="commendation"),
        "top_grade": Bilingual(zh="行业信用最高等级", en="top credit grade of its trade"),
        "charity": Bilingual(zh="公益慈善", en="charity"),
    },
    Kind.COMMITMENT: {
        "made": Bilingual(zh="作出承诺", en="made"),
        "kept": Bilingual(zh="履行承诺", en="kept"),
        "broken": Bilingual(zh="违反承诺", en="broken"),
        "false_statement": Bilingual(zh="告知承诺作虚假陈述", en="false statement in a promise procedure"),
    },
    Kind.LICENCE: {
        "granted": Bilingual(zh="取得许可", en="granted"),
        "cancelled_for_false_promise": Bilingual(zh="因虚假承诺被撤销许可", en="cancelled for a false promise"),
        "by_fraud": Bilingual(zh="以欺骗手段取得许可", en="got by fraud"),
        "lent": Bilingual(zh="出借、伪造、变造许可证件", en="lent, forged or altered"),
        "operating_without": Bilingual(zh="未取得许可从事经营", en="operating without a licence"),
        "revoked": Bilingual(zh="许可证件被吊销", en="revoked"),
    },
    Kind.LISTING: {"listed": Bilingual(zh="列入名单", en="listed")},
}
"""What an outcome means depends on the kind of record it stands in."""

SEVERITY_TITLES: dict[Severity, Bilingual] = {
    Severity.MINOR: Bilingual(zh="轻微", en="minor"),
    Severity.GENERAL: Bilingual(zh="一般", en="general"),
    Severity.SERIOUS: Bilingual(zh="严重", en="serious"),
    Severity.MAJOR: Bilingual(zh="重大", en="major"),
    Severity.EXTREME: Bilingual(zh="特别重大", en="especially major"),
}
ACCIDENT_SEVERITY_TITLES: dict[Severity, Bilingual] = SEVERITY_TITLES | {Severity.SERIOUS: Bilingual(zh="较大", en="larger")}
"""The law has words of its own for accidents."""
LEVEL_TITLES: dict[Level, Bilingual] = {
    Level.DISTRICT: Bilingual(zh="区县级", en="district"),
    Level.CITY: Bilingual(zh="市级", en="city"),
    Level.PROVINCE: Bilingual(zh="省级", en="province"),
    Level.NATIONAL: Bilingual(zh="国家级", en="national"),
}
CAPACITY_TITLES: dict[Capacity, Bilingual] = {
    Capacity.NOMINAL_PRODUCER: Bilingual(zh="标称生产企业", en="as nominal producer"),
    Capacity.SAMPLED_UNIT: Bilingual(zh="被抽样单位", en="as sampled unit"),
    Capacity.PARTY: Bilingual(zh="当事人", en="as party"),
}
SCHEME_TITLES: dict[str, Bilingual] = {
    USCC: Bilingual(zh="统一社会信用代码", en="unified social credit code"),
    REGISTRATION_NO: Bilingual(zh="工商注册号", en="registration number"),
    ORGANIZATION_CODE: Bilingual(zh="组织机构代码", en="organisation code"),
}
"""Schemes beyond these are called by their code."""
REGISTRY_STATE_TITLES: dict[str, Bilingual] = {
    "in_business": Bilingual(zh="存续", en="in business"),
    "deregistered": Bilingual(zh="注销", en="deregistered"),
    "revoked": Bilingual(zh="吊销", en="licence revoked"),
    "moved_out": Bilingual(zh="迁出", en="moved out"),
    "closed": Bilingual(zh="歇业", en="closed"),
    "cancelled": Bilingual(zh="撤销", en="registration cancelled"),
}
COLOUR_TITLES: dict[str, Bilingual] = {
    "black": Bilingual(zh="黑名单", en="black list"),
    "red": Bilingual(zh="红名单", en="red list"),
    "other": Bilingual(zh="其他机关名单", en="list of another authority"),
}
NOTICE_RIGHTS = Bilingual(
    zh="可以在告知期内陈述、申辩，并对列入提出异议", en="You may state your case within the days of the notice, and object to the entry"
)
"""What a notice that a published run gives tells of the enterprise's rights."""
LISTING_STATE_TITLES: dict[ListingState, Bilingual] = {
    ListingState.ANNOUNCED: Bilingual(zh="公示中", en="announced"),
    ListingState.IN_FORCE: Bilingual(zh="有效", en="in force"),
    ListingState.UNDER_REVIEW: Bilingual(zh="复核中", en="under review"),
    ListingState.STAYED: Bilingual(zh="中止执行", en="stayed"),
    ListingState.ENDED: Bilingual(zh="已结束", en="ended"),
}
ORIGIN_TITLES: dict[Origin, Bilingual] = {
    Origin.RUN: Bilingual(zh="按公布的标准由评价批次认定", en="by a run under published criteria"),
    Origin.DECISION: Bilingual(zh="主管机关认定决定", en="by a decision of the competent authority"),
    Origin.RECORD: Bilingual(zh="其他机关的名单决定", en="by a recorded list decision"),
}
LINE_TITLES: dict[LineKind, Bilingual] = {
    LineKind.RECORD: Bilingual(zh="记录", en="record"),
    LineKind.SHARE: Bilingual(zh="按不合格比例", en="share of failures"),
    LineKind.CAP: Bilingual(zh="上下限调整", en="correction by a cap"),
    LineKind.FROZEN: Bilingual(zh="加分暂不计入", en="bonuses held back"),
    LineKind.DIRECT: Bilingual(zh="直接判级", en="direct grade"),
}
ROLE_TITLES: dict[Role, Bilingual] = {
    Role.PUBLIC: Bilingual(zh="公众", en="public"),
    Role.PROCUREMENT: Bilingual(zh="采购人员", en="procurement"),
    Role.PLATFORM: Bilingual(zh="信用信息平台", en="platform"),
    Role.SOURCE: Bilingual(zh="数据来源单位", en="source"),
    Role.ENTERPRISE: Bilingual(zh="企业", en="enterprise"),
    Role.REGULATOR: Bilingual(zh="监管人员", en="regulator"),
    Role.AUDITOR: Bilingual(zh="审计人员", en="auditor"),
    Role.ADMIN: Bilingual(zh="管理员", en="administrator"),
}
CHANNEL_TITLES: dict[Channel, Bilingual] = {
    Channel.CREDIT_SITE: Bilingual(zh="信用中国", en="Credit China"),
    Channel.PUBLICITY_SYSTEM: Bilingual(zh="国家企业信用信息公示系统", en="National publicity system"),
}
TIER_TITLES: dict[Tier, Bilingual] = {
    Tier.SLIGHT: Bilingual(zh="轻微", en="slight"),
    Tier.GENERAL: Bilingual(zh="一般", en="general"),
    Tier.SERIOUS: Bilingual(zh="严重", en="serious"),
}
SCOPE_TITLES: dict[Scope, Bilingual] = {
    Scope.SEE: Bilingual(zh="查看", en="see the file"),
    Scope.OBJECT: Bilingual(zh="异议和答复", en="object and reply"),
    Scope.REPAIR: Bilingual(zh="修复和承诺", en="repair and promise"),
}
REPLY_STATE_TITLES: dict[ReplyState, Bilingual] = {
    ReplyState.WAITING: Bilingual(zh="待审核", en="waits for an officer"),
    ReplyState.ACCEPTED: Bilingual(zh="已显示", en="shown"),
    ReplyState.REFUSED: Bilingual(zh="未通过", en="refused"),
    ReplyState.TAKEN_BACK: Bilingual(zh="已撤回", en="taken back"),
    ReplyState.REPLACED: Bilingual(zh="已被新答复取代", en="replaced by a newer one"),
}
WAY_TITLES: dict[Way, Bilingual] = {
    Way.LOOK_UP: Bilingual(zh="查询", en="look-up"),
    Way.FILE: Bilingual(zh="查看档案页面", en="file page"),
    Way.RECORDS: Bilingual(zh="查看记录", en="records"),
    Way.CONTRIBUTIONS: Bilingual(zh="查看得分项", en="contributions"),
    Way.HISTORY: Bilingual(zh="查看历史分数", en="history"),
    Way.CHECK: Bilingual(zh="信用核查", en="check"),
}
REPAIR_STATE_TITLES: dict[RepairState, Bilingual] = {
    RepairState.APPLIED: Bilingual(zh="已申请", en="applied for"),
    RepairState.ACCEPTED: Bilingual(zh="已受理", en="accepted"),
    RepairState.GRANTED: Bilingual(zh="准予修复", en="granted"),
    RepairState.REFUSED: Bilingual(zh="不予修复", en="refused"),
    RepairState.TAKEN_BACK: Bilingual(zh="已撤回", en="taken back"),
    RepairState.REVOKED: Bilingual(zh="已撤销修复", en="revoked"),
    RepairState.ENDED: Bilingual(zh="临时修复已结束", en="ended with its plan"),
}
OBJECTION_STATE_TITLES: dict[ObjectionState, Bilingual] = {
    ObjectionState.OPEN: Bilingual(zh="处理中", en="being handled"),
    ObjectionState.KEPT: Bilingual(zh="维持", en="kept"),
    ObjectionState.CORRECTED: Bilingual(zh="已更正", en="corrected"),
    ObjectionState.WITHDRAWN: Bilingual(zh="已撤销", en="withdrawn"),
    ObjectionState.MOVED: Bilingual(zh="已改列他人", en="moved to another enterprise"),
    ObjectionState.TAKEN_BACK: Bilingual(zh="已撤回", en="taken back"),
}
PURPOSE_TITLES: dict[str, Bilingual] = {
    Purpose.PROCUREMENT: Bilingual(zh="政府采购", en="procurement"),
    Purpose.BIDDING: Bilingual(zh="招标投标", en="bidding"),
    Purpose.LICENSING: Bilingual(zh="行政许可", en="licensing"),
    Purpose.QUALIFICATION: Bilingual(zh="资质审核", en="qualification"),
    Purpose.AWARDS: Bilingual(zh="评先评优", en="awards"),
    Purpose.FINANCING: Bilingual(zh="融资", en="financing"),
    Purpose.EMPLOYMENT: Bilingual(zh="任职就业", en="employment"),
    Purpose.SOCIAL_SECURITY: Bilingual(zh="社会保障", en="social security"),
}
PROMISE_TITLES: dict[str, Bilingual] = {
    "approval": Bilingual(zh="审批型", en="for an approval"),
    "publication": Bilingual(zh="主动公示型", en="made public of its own accord"),
    "repair": Bilingual(zh="修复型", en="for a repair"),
    "trade": Bilingual(zh="行业自律型", en="of the trade's self-discipline"),
}
SIZE_TITLES: dict[str, Bilingual] = {
    "large": Bilingual(zh="大型", en="large"),
    "medium": Bilingual(zh="中型", en="medium"),
    "small": Bilingual(zh="小型", en="small"),
    "micro": Bilingual(zh="微型", en="micro"),
}
MARK_TITLES: dict[Mark, Bilingual] = {
    Mark.ENACTED: Bilingual(zh="原文", en="enacted text"),
    Mark.SECONDARY: Bilingual(zh="转引", en="secondary source"),
    Mark.SAMPLE: Bilingual(zh="样例", en="sample"),
}
QUANTITY_TITLES: dict[str, Bilingual] = {
    "fine_cny": Bilingual(zh="罚款金额（元）", en="fine (yuan)"),
    "confiscated_cny": Bilingual(zh="没收金额（元）", en="confiscated (yuan)"),
    "goods_value_cny": Bilingual(zh="货值金额（元）", en="value of goods (yuan)"),
    "batch_size": Bilingual(zh="批量", en="batch size"),
    "overdue_days": Bilingual(zh="逾期天数", en="days overdue"),
    "score": Bilingual(zh="现场检查评分", en="inspection score"),
}
"""Quantities beyond these are called by their name."""

VERDICT_TITLES: dict[Verdict, Bilingual] = {
    Verdict.MUST_REFUSE: Bilingual(zh="依法应当拒绝", en="must refuse"),
    Verdict.MAY_RESTRICT: Bilingual(zh="可以依法限制", en="may restrict"),
    Verdict.EXTRA_SCRUTINY: Bilingual(zh="从严审查", en="extra scrutiny"),
    Verdict.PREFERENCE: Bilingual(zh="可予激励", en="preference"),
    Verdict.NO_EFFECT: Bilingual(zh="无适用措施", en="no effect"),
}
CHECK_OUTCOME_TITLES: dict[Outcome, Bilingual] = {
    Outcome.FOUND: Bilingual(zh="查得", en="found"),
    Outcome.BRANCH: Bilingual(zh="查得，为分支机构", en="found, a branch"),
    Outcome.SAME_AS: Bilingual(zh="与另一登记为同一主体，请查该登记", en="the same enterprise as another entry: see there"),
    Outcome.AMBIGUOUS: Bilingual(zh="同名多个，未定", en="several bear this name"),
    Outcome.NOT_FOUND: Bilingual(zh="未查得（不等于没有记录）", en="not found (not the same as clean)"),
    Outcome.MALFORMED: Bilingual(zh="代码有误", en="the code is malformed"),
}
KNOWN_TITLES: dict[Known, Bilingual] = {
    Known.NOW: Bilingual(zh="按查询时所知", en="as known when asked"),
    Known.THEN: Bilingual(zh="按截止时点所知", en="as known at the cut-off"),
    Known.INSTANT: Bilingual(zh="按指定时点所知", en="as known at an instant named"),
}
INQUIRY_RESULT_TITLES: dict[InquiryResult, Bilingual] = {
    InquiryResult.NOT_LISTED: Bilingual(zh="未列入", en="not listed"),
    InquiryResult.LISTED: Bilingual(zh="已列入", en="listed"),
    InquiryResult.NOT_AVAILABLE: Bilingual(zh="网站无法查询", en="the site gave no answer"),
}

STEP_TITLES: dict[StepName, Bilingual] = {
    StepName.NOTICE: Bilingual(zh="告知", en="Notice"),
    StepName.STATEMENT: Bilingual(zh="陈述申辩", en="Statement"),
    StepName.ANSWER: Bilingual(zh="复核意见", en="Answer to the statement"),
    StepName.CONSENT: Bilingual(zh="上级同意", en="Consent of the higher authority"),
    StepName.DECISION: Bilingual(zh="决定", en="Decision"),
    StepName.APPLICATION: Bilingual(zh="申请", en="Application"),
    StepName.ACCEPTANCE: Bilingual(zh="受理", en="Acceptance"),
    StepName.CHECKING: Bilingual(zh="核查", en="Checking"),
    StepName.FILING: Bilingual(zh="提出异议", en="Filing"),
    StepName.MARKING: Bilingual(zh="异议标注", en="Marking"),
    StepName.TRANSFER: Bilingual(zh="转办", en="Transfer"),
    StepName.SOURCE_ANSWER: Bilingual(zh="数据来源单位答复", en="Answer of the source"),
}

OWNER_TITLES: dict[Owner, Bilingual] = {
    Owner.OFFICER: Bilingual(zh="办理机关", en="the authority"),
    Owner.ENTERPRISE: Bilingual(zh="本企业", en="the enterprise"),
    Owner.HIGHER_AUTHORITY: Bilingual(zh="上级机关", en="the higher authority"),
    Owner.SOURCE: Bilingual(zh="数据来源单位", en="the source"),
    Owner.HOUSE: Bilingual(zh="本服务", en="this service"),
}

SUBJECT_TITLES: dict[str, Bilingual] = {
    "proposal": Bilingual(zh="名单事项", en="List matter"),
    "listing": Bilingual(zh="名单条目", en="Entry"),
    "repair": Bilingual(zh="修复", en="Repair"),
    "objection": Bilingual(zh="异议", en="Objection"),
}

PROPOSAL_STATE_TITLES: dict[ProposalState, Bilingual] = {
    ProposalState.OPEN: Bilingual(zh="待办", en="open"),
    ProposalState.NOTICED: Bilingual(zh="已告知", en="notified"),
    ProposalState.FIRST_APPROVAL: Bilingual(zh="待第二人认定", en="waits for a second officer"),
    ProposalState.ACCEPTED: Bilingual(zh="已认定", en="decided"),
    ProposalState.REFUSED: Bilingual(zh="不予认定", en="refused"),
    ProposalState.LAPSED: Bilingual(zh="已终止", en="lapsed"),
}

CONFIRMATION_TITLES: dict[str, Bilingual] = {
    "confirmed": Bilingual(zh="已确认", en="confirmed"),
    "late": Bilingual(zh="逾期确认", en="confirmed late"),
    "waiting": Bilingual(zh="待确认", en="to confirm"),
    "silent": Bilingual(zh="逾期未确认", en="silent, the clock is over"),
}

NEED_TITLES: dict[Need, Bilingual] = {
    Need.REASONS: Bilingual(zh="理由", en="Reasons"),
    Need.EVIDENCE: Bilingual(zh="证据", en="Evidence"),
    Need.BASIS: Bilingual(zh="依据", en="Basis"),
    Need.RIGHTS: Bilingual(zh="权利", en="Rights"),
    Need.FINDING: Bilingual(zh="认定意见", en="Finding"),
    Need.AUTHORITY: Bilingual(zh="机关", en="Authority"),
    Need.DOCUMENT_NO: Bilingual(zh="文号", en="Document"),
}
