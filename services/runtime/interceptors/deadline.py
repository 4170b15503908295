"""Deadlines: the caller's is passed on; a caller who sent none gets the server's.

A stream without a deadline may last, but not fall silent: time spent waiting for its handler or its next request is
limited. Time spent waiting for a slow reader is not counted, back-pressure is no fault of the handler.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

from services.runtime.call_context import bind_deadline
from services.runtime.errors import DeadlineExceededError
from services.runtime.interceptors.server_call import RpcKind, ServerCall

Limit: TypeAlias = Callable[[ServerCall], AbstractAsyncContextManager[None] | None]
"""The block that limits a call's time; None where its caller's own deadline does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePolicy:
    """What holds for callers who send no deadline; None means no limit."""

    unary_seconds: float = 30
    stream_idle_seconds: float | None = 60
    stream_total_seconds: float | None = None


def deadline_limit(policy: DeadlinePolicy) -> Limit:
    """Binds the call's deadline; the block that enforces the default one raises DeadlineExceededError."""

    def limit(call: ServerCall) -> AbstractAsyncContextManager[None] | None:
        sent_by_caller: float | None = call.context.time_remaining()
        if sent_by_caller is not None or call.is_infrastructure:
            bind_deadline(sent_by_caller)
            return None
        idle, total = _limits(policy, call.kind)
        bind_deadline(total)
        return _limited(call, idle_seconds=idle, total_seconds=total)

    return limit


def _limits(policy: DeadlinePolicy, kind: RpcKind) -> tuple[float | None, float | None]:
    if kind is RpcKind.UNARY:
        return None, policy.unary_seconds
    return policy.stream_idle_seconds, policy.stream_total_seconds


@asynccontextmanager
async def _limited(call: ServerCall, *, idle_seconds: float | None, total_seconds: float | None) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    end = None if total_seconds is None else loop.time() + total_seconds

    def next_limit() -> float | None:
        idle_end = None if idle_seconds is None else loop.time() + idle_seconds
        return min((limit for limit in (end, idle_end) if limit is not None), default=None)

    try:
        async with asyncio.timeout_at(next_limit()) as timeout:
            call.on_progress = lambda: timeout.reschedule(next_limit())
            call.on_pause = lambda: timeout.reschedule(end)
            yield
    except TimeoutError as error:
        if not timeout.expired():
            raise
        raise DeadlineExceededError(
            "The call took longer than the server allows without a deadline.", hint="Send a deadline with the call."
        ) from error
