"""Public sets: what enters from them is told with its owner and licence, and a second time it is the same (C46)."""

import json
from pathlib import Path

import pytest

from services.classifier.training.__main__ import main


def test_rows_are_told_with_count_owner_and_licence_and_are_the_same_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "sets" / "banking77"
    folder.mkdir(parents=True)
    lines = ["text,category", "My top up failed,top_up_failed", "it failed again,top_up_failed", "My card?,swallowed"]
    (folder / "train.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def imported(name: str) -> tuple[str, str]:
        output = tmp_path / name
        monkeypatch.setattr("sys.argv", ["earshot", "public", str(folder.parent), "--output", str(output)])
        assert main() == 0
        return capsys.readouterr().out, output.read_text(encoding="utf-8")

    told, rows = imported("one.jsonl")
    assert told.split(maxsplit=1)[0] == "2"
    assert "CC BY 4.0" in told
    assert "Banking77 (PolyAI" in told
    assert {json.loads(row)["text"] for row in rows.splitlines()} == {"My top up failed", "it failed again"}
    assert imported("two.jsonl") == (told, rows)


def test_a_folder_without_a_known_set_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["earshot", "public", str(tmp_path)])
    assert main() == 0
    assert "no known set" in capsys.readouterr().out
