"""Policy files: sound ones become a policy, broken ones tell every fault with file, line and field."""

import hashlib
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from data.policy_files import (
    SHIPPED,
    FaultyActs,
    FaultyPolicy,
    canonical_json,
    load_policy,
    load_shipped,
    policy_hash,
    read_acts,
    read_policy,
    shipped_acts,
)
from data.yaml_files import read_yaml
from models.policies import Policy

BROKEN = Path(__file__).parent.parent / "broken" / "policies"
SOUND = (BROKEN / "sound.yaml").read_text(encoding="utf-8")
ACTS = read_acts((BROKEN / "acts.yaml").read_text(encoding="utf-8"), file="acts.yaml")
FAULTS: list[dict[str, Any]] = yaml.safe_load((BROKEN / "faults.yaml").read_text(encoding="utf-8"))
SHIPPED_FILES = sorted(path for path in SHIPPED.rglob("*.yaml") if path.name != "acts.yaml")


def broken(case: dict[str, Any]) -> str:
    text = SOUND
    for change in (case, *([case["and"]] if "and" in case else [])):
        assert change["change"] in text, f"{case['case']}: sound.yaml has no {change['change']!r}"
        text = text.replace(change["change"], change["to"], 1)
    return text


def test_the_sound_policy_has_no_fault() -> None:
    assert read_policy(SOUND, file="sound.yaml", acts=ACTS).faults == ()


