"""What an installed copy holds beside its modules: the files that modules read, and nothing of the page's workshop."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READ_BY_MODULES = (
    "services/chat/prompts/*.md",
    "services/chat/evaluation/*.jsonl",
    "services/classifier/*.txt",
    "services/classifier/model/*",
    "services/store/migrations/*.sql",
)
_BUILD = "import setuptools; setuptools.setup()"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as an installation would hold it."""
    folder, notes = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("notes")
    steps = ["egg_info", "--egg-base", str(notes), "build_py", "--build-lib", str(folder)]
    subprocess.run([sys.executable, "-c", _BUILD, "--quiet", *steps], cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("pattern", READ_BY_MODULES)
def test_files_that_modules_read_are_packaged(pattern: str, built: Path) -> None:
    files = [path.relative_to(ROOT) for path in ROOT.glob(pattern) if path.is_file()]
    assert files
    assert [file for file in files if not (built / file).is_file()] == []


def test_the_pages_sources_and_their_tools_are_not(built: Path) -> None:
    assert {path.name for path in (built / "gateway" / "web").glob("*")} <= {"dist"}
