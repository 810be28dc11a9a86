"""The model that docs/survival-of-repeat-failures.md shows: it runs as it stands there, on a panel of a small invented world."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random

import pytest

from data.database import Database, make_engine, write_session
from data.policy_files import SHIPPED
from data.stores import knowledge
from models.panels import Knowledge
from service.operations.make_panel import PanelRequest, make_panel
from service.operations.publish_policy import publish_policy
from tests.entries import add_enterprise, add_record
from tests.service.serving import OPERATOR

PAGE = (Path(__file__).parent.parent / "docs" / "survival-of-repeat-failures.md").read_text(encoding="utf-8")
(CODE,) = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
POLICY = SHIPPED / "examples" / "toronto-dinesafe.yaml"
DAYS = tuple(date(year, 6, 30) for year in (2005, 2006, 2007, 2008))
BAD = frozenset(range(1, 8))
"""Something is found at every inspection of these, and never at one of the others."""


@pytest.fixture(scope="module")
def world(clone: Callable[[], str]) -> Database:
    database, rng = Database(clone()), Random(4)
    engine = make_engine(database.url, size=1)
    with write_session(engine) as session:
        publish_policy(session, text=POLICY.read_text(encoding="utf-8"), file=POLICY.name, today=date(2026, 1, 1), actor=OPERATOR)
        seq = knowledge.draw(session, "delivery").known_seq
        for key in range(1, 21):
            add_enterprise(session, key, since="2001-01-01")
            for year in range(2004, 2010):
                on = date(year, rng.randint(1, 5), rng.randint(1, 28))
                outcome, severity = ("found", "general") if key in BAD else ("none_found", None)
                add_record(session, key, "inspection", outcome, known_seq=seq, occurred_on=on, concluded_on=on, severity=severity)
        session.commit()
    engine.dispose()
    return database


def test_the_model_on_the_page_tells_who_always_fails_from_who_never_does(
    world: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "panel.parquet"
    request = PanelRequest(days=DAYS, out=file, family="toronto-dinesafe", months_after=(12,), knowledge=Knowledge.NOW)
    make_panel(world, request, actor=OPERATOR, tell=lambda _phase, _rows: None, stop=lambda: False)
    monkeypatch.chdir(tmp_path)
    exec(compile(CODE, "docs/survival-of-repeat-failures.md", "exec"), {})
    told, *lines = capsys.readouterr().out.splitlines()
    # Two days of twenty to learn from, one to try; that of 2007 is neither.
    assert told == "learned from 40 rows, tried on 20: 0.350 of them came true"
    found = dict(re.findall(r"^(.+?) +AUC (\S+)", "\n".join(lines), flags=re.MULTILINE))
    assert found["score alone"] == found["logistic regression"] == "1.000"
    # Everybody was inspected as often, so that the number of records tells nothing.
    assert found["number of records"] == "0.500"
