"""ListMessages: the right messages, in order, each once, page after page (D4, D11, D12, D39)."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from earshot.store.v1 import message_pb2
from earshot.types.v1 import question_pb2
from services.runtime.errors import ErrorReason
from services.runtime.labels import CATEGORY_OF_INTENT
from tests.support.postgres import connection
from tests.support.scripted_classifier import INTENT_OF_WORD, POISON, scripted_classifier
from tests.support.store import NOW, StoreRig, error_of, ingest, list_all, new_message, running_store, timestamp

ValueFilter = question_pb2.ValueFilter
Filters = question_pb2.Filters
CUSTOMER, AGENT = message_pb2.AUTHOR_CUSTOMER, message_pb2.AUTHOR_AGENT
COUNT = 240


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    """A store with messages of every kind, labelled, one of them set aside."""
    async with (
        scripted_classifier() as (_, address),
        running_store(tmp_path_factory.mktemp("store"), database_url, classifier_address=address) as running,
    ):
        stub = running.client.messages()
        for start in range(0, COUNT, 80):
            await stub.IngestMessages(ingest(*world()[start : start + 80], wait_seconds=30))
        yield running


def world() -> list[message_pb2.NewMessage]:
    """The same messages each time: many share their event time."""
    dice = random.Random(20260301)
    words = [*INTENT_OF_WORD, "nothing", "O'Brien; DROP TABLE", "Überweisung"]
    return [
        new_message(
            f"{number} " + " ".join(dice.sample(words, dice.randint(1, 3))),
            source=dice.choice(["livechat", "telegram", "email"]),
            user_id=f"user'{dice.randint(1, 9)}",
            conversation_id=dice.choice(["", "c-1", "c-2"]),
            event_time=timestamp(NOW + timedelta(hours=dice.randint(-48, 48))),
            author=dice.choice([message_pb2.AUTHOR_UNSPECIFIED, CUSTOMER, AGENT]),
        )
        for number in range(COUNT)
    ]


Predicate = Callable[[message_pb2.Message], bool]


def intents(message: message_pb2.Message) -> set[str]:
    return {score.label for score in message.labels.intents}


def categories(message: message_pb2.Message) -> set[str]:
    return {CATEGORY_OF_INTENT[intent] for intent in intents(message)}


def in_kathmandu(message: message_pb2.Message) -> datetime:
    return message.event_time.ToDatetime(ZoneInfo("Asia/Kathmandu"))


def utc(message: message_pb2.Message) -> datetime:
    return message.event_time.ToDatetime(UTC)


CASES: list[tuple[str, dict[str, Any], Predicate]] = [
    ("everything", {}, lambda m: True),
    ("a source", {"filters": Filters(sources=ValueFilter(any_of=["email"]))}, lambda m: m.source == "email"),
    (
        "two categories",
        {"filters": Filters(categories=ValueFilter(any_of=["deposit", "withdraw"]))},
        lambda m: bool(categories(m) & {"deposit", "withdraw"}),
    ),
    (
        "every one of two intents, without a third",
        {
            "filters": Filters(
                intents=ValueFilter(all_of=["deposit_failed", "bonus_missing"], none_of=["withdrawal_delayed"])
            )
        },
        lambda m: {"deposit_failed", "bonus_missing"} <= intents(m) and "withdrawal_delayed" not in intents(m),
    ),
    (
        "not negative",
        {"filters": Filters(sentiments=ValueFilter(none_of=["negative"]))},
        lambda m: m.labels.sentiment.label != "negative",
    ),
    ("a language", {"filters": Filters(languages=ValueFilter(any_of=["en"]))}, lambda m: True),
    ("a language nobody writes", {"filters": Filters(languages=ValueFilter(any_of=["tlh"]))}, lambda m: False),
    (
        "two users",
        {"filters": Filters(user_ids=ValueFilter(any_of=["user'1", "user'2"], none_of=["user'2"]))},
        lambda m: m.user_id == "user'1",
    ),
    (
        "confident",
        {"filters": Filters(min_confidence=0.9, intents=ValueFilter(none_of=["other"]))},
        lambda m: intents(m) != {"other"},
    ),
    ("too confident", {"filters": Filters(min_confidence=0.95)}, lambda m: False),
    ("a word", {"filters": Filters(text="Überweisung")}, lambda m: "Überweisung" in m.text),
    (
        "words in web search syntax",
        {"filters": Filters(text='deposit or "drop table" -bonus')},
        lambda m: "deposit" in m.text or ("DROP TABLE" in m.text and "bonus" not in m.text),
    ),
    ("a hostile word", {"filters": Filters(text="'); DROP TABLE messages; --")}, lambda m: False),
    (
        "a half-open range",
        {"range": question_pb2.TimeRange(start=timestamp(NOW - timedelta(hours=3)), end=timestamp(NOW))},
        lambda m: timestamp(NOW - timedelta(hours=3)).seconds <= m.event_time.seconds < timestamp(NOW).seconds,
    ),
    (
        "an open start",
        {"range": question_pb2.TimeRange(end=timestamp(NOW))},
        lambda m: m.event_time.seconds < timestamp(NOW).seconds,
    ),
    (
        "a conversation",
        {"conversation_id": "c-1", "filters": Filters(sources=ValueFilter(none_of=["email"]))},
        lambda m: m.conversation_id == "c-1" and m.source != "email",
    ),
    (
        "hours of some weekdays, in a zone",
        {
            "filters": Filters(
                hours=[22, 23, 0, 7], weekdays=[question_pb2.WEEKDAY_SATURDAY, question_pb2.WEEKDAY_SUNDAY]
            ),
            "time_zone": "Asia/Kathmandu",
        },
        lambda m: in_kathmandu(m).hour in (22, 23, 0, 7) and in_kathmandu(m).isoweekday() in (6, 7),
    ),
    ("a weekday", {"filters": Filters(weekdays=[question_pb2.WEEKDAY_MONDAY])}, lambda m: utc(m).isoweekday() == 1),
    ("customers", {"authors": [CUSTOMER]}, lambda m: m.author == CUSTOMER),
    (
        "agents in a conversation",
        {"authors": [AGENT, AGENT], "conversation_id": "c-2"},
        lambda m: m.author == AGENT and m.conversation_id == "c-2",
    ),
    ("both sides", {"authors": [AGENT, CUSTOMER]}, lambda m: True),
    ("labelled ones", {"status": message_pb2.LABEL_STATUS_LABELLED}, lambda m: True),
    ("pending ones", {"status": message_pb2.LABEL_STATUS_PENDING}, lambda m: False),
]


@pytest.mark.parametrize("order", [message_pb2.MESSAGE_ORDER_NEWEST_FIRST, message_pb2.MESSAGE_ORDER_OLDEST_FIRST])
@pytest.mark.parametrize(("fields", "predicate"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
async def test_filters_agree_with_a_model_in_memory(
    rig: StoreRig, fields: dict[str, Any], predicate: Predicate, order: message_pb2.MessageOrder.ValueType
) -> None:
    stub = rig.client.messages()
    everything = await list_all(stub, lambda token: message_pb2.ListMessagesRequest(page_size=1000, page_token=token))
    assert len(everything) == COUNT
    found = await list_all(
        stub, lambda token: message_pb2.ListMessagesRequest(page_size=37, page_token=token, order=order, **fields)
    )
    wanted = [message for message in everything if predicate(message)]
    oldest_first = order == message_pb2.MESSAGE_ORDER_OLDEST_FIRST
    assert found == (wanted[::-1] if oldest_first else wanted)
    keys = [(message.event_time.seconds, message.id) for message in everything]
    assert keys == sorted(keys, reverse=True)


async def test_a_walk_meets_every_message_of_its_start_once_while_others_arrive(rig: StoreRig) -> None:
    stub = rig.client.messages()
    key = "walk"
    mine = Filters(sources=ValueFilter(any_of=[key]))
    await stub.IngestMessages(ingest(*(new_message(f"old {n}", source=key) for n in range(100))))

    def page(token: str) -> message_pb2.ListMessagesRequest:
        return message_pb2.ListMessagesRequest(filters=mine, page_size=7, page_token=token)

    async def arrivals() -> None:
        for number in range(20):
            early, late = NOW - timedelta(hours=number), NOW + timedelta(hours=number)
            await stub.IngestMessages(
                ingest(*(new_message("new", source=key, event_time=timestamp(time)) for time in (early, late, NOW)))
            )

    found, _ = await asyncio.gather(list_all(stub, page), arrivals())
    old = [message.text for message in found if message.text.startswith("old")]
    assert sorted(old) == sorted(f"old {n}" for n in range(100))
    assert len({message.id for message in found}) == len(found)


async def test_a_page_has_fifty_messages_unless_asked_otherwise_and_a_thousand_at_most(rig: StoreRig) -> None:
    stub = rig.client.messages()
    assert len((await stub.ListMessages(message_pb2.ListMessagesRequest())).messages) == 50
    one = await stub.ListMessages(message_pb2.ListMessagesRequest(page_size=1))
    assert len(one.messages) == 1
    everything = await stub.ListMessages(message_pb2.ListMessagesRequest(page_size=2**31 - 1))
    assert len(everything.messages) >= COUNT
    assert everything.next_page_token == ""


async def test_a_page_of_very_long_messages_ends_early_and_goes_on(rig: StoreRig) -> None:
    stub = rig.client.messages()
    for _ in range(2):
        await stub.IngestMessages(ingest(*(new_message("🎰" * 20_000, source="novel") for _ in range(60))))
    novels = Filters(sources=ValueFilter(any_of=["novel"]))
    request = message_pb2.ListMessagesRequest(filters=novels, page_size=120)
    page = await stub.ListMessages(request)
    assert 1 < len(page.messages) < 120
    found = await list_all(
        stub, lambda token: message_pb2.ListMessagesRequest(filters=novels, page_size=120, page_token=token)
    )
    assert len({message.id for message in found}) == 120


@pytest.mark.parametrize(
    ("fields", "reason", "field"),
    [
        ({"page_size": -1}, ErrorReason.BAD_PAGE_SIZE, "page_size"),
        ({"page_token": "x"}, ErrorReason.BAD_PAGE_TOKEN, "page_token"),
        ({"order": 9}, ErrorReason.UNKNOWN_ENUM_VALUE, "order"),
        ({"status": 9}, ErrorReason.UNKNOWN_ENUM_VALUE, "status"),
        ({"authors": [CUSTOMER, 9]}, ErrorReason.UNKNOWN_ENUM_VALUE, "authors"),
        ({"authors": [message_pb2.AUTHOR_UNSPECIFIED]}, ErrorReason.UNKNOWN_ENUM_VALUE, "authors"),
        (
            {"filters": Filters(categories=ValueFilter(any_of=["money"]))},
            ErrorReason.BAD_FILTER,
            "filters.categories",
        ),
        ({"filters": Filters(intents=ValueFilter(none_of=["x"]))}, ErrorReason.BAD_FILTER, "filters.intents"),
        ({"filters": Filters(sentiments=ValueFilter(all_of=["sad"]))}, ErrorReason.BAD_FILTER, "filters.sentiments"),
        (
            {"filters": Filters(sources=ValueFilter(any_of=[f"s{n}" for n in range(101)]))},
            ErrorReason.BAD_FILTER,
            "filters.sources",
        ),
        ({"filters": Filters(user_ids=ValueFilter(any_of=["\x00"]))}, ErrorReason.BAD_FILTER, "filters.user_ids"),
        ({"filters": Filters(min_confidence=1.5)}, ErrorReason.BAD_FILTER, "filters.min_confidence"),
        ({"filters": Filters(min_confidence=float("nan"))}, ErrorReason.BAD_FILTER, "filters.min_confidence"),
        ({"filters": Filters(text="x" * 1001)}, ErrorReason.BAD_FILTER, "filters.text"),
        (
            {"range": question_pb2.TimeRange(start=timestamp(NOW), end=timestamp(NOW - timedelta(seconds=1)))},
            ErrorReason.BAD_RANGE,
            "range",
        ),
        ({"conversation_id": "c" * 257}, ErrorReason.TEXT_TOO_LONG, "conversation_id"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_bad_question_names_its_field(
    rig: StoreRig, fields: dict[str, Any], reason: ErrorReason, field: str
) -> None:
    error = await error_of(rig.client.messages().ListMessages(message_pb2.ListMessagesRequest(**fields)))
    assert (error.reason, error.violations[0].field) == (reason, field)


async def test_a_token_serves_its_own_question_only(rig: StoreRig) -> None:
    stub = rig.client.messages()
    token = (await stub.ListMessages(message_pb2.ListMessagesRequest(page_size=5))).next_page_token
    await stub.ListMessages(message_pb2.ListMessagesRequest(page_size=9, page_token=token))
    others: list[dict[str, Any]] = [
        {"order": message_pb2.MESSAGE_ORDER_OLDEST_FIRST},
        {"filters": Filters(text="deposit")},
        {"conversation_id": "c-1"},
    ]
    for other in others:
        error = await error_of(stub.ListMessages(message_pb2.ListMessagesRequest(page_token=token, **other)))
        assert error.reason == ErrorReason.BAD_PAGE_TOKEN


async def test_a_failed_message_is_listed_as_failed(rig: StoreRig, database_url: str) -> None:
    stub = rig.client.messages()
    stored = (await stub.IngestMessages(ingest(new_message(POISON, source="bad")))).messages[0]
    async with connection(database_url) as owner:
        await owner.execute("UPDATE label_queue SET failed = true, attempts = 5 WHERE message_id = $1", stored.id)
    failed = await stub.ListMessages(message_pb2.ListMessagesRequest(status=message_pb2.LABEL_STATUS_FAILED))
    assert [message.id for message in failed.messages] == [stored.id]
    assert failed.messages[0].status == message_pb2.LABEL_STATUS_FAILED
