"""What a look-up says: found, branch, ambiguous, not found; and to whom it says what."""

import pytest

from models.access import Role
from service.enterprise_answers import Ambiguous, EnterpriseAnswer, NothingFound
from service.settings import Settings
from tests.service.conftest import Served
from tests.service.serving import serving
from tests.service.town import BLACK, BRANCH, CLEAN, FORMER_NAME, LISTED_PERSON, OTHER_TWIN, PERSON, RENAMED, REPAIRED, TWIN

LISTS_OF_PROCUREMENT_LAW = {"judgment_debtor", "tax_serious", "procurement_serious"}


def test_an_enterprise_is_found_by_its_code_however_typed(town: Served) -> None:
    for typed in (CLEAN.code, CLEAN.code.lower(), " ".join(CLEAN.code)):
        answer = EnterpriseAnswer.model_validate_json(town.get(f"/v1/enterprises/cn-uscc/{typed}").content)
        assert answer.answer == "found"
        assert answer.enterprise.name == CLEAN.name
        assert answer.enterprise.region_name == "宁夏回族自治区银川市兴庆区"


def test_a_branch_says_so_and_names_its_head_office(town: Served) -> None:
    answer = EnterpriseAnswer.model_validate_json(town.get(BRANCH.path).content)
    assert answer.answer == "branch"
    assert answer.enterprise.head_office is not None
    assert answer.enterprise.head_office.value == CLEAN.code
    assert EnterpriseAnswer.model_validate_json(town.get(CLEAN.path).content).answer == "found"


def test_an_unknown_code_is_not_found_and_that_says_nothing_about_it(town: Served) -> None:
    answer = town.get("/v1/enterprises/cn-uscc/91350100M000100Y43")
    assert answer.status_code == 404
    body = answer.json()
    assert body["code"] == "enterprise.not_found"
    assert {
        line["code"] for line in body["held"] if line["what"] == "list" and not line["held"] and line["ask"]
    } >= LISTS_OF_PROCUREMENT_LAW


def test_a_mistyped_code_is_told_with_what_was_probably_meant(town: Served) -> None:
    wrong = CLEAN.code[:-1] + ("A" if CLEAN.code[-1] != "A" else "B")
    answer = town.get(f"/v1/enterprises/cn-uscc/{wrong}")
    assert (answer.status_code, answer.json()["code"]) == (422, "identifier.check_digit")
    assert CLEAN.code in answer.json()["suggestions"]
    looked_up = NothingFound.model_validate_json(town.get("/v1/look-up", q=wrong).content)
    assert CLEAN.code in looked_up.suggestions


def test_every_answer_says_what_is_held_here_and_where_the_rest_is_asked(town: Served) -> None:
    answers = [town.get(CLEAN.path), town.get("/v1/look-up", q=TWIN.name), town.get("/v1/look-up", q="没有这个企业")]
    for answer in answers:
        held = {line["code"]: line for line in answer.json()["held"]}
        assert held["quality_black"]["held"] is True
        assert held["quality_black"]["current_to"]
        for code in LISTS_OF_PROCUREMENT_LAW:
            assert held[code]["held"] is False
            assert held[code]["ask"]["zh"]
            assert held[code]["named_by"]
        assert held["sampling"]["held"] is False


def test_a_name_that_several_bear_is_ambiguous_and_nobody_is_guessed(town: Served) -> None:
    answer = Ambiguous.model_validate_json(town.get("/v1/look-up", q=TWIN.name).content)
    assert {one.enterprise.value for one in answer.candidates} == {TWIN.code, OTHER_TWIN.code}


def test_a_former_name_finds_the_enterprise_and_shows_its_present_name(town: Served) -> None:
    answer = EnterpriseAnswer.model_validate_json(town.get("/v1/look-up", q=FORMER_NAME).content)
    assert answer.enterprise.name == RENAMED.name
    assert [name.name for name in answer.enterprise.names] == [RENAMED.name, FORMER_NAME]


def test_a_name_is_found_in_full_width_and_with_other_brackets(town: Served) -> None:
    assert town.get("/v1/look-up", q=f" {CLEAN.name} ").json()["enterprise"]["name"] == CLEAN.name


