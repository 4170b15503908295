"""IngestMessages: what came is kept exactly, once, all or nothing (D1–D3, D16, T03–T06, T46–T48)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp

from earshot.store.v1 import message_pb2
from services.runtime.auth import Role
from services.runtime.errors import ErrorReason
from tests.support.postgres import connection
from tests.support.store import (
    StoreRig,
    caller,
    error_of,
    ingest,
    new_message,
    running_store,
    timestamp,
)

HOSTILE_TEXTS = (
    "plain",
    " leading and trailing ",
    "line\r\nbreaks\tand \u2028 separators",
    "emoji 🎰👩‍👩‍👧‍👦 and flags 🇸🇮",
    "עברית, العربية and \u202eoverride\u202c",
    "zero\u200bwidth\ufeffjoiners\u200d",
    "combining e\u0301 is not é",
    "\u0001control\u001f and \ufffd replacement",
    "\U0010ffff last code point",
    "'; DROP TABLE messages; -- $1 %s {} \\",
    "x" * 20_000,
    "🎰" * 20_000,
)


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    async with running_store(tmp_path_factory.mktemp("store"), database_url) as running:
        yield running


async def count(database_url: str, where: str = "true") -> int:
    async with connection(database_url) as owner:
        found: int = await owner.fetchval(f"SELECT count(*) FROM messages WHERE {where}")
        return found


async def test_messages_that_are_erased_while_their_labels_are_waited_for(rig: StoreRig, database_url: str) -> None:
    mine = caller(Role.ADMIN, workspace_id="waiting")
    stub = rig.client.messages(mine)

    async def asked() -> message_pb2.IngestMessagesResponse:
        return await stub.IngestMessages(ingest(new_message(), wait_seconds=2))

    waiting = asyncio.create_task(asked())
    async with asyncio.timeout(30):
        while not await count(database_url, "workspace_id = 'waiting'"):  # noqa: ASYNC110 - a row has no event
            await asyncio.sleep(0.02)
    await stub.EraseUser(message_pb2.EraseUserRequest(user_id="u-1"))
    error = await error_of(waiting)
    assert error.reason == ErrorReason.MESSAGE_NOT_FOUND


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=lambda text: ascii(text[:12]))
async def test_a_message_comes_back_as_it_went_in(rig: StoreRig, text: str) -> None:
    stub = rig.client.messages()
    sent = new_message(
        text,
        external_id=f"tg:{uuid4()}:\u00e9🎰",
        source="telegram",
        user_id="  ünïcode\u202e ",
        conversation_id="thread '1'",
        author=message_pb2.AUTHOR_AGENT,
        event_time=timestamp(datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC)),
    )
    stored = (await stub.IngestMessages(ingest(sent))).messages[0]
    read = (await stub.GetMessage(message_pb2.GetMessageRequest(id=stored.id))).message
    assert read == stored
    assert read.status == message_pb2.LABEL_STATUS_PENDING
    assert not read.HasField("labels")
    for name in message_pb2.NewMessage.DESCRIPTOR.fields_by_name:
        assert getattr(read, name) == getattr(sent, name)


async def test_times_keep_microseconds_and_lose_what_is_finer(rig: StoreRig) -> None:
    last = int(datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())
    tomorrow = datetime.now(UTC) + timedelta(hours=23)
    sent = new_message(event_time=Timestamp(seconds=0, nanos=1_999))
    near = new_message(event_time=timestamp(tomorrow))
    answer = await rig.client.messages().IngestMessages(ingest(sent, near))
    assert answer.messages[0].event_time == Timestamp(seconds=0, nanos=1_000)
    assert answer.messages[1].event_time == timestamp(tomorrow)
    error = await error_of(
        rig.client.messages().IngestMessages(ingest(new_message(event_time=Timestamp(seconds=last))))
    )
    assert "future" in error.message


async def test_messages_answer_in_their_order_with_ids_that_sort_like_them(rig: StoreRig) -> None:
    answer = await rig.client.messages().IngestMessages(ingest(*(new_message(f"number {n}") for n in range(1000))))
    assert [message.text for message in answer.messages] == [f"number {n}" for n in range(1000)]
    assert (answer.created, answer.existing) == (1000, 0)
    ids = [message.id for message in answer.messages]
    assert ids == sorted(ids)
    assert len(set(ids)) == 1000


async def test_every_bad_field_of_every_item_is_named_and_nothing_is_stored(rig: StoreRig, database_url: str) -> None:
    before = await count(database_url)
    bad = [
        message_pb2.NewMessage(text=" \n", author=7),  # type: ignore[arg-type]  # no such author
        new_message("x" * 20_001, source="Live Chat", user_id="u" * 257, external_id="e\x00"),
        new_message(event_time=Timestamp(seconds=253_402_300_800)),
        new_message(event_time=Timestamp(seconds=-1)),
        new_message(event_time=Timestamp(seconds=0, nanos=-1)),
    ]
    error = await error_of(rig.client.messages().IngestMessages(ingest(new_message(), *bad)))
    assert error.kind == "invalid_input"
    assert {violation.field for violation in error.violations} == {
        "messages[1].source",
        "messages[1].user_id",
        "messages[1].text",
        "messages[1].event_time",
        "messages[1].author",
        "messages[2].source",
        "messages[2].external_id",
        "messages[2].user_id",
        "messages[2].text",
        "messages[3].event_time",
    }, "the status carries the first ten"
    assert await count(database_url) == before


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([], ErrorReason.EMPTY_REQUEST),
        ([new_message()] * 1001, ErrorReason.TOO_MANY_MESSAGES),
        ([new_message("x" * 20_000)] * 400, ErrorReason.TOO_MANY_MESSAGES),
    ],
    ids=["none", "1001", "8 MB"],
)
async def test_a_request_has_limits(rig: StoreRig, messages: list[message_pb2.NewMessage], reason: ErrorReason) -> None:
    assert (await error_of(rig.client.messages().IngestMessages(ingest(*messages)))).reason == reason


async def test_a_repeated_delivery_answers_with_the_stored_message(rig: StoreRig, database_url: str) -> None:
    stub = rig.client.messages()
    sent = new_message(external_id=str(uuid4()))
    first = await stub.IngestMessages(ingest(sent))
    again = await stub.IngestMessages(ingest(sent, new_message("another"), sent))
    assert (again.created, again.existing) == (1, 2)
    assert [message.id for message in again.messages][::2] == [first.messages[0].id] * 2
    assert await count(database_url, f"external_id = '{sent.external_id}'") == 1


async def test_the_same_key_with_other_content_changes_nothing(rig: StoreRig, database_url: str) -> None:
    stub = rig.client.messages()
    key = str(uuid4())
    await stub.IngestMessages(ingest(new_message("first", external_id=key)))
    request = ingest(new_message("fresh", external_id=f"{key}-2"), new_message("second", external_id=key))
    error = await error_of(stub.IngestMessages(request))
    assert (error.kind, error.reason) == ("already_exists", ErrorReason.MESSAGE_EXISTS)
    assert [violation.field for violation in error.violations] == ["messages[1].external_id"]
    assert await count(database_url, f"external_id LIKE '{key}%' AND text = 'first'") == 1
    assert await count(database_url, f"external_id LIKE '{key}%'") == 1


async def test_one_key_under_two_sources_is_two_messages(rig: StoreRig) -> None:
    key = str(uuid4())
    pair = [new_message("a", external_id=key), new_message("b", external_id=key, source="email")]
    assert (await rig.client.messages().IngestMessages(ingest(*pair))).created == 2


async def test_a_request_id_answers_with_the_first_result(rig: StoreRig, database_url: str) -> None:
    stub = rig.client.messages()
    request = ingest(new_message("no external id"), new_message("nor here"), request_id=uuid4())
    first = await stub.IngestMessages(request)
    before = await count(database_url)
    assert await stub.IngestMessages(request) == first
    assert await count(database_url) == before
    request.messages[0].text = "other"
    error = await error_of(stub.IngestMessages(request))
    assert (error.kind, error.reason) == ("already_exists", ErrorReason.REQUEST_ID_REUSED)
    elsewhere = rig.client.messages(caller(workspace_id="other"))
    assert (await elsewhere.IngestMessages(request)).created == 2


async def test_a_request_id_remembers_which_messages_were_there_before(rig: StoreRig) -> None:
    stub = rig.client.messages()
    old = new_message(external_id=str(uuid4()))
    stored = (await stub.IngestMessages(ingest(old))).messages[0]
    request = ingest(new_message("new"), old, request_id=uuid4())
    first = await stub.IngestMessages(request)
    assert (first.created, first.existing, first.messages[1].id) == (1, 1, stored.id)
    assert await stub.IngestMessages(request) == first


@pytest.mark.parametrize("with_request_id", [True, False])
async def test_fifty_callers_with_one_request_store_it_once(
    rig: StoreRig, database_url: str, with_request_id: bool
) -> None:
    key = str(uuid4())
    messages = [new_message(f"{n}", external_id=f"{key}:{n}") for n in range(20)]
    request = ingest(*messages, request_id=uuid4() if with_request_id else "")
    stubs = [rig.client.messages() for _ in range(5)]
    answers = await asyncio.gather(*(stubs[n % 5].IngestMessages(request) for n in range(50)))
    assert await count(database_url, f"external_id LIKE '{key}:%'") == 20
    assert {tuple(message.id for message in answer.messages) for answer in answers} == {
        tuple(message.id for message in answers[0].messages)
    }
    if with_request_id:
        assert {(answer.created, answer.existing) for answer in answers} == {(20, 0)}
    else:
        assert sum(answer.created for answer in answers) == 20


async def test_overlapping_requests_in_opposite_orders_do_not_block_each_other(rig: StoreRig) -> None:
    key = str(uuid4())
    messages = [new_message(f"{n}", external_id=f"{key}:{n}") for n in range(300)]
    stub = rig.client.messages()
    answers = await asyncio.gather(
        *(stub.IngestMessages(ingest(*(messages if n % 2 else messages[::-1]))) for n in range(8))
    )
    assert sum(answer.created for answer in answers) == 300


@pytest.mark.parametrize(
    ("role", "may_write", "may_read"),
    [
        (Role.VIEWER, False, False),
        (Role.AGENT, True, True),
        (Role.ADMIN, True, True),
        (Role.INGEST, True, False),
        (Role.SERVICE, True, True),
    ],
)
async def test_roles(rig: StoreRig, role: Role, may_write: bool, may_read: bool) -> None:
    stub = rig.client.messages(caller(role))
    list_request = message_pb2.ListMessagesRequest(page_size=1)
    for allowed, call in (
        (may_write, stub.IngestMessages(ingest(new_message()))),
        (may_read, stub.ListMessages(list_request)),
    ):
        if allowed:
            await call
        else:
            assert (await error_of(call)).reason == ErrorReason.ROLE_MISSING


@pytest.mark.parametrize("message_id", ["", "1", "0" * 32, "{01890a5d-ac96-774b-bcce-b302099a8057}", "x" * 36])
async def test_an_id_that_is_none_is_refused(rig: StoreRig, message_id: str) -> None:
    error = await error_of(rig.client.messages().GetMessage(message_pb2.GetMessageRequest(id=message_id)))
    assert error.reason == ErrorReason.BAD_ID


async def test_an_unknown_id_is_not_found(rig: StoreRig) -> None:
    error = await error_of(rig.client.messages().GetMessage(message_pb2.GetMessageRequest(id=str(uuid4()))))
    assert (error.kind, error.reason) == ("not_found", ErrorReason.MESSAGE_NOT_FOUND)


async def test_a_cancelled_caller_leaves_nothing_half_stored(rig: StoreRig, database_url: str) -> None:
    """T22: cancels at random points around SQL; the pool ends as it began."""
    key = str(uuid4())
    stub = rig.client.messages()

    async def hasty(number: int) -> None:
        request = ingest(*(new_message("x", external_id=f"{key}:{number}:{n}") for n in range(10)))
        try:
            async with asyncio.timeout(number * 0.0002):
                await stub.IngestMessages(request)
        except TimeoutError:
            return

    await asyncio.gather(*(hasty(number) for number in range(100)))
    async with connection(database_url) as owner:
        sizes = await owner.fetch(
            "SELECT count(*) AS n FROM messages WHERE external_id LIKE $1 || ':%'"
            " GROUP BY split_part(external_id, ':', 2)",
            key,
        )
        assert {row["n"] for row in sizes} <= {10}
    await stub.IngestMessages(ingest(new_message()))
    async with asyncio.timeout(10):
        while rig.store.pools.calls.idle_connections() < rig.store.pools.calls.open_connections():  # noqa: ASYNC110 - nothing announces a connection's return
            await asyncio.sleep(0.01)
    idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
    async with asyncio.timeout(10), connection(database_url) as owner:
        while await owner.fetchval(idle):  # noqa: ASYNC110 - the store's own loops rest between two statements at times
            await asyncio.sleep(0.01)


async def test_many_first_calls_share_one_pool(rig: StoreRig) -> None:
    """D9: a hundred calls at once open no more connections than the pool has."""
    stub = rig.client.messages()
    await asyncio.gather(*(stub.ListMessages(message_pb2.ListMessagesRequest()) for _ in range(100)))
    assert rig.store.pools.calls.open_connections() <= rig.store.settings.database_pool_max_size
