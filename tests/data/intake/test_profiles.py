"""Profiles: each shipped one reads its invented file, and a broken one is told all its faults at once."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from data.intake.columns import MissingColumns
from data.intake.parsed import ParsedEnterprise, ParsedLink, ParsedName, ParsedRecord, ParsedRow
from data.intake.parsing import open_parsing, parse_objects
from data.intake.profiles import ProfileFaults, ProfileNotFound, list_profiles, load_profile, read_profile
from data.stores.staged import RECORD_FIELDS
from models.records import ANCHORS, QUANTITY_SCALE, RECORD, AnyRecord, Kind, detail_fields, outcomes

EXAMPLES = files("data.profiles") / "examples"
MAKER, SHOP, CABLES, TOYS = (f"X1640100MA000000{number}" for number in "1267")


def rows_of(profile: str, content: str | None = None) -> list[ParsedRow]:
    ending = "json" if profile.startswith("us-") else "csv"
    file = BytesIO(content.encode() if content is not None else (EXAMPLES / f"{profile}.{ending}").read_bytes())
    return list(open_parsing(file, load_profile(profile), name=f"example.{ending}").rows())


def shape_of(record: ParsedRecord) -> AnyRecord:
    """Build the shape of what a profile gave; whatever is stored must be one."""
    given = dict(record.fields)
    amounts = {name: Decimal(amount) / QUANTITY_SCALE for name, amount in given.pop("quantities_x10000", {}).items()}
    enterprise = [{"scheme": scheme, "value": value} for scheme, value in record.identifiers]
    withdrawn = given.pop("is_withdrawn", False)
    return RECORD.validate_python(
        {**given, "quantities": amounts, "withdrawn": withdrawn, "enterprise": enterprise, "enterprise_name": record.name}
    )


def founded_on(record: ParsedRecord) -> str:
    return record.identifiers[0][1][:17] if record.identifiers else f"name {record.name}"


@pytest.mark.parametrize("profile", [name for name in list_profiles() if load_profile(name).profile.target == "records"])
def test_every_profile_of_records_gives_what_the_shapes_accept_from_its_example(profile: str) -> None:
    rows = rows_of(profile)
    records = [record for row in rows for record in row.records]
    assert records
    for record in records:
        shape_of(record)
        assert set(record.fields) <= set(RECORD_FIELDS)
        assert {"source_ref", "kind", "outcome", "occurred_on"} <= set(record.fields)
    references = [record.fields["source_ref"] for record in records]
    assert len(set(references)) == len(references)
    assert [row.problems[0].code for row in rows if row.problems] == (["row.natural_person"] if profile == "cn-penalty" else [])


def test_a_notice_of_failed_food_is_about_both_producers_and_the_sampled_shop_item_by_item() -> None:
    notice, greens = rows_of("cn-food-sampling")
    found = [(founded_on(record), record.fields["capacity"], record.fields["detail"]["items"]) for record in notice.records]
    assert found == [
        ("name 银川样例甲食品有限公司", "nominal_producer", "菌落总数"),
        ("name 银川样例甲食品有限公司", "nominal_producer", "苯甲酸"),
        ("name 吴忠样例丙食品有限公司", "nominal_producer", "菌落总数"),
        ("name 吴忠样例丙食品有限公司", "nominal_producer", "苯甲酸"),
        (SHOP, "sampled_unit", "菌落总数"),
        (SHOP, "sampled_unit", "苯甲酸"),
    ]
    assert {record.fields["event_ref"] for record in notice.records} == {"YLCY2024001"}
    assert notice.records[1].fields["detail"]["standard"] == "不得使用"
    assert notice.records[0].fields["concluded_on"] == date(2024, 3, 5)
    assert [record.fields["capacity"] for record in greens.records] == ["sampled_unit"]


def test_the_reference_of_a_packed_item_does_not_depend_on_its_place() -> None:
    content = (EXAMPLES / "cn-food-sampling.csv").read_text(encoding="utf-8")
    first, second = "菌落总数║1.2×10⁵CFU/g║≤10⁵CFU/g", "苯甲酸║0.03g/kg║不得使用"
    turned = rows_of("cn-food-sampling", content.replace(f"{first}；{second}", f"{second}；{first}"))
    straight = rows_of("cn-food-sampling")
    assert {(r.fields["source_ref"], r.fields["detail"]["items"]) for r in turned[0].records} == {
        (r.fields["source_ref"], r.fields["detail"]["items"]) for r in straight[0].records
    }


def test_a_decision_with_several_penalties_is_one_event_and_each_penalty_has_its_own_amount_in_yuan() -> None:
    both, warning, person = rows_of("cn-penalty")
    found = {record.fields["outcome"]: record.fields.get("quantities_x10000", {}) for record in both.records}
    assert found == {"confiscation": {"confiscated_cny": 320 * QUANTITY_SCALE}, "fine": {"fine_cny": 15_000 * QUANTITY_SCALE}}
    assert {record.fields["event_ref"] for record in both.records} == {"样市监罚〔2024〕11号"}
    assert {record.fields["outcome"]: record.fields.get("severity") for record in both.records} == {"confiscation": None, "fine": "general"}
    assert both.records[0].fields["code"] == "food_safety_violation"
    assert "in_force_until" not in both.records[0].fields  # 9999-12-31 is no day
    assert "public_until" not in both.records[0].fields  # nor is 1900-1-1
    assert warning.records[0].fields["public_until"] == date(2024, 7, 2)
    assert warning.records[0].fields["code"] == "labelling_violation"
    assert person.records == ()
    assert person.problems[0].code == "row.natural_person"


def test_sampling_of_products_knows_failures_clean_results_and_rechecks() -> None:
    records = [record for row in rows_of("cn-product-sampling") for record in row.records]
    found = [
        (r.fields["outcome"], r.fields["detail"]["stage"], r.fields["detail"].get("items"), r.fields["quantities_x10000"]) for r in records
    ]
    assert found == [
        ("failed", "first", "导体电阻", {"goods_value_cny": 12_000 * QUANTITY_SCALE}),
        ("failed", "first", "绝缘厚度", {"goods_value_cny": 12_000 * QUANTITY_SCALE}),
        ("none_found", "first", None, {"goods_value_cny": 800 * QUANTITY_SCALE}),
        ("failed", "recheck", "导体电阻", {"goods_value_cny": 12_000 * QUANTITY_SCALE}),
    ]


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("cn-complaints", [("substantiated", "food_safety_violation"), ("settled", None)]),
        ("cn-recalls", [("voluntary", "general"), ("refused", "serious")]),
        ("cn-certificates", [("valid", date(2026, 1, 9)), ("suspended", date(2027, 2, 28))]),
        ("cn-awards", [("quality_award", "city"), ("contract_keeping", "province")]),
        ("cn-commitments", [("kept", "publication"), ("false_statement", "approval")]),
        ("us-food-recalls", [("voluntary", "serious"), ("voluntary", None)]),
        ("toronto-dinesafe", [("found", None), ("found", None), ("found", True), ("none_found", None)]),
    ],
)
def test_the_other_tables_are_mapped_to_the_closed_sets(profile: str, expected: list[tuple[str, Any]]) -> None:
    look: dict[str, Callable[[dict[str, Any]], Any]] = {
        "cn-complaints": lambda fields: fields.get("code"),
        "cn-recalls": lambda fields: fields.get("severity"),
        "us-food-recalls": lambda fields: fields.get("severity"),
        "cn-certificates": lambda fields: fields.get("in_force_until"),
        "cn-awards": lambda fields: fields.get("level"),
        "cn-commitments": lambda fields: fields["detail"].get("commitment"),
        "toronto-dinesafe": lambda fields: fields.get("is_withdrawn") or None,
    }
    records = [record for row in rows_of(profile) for record in row.records]
    assert [(record.fields["outcome"], look[profile](record.fields)) for record in records] == expected


def test_an_inspection_whose_charge_is_pending_is_not_concluded() -> None:
    fined, pending, *_ = [record.fields for row in rows_of("toronto-dinesafe") for record in row.records]
    assert fined["concluded_on"] == date(2005, 2, 15)
    assert "concluded_on" not in pending
    assert fined["event_ref"] == pending["event_ref"]


def enterprises_of(profile: str, content: str | None = None) -> list[ParsedEnterprise]:
    return [enterprise for row in rows_of(profile, content) for enterprise in row.enterprises]


def test_a_register_gives_names_states_and_dates_and_nothing_of_persons() -> None:
    maker, shop, stall = enterprises_of("cn-registry")
    assert maker.identifiers[0][1].startswith(MAKER)
    assert maker.name == ParsedName("银川样例甲食品有限公司")
    assert maker.former_names == (ParsedName("银川样例甲食品厂"),)
    assert (maker.state, maker.region, maker.industry, maker.registered_on) == ("in_business", "640104", "1432", date(2015, 6, 1))
    assert (shop.state, shop.registered_on) == ("deregistered", date(2018, 1, 10))
    assert (stall.state, stall.is_natural_person) == ("revoked", True)
    row = next(iter(rows_of("cn-registry")))
    assert "样例人" not in row.cells


def test_a_branch_is_linked_to_its_head_office() -> None:
    head, _, branch = enterprises_of("native-registry")
    assert branch.links == (ParsedLink("branch_of", head.identifiers[0]),)
    assert head.former_names == (ParsedName("银川样例甲食品厂"), ParsedName("银川样例老甲食品厂"))
    assert head.links == ()


def test_regions_and_industries_that_the_tables_do_not_know_are_noted_and_taken_over() -> None:
    (row,) = rows_of("native-registry", f"cn_uscc,name,region,industry\n{CODE},样例,999999,6229\n")
    assert (row.enterprises[0].region, row.enterprises[0].industry) == ("999999", "6229")
    assert {"value.unknown_region", "value.unknown_industry"} <= {note.code for note in row.notes}


HEAD = "source_ref,cn_uscc,kind,outcome,severity,occurred_on,concluded_on,quantities.fine_cny,detail.field\n"
CODE = (EXAMPLES / "native.csv").read_text(encoding="utf-8").split("\n")[1].split(",")[2]


@pytest.mark.parametrize(
    ("cells", "column", "code", "suggestion"),
    [
        ("1,X,penalty,fine,,2024-01-01,,,", "cn_uscc", "identifier.length", None),
        (f"1,{CODE[:17]}{'A' if CODE[17] != 'A' else 'B'},penalty,fine,,2024-01-01,,,", "cn_uscc", "identifier.check_digit", ...),
        (f"1,{CODE},penalty,fine,,2024-02-30,,,", "occurred_on", "value.impossible_date", "2024-02-29"),
        (f"1,{CODE},penalty,fine,,2024-01-01,,-5,", "quantities.fine_cny", "value.negative", "5"),
        (f"1,{CODE},penalty,fined,,2024-01-01,,,", "outcome", "value.not_in_set", "fine"),
        (f"1,{CODE},complaint,settled,serious,2024-01-01,,,", "severity", "value.not_in_set", None),
        (f"1,{CODE},penalty,fine,,2024-01-01,2023-12-31,,", "concluded_on", "row.dates_disagree", None),
        (f"1,{CODE},penalty,fine,,2024-01-01,,,fod", "detail.field", "value.not_in_set", "food"),
        (f"1,{CODE},award,charity,,2024-01-01,,,food", "detail.field", "value.not_in_set", None),
        (f"1,{CODE},penalty,,,2024-01-01,,,", "outcome", "row.required", None),
        (f",{CODE},penalty,fine,,2024-01-01,,,", "source_ref", "row.required", None),
        (f"1,{CODE},penalty,fine,,,,,", "occurred_on", "row.required", None),
        ("1,,penalty,fine,,2024-01-01,,,", "cn_uscc", "row.no_enterprise", None),
        (f"1,{CODE},listing,listed,,2024-01-01,,,", "detail.list", "row.list_missing", None),
        (f"1,{CODE},penalty", None, "row.too_short", None),
        (f"1,{CODE},penalty,fine,,2024-01-01,,,,one,more", None, "row.too_long", None),
    ],
)
def test_a_bad_row_says_where_what_and_what_to_do(cells: str, column: str | None, code: str, suggestion: object) -> None:
    (row,) = rows_of("native", f"{HEAD}{cells}\n")
    assert not row.records
    told = [(problem.column, problem.code) for problem in row.problems]
    assert told == [(column, code)]
    if suggestion is ...:
        assert CODE in str(row.problems[0].suggestion)
    else:
        assert row.problems[0].suggestion == suggestion
    assert row.problems[0].row_no == 2


def test_every_fault_of_a_row_is_told_at_once() -> None:
    (row,) = rows_of("native", f"{HEAD}1,X,penalty,fine,,2024-02-30,soon,-1,\n")
    assert {problem.code for problem in row.problems} == {"identifier.length", "value.impossible_date", "value.date", "value.negative"}


def test_personal_data_refuses_a_row_and_is_masked_in_all_that_is_kept_of_it() -> None:
    content = f"source_ref,cn_uscc,kind,outcome,occurred_on,title,unused\n1,{CODE},penalty,fine,2024-01-01,找13800001111,13900001111\n"
    (row,) = rows_of("native", content)
    assert [problem.code for problem in row.problems] == ["value.personal_data"]
    kept = f"{row.cells} {row.problems}"
    assert "13800001111" not in kept
    assert "13900001111" not in kept


def test_a_profile_may_drop_personal_data_and_says_so() -> None:
    content = (EXAMPLES / "cn-penalty.csv").read_text(encoding="utf-8").replace("标签缺少生产日期", "标签缺少生产日期，电话13800001111")
    warning = rows_of("cn-penalty", content)[1]
    assert warning.records[0].fields["detail"]["violation"] == "标签缺少生产日期，电话***"
    assert [note.code for note in warning.notes] == ["value.personal_data_dropped"]
    assert "13800001111" not in str(warning)


def test_hostile_text_is_kept_as_the_text_it_is() -> None:
    text = "<script>alert(1)</script>'); DROP TABLE record; -- =HYPERLINK(1)"
    (row,) = rows_of("native", f"source_ref,cn_uscc,kind,outcome,occurred_on,title\n1,{CODE},penalty,fine,2024-01-01,{text}\n")
    assert row.records[0].fields["title"] == text


def test_missing_columns_are_all_named_with_what_may_be_meant() -> None:
    with pytest.raises(MissingColumns, match="perhaps 'occured_on' is meant") as caught:
        rows_of("native", "source_ref,cn_uscc,occured_on\n1,2,3\n")
    assert all(name in str(caught.value) for name in ("'kind'", "'outcome'", "'occurred_on'"))
    with pytest.raises(MissingColumns):
        rows_of("native", "source_ref,kind,outcome,occurred_on\n1,2,3,4\n")


def test_columns_that_nobody_reads_are_reported_and_those_left_out_on_purpose_are_not() -> None:
    parsing = open_parsing(BytesIO(f"{HEAD.strip()},extra\n".encode()), load_profile("native"), name="a.csv")
    assert parsing.unread_columns == ("extra",)
    example = BytesIO((EXAMPLES / "cn-complaints.csv").read_bytes())
    assert open_parsing(example, load_profile("cn-complaints"), name="a.csv").unread_columns == ()


def test_the_same_rows_come_again_and_raw_cells_beside_them() -> None:
    parsing = open_parsing(BytesIO((EXAMPLES / "cn-penalty.csv").read_bytes()), load_profile("cn-penalty"), name="a.csv")
    first, again = list(parsing.rows()), list(parsing.rows())
    assert [row.records for row in first] == [row.records for row in again]
    raw = dict(parsing.cells())
    assert [list(row.cells) for row in first] == [list(raw[row.row_no]) for row in first]
    assert len(parsing.columns) == len(first[0].cells)


def test_a_batch_of_objects_in_the_shape_of_records_is_read_like_a_file() -> None:
    record = {
        "source_ref": "1",
        "kind": "penalty",
        "outcome": "fine",
        "occurred_on": "2024-01-01",
        "enterprise": [{"scheme": "cn-uscc", "value": CODE.lower()}],
        "quantities": {"fine_cny": "100.5"},
        "detail": {"field": "food"},
        "withdrawn": False,
    }
    (row,) = parse_objects([record], load_profile("native")).rows()
    assert not row.problems
    shape = shape_of(row.records[0])
    assert shape == RECORD.validate_python(record)


BROKEN_PROFILE = """profile: broken
version: 0
title: {zh: 坏, en: broken}
target: records
colour: red
source_ref: 编号
parties:
  - {part: one}
