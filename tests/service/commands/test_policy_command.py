"""`qcredit policy`: what an author at a terminal sees."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.commands.policy import app

POLICIES = Path(__file__).parent.parent.parent.parent / "data" / "policies"


def test_a_sound_file_says_its_hash_and_why_it_is_not_monotone() -> None:
    done = CliRunner().invoke(app, ["lint", str(POLICIES / "yinchuan-2019.yaml")])
    assert done.exit_code == 0
    assert "yinchuan/2019 has no fault; hash " in done.stdout
    assert "[monotony.latest_event]" in done.stdout


def test_a_broken_file_prints_every_fault_and_leaves_with_three(tmp_path: Path) -> None:
    text = (POLICIES / "yinchuan-2026.yaml").read_text(encoding="utf-8")
    file = tmp_path / "mine.yaml"
    file.write_text(text.replace("per_event: largest", "per_event: biggest").replace("group: market", "group: markt", 1), encoding="utf-8")
    done = CliRunner().invoke(app, ["lint", str(file)])
    assert done.exit_code == 3
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"{file}:")
    assert " per_event: `biggest` is not one of " in lines[0]
    assert " indicators[0].group: `markt` is not a group of this policy; did you mean `market`? [policy.unknown_group]" in lines[1]


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    file = tmp_path / "gb.yaml"
    file.write_bytes("标题: 一".encode("gb18030"))
    with pytest.raises(Exception, match="not UTF-8"):
        CliRunner().invoke(app, ["lint", str(file)], catch_exceptions=False)


def test_policies_are_published_listed_and_shown(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    published = CliRunner().invoke(app, ["publish", str(POLICIES / "yinchuan-2026.yaml"), "--as", "officer"])
    assert published.exit_code == 0, published.output
    assert "yinchuan/2026 is published under hash " in published.stdout
    assert "yinchuan/2026" in CliRunner().invoke(app, ["list"]).stdout
    shown = CliRunner().invoke(app, ["show", "yinchuan/2026"]).stdout
    assert "by officer" in shown
    assert shown.endswith((POLICIES / "yinchuan-2026.yaml").read_text(encoding="utf-8"))
