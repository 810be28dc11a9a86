"""The city's records as the files its agencies deliver, in the order in which they come."""

import csv
import json
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import xlsxwriter

from data.sample_city import shapes
from data.sample_city.acts import ACTS
from data.sample_city.dirt import dirty_penalties
from data.sample_city.enterprises import LAST_DAY, Block, blocks
from data.sample_city.flat import PLAIN, flatten
from data.sample_city.records import record_tables
from data.sample_city.registry import registry_rows
from data.sample_city.relations import DEFAULT_SEED
from data.sample_city.shapes import Flat, Sheet
from data.sample_city.vocabulary import AGENCIES

SAMPLING_DETAILS = ("product", "product_class", "channel", "programme", "items", "result", "standard")


class CityFile(NamedTuple):
    """One file to deliver: by which agency, under which profile, and how many rows it has."""

    path: Path
    profile: str
    source: str
    rows: int


class City(NamedTuple):
    """The files of a city: the registry, what comes first, what corrects it, and a dirty file that nobody has delivered yet."""

    registry: CityFile
    records: tuple[CityFile, ...]
    corrections: tuple[CityFile, ...]
    undelivered: CityFile


def write_city(folder: Path, *, size: int, seed: int = DEFAULT_SEED) -> City:
    """Write a small city's files into a folder: agencies' own layouts where they can say it all, the native one for the rest.

    A folder that holds this city already is left as it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "city.json"
    if there := _read_manifest(manifest, size=size, seed=seed):
        return there
    manifest.unlink(missing_ok=True)
    registry: Sheet = []
    first: list[Flat] = []
    second: list[Flat] = []
    for block in blocks(size, seed):
        registry += registry_rows(block)
        tables = pa.concat_tables(list(record_tables(block, seed)))
        first += _flat(tables.filter(pc.equal(tables["revision"], 1)), block)
        second += _flat(tables.filter(pc.equal(tables["revision"], 2)), block)
    revised = {row["source_ref"] for row in second}
    shaped, rest = _shaped(folder, [row for row in first if row["source_ref"] not in revised])
    rest += [row for row in first if row["source_ref"] in revised]
    market = AGENCIES[0].code
    delivered = dirty_penalties(_strangers(first, 0), mark="T1", day=LAST_DAY)
    left = dirty_penalties(_strangers(first, 40), mark="T2", day=LAST_DAY - timedelta(days=3))
    city = City(
        registry=_csv(folder / "registry.csv", "cn-registry", market, registry),
        records=(*shaped, *_native(folder, "native", rest), _csv(folder / "dirty-penalties.csv", "cn-penalty", market, delivered)),
        corrections=_native(folder, "corrections", second),
        undelivered=_csv(folder / "more-dirty-penalties.csv", "cn-penalty", market, left),
    )
    _write_manifest(manifest, city, size=size, seed=seed)
    return city


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


def _write_manifest(manifest: Path, city: City, *, size: int, seed: int) -> None:
    def row(file: CityFile) -> list[str | int]:
        return [file.path.name, file.profile, file.source, file.rows]

    files = {"registry": row(city.registry), "records": [row(file) for file in city.records]}
    files |= {"corrections": [row(file) for file in city.corrections], "undelivered": row(city.undelivered)}
    manifest.write_text(json.dumps({"made": _made(size, seed), "files": files}, indent=1), encoding="utf-8")


def _read_manifest(manifest: Path, *, size: int, seed: int) -> City | None:
    if not manifest.exists():
        return None
    said = json.loads(manifest.read_text(encoding="utf-8"))
    if said["made"] != _made(size, seed):
        return None

    def file(row: list[Any]) -> CityFile:
        return CityFile(manifest.parent / row[0], *row[1:])

    told = said["files"]
    return City(
        registry=file(told["registry"]),
        records=tuple(map(file, told["records"])),
        corrections=tuple(map(file, told["corrections"])),
        undelivered=file(told["undelivered"]),
    )


def _made(size: int, seed: int) -> dict[str, int | str]:
    """What tells one city from another: size, seed, and the generator's own code."""
    code = sha256(b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))).hexdigest()
    return {"size": size, "seed": seed, "generator": code}


