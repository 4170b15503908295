"""ImportMessages: chunk by chunk, bad rows by number, nothing twice."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import grpc
import pytest
import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp

from earshot.store.v1 import message_pb2
from services.runtime.auth import Role
from services.runtime.errors import ErrorReason
from tests.support.postgres import connection
from tests.support.store import StoreRig, caller, chunk, error_of, ingest, new_message, running_store

Chunks = list[message_pb2.ImportMessagesRequest]


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    async with running_store(tmp_path_factory.mktemp("store"), database_url) as running:
        yield running


async def run_import(rig: StoreRig, chunks: Chunks) -> list[message_pb2.ImportMessagesResponse]:
    return [answer async for answer in rig.client.messages().ImportMessages(iter(chunks))]


async def test_every_row_is_stored_and_every_chunk_acknowledged_in_order(rig: StoreRig, database_url: str) -> None:
    import_id = uuid4()
    chunks = [
        chunk(7 * n, [(100 * n + r + 1, new_message(f"{n}-{r}")) for r in range(100)], import_id) for n in range(12)
    ]
    answers = await run_import(rig, chunks)
    assert [(answer.chunk, answer.created, answer.existing) for answer in answers] == [
        (7 * n, 100, 0) for n in range(12)
    ]
    async with connection(database_url) as owner:
        texts = await owner.fetch("SELECT text FROM messages WHERE import_id = $1 ORDER BY import_row", import_id)
    assert [row["text"] for row in texts] == [f"{n}-{r}" for n in range(12) for r in range(100)]
    again = await run_import(rig, chunks)
    assert [(answer.created, answer.existing) for answer in again] == [(0, 100)] * 12


async def test_an_acknowledgement_does_not_wait_for_the_next_chunk(rig: StoreRig) -> None:
    call = rig.client.messages().ImportMessages()
    import_id = uuid4()
    for number in range(5):
        await call.write(chunk(number, [(number + 1, new_message(f"{number}"))], import_id))
        answer = await call.read()
        assert isinstance(answer, message_pb2.ImportMessagesResponse)
        assert (answer.chunk, answer.created) == (number, 1)
    await call.done_writing()


async def test_bad_rows_are_named_by_number_and_the_rest_is_stored(rig: StoreRig) -> None:
    taken = str(uuid4())
    first = chunk(1, [(1, new_message("as it was", external_id=taken))])
    rows = [
        (0, new_message("row zero")),
        (2, new_message(" ")),
        (3, new_message("good")),
        (4, new_message(source="Live Chat", event_time=Timestamp(seconds=-1))),
        (2**63, new_message("beyond")),
        (5, new_message("other content", external_id=taken)),
        (6, new_message("nul \x00")),
        (7, new_message("as it was", external_id=taken)),
        (3, new_message("the same row with other text")),
    ]
    _, answer = await run_import(rig, [first, chunk(2, rows, uuid4())])
    assert (answer.created, answer.existing) == (1, 1)
    assert [(error.number, error.field, error.reason) for error in answer.errors] == [
        (0, "number", ErrorReason.INVALID_ARGUMENT),
        (2, "text", ErrorReason.EMPTY_TEXT),
        (3, "external_id", ErrorReason.MESSAGE_EXISTS),
        (4, "source", ErrorReason.INVALID_ARGUMENT),
        (4, "event_time", ErrorReason.BAD_TIMESTAMP),
        (5, "external_id", ErrorReason.MESSAGE_EXISTS),
        (6, "text", ErrorReason.INVALID_ARGUMENT),
        (2**63, "number", ErrorReason.INVALID_ARGUMENT),
    ]
    assert all(error.message.endswith(".") and len(error.message) > 20 for error in answer.errors)


def only_checked(chunks: Chunks) -> Chunks:
    """The same chunks, to be judged and not stored."""
    checked = [message_pb2.ImportMessagesRequest() for _ in chunks]
    for copy, original in zip(checked, chunks, strict=True):
        copy.CopyFrom(original)
        copy.validate_only = True
    return checked


async def test_a_check_says_what_the_import_then_does_and_stores_nothing(rig: StoreRig, database_url: str) -> None:
    key, import_id = uuid4().hex, uuid4()
    await run_import(rig, [chunk(1, [(1, new_message("as it was", external_id=f"{key}-stored"))])])
    first = [
        (1, new_message("no id")),
        (2, new_message("new", external_id=f"{key}-new")),
        (3, new_message("as it was", external_id=f"{key}-stored")),
        (4, new_message("not as it was", external_id=f"{key}-stored")),
        (5, new_message(" ", external_id=f"{key}-blank")),
        (2, new_message("new", external_id=f"{key}-new")),
    ]
    later = [
        (6, new_message("other", external_id=f"{key}-new")),
        (7, new_message("new", external_id=f"{key}-new")),
        (8, new_message("new", source="elsewhere", external_id=f"{key}-new")),
        (9, new_message("now not blank", external_id=f"{key}-blank")),
        (10, new_message("not as it was", external_id=f"{key}-stored")),
        (1, new_message("no id")),
        (1, new_message("no id, other text")),
    ]
    chunks = [chunk(3, first, import_id), chunk(4, later, import_id)]
    count = "SELECT count(*) FROM messages WHERE import_id = $1 OR external_id LIKE $2 || '-%'"
    async with connection(database_url) as owner:
        checked = await run_import(rig, only_checked(chunks))
        assert await owner.fetchval(count, import_id, key) == 1
        stored = await run_import(rig, chunks)
        assert checked == stored
        assert [(answer.created, answer.existing, len(answer.errors)) for answer in stored] == [(2, 2, 2), (2, 2, 3)]
        assert await owner.fetchval(count, import_id, key) == 5
    again = await run_import(rig, only_checked(chunks))
    assert [(answer.created, answer.existing, len(answer.errors)) for answer in again] == [(0, 4, 2), (0, 4, 3)]


async def test_a_row_with_the_id_of_a_stored_message_is_that_message(rig: StoreRig) -> None:
    first = await rig.client.messages().IngestMessages(ingest(new_message("as it was"), new_message("another")))
    ids = [message.id for message in first.messages]
    rows = [
        ("as it was", ids[0]),
        ("changed since", ids[1]),
        ("as it was", ids[1]),
        ("another", "no id"),
        (" ", ids[0]),
    ]

    def sent(*, validate_only: bool) -> Chunks:
        request = chunk(1, [(n, new_message(text)) for n, (text, _) in enumerate(rows, start=1)], uuid4())
        for row, (_, message_id) in zip(request.rows, rows, strict=True):
            row.message_id = message_id
        request.validate_only = validate_only
        return [request]

    for chunks in (sent(validate_only=True), sent(validate_only=False)):
        (answer,) = await run_import(rig, chunks)
        assert (answer.created, answer.existing, [error.number for error in answer.errors]) == (3, 1, [5])
    theirs = rig.client.messages(caller(workspace_id="elsewhere"))
    (answer,) = [answer async for answer in theirs.ImportMessages(iter(sent(validate_only=False)))]
    assert (answer.created, answer.existing) == (4, 0)


async def test_few_imports_are_checked_at_a_time(rig: StoreRig) -> None:
    (one,) = only_checked([chunk(1, [(1, new_message())], uuid4())])
    calls = [rig.client.messages().ImportMessages() for _ in range(2)]
    for call in calls:
        await call.write(one)
        assert await call.read() is not grpc.aio.EOF
    assert (await error_of(run_import(rig, [one]))).reason == ErrorReason.TOO_MANY_STREAMS
    await calls[0].done_writing()
    assert await calls[0].read() is grpc.aio.EOF
    assert [answer.created for answer in await run_import(rig, [one])] == [1]
    calls[1].cancel()


async def test_a_chunk_of_bad_rows_only_is_acknowledged(rig: StoreRig) -> None:
    (answer,) = await run_import(rig, [chunk(1, [(1, new_message(""))], uuid4())])
    assert (answer.created, answer.existing, len(answer.errors)) == (0, 0, 1)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (chunk(2, []), ErrorReason.EMPTY_REQUEST),
        (chunk(2, [(n, new_message()) for n in range(1001)], uuid4()), ErrorReason.TOO_MANY_MESSAGES),
        (chunk(2, [(1, new_message())]), ErrorReason.MISSING_FIELD),
        (chunk(2, [(1, new_message())], "import-1"), ErrorReason.BAD_ID),
    ],
    ids=["no rows", "1001 rows", "no import id", "bad import id"],
)
async def test_a_chunk_that_is_none_ends_the_import_after_the_good_ones(
    rig: StoreRig, bad: message_pb2.ImportMessagesRequest, reason: ErrorReason
) -> None:
    call = rig.client.messages().ImportMessages(iter([chunk(1, [(1, new_message())], uuid4()), bad]))
    answer = await call.read()
    assert isinstance(answer, message_pb2.ImportMessagesResponse)
    assert answer.created == 1
    assert (await error_of(call.read())).reason == reason


async def test_two_imports_of_one_file_at_once_store_it_once(rig: StoreRig, database_url: str) -> None:
    key = str(uuid4())
    chunks = [
        chunk(n, [(r, new_message(f"{n}.{r}", external_id=f"{key}:{n}:{r}")) for r in range(1, 101)]) for n in range(10)
    ]
    both = await asyncio.gather(run_import(rig, chunks), run_import(rig, chunks[::-1]))
    assert sum(answer.created for answers in both for answer in answers) == 1000
    assert sum(answer.existing for answers in both for answer in answers) == 1000
    async with connection(database_url) as owner:
        assert await owner.fetchval("SELECT count(*) FROM messages WHERE external_id LIKE $1 || ':%'", key) == 1000


async def test_an_import_needs_a_role(rig: StoreRig) -> None:
    # Nothing is written: a write that meets the refusal on its way ends the call as INTERNAL for grpc.aio's client.
    call = rig.client.messages(caller(Role.VIEWER)).ImportMessages(iter(()))
    assert (await error_of(call.read())).reason == ErrorReason.ROLE_MISSING


async def test_a_client_that_leaves_stops_the_import(rig: StoreRig, database_url: str) -> None:
    import_id = uuid4()
    call = rig.client.messages().ImportMessages()
    await call.write(chunk(1, [(1, new_message())], import_id))
    await call.read()
    call.cancel()
    await rig.client.messages().ListMessages(message_pb2.ListMessagesRequest(page_size=1))
    async with asyncio.timeout(10):
        while rig.store.pools.calls.idle_connections() < rig.store.pools.calls.open_connections():  # noqa: ASYNC110 - nothing announces a connection's return
            await asyncio.sleep(0.01)
    async with connection(database_url) as owner:
        assert await owner.fetchval("SELECT count(*) FROM messages WHERE import_id = $1", import_id) == 1
