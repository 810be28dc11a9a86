"""Identifiers: what is read, what is refused, and what is suggested instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_10

from models.identifiers import (
    USCC_ALPHABET,
    Identifier,
    IdentifierError,
    WrongCheckDigit,
    key_of,
    name_key,
    organization_check_symbol,
    parse_identifier,
    registration_check_digit,
    uscc_check_symbol,
    warnings_of,
)

PUBLISHED = (
    "91350100M000100Y43",
    "91330203674737244W",
    "91330282L07196379D",
    "91330106673959654P",
    "91310115MA1K3CUM7M",
)

digits = st.text("0123456789", min_size=6, max_size=6)
symbols = st.text(USCC_ALPHABET, min_size=9, max_size=9)
codes = st.builds(lambda region, subject: f"91{region}{subject}", digits, symbols).map(lambda first: first + uscc_check_symbol(first))


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_codes_are_read_and_nothing_looks_odd(code: str) -> None:
    identifier = parse_identifier("cn-uscc", code)
    assert identifier.value == code
    assert warnings_of(identifier) == ()


@given(codes)
def test_the_check_symbol_agrees_with_the_reference_library(code: str) -> None:
    assert uscc.calc_check_digit(code[:17]) == code[17]
    assert parse_identifier("cn-uscc", code).value == uscc.validate(code)


@given(codes)
def test_case_width_and_blanks_make_no_difference(code: str) -> None:
    wide = "".join(chr(ord(symbol) + 0xFEE0) for symbol in code)
    for typed in (
        code.lower(),
        f" {code}\t",
        wide,
        f"{code[:8]} {code[8:]}",
        "\ufeff" + code,
    ):
        assert parse_identifier("cn-uscc", typed).value == code


@given(codes, st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
def test_one_wrong_character_is_never_accepted(code: str, place: int, symbol: str) -> None:
    mistyped = code[:place] + symbol + code[place + 1 :]
    if symbol != code[place]:
        with pytest.raises(IdentifierError):
            parse_identifier("cn-uscc", mistyped)


@given(codes, st.integers(0, 16))
def test_a_swap_of_neighbours_suggests_only_valid_codes(code: str, place: int) -> None:
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if swapped == code:
        return
    with pytest.raises(IdentifierError) as caught:
        parse_identifier("cn-uscc", swapped)
    assert len(caught.value.suggestions) <= 4
    for suggestion in caught.value.suggestions:
        assert parse_identifier("cn-uscc", suggestion).value == suggestion


def test_swapped_neighbours_suggest_the_code_that_was_meant() -> None:
    with pytest.raises(WrongCheckDigit, match="91330203674737244W") as caught:
        parse_identifier("cn-uscc", "9133020367473724W4")
    assert caught.value.suggestions[0] == "91330203674737244W"


def test_a_wrong_last_character_suggests_the_right_one_first() -> None:
    with pytest.raises(WrongCheckDigit) as caught:
        parse_identifier("cn-uscc", "91330203674737244X")
    assert caught.value.suggestions[0] == "91330203674737244W"
    assert caught.value.code == "identifier.check_digit"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("9I330203674737244W", "91330203674737244W"),
        ("9133O2O3674737244W", "91330203674737244W"),
    ],
)
def test_letters_that_cannot_stand_there_are_replaced_by_their_look_alikes(typed: str, meant: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_identifier("cn-uscc", typed)
    assert caught.value.suggestions == (meant,)


def test_an_old_number_in_the_place_of_a_code_is_pointed_to_its_scheme() -> None:
    with pytest.raises(IdentifierError, match="cn-registration-no") as caught:
        parse_identifier("cn-uscc", "640100200012345")
    assert caught.value.code == "identifier.length"


def test_an_inner_organisation_code_that_does_not_fit_is_only_a_warning() -> None:
    first = "91640100" + "123456789"
    identifier = parse_identifier("cn-uscc", first + uscc_check_symbol(first))
    assert organization_check_symbol("12345678") != "9"
    assert "GB 11714" in warnings_of(identifier)[0]


def test_an_old_registration_number_is_accepted_with_a_warning_when_its_last_digit_does_not_fit() -> None:
    good = "64010020001234" + registration_check_digit("64010020001234")
    bad = good[:14] + str((int(good[14]) + 1) % 10)
    assert warnings_of(parse_identifier("cn-registration-no", good)) == ()
    assert good in warnings_of(parse_identifier("cn-registration-no", bad))[0]
    with pytest.raises(IdentifierError):
        parse_identifier("cn-registration-no", "64010020001234A")


@given(st.text("0123456789", min_size=14, max_size=14))
def test_the_check_digit_of_registration_numbers_agrees_with_the_reference_library(
    first14: str,
) -> None:
    assert registration_check_digit(first14) == mod_11_10.calc_check_digit(first14)


def test_an_organisation_code_is_read_with_or_without_its_hyphen() -> None:
    assert parse_identifier("cn-organization-code", "67473724-4").value == "674737244"
    with pytest.raises(WrongCheckDigit, match="674737244"):
        parse_identifier("cn-organization-code", "674737245")


@pytest.mark.parametrize("value", ["", "   ", "x" * 65, "a\nb", "a\x00b"])
def test_free_schemes_refuse_empty_long_and_control_characters(value: str) -> None:
    with pytest.raises(IdentifierError):
        parse_identifier("toronto-dinesafe", value)


def test_the_known_false_code_is_refused_with_the_right_last_character_among_the_suggestions() -> None:
    with pytest.raises(WrongCheckDigit) as caught:
        parse_identifier("cn-uscc", "91310000607331990J")
    assert "91310000607331990X" in caught.value.suggestions


def test_any_well_formed_scheme_is_open() -> None:
    assert str(parse_identifier("toronto-dinesafe", " 1222807 ")) == "toronto-dinesafe:1222807"
    with pytest.raises(IdentifierError, match="not the name of an identifier scheme"):
        parse_identifier("Toronto DineSafe", "1222807")


def test_an_identifier_built_from_data_is_normalised_and_checked() -> None:
    assert Identifier(scheme="cn-uscc", value="91330203674737244w").value == "91330203674737244W"
    with pytest.raises(ValidationError, match="check digit"):
        Identifier(scheme="cn-uscc", value="91330203674737244X")


@given(
    st.lists(st.text(), min_size=1, max_size=4),
    st.lists(st.text(), min_size=1, max_size=4),
)
def test_keys_are_63_bits_and_differ_when_the_parts_differ(first: list[str], second: list[str]) -> None:
    assert 0 <= key_of(*first) < 1 << 63
    assert (key_of(*first) == key_of(*second)) == (first == second)


def test_keys_never_change() -> None:
    assert key_of("cn-uscc", "91350100M000100Y43") == 3079360532359615756


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("寧夏示例（集團）食品有限公司", "宁夏示例(集团)食品有限公司"),
        ("示例·甲乙 商贸有限公司", "示例甲乙商贸有限公司"),
        ("ＡＢＣ示例〔银川〕公司", "abc示例（银川）公司"),
        ("示例\u200b公司\u3000", "示例公司"),
    ],
)
def test_spellings_of_one_name_are_equal(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_names_that_differ_in_a_character_stay_apart() -> None:
    assert name_key("银川示例一号食品厂") != name_key("银川示例二号食品厂")


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x9FFF, exclude_categories=["Cs"])))
def test_a_name_key_has_no_blank_and_is_a_function_of_the_nfkc_form(name: str) -> None:
    assert not any(symbol.isspace() for symbol in name_key(name))
    assert name_key(f" {name} ") == name_key(name)
