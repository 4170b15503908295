"""`python -m gateway`: reads settings once, builds the application, serves it until SIGTERM."""

import asyncio
import signal
import socket
import sys

import uvicorn
from prometheus_client import REGISTRY

from gateway.app import create_app
from gateway.connections import BoundedConnection
from gateway.settings import GatewaySettings
from services.runtime.log import configure_logging
from services.runtime.loop_watch import watched_loop
from services.runtime.settings import load_settings_or_exit
from services.runtime.trace_export import exported_traces


def main() -> int:
    """Entry point; returns the exit code: 0 after a drain, 1 where a port is taken or a second Ctrl-C cut it short."""
    settings = load_settings_or_exit(GatewaySettings)
    configure_logging(settings, service="gateway")
    listener = _listen(settings)
    if listener is None:
        return 1
    config = server_config(settings)
    # uvicorn's choice of loop: uvloop where there is one, with a fifth less work per request.
    loop_factory = config.get_loop_factory()
    server = uvicorn.Server(config)
    with exported_traces(settings, service="gateway"), asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(_serve(server, listener, settings))
    return 1 if server.force_exit else 0


def server_config(settings: GatewaySettings) -> uvicorn.Config:
    """How uvicorn serves the application."""
    return uvicorn.Config(
        create_app(settings),
        http=BoundedConnection,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        limit_concurrency=settings.max_connections,
        timeout_graceful_shutdown=settings.http_grace_seconds,
        timeout_keep_alive=30,
    )


async def _serve(server: uvicorn.Server, listener: socket.socket, settings: GatewaySettings) -> None:
    # uvicorn hears signals by handlers of its own and raises them once more when it has drained: that would end the
    # process there, before its last spans are sent.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    async with watched_loop(REGISTRY, stall_seconds=settings.loop_stall_seconds):
        await server.serve(sockets=[listener])


def _listen(settings: GatewaySettings) -> socket.socket | None:
    """The listening socket; None, with a sentence on stderr, when the port cannot be had."""
    family = socket.AF_INET6 if ":" in settings.http_host else socket.AF_INET
    listener = socket.socket(family=family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.http_host, settings.http_port))
    except OSError as error:
        listener.close()
        sys.stderr.write(
            f"cannot listen on {settings.http_host}:{settings.http_port} ({error.strerror}): "
            "stop what uses the port or set EARSHOT_HTTP_PORT to another\n"
        )
        return None
    return listener


if __name__ == "__main__":
    sys.exit(main())
