"""The memory of imports, and the sums over attempts."""

import os
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from gateway.cli.import_command import count_rows
from gateway.cli.import_state import known_id, recall
from gateway.cli.importing import Tally

URL = "http://localhost:8080"
FORM = {"text_column": "text", "format": "auto", "delimiter": ","}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "m.csv"
    path.write_text("text\na\n", encoding="utf-8")
    return path


def test_the_same_import_has_the_same_id_also_after_its_end(file: Path) -> None:
    first = recall(file, FORM, URL)
    assert UUID(first.import_id).version == 7
    assert not first.resumed
    again = recall(file, FORM, URL)
    assert (again.import_id, again.resumed, again.repeated) == (first.import_id, True, False)
    again.finish()
    os.utime(file, ns=(1, 1))
    copy = file.with_name("copy.csv")
    copy.write_bytes(file.read_bytes())
    repeated = recall(copy, FORM, URL)
    assert (repeated.import_id, repeated.resumed, repeated.repeated) == (first.import_id, False, True)
    assert known_id(copy, FORM, URL) == first.import_id


def test_an_import_refused_as_a_whole_is_forgotten(file: Path) -> None:
    first = recall(file, FORM, URL)
    first.forget()
    assert known_id(file, FORM, URL) == ""
    assert recall(file, FORM, URL).import_id != first.import_id


def test_another_import_has_another_id(file: Path) -> None:
    first = recall(file, FORM, URL).import_id
    others = [recall(file, {**FORM, "text_column": "b"}, URL).import_id, recall(file, FORM, "http://b").import_id]
    file.write_text("text\nb\n", encoding="utf-8")
    others.append(recall(file, FORM, URL).import_id)
    others.append(recall(file.rename(file.with_suffix(".jsonl")), FORM, URL).import_id)
    assert len({first, *others}) == 5


def test_what_is_remembered_is_private_and_a_broken_memory_starts_anew(file: Path) -> None:
    state = recall(file, FORM, URL)
    assert state.path.stat().st_mode & 0o777 == 0o600
    state.path.write_text("[]", encoding="utf-8")
    assert not recall(file, FORM, URL).resumed


def counts(rows: int, created: int, failed: int, *errors: int) -> dict[str, Any]:
    listed = [{"row": row, "message": f"row {row}"} for row in errors]
    return {"rows": rows, "created": created, "existing": rows - created - failed, "failed": failed, "errors": listed}


def test_what_attempts_stored_adds_up_and_refused_rows_are_told_once() -> None:
    tally = Tally()
    tally.begin()
    assert tally.take(counts(500, 499, 1, 7)) == ["row 7"]
    tally.take(counts(1000, 999, 1))
    tally.begin()  # the connection broke after 1,500 rows were stored, of which 1,000 were told
    assert tally.take(counts(1500, 0, 1, 7)) == []
    assert tally.take(counts(2000, 500, 1)) == []
    assert (tally.rows, tally.created, tally.existing, tally.failed) == (2000, 1499, 500, 1)


def test_rows_are_counted_as_the_server_reads_them(file: Path) -> None:
    file.write_text('text\n"two\nlines"\n\nb\n', encoding="utf-8")
    assert count_rows(file, FORM) == 2
    lines = file.with_suffix(".jsonl")
    lines.write_text('{"text": "a"}\n\n{"text": "b"}\n{\n', encoding="utf-8")
    assert count_rows(lines, FORM) == 3


@pytest.mark.parametrize("form", [{**FORM, "delimiter": ",,"}, FORM])
def test_rows_of_what_the_server_will_refuse_are_not_counted(file: Path, form: dict[str, str]) -> None:
    file.write_text("", encoding="utf-8")
    assert count_rows(file, form) is None