def test_at_least_fifty_ways_of_breaking_a_policy_are_tried() -> None:
    assert len(FAULTS) >= 50
    assert len({case["case"] for case in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case["case"])
def test_a_broken_policy_is_told_by_code_field_and_line(case: dict[str, Any]) -> None:
    found = read_policy(broken(case), file="broken.yaml", acts=ACTS)
    told = {(fault.code, fault.field): fault for fault in found.faults}
    assert (case["code"], case["field"]) in told, "\n".join(str(fault) for fault in found.faults)
    fault = told[case["code"], case["field"]]
    assert fault.file == "broken.yaml"
    if "[" in case["field"] and case["code"] not in {"policy.grade_order", "policy.red_and_black"}:  # those show where two places disagree
        near = SOUND[: SOUND.index(case["change"])].count("\n") + 1
        assert near - 12 <= fault.line <= near + 12


def test_every_fault_of_a_file_is_told_at_once() -> None:
    text = SOUND
    wanted = set()
    for case in FAULTS:
        lone = "and" not in case and case["code"].startswith("policy.") and text.count(case["change"]) >= 1
        if lone and case["case"] in {
            "an unknown field",
            "a rule without a clause",
            "points that are a word",
            "an unknown group",
            "an unknown list",
            "an unknown grade in a condition",
            "a gap between bands",
            "shares out of order",
            "a repeat that costs less",
            "two that set the grade with one precedence",
            "an exit after the end",
            "an end before the beginning",
        }:
            text = text.replace(case["change"], case["to"], 1)
            wanted.add((case["code"], case["field"]))
    assert len(wanted) == 12
    told = {(fault.code, fault.field) for fault in read_policy(text, file="broken.yaml", acts=ACTS).faults}
    # Group and points of one indicator: its shape is at fault, so that what it refers to is not asked until it is mended.
    assert told >= wanted - {("policy.unknown_group", "indicators[4].group")}
    assert len(told) <= len(wanted)


def test_a_fault_of_a_shape_makes_no_other_name_unknown() -> None:
    text = SOUND.replace("points: {minor: -10, serious: -30}", "points: {minor: ten, serious: -30}")
    told = read_policy(text, file="broken.yaml", acts=ACTS).faults
    assert [(fault.code, fault.field) for fault in told] == [("policy.bad_value", "indicators[0].points.points.minor")]


def test_faults_come_in_the_order_of_the_file() -> None:
    text = SOUND.replace("test-act", "no-such-act")
    lines = [fault.line for fault in read_policy(text, file="broken.yaml", acts=ACTS).faults]
    assert len(lines) == 19
    assert lines == sorted(lines)


def test_a_sentence_suggests_the_name_that_was_meant() -> None:
    text = SOUND.replace("indicators: award, at_most", "indicators: awrad, at_most")
    (fault,) = read_policy(text, file="p.yaml", acts=ACTS).faults
    assert str(fault) == (
        f"p.yaml:{fault.line} caps[0].indicators: `awrad` is not an indicator of this policy; "
        "did you mean `award`? [policy.unknown_indicator]"
    )


def test_loading_a_broken_policy_raises_with_all_faults() -> None:
    with pytest.raises(FaultyPolicy) as caught:
        load_policy(SOUND.replace("test-act", "no-such-act"), file="p.yaml", acts=ACTS)
    assert caught.value.code == "policy.faulty"
    assert len(caught.value.faults) == 19


@pytest.mark.parametrize("text", ["", "just a word", "- a list", "[1, 2", "\x00", "a: " + "[" * 5000, "x" * 600_000], ids=range(7))
def test_what_is_no_policy_at_all_is_told_and_harms_nothing(text: str) -> None:
    found = read_policy(text, file="p.yaml", acts=ACTS)
    assert found.policy is None
    assert found.faults


STRANGE: list[Any] = [None, 5, -1, 10**30, 0.001, True, "x", "", [], {}, [1, 2], {"a": 1}, "2026-13-45", [[]], {"how": "fixed"}, "\u202e"]


def spoiled(rng: Random) -> str:
    """The sound policy with a few of its values removed or replaced by something strange."""
    value = yaml.safe_load(SOUND)
    for _ in range(rng.choice((1, 1, 2, 4))):
        holder: Any = value
        while True:
            key = rng.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
            if rng.random() < 0.4 or not isinstance(holder[key], dict | list) or not holder[key]:
                break
            holder = holder[key]
        if rng.random() < 0.25:
            del holder[key]
        else:
            holder[key] = rng.choice(STRANGE)
        if not value:
            break
    return yaml.safe_dump(value, allow_unicode=True)


@pytest.mark.parametrize("seed", range(80))
def test_whatever_stands_in_a_field_is_read_or_told_and_breaks_nothing(seed: int) -> None:
    found = read_policy(spoiled(Random(seed)), file="spoiled.yaml", acts=ACTS)
    assert found.policy is not None or found.faults
    assert all(fault.line >= 1 and fault.sentence for fault in found.faults)


def test_plain_words_stay_words() -> None:
    found = read_yaml("a: yes\nb: off\nc: 12:30\nd: 0x1F\ne: 1e3\nf: ~\ng: 1_000\n").value
    assert found == {"a": "yes", "b": "off", "c": "12:30", "d": "0x1F", "e": "1e3", "f": None, "g": "1_000"}


def test_a_comment_or_the_order_of_fields_changes_no_hash() -> None:
    lines = SOUND.splitlines(keepends=True)
    moved = "# a remark\n" + "".join([lines[1], lines[0], *lines[2:]])
    assert policy_hash(_policy(moved)) == policy_hash(_policy(SOUND))


def test_a_changed_number_changes_the_hash() -> None:
    assert policy_hash(_policy(SOUND.replace("points: 5}", "points: 6}"))) != policy_hash(_policy(SOUND))


def test_the_canonical_form_reads_back_as_the_same_policy() -> None:
    policy = _policy(SOUND)
    assert Policy.model_validate_json(canonical_json(policy)) == policy


def test_a_fault_in_the_register_of_acts_names_act_and_line() -> None:
    with pytest.raises(FaultyActs, match=r"acts\.yaml:2 b\.mark"):
        read_acts(
            "a: {title: {zh: 一, en: a}, issuer: x, mark: enacted}\nb: {title: {zh: 二, en: b}, issuer: x, mark: sure}\n", file="acts.yaml"
        )


@pytest.mark.parametrize("path", SHIPPED_FILES, ids=lambda path: path.stem)
def test_every_shipped_policy_is_without_fault(path: Path) -> None:
    name = str(path.relative_to(SHIPPED).with_suffix(""))
    policy = load_shipped(name)
    assert policy.mark == "sample"
    assert _clauses(policy) <= set(shipped_acts())


def test_no_shipped_policy_changed_since_it_was_locked() -> None:
    lines = [line.split("  ", 1) for line in (SHIPPED / "LOCK").read_text(encoding="utf-8").splitlines()]
    locked = {name: digest for digest, name in lines}
    found = {str(path.relative_to(SHIPPED)): hashlib.sha256(path.read_bytes()).hexdigest() for path in SHIPPED_FILES}
    assert found == locked, "a published file is frozen: give the change a new version; a new file is locked with sha256sum"


def _policy(text: str) -> Policy:
    return load_policy(text, file="p.yaml", acts=ACTS)


def _clauses(policy: Policy) -> set[str]:
    return {str(i.clause.act) for i in policy.indicators} | {str(rule.clause.act) for rule in policy.lists}
