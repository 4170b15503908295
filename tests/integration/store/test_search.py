"""Search by meaning and by words, under every filter, with the real model (D24)."""

from pathlib import Path

import pytest
import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp

from earshot.store.v1 import message_pb2, search_pb2
from earshot.types.v1 import question_pb2
from services.runtime.auth import Role
from services.runtime.errors import ErrorReason
from services.store.validation import MAX_FILTER_TEXT_LENGTH
from tests.support.hearing_store import HearingStore
from tests.support.store import caller, error_of, ingest, new_message, running_store

WORKSPACE = "search"
MEMBER = caller(workspace_id=WORKSPACE)
# What is asked, and what means the same in other words.
PARAPHRASES = {
    "my payout has not arrived": "i requested a withdrawal five days ago and still no money",
    "cannot sign in": "it says wrong password but i am sure it is right, locked out of my account",
    "welcome offer was not credited": "where is the bonus you promised for my first deposit",
    "the game crashed": "the slot froze in the middle of a spin",
    "card payment refused": "my visa deposit keeps getting declined",
    "they want my passport again": "why do i have to send my id documents a third time",
}
OTHERS = (
    "hello",
    "thank you so much, great support",
    "how do i change my e-mail address",
    "is there an app for android",
    "the odds on the football match were wrong",
    "please close my account for good",
)
QUOTED = "reference XJ-4471 please check"
WIDE = "my or the or you or please"
"""Words of most texts."""


def at(day: int) -> Timestamp:
    return Timestamp(seconds=1_772_323_200 + day * 86_400)


@pytest_asyncio.fixture(scope="module")
async def told(hearing_store: HearingStore) -> dict[str, message_pb2.Message]:
    """Text → message, of two sources and as many days as there are texts."""
    texts = [*PARAPHRASES.values(), *OTHERS, QUOTED]
    sent = [
        new_message(text, source=("telegram", "web")[place % 2], user_id=f"user-{place}", event_time=at(place))
        for place, text in enumerate(texts)
    ]
    heard = await hearing_store.hear(WORKSPACE, *sent)
    return dict(zip(texts, heard, strict=True))


async def find(store: HearingStore, text: str = "", **fields: object) -> search_pb2.SearchMessagesResponse:
    request = search_pb2.SearchMessagesRequest(text=text, **fields)  # type: ignore[arg-type]  # fields by name
    return await store.rig.client.search(MEMBER).SearchMessages(request)


def texts_of(answer: search_pb2.SearchMessagesResponse) -> list[str]:
    return [hit.message.text for hit in answer.hits]


@pytest.mark.parametrize(("question", "meant"), PARAPHRASES.items(), ids=list(PARAPHRASES))
async def test_what_means_the_same_is_found(
    hearing_store: HearingStore, told: dict[str, message_pb2.Message], question: str, meant: str
) -> None:
    answer = await find(hearing_store, question)
    assert answer.semantic
    assert meant in texts_of(answer)[:2]


async def test_rare_words_are_found_by_the_letter(
    hearing_store: HearingStore, told: dict[str, message_pb2.Message]
) -> None:
    answer = await find(hearing_store, "4471")
    first = answer.hits[0]
    assert (first.message.text, first.HasField("similarity")) == (QUOTED, True)
    assert 0.5 < first.score <= 1


@pytest.mark.parametrize("question", ["4471", "XJ-4471", "the visa deposit 4471 was declined"])
async def test_a_number_is_found_by_itself(
    hearing_store: HearingStore, told: dict[str, message_pb2.Message], question: str
) -> None:
    assert texts_of(await find(hearing_store, question))[0] == QUOTED


async def test_phrases_and_exclusions_hold_for_what_is_found_by_meaning(
    hearing_store: HearingStore, told: dict[str, message_pb2.Message]
) -> None:
    assert texts_of(await find(hearing_store, 'refused "visa deposit" payment')) == [
        PARAPHRASES["card payment refused"]
    ]
    assert texts_of(await find(hearing_store, '"deposit visa"')) == []
    usual = texts_of(await find(hearing_store, "card payment refused"))
    without = texts_of(await find(hearing_store, "card payment refused -visa"))
    assert without == [text for text in usual if "visa" not in text]
    assert PARAPHRASES["card payment refused"] in usual


async def test_what_means_something_else_is_not_found(
    hearing_store: HearingStore, told: dict[str, message_pb2.Message]
) -> None:
    assert texts_of(await find(hearing_store, "windshield wipers in the polar winter")) == []


async def test_similar_messages_leave_the_message_itself_out(
    hearing_store: HearingStore, told: dict[str, message_pb2.Message]
) -> None:
    subject = told["my visa deposit keeps getting declined"]
    answer = await find(hearing_store, similar_to=subject.id)
    assert subject.id not in [hit.message.id for hit in answer.hits]
    assert len(answer.hits) > 1
    similarities = [hit.similarity for hit in answer.hits]
    assert similarities == sorted(similarities, reverse=True)
    assert answer.encoder_version


