"""A service's process: open the ports, run until told to stop, drain, and say by the exit code how it went."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Final, TypeAlias

import structlog
from prometheus_client import CollectorRegistry

from services.runtime.auth import TokenVerifier
from services.runtime.grpc_server import GrpcServer, GrpcService, Listen, PortTakenError
from services.runtime.interceptors.server_call import Layer
from services.runtime.loop_watch import watched_loop
from services.runtime.metrics import MetricsEndpoint
from services.runtime.readiness import ReadinessCheck
from services.runtime.settings import ServerSettings

_logger = structlog.get_logger("earshot.server")

EXIT_OK: Final = 0
EXIT_FAILED: Final = 1

BackgroundLoop: TypeAlias = Callable[[], Awaitable[None]]
"""Runs as long as the server does and is cancelled when the drain begins; returning or raising is a failure."""


async def serve(
    *,
    settings: ServerSettings,
    listen: Listen,
    services: Sequence[GrpcService],
    verifier: TokenVerifier,
    registry: CollectorRegistry,
    checks: Mapping[str, ReadinessCheck] | None = None,
    background: Mapping[str, BackgroundLoop] | None = None,
    draining: asyncio.Event | None = None,
    layers: Sequence[Layer] = (),
) -> int:
    """Runs a service until SIGTERM or SIGINT and returns the exit code of the process.

    0 after a drain; 1 when a port is taken, a background loop ended, or a second signal cut the drain short. `checks`
    are the dependencies by name; `draining` is set when the drain begins, for streams that have no end of their own;
    `layers` stand around every call.
    """
    server = GrpcServer(
        settings=settings,
        listen=listen,
        services=services,
        verifier=verifier,
        registry=registry,
        checks=checks or {},
        draining=draining or asyncio.Event(),
        layers=layers,
    )
    try:
        with _stop_signals() as signals:
            async with (
                _metrics_endpoint(settings, registry),
                watched_loop(registry, stall_seconds=settings.loop_stall_seconds),
            ):
                await server.start()
                _logger.info("listening", address=listen.address, port=server.port)
                return await _run_until_stopped(server, background or {}, signals)
    except PortTakenError as error:
        _logger.error("cannot start", problem=str(error))  # noqa: TRY400 - the text says it all
        return EXIT_FAILED


async def _run_until_stopped(
    server: GrpcServer, background: Mapping[str, BackgroundLoop], signals: asyncio.Queue[int]
) -> int:
    loops = [asyncio.create_task(_guarded(name, loop), name=name) for name, loop in background.items()]
    told = asyncio.create_task(signals.get())
    await asyncio.wait([told, *loops], return_when=asyncio.FIRST_COMPLETED)
    code = EXIT_OK if told.done() else EXIT_FAILED
    forced = asyncio.create_task(signals.get()) if told.done() else told
    drain = asyncio.create_task(_drain(server, loops))
    await asyncio.wait([drain, forced], return_when=asyncio.FIRST_COMPLETED)
    if drain.done():
        forced.cancel()
        await drain
        return code
    _logger.warning("second signal, stopping at once")
    drain.cancel()
    await server.abort()
    await asyncio.gather(drain, return_exceptions=True)
    return EXIT_FAILED


async def _drain(server: GrpcServer, loops: Sequence[asyncio.Task[None]]) -> None:
    _logger.info("draining", grace_seconds=server.settings.drain_grace_seconds)
    for loop in loops:
        loop.cancel()
    await server.drain()
    await asyncio.gather(*loops, return_exceptions=True)
    _logger.info("stopped")


async def _guarded(name: str, loop: BackgroundLoop) -> None:
    try:
        await loop()
    except Exception:
        _logger.exception("background loop failed, stopping the process", loop=name)
        return
    _logger.error("background loop ended, stopping the process", loop=name)


@contextmanager
def _stop_signals() -> Iterator[asyncio.Queue[int]]:
    """SIGTERM and SIGINT as a queue, for the length of the block."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[int] = asyncio.Queue()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, queue.put_nowait, number)
    try:
        yield queue
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


@asynccontextmanager
async def _metrics_endpoint(settings: ServerSettings, registry: CollectorRegistry) -> AsyncIterator[None]:
    if settings.metrics_port is None:
        yield
        return
    host, port = settings.metrics_host, settings.metrics_port
    try:
        endpoint = MetricsEndpoint(registry, host=host, port=port)
    except OSError as error:
        raise PortTakenError(
            f"cannot listen on {host}:{port} for metrics: {error.strerror}. "
            "Choose another address with EARSHOT_METRICS_HOST and EARSHOT_METRICS_PORT."
        ) from error
    _logger.info("metrics", host=host, port=endpoint.port)
    try:
        yield
    finally:
        await asyncio.to_thread(endpoint.close)
