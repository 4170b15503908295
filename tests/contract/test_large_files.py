"""The repository holds one large file, the model that ships; any other comes by download or training (C22)."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LARGEST = 1_000_000
ALLOWED = {"services/classifier/model/model.onnx"}


def test_only_the_model_is_large() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    sizes = {name: (ROOT / name).stat().st_size for name in listed.split("\0") if name and (ROOT / name).is_file()}
    assert {name for name, size in sizes.items() if size > LARGEST} == ALLOWED
