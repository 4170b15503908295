"""The whole stack as one context: servers, four processes, health. `make run` and the tests use the same."""

import asyncio
import errno
import json
import socket
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pydantic import SecretStr

from deploy.local.errors import LaunchError
from deploy.local.home import Home
from deploy.local.preflight import check_database, check_model, check_redis
from deploy.local.process import Process
from deploy.local.servers import embedded_postgres, embedded_redis, free_port
from deploy.local.settings import LaunchSettings

ROOT: Final = Path(__file__).resolve().parents[2]
HEALTHY_SECONDS: Final = 60.0
MODULES: Final[Mapping[str, str]] = {
    "classifier": "services.classifier",
    "store": "services.store",
    "chat": "services.chat",
    "gateway": "gateway",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A running stack."""

    url: str
    home: Home
    database_url: str
    redis_url: str
    addresses: Mapping[str, str]
    """Service name → host:port of its gRPC server."""
    metrics: Mapping[str, str]
    """Service name → host:port of its Prometheus endpoint; the gateway's is its own port."""
    processes: Mapping[str, Process]

    async def failure(self) -> str:
        """Waits until a process cannot be kept running; the answer says which and why."""
        failures = [process.failed for process in self.processes.values()]
        done, _ = await asyncio.wait(failures, return_when=asyncio.FIRST_COMPLETED)
        return next(iter(done)).result()


@asynccontextmanager
async def running_stack(settings: LaunchSettings) -> AsyncIterator[Stack]:
    """Starts everything, waits until it is healthy, and stops it in order at the end.

    Port 0 chooses a free one. Raises LaunchError with what is wrong and what to do.
    """
    home = Home(settings.home.expanduser().resolve())
    ports = _ports(settings)
    check_model(settings.classifier_model.expanduser().resolve())
    async with AsyncExitStack() as exits:
        exits.enter_context(home.held())
        home.prepare()
        database_url, redis_url = await _servers(settings, home, exits)
        addresses = {name: f"127.0.0.1:{ports[name]}" for name in ("classifier", "store", "chat")}
        environment = _environment(settings, home, ports, database_url, redis_url)
        metrics = {name: f"127.0.0.1:{free_port()}" for name in addresses}
        processes = {name: _process(name, home, environment, metrics.get(name)) for name in MODULES}
        home.scrape_targets.write_text(_scrape_targets(metrics), encoding="utf-8")
        stack = Stack(
            url=f"http://{_shown(settings.http_host)}:{ports['gateway']}",
            home=home,
            database_url=database_url,
            redis_url=redis_url,
            addresses=addresses,
            metrics=metrics,
            processes=processes,
        )
        for process in processes.values():
            await process.start()
            exits.push_async_callback(process.stop)
        await healthy(stack)
        yield stack


def _shown(host: str) -> str:
    if host in {"127.0.0.1", "0.0.0.0", "::"}:  # noqa: S104  # compared, not bound
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _ports(settings: LaunchSettings) -> dict[str, int]:
    wanted = {
        "gateway": (settings.http_host, settings.http_port, "EARSHOT_HTTP_PORT"),
        "classifier": ("127.0.0.1", settings.classifier_port, "EARSHOT_CLASSIFIER_PORT"),
        "store": ("127.0.0.1", settings.store_port, "EARSHOT_STORE_PORT"),
        "chat": ("127.0.0.1", settings.chat_port, "EARSHOT_CHAT_PORT"),
    }
    problems = [_occupied(*item) for item in wanted.values()]
    if any(problems):
        raise LaunchError("\n".join(problem for problem in problems if problem))
    return {name: port or free_port(host) for name, (host, port, _) in wanted.items()}


def _occupied(host: str, port: int, setting: str) -> str:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"port {port} is in use: stop what listens there, or choose another with {setting}=…"
            return f"cannot listen on {host}, port {port} ({error.strerror}): {_otherwise(error, setting)}"
    return ""


def _otherwise(error: OSError, setting: str) -> str:
    """A port that only the system's administrator may take is the port's fault, all else the address's."""
    if error.errno == errno.EACCES:
        return f"choose another with {setting}=…"
    return "choose another address with EARSHOT_HTTP_HOST=…"


async def _servers(settings: LaunchSettings, home: Home, exits: AsyncExitStack) -> tuple[str, str]:
    """(Postgres URL, Redis URL): the given ones, or embedded servers that stop with `exits`."""
    if settings.database_url:
        await check_database(_value(settings.database_url))
    if settings.redis_url:
        await check_redis(_value(settings.redis_url))
    database_url = _value(settings.database_url) or await exits.enter_async_context(embedded_postgres(home.postgres))
    redis_url = _value(settings.redis_url) or await exits.enter_async_context(embedded_redis(home.redis))
    return database_url, redis_url


def _value(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _environment(
    settings: LaunchSettings, home: Home, ports: Mapping[str, int], database_url: str, redis_url: str
) -> dict[str, str]:
    addresses = {f"EARSHOT_{name.upper()}_ADDRESS": f"127.0.0.1:{ports[name]}" for name in MODULES}
    listening = {f"EARSHOT_{name.upper()}_PORT": str(port) for name, port in ports.items()}
    hosts = {f"EARSHOT_{name.upper()}_HOST": "127.0.0.1" for name in MODULES}
    return {
        **addresses,
        **listening,
        **hosts,
        "EARSHOT_HTTP_HOST": settings.http_host,
        "EARSHOT_HTTP_PORT": str(ports["gateway"]),
        "EARSHOT_CLASSIFIER_MODEL": str(settings.classifier_model.expanduser().resolve()),
        "EARSHOT_DATABASE_URL": database_url,
        "EARSHOT_REDIS_URL": redis_url,
        "EARSHOT_PUBLIC_KEY_FILE": str(home.public_key),
        "EARSHOT_PRIVATE_KEY_FILE": str(home.private_key),
        "EARSHOT_SERVICE_TOKEN_FILE": str(home.service_token),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'protos' / 'gen'}",
        "PYTHONUNBUFFERED": "1",
    }


def _scrape_targets(metrics: Mapping[str, str]) -> str:
    """Prometheus' file-based service discovery: `file_sd_configs` can name the file it is written to."""
    groups = [{"targets": [address], "labels": {"service": name}} for name, address in metrics.items()]
    return json.dumps(groups, indent=2)


def _process(name: str, home: Home, environment: Mapping[str, str], metrics: str | None) -> Process:
    log = home.logs / f"{name}.log"
    own = {"EARSHOT_METRICS_PORT": metrics.rpartition(":")[2]} if metrics else {}
    return Process(name=name, module=MODULES[name], environment={**environment, **own}, log=log, root=ROOT)


async def healthy(stack: Stack) -> None:
    """Waits until every service says SERVING and the gateway is ready.

    LaunchError when one of them gives up or time is over.
    """
    waits = {name: asyncio.create_task(_serving(address)) for name, address in stack.addresses.items()}
    waits["gateway"] = asyncio.create_task(_ready(stack.url))
    failure = asyncio.create_task(stack.failure())
    ready = asyncio.create_task(_all(waits.values()))
    await asyncio.wait({ready, failure}, timeout=HEALTHY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    late = [name for name, wait in waits.items() if not wait.done()]
    failed = failure.result() if failure.done() else ""
    for task in (ready, failure, *waits.values()):
        task.cancel()
    await asyncio.gather(ready, failure, *waits.values(), return_exceptions=True)
    if failed:
        raise LaunchError(failed)
    if late:
        logs = "\n".join(f"{name}:\n{stack.processes[name].tail()}" for name in late)
        raise LaunchError(f"not healthy after {HEALTHY_SECONDS:.0f} s: {', '.join(late)}\n{logs}")


async def _all(tasks: Iterable[asyncio.Task[None]]) -> None:
    await asyncio.wait(list(tasks))


async def _serving(address: str) -> None:
    """Watches the health service until it says SERVING; the channel waits for the port by itself."""
    async with grpc.aio.insecure_channel(address, options=[("grpc.max_reconnect_backoff_ms", 250)]) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        while True:
            try:
                async for answer in stub.Watch(health_pb2.HealthCheckRequest(), wait_for_ready=True):
                    if answer.status == health_pb2.HealthCheckResponse.SERVING:
                        return
            except grpc.aio.AioRpcError:
                await asyncio.sleep(0.1)


async def _ready(url: str) -> None:
    """Asks the gateway's readiness until it answers 200."""
    address = urlsplit(url)
    while not await _answers(address.hostname or "", address.port or 0):  # noqa: ASYNC110  # another process: there is no event to wait for
        await asyncio.sleep(0.1)


async def _answers(host: str, port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(f"GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        status = await reader.readline()
        writer.close()
        await writer.wait_closed()
    except OSError:
        return False
    return b" 200 " in status
