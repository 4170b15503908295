"""The launcher: what it makes, what it keeps, how it ends, and what it says where it cannot do its work."""

import asyncio
import json
import shutil
import signal
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from stat import S_IMODE
from typing import Any

import httpx
import pytest

from deploy.local.demo import demo_messages
from deploy.local.errors import LaunchError
from deploy.local.home import Home
from deploy.local.process import Process
from deploy.local.settings import LaunchSettings
from deploy.local.stack import running_stack
from tests.support.launcher import Launcher, launched

DAYS = 40
"""Of demo messages: several chunks, so that a start can be interrupted between them."""
RUNNING = "Ctrl-C stops everything; the data stays."


def settings(folder: Path, **given: Any) -> LaunchSettings:
    ports: dict[str, Any] = dict.fromkeys(("http_port", "classifier_port", "store_port", "chat_port"), 0)
    return LaunchSettings(**{"home": folder / "home", "demo": False, **ports, **given})


async def refused(wanted: LaunchSettings) -> str:
    """What is said when this cannot start."""
    with pytest.raises(LaunchError) as caught:
        async with running_stack(wanted):
            pass
    return str(caught.value)


async def total(launcher: Launcher) -> int:
    """All messages, asked as the administrator of credentials.json."""
    made = json.loads(Home(launcher.home).credentials.read_text(encoding="utf-8"))
    async with httpx.AsyncClient(base_url=made["url"], timeout=60) as http:
        form = {"username": made["username"], "password": made["password"]}
        token = (await http.post("/api/v1/auth/token", data=form)).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        answer = await http.post("/api/v1/stats", json={}, headers=headers)
        counted: int = answer.json()["total"]
    return counted


def stopped_at(home: Path, name: str) -> datetime:
    """When a service said that it had drained."""
    lines = (Home(home).logs / f"{name}.log").read_text(encoding="utf-8").splitlines()
    last = [json.loads(line) for line in lines if line.startswith("{") and '"stopped"' in line][-1]
    return datetime.fromisoformat(last["timestamp"])


async def interrupt_the_load(home: Home) -> None:
    """Starts and stops within the load of the demo messages; anew where a busy machine let the load win."""
    for _ in range(5):
        async with launched(home.root, EARSHOT_DEMO_DAYS=str(DAYS)) as first:
            await first.until("demo messages: 500 of")
            assert await first.stop(signal.SIGINT) == 0, first.printed
            assert first.left_behind() == []
        assert "Traceback" not in first.printed
        if not json.loads(home.demo.read_text(encoding="utf-8"))["done"]:
            return
        shutil.rmtree(home.root)
    raise AssertionError("every load was over before the signal came")


