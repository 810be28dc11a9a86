"""Why an answer is another than before: by the API for staff and for the enterprise itself, and by the command line for all."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from data.database import connect
from models.access import Role
from models.differences import Part
from service.cli import app
from service.difference_answers import Difference
from tests.service.conftest import Served
from tests.service.town import CLEAN, REPAIRED, TOWN

DAYS = {"from": "2026-04-01", "to": "2026-09-01"}
POLICY = {"policy_from": "yinchuan/2026", "policy_to": "yinchuan/2026"}


def before_records(town: Served) -> str:
    """The last instant before the town's records were told."""
    with connect(town.url) as connection:
        row = connection.execute(
            "SELECT max(committed_at) FROM knowledge WHERE known_seq < (SELECT known_seq FROM knowledge WHERE cause = 'delivery')"
        ).fetchone()
    assert row is not None
    return str(row[0].astimezone(UTC).isoformat())


def told(town: Served, params: dict[str, str], *, role: Role = Role.AUDITOR, path: str = CLEAN.path) -> Difference:
    answer = town.get(path + "/difference", role, **(DAYS | params))
    assert answer.status_code == 200, answer.text
    return Difference.model_validate_json(answer.content)


def sum_of(found: Difference) -> Decimal:
    return sum((Decimal(part.points) for part in found.parts), Decimal(0))


def test_parts_sum_to_the_change_and_each_names_the_lines_it_moved(town: Served) -> None:
    now = datetime.now(UTC).isoformat()
    found = told(town, {"known_from": before_records(town), "known_to": now} | POLICY)
    assert [part.part for part in found.parts] == list(Part)
    assert sum_of(found) == Decimal(found.change) == Decimal(found.after.score) - Decimal(found.before.score) < 0
    for part in found.parts:
        moved = sum(Decimal(line.after or 0) - Decimal(line.before or 0) for line in part.lines)
        assert moved + Decimal(part.beside_lines) == Decimal(part.points)
        assert bool(part.lines) is (part.part is Part.NEW)
    new = {line.evidence.source_ref for part in found.parts for line in part.lines if line.evidence}
    # The withdrawn one is no fact; of the repaired one, only what a repaired record still costs.
    assert "plain" in new
    assert "withdrawn" not in new
    assert not found.parts[-1].is_between_versions


def test_with_the_same_knowledge_at_both_ends_only_the_day_and_the_policy_differ(town: Served) -> None:
    now = datetime.now(UTC).isoformat()
    aged = told(town, {"known_from": now, "known_to": now} | POLICY)
    by_part = {part.part: part for part in aged.parts}
    assert {part.part for part in aged.parts if Decimal(part.points)} == {Part.AGEING}
    assert {line.evidence.source_ref for line in by_part[Part.AGEING].lines if line.evidence} == {"repaired", "over"}
    switched = told(town, {"known_from": now, "known_to": now, "policy_from": "yinchuan/2019", "policy_to": "yinchuan/2026"})
    assert sum_of(switched) == Decimal(switched.change)
    assert switched.parts[-1].is_between_versions
    assert switched.parts[-1].part is Part.POLICY


def test_an_enterprise_sees_its_own_difference_as_staff_does_and_nobody_elses(town: Served) -> None:
    own = CLEAN.path.replace("/enterprises/", "/own/")
    moments = {"known_from": before_records(town), "known_to": datetime.now(UTC).isoformat()}
    assert told(town, moments | POLICY, role=Role.ENTERPRISE, path=own) == told(town, moments | POLICY)
    for role in (Role.PUBLIC, Role.PROCUREMENT, Role.PLATFORM, Role.ENTERPRISE):
        assert town.get(CLEAN.path + "/difference", role, **DAYS).status_code in (401, 403)
    assert town.get(REPAIRED.path.replace("/enterprises/", "/own/") + "/difference", Role.ENTERPRISE, **DAYS).status_code == 404


def test_what_cannot_be_compared_is_refused_with_a_reason(town: Served) -> None:
    for params, status, code in (
        ({"from": "2026-09-01", "to": "2026-04-01", "known_from": datetime.now(UTC).isoformat()}, 409, "difference.nothing_known"),
        (DAYS, 409, "difference.nothing_known"),
        ({"to": "2026-04-01"}, 422, "difference.no_day"),
        ({"run_from": 99}, 404, "run.not_found"),
    ):
        answer = town.get(CLEAN.path + "/difference", Role.AUDITOR, **params)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    now = datetime.now(UTC).isoformat()
    turned = {"from": "2026-09-01", "to": "2026-04-01", "known_from": now, "known_to": now}
    assert town.get(CLEAN.path + "/difference", Role.AUDITOR, **turned).json()["code"] == "difference.backwards"


def test_the_file_of_all_says_of_each_what_the_live_answer_says(town: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", town.url)
    moments = {"known_from": before_records(town), "known_to": datetime.now(UTC).isoformat()}
    out = tmp_path / "difference.parquet"
    given = {**{f"--{name}": day for name, day in DAYS.items()}, **{f"--{n.replace('_', '-')}": v for n, v in POLICY.items()}}
    given |= {f"--{name.replace('_', '-')}": moment.split("+")[0] for name, moment in moments.items()}
    done = CliRunner().invoke(app, ["difference", *(word for pair in given.items() for word in pair), "--out", str(out)])
    assert done.exit_code == 0, done.output
    rows = {row["value"]: row for row in pq.read_table(out).to_pylist()}
    assert {one.code for one in TOWN} <= rows.keys()
    for one in (CLEAN, REPAIRED):
        live = told(town, moments | POLICY, path=one.path)
        row = rows[one.code]
        assert (row["score_before"], row["score_after"]) == (Decimal(live.before.score), Decimal(live.after.score))
        assert {part: row[part] for part in Part} == {part.part: Decimal(part.points) for part in live.parts}
        assert {(row[f"grade_{stop}"]) for stop in ("before", "after")} == {live.before.grade, live.after.grade}


def test_the_command_tells_one_enterprises_causes(town: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", town.url)
    now = datetime.now(UTC).isoformat().split("+")[0]
    words = [CLEAN.code, "--from", DAYS["from"], "--to", DAYS["to"], "--known-from", now, "--known-to", now]
    done = CliRunner().invoke(app, ["difference", *words, "--policy-from", "yinchuan/2019"])
    assert done.exit_code == 0, done.output
    for said in ("Ageing", "Withdrawn facts", "Corrected facts", "New facts", "Policy", "two versions of the rules"):
        assert said in done.output
