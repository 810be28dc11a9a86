"""Closed words that records, registry facts and policies share and that no shape of their own holds."""

OTHER_LISTS = (
    "abnormal_operation",  # 经营异常名录
    "serious_illegal",  # 市场监督管理严重违法失信名单
    "sector_blacklist",  # 其他行业 (领域) 严重失信主体名单
    "judgment_debtor",  # 失信被执行人名单
    "tax_serious",  # 重大税收违法失信主体名单
    "procurement_serious",  # 政府采购严重违法失信行为记录名单
)
"""Lists of other authorities, which their own decisions fill; a policy may ask about them without deciding them."""

REGISTRY_STATES = ("in_business", "deregistered", "revoked", "moved_out", "closed", "cancelled")
"""What the registry says an enterprise is."""