async def test_filters_and_range_hold_in_both_rankings(
    hearing_store: HearingStore, told: dict[str, message_pb2.Message]
) -> None:
    filters = question_pb2.Filters(sources=question_pb2.ValueFilter(any_of=["telegram"]))
    period = question_pb2.TimeRange(start=at(2), end=at(9))
    answer = await find(hearing_store, WIDE, filters=filters, range=period)
    wanted = {
        message.id
        for message in told.values()
        if message.source == "telegram" and 2 <= (message.event_time.seconds - at(0).seconds) / 86_400 < 9
    }
    everything = {hit.message.id for hit in (await find(hearing_store, WIDE)).hits}
    assert {hit.message.id for hit in answer.hits} == wanted & everything
    assert answer.hits
    withdrawals = question_pb2.Filters(categories=question_pb2.ValueFilter(any_of=["withdraw"]))
    hits = (await find(hearing_store, "money", filters=withdrawals)).hits
    assert hits
    for hit in hits:
        assert "withdraw" in [category.label for category in hit.message.labels.categories]


async def test_pages_join_to_the_whole_ranking(
    hearing_store: HearingStore, told: dict[str, message_pb2.Message]
) -> None:
    whole = texts_of(await find(hearing_store, WIDE, page_size=100))
    joined: list[str] = []
    token = ""
    while True:
        page = await find(hearing_store, WIDE, page_size=4, page_token=token)
        assert len(page.hits) <= 4
        joined.extend(texts_of(page))
        token = page.next_page_token
        if not token:
            break
    assert joined == whole
    assert len(set(whole)) == len(whole) > 8


async def test_another_workspace_is_not_searched(
    hearing_store: HearingStore, told: dict[str, message_pb2.Message]
) -> None:
    stranger = hearing_store.rig.client.search(caller(workspace_id="search-rival"))
    for request in (
        search_pb2.SearchMessagesRequest(text=QUOTED),
        search_pb2.SearchMessagesRequest(text="my payout has not arrived"),
    ):
        assert not (await stranger.SearchMessages(request)).hits
    foreign = search_pb2.SearchMessagesRequest(similar_to=told[QUOTED].id)
    assert (await error_of(stranger.SearchMessages(foreign))).reason == ErrorReason.MESSAGE_NOT_FOUND


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, ErrorReason.MISSING_FIELD),
        ({"text": " "}, ErrorReason.MISSING_FIELD),
        ({"text": "a", "similar_to": "00000000-0000-7000-8000-000000000001"}, ErrorReason.INVALID_ARGUMENT),
        ({"text": "a" * (MAX_FILTER_TEXT_LENGTH + 1)}, ErrorReason.TEXT_TOO_LONG),
        ({"similar_to": "nonsense"}, ErrorReason.BAD_ID),
        ({"similar_to": "00000000-0000-7000-8000-000000000001"}, ErrorReason.MESSAGE_NOT_FOUND),
        ({"text": "a", "page_size": -1}, ErrorReason.BAD_PAGE_SIZE),
        ({"text": "a", "page_token": "nonsense"}, ErrorReason.BAD_PAGE_TOKEN),
        (
            {"text": "a", "filters": question_pb2.Filters(intents=question_pb2.ValueFilter(any_of=["x"]))},
            ErrorReason.BAD_FILTER,
        ),
    ],
)
async def test_what_is_wrong_is_named(
    hearing_store: HearingStore, fields: dict[str, object], reason: ErrorReason
) -> None:
    request = search_pb2.SearchMessagesRequest(**fields)  # type: ignore[arg-type]  # fields by name
    assert (await error_of(hearing_store.rig.client.search(MEMBER).SearchMessages(request))).reason == reason


async def test_viewers_read_no_messages(hearing_store: HearingStore) -> None:
    stub = hearing_store.rig.client.search(caller(Role.VIEWER))
    error = await error_of(stub.SearchMessages(search_pb2.SearchMessagesRequest(text="a")))
    assert error.reason == ErrorReason.ROLE_MISSING


async def test_without_the_classifier_words_are_found(tmp_path: Path, database_url: str) -> None:
    """The classifier is away, so nothing is labelled either: words of waiting messages are not searched."""
    async with running_store(tmp_path, database_url) as rig:
        await rig.client.messages().IngestMessages(ingest(new_message("reference XJ-4471")))
        answer = await rig.client.search().SearchMessages(search_pb2.SearchMessagesRequest(text="reference"))
        assert (answer.semantic, answer.encoder_version, list(answer.hits)) == (False, "", [])


async def test_hostile_questions_are_only_words(
    hearing_store: HearingStore, told: dict[str, message_pb2.Message]
) -> None:
    for text in ("'; DROP TABLE messages; --", '"', "-", "& | ! ( )", "\u202e\U0001f9e8" * 50, "a or or b"):
        assert (await find(hearing_store, text)).semantic
