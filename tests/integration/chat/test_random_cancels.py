"""A thousand random cancels around Redis: nobody is ever handed what was read for somebody else (T21).

A command that is cancelled after it was sent leaves its answer on the connection; a pool that hands that connection on
gives the next person the last one's data (redis/redis-py#2665). Few connections and many people make it likely.
"""

import asyncio
import random
from collections import Counter

from services.chat.history.remembered import RememberedTurn, SessionMemory
from services.chat.memory import Memory
from services.chat.reply_log import ReplyLog
from services.chat.stores.keyspace import Owner
from services.chat.stores.redis_pool import RedisClients, open_redis
from services.chat.stores.reply_record import ReplyStart
from services.runtime.errors import UnavailableError
from services.runtime.ids import new_id

PEOPLE = 50
ASKED = 2_000
AT_ONCE = 40
CONNECTIONS = 4


def owner(number: int) -> Owner:
    return Owner(workspace_id="cancels", user_id=f"user-{number}")


def canary(number: int) -> str:
    return f"canary of {number} " * 20


class Readers:
    """Reads what belongs to one of the people, in the ways the chat does."""

    def __init__(self, redis: RedisClients) -> None:
        self._memory = Memory(redis, keep_seconds=600)
        self._log = ReplyLog(
            redis=redis, replica_id=new_id(), lease_seconds=30, keep_seconds=600, keep_unarchived_seconds=600
        )
        self._sessions = [new_id() for _ in range(PEOPLE)]
        self._replies = [new_id() for _ in range(PEOPLE)]

    async def fill(self) -> None:
        """Gives everybody a memory, a meaning and a reply of their own."""
        for number in range(PEOPLE):
            session, said = self._sessions[number], canary(number)
            turn = RememberedTurn(id=new_id(), number=1, question=said, answer=said, status="completed")
            await self._memory.replace(owner(number), session, SessionMemory(turns=(turn,)))
            await self._memory.keep_meanings(owner(number), session, {1: said})
            start = ReplyStart(
                reply_id=self._replies[number],
                session_id=session,
                text=said,
                start_time="2026-03-18T00:00:00Z",
                request_id="",
                fingerprint="",
            )
            await self._log.begin(owner(number), start)

    async def read(self, number: int, way: int) -> str:
        """What is read for this person."""
        session = self._sessions[number]
        match way:
            case 0:
                memory = await self._memory.load(owner(number), session, turn_count=1)
                assert memory is not None
                return memory.turns[0].question
            case 1:
                return (await self._memory.meanings(owner(number), session))[1].decode()
            case 2:
                return (await self._log.state(owner(number), self._replies[number])).start.text
            case _:
                found = await self._log.unarchived(owner(number), session)
                assert found == self._replies[number]
                return canary(number)


async def left(work: "asyncio.Task[str]", turns: int) -> str | None:
    """What the work gave, unless somebody leaves it after so many turns of the loop; −1 stays to the end."""
    while turns and not work.done():
        await asyncio.sleep(0)
        turns -= 1
        if not turns:
            work.cancel()
    try:
        return await work
    except asyncio.CancelledError:
        return None
    except UnavailableError:
        # The few connections are all taken: that is an answer too.
        return None


async def test_a_thousand_random_cancels_hand_nobody_anothers_data(redis_url: str) -> None:
    chance = random.Random(2026)
    redis = open_redis(redis_url, max_commands=CONNECTIONS, max_blocking=1, block_seconds=1)
    readers = Readers(redis)
    ends: Counter[str] = Counter()

    async def once() -> None:
        number = chance.randrange(PEOPLE)
        work = asyncio.create_task(readers.read(number, chance.randrange(4)))
        said = await left(work, chance.choice([-1, *range(1, 13)]))
        assert said in {None, canary(number)}
        ends["left" if said is None else "read"] += 1

    try:
        await readers.fill()
        for _ in range(ASKED // AT_ONCE):
            await asyncio.gather(*(once() for _ in range(AT_ONCE)))
        # The connections are sound afterwards: everybody reads their own, every way.
        for number in range(PEOPLE):
            for way in range(4):
                assert await readers.read(number, way) == canary(number)
    finally:
        await redis.close()
    assert ends["left"] >= 1_000
    assert ends["read"] >= 100
