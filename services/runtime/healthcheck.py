"""`python -m services.runtime.healthcheck ADDRESS`: exit 0 when what listens there is ready, else 1 and a sentence why.

ADDRESS is `host:port` of a gRPC server, asked by grpc.health.v1 for the server as a whole, or an `http://` URL that
must answer 200. With the EARSHOT_TLS_… files set, the gRPC server is asked over TLS, by a name of its own certificate.
Made for container health checks: it needs nothing but what every process has installed.
"""

import argparse
import asyncio
import sys
from typing import Final
from urllib.parse import urlsplit

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.runtime.tls import TlsSettings

EXIT_READY: Final = 0
EXIT_NOT_READY: Final = 1
DEFAULT_SECONDS: Final = 3.0

_OK: Final = 200
_HTTP_PORT: Final = 80


class NotReadyError(Exception):
    """The server is not ready; the text says what it answered instead."""


async def check(address: str) -> None:
    """Returns when the server says that it is ready. Raises NotReadyError, OSError; it waits as long as it takes."""
    if address.startswith("http://"):
        await _check_http(address)
    else:
        await _check_grpc(address)


async def _check_grpc(address: str) -> None:
    # An http_proxy of the environment is for the world outside, not for this container's own port.
    async with _channel(address) as channel:
        try:
            answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        except grpc.aio.AioRpcError as error:
            raise NotReadyError(f"{error.code().name}: {error.details()}") from error
    if answer.status != health_pb2.HealthCheckResponse.SERVING:
        raise NotReadyError(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))


def _channel(address: str) -> grpc.aio.Channel:
    options: list[tuple[str, str | int]] = [("grpc.enable_http_proxy", 0)]
    tls = TlsSettings().tls
    if tls is None:
        return grpc.aio.insecure_channel(address, options=options)
    # It is this container's own server: what is asked is whether it answers, not who it is.
    options.extend(("grpc.ssl_target_name_override", name) for name in tls.names()[:1])
    return grpc.aio.secure_channel(address, tls.channel_credentials(), options=options)


async def _check_http(url: str) -> None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or _HTTP_PORT)
    try:
        request = f"GET {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode("ascii"))
        status = (await reader.readline()).decode("latin-1").strip()
    finally:
        writer.close()
    if status.split(" ")[1:2] != [str(_OK)]:
        raise NotReadyError(status or "the connection was closed without an answer")


async def _outcome(address: str, seconds: float) -> str:
    """Empty when ready, else why not."""
    try:
        async with asyncio.timeout(seconds):
            await check(address)
    except TimeoutError:
        return f"no answer within {seconds:g} s"
    except (NotReadyError, OSError) as error:
        return str(error)
    return ""


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m services.runtime.healthcheck", description=__doc__)
    parser.add_argument("address", help="host:port of a gRPC server, or an http:// URL")
    parser.add_argument("--seconds", type=float, default=DEFAULT_SECONDS, help="longest wait (default: %(default)g)")
    given = parser.parse_args(arguments)
    problem = asyncio.run(_outcome(given.address, given.seconds))
    if not problem:
        return EXIT_READY
    sys.stderr.write(f"{given.address} is not ready: {problem}\n")
    return EXIT_NOT_READY


if __name__ == "__main__":
    sys.exit(main())
