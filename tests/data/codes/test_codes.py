"""Code tables: regions of every revision, industries on every level."""

from data.codes.industries import all_industries, find_industry, industry_name, industry_path
from data.codes.regions import all_regions, full_region_name, is_current_region, is_known_region, region_name, regions_within


def test_the_districts_of_yinchuan_are_its_six() -> None:
    names = [region.name for region in regions_within("640100")]
    assert names == ["银川市", "兴庆区", "西夏区", "金凤区", "永宁县", "贺兰县", "灵武市"]


def test_a_region_that_is_gone_stays_known() -> None:
    assert is_known_region("640103")
    assert not is_current_region("640103")
    assert region_name("640103") == "新城区"
    assert "640103" in {region.code for region in regions_within("6401", with_former=True)}


def test_longer_codes_are_known_by_their_first_six_digits() -> None:
    assert is_known_region("640104001")
    assert full_region_name("640104001") == "宁夏回族自治区银川市兴庆区"
    assert full_region_name("110105") == "北京市朝阳区"


def test_a_code_of_no_revision_is_not_known() -> None:
    assert not is_known_region("999999")
    assert region_name("999999") is None
    assert full_region_name("999999") is None


def test_all_provinces_are_there() -> None:
    assert sum(code.endswith("0000") and region.last is None for code, region in all_regions().items()) == 34


def test_industries_are_found_on_every_level_padded_or_not() -> None:
    assert industry_name("C") == "制造业"
    assert industry_name("14") == industry_name("1400") == "食品制造业"
    assert find_industry("143") == find_industry("1430")
    assert industry_name("C1432") == industry_name("1432")
    assert industry_name("A1432") is None
    assert industry_name("9999") is None


def test_an_industry_knows_what_is_above_it() -> None:
    assert [industry.code for industry in industry_path("1432")] == ["C", "14", "143", "1432"]
    assert industry_path("9999") == ()


def test_the_industries_are_those_of_2017() -> None:
    codes = all_industries()
    assert sum(code.isalpha() for code in codes) == 20
    assert sum(len(code) == 2 for code in codes) == 97
