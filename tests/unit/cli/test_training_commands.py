"""`earshot train` finds a Python that can train, and says what to do where there is none."""

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli.outcomes import CommandError
from gateway.cli.training_commands import training_python


def test_this_python_trains_when_it_has_what_it_takes(tmp_path: Path) -> None:
    assert training_python("own", tmp_path / "none", package="json") == "own"


def test_else_the_training_environment_does(tmp_path: Path) -> None:
    other = tmp_path / "python"
    other.touch()
    assert training_python("own", other, package="not_installed_anywhere") == str(other)


def test_else_the_message_names_the_command_that_mends_it(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="PyTorch") as caught:
        training_python("own", tmp_path / "none", package="not_installed_anywhere")
    assert "make train-environment" in caught.value.hint


def test_options_and_exit_code_pass_through(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gateway.cli", "evaluate", "--data", str(tmp_path / "none.csv")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "none.csv" in ended.stderr


@pytest.mark.parametrize("name", ["train", "evaluate"])
def test_help_is_that_of_the_process_and_needs_no_pytorch(name: str) -> None:
    command = [sys.executable, "-m", "gateway.cli", name, "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0
    assert f"usage: earshot {name}" in told.stdout
