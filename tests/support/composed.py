"""Runs the services of docker-compose.yml as processes: the file's commands, environment, order and health checks.

What an engine would add is left out (namespaces, limits, the read-only root). What is replaced: `python` by this
interpreter, /app by a folder with exactly the files the image has, volumes by folders, host names and ports by free
ports of this machine, the addresses of Postgres and Redis by those of the embedded servers.

`OverTls` runs them with the second file, deploy/compose/tls.yml, and certificates of the tests' own authority.
"""

import asyncio
import os
import re
import secrets
import shutil
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from compileall import compile_dir
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisUnreachableError

from deploy.local.redis_server import redis_executable
from deploy.local.servers import free_port
from services.runtime.tls import TlsFiles
from tests.support.certificates import Authority
from tests.support.command_line import Finished
from tests.support.compose import Container, containers, in_order, over_tls
from tests.support.dockerfile import Dockerfile, read_dockerfile

HEALTHY_SECONDS = 60.0
STOP_SECONDS = 30.0
PASSWORDS = {"POSTGRES_PASSWORD": secrets.token_hex(24), "REDIS_PASSWORD": secrets.token_hex(24)}
PORTS = {"classifier": "50051", "store": "50052", "chat": "50053", "gateway": "8080"}
"""What the images listen on."""
ComposedT = TypeVar("ComposedT", bound="Composed")


@dataclass(slots=True, kw_only=True)
class Composed:
    """The file's services, running here."""

    folder: Path
    database_url: str
    every: Mapping[str, Container] = field(default_factory=lambda: containers(PASSWORDS))
    dockerfile: Dockerfile = field(default_factory=read_dockerfile)
    ports: Mapping[str, int] = field(default_factory=lambda: {name: free_port() for name in (*PORTS, "redis")})
    running: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Address of the gateway."""
        return f"http://127.0.0.1:{self.ports['gateway']}"

    def tree(self, container: Container) -> Path:
        """What stands for /app."""
        return self.folder / "images" / container.target

    def lay_out(self) -> None:
        """Makes every image's /app and the folders that stand for volumes and /tmp."""
        for target in sorted({container.target for container in self.every.values()} - {""}):
            self.dockerfile.lay_out(target, self.folder / "images" / target)
        compile_dir(self.folder / "images", quiet=1)
        for name in ("scratch", "tmp", "redis"):
            (self.folder / name).mkdir()

    def environment(self, container: Container) -> dict[str, str]:
        """The image's ENV beneath the file's, as far as this machine allows."""
        said = {**self.dockerfile.environment(container.target), **container.environment}
        here = {name: self._here(value, container) for name, value in said.items() if name != "PATH"}
        return {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "TMPDIR": str(self.folder / "tmp"),
            # In the image everything is compiled already, and nothing could be written.
            "PYTHONDONTWRITEBYTECODE": "1",
            **here,
            # Every container has this port to itself.
            **({"EARSHOT_METRICS_PORT": "0"} if "EARSHOT_METRICS_PORT" in here else {}),
        }

    async def run(self, name: str, command: list[str] | None = None, stdin: str = "") -> Finished:
        """Runs the service's command, or another one in its place, to its end: `docker compose run` or `exec`."""
        container = self.every[name]
        process = await self._spawn(container, command or container.command, log=None)
        out, err = await process.communicate(stdin.encode())
        return Finished(code=process.returncode or 0, out=out.decode(), err=err.decode())

    async def start(self, name: str) -> None:
        """Starts a service that stays."""
        container = self.every[name]
        self.running[name] = await self._spawn(container, container.command, log=self.folder / f"{name}.log")

    async def healthy(self, name: str) -> None:
        """Returns when its own health check passes; AssertionError when it ends, TimeoutError when it never does."""
        async with asyncio.timeout(HEALTHY_SECONDS):
            await self._listening(name)  # each check is a process of its own: leave the machine to what starts
            while (await self.run(name, self.every[name].health_command)).code != 0:  # not ours to hear
                self._lives(name)
                await asyncio.sleep(0.3)

    async def _listening(self, name: str) -> None:
        while True:
            self._lives(name)
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.ports[name])
            except ConnectionError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return

    def _lives(self, name: str) -> None:
        assert self.running[name].returncode is None, (self.folder / f"{name}.log").read_text()

    async def stop(self, name: str) -> None:
        """SIGTERM; AssertionError when it does not end in order."""
        if self.running[name].returncode is None:
            self.running[name].terminate()
        async with asyncio.timeout(STOP_SECONDS):
            code = await self.running[name].wait()
        assert code == 0, (self.folder / f"{name}.log").read_text()

    async def _spawn(self, container: Container, command: list[str], *, log: Path | None) -> asyncio.subprocess.Process:
        python, *arguments = [self._here(word, container) for word in command]
        assert python == "python"
        with (log or Path(os.devnull)).open("ab") as output:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                *arguments,
                env=self.environment(container),
                cwd=self.tree(container),
                stdin=asyncio.subprocess.DEVNULL if log else asyncio.subprocess.PIPE,
                stdout=output if log else asyncio.subprocess.PIPE,
                stderr=output if log else asyncio.subprocess.PIPE,
            )

    def _here(self, text: str, container: Container) -> str:
        if text.startswith("postgresql://"):
            return self.database_url
        if text.startswith("redis://"):
            return text.replace("@redis:6379", f"@127.0.0.1:{self.ports['redis']}")
        for name, port in PORTS.items():
            text = re.sub(rf"\b{port}\b", str(self.ports[name]), text)
            text = text.replace(f"{name}:{self.ports[name]}", f"127.0.0.1:{self.ports[name]}")
        tls = self.folder / "tls" / container.name
        for place, here in (("/app", self.tree(container)), ("/keys", self.folder / "keys"), ("/tls", tls)):
            text = re.sub(rf"(?<![\w/]){place}\b", str(here), text)
        return text.replace("0.0.0.0", "127.0.0.1").replace("/scratch", str(self.folder / "scratch"))