async def test_a_demo_load_that_was_interrupted_is_finished_by_the_next_start(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    await interrupt_the_load(home)
    kept = {path: path.read_bytes() for path in (home.private_key, home.public_key)}
    password = json.loads(home.credentials.read_text(encoding="utf-8"))["password"]

    async with launched(home.root, EARSHOT_DEMO_DAYS=str(DAYS)) as second:
        await second.until(RUNNING)
        address = f"http://localhost:{second.ports['HTTP']}"
        for shown in (address, f"admin / {password}", f"store 127.0.0.1:{second.ports['STORE']}", str(home.root)):
            assert shown in second.printed
        made = json.loads(home.credentials.read_text(encoding="utf-8"))
        assert made == {"url": address, "username": "admin", "password": password}
        assert S_IMODE(home.credentials.stat().st_mode) == 0o600
        assert {path: path.read_bytes() for path in kept} == kept
        anchor = datetime.fromisoformat(json.loads(home.demo.read_text(encoding="utf-8"))["anchor"])
        assert await total(second) == len(demo_messages(anchor, DAYS))
        assert await second.stop(signal.SIGTERM) == 0, second.printed
        assert second.left_behind() == []
    assert stopped_at(home.root, "chat") <= stopped_at(home.root, "store") <= stopped_at(home.root, "classifier")

    async with launched(home.root, EARSHOT_DEMO_DAYS=str(DAYS)) as third:
        await third.until(RUNNING)
        assert "demo messages" not in third.printed
        assert await total(third) == len(demo_messages(anchor, DAYS))


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.parametrize("name", ["http_port", "classifier_port", "store_port", "chat_port"])
async def test_an_occupied_port_is_named_with_its_setting(tmp_path: Path, taken_port: int, name: str) -> None:
    said = await refused(settings(tmp_path, **{name: taken_port}))
    assert f"port {taken_port} is in use" in said
    assert f"EARSHOT_{name.upper()}" in said
    assert not (tmp_path / "home").exists()


async def test_a_folder_that_another_one_runs_over_is_left_alone(tmp_path: Path) -> None:
    with Home(tmp_path / "home").held():
        said = await refused(settings(tmp_path))
    assert f"Earshot runs over {tmp_path / 'home'} already" in said
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["lock"]


@pytest.mark.parametrize("host", ["203.0.113.7", "2001:db8::7"])
async def test_an_address_of_another_machine_is_named_with_its_setting(tmp_path: Path, host: str) -> None:
    said = await refused(settings(tmp_path, http_host=host))
    assert f"cannot listen on {host}" in said
    assert "EARSHOT_HTTP_HOST" in said


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("database_url", "postgresql://me:hushhush@127.0.0.1:1/db"),
        ("database_url", "mysql://me:hushhush@127.0.0.1/db"),
        ("redis_url", "redis://:hushhush@127.0.0.1:1/0"),
        ("redis_url", "http://:hushhush@127.0.0.1"),
    ],
)
async def test_a_given_server_that_is_away_is_named_with_its_setting(tmp_path: Path, name: str, url: str) -> None:
    said = await refused(settings(tmp_path, **{name: url}))
    assert said.startswith(f"EARSHOT_{name.upper()}: ")
    assert "hushhush" not in said


async def test_a_model_that_is_missing_is_named_with_what_mends_it(tmp_path: Path) -> None:
    async with launched(tmp_path / "home", EARSHOT_CLASSIFIER_MODEL="/nonexistent") as launcher:
        said, _ = await launcher.process.communicate()
    assert launcher.process.returncode == 1
    assert "/nonexistent/manifest.json is missing" in said.decode()
    assert "EARSHOT_CLASSIFIER_MODEL" in said.decode()
    assert "Traceback" not in said.decode()


async def test_a_wrong_setting_of_the_launcher_is_named(tmp_path: Path) -> None:
    async with launched(tmp_path / "home", EARSHOT_STORE_PORT="many", EARSHOT_DEMO="perhaps") as launcher:
        said, _ = await launcher.process.communicate()
    assert launcher.process.returncode == 2
    assert {line.partition(":")[0] for line in said.decode().splitlines()} == {"EARSHOT_STORE_PORT", "EARSHOT_DEMO"}


async def test_a_wrong_setting_of_a_service_ends_the_start_with_the_end_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_CHAT_MAX_REPLIES", "many")
    said = await refused(settings(tmp_path))
    assert said.startswith("chat ended with code 2")
    assert "EARSHOT_CHAT_MAX_REPLIES" in said
    assert str(tmp_path / "home" / "logs" / "chat.log") in said


async def test_a_process_that_dies_again_and_again_is_given_up_with_the_end_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mortal.py").write_text(
        "import os, sys; sys.exit(f\"died by {os.environ['CAUSE']}\")", encoding="utf-8"
    )
    log = tmp_path / "mortal.log"
    monkeypatch.setenv("CAUSE", "age")
    process = Process(name="mortal", module="mortal", environment={}, log=log, root=tmp_path)
    monkeypatch.setenv("CAUSE", "what was set after it was made")
    await process.start()
    async with asyncio.timeout(60):
        said = await process.failed
    await process.stop()
    assert said.startswith("mortal ended with code 1")
    assert log.read_text(encoding="utf-8").splitlines() == ["died by age"] * 4


async def test_a_postgres_that_cannot_start_is_named_with_its_cause_and_its_log(tmp_path: Path) -> None:
    data = tmp_path / "home" / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("18\n", encoding="ascii")
    said = await refused(settings(tmp_path))
    assert said.startswith(f"Postgres does not start over {data}")
    assert "pg_ctl" in said
    assert f"{data}/log" in said