fields:
  kind: {value: penalty}
  outcome: {column: 类别, map: {罚: fined}}
  occurred_on: {column: 日期, value: x}
  detail.nonsense: 备注
  quantities.fine_cny: 金额
  nonsense: 备注
"""


def test_every_fault_of_a_profile_is_told_with_line_and_field() -> None:
    with pytest.raises(ProfileFaults) as caught:
        read_profile(BROKEN_PROFILE)
    told = {(fault.line, fault.field) for fault in caught.value.faults}
    assert {(2, "version"), (5, "colour"), (8, "parties.0")} <= told
    shaped = BROKEN_PROFILE.replace("version: 0", "version: 1").replace("colour: red\n", "").replace("{part: one}", "{name: 名称}")
    with pytest.raises(ProfileFaults) as caught:
        read_profile(shaped.replace("{column: 日期, value: x}", "日期"))
    assert [fault.field for fault in caught.value.faults] == [
        "fields.outcome",
        "fields.detail.nonsense",
        "fields.quantities.fine_cny",
        "fields.nonsense",
    ]
    assert all(fault.line > 1 for fault in caught.value.faults)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "profile: x", "a: &b 1\nc: *b", "profile: !!python/object:os.system x", "\tx: 1", "profile: x\nprofile: y\n"],
)
def test_a_file_that_is_no_profile_is_refused(text: str) -> None:
    with pytest.raises(ProfileFaults):
        read_profile(text)


def test_a_profile_of_your_own_is_named_by_its_file(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(load_profile("native").text.replace("profile: native", "profile: own"), encoding="utf-8")
    assert load_profile(str(own)).profile.profile == "own"
    assert load_profile(str(own)).hash != load_profile("native").hash
    with pytest.raises(ProfileNotFound, match="native"):
        load_profile("nothing-like-this")


def test_a_shipped_profile_bears_the_name_of_its_file() -> None:
    for name in list_profiles():
        assert load_profile(name).profile.profile == name


days = st.one_of(st.none(), st.dates(date(2020, 1, 1), date(2020, 1, 6)).map(str))
words = st.sampled_from(["", "food", "first", "yes", "approval", "quality_black", "x", "Bad List", "general"])


amounts = st.sampled_from(["0", "12.5", "-1", "0.00001", "99999999999999", "0.0001"])


@st.composite
def native_records(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(list(Kind)))
    every = sorted({value for each in Kind for value in outcomes(each)})
    names = sorted({name for each in Kind for name in detail_fields(each)})
    return {
        "source_ref": draw(st.sampled_from(["1", "a" * 200, "a" * 201])),
        "kind": draw(st.sampled_from([kind, kind, kind, "nonsense"])),
        "outcome": draw(st.sampled_from([*outcomes(kind) * 5, *every])),
        "severity": draw(st.sampled_from([None, "minor", "general", "serious", "major", "extreme", "odd"])),
        "level": draw(st.sampled_from([None, "city", "town"])),
        "capacity": draw(st.sampled_from([None, "party", "sampled_unit", "nobody"])),
        "code": draw(st.sampled_from([None, "fake_goods", "c" * 101])),
        "occurred_on": draw(days.filter(bool)),
        **{name: draw(days) for name in (*ANCHORS[1:], "in_force_from", "in_force_until")},
        "withdrawn": draw(st.booleans()),
        "quantities": draw(
            st.dictionaries(
                st.sampled_from(["fine_cny", "score"]),
                st.sampled_from(["0", "12.5", "-1", "0.00001", "99999999999999", "0.0001"]),
                max_size=2,
            )
        ),
        "detail": draw(st.dictionaries(st.sampled_from([*names, *detail_fields(kind), "nonsense"]), words, max_size=3)),
        "enterprise": [{"scheme": "cn-uscc", "value": CODE}],
    }


@settings(max_examples=200, deadline=None)
@given(native_records())
def test_the_quick_reading_of_rows_agrees_with_the_shapes(record: dict[str, Any]) -> None:
    cleaned = {name: value for name, value in record.items() if value is not None}
    cleaned["detail"] = {name: text for name, text in record["detail"].items() if text}
    (row,) = parse_objects([cleaned], load_profile("native")).rows()
    try:
        shape = RECORD.validate_python(cleaned)
    except ValidationError:
        assert row.problems
        assert not row.records
    else:
        assert not row.problems
        assert shape_of(row.records[0]) == shape
