"""Two of each process over one Postgres and one Redis: what several machines are, on one.

Callers name both replicas of a service by one address; the channels' round robin does the rest, as it does behind a
headless service in Kubernetes. A process that dies is started again, as there.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.process import Process
from deploy.local.servers import free_port
from deploy.local.stack import MODULES, ROOT
from services.runtime.auth import Role
from services.runtime.make_keys import make_keys
from services.store.migrations.runner import migrate
from services.store.people.create_user import create_user
from services.store.pool import DatabaseOptions
from tests.support.stack import WIDE_LIMITS

HEALTHY_SECONDS = 150.0
ADMIN = {"username": "ada", "password": "a long enough password"}
REPLICAS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One process of a pair."""

    name: str
    port: int
    metrics_port: int
    process: Process

    @property
    def url(self) -> str:
        """Where a gateway listens."""
        return f"http://127.0.0.1:{self.port}"

    async def answered(self) -> int:
        """Calls of ours that it has answered well, by its own metrics."""
        async with httpx.AsyncClient() as http:
            text = (await http.get(f"http://127.0.0.1:{self.metrics_port}/metrics")).text
        return int(
            sum(
                sample.value
                for family in text_string_to_metric_families(text)
                for sample in family.samples
                if sample.name == "grpc_server_handled_total"
                and sample.labels["grpc_code"] == "OK"
                and sample.labels["grpc_service"].startswith("earshot.")
            )
        )

    async def healthy(self) -> None:
        """Returns when it serves; AssertionError when it cannot be kept running."""
        ready = asyncio.create_task(self._ready())
        waited: set[asyncio.Future[Any]] = {ready, self.process.failed}
        async with asyncio.timeout(HEALTHY_SECONDS):
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        assert ready.done(), self.process.failed.result()
        await ready

    async def crash(self) -> None:
        """kill -9; returns when it has been started again and serves."""
        before = self.process.pid
        self.process.kill()
        async with asyncio.timeout(HEALTHY_SECONDS):
            while self.process.pid in {None, before}:  # noqa: ASYNC110  # the system tells nobody but the parent
                await asyncio.sleep(0.02)
        await self.healthy()

    async def restart(self) -> None:
        """SIGTERM and a new start, as a rolling update does it; returns when it serves again."""
        await self.process.stop()
        await self.process.start()
        await self.healthy()

    async def _ready(self) -> None:
        while not await self._serves():  # noqa: ASYNC110  # another process, and it may not even listen yet
            await asyncio.sleep(0.1)

    async def _serves(self) -> bool:
        try:
            if self.name == "gateway":
                async with httpx.AsyncClient(base_url=self.url) as http:
                    return (await http.get("/readyz")).status_code == httpx.codes.OK
            async with grpc.aio.insecure_channel(f"127.0.0.1:{self.port}") as channel:
                answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        except (httpx.TransportError, grpc.aio.AioRpcError):
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The pairs, by the name of their service."""

    replicas: Mapping[str, Sequence[Replica]]
    database_url: str

    @property
    def urls(self) -> list[str]:
        """Both gateways."""
        return [replica.url for replica in self.replicas["gateway"]]


@asynccontextmanager
async def running_cluster(
    folder: Path, database_url: str, redis_url: str, extra: Mapping[str, str]
) -> AsyncIterator[Cluster]:
    """Two of each with an administrator, all healthy; `extra` goes to every environment."""
    make_keys(folder / "keys")
    await migrate(DatabaseOptions(url=database_url))
    await create_user(DatabaseOptions(url=database_url), **ADMIN, role=Role.ADMIN)
    ports = {name: [free_port() for _ in range(REPLICAS)] for name in MODULES}
    shared = {**_environment(folder, ports, database_url, redis_url), **extra}
    replicas = {
        name: [_replica(folder, shared, name, number, port) for number, port in enumerate(ports[name])]
        for name in MODULES
    }
    async with AsyncExitStack() as exits:
        for pair in replicas.values():
            for replica in pair:
                await replica.process.start()
                exits.push_async_callback(replica.process.stop)
        await asyncio.gather(*(replica.healthy() for pair in replicas.values() for replica in pair))
        yield Cluster(replicas=replicas, database_url=database_url)


def _environment(folder: Path, ports: Mapping[str, Sequence[int]], database_url: str, redis_url: str) -> dict[str, str]:
    both = {name: ",".join(f"127.0.0.1:{port}" for port in pair) for name, pair in ports.items()}
    return {
        **{f"EARSHOT_{name.upper()}_ADDRESS": f"ipv4:{pair}" for name, pair in both.items()},
        "EARSHOT_DATABASE_URL": database_url,
        "EARSHOT_REDIS_URL": redis_url,
        "EARSHOT_PUBLIC_KEY_FILE": str(folder / "keys" / "public-key.pem"),
        "EARSHOT_PRIVATE_KEY_FILE": str(folder / "keys" / "signing-key.pem"),
        "EARSHOT_SERVICE_TOKEN_FILE": str(folder / "keys" / "service-token"),
        "EARSHOT_RATE_LIMITS": WIDE_LIMITS,
        "EARSHOT_CLASSIFIER_WORKERS": "1",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'protos' / 'gen'}",
    }


def _replica(folder: Path, shared: Mapping[str, str], name: str, number: int, port: int) -> Replica:
    variable = "EARSHOT_HTTP_PORT" if name == "gateway" else f"EARSHOT_{name.upper()}_PORT"
    metrics_port = free_port()
    process = Process(
        name=f"{name}-{number}",
        module=MODULES[name],
        environment={**shared, variable: str(port), "EARSHOT_METRICS_PORT": str(metrics_port)},
        log=folder / f"{name}-{number}.log",
        root=ROOT,
    )
    return Replica(name=name, port=port, metrics_port=metrics_port, process=process)
