"""The words of a receipt on paper, both languages at once. Words of closed sets are in `models.glossary`."""

from models.shapes import Bilingual


def _both(zh: str, en: str) -> Bilingual:
    return Bilingual(zh=zh, en=en)


TITLE = _both("信用核查回执", "Credit check receipt")
VERIFY = _both("扫码核验本页", "Scan to verify this page")
CODE_SAYS = "二维码：本页的核验地址 / address that verifies this page"
FOOT = _both(
    "信用分和等级仅供参考，不得据以拒绝任何供应商；具有法律效力的是名单条目、记录及其认定文书。未持有不等于没有。",
    "Score and grade are advisory and refuse nobody; legal effect is with entries, records and their decisions. Not held is not nothing.",
)
NOBODY = _both("未能确定主体，不作结论", "Not identified: nothing can be said")
IN_CONSORTIUM = _both("联合体成员，须合并判断：", "Member of a consortium, to be judged as one: ")
WHO_ASKED = _both("所查", "Asked for")
WHO_FOUND = _both("查得", "Found")
WHO_CODE = _both("代码", "Code")
WHO_OUTCOME = _both("查询结果", "Outcome")
WHO_SETTING = _both("用途", "Purpose")
REASONS = _both("适用的措施与依据", "Measures that follow, with their basis")
NO_REASONS = _both("目录中没有适用的措施。", "No measure of the catalogue follows.")
FACTS = _both("查询日有效的名单条目", "Entries that hold on the day")
NO_FACTS = _both("本服务持有的名单上没有有效条目。", "None on the lists held here.")
ELSEWHERE = _both("其他机关的名单", "Lists of other authorities")
ALL_HELD = _both("适用的名单均由本服务持有。", "All lists that matter here are held here.")
ASKED_BY_HAND = _both("人工查询", "asked by hand")
NOT_ASKED = _both("本服务不持有，未查询，请另行查询", "not held here and not asked; ask there")
ADVISORY = _both("信用分与等级（仅供参考，不产生效力）", "Score and grade (advisory, no effect)")
NO_ADVISORY = _both("没有评价结果。", "No evaluation.")
SCORE = _both("信用分 {score}，等级 {grade}", "score {score}, grade {grade}")
NOT_RATED = _both("不评级", "not rated")
REST = _both("另有 {count} 项，见签名的回执文件。", "and {count} more in the signed receipt.")
ABOUT = _both("查询与数据", "Question and data")
ASKED_BY = _both("查询人", "Asked by")
ASKED_AT = _both("查询时间", "Asked at")
MATTER = _both("事项", "Matter")
CUT_OFF = _both("截止时点", "Cut-off")
KNOWN = _both("所知截止", "Known by")
DATA = _both("数据版本", "Data")
RULES = _both("措施目录 / 评价规则", "Catalogue / policy")
KEPT = _both("保存至", "Kept until")
HASHES = _both("本页内容 SHA-256", "SHA-256 of this page's content")
KEY = _both("签名密钥", "Signing key")
UNTIL = _both("{since} 至 {until}", "{since} until {until}")
OPEN = _both("长期", "without end")
