"""Incidents as an answer: how many, and the largest of them; every number bound to the store's (B10)."""

from pathlib import Path

import pytest_asyncio

from earshot.chat.v1 import chat_pb2
from services.runtime.auth import Identity, Role
from tests.integration.store.test_incidents import hour_of_messages, listed, until_grouped
from tests.support.chat import collect, running_chat, text_of
from tests.support.hearing_store import HearingStore
from tests.support.store import caller

WORKSPACE = "chat-incidents"


@pytest_asyncio.fixture(scope="module")
async def grouped(hearing_store: HearingStore) -> HearingStore:
    """The store with an hour of messages in a workspace of its own, grouped."""
    await hearing_store.hear(WORKSPACE, *hour_of_messages(1))
    await until_grouped(hearing_store, WORKSPACE)
    return hearing_store


async def asked(
    store: HearingStore, keys: Path, redis_url: str, role: Role, *questions: str
) -> list[list[chat_pb2.ChatEvent]]:
    who: Identity = caller(role, workspace_id=WORKSPACE)
    client = store.rig.client
    async with running_chat(keys, store_address=client.address, redis_url=redis_url, signer=client.signer) as rig:
        stub = rig.client.stub(who)
        return [await collect(stub.SendMessage(chat_pb2.SendMessageRequest(text=text))) for text in questions]


async def test_the_largest_incidents_are_told_with_their_numbers(
    grouped: HearingStore, classifier_keys: object, redis_url: str
) -> None:
    keys = classifier_keys.public_key.parent  # type: ignore[attr-defined]  # KeyFiles
    largest, count = await asked(
        grouped, keys, redis_url, Role.AGENT, "what are the 2 biggest incidents?", "how many incidents were there?"
    )
    found = await listed(grouped, WORKSPACE, min_messages=1)
    said = text_of(largest)
    assert f"**{len(found)} separate incidents**" in said
    assert f"**{len(found)} separate incidents**" in text_of(count)
    for incident in found[:2]:
        assert f"{incident.messages} messages from {incident.users} customer" in said
    assert said.count("\n- ") == 2
    completed = largest[-1].completed
    assert completed.verification.masked == 0
    assert completed.verification.bound >= 5
    assert completed.HasField("receipt")
    shown = [run.query.examples for run in largest if run.HasField("query")][-1]
    assert [example.id for example in shown] == [incident.exemplar.id for incident in found[:2]]


async def test_who_may_not_read_messages_is_told_the_number_only(
    grouped: HearingStore, classifier_keys: object, redis_url: str
) -> None:
    keys = classifier_keys.public_key.parent  # type: ignore[attr-defined]
    (answer,) = await asked(grouped, keys, redis_url, Role.VIEWER, "what are the biggest incidents?")
    found = await listed(grouped, WORKSPACE, min_messages=1)
    assert f"**{len(found)} separate incidents**" in text_of(answer)
    assert not any(event.query.examples for event in answer)
