"""A call that waits for Postgres holds up no other, and leaves Postgres when its caller has given up (D43, T17)."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest
import pytest_asyncio

from earshot.store.v1 import conversation_pb2, message_pb2
from tests.support.postgres import connection
from tests.support.store import StoreRig, ingest, new_message, running_store

WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = 'earshot-store' AND wait_event_type = 'Lock'"
)
STORING = f"{WAITING} AND query LIKE '%INSERT INTO messages%'"
"""Without the store's own loops, which wait for the table as well."""
CALLS = 3


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    async with running_store(tmp_path_factory.mktemp("store"), database_url) as running:
        yield running


async def test_others_are_answered_while_calls_wait_for_a_lock(rig: StoreRig, database_url: str) -> None:
    async with connection(database_url) as owner, connection(database_url) as looking:
        locked = owner.transaction()
        await locked.start()
        await owner.execute("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
        stub = rig.client.messages()
        held = [asyncio.ensure_future(stub.ListMessages(message_pb2.ListMessagesRequest())) for _ in range(CALLS)]
        async with asyncio.timeout(20):
            while await looking.fetchval(WAITING) < CALLS:  # noqa: ASYNC110 - Postgres announces no waiting
                await asyncio.sleep(0.01)
        for _ in range(10):
            await rig.client.conversations().ListConversations(conversation_pb2.ListConversationsRequest())
        assert not any(call.done() for call in held)
        await locked.rollback()
        await asyncio.gather(*held)


async def test_a_callers_deadline_ends_the_statement_and_what_would_have_come_of_it(
    rig: StoreRig, database_url: str
) -> None:
    """T17: the statement is gone from Postgres while what it waits for still lasts."""
    async with connection(database_url) as owner, connection(database_url) as looking:
        locked = owner.transaction()
        await locked.start()
        await owner.execute("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
        asking = asyncio.ensure_future(
            rig.client.messages().IngestMessages(ingest(new_message("too late")), timeout=0.5)
        )
        async with asyncio.timeout(20):
            while not (waited := await looking.fetchval(STORING)) and not asking.done():  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await asking
        async with asyncio.timeout(5):
            while await looking.fetchval(STORING):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
        await locked.rollback()
        stored = await looking.fetchval("SELECT count(*) FROM messages WHERE text = 'too late'")
    assert waited == 1
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert stored == 0
