"""The city's files: every one is read by its profile, and says what the relations say."""

import collections
from pathlib import Path

import pytest

from data.intake.parsed import ParsedRow
from data.intake.parsing import open_parsing
from data.intake.profiles import load_profile
from data.sample_city.files import City, CityFile, write_city, write_native_csv

SIZE = 1_200


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return write_city(tmp_path_factory.mktemp("city"), size=SIZE, seed=7)


def read(file: CityFile) -> list[ParsedRow]:
    with open_parsing(file.path, load_profile(file.profile)) as parsing:
        return list(parsing.rows())


def test_the_registry_names_every_enterprise_once_and_a_head_office_before_its_branches(city: City) -> None:
    rows = read(city.registry)
    assert not any(row.problems for row in rows)
    seen = set()
    for row in rows:
        (enterprise,) = row.enterprises
        assert all(link.identifier in seen for link in enterprise.links)
        seen.add(enterprise.identifiers[0])
    assert len(seen) == len(rows) == SIZE
    assert any(row.enterprises[0].former_names for row in rows)
    assert any(row.enterprises[0].is_natural_person for row in rows)


def test_every_clean_file_is_taken_whole_and_all_kinds_come(city: City) -> None:
    kinds: collections.Counter[str] = collections.Counter()
    for file in city.records[:-1] + city.corrections:
        rows = read(file)
        assert len(rows) == file.rows
        assert [row.problems for row in rows if row.problems] == [], file.path.name
        kinds.update(record.fields["kind"] for row in rows for record in row.records)
    assert len(kinds) == 13


def test_the_dirty_file_holds_slips_of_many_sorts_and_sound_rows(city: City) -> None:
    rows = read(city.records[-1])
    codes = {problem.code for row in rows for problem in row.problems}
    assert {"identifier.check_digit", "value.impossible_date", "value.negative"} <= codes
    assert {problem.code for row in rows for problem in row.notes} == {"value.personal_data_dropped"}
    assert sum(not row.problems for row in rows) > 8


def test_a_large_file_of_the_native_layout_has_one_header_and_every_row_is_sound(tmp_path: Path) -> None:
    file = write_native_csv(tmp_path / "native.csv", size=300, source="sample-market", seed=7)
    rows = read(file)
    assert len(rows) == file.rows
    assert not any(row.problems for row in rows)


def test_the_same_city_has_the_same_bytes_and_is_not_written_twice(city: City, tmp_path: Path) -> None:
    again = write_city(tmp_path, size=SIZE, seed=7)
    for one, other in zip(city.records, again.records, strict=True):
        assert one.path.read_bytes() == other.path.read_bytes(), one.path.name
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert write_city(tmp_path, size=SIZE, seed=7) == again
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
