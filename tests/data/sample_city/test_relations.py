"""The city as relations: lawful, reproducible, plausible, and loadable as it stands."""

import collections
import itertools
import json

import numpy as np
import pyarrow as pa
import pytest

from data.database import connect
from data.sample_city.enterprises import LIMIT, THREE_CHARACTERS, blocks, make_block
from data.sample_city.loading import NotEmpty, load_relations
from data.sample_city.relations import generate_relations
from models.identifiers import key_of, name_key, normalise
from models.records import RECORD

SIZE = 1_500


@pytest.fixture(scope="module")
def city() -> dict[str, pa.Table]:
    parts: dict[str, list[pa.Table]] = collections.defaultdict(list)
    for name, part in generate_relations(SIZE, 7):
        parts[name].append(part)
    return {name: pa.concat_tables(tables) for name, tables in parts.items()}


def test_the_same_seed_gives_the_same_city(city: dict[str, pa.Table]) -> None:
    again = [part for name, part in generate_relations(SIZE, 7) if name == "record"]
    assert pa.concat_tables(again).equals(city["record"])
    other = [part for name, part in generate_relations(SIZE, 8) if name == "record"]
    assert not pa.concat_tables(other).equals(city["record"])


def test_codes_check_and_belong_to_no_registration_authority() -> None:
    block = next(blocks(SIZE, 7))
    codes = block.codes.to_pylist()
    assert [normalise("cn-uscc", code) for code in codes] == codes
    assert {code[0] for code in codes} == {"X"}
    assert block.keys.tolist() == [key_of("cn-uscc", code) for code in codes]


def test_every_name_says_that_it_is_a_sample_and_is_normalised_as_intake_does_it(city: dict[str, pa.Table]) -> None:
    names = city["enterprise_name"].to_pylist()
    assert all("样例" in row["name"] and row["name_key"] == name_key(row["name"]) for row in names)
    assert len({row["name"] for row in names}) == len(names)


@pytest.mark.parametrize("first", [THREE_CHARACTERS, LIMIT - 500])
def test_names_and_codes_of_a_large_city_repeat_none_of_a_small_one(first: int) -> None:
    early, late = (make_block(start, 500, np.random.default_rng(7)) for start in (first % THREE_CHARACTERS, first))
    assert not set(early.names.to_pylist()) & set(late.names.to_pylist())
    assert not set(early.codes.to_pylist()) & set(late.codes.to_pylist())
    assert all(normalise("cn-uscc", code) == code for code in late.codes.to_pylist())
    assert all("样例" in name for name in late.names.to_pylist())


def test_spans_of_an_enterprise_follow_each_other(city: dict[str, pa.Table]) -> None:
    spans = collections.defaultdict(list)
    for row in city["registry_fact"].to_pylist():
        spans[row["enterprise_key"]].append((row["valid_from"], row["valid_until"]))
    assert len(spans) == SIZE
    for of_one in spans.values():
        of_one.sort()
        assert of_one[-1][1] is None
        assert all(earlier[1] == later[0] for earlier, later in itertools.pairwise(of_one))


def test_every_record_is_one_that_intake_would_take(city: dict[str, pa.Table]) -> None:
    for row in city["record"].to_pylist():
        shape = {name: row[name] for name in row if name in RECORD_FIELDS and row[name] is not None}
        shape["quantities"] = {name: amount / 10_000 for name, amount in json.loads(row["quantities_x10000"]).items()}
        RECORD.validate_python(shape | {"detail": json.loads(row["detail"])})
        assert row["record_key"] == key_of(row["source"], row["source_ref"])
        assert row["event_key"] == (key_of(row["source"], row["event_ref"]) if row["event_ref"] else row["record_key"])


RECORD_FIELDS = {
    *("source_ref", "event_ref", "kind", "outcome", "severity", "level", "capacity", "code", "title", "authority", "document_no"),
    *("occurred_on", "ended_on", "concluded_on", "decided_on", "served_on", "published_on", "rectified_on", "in_force_from"),
    *("in_force_until", "public_until", "repaired_on"),
}


def test_there_are_about_ten_records_to_an_enterprise_of_every_kind_some_of_them_revised(city: dict[str, pa.Table]) -> None:
    table = city["record"]
    assert 8 * SIZE < table.num_rows < 12 * SIZE
    assert len(set(table["kind"].to_pylist())) == 13
    rows = table.to_pylist()
    revisions = collections.Counter(row["record_key"] for row in rows)
    assert max(revisions.values()) == 2
    assert any(row["is_withdrawn"] for row in rows)
    assert sum(row["superseded_seq"] is None for row in rows) == len(revisions)
    assert any(row["concluded_on"] is None for row in rows)


def test_a_city_is_loaded_as_it_was_generated_and_only_into_an_empty_database(database: str, city: dict[str, pa.Table]) -> None:
    counts = load_relations(database, SIZE, 7)
    assert counts == {name: city[name].num_rows for name in counts}
    with connect(database) as connection:
        found = connection.execute("SELECT count(*), sum(record_key), max(known_seq) FROM record").fetchone()
        assert found is not None
        assert found[:2] == (city["record"].num_rows, sum(city["record"]["record_key"].to_pylist()))
        assert connection.execute("SELECT known_seq FROM knowledge_head").fetchone() == (found[2],) == (2,)
    with pytest.raises(NotEmpty):
        load_relations(database, SIZE, 7)
