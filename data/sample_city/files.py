"""The city's records as the files its agencies deliver, in the order in which they come."""

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from data.sample_city.acts import ACTS
from data.sample_city.enterprises import blocks
from data.sample_city.flat import PLAIN, flatten
from data.sample_city.records import record_tables
from data.sample_city.relations import DEFAULT_SEED

SAMPLING_DETAILS = ("product", "product_class", "channel", "programme", "items", "result", "standard")


class CityFile(NamedTuple):
    """One file to deliver: by which agency, under which profile, and how many rows it has."""

    path: Path
    profile: str
    source: str
    rows: int


def write_native_csv(path: Path, *, size: int, source: str, seed: int = DEFAULT_SEED) -> CityFile:
    """Write all first revisions of one agency's records as one CSV of the native profile, block by block, in bounded memory."""
    columns = _native_columns()
    rows, is_first = 0, True
    with path.open("wb") as file:
        for block in blocks(size, seed):
            for table in record_tables(block, seed):
                part = flatten(table.filter(pc.and_(pc.equal(table["source"], source), pc.equal(table["revision"], 1))), block)
                part = pa.table({name: part[name] if name in part.column_names else pa.nulls(len(part), pa.string()) for name in columns})
                pa.csv.write_csv(part, file, pa.csv.WriteOptions(include_header=is_first))
                is_first = False
                rows += part.num_rows
    return CityFile(path, "native", source, rows)


def _native_columns() -> list[str]:
    """Every column that a native file of the city can have."""
    choices = [choice for act in ACTS for choice in act.choices + act.further]
    quantities = sorted({choice.quantity for choice in choices if choice.quantity})
    details = sorted({name for choice in choices for name in choice.detail} | set(SAMPLING_DETAILS))
    plain = ["identifier.cn-uscc", "enterprise_name", *PLAIN, "withdrawn"]
    return [*plain, *(f"quantities.{name}" for name in quantities), *(f"detail.{name}" for name in details)]
