"""What a person may use of the chat: replies in a minute, and a language model's tokens in a day (T60, T63).

Both are kept in Redis, so that they hold over all processes. Tokens are reserved before a model is asked and set right
afterwards: what runs at once cannot overdraw the budget together. A day is one of UTC; what was reserved on one is
settled on it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from services.chat.stores.keyspace import Owner
from services.chat.stores.redis_pool import RedisClients, memory_errors
from services.runtime.errors import ErrorReason, LimitExceededError, UnavailableError
from services.runtime.ids import new_id

_logger = structlog.get_logger("earshot.spending")

_MINUTE_SECONDS: Final = 60
_TWO_DAYS_SECONDS: Final = 172_800

_ADMIT: Final = """
-- KEYS begun | ARGV limit id window_us | answers the microseconds to wait
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3])
if redis.call('ZSCORE', KEYS[1], ARGV[2]) then return 0 end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then
  return math.max(1, redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] + ARGV[3] - now)
end
redis.call('ZADD', KEYS[1], now, ARGV[2])
redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[3] / 1000))
return 0
"""

_RESERVE: Final = """
-- KEYS tokens | ARGV limit wanted keep_seconds | answers 1 where there was room
if (tonumber(redis.call('GET', KEYS[1])) or 0) + ARGV[2] > tonumber(ARGV[1]) then return 0 end
redis.call('INCRBY', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""

_SETTLE: Final = """
-- KEYS tokens | ARGV tokens keep_seconds
redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Tokens set aside of a day's budget; 0 where nothing was: there is no limit, or Redis was away."""

    day: str
    tokens: int = 0


class Spending:
    """Limits per person; 0 means none."""

    def __init__(self, redis: RedisClients, *, replies_per_minute: int, tokens_per_day: int) -> None:
        self._redis = redis.commands
        self._replies_per_minute = replies_per_minute
        self._tokens_per_day = tokens_per_day
        self._admit = redis.commands.register_script(_ADMIT)
        self._reserve = redis.commands.register_script(_RESERVE)
        self._settle = redis.commands.register_script(_SETTLE)

    async def admit(self, owner: Owner) -> None:
        """Counts a reply of this person. LimitExceededError (RATE_LIMITED) says when to come again."""
        if not self._replies_per_minute:
            return
        args: list[Any] = [self._replies_per_minute, new_id(), _MINUTE_SECONDS * 1_000_000]
        with memory_errors():
            wait_us = int(await self._admit([owner.begun()], args))
        if wait_us:
            raise LimitExceededError(
                f"More than {self._replies_per_minute} messages in a minute.",
                reason=ErrorReason.RATE_LIMITED,
                retry_after_seconds=wait_us / 1_000_000,
            )

    async def reserve(self, owner: Owner, tokens: int) -> Reservation:
        """Sets tokens of today's budget aside. LimitExceededError (BUDGET_EXHAUSTED) where there are not as many."""
        nothing = Reservation(day=_today())
        if not self._tokens_per_day:
            return nothing
        try:
            with memory_errors():
                args: list[Any] = [self._tokens_per_day, tokens, _TWO_DAYS_SECONDS]
                granted = bool(await self._reserve([owner.tokens(nothing.day)], args))
        except UnavailableError as error:
            # A reply that has begun goes on without Redis; so does its budget.
            _logger.warning("tokens not reserved", reason=error.reason)
            return nothing
        if not granted:
            raise LimitExceededError(
                "The day's budget of tokens is spent.",
                reason=ErrorReason.BUDGET_EXHAUSTED,
                hint="Ask with the model `builtin`, or tomorrow.",
            )
        return Reservation(day=nothing.day, tokens=tokens)

    async def settle(self, owner: Owner, reserved: Reservation, used: int) -> None:
        """Adds what was used beyond what was set aside; where it was less, the rest is given back."""
        tokens = used - reserved.tokens
        if not self._tokens_per_day or not tokens:
            return
        try:
            with memory_errors():
                await self._settle([owner.tokens(reserved.day)], [tokens, _TWO_DAYS_SECONDS])
        except UnavailableError as error:
            _logger.warning("tokens not settled", tokens=tokens, reason=error.reason)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
