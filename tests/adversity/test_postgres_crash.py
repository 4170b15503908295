"""Postgres crashes without a chance to write: what was called durable is there once, watchers miss nothing (D42)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
import pytest_asyncio

from earshot.store.v1 import message_pb2
from tests.support.postgres import KillablePostgres, killable_postgres
from tests.support.store import StoreRig, ingest, list_all, new_message, running_store

CRASHES = 2
MESSAGES = 20


@pytest_asyncio.fixture
async def postgres(tmp_path: Path) -> AsyncIterator[KillablePostgres]:
    async with killable_postgres(tmp_path / "postgres") as server:
        yield server


def asked(name: str, *, accepted: bool) -> message_pb2.IngestMessagesRequest:
    request = ingest(new_message(name, external_id=name))
    if accepted:
        request.acknowledgement = message_pb2.ACKNOWLEDGEMENT_ACCEPTED
    return request


async def sent(rig: StoreRig, names: list[str], *, accepted: bool) -> None:
    stub = rig.client.messages()
    for name in names:
        await stub.IngestMessages(asked(name, accepted=accepted), wait_for_ready=True)


async def told(rig: StoreRig, cursor: str, wanted: set[str]) -> tuple[str, list[str]]:
    """What a watch tells until it has told all that is wanted, and its cursor then."""
    call = rig.client.messages().WatchMessages(message_pb2.WatchMessagesRequest(cursor=cursor))
    names: list[str] = []
    async with asyncio.timeout(30):
        async for response in call:
            names += [change.message.text for change in response.changes]
            cursor = response.cursor
            if wanted <= set(names):
                break
    call.cancel()
    return cursor, names


async def crash(postgres: KillablePostgres, rig: StoreRig) -> None:
    """Returns when the store has connections to the server that was started again."""
    await postgres.crash()
    await postgres.start()
    async with asyncio.timeout(30):
        while True:
            try:
                await rig.client.messages().ListMessages(message_pb2.ListMessagesRequest())
            except grpc.aio.AioRpcError:
                await asyncio.sleep(0.05)  # there is no event: a connection opens or does not
            else:
                return


@pytest.mark.slow
async def test_what_was_called_durable_outlives_a_crash_and_every_watcher_hears_of_it(
    tmp_path: Path, postgres: KillablePostgres
) -> None:
    """Transactions that a crash undoes leave their numbers to later ones, which a cursor must not hold to be seen."""
    async with running_store(tmp_path, postgres.url) as rig:
        cursor, _ = await told(rig, "", set())
        durable: set[str] = set()
        events: list[str] = []
        for number in range(CRASHES):
            kept = [f"{number} durable {place}" for place in range(MESSAGES)]
            repeated = [f"{number} repeated {place}" for place in range(MESSAGES)]
            await sent(rig, kept, accepted=False)
            await sent(rig, repeated, accepted=True)
            await sent(rig, repeated[-1:], accepted=False)
            watched = [f"{number} watched {place}" for place in range(MESSAGES)]
            await sent(rig, watched, accepted=True)
            cursor, names = await told(rig, cursor, {*kept, *repeated, *watched})
            events += names
            await crash(postgres, rig)
            durable |= {*kept, *repeated, *watched}
        stored = await list_all(
            rig.client.messages(), lambda token: message_pb2.ListMessagesRequest(page_token=token, page_size=500)
        )
        texts = [message.text for message in stored]
        assert sorted(texts) == sorted(set(texts))
        assert durable <= set(texts), "what was called durable, or told of, is there"
        assert sorted(events) == sorted(texts), "each was told of once"
