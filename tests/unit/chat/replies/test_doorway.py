"""Who comes in, and how many begin at a time."""

import asyncio
import itertools

from services.chat.replies.doorway import Doorway
from services.chat.stores.keyspace import Owner
from services.runtime.errors import LimitExceededError


def owner(name: str) -> Owner:
    return Owner(workspace_id="workspace", user_id=name)


def taken(doorway: Doorway, name: str) -> int:
    """How many places this person gets."""
    for places in itertools.count():
        try:
            doorway.take(owner(name))
        except LimitExceededError:
            return places
    raise AssertionError("room without an end")


def test_one_person_cannot_fill_the_room() -> None:
    doorway = Doorway(room=20)
    assert taken(doorway, "flood") == 18
    doorway.take(owner("other"))
    doorway.take(owner("third"))
    assert taken(doorway, "fourth") == 0


def test_a_place_that_is_given_back_is_free() -> None:
    doorway = Doorway(room=1)
    for _ in range(3):
        assert taken(doorway, "one") == 1
        assert taken(doorway, "two") == 0
        doorway.give_back(owner("one"))


async def test_others_come_through_while_one_persons_crowd_begins() -> None:
    doorway, inside, most = Doorway(room=1000), 0, 0
    hold = asyncio.Event()

    async def begin(name: str) -> None:
        nonlocal inside, most
        async with doorway.beginning(owner(name)):
            inside += 1
            most = max(most, inside)
            await hold.wait()
            inside -= 1

    flood = [asyncio.create_task(begin("flood")) for _ in range(100)]
    await asyncio.sleep(0)
    of_one = most
    others = [asyncio.create_task(begin(f"other {number}")) for number in range(100)]
    await asyncio.sleep(0)
    of_all = most
    hold.set()
    await asyncio.gather(*flood, *others)
    assert 0 < of_one < of_all < 100
    assert most == of_all
    assert inside == 0
