"""What an ingest's answer says: durable by default, accepted where that was asked for (D5, D42)."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from earshot.store.v1 import message_pb2
from services.runtime.errors import ErrorReason
from tests.support.postgres import connection, fresh_database
from tests.support.store import StoreRig, error_of, ingest, new_message, running_store

DURABLE, ACCEPTED = message_pb2.ACKNOWLEDGEMENT_DURABLE, message_pb2.ACKNOWLEDGEMENT_ACCEPTED

# What the transaction that stored a message was told of its commit.
_NOTE_COMMITS = """
CREATE TABLE commits_seen (text text, waits text);
GRANT INSERT ON commits_seen TO earshot_app;
CREATE FUNCTION note_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO commits_seen VALUES (NEW.text, current_setting('synchronous_commit'));
  RETURN NULL;
END $$;
CREATE TRIGGER note_commit AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION note_commit();
"""


@pytest_asyncio.fixture(scope="module")
async def own_database(postgres_url: str, migrated: str) -> AsyncIterator[str]:
    async with fresh_database(postgres_url, "acknowledgement", template=migrated) as url:
        yield url


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, own_database: str) -> AsyncIterator[StoreRig]:
    async with running_store(tmp_path_factory.mktemp("store"), own_database) as running:
        yield running


@pytest_asyncio.fixture
async def owner(rig: StoreRig, own_database: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    async with connection(own_database) as opened:
        yield opened


def asked(text: str, acknowledgement: int | None = None, **fields: Any) -> message_pb2.IngestMessagesRequest:
    request = ingest(new_message(text, **fields))
    if acknowledgement is not None:
        request.acknowledgement = acknowledgement  # type: ignore[assignment]  # any number, as others may send
    return request


async def stored(
    rig: StoreRig, owner: "asyncpg.Connection[asyncpg.Record]", request: message_pb2.IngestMessagesRequest
) -> tuple[int, bool]:
    """What the answer says, and whether all that was written before the call is on disk after it."""
    before = await owner.fetchval("SELECT pg_current_wal_insert_lsn()::text")
    answer = await rig.client.messages().IngestMessages(request)
    on_disk = await owner.fetchval("SELECT pg_current_wal_flush_lsn() >= $1::text::pg_lsn", before)
    return answer.acknowledgement, on_disk


async def test_durable_is_the_default_and_accepted_is_said(
    rig: StoreRig, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await owner.execute(_NOTE_COMMITS)
    stub = rig.client.messages()
    answers = [
        (await stub.IngestMessages(asked(text, acknowledgement))).acknowledgement
        for text, acknowledgement in (("a", None), ("b", ACCEPTED), ("c", 0), ("d", DURABLE))
    ]
    assert answers == [DURABLE, ACCEPTED, DURABLE, DURABLE]
    seen = await owner.fetch("SELECT text, waits FROM commits_seen ORDER BY text")
    assert [tuple(row) for row in seen] == [("a", "on"), ("b", "off"), ("c", "on"), ("d", "on")]


async def test_what_was_only_accepted_is_on_disk_when_it_is_said_to_be(
    rig: StoreRig, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """An ingest that finds its messages there writes nothing, and must wait for the one that wrote them."""
    request_id = uuid4()
    by_key = asked("by key", ACCEPTED, external_id="accepted-1")
    by_request = ingest(new_message("by request"), request_id=request_id)
    by_request.acknowledgement = ACCEPTED
    for request in (by_key, by_request):
        first = await rig.client.messages().IngestMessages(request)
        assert (first.acknowledgement, first.created) == (ACCEPTED, 1)
        request.acknowledgement = DURABLE
        assert await stored(rig, owner, request) == (DURABLE, True)
        again = await rig.client.messages().IngestMessages(request)
        assert again.messages[0].id == first.messages[0].id


async def test_an_imported_row_that_was_accepted_before_is_on_disk_when_its_chunk_is_acknowledged(
    rig: StoreRig, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    message = new_message("accepted, then imported", external_id="accepted-2")
    request = ingest(message)
    request.acknowledgement = ACCEPTED
    await rig.client.messages().IngestMessages(request)
    before = await owner.fetchval("SELECT pg_current_wal_insert_lsn()::text")
    rows = [message_pb2.ImportRow(number=1, message=message)]
    call = rig.client.messages().ImportMessages(iter([message_pb2.ImportMessagesRequest(chunk=1, rows=rows)]))
    answers = [answer async for answer in call]
    assert [(answer.created, answer.existing) for answer in answers] == [(0, 1)]
    assert await owner.fetchval("SELECT pg_current_wal_flush_lsn() >= $1::text::pg_lsn", before)


async def test_accepted_keeps_every_other_rule(rig: StoreRig) -> None:
    stub = rig.client.messages()
    first = await stub.IngestMessages(asked("one", ACCEPTED, external_id="ruled"))
    assert first.messages[0].status == message_pb2.LABEL_STATUS_PENDING
    read = await stub.GetMessage(message_pb2.GetMessageRequest(id=first.messages[0].id))
    assert read.message == first.messages[0], "it is visible at once"
    again = await stub.IngestMessages(asked("one", ACCEPTED, external_id="ruled"))
    assert (again.acknowledgement, again.created, again.existing) == (ACCEPTED, 0, 1)
    taken = stub.IngestMessages(asked("another", ACCEPTED, external_id="ruled"))
    assert (await error_of(taken)).reason == ErrorReason.MESSAGE_EXISTS
    bad = await error_of(stub.IngestMessages(asked("", ACCEPTED)))
    assert [violation.field for violation in bad.violations] == ["messages[0].text"]


async def test_what_cannot_be_asked_is_refused(rig: StoreRig) -> None:
    stub = rig.client.messages()
    waiting = ingest(new_message("one"), wait_seconds=1)
    waiting.acknowledgement = ACCEPTED
    refused = await error_of(stub.IngestMessages(waiting))
    assert [violation.field for violation in refused.violations] == ["wait_for_labels"]
    unknown = await error_of(stub.IngestMessages(asked("one", 9)))
    assert unknown.reason == ErrorReason.UNKNOWN_ENUM_VALUE
