"""A check: facts with legal effect apart from the advisory score, kept as it was answered."""

import pytest

from models.access import Role
from service.check_answers import CheckAnswer
from tests.service.conftest import Served
from tests.service.town import BLACK, BRANCH, CLEAN, FORMER_NAME, RENAMED, REPAIRED, TWIN, code


def ask(town: Served, *suppliers: dict[str, str], role: Role = Role.PROCUREMENT, **more: object) -> CheckAnswer:
    answer = town.post("/v1/checks", role, json={"purpose": "procurement", "suppliers": suppliers} | more)
    assert answer.status_code == 201, answer.text
    return CheckAnswer.model_validate_json(answer.content)


def test_each_supplier_is_answered_in_its_place_and_way(town: Served) -> None:
    wrong = CLEAN.code[:-1] + ("A" if CLEAN.code[-1] != "A" else "B")
    answer = ask(
        town,
        {"code": CLEAN.code},
        {"name": BLACK.name},
        {"name": TWIN.name},
        {"name": "没有这个企业"},
        {"code": wrong},
        {"code": BRANCH.code, "name": "写错的名字"},
        {"name": FORMER_NAME},
        {"code": CLEAN.code.lower(), "name": CLEAN.name},
        {"code": code(999)},
    )
    outcomes = ["found", "found", "ambiguous", "not_found", "malformed", "branch", "found", "found", "not_found"]
    assert [one.outcome for one in answer.suppliers] == outcomes
    assert [one.no for one in answer.suppliers] == list(range(1, 10))
    clean, black, twin, nobody, typo, branch, former, both, _ = answer.suppliers
    assert clean.advisory is not None
    assert clean.facts == ()
    assert [fact.list for fact in black.facts] == ["quality_black"]
    assert black.facts[0].decision_no
    assert {one.enterprise.value for one in twin.candidates} > {TWIN.code}
    assert twin.enterprise is None
    assert nobody.advisory is None
    assert CLEAN.code in typo.suggestions
    assert branch.head_office is not None
    assert branch.head_office.value == CLEAN.code
    assert branch.name_agrees is False
    assert (former.found_by, former.enterprise and former.enterprise.value) == ("former_name", RENAMED.code)
    assert both.name_agrees is True


def test_a_score_is_advisory_and_never_among_the_facts(town: Served) -> None:
    (one,) = ask(town, {"code": CLEAN.code}).suppliers
    assert one.advisory is not None
    assert one.advisory.effect == "advisory"
    assert "score" not in str([fact.model_dump() for fact in one.facts])


def test_nothing_held_is_not_nothing_found(town: Served) -> None:
    held = {line.code: line for line in ask(town, {"code": CLEAN.code}).held}
    assert [held[code].held for code in ("judgment_debtor", "tax_serious", "procurement_serious")] == [False] * 3


def test_an_entry_that_may_no_longer_be_shown_is_in_no_check_outside_whatever_the_day(town: Served) -> None:
    (outside,) = ask(town, {"code": REPAIRED.code}, as_of="2026-03-01").suppliers
    (inside,) = ask(town, {"code": REPAIRED.code}, as_of="2026-03-01", role=Role.REGULATOR).suppliers
    assert outside.facts == ()
    assert [fact.end_cause for fact in inside.facts] == ["repaired"]


def test_a_day_to_come_is_refused(town: Served) -> None:
    given = {"purpose": "bidding", "as_of": "2999-01-01", "suppliers": [{"code": CLEAN.code}]}
    answer = town.post("/v1/checks", Role.PROCUREMENT, json=given)
    assert (answer.status_code, answer.json()["code"]) == (409, "check.in_future")