@dataclass(slots=True, kw_only=True)
class OverTls(Composed):
    """The same with every call between the services over mutual TLS."""

    every: Mapping[str, Container] = field(default_factory=lambda: over_tls(containers(PASSWORDS)))

    def lay_out(self) -> None:
        """Also a folder for each service with its certificate, for the name the others call it by."""
        Composed.lay_out(self)
        authority = Authority(folder=self.folder / "authority")
        for name in PORTS:
            files = authority.files(name, address="127.0.0.1")
            (self.folder / "tls" / name).mkdir(parents=True)
            for file, kept in ((files.certificate, "tls.crt"), (files.key, "tls.key"), (files.ca, "ca.crt")):
                shutil.copy(file, self.folder / "tls" / name / kept)

    def files(self, name: str) -> TlsFiles:
        """What a service shows and trusts."""
        place = self.folder / "tls" / name
        return TlsFiles(certificate=place / "tls.crt", key=place / "tls.key", ca=place / "ca.crt")


@asynccontextmanager
async def composed_services(folder: Path, database_url: str, kind: type[ComposedT]) -> AsyncIterator[ComposedT]:
    """Every service, each as soon as what it needs is healthy or done, as compose does it; stopped at the end."""
    composed = kind(folder=folder, database_url=database_url)
    composed.lay_out()
    async with _redis(composed):
        try:
            await _start_all(composed)
            yield composed
        finally:
            await asyncio.gather(*(composed.stop(name) for name in composed.running))


async def _start_all(composed: Composed) -> None:
    tasks: dict[str, asyncio.Task[None]] = {}
    async with asyncio.TaskGroup() as group:
        for container in in_order(composed.every):
            needed = [tasks[name] for name in container.needs]
            tasks[container.name] = group.create_task(_start(composed, container, needed))


async def _start(composed: Composed, container: Container, needed: Sequence[asyncio.Task[None]]) -> None:
    for task in needed:
        await task
    if not container.target:
        return
    if container.health_command:
        await composed.start(container.name)
        await composed.healthy(container.name)
    else:
        job = await composed.run(container.name)
        assert job.code == 0, job.err


@asynccontextmanager
async def _redis(composed: Composed) -> AsyncIterator[None]:
    """Redis with the file's own options, on a port and over a folder of ours."""
    _, *options = composed.every["redis"].command
    port = composed.ports["redis"]
    place = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(composed.folder / "redis")]
    process = await asyncio.create_subprocess_exec(
        str(redis_executable()), *options, *place, stdout=asyncio.subprocess.DEVNULL
    )
    client = Redis(port=port, password=PASSWORDS["REDIS_PASSWORD"])
    try:
        async with asyncio.timeout(HEALTHY_SECONDS):
            while not await _answers(client):  # noqa: ASYNC110  # another process: there is no event to wait for
                await asyncio.sleep(0.05)
        yield
    finally:
        await client.aclose()
        process.terminate()
        await process.wait()


async def _answers(client: Redis) -> bool:
    try:
        return bool(await client.ping())
    except RedisUnreachableError:
        return False
