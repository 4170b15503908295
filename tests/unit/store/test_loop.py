"""The loops of the background: what they do while others hold the work."""

import asyncio

from services.store.loop import Loop


async def test_work_that_another_holds_is_not_asked_for_without_a_pause() -> None:
    """Its row is locked: due for as long as a webhook takes to answer, and not to be had."""
    steps = 0

    async def step() -> bool:
        nonlocal steps
        steps += 1
        return False

    async def due_now() -> float:
        return 0.0

    running = asyncio.create_task(Loop("webhooks", step=step, next_seconds=due_now).run())
    for _ in range(1_000):
        await asyncio.sleep(0)
    assert steps == 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_loop_that_waits_for_another_is_woken_at_once() -> None:
    stepped = asyncio.Event()

    async def step() -> bool:
        stepped.set()
        return False

    async def due_now() -> float:
        return 0.0

    loop = Loop("webhooks", step=step, next_seconds=due_now, longest_seconds=60)
    running = asyncio.create_task(loop.run())
    await stepped.wait()
    stepped.clear()
    loop.wake()
    async with asyncio.timeout(60):
        await stepped.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
