"""ScoreThread and AnalyzeFlow through gRPC: whatever comes into a state leaves it."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from earshot.store.v1 import message_pb2, thread_pb2
from earshot.store.v1.thread_pb2_grpc import ThreadServiceStub
from earshot.types.v1 import question_pb2
from services.runtime.auth import Role
from services.runtime.errors import ErrorReason, PermissionDeniedError
from tests.support.scripted_classifier import scripted_classifier
from tests.support.store import StoreRig, caller, error_of, ingest, new_message, running_store, timestamp

if TYPE_CHECKING:
    from earshot.store.v1.thread_pb2_grpc import ThreadServiceAsyncStub

START = datetime(2026, 3, 1, tzinfo=UTC)
WORDS = ("withdraw", "deposit", "bonus", "login", "nonsense")


def said(conversation: str, seconds: int, text: str, *, agent: bool = False) -> message_pb2.NewMessage:
    author = message_pb2.AUTHOR_AGENT if agent else message_pb2.AUTHOR_CUSTOMER
    when = timestamp(START + timedelta(seconds=seconds))
    return new_message(text, event_time=when, conversation_id=conversation, author=author)


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    dice = Random(4)
    many = [
        said(f"c{dice.randrange(30)}", dice.randrange(100_000), dice.choice(WORDS), agent=dice.random() < 0.3)
        for _ in range(300)
    ]
    one = [said("one", 0, "angry deposit"), said("one", 600, "hello", agent=True), said("one", 700, "bonus")]
    async with (
        scripted_classifier() as (_, address),
        running_store(tmp_path_factory.mktemp("store"), database_url, classifier_address=address) as running,
    ):
        await running.client.messages().IngestMessages(ingest(*many, *one, new_message("no thread"), wait_seconds=30))
        yield running


def stub(rig: StoreRig, role: Role = Role.AGENT, workspace: str = "default") -> "ThreadServiceAsyncStub":
    return ThreadServiceStub(rig.client.channel(caller(role, workspace_id=workspace)))


def span(days: int = 10) -> question_pb2.TimeRange:
    return question_pb2.TimeRange(start=timestamp(START), end=timestamp(START + timedelta(days=days)))


async def flow(rig: StoreRig, **request: Any) -> thread_pb2.AnalyzeFlowResponse:
    given = {"range": span(), **request}
    return await stub(rig, Role.VIEWER).AnalyzeFlow(thread_pb2.AnalyzeFlowRequest(**given))


@pytest.mark.parametrize(
    "state", [0, *(question_pb2.Dimension.Value(f"DIMENSION_{n}") for n in ("CATEGORY", "SENTIMENT"))]
)
async def test_what_comes_into_a_state_leaves_it(rig: StoreRig, state: int) -> None:
    found = await flow(rig, state=state)
    into, out = Counter[str](), Counter[str]()
    for item in found.transitions:
        out[item.from_state] += item.count
        into[item.to_state] += item.count
    assert into == out
    assert into[""] == found.threads == 31
    assert found.messages == into.total() - into[""] > 150
    assert all(item.mean_seconds > 0 for item in found.transitions if item.from_state and item.to_state)


async def test_filters_choose_the_messages(rig: StoreRig) -> None:
    deposits = question_pb2.Filters(intents=question_pb2.ValueFilter(any_of=["deposit_failed"]))
    found = await flow(rig, filters=deposits)
    assert {item.to_state for item in found.transitions} == {"deposit_failed", ""}
    assert (await flow(rig, range=question_pb2.TimeRange(start=span().end, end=span().end))).threads == 0


async def test_a_conversation_is_scored(rig: StoreRig) -> None:
    found = await stub(rig).ScoreThread(thread_pb2.ScoreThreadRequest(conversation_id="one"))
    parts = {part.name: (part.value, part.score) for part in found.parts}
    assert parts == {"first_response": (600, 0.5), "answered": (0.5, 0.5), "sentiment_change": (0.5, 0.75)}
    assert found.score == pytest.approx((0.5 + 0.5 + 0.75) / 3)
    assert found.messages == 3
    assert found == await stub(rig).ScoreThread(thread_pb2.ScoreThreadRequest(conversation_id="one"))


async def test_what_is_not_there_or_not_allowed(rig: StoreRig) -> None:
    one = thread_pb2.ScoreThreadRequest(conversation_id="one")
    assert (await error_of(stub(rig, workspace="other").ScoreThread(one))).reason == ErrorReason.CONVERSATION_NOT_FOUND
    assert isinstance(await error_of(stub(rig, Role.VIEWER).ScoreThread(one)), PermissionDeniedError)
    for wanted in ("", "nobody", "nul\x00"):
        error = await error_of(stub(rig).ScoreThread(thread_pb2.ScoreThreadRequest(conversation_id=wanted)))
        assert error.reason == ErrorReason.CONVERSATION_NOT_FOUND
    for request, field in (
        ({"state": question_pb2.DIMENSION_DAY}, "state"),
        ({"range": question_pb2.TimeRange()}, "range"),
        ({"range": span(367)}, "range"),
        ({"filters": question_pb2.Filters(intents=question_pb2.ValueFilter(any_of=["dreams"]))}, "filters.intents"),
    ):
        assert (await error_of(flow(rig, **request))).violations[0].field == field