def test_an_active_listing_is_shown_to_everybody_with_its_basis_and_dates(town: Served) -> None:
    for role in (Role.PUBLIC, Role.PROCUREMENT, Role.PLATFORM, Role.AUDITOR):
        (listing,) = EnterpriseAnswer.model_validate_json(town.get(BLACK.path, role).content).listings
        assert (listing.list, listing.colour, listing.state) == ("quality_black", "black", "in_force")
        assert listing.basis
        assert listing.authority
        assert listing.decision_no
        assert listing.title.zh == "质量严重失信黑名单"


def test_an_entry_that_was_repaired_is_not_shown_any_more(town: Served) -> None:
    for role in Role:
        assert town.get(REPAIRED.path, role).json()["listings"] == []


def test_a_sole_proprietor_is_shown_to_the_public_only_while_a_listing_names_them(town: Served) -> None:
    hidden = town.get(PERSON.path)
    absent = town.get("/v1/enterprises/cn-uscc/91350100M000100Y43")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json().keys() == absent.json().keys()
    assert town.get("/v1/look-up", q=PERSON.name).json()["answer"] == "not_found"
    assert PERSON.code not in town.get("/v1/enterprises", q="样品小吃店").text
    assert town.get(LISTED_PERSON.path).status_code == 200
    assert town.get(PERSON.path, Role.PROCUREMENT).status_code == 200


@pytest.mark.parametrize(
    ("asked", "first"),
    [(CLEAN.code, CLEAN.code), ("清白样品", CLEAN.code), (CLEAN.name, CLEAN.code), (FORMER_NAME, RENAMED.code), ("旧名样品", RENAMED.code)],
)
def test_search_finds_by_code_name_part_of_a_name_and_former_name(town: Served, asked: str, first: str) -> None:
    assert town.get("/v1/enterprises", q=asked).json()["hits"][0]["enterprise"]["value"] == first


def test_search_finds_a_name_with_one_wrong_character(town: Served) -> None:
    hits = town.get("/v1/enterprises", q="银川市清百样品食品有限公司").json()["hits"]
    assert CLEAN.code in {hit["enterprise"]["value"] for hit in hits}


def test_search_by_page_gives_each_hit_once(town: Served) -> None:
    whole = [hit["enterprise"]["value"] for hit in town.get("/v1/enterprises", q="样品", limit=50).json()["hits"]]
    paged: list[str] = []
    skip: int | None = 0
    while skip is not None:
        page = town.get("/v1/enterprises", q="样品", limit=3, skip=skip).json()
        paged += [hit["enterprise"]["value"] for hit in page["hits"]]
        skip = page["next"]
    assert paged == whole
    assert len(set(whole)) == len(whole)


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE listing; --",
        "%",
        "\\",
        "%%%___",
        "<script>alert(1)</script>",
        "a" * 200,
        "\u202e\u202e ab",
        "🧪🧪",
        "{{7*7}}",
        "%s%(x)s",
        "NULL",
    ],
)
def test_text_made_to_hurt_finds_nothing_and_hurts_nobody(town: Served, text: str) -> None:
    for path in ("/v1/enterprises", "/v1/look-up"):
        answer = town.get(path, Role.REGULATOR, q=text)
        assert answer.status_code in (200, 422)
        assert answer.headers["content-type"].split(";")[0] in ("application/json", "application/problem+json")
    assert town.get(BLACK.path).json()["listings"]


def test_nul_and_half_characters_are_malformed(town: Served) -> None:
    assert town.client.get("/v1/look-up?q=a%00b").status_code == 422
    assert town.client.get("/v1/look-up?q=%ED%A0%80%ED%A0%80").status_code in (200, 422)


def test_an_answer_held_already_is_not_sent_again(town: Served) -> None:
    first = town.get(CLEAN.path)
    again = town.client.get(CLEAN.path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert town.client.get(CLEAN.path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_look_up_never_holds_a_connection_while_it_waits_for_another(town: Served) -> None:
    with serving(town.url, settings=Settings(read_connections=1, write_connections=2)) as client:
        for asked in ({}, {"live": "true"}, {"as_of": "2026-06-01"}):
            answer = client.get(CLEAN.path, params=asked, headers=town.bearing(Role.PROCUREMENT))
            assert (answer.status_code, answer.json()["answer"]) == (200, "found")
