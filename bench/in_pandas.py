"""The totals, scores and grades of yinchuan/2026 in pandas, by hand: what one would write in a notebook for this very policy.

Leaves out what the plan answers beyond them: lists, coverage, the next day of change, what was known on earlier days. Reads the same
Parquet files; only the columns and rows it needs.
"""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

FOREVER = np.datetime64("9999-12-31", "D")
FIXED = {
    0: -1000, 1: -4000, 2: -4000, 3: -5000, 4: -5000, 5: -3000, 6: -5000, 7: -5000, 8: -6000, 9: -5000, 10: -3000, 11: -10000, 12: -1000,
    15: -2000, 16: -2000, 17: -5000, 18: -2000, 19: -1000, 20: -3000, 22: -10000, 25: -4000, 26: -3000, 27: 500, 28: 1000, 29: -3000,
    30: 1000, 35: 1000,
}  # fmt: skip
YEARS = dict.fromkeys((27, 35), 1) | dict.fromkeys((36, 37, 38, 40, 41), 2) | dict.fromkeys((42, 43, 44, 46, 47, 48, 49, 50), 3)
YEARS |= dict.fromkeys((51, 52, 53, 54, 55), 5)
IN_FORCE = (28, 39, 45)
SAME = {7: 6, 11: 10, 16: 14, 24: 23}
LEVELS = ("district", "city", "province", "national")
COLUMNS = [
    "record_key", "enterprise_key", "event_key", "kind", "outcome", "severity", "level", "capacity", "code", "occurred_on", "ended_on",
    "concluded_on", "rectified_on", "in_force_from", "in_force_until", "public_until", "repaired_on", "is_withdrawn", "known_seq",
    "superseded_seq", "q_confiscated_cny", "d_effect", "d_field", "d_list", "d_stage", "d_statutory",
]  # fmt: skip


def grade(folder: Path, as_of: date, known_seq: int) -> pd.DataFrame:
    """One row per enterprise in the order of its key: enterprise_key, total_x100, score_x100, grade."""
    day = np.datetime64(as_of, "D")
    rows = _known(folder, known_seq)
    rows = _matched(rows)
    rows = _dated(rows, day)
    held = _doubled(rows, day)
    return _graded(folder, held, day, known_seq)


def _known(folder: Path, known_seq: int) -> pd.DataFrame:
    nothing = ["none_found", "unsubstantiated", "settled", "granted", "made", "kept"]
    wanted = [("outcome", "not in", nothing), ("is_withdrawn", "==", False), ("known_seq", "<=", known_seq)]
    words = ["kind", "outcome", "severity", "level", "capacity", "code", *(name for name in COLUMNS if name.startswith("d_"))]
    table = pq.read_table(folder / "records.parquet", columns=COLUMNS, filters=wanted, read_dictionary=words)
    rows = table.to_pandas(date_as_object=False, self_destruct=True, split_blocks=True, strings_to_categorical=True)
    return rows[(rows.superseded_seq.isna() | (rows.superseded_seq > known_seq)) & rows.concluded_on.notna()].drop(
        columns=["is_withdrawn", "known_seq", "superseded_seq"]
    )


