"""Health, reflection and the life of a process: start, dependencies, drain, signals, exit codes (T40, T45)."""

import asyncio
import json
import os
import signal
import socket
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from services.runtime.auth import TokenSigner
from services.runtime.channel import CallingChannel, open_channel
from services.runtime.errors import ErrorReason
from services.runtime.grpc_server import GrpcServer, Listen, PortTakenError
from services.runtime.keys import KeyFiles, generate_keys
from services.runtime.metrics import new_registry
from services.runtime.service_token import ServiceToken
from services.runtime.status import from_rpc_error
from tests.support.probe import PROBE, Handlers, ProbeStub, Rig, running_probe, text

ROOT = Path(__file__).parents[2]
HEALTH = "grpc.health.v1.Health"
REFLECTION = "grpc.reflection.v1alpha.ServerReflection"
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
SERVICE_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


# Health and reflection: T45.


def health_stub(rig: Rig) -> Any:
    return health_pb2_grpc.HealthStub(rig.channel(token=""))


async def watch(stub: Any, service: str) -> AsyncIterator[int]:
    async for update in stub.Watch(health_pb2.HealthCheckRequest(service=service)):
        yield update.status


async def until(updates: AsyncIterator[int], wanted: int) -> None:
    async with asyncio.timeout(10):
        async for status in updates:
            if status == wanted:
                return


async def test_health_follows_the_dependencies_of_each_service(tmp_path: Path) -> None:
    database_up = False
    cache_up = False

    async def database() -> None:
        if not database_up:
            raise ConnectionError("refused")

    async def cache() -> None:
        if not cache_up:
            await asyncio.Event().wait()

    checks = {"database": database, "cache": cache}
    timing = {"health_interval_seconds": 0.02, "health_timeout_seconds": 0.1}
    async with running_probe(tmp_path, Handlers(), checks=checks, requires=("database",), **timing) as rig:
        stub = health_stub(rig)
        service, whole = watch(stub, PROBE), watch(stub, "")
        assert await anext(service) == NOT_SERVING
        assert await anext(whole) == NOT_SERVING
        database_up = True
        await until(service, SERVING)
        assert (await stub.Check(health_pb2.HealthCheckRequest())).status == NOT_SERVING
        cache_up = True
        await until(whole, SERVING)
        assert rig.metric("earshot_serving", grpc_service=PROBE) == 1
        database_up = False
        await until(service, NOT_SERVING)
        await until(whole, NOT_SERVING)
        assert rig.metric("earshot_serving", grpc_service=PROBE) == 0


async def test_unknown_services(tmp_path: Path) -> None:
    async with running_probe(tmp_path, Handlers()) as rig:
        stub = health_stub(rig)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Check(health_pb2.HealthCheckRequest(service="no.such"))
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
        assert await anext(watch(stub, "no.such")) == SERVICE_UNKNOWN


async def test_a_service_that_requires_an_unknown_check_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="nothing"):
        async with running_probe(tmp_path, Handlers(), requires=("nothing",)):
            pass


async def listed(rig: Rig) -> set[str]:
    stub = reflection_pb2_grpc.ServerReflectionStub(rig.channel(token=""))
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    answers = [answer async for answer in stub.ServerReflectionInfo(iter([request]))]
    return {service.name for answer in answers for service in answer.list_services_response.service}


async def test_reflection_lists_exactly_what_is_served(tmp_path: Path) -> None:
    async with running_probe(tmp_path, Handlers()) as rig:
        assert await listed(rig) == {PROBE, HEALTH, REFLECTION}


async def test_production_hides_reflection(tmp_path: Path) -> None:
    async with running_probe(tmp_path, Handlers(), environment="production") as rig:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await listed(rig)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_taken_port_is_named_with_its_setting(tmp_path: Path) -> None:
    async with running_probe(tmp_path, Handlers()) as rig:
        second = GrpcServer(
            settings=rig.server.settings,
            listen=Listen(host="127.0.0.1", port=rig.server.port, setting="EARSHOT_PROBE_PORT"),
            services=[],
            verifier=rig.server.verifier,
            registry=new_registry(),
        )
        with pytest.raises(PortTakenError, match=rf"127\.0\.0\.1:{rig.server.port}.*EARSHOT_PROBE_PORT"):
            await second.start()


# The process


@dataclass(slots=True, kw_only=True)
class Process:
    """A running probe process and its log, line by line."""

    popen: asyncio.subprocess.Process
    keys: KeyFiles

    async def line(self, event: str) -> dict[str, Any]:
        """The next log line with this event."""
        assert self.popen.stderr is not None
        async with asyncio.timeout(30):
            async for raw in self.popen.stderr:
                line: dict[str, Any] = json.loads(raw)
                if line["event"] == event:
                    return line
        raise AssertionError(f"the process ended without {event!r}")

    async def exit_code(self) -> int:
        """The exit code; the log is read to its end so that the pipe never fills."""
        async with asyncio.timeout(30):
            await self.popen.communicate()
        assert self.popen.returncode is not None
        return self.popen.returncode

    def channel(self, port: int) -> CallingChannel:
        """A channel with a good token."""
        token = TokenSigner.from_file(self.keys.private_key).sign_service("test")
        return open_channel(f"127.0.0.1:{port}", service_token=ServiceToken(value=token))


@asynccontextmanager
async def process(folder: Path, **settings: str) -> AsyncIterator[Process]:
    keys = generate_keys(folder / "keys")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("EARSHOT_")}
    environment = {
        **inherited,
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "protos" / "gen"))),
        "EARSHOT_PUBLIC_KEY_FILE": str(keys.public_key),
        "EARSHOT_LOG_FORMAT": "json",
        **{f"EARSHOT_{name.upper()}": value for name, value in settings.items()},
    }
    command = (sys.executable, "-m", "tests.support.probe_process")
    popen = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield Process(popen=popen, keys=keys)
    finally:
        if popen.returncode is None:
            popen.kill()
            await popen.communicate()


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