def _flat(records: pa.Table, block: Block) -> list[Flat]:
    rows: list[Flat] = flatten(records, block).to_pylist()
    return rows


def _strangers(rows: Sequence[Flat], start: int) -> list[Flat]:
    """Enterprises, each once, in the order of their codes."""
    each = {row["identifier.cn-uscc"]: row for row in rows}
    return [each[code] for code in sorted(each)][start : start + 20]


def _shaped(folder: Path, rows: list[Flat]) -> tuple[list[CityFile], list[Flat]]:
    """Write what fits an agency's own table there; give the files and the records that are left."""
    of_kind: dict[str, list[Flat]] = {}
    for row in rows:
        of_kind.setdefault(row["kind"], []).append(row)
    penalties, rest = shapes.split_events(of_kind.pop("penalty", []), shapes.is_penalty_row)
    notices, samples = shapes.split_events(of_kind.pop("sampling", []), shapes.is_food_notice_row)
    products = [row for row in samples if shapes.is_product_row(row)]
    rest += [row for row in samples if not shapes.is_product_row(row)]
    market, certification, _, approval, honours, *_ = (agency.code for agency in AGENCIES)
    shops = sorted({row["enterprise_name"] for row in rows if row["enterprise_name"].endswith("超市有限公司")})
    files = [
        _csv(folder / "penalties.csv", "cn-penalty", market, shapes.penalties(penalties)),
        _csv(folder / "food-notices.csv", "cn-food-sampling", market, shapes.food_notices(notices, shops), encoding="gb18030"),
        _workbook(folder / "product-sampling.xlsx", "cn-product-sampling", market, shapes.product_results(products)),
    ]
    for kind, write, name, agency, layout in (
        ("complaint", shapes.complaints, "complaints.csv", market, "cn-complaints"),
        ("recall", shapes.recalls, "recalls.csv", market, "cn-recalls"),
        ("award", shapes.awards, "awards.csv", honours, "cn-awards"),
        ("commitment", shapes.commitments, "commitments.csv", approval, "cn-commitments"),
    ):
        fitting = [row for row in of_kind[kind] if shapes.is_plain(row)]
        rest += [row for row in of_kind.pop(kind) if not shapes.is_plain(row)]
        files.append(_csv(folder / name, layout, agency, write(fitting)))
    held = [row for row in of_kind["certification"] if shapes.is_plain(row)]
    rest += [row for row in of_kind.pop("certification") if not shapes.is_plain(row)]
    files.append(_workbook(folder / "certificates.xlsx", "cn-certificates", certification, shapes.certificates(held)))
    return files, [*rest, *(row for rows in of_kind.values() for row in rows)]


def _native(folder: Path, name: str, rows: list[Flat]) -> tuple[CityFile, ...]:
    """One file of JSON Lines for each agency that has anything to say."""
    files = []
    for agency in AGENCIES:
        own = [row for row in rows if row["source"] == agency.code]
        if own:
            path = folder / f"{name}-{agency.code.removeprefix('sample-')}.jsonl"
            said = ({key: value for key, value in row.items() if key != "source" and value is not None} for row in own)
            path.write_text("".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in said), encoding="utf-8")
            files.append(CityFile(path, "native", agency.code, len(own)))
    return tuple(files)


def _csv(path: Path, profile: str, source: str, sheet: Sheet, *, encoding: str = "utf-8-sig") -> CityFile:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(sheet[0]))
        writer.writeheader()
        writer.writerows(sheet)
    return CityFile(path, profile, source, len(sheet))


def _workbook(path: Path, profile: str, source: str, sheet: Sheet) -> CityFile:
    columns = list(sheet[0])
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        book.set_properties({"created": datetime.combine(LAST_DAY, time.min)})  # the same city, the same bytes
        page = book.add_worksheet()
        page.write_row(0, 0, columns)
        for number, row in enumerate(sheet, 1):
            cells: list[Any] = [row[name] for name in columns]
            page.write_row(number, 0, cells)
    return CityFile(path, profile, source, len(sheet))
