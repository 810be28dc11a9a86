"""Catalogues of measures: a sound one is read, a broken one tells every fault with line and field."""

import hashlib

import pytest

from data.measure_files import SHIPPED, FaultyCatalogue, catalogue_hash, load_catalogue, shipped_catalogue
from models.law import Mark
from models.measures import Effect

TEXT = shipped_catalogue()


def faults(old: str, new: str) -> list[str]:
    assert old in TEXT, old
    with pytest.raises(FaultyCatalogue) as refused:
        load_catalogue(TEXT.replace(old, new, 1), file="c.yaml")
    return [f"{fault.code} {fault.field}" for fault in refused.value.faults]


def test_nobody_must_be_refused_on_a_sample_value_in_the_shipped_catalogue() -> None:
    catalogue = load_catalogue(TEXT, file="c.yaml")
    refusals = [one for one in catalogue.measures if one.effect is Effect.MUST_REFUSE]
    assert len(refusals) == 4
    assert all(any(clause.mark is not Mark.SAMPLE for clause in one.clauses) for one in refusals)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("lists: [judgment_debtor, tax", "lists: [dishonest, tax", "measures.unknown_list measures[0].lists[0]"),
        ("act: mof-2016-125", "act: mof-1999-1", "measures.unknown_act measures[0].clauses[0].act"),
        ("in_force_from: 2022-02-08", "in_force_from: 2022-02-07", "measures.act_not_in_force measures[2].clauses[1].act"),
        ("code: refuse_large_fine", "code: refuse_grave_offence", "measures.duplicate_code measures[2].code"),
        ("outcome: revocation}", "outcome: revoked}", "measures.unknown_outcome measures[1].grave[1].records.outcome"),
        ("lists: [quality_red]", "grave: []", "measures.bad_value measures[10]"),
        ("title: {zh: 优先办理、容缺受理, en:", "title: {zh: ' ', en:", "measures.empty_title measures[10].title.zh"),
        ("effect: may_restrict", "effect: may_refuse", "measures.unknown_value measures[4].effect"),
        ("setting: bidding", "setting: gossip", "measures.unknown_value measures[5].setting"),
        ("agency: {zh: 有关", "agencies: {zh: 有关", "measures.missing_field measures[9].agency"),
        ("lasts: {years: 15}", "lasts: {forever: true}", "measures.bad_value checks_kept"),
        ("kind: judgment, outcome: convicted", "kind: judgment, listed: [quality_black]", "measures.bad_value measures[1].grave[0]"),
        (
            "in_force_from: 2022-02-08",
            "in_force_from: 2022-02-08\n  in_force_until: 2022-02-08",
            "measures.dates_reversed measures[2].in_force_until",
        ),
    ],
)
def test_each_fault_is_told_with_its_field(old: str, new: str, told: str) -> None:
    assert told in faults(old, new)


def test_a_refusal_on_a_sample_value_is_a_fault() -> None:
    text = TEXT.replace("effect: preference", "effect: must_refuse", 1)
    with pytest.raises(FaultyCatalogue, match="nobody must be refused on a sample value") as refused:
        load_catalogue(text, file="c.yaml")
    assert [fault.code for fault in refused.value.faults] == ["measures.refusal_without_basis"]
    assert refused.value.faults[0].line > 100


def test_all_faults_are_told_at_once() -> None:
    text = TEXT.replace("lists: [quality_red]", "lists: [quality_read]").replace("act: court-2016-285", "act: court-2016")
    with pytest.raises(FaultyCatalogue) as refused:
        load_catalogue(text, file="c.yaml")
    assert len(refused.value.faults) == 2


def test_the_hash_is_of_what_is_said_and_not_of_how_it_is_laid_out() -> None:
    plain = catalogue_hash(load_catalogue(TEXT, file="c.yaml"))
    assert catalogue_hash(load_catalogue(TEXT + "\n# a remark\n", file="c.yaml")) == plain
    assert catalogue_hash(load_catalogue(TEXT.replace("2000000", "3000000"), file="c.yaml")) != plain


def test_no_shipped_catalogue_changed_since_it_was_locked() -> None:
    lines = [line.split("  ", 1) for line in (SHIPPED / "LOCK").read_text(encoding="utf-8").splitlines()]
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in SHIPPED.glob("*.yaml")}
    assert found == {name: digest for digest, name in lines}, "a published file is frozen: give the change a new version"


@pytest.mark.parametrize("text", ["", "- 1", "catalogue: 1", "a: &x 1\nb: *x", "measures: [{}]", "\x00"])
def test_what_is_no_catalogue_is_told_so(text: str) -> None:
    with pytest.raises(FaultyCatalogue):
        load_catalogue(text, file="c.yaml")
