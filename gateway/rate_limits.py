"""Rate limits per caller and class of routes: a moving window in Redis, so that all gateways count as one (G6).

The window is the library `limits`' (one Lua script, so that callers side by side cannot slip past). Where Redis does
not answer, requests pass, `http_rate_limit_blind_total` counts them, and Redis is left alone for a second.
"""

import math
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from prometheus_client import Counter
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.problems import problem_of
from gateway.route_classes import RouteClass, route_class
from services.runtime.call_context import identity_or_none
from services.runtime.errors import ErrorReason, LimitExceededError

REDIS_SECONDS: Final = 0.25
REDIS_CONNECTIONS: Final = 32
BLIND_SECONDS: Final = 1.0

_LOGGER: Final = structlog.get_logger("earshot.limits")
_REFUSED: Final = Counter("http_rate_limited_total", "Requests answered 429 by class of routes.", ["route_class"])
_BLIND: Final = Counter("http_rate_limit_blind_total", "Requests let pass uncounted because Redis did not answer.")


def parse_limits(text: str) -> dict[RouteClass, RateLimitItem]:
    """`login=30/minute, chat=60/minute` by class; one that is not named has no limit. ValueError says what is wrong."""
    found: dict[RouteClass, RateLimitItem] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, limit = part.partition("=")
        if name not in set(RouteClass):
            raise ValueError(f"{name} is no class of routes: {', '.join(RouteClass)}")
        try:
            found[RouteClass(name)] = parse(limit)
        except ValueError as error:
            raise ValueError(f"{limit} is no limit such as 60/minute") from error
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a request may pass. `reset_seconds` until the oldest of those counted leaves the window."""

    allowed: bool
    reset_seconds: float = 0.0


class RateLimits:
    """The limits of one process, counted in a Redis that all share."""

    def __init__(
        self,
        limiter: MovingWindowRateLimiter,
        items: Mapping[RouteClass, RateLimitItem],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.items = items
        self._limiter = limiter
        self._clock = clock
        self._blind_until = 0.0

    async def hit(self, kind: RouteClass, caller: str) -> Verdict:
        """Counts a request of a caller. Redis that does not answer refuses nobody."""
        if self._clock() < self._blind_until:
            _BLIND.inc()
            return Verdict(allowed=True)
        item = self.items[kind]
        try:
            allowed = await self._limiter.hit(item, kind.value, caller)
        except (StorageError, OSError, TimeoutError) as error:
            self._blind_until = self._clock() + BLIND_SECONDS
            _BLIND.inc()
            _LOGGER.warning("Redis does not count: requests pass unlimited", problem=type(error).__name__)
            return Verdict(allowed=True)
        if allowed:
            return Verdict(allowed=True)
        _REFUSED.labels(kind.value).inc()
        return Verdict(allowed=False, reset_seconds=await self._seconds_to_reset(item, kind, caller))

    async def _seconds_to_reset(self, item: RateLimitItem, kind: RouteClass, caller: str) -> float:
        """When a refused caller may come again; the whole window where Redis does not say."""
        try:
            window = await self._limiter.get_window_stats(item, kind.value, caller)
        except (StorageError, OSError, TimeoutError):
            return float(item.get_expiry())
        return max(window.reset_time - time.time(), 0.05)


@asynccontextmanager
async def open_rate_limits(
    redis_url: str, items: Mapping[RouteClass, RateLimitItem]
) -> AsyncIterator[RateLimits | None]:
    """Limits counted in this Redis; None where no Redis is named or nothing is limited."""
    if not redis_url or not items:
        yield None
        return
    pool = BlockingConnectionPool.from_url(
        redis_url,
        max_connections=REDIS_CONNECTIONS,
        timeout=REDIS_SECONDS,
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )
    storage = RedisStorage(
        f"async+{redis_url}",
        wrap_exceptions=True,
        implementation="redispy",
        key_prefix="earshot:limits",
        connection_pool=pool,  # type: ignore[arg-type]  # documented; typed for plain values only
    )
    try:
        yield RateLimits(MovingWindowRateLimiter(storage), items)
    finally:
        await pool.aclose()


class RateLimited:
    """Plain ASGI middleware inside CallScope. Callers are their user, in their workspace; strangers their address."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point."""
        limits: RateLimits | None = (
            getattr(scope["app"].state, "rate_limits", None) if scope["type"] == "http" else None
        )
        identity = identity_or_none()
        kind = route_class(scope["method"], scope["path"], known=identity is not None) if limits else None
        if limits is None or kind is None or kind not in limits.items:
            await self._app(scope, receive, send)
            return
        by_address = kind is RouteClass.LOGIN or identity is None
        caller = _address(scope) if by_address else f"{identity.workspace_id}/{identity.user_id}"  # type: ignore[union-attr]
        verdict = await limits.hit(kind, caller)
        policy = _policy(kind, limits.items[kind])

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["RateLimit-Policy"] = policy
                if not verdict.allowed:
                    headers["RateLimit"] = f'"{kind}";r=0;t={math.ceil(verdict.reset_seconds)}'
            await send(message)

        if verdict.allowed:
            await self._app(scope, receive, send_with_policy)
        else:
            await problem_of(_refusal(kind, verdict))(scope, receive, send_with_policy)


def _policy(kind: RouteClass, item: RateLimitItem) -> str:
    """As draft-ietf-httpapi-ratelimit-headers writes it: quota and window in seconds."""
    return f'"{kind}";q={item.amount};w={item.get_expiry()}'


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return f"address/{client[0] if client else ''}"


def _refusal(kind: RouteClass, verdict: Verdict) -> LimitExceededError:
    return LimitExceededError(
        f"Too many requests of the class {kind}.",
        reason=ErrorReason.RATE_LIMITED,
        hint=f"Try again in {math.ceil(verdict.reset_seconds)} s; RateLimit-Policy names the limit.",
        retry_after_seconds=verdict.reset_seconds,
    )
