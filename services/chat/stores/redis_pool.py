"""Connections to Redis: short timeouts, one retry, bounded pools, and one kind of failure for callers.

redis-py's own defaults (5 s timeouts, 10 retries, no bound) would hold a call for a minute when Redis is blackholed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import RedisError

from services.chat.stores.joined_commands import JoinedCommands
from services.runtime.errors import ErrorReason, UnavailableError

_TIMEOUT_SECONDS: Final = 0.5
_RETRIES: Final = 1
_RETRY_PAUSE_SECONDS: Final = 0.02
_PROTOCOL: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisClients:
    """One client for commands that answer at once, one for reads that wait; `close` both at the end."""

    commands: Redis
    blocking: Redis
    block_seconds: float

    async def check(self) -> None:
        """Returns when Redis answers; raises UnavailableError otherwise."""
        with memory_errors():
            await self.commands.ping()

    async def close(self) -> None:
        """Closes every connection."""
        await self.commands.aclose()
        await self.blocking.aclose()
        await self.commands.connection_pool.aclose()
        await self.blocking.connection_pool.aclose()


def open_redis(url: str, *, max_commands: int, max_blocking: int, block_seconds: float) -> RedisClients:
    """Clients of one Redis, connected on first use.

    Reads may wait for `block_seconds`, less than their socket's timeout: at or above it every read in vain would be an
    error (PostHog/posthog#63120).
    """
    commands = _pool(url, max_connections=max_commands, read_seconds=_TIMEOUT_SECONDS)
    blocking = _pool(url, max_connections=max_blocking, read_seconds=block_seconds + _TIMEOUT_SECONDS)
    return RedisClients(
        commands=JoinedCommands(commands, most_batches=max_commands),
        blocking=Redis(connection_pool=blocking),
        block_seconds=block_seconds,
    )


def _pool(url: str, *, max_connections: int, read_seconds: float) -> BlockingConnectionPool:
    return BlockingConnectionPool.from_url(
        url,
        max_connections=max_connections,
        timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        socket_timeout=read_seconds,
        socket_keepalive=True,
        retry=Retry(ConstantBackoff(_RETRY_PAUSE_SECONDS), _RETRIES),
        protocol=_PROTOCOL,
    )


@contextmanager
def memory_errors() -> Iterator[None]:
    """Turns whatever the driver raises into UnavailableError (MEMORY_UNAVAILABLE)."""
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise UnavailableError(
            "The chat's memory (Redis) does not answer.",
            reason=ErrorReason.MEMORY_UNAVAILABLE,
            hint="Try again in a moment; if it lasts, the operator has to look at Redis.",
        ) from error
