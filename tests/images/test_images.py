"""The images, built and started: `make images-check`. It needs a container engine, so it is no part of `make test`.

Each starts as docker-compose.yml says, on a read-only root without capabilities, and answers its health check, which is
run inside it. CONTAINER_ENGINE names the engine: docker by default.
"""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
import pytest_asyncio

from tests.support.composed import PORTS, Composed, composed_services
from tests.support.contained import HARDENED, Contained, reachable_by_tcp
from tests.support.dockerfile import read_dockerfile
from tests.support.engine import Engine
from tests.support.postgres import fresh_database

TARGETS = sorted(PORTS)
MEGABYTES = {"classifier": 400, "store": 200, "chat": 200, "gateway": 200}
"""The most an image may have, unpacked, in 10⁶ bytes."""
ADMIN = {"username": "margaret", "password": "a long enough password"}
MESSAGE = {
    "text": "my withdrawal is stuck",
    "source": "app",
    "user_id": "u-1",
    "timestamp": datetime.now(UTC).isoformat(),
}
WAITING_MINUTES = 60

pytestmark = pytest.mark.timeout(WAITING_MINUTES * 60)


@pytest_asyncio.fixture(scope="module")
async def engine() -> Engine:
    """An engine that has all four images, built one after the other."""
    engine = Engine()
    for target in TARGETS:
        await engine.build(target)
    return engine


@pytest.mark.parametrize("target", TARGETS)
async def test_an_image_is_small(engine: Engine, target: str) -> None:
    size = (await engine.inspected(target))["Size"] / 1e6
    assert size <= MEGABYTES[target], f"{target} has {size:.0f} MB"


@pytest.mark.parametrize("target", TARGETS)
async def test_an_image_says_who_runs_it_and_how_to_ask_it(engine: Engine, target: str) -> None:
    config = (await engine.inspected(target))["Config"]
    file = read_dockerfile()
    assert config["User"] == "10001:10001"
    assert config["Cmd"] == file.command(target)
    health = config.get("Healthcheck") or (await engine.inspected(target))["Healthcheck"]
    assert health["Test"] == ["CMD", *file.health_command(target)]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("program", ["/bin/sh", "/usr/bin/apt-get", "/usr/bin/perl", "/usr/bin/gcc", "pip"])
async def test_an_image_has_neither_shell_nor_tools(engine: Engine, target: str, program: str) -> None:
    said = await engine.run("run", "--rm", *HARDENED, "--entrypoint", program, engine.image(target))
    assert said.code in {126, 127}, said


@pytest.mark.parametrize("target", TARGETS)
async def test_a_process_is_nobody_and_can_write_nowhere_but_in_tmp(engine: Engine, target: str) -> None:
    program = (
        "import os, pathlib\n"
        "print(os.getuid(), os.getgid())\n"
        "pathlib.Path('/tmp/x').touch()\n"
        "for place in ('/app', '/opt/venv', '/usr', '/keys'):\n"
        "    try:\n        pathlib.Path(place, 'x').touch()\n"
        "    except OSError:\n        print(place)\n"
    )
    said = await engine.run("run", "--rm", *HARDENED, engine.image(target), "python", "-c", program)
    assert said.out.split() == ["10001", "10001", "/app", "/opt/venv", "/usr", "/keys"], said.err


@pytest.mark.parametrize("target", TARGETS)
async def test_without_settings_a_process_names_what_is_missing(engine: Engine, target: str) -> None:
    said = await engine.run("run", "--rm", *HARDENED, engine.image(target))
    assert said.code == 2
    assert re.search(r"EARSHOT_PUBLIC_KEY_FILE: is missing", said.err)


@pytest_asyncio.fixture(scope="module")
async def contained(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory, postgres_url: str
) -> AsyncIterator[Composed]:
    """Everything the compose file starts, in containers. Being here means that every health check passed."""
    async with (
        fresh_database(postgres_url, "images") as database_url,
        reachable_by_tcp(database_url) as url,
        composed_services(tmp_path_factory.mktemp("images"), url, Contained) as running,
    ):
        yield running


async def test_a_question_goes_through_all_of_them(contained: Composed) -> None:
    command = [*contained.every["store"].command, "create-user", ADMIN["username"]]
    made = await contained.run("store", command, stdin=f"{ADMIN['password']}\n")
    assert made.code == 0, made.err
    async with httpx.AsyncClient(base_url=contained.url, timeout=60) as http:
        login = await http.post("/api/v1/auth/token", data=ADMIN)
        http.headers["Authorization"] = f"Bearer {login.json()['access_token']}"
        sent = await http.post("/api/v1/messages?wait=30", json=MESSAGE)
        assert sent.is_success, sent.text
        answer = await http.post("/api/v1/chat", json={"text": "how many messages came in today?"})
        assert answer.status_code == 200, answer.text
        assert "1" in answer.json()["answer"]
        assert "<title>" in (await http.get("/")).text
