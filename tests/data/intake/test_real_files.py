"""Real public data, where a folder of it is at hand: set QCREDIT_REAL_DATA to it. Nothing of it is kept or named here."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.codes.regions import is_current_region, is_known_region
from data.intake.cleaning import date_of
from data.intake.packed_cells import failed_items
from data.intake.parsing import open_parsing
from data.intake.profiles import load_profile
from data.intake.readers.opening import open_rows
from models.identifiers import parse_identifier


@pytest.fixture(scope="module")
def real_data() -> Path:
    folder = os.environ.get("QCREDIT_REAL_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("QCREDIT_REAL_DATA names no folder with the public data sets")
    return Path(folder)


def _rows(path: Path) -> Iterator[dict[str, object]]:
    with open_rows(path) as rows:
        for _, cells in rows:
            assert isinstance(cells, list)
            yield dict(zip(rows.header, cells, strict=True))


def test_all_codes_that_were_issued_are_accepted_in_either_case(real_data: Path) -> None:
    codes = (real_data / "cn_registry/share_uscc_valid_list.txt").read_text().split()
    assert len(codes) == 2011
    for code in codes:
        assert parse_identifier("cn-uscc", code).value == code
        assert parse_identifier("cn-uscc", code.lower()).value == code


def test_regions_inside_the_codes_are_known_in_some_revision_though_many_are_gone(real_data: Path) -> None:
    codes = (real_data / "cn_registry/share_uscc_valid_list.txt").read_text().split()
    regions = [code[2:8] for code in codes]
    assert sum(map(is_known_region, regions)) >= len(regions) * 0.97
    assert sum(map(is_current_region, regions)) < len(regions) * 0.9


def test_every_region_code_of_every_revision_is_known(real_data: Path) -> None:
    with open_rows(real_data / "cn_codes/gb2260_all_revisions.parquet") as rows:
        code = rows.header.index("code")
        assert all(is_known_region(str(cells[code])) for _, cells in rows if isinstance(cells, list))


def test_the_registry_file_is_read_with_all_its_dates(real_data: Path) -> None:
    rows = list(_rows(real_data / "cn_registry/share_enterprises_minimal.csv"))
    assert len(rows) == 441
    for row in rows:
        parse_identifier("cn-uscc", str(row["uni_social_crd_cd"]))
        assert date_of(str(row["est_dt"])) is not None
        date_of(str(row["opt_to"]))


def test_every_failed_item_of_real_notices_is_split(real_data: Path) -> None:
    rows = list(_rows(real_data / "cn_food_sampling/filtered_samples.csv"))
    assert len(rows) == 5000
    for row in rows:
        items = failed_items(str(row["adulterant"]))
        assert len(items) == len([part for part in str(row["adulterant"]).replace("；", ";").split(";") if part.strip()])


def test_the_inspections_are_read_to_the_last_row(real_data: Path) -> None:
    assert sum(1 for _ in _rows(real_data / "toronto_dinesafe/share_dinesafe_2001_2009.parquet")) == 77_686


def test_every_csv_at_hand_is_opened_and_read(real_data: Path) -> None:
    for path in real_data.rglob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as plain, open_rows(path) as rows:
            expected = sum(any(cells) for cells in csv.reader(plain)) - 1
            assert sum(1 for _ in rows) == expected, path.name


def test_the_seven_states_of_the_recall_feed_are_read_and_the_doubled_reference_is_seen(real_data: Path) -> None:
    doubled = []
    for path in sorted((real_data / "us_food_recalls/snapshots").glob("*.json")):
        parsing = open_parsing(path, load_profile("us-food-recalls"))
        rows = list(parsing.rows())
        assert {problem.code for row in rows for problem in row.problems} <= {"row.no_enterprise"}
        references = [row.cells[parsing.columns.index("uid")] for row in rows]
        doubled.append(len(references) - len(set(references)))
    assert doubled == [0, 0, 0, 0, 0, 0, 1]


def test_the_register_and_the_inspections_go_through_their_profiles_without_a_rejected_row(real_data: Path) -> None:
    register = open_parsing(real_data / "cn_registry/share_enterprises_minimal.csv", load_profile("cn-registry"))
    enterprises = [enterprise for row in register.rows() for enterprise in row.enterprises]
    assert len(enterprises) == 441
    assert {enterprise.state for enterprise in enterprises} == {"in_business", "deregistered", "revoked"}
    inspections = open_parsing(real_data / "toronto_dinesafe/share_dinesafe_2001_2009.parquet", load_profile("toronto-dinesafe"))
    records = [record for row in inspections.rows() for record in row.records]
    assert len(records) == 77_686
    assert len({record.fields["event_ref"] for record in records}) == 52_175
    assert len({record.identifiers for record in records}) == 4_163