def _matched(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per record and item met, with the item's points."""

    def met(number: int, which: pd.Series) -> pd.DataFrame:
        found = rows[which].copy()
        found["item"] = np.int32(number)
        return found

    kind, outcome, severity, level, code = rows.kind, rows.outcome, rows.severity, rows.level, rows.code
    penalty, listing, accident, award, licence = (kind == k for k in ("penalty", "listing", "accident", "award", "licence"))
    failed = (kind == "sampling") & (outcome == "failed")
    fakes = penalty & (code == "fake_goods")
    confiscation = penalty & (outcome == "confiscation")
    known_level = level.isin(LEVELS)
    high_level = level.isin(LEVELS[1:])
    inspected = kind == "inspection"
    order = kind == "order"
    sorts = ["quality", "food_safety", "work_safety", "environment"]
    rules = {
        0: (kind == "complaint") & (outcome == "substantiated"), 1: fakes, 2: penalty & (code == "ip_infringement"),
        3: penalty & (code == "consumer_deception"), 4: penalty & (code == "procurement_violation"),
        5: accident & outcome.isin(sorts) & (severity == "general"), 6: licence & (outcome == "operating_without"),
        7: penalty & (code == "unlicensed_operation"), 8: licence & (outcome == "by_fraud"), 9: licence & (outcome == "lent"),
        10: (kind == "commitment") & (outcome == "false_statement"), 11: licence & (outcome == "cancelled_for_false_promise"),
        12: penalty & (outcome == "warning"), 13: penalty & (outcome == "fine"), 14: confiscation & rows.q_confiscated_cny.notna(),
        15: penalty & outcome.isin(["downgrade", "restriction", "detention", "other"]), 16: confiscation & rows.q_confiscated_cny.isna(),
        17: penalty & (outcome == "unperformed"), 18: inspected & (outcome == "found") & (rows.d_statutory == "yes"),
        19: order & outcome.isin(["correction", "closure", "suspension"]), 20: order & (outcome == "seizure"),
        21: inspected & outcome.isin(["refused", "false_material", "violence"]), 22: (kind == "judgment") & (outcome == "convicted"),
        23: failed & rows.capacity.isin(["nominal_producer", "party"]), 24: failed & (rows.capacity == "sampled_unit"),
        25: (kind == "sampling") & (outcome == "refused"), 26: (kind == "recall") & (outcome == "ordered"),
        27: (kind == "recall") & (outcome == "voluntary"), 28: (kind == "certification") & (outcome == "valid"),
        29: (kind == "certification") & (outcome == "revoked"), 30: award & outcome.isin(["red_list", "top_grade"]),
        31: award & (outcome == "quality_award") & high_level, 32: award & (outcome == "contract_keeping") & high_level,
        33: award & (outcome == "commendation") & known_level,
        34: award & (outcome == "commendation") & (code == "government_commendation") & known_level, 35: award & (outcome == "charity"),
        36: accident & (severity == "serious"), 37: fakes & (rows.d_effect == "bad"), 38: listing & (rows.d_list == "abnormal_operation"),
        39: listing & (rows.d_list == "abnormal_operation"), 40: penalty & (outcome == "ban"), 41: penalty & (code == "commercial_bribery"),
        42: penalty & (outcome == "suspension"),
        43: penalty & (code == "health_harm") & rows.d_field.isin(["food", "drug", "product_quality", "certification"]),
        44: listing & (rows.d_list == "serious_illegal"), 45: listing & (rows.d_list == "serious_illegal"),
        46: listing & rows.d_list.isin(["sector_blacklist", "tax_serious", "procurement_serious"]),
        47: penalty & (code == "published_major_case"), 48: accident & severity.isin(["major", "extreme"]),
        49: failed & rows.d_stage.isin(["recheck", "second_recheck"]), 50: (kind == "recall") & outcome.isin(["refused", "delayed"]),
        51: (penalty | licence) & outcome.isin(["revocation", "revoked"]), 52: (kind == "judgment") & (outcome == "enforcement_debtor"),
        53: listing & (rows.d_list == "judgment_debtor"),
        54: accident & outcome.isin(["quality", "food_safety"]) & (severity == "extreme"), 55: fakes & (rows.d_effect == "very_bad"),
    }  # fmt: skip
    found = pd.concat([met(number, which) for number, which in rules.items()], ignore_index=True)
    found["points"] = _points(found)
    return found


def _points(rows: pd.DataFrame) -> np.ndarray:
    item, severity, level = rows["item"].to_numpy(), rows.severity.astype(object).to_numpy(), rows.level.astype(object).to_numpy()
    outcome, taken = rows.outcome.astype(object).to_numpy(), rows.q_confiscated_cny.to_numpy()
    fixed = np.array([FIXED.get(number, 0) for number in range(56)])[item]
    by_level = {31: (0, 1000, 3000, 5000), 32: (0, 2000, 5000, 10000), 33: (500, 1000, 3000, 5000), 34: (2000, 4000, 6000, 10000)}
    conditions: list[np.ndarray] = [(item == number) & (level == name) for number in by_level for name in LEVELS]
    values: list[Any] = [value for points in by_level.values() for value in points]
    serious = severity == "serious"
    conditions += [item == 13, item == 14, item == 21, item == 23, item == 24]
    values += [
        np.where(serious, -5000, np.where(severity == "general", -3000, -2000)),
        np.select([taken < 100_000_001, taken < 500_000_001, taken < 1_000_000_001], [-3000, -4000, -6000], -8000),
        np.select([outcome == "refused", outcome == "false_material"], [-2000, -3000], -10000),
        np.where(serious, -5000, -2000),
        np.where(serious, -2000, -1000),
    ]
    return np.asarray(np.select(conditions, values, fixed), np.int64)


def _later(days: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Days so many years later; the last of February where there is no 29th."""
    months = days.astype("datetime64[M]")
    day_of = (days.astype("datetime64[D]") - months).astype(np.int64)
    target = months + 12 * years
    last = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(np.int64) - 1
    return target.astype("datetime64[D]") + np.minimum(day_of, last)


def _dated(rows: pd.DataFrame, day: np.datetime64) -> pd.DataFrame:
    def days(name: str) -> np.ndarray:
        return rows[name].to_numpy().astype("datetime64[D]")

    def or_forever(name: str) -> np.ndarray:
        values = days(name)
        return np.where(np.isnat(values), FOREVER, values)

    item, points = rows["item"].to_numpy(), rows.points.to_numpy()
    ended, occurred, concluded = days("ended_on"), days("occurred_on"), days("concluded_on")
    anchor = np.where(np.isnat(ended), occurred, ended)
    level = rows.level.astype(object).to_numpy()
    of_level = np.select([level == "city", level == "province", level == "national"], [2, 3, 5], 1)
    years = np.array([YEARS.get(number, 0) for number in range(56)])[item]
    years = np.where(years > 0, years, np.where((item >= 30) & (item <= 34), of_level, np.where(points < -4000, 2, 1)))
    in_force = np.isin(item, IN_FORCE)
    term = np.where(in_force, or_forever("in_force_until"), _later(anchor, years))
    begins = days("in_force_from")
    starts = np.where(in_force & ~np.isnat(begins), np.maximum(concluded, begins), concluded)
    own_end = np.minimum(term, or_forever("public_until"))
    repaired = or_forever("repaired_on")
    mended = np.isin(item, (52, 53)) & (repaired < own_end) & (repaired <= day)
    rows["anchor"] = anchor
    rows["starts"] = starts
    rows["until"] = np.where(mended, _later(np.where(mended, repaired, day), np.full(len(item), 2)), np.minimum(own_end, repaired))
    rows["is_direct"] = (item >= 36) & ~mended
    rows["points"] = np.where(mended, -8000, points)
    rows["group"] = np.array([SAME.get(number, number) for number in range(56)])[item]
    kept = ["enterprise_key", "record_key", "event_key", "item", "group", "points", "is_direct", "occurred_on", "anchor", "starts", "until"]
    return rows[[*kept, "rectified_on"]]


def _doubled(rows: pd.DataFrame, day: np.datetime64) -> pd.DataFrame:
    now = pd.Timestamp(day)
    keys = ["enterprise_key", "group", "event_key"]
    acts = rows[(rows.points < 0) & (rows["item"] < 36) & (rows.starts <= now)]
    events = acts.groupby(keys, as_index=False, sort=False).agg(acted=("occurred_on", "min"), reach=("until", "max"))
    events = events.sort_values(["enterprise_key", "group", "acted", "event_key"])
    of_group = events.groupby(["enterprise_key", "group"], sort=False)
    reached = of_group["reach"].cummax().groupby([events.enterprise_key, events.group], sort=False).shift()
    again = events.loc[reached > events.acted, keys].assign(again=True)
    held = rows[(rows.starts <= now) & (rows.until > now)].merge(again, on=keys, how="left")
    doubled = held.again.notna() & (held.points < 0) & (held["item"] < 36)
    held["points"] = np.where(doubled, 2, 1) * held.points
    badness = np.select([held["item"] <= 41, held["item"] <= 50], [10**15 + 3, 10**15 + 4], 10**15 + 5)
    held["weight"] = np.where(held.is_direct, badness, held.points.abs())
    held["is_cost"] = held.is_direct | (held.points < 0)
    held = held.sort_values(["weight", "record_key", "item"], ascending=[False, True, True])
    return held.drop_duplicates(["enterprise_key", "event_key", "is_cost"])


def _graded(folder: Path, held: pd.DataFrame, day: np.datetime64, known_seq: int) -> pd.DataFrame:
    asked = pd.read_parquet(folder / "questions.parquet", columns=["enterprise_key"]).sort_values("enterprise_key")
    answers = pd.DataFrame(index=pd.Index(asked.enterprise_key.to_numpy(), name="enterprise_key"))

    def summed(which: pd.Series) -> pd.Series:
        return held[which].groupby("enterprise_key").points.sum().reindex(answers.index, fill_value=0)

    charity = held[held["item"] == 35]
    a_year = charity.groupby([charity.enterprise_key, charity.anchor.dt.year]).points.sum()
    over_charity = (a_year.clip(upper=4000) - a_year).groupby(level=0).sum().reindex(answers.index, fill_value=0)
    complaints, certificates = summed(held["item"] == 0), summed(held["item"] == 28)
    over_certificates = certificates.clip(upper=3000) - certificates
    everything = pd.Series(True, index=held.index)
    total = 100_000 + summed(everything) + complaints.clip(lower=-6000) - complaints + over_certificates + over_charity
    frozen = held.is_direct & (held.rectified_on.isna() | (held.rectified_on > pd.Timestamp(day)))
    is_frozen = answers.index.isin(held.enterprise_key[frozen])
    bonus = (summed(held.points > 0) + over_certificates + over_charity).clip(lower=0)
    total = total - bonus.where(is_frozen, 0)
    score = total.clip(0, 200_000)
    rung = np.select([score >= floor for floor in (105_000, 103_000, 96_000, 85_000, 60_000)], range(5), 5)
    direct = held[held.is_direct]
    place = np.select([direct["item"] <= 41, direct["item"] <= 50], [3, 4], 5)
    capped = pd.Series(place, index=direct.enterprise_key.to_numpy()).groupby(level=0).max().reindex(answers.index, fill_value=-1)
    registry = pd.read_parquet(folder / "registry.parquet")
    holds = (registry.valid_from <= day.item()) & (registry.valid_until.isna() | (registry.valid_until > day.item()))
    holds &= (registry.known_seq <= known_seq) & (registry.superseded_seq.isna() | (registry.superseded_seq > known_seq))
    gone = registry.enterprise_key[holds & registry.state.isin(["deregistered", "revoked", "moved_out", "cancelled"])]
    names = np.array(["AAA", "AA", "A", "B", "C", "D"])[np.maximum(rung, capped.to_numpy())]
    grades = np.where(answers.index.isin(gone), "NR", names)
    return answers.assign(total_x100=total, score_x100=score, grade=grades).reset_index()
