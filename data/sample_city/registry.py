"""The city's register of enterprises in the layout of a registration authority."""

import numpy as np

from data.sample_city.days import NONE, dates
from data.sample_city.enterprises import BRANCH, Block
from data.sample_city.enterprises import TYPES as TYPE_WORDS
from data.sample_city.shapes import Sheet, written
from data.sample_city.vocabulary import DISTRICTS, INDUSTRIES

STATE_WORDS = ("存续", "注销", "吊销，未注销", "迁出")
SIZE_WORDS = ("大型", "中型", "小型", "微型")


def registry_rows(block: Block) -> Sheet:
    """One row per enterprise; a head office stands before its branches."""
    codes, names, former = block.codes.to_pylist(), block.names.to_pylist(), block.former_names.to_pylist()
    registered, closed = dates(block.registered_on).to_pylist(), dates(block.closed_on).to_pylist()
    renamed = (block.renamed_on != NONE).tolist()
    return [
        {
            "统一社会信用代码": codes[row],
            "企业名称": names[row],
            "曾用名": former[row] if renamed[row] else "",
            "企业类型": TYPE_WORDS[block.types[row]],
            "登记状态": STATE_WORDS[block.states[row]],
            "状态日期": written(closed[row], row),
            "成立日期": written(registered[row], row),
            "行政区划": DISTRICTS[block.districts[row]].code,
            "行业代码": INDUSTRIES[block.industries[row]].code,
            "企业规模": SIZE_WORDS[block.sizes[row]],
            "隶属企业统一社会信用代码": codes[block.heads[row]] if block.types[row] == BRANCH else "",
            "登记机关": f"{DISTRICTS[block.districts[row]].name}市场监督管理局（样例）",
        }
        for row in np.argsort(block.heads >= 0, kind="stable").tolist()
    ]
