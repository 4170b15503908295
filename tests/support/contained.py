"""As `composed`, in containers of the real images: read-only root, no capabilities, the image's own user and files.

Containers share this machine's network, so that ports are the free ones and Postgres and Redis those of the tests.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.support.compose import Container, read_compose
from tests.support.composed import PASSWORDS, STOP_SECONDS, Composed
from tests.support.engine import Engine

HARDENED = (
    *("--read-only", "--tmpfs", *read_compose(PASSWORDS)["x-hardened"]["tmpfs"]),
    *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "host"),
)


@dataclass(slots=True, kw_only=True)
class Contained(Composed):
    """The compose file's services in containers."""

    engine: Engine = field(default_factory=Engine)

    def tree(self, container: Container) -> Path:
        """The image has its own."""
        return Path("/app")

    def lay_out(self) -> None:
        """Only volumes are of this machine; their owner is the images' user, as in a fresh volume."""
        for name in ("scratch", "tmp", "redis", "keys/private", "keys/public"):
            (self.folder / name).mkdir(parents=True)
            (self.folder / name).chmod(0o777)

    def environment(self, container: Container) -> dict[str, str]:
        """The file's, and where this machine differs from the image."""
        image = self.dockerfile.environment(container.target)
        everything = Composed.environment(self, container)
        ports = {name: value for name, value in everything.items() if image.get(name, value) != value}
        said = {name: everything[name] for name in container.environment}
        return {name: value for name, value in {**said, **ports}.items() if name not in {"PATH", "PYTHONPATH"}}

    async def stop(self, name: str) -> None:
        """SIGTERM, which the engine passes on; AssertionError when it does not end in order."""
        if self.running[name].returncode is None:
            self.running[name].terminate()
        async with asyncio.timeout(STOP_SECONDS):
            code = await self.running[name].wait()
        assert code == 0, (self.folder / f"{name}.log").read_text()

    async def _spawn(self, container: Container, command: list[str], *, log: Path | None) -> asyncio.subprocess.Process:
        here = [self._here(word, container) for word in command]
        variables = (word for item in self.environment(container).items() for word in ("--env", "=".join(item)))
        volumes = (
            word
            for name in ("keys", "scratch")
            for word in ("--volume", f"{self.folder / name}:{self.folder / name}:z")
        )
        image = self.engine.image(container.target)
        arguments = ("run", "--rm", "--interactive", *HARDENED, *variables, *volumes, image, *here)
        with (log or Path("/dev/null")).open("ab") as output:
            return await asyncio.create_subprocess_exec(
                self.engine.command,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL if log else asyncio.subprocess.PIPE,
                stdout=output if log else asyncio.subprocess.PIPE,
                stderr=output if log else asyncio.subprocess.PIPE,
            )


@asynccontextmanager
async def reachable_by_tcp(database_url: str) -> AsyncIterator[str]:
    """The same database by a TCP port: the tests' Postgres has a socket in a folder that containers do not see."""
    parts = urlsplit(database_url)
    folder = parse_qs(parts.query).get("host")
    if not folder:
        yield database_url
        return

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(f"{folder[0]}/.s.PGSQL.5432")
        await asyncio.gather(_pump(reader, back), _pump(there, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"postgresql://{parts.username}:{parts.password or ''}@127.0.0.1:{port}{parts.path}"
    finally:
        server.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        return
    finally:
        writer.close()
