"""The demo goes through the real doors, and a second time changes nothing."""

from pathlib import Path

import pytest

from data.database import Database, connect
from service.operations.demo import set_up
from service.signing import Signer
from tests.service.serving import SECRET

pytestmark = pytest.mark.slow
COUNTS = "SELECT (SELECT count(*) FROM {}), (SELECT known_seq FROM knowledge_head), (SELECT hash FROM change_head)"


def told_by(database: str, folder: Path, *, size: int) -> list[str]:
    lines: list[str] = []
    made = set_up(Database(database), folder=folder, size=size, seed=3, signer=Signer(SECRET), tell=lines.append)
    assert made.undelivered.exists()
    assert {key.role for key in made.keys} == {"procurement", "platform", "regulator", "source", "admin", "enterprise"}
    return lines


def test_the_sample_city_is_delivered_evaluated_and_decided_once(database: str, tmp_path: Path) -> None:
    first = told_by(database, tmp_path, size=3000)
    assert any(line.startswith("run 2 of yinchuan/2026") for line in first)
    assert any("queued" in line and "rejected" in line for line in first)
    with connect(database) as connection:
        before = connection.execute(COUNTS.format("record")).fetchone()
        published = connection.execute("SELECT count(*) FROM run WHERE state = 'published'").fetchone()
        states = connection.execute("SELECT DISTINCT state, end_cause FROM listing WHERE list LIKE 'quality%'").fetchall()
        waiting = connection.execute("SELECT state, count(*) FROM queue_item GROUP BY state ORDER BY state").fetchall()
        used = connection.execute("SELECT (SELECT count(*) FROM credit_check), (SELECT count(*) FROM watch)").fetchone()
        measures = connection.execute("SELECT DISTINCT measure FROM feedback ORDER BY 1").fetchall()
    assert published == (2,)
    assert {state for state, _ in states} >= {"announced", "in_force", "stayed", "under_review", "ended"}
    assert used == (2, 1)
    assert measures == [("no_honours",), ("weigh_quality_black",)]
    assert dict(waiting) == {"attached": 1, "created": 1, "open": 1}
    second = told_by(database, tmp_path, size=3000)
    assert second == []
    with connect(database) as connection:
        assert connection.execute(COUNTS.format("record")).fetchone() == before


def test_the_keys_of_the_demo_are_for_its_owner_alone(database: str, tmp_path: Path) -> None:
    told_by(database, tmp_path, size=300)
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0
