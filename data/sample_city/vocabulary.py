"""What the invented city is made of: districts, industries, words for names, products and failed items, and who delivers.

No name here is a real enterprise's: each carries 样例 (sample), and each code starts with X, which is no registration authority.
"""

from typing import NamedTuple

CITY = "银川"
MARK = "样例"


class District(NamedTuple):
    code: str
    name: str
    weight: float


DISTRICTS = (
    District("640104", "兴庆", 0.33),
    District("640105", "西夏", 0.14),
    District("640106", "金凤", 0.27),
    District("640121", "永宁", 0.09),
    District("640122", "贺兰", 0.09),
    District("640181", "灵武", 0.08),
)


class Industry(NamedTuple):
    """An industry of GB/T 4754-2017, its word in a name, and the field its products belong to."""

    code: str
    word: str
    field: str
    weight: float


INDUSTRIES = (
    Industry("1440", "乳业", "food", 0.03),
    Industry("1411", "糕点食品", "food", 0.05),
    Industry("1431", "米面", "food", 0.03),
    Industry("1353", "肉制品", "food", 0.03),
    Industry("1499", "枸杞制品", "food", 0.03),
    Industry("1515", "酒庄", "food", 0.03),
    Industry("5212", "超市", "food", 0.08),
    Industry("5221", "粮油商贸", "food", 0.06),
    Industry("6210", "餐饮", "food", 0.15),
    Industry("6220", "快餐", "food", 0.06),
    Industry("0141", "蔬菜种植", "farm_produce", 0.04),
    Industry("0152", "葡萄种植", "farm_produce", 0.02),
    Industry("0311", "牧业", "farm_produce", 0.02),
    Industry("3011", "水泥", "industrial", 0.01),
    Industry("3021", "水泥制品", "industrial", 0.02),
    Industry("3831", "线缆", "industrial", 0.02),
    Industry("2621", "化肥", "industrial", 0.01),
    Industry("2922", "管业", "industrial", 0.02),
    Industry("3411", "锅炉设备", "industrial", 0.01),
    Industry("3872", "照明", "consumer", 0.02),
    Industry("2110", "家具", "consumer", 0.03),
    Industry("1811", "服装", "consumer", 0.02),
    Industry("2452", "玩具", "consumer", 0.01),
    Industry("3770", "电动车", "consumer", 0.02),
    Industry("5281", "五金", "consumer", 0.05),
    Industry("5251", "药房", "drug", 0.04),
    Industry("2740", "中药", "drug", 0.01),
    Industry("4710", "建筑工程", "service", 0.03),
    Industry("4813", "市政工程", "service", 0.01),
    Industry("7452", "检测", "service", 0.01),
    Industry("7455", "认证", "service", 0.01),
    Industry("8111", "汽车维修", "service", 0.05),
)

FIELDS = ("food", "farm_produce", "industrial", "consumer", "drug", "service")

BRAND = (
    "瑞禾安恒泰嘉润丰盛源宏达兴隆和顺康宁福德信诚明远博雅晨光华景云峰海川林森江湖松柏竹梅兰桂芳菲春秋夏冬锦绣程启航凯旋鼎新智勇仁义礼文武天地"
    "辰星月朝霞虹露霖泽沛沃野田园牧歌长青翠碧蓝白玉石珠宝琳琅晟宸祺祥"
)
"""One hundred characters; three of them name an enterprise."""

PRODUCTS: dict[str, tuple[str, ...]] = {
    "food": ("纯牛奶", "发酵乳", "月饼", "馒头", "挂面", "酱牛肉", "枸杞干", "干红葡萄酒", "辣椒油", "酸菜", "凉皮", "食用植物油"),
    "farm_produce": ("韭菜", "豇豆", "番茄", "鲜食葡萄", "牛肉", "鸡蛋"),
    "industrial": ("普通硅酸盐水泥", "铜芯电缆", "尿素", "聚乙烯给水管", "混凝土管", "蒸汽锅炉"),
    "consumer": ("电动自行车", "儿童玩具", "儿童服装", "木家具", "LED 灯具", "插座"),
    "drug": ("中药饮片", "一次性口罩", "医用防护服", "维生素片"),
    "service": ("机动车检测", "建筑工程", "校准服务", "认证服务"),
}
PRODUCT_CLASS = {
    "food": "food",
    "farm_produce": "farm_produce",
    "industrial": "industrial",
    "consumer": "consumer",
    "drug": "other",
    "service": "other",
}
FAILED_ITEMS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "food": (
        ("菌落总数", "1.2×10⁵ CFU/g", "≤10000 CFU/g"),
        ("过氧化值（以脂肪计）", "0.42 g/100g", "≤0.25 g/100g"),
        ("二氧化硫残留量", "0.31 g/kg", "≤0.1 g/kg"),
        ("霉菌", "350 CFU/g", "≤150 CFU/g"),
        ("苯甲酸及其钠盐", "0.18 g/kg", "不得使用"),
        ("酒精度", "10.9 %vol", "12.0±1.0 %vol"),
    ),
    "farm_produce": (
        ("腐霉利", "0.9 mg/kg", "≤0.2 mg/kg"),
        ("毒死蜱", "0.08 mg/kg", "≤0.02 mg/kg"),
        ("恩诺沙星", "180 μg/kg", "≤100 μg/kg"),
    ),
    "industrial": (("28d 抗压强度", "39.1 MPa", "≥42.5 MPa"), ("导体电阻", "1.42 Ω/km", "≤1.15 Ω/km"), ("总氮", "44.8 %", "≥46.0 %")),
    "consumer": (("制动性能", "9.2 m", "≤7 m"), ("小零件", "脱落", "不得脱落"), ("甲醛释放量", "2.1 mg/L", "≤1.5 mg/L")),
    "drug": (("含量测定", "82 %", "≥90 %"), ("过滤效率", "88 %", "≥95 %")),
    "service": (("检测报告", "数据与原始记录不符", "一致"),),
}


class Agency(NamedTuple):
    """An organisation of the invented city that delivers records."""

    code: str
    zh: str
    en: str
    kinds: tuple[str, ...]
    mark: str
    """What its document numbers start with."""


AGENCIES = (
    Agency(
        "sample-market",
        "银川市市场监督管理局（样例）",
        "Market Regulation Bureau (sample)",
        ("enterprise", "sampling", "inspection", "complaint", "recall", "penalty", "order", "accident", "listing"),
        "银市监样",
    ),
    Agency("sample-certification", "认证认可信息平台（样例）", "Certification platform (sample)", ("certification",), "认样"),
    Agency("sample-court", "银川市中级人民法院（样例）", "Intermediate Court (sample)", ("judgment", "listing"), "银法样"),
    Agency("sample-approval", "银川市审批服务管理局（样例）", "Approval Service Bureau (sample)", ("licence", "commitment"), "银审样"),
    Agency("sample-quality-office", "质量强市工作办公室（样例）", "Quality City Office (sample)", ("award", "commitment"), "银质样"),
    Agency("sample-tax", "国家税务总局银川市税务局（样例）", "Tax Bureau (sample)", ("listing",), "银税样"),
    Agency("sample-finance", "银川市财政局（样例）", "Finance Bureau (sample)", ("listing",), "银财样"),
)
AGENCY_CODES = tuple(agency.code for agency in AGENCIES)
