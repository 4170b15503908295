"""Waiting for labels: woken by what is announced, never by a clock, and never missing what came in between."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

from services.store.labelling.label_watch import LabelWatch


def lookup(waiting: set[UUID]) -> Callable[[set[UUID]], Awaitable[set[UUID]]]:
    async def still_waiting(ids: set[UUID]) -> set[UUID]:
        return ids & waiting

    return still_waiting


async def test_what_has_labels_already_is_not_waited_for() -> None:
    await LabelWatch().wait([uuid4()], seconds=60, still_waiting=lookup(set()))


async def test_the_last_announcement_ends_the_wait() -> None:
    watch, ids = LabelWatch(), [uuid4(), uuid4()]
    waiting = asyncio.create_task(watch.wait(ids, seconds=60, still_waiting=lookup(set(ids))))
    await asyncio.sleep(0)
    watch.done([ids[0], uuid4()])
    await asyncio.sleep(0)
    assert not waiting.done()
    watch.done([ids[1]])
    await waiting
    assert not watch._waiters


async def test_labels_written_between_storing_and_looking_are_seen() -> None:
    watch, message_id = LabelWatch(), uuid4()

    async def announced_meanwhile(ids: set[UUID]) -> set[UUID]:
        watch.done(ids)
        return ids

    await watch.wait([message_id], seconds=60, still_waiting=announced_meanwhile)


async def test_a_new_connection_makes_everybody_look_again() -> None:
    watch, message_id = LabelWatch(), uuid4()
    in_queue = {message_id}
    waiting = asyncio.create_task(watch.wait([message_id], seconds=60, still_waiting=lookup(in_queue)))
    await asyncio.sleep(0)
    in_queue.clear()
    watch.look_again()
    await waiting


async def test_the_time_ends_the_wait_and_leaves_nothing_behind() -> None:
    watch, message_id = LabelWatch(), uuid4()
    await watch.wait([message_id], seconds=0.01, still_waiting=lookup({message_id}))
    assert not watch._waiters


async def test_two_waiters_of_one_message_are_both_told() -> None:
    watch, message_id = LabelWatch(), uuid4()
    waiting = [
        asyncio.create_task(watch.wait([message_id], seconds=60, still_waiting=lookup({message_id}))) for _ in range(2)
    ]
    await asyncio.sleep(0)
    watch.done([message_id])
    await asyncio.gather(*waiting)
