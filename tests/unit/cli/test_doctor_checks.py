"""What the doctor finds on this machine."""

import hashlib
import json
import socket
from pathlib import Path

import pytest

from deploy.local.servers import free_port
from gateway.cli.checks import State
from gateway.cli.local_checks import check_home, check_model, check_page, check_ports, check_python, check_redis
from gateway.cli.redis_check import judged
from gateway.cli.remote_checks import check_clocks
from gateway.cli.settings import CliSettings


def test_an_old_python_is_wrong() -> None:
    assert check_python((3, 10)).state is State.WRONG
    assert check_python((3, 11)).state is State.OK
    assert check_python((4, 0)).state is State.OK


def test_the_model_is_held_against_its_sums(tmp_path: Path) -> None:
    assert check_model(tmp_path).state is State.WRONG
    (tmp_path / "model.onnx").write_bytes(b"model")
    assert check_model(tmp_path).state is State.OK
    sums = {"model.onnx": hashlib.sha256(b"model").hexdigest(), "config.json": "0"}
    (tmp_path / "manifest.json").write_text(json.dumps({"files": sums}), encoding="utf-8")
    found = check_model(tmp_path)
    assert found.state is State.WRONG
    assert "config.json" in found.detail
    assert "make train" in found.fix


def test_the_page(tmp_path: Path) -> None:
    assert check_page(tmp_path / "index.html").fix == "make web"


def test_credentials_are_private(tmp_path: Path) -> None:
    assert check_home(tmp_path / "none").state is State.WARNING
    assert check_home(tmp_path).state is State.WARNING
    credentials = tmp_path / "credentials.json"
    credentials.touch(mode=0o644)
    credentials.chmod(0o644)
    assert check_home(tmp_path).fix == f"chmod 600 {credentials}"
    credentials.chmod(0o600)
    assert check_home(tmp_path).state is State.OK


def test_a_port_somebody_else_holds_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        for name in ("CLASSIFIER", "STORE", "CHAT"):
            monkeypatch.setenv(f"EARSHOT_{name}_PORT", str(free_port()))
        found = check_ports(CliSettings(url=f"http://localhost:{port}", home=tmp_path))[0]
    assert found.state is State.WARNING
    assert "set EARSHOT_HTTP_PORT to another port" in found.fix
    assert str(port) in found.detail
    assert check_ports(CliSettings(url="https://earshot.example", home=tmp_path)) == []


@pytest.mark.parametrize(
    ("info", "state", "says"),
    [
        ({"redis_version": "7.2.4", "maxmemory_policy": "noeviction"}, State.OK, "7.2.4, maxmemory-policy noeviction"),
        ({"redis_version": "8.0", "maxmemory_policy": "volatile-lru"}, State.OK, "volatile-lru"),
        ({"redis_version": "7.2.4", "maxmemory_policy": "allkeys-lru"}, State.WRONG, "drops running replies"),
        ({"redis_version": "5.0.14", "maxmemory_policy": "noeviction"}, State.WRONG, "version 5.0.14"),
        ({}, State.WRONG, "version unknown"),
    ],
)
def test_a_redis_that_drops_keys_or_is_too_old_is_wrong(info: dict[str, str], state: State, says: str) -> None:
    found = judged(info)
    assert (found.state, says in found.detail) == (state, True)
    assert bool(found.fix) == (state is not State.OK)


async def test_the_redis_that_is_given_is_asked(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_REDIS_URL", redis_url)
    found = check_redis()
    assert (found.state, "noeviction" in found.detail) == (State.OK, True), found.detail
    monkeypatch.setenv("EARSHOT_REDIS_URL", "redis://127.0.0.1:1/0")
    away = check_redis()
    assert (away.state, "does not answer" in away.detail) == (State.WARNING, True)


@pytest.mark.parametrize(
    ("ahead", "state", "says"),
    [
        ({"gateway": -0.4, "database": 0.2}, State.OK, "as that of gateway and database"),
        ({}, State.OK, "nobody told theirs"),
        ({"gateway": 0.1, "database": -3600.0}, State.WARNING, "database's is 3,600 s behind ours"),
        ({"gateway": 31.0}, State.WARNING, "gateway's is 31 s ahead of ours"),
    ],
)
def test_clocks_that_are_apart_are_named(ahead: dict[str, float], state: State, says: str) -> None:
    found = check_clocks(ahead)
    assert (found.state, says in found.detail) == (state, True), found.detail
