"""The command line of intake: what it says, and the exit codes that scripts rely on."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import app
from tests.counter import NOBODY, A, csv_of, row

RUN = CliRunner()


@pytest.fixture
def office(database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("DATABASE_URL", database)
    say("sources", "add", "registry", "--title-zh", "样例", "--title-en", "Sample", "--kind", "enterprise")
    say("sources", "add", "market", "--title-zh", "样例", "--title-en", "Sample", "--kind", "penalty")
    (tmp_path / "registry.csv").write_bytes(csv_of([{"cn_uscc": A, "name": "样例甲食品有限公司"}]))
    say("registry", "import", str(tmp_path / "registry.csv"), "--profile", "native-registry")
    return tmp_path


def say(*words: str, exits: int = 0) -> str:
    result = RUN.invoke(app, list(words), env={"COLUMNS": "200"})
    assert result.exit_code == exits, (result.output, result.exception)
    return result.output


def test_a_file_goes_in_waits_is_settled_undone_and_told(office: Path) -> None:
    file = office / "records.csv"
    file.write_bytes(csv_of([row("1"), row("2", NOBODY, enterprise_name="样例丙")]))
    bring = ("intake", str(file), "--profile", "native", "--source", "market")
    assert "nothing was kept" in say(*bring, "--dry-run")
    assert "1 accepted, 0 unchanged, 0 revised, 1 queued" in say(*bring)
    assert "nothing changed" in say(*bring)
    assert "match.unknown" in say("queue", "list")
    assert "created" in say("queue", "settle", "2", "create", "--why", "licence seen", "--as", "Officer A")
    assert "Nothing waits" in say("queue", "list")
    assert "1 accepted, 1 queued" in say("deliveries", "list", "--source", "market")
    assert "2 withdrawn" in say("deliveries", "undo", "3", "--why", "wrong file")


def test_rejected_rows_end_with_three_and_are_written_to_be_mended(office: Path) -> None:
    file, mend = office / "records.csv", office / "mend.csv"
    file.write_bytes(csv_of([row("1"), row("2", occurred_on="2024-02-31")]))
    out = say("intake", str(file), "--profile", "native", "--source", "market", "--rejects", str(mend), exits=3)
    assert "1 accepted" in out
    assert "value.impossible_date" in mend.read_text(encoding="utf-8-sig")
    mend.write_text(mend.read_text(encoding="utf-8-sig").replace("2024-02-31", "2024-02-29"), encoding="utf-8")
    assert "1 accepted" in say("intake", str(mend), "--profile", "native", "--source", "market")


def test_a_profile_of_the_other_sort_is_refused_with_the_right_command(office: Path) -> None:
    result = RUN.invoke(app, ["intake", str(office / "registry.csv"), "--profile", "native-registry", "--source", "registry"])
    assert result.exit_code == 1
    assert "qcredit registry import" in str(result.exception)
