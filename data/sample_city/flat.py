"""Records of the city with one column per quantity and detail: the form in which files are delivered."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.sample_city.enterprises import Block
from models.records import QUANTITY_SCALE

PLAIN = (
    *("source_ref", "event_ref", "kind", "outcome", "severity", "level", "capacity", "code", "title", "authority", "document_no"),
    *("occurred_on", "ended_on", "concluded_on", "decided_on", "served_on", "published_on", "rectified_on", "in_force_from"),
    *("in_force_until", "public_until", "repaired_on"),
)
_FIELD = re.compile(r'"([a-z_]+)": ')


def flatten(records: pa.Table, block: Block) -> pa.Table:
    """One row per record: the enterprise's code and name, who delivers, the plain fields, `quantities.*` and `detail.*` as text."""
    order = np.argsort(block.keys)
    place = order[np.searchsorted(block.keys[order], records["enterprise_key"].to_numpy())]
    columns = {
        "identifier.cn-uscc": block.codes.take(pa.array(place)),
        "enterprise_name": block.names.take(pa.array(place)),
        "source": records["source"],
        **{name: records[name] for name in PLAIN},
        "withdrawn": records["is_withdrawn"],
    }
    for name, values in _quantities(records["quantities_x10000"].combine_chunks()).items():
        columns[f"quantities.{name}"] = values
    for name, values in _texts(records["detail"].combine_chunks()).items():
        columns[f"detail.{name}"] = values
    return pa.table(columns)


def _fields(documents: pa.Array) -> list[str]:
    return sorted({field for document in pc.unique(documents).to_pylist() for field in _FIELD.findall(document)})


def _quantities(documents: pa.Array) -> dict[str, pa.Array]:
    found = {}
    for name in _fields(documents):
        digits = pc.struct_field(pc.extract_regex(documents, f'"{name}": (?P<value>[0-9]+)'), "value")
        whole = pc.divide(pc.cast(digits, pa.int64()), QUANTITY_SCALE)  # the city draws whole units only
        found[name] = pc.cast(whole, pa.string())
    return found


def _texts(documents: pa.Array) -> dict[str, pa.Array]:
    return {name: pc.struct_field(pc.extract_regex(documents, f'"{name}": "(?P<value>[^"]*)"'), "value") for name in _fields(documents)}