def test_a_check_is_kept_as_answered_for_its_asker_and_the_auditor_alone(town: Served) -> None:
    made = ask(town, {"code": CLEAN.code}, matter="YC-1")
    path = f"/v1/checks/{made.check_id}"
    for role in (Role.PROCUREMENT, Role.AUDITOR):
        assert CheckAnswer.model_validate_json(town.get(path, role).content) == made
        assert made.check_id in {line["check_id"] for line in town.get("/v1/checks", role).json()["checks"]}
    other, absent = town.get(path, Role.REGULATOR), town.get("/v1/checks/999999999", Role.REGULATOR)
    assert other.status_code == absent.status_code == 404
    assert other.json()["code"] == absent.json()["code"] == "check.not_found"
    assert made.check_id not in {line["check_id"] for line in town.get("/v1/checks", Role.REGULATOR).json()["checks"]}


def test_a_check_sent_twice_under_one_key_is_one_check(town: Served) -> None:
    given = {"purpose": "procurement", "suppliers": [{"code": CLEAN.code}]}
    first, again = (town.post("/v1/checks", Role.PROCUREMENT, json=given, headers={"Idempotency-Key": "k1"}) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    other = town.post("/v1/checks", Role.PROCUREMENT, json=given | {"matter": "x"}, headers={"Idempotency-Key": "k1"})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.reused")
    assert (
        town.post("/v1/checks", Role.REGULATOR, json=given, headers={"Idempotency-Key": "k1"}).json()["check_id"]
        != first.json()["check_id"]
    )


def test_checks_are_listed_by_page_latest_first(town: Served) -> None:
    for _ in range(3):
        ask(town, {"code": CLEAN.code})
    first = town.get("/v1/checks", Role.PROCUREMENT, limit=2).json()
    second = town.get("/v1/checks", Role.PROCUREMENT, limit=2, before=first["next"]).json()
    numbers = [line["check_id"] for page in (first, second) for line in page["checks"]]
    assert numbers == sorted(set(numbers), reverse=True)


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"purpose": "procurement", "suppliers": []}, "body.suppliers"),
        ({"purpose": "procurement", "suppliers": [{"name": "x"}] * 5001}, "body.suppliers"),
        ({"purpose": "procurement", "suppliers": [{}]}, "body.suppliers.0"),
        ({"purpose": "gossip", "suppliers": [{"name": "x"}]}, "body.purpose"),
        ({"purpose": "procurement", "suppliers": [{"name": "x", "score": 1}]}, "body.suppliers.0.score"),
        ({"purpose": "procurement", "suppliers": [{"name": "x"}], "known_at": "2026-01-01T00:00:00"}, "body.known_at"),
    ],
)
def test_a_malformed_check_says_where(town: Served, given: dict[str, object], where: str) -> None:
    answer = town.post("/v1/checks", Role.PROCUREMENT, json=given)
    assert answer.status_code == 422
    assert where in {fault["where"] for fault in answer.json()["faults"]}


def test_a_million_names_are_refused_by_their_size(town: Served) -> None:
    body = b'{"purpose":"procurement","suppliers":[' + b",".join([b'{"name":"some name"}'] * 1_000_000) + b"]}"
    answer = town.post("/v1/checks", Role.PROCUREMENT, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


def test_text_made_to_hurt_is_kept_and_given_back_as_it_came(town: Served) -> None:
    bad = "<script>alert(1)</script>'; DROP TABLE credit_check; --"
    made = ask(town, {"name": bad}, matter=bad)
    kept = CheckAnswer.model_validate_json(town.get(f"/v1/checks/{made.check_id}", Role.PROCUREMENT).content)
    assert (kept.matter, kept.suppliers[0].asked.name) == (bad, bad)


def test_five_thousand_suppliers_are_one_request(town: Served) -> None:
    suppliers = [{"code": CLEAN.code}, {"name": BLACK.name}] + [{"name": f"没有的企业{n}"} for n in range(4_998)]
    answer = ask(town, *suppliers)
    assert len(answer.suppliers) == 5_000
    assert [one.outcome for one in answer.suppliers[:3]] == ["found", "found", "not_found"]
