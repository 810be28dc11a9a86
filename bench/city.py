"""The input of the measurements: the sample city as the relations a plan reads, and in a database; made once, kept under var/bench."""

import json
import shutil
from datetime import date
from pathlib import Path

import duckdb

from data.policy_files import load_shipped
from data.sample_city.relations import write_relations
from models.policies import Policy
from scoring.plan.relations import LISTINGS, needs_of

KEPT = Path("var/bench")
AS_OF = date(2026, 10, 31)
KNOWN_SEQ = 2
POLICY = "yinchuan-2026"
RELATIONS = ("questions", "records", "registry", "listings")

# The city is born without entries on lists; a rule that asks for them has these to look at.
_LISTINGS = """
SELECT enterprise_key, 'quality_red' AS list, 'red' AS colour, DATE '2025-03-01' AS starts_on, DATE '2027-03-01' AS ends_on
FROM e WHERE enterprise_key % 200 = 0
UNION ALL SELECT enterprise_key, 'quality_black', 'black', DATE '2025-06-01', DATE '2028-06-01' FROM e WHERE enterprise_key % 500 = 1
UNION ALL SELECT enterprise_key, 'serious_illegal', 'other', DATE '2025-06-01', NULL FROM e WHERE enterprise_key % 300 = 2
"""


def policy() -> Policy:
    return load_shipped(POLICY)


def relations(size: int) -> Path:
    """A folder with the four relations of a city of `size` enterprises and about ten records each, one Parquet file each."""
    folder = KEPT / f"relations-{size}"
    if not (folder / "made.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        raw = folder / "raw"
        print(f"making the relations of {size:,} enterprises in {folder}", flush=True)
        write_relations(raw, size)
        counts = _project(raw, folder)
        shutil.rmtree(raw)
        (folder / "made.json").write_text(json.dumps(counts))
    return folder


def rows_of(size: int) -> dict[str, int]:
    """How many rows each relation has."""
    counts: dict[str, int] = json.loads((relations(size) / "made.json").read_text())
    return counts


def _project(raw: Path, folder: Path) -> dict[str, int]:
    needs = needs_of(policy())
    fixed = [
        "record_key", "enterprise_key", "event_key", "kind", "outcome", "severity", "level", "capacity", "code", "occurred_on", "ended_on",
        "concluded_on", "decided_on", "rectified_on", "in_force_from", "in_force_until", "public_until", "repaired_on", "is_withdrawn",
        "known_seq", "superseded_seq",
    ]  # fmt: skip
    fixed += [f"(quantities_x10000::JSON->>'{name}')::BIGINT AS q_{name}" for name in needs.quantities]
    fixed += [f"detail::JSON->>'{name}' AS d_{name}" for name in needs.details]
    enterprises = f"read_parquet('{raw}/enterprise.parquet')"
    listings = ", ".join(LISTINGS.names)
    selections = {
        "questions": (
            f"SELECT row_number() OVER (ORDER BY enterprise_key) - 1 AS question, enterprise_key, DATE '{AS_OF}' AS as_of,"
            f" {KNOWN_SEQ}::BIGINT AS known_seq FROM {enterprises}"
        ),
        "records": f"SELECT {', '.join(fixed)} FROM read_parquet('{raw}/record.parquet')",
        "registry": (
            "SELECT enterprise_key, valid_from, valid_until, state, type, region, industry, size, registered_on, known_seq, superseded_seq"
            f" FROM read_parquet('{raw}/registry_fact.parquet')"
        ),
        "listings": (
            f"WITH e AS (SELECT enterprise_key FROM {enterprises}), s AS ({_LISTINGS})"
            f" SELECT {listings} FROM (SELECT *, 1::BIGINT AS known_seq, NULL::BIGINT AS superseded_seq FROM s)"
        ),
    }
    counts = {}
    with duckdb.connect(":memory:", config={"memory_limit": "2GB", "threads": 2, "preserve_insertion_order": False}) as connection:
        connection.execute("SET enable_progress_bar = false")
        for name, selection in selections.items():
            file = folder / f"{name}.parquet"
            connection.execute(f"COPY ({selection}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
            counts[name] = connection.execute(f"SELECT count(*) FROM read_parquet('{file}')").fetchall()[0][0]
    return counts
