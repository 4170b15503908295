"""Commands that are sent together: each gets its own answer, and a refusal is only one's own."""

import asyncio
from urllib.parse import urlsplit

import pytest
from redis.exceptions import ResponseError

from services.chat.stores.redis_pool import RedisClients, memory_errors, open_redis
from services.runtime.errors import UnavailableError
from services.runtime.ids import new_id
from tests.support.tcp_proxy import Wire, tcp_proxy

CROWD = 300


def opened(url: str) -> RedisClients:
    """A Redis over one connection."""
    return open_redis(url, max_commands=1, max_blocking=1, block_seconds=1)


async def test_a_crowd_shares_one_connection_and_everybody_gets_their_own(redis_url: str) -> None:
    redis, name = opened(redis_url), new_id()
    client = redis.commands
    try:
        await asyncio.gather(*(client.set(f"{name}:{number}", number, px=60_000) for number in range(CROWD)))
        answers = await asyncio.gather(*(client.get(f"{name}:{number}") for number in range(CROWD)))
        refused, read = await asyncio.gather(
            client.lpush(f"{name}:0", "no list"), client.get(f"{name}:1"), return_exceptions=True
        )
    finally:
        await redis.close()
    assert answers == [b"%d" % number for number in range(CROWD)]
    assert isinstance(refused, ResponseError)
    assert read == b"1"


async def test_scripts_that_redis_forgot_are_brought_again(redis_url: str) -> None:
    redis = opened(redis_url)
    try:
        script = redis.commands.register_script("return ARGV[1]")
        for _ in range(2):
            assert await asyncio.gather(*(script([], [number]) for number in range(20))) == [
                b"%d" % number for number in range(20)
            ]
            await redis.commands.script_flush()
    finally:
        await redis.close()


@pytest.mark.parametrize("wire", [Wire.DOWN, Wire.BLACKHOLE])
async def test_a_crowd_hears_together_that_redis_is_away(redis_url: str, wire: Wire) -> None:
    parts = urlsplit(redis_url)

    async def ping(redis: RedisClients) -> bool:
        with memory_errors():
            return bool(await redis.commands.ping())

    async with tcp_proxy(parts.port or 6379, host=parts.hostname or "127.0.0.1") as proxy:
        credentials = parts.netloc.rpartition("@")[0]
        redis = opened(parts._replace(netloc=f"{credentials}@127.0.0.1:{proxy.port}".lstrip("@")).geturl())
        try:
            assert await ping(redis)
            proxy.become(wire)
            # One after the other they would take minutes, far more than a test may.
            heard = await asyncio.gather(*(ping(redis) for _ in range(CROWD)), return_exceptions=True)
            proxy.become(Wire.OPEN)
            after = await asyncio.gather(*(ping(redis) for _ in range(CROWD)))
        finally:
            await redis.close()
    assert {type(error) for error in heard} == {UnavailableError}
    assert all(after)
