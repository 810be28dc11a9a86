"""The words that people read, Chinese beside English, one place for each closed set."""

from models.records import Kind
from models.shapes import Bilingual

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