async def test_drain_with_a_hundred_calls_and_twenty_streams_in_flight(tmp_path: Path) -> None:
    async with process(tmp_path, drain_grace_seconds="5", drain_delay_seconds="0.2") as running:
        port = (await running.line("listening"))["port"]
        async with running.channel(port) as channel:
            stub = ProbeStub(channel)
            health = watch(health_pb2_grpc.HealthStub(channel), "")
            await until(health, SERVING)
            unary = [asyncio.ensure_future(stub.write(text(str(number)))) for number in range(100)]
            willing = [stub.stream(text("x")) for _ in range(10)]
            deaf = [stub.stream(text("deaf")) for _ in range(10)]
            for stream in [*willing, *deaf]:
                assert (await stream.read()).value == "started"
            await stub.read(text("120"))

            running.popen.send_signal(signal.SIGTERM)
            await until(health, NOT_SERVING)
            assert sorted(int(answer.value) for answer in await asyncio.gather(*unary)) == list(range(100))
            for stream in willing:
                assert (await stream.read()).value == "completed"
                assert await stream.read() is grpc.aio.EOF
            for stream in deaf:
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await stream.read()
                error = from_rpc_error(caught.value)
                assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
                assert (error.reason, error.retry_after_seconds) == (ErrorReason.SHUTTING_DOWN, 1.0)
        assert await running.exit_code() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_an_idle_process_stops_on_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    async with process(tmp_path) as running:
        await running.line("listening")
        running.popen.send_signal(number)
        assert await running.exit_code() == 0


async def test_a_second_signal_forces(tmp_path: Path) -> None:
    async with process(tmp_path, drain_grace_seconds="3600") as running:
        port = (await running.line("listening"))["port"]
        async with running.channel(port) as channel:
            stub = ProbeStub(channel)
            stuck = asyncio.ensure_future(stub.write(text("deaf")))
            await stub.read(text("1"))
            running.popen.send_signal(signal.SIGTERM)
            await running.line("draining")
            running.popen.send_signal(signal.SIGINT)
            assert await running.exit_code() == 1
            with pytest.raises(grpc.aio.AioRpcError):
                await stuck


async def test_a_second_signal_forces_during_the_drain_delay(tmp_path: Path) -> None:
    async with process(tmp_path, drain_delay_seconds="3600") as running:
        await running.line("listening")
        running.popen.send_signal(signal.SIGTERM)
        await running.line("draining")
        running.popen.send_signal(signal.SIGTERM)
        assert await running.exit_code() == 1


@pytest.mark.parametrize("behaviour", ["fails", "ends"])
async def test_a_background_loop_that_stops_takes_the_process_down(tmp_path: Path, behaviour: str) -> None:
    async with process(tmp_path, probe_loop=behaviour) as running:
        what = "failed" if behaviour == "fails" else "ended"
        line = await running.line(f"background loop {what}, stopping the process")
        assert line["loop"] == "loop"
        assert await running.exit_code() == 1


async def test_a_taken_port_ends_the_process_with_a_clear_line(tmp_path: Path, taken_port: int) -> None:
    async with process(tmp_path, probe_port=str(taken_port)) as running:
        problem = (await running.line("cannot start"))["problem"]
        assert f"127.0.0.1:{taken_port}" in problem
        assert "EARSHOT_PROBE_PORT" in problem
        assert await running.exit_code() == 1


async def test_a_taken_metrics_port_too(tmp_path: Path, taken_port: int) -> None:
    async with process(tmp_path, metrics_port=str(taken_port)) as running:
        assert "EARSHOT_METRICS_PORT" in (await running.line("cannot start"))["problem"]
        assert await running.exit_code() == 1


async def test_metrics_are_served(tmp_path: Path) -> None:
    async with process(tmp_path, metrics_port="0") as running:
        port = (await running.line("metrics"))["port"]
        async with asyncio.timeout(30):
            while b'earshot_serving{grpc_service=""} 1.0' not in await asyncio.to_thread(metrics, port):
                pass


async def test_a_blocked_event_loop_shows_in_the_metrics_and_ends_the_process_with_its_stack(tmp_path: Path) -> None:
    async with process(tmp_path, probe_loop="blocks", metrics_port="0", loop_stall_seconds="3") as running:
        port = (await running.line("metrics"))["port"]
        await running.line("listening")
        async with asyncio.timeout(30):
            while await asyncio.to_thread(silence, port) < 1:
                pass
            _, stderr = await running.popen.communicate()
        assert running.popen.returncode == 1
        assert b"probe_process.py" in stderr, "the stack that blocks is named"


def metrics(port: int) -> bytes:
    """What Prometheus would read."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        body: bytes = answer.read()
    return body


def silence(port: int) -> float:
    """The age of the event loop's last turn, in seconds."""
    lines = metrics(port).decode().splitlines()
    return float(next(line for line in lines if line.startswith("earshot_event_loop_silence")).split()[1])


async def test_bad_settings_end_the_process_before_it_starts(tmp_path: Path) -> None:
    async with process(tmp_path, probe_port="many", log_level="loud") as running:
        async with asyncio.timeout(30):
            _, stderr = await running.popen.communicate()
        assert running.popen.returncode == 2
        assert b"2 settings must be fixed" in stderr
        assert b"EARSHOT_PROBE_PORT" in stderr
        assert b"EARSHOT_LOG_LEVEL" in stderr
