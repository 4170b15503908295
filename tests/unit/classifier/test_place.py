"""A trained model takes the place of a model, and of nothing else."""

import sys
from pathlib import Path

import pytest

from services.classifier.training.__main__ import main
from services.classifier.training.place import fresh_beside, put, require_own_folder


@pytest.mark.parametrize("named", ["{0}", "{0}/notes.txt"])
def test_a_folder_with_other_things_is_no_place_for_a_model(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    data = tmp_path / "data.csv"
    data.write_text("text,label\na,x\nb,y\n", encoding="utf-8")
    output = named.format(tmp_path)
    monkeypatch.setattr(sys, "argv", ["train", "train", "--data", str(data), "--output", output])
    assert main() == 1
    assert "--output" in capsys.readouterr().err
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_the_work_may_not_lie_in_what_the_model_replaces(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--work"):
        require_own_folder(tmp_path / "model", tmp_path / "model" / "work")
    require_own_folder(tmp_path / "work" / "model", tmp_path / "work")


def test_a_model_takes_the_place_of_the_one_before_when_it_is_whole(tmp_path: Path) -> None:
    output = tmp_path / "models" / "own"
    output.mkdir(parents=True)
    (output / "model.onnx").write_text("before", encoding="utf-8")
    require_own_folder(output, tmp_path / "work")
    fresh = fresh_beside(output)
    (fresh / "model.onnx").write_text("new", encoding="utf-8")
    assert (output / "model.onnx").read_text(encoding="utf-8") == "before"
    put(fresh, output)
    assert (output / "model.onnx").read_text(encoding="utf-8") == "new"
    assert [path.name for path in output.parent.iterdir()] == ["own"]
