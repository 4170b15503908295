"""ConversationService: sessions and turns, kept for their owner only (D40, D44, H21, H22)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from earshot.store.v1 import conversation_pb2
from services.runtime.auth import Role
from services.runtime.errors import ErrorReason
from services.runtime.ids import new_id
from tests.support.postgres import connection
from tests.support.store import NOW, StoreRig, caller, error_of, running_store, timestamp

Conversation = conversation_pb2.Conversation
StoredTurn = conversation_pb2.StoredTurn


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    async with running_store(tmp_path_factory.mktemp("store"), database_url) as running:
        yield running


def turn(question: str = "how many deposits?", **fields: Any) -> StoredTurn:
    given: dict[str, Any] = {
        "id": new_id(),
        "question": question,
        "answer": "Twelve. 🎰 \u202e",
        "status": "completed",
        "details_json": '{"usage": {"tokens": 3}}',
        "start_time": timestamp(NOW),
        "end_time": timestamp(NOW + timedelta(seconds=2)),
        **fields,
    }
    return StoredTurn(**given)


def create(**fields: Any) -> conversation_pb2.CreateConversationRequest:
    return conversation_pb2.CreateConversationRequest(conversation=Conversation(**fields))


def append(conversation_id: str, stored: StoredTurn) -> conversation_pb2.AppendTurnRequest:
    return conversation_pb2.AppendTurnRequest(conversation_id=conversation_id, turn=stored)


async def test_a_conversation_lives_from_its_making_to_its_end(rig: StoreRig) -> None:
    stub = rig.client.conversations(caller(user_id=new_id()))
    made = await stub.CreateConversation(create(title="Deposits", mode="assistant", system_prompt="Be kind."))
    conversation = made.conversation
    assert made.created
    assert (conversation.title, conversation.mode, conversation.system_prompt) == ("Deposits", "assistant", "Be kind.")
    assert (await stub.GetConversation(conversation_pb2.GetConversationRequest(id=conversation.id))).conversation == (
        conversation
    )
    sent = turn()
    stored = (await stub.AppendTurn(append(conversation.id, sent))).turn
    assert stored.number == 1
    sent.number = 1
    assert stored == sent
    renamed = await stub.RenameConversation(
        conversation_pb2.RenameConversationRequest(id=conversation.id, title="Bonuses")
    )
    assert (renamed.conversation.title, renamed.conversation.turn_count) == ("Bonuses", 1)
    turns = await stub.ListTurns(conversation_pb2.ListTurnsRequest(conversation_id=conversation.id))
    assert list(turns.turns) == [stored]
    await stub.DeleteConversation(conversation_pb2.DeleteConversationRequest(id=conversation.id))
    for call in (
        stub.GetConversation(conversation_pb2.GetConversationRequest(id=conversation.id)),
        stub.ListTurns(conversation_pb2.ListTurnsRequest(conversation_id=conversation.id)),
        stub.DeleteConversation(conversation_pb2.DeleteConversationRequest(id=conversation.id)),
        stub.AppendTurn(append(conversation.id, turn())),
    ):
        assert (await error_of(call)).reason == ErrorReason.CONVERSATION_NOT_FOUND


async def test_making_it_again_changes_nothing(rig: StoreRig) -> None:
    stub = rig.client.conversations()
    first = await stub.CreateConversation(create(id=str(uuid4()), title="first"))
    again = await stub.CreateConversation(create(id=first.conversation.id, title="second", mode="assistant"))
    assert (first.created, again.created) == (True, False)
    assert again.conversation == first.conversation
    assert first.conversation.mode == "analyst"


async def test_one_that_is_there_is_only_read(rig: StoreRig, database_url: str) -> None:
    """A row that is but locked makes its transaction wait for the disk."""
    stub = rig.client.conversations()
    made = (await stub.CreateConversation(create(id=str(uuid4()), title="first"))).conversation
    await stub.CreateConversation(create(id=made.id, title="second"))
    async with connection(database_url) as owner:
        assert await owner.fetchval("SELECT xmax FROM conversations WHERE id = $1", made.id) == 0


async def test_one_that_has_neither_title_nor_turns_is_named_when_it_is_made_again(rig: StoreRig) -> None:
    stub = rig.client.conversations()
    untitled = (await stub.CreateConversation(create(id=str(uuid4())))).conversation
    named = await stub.CreateConversation(create(id=untitled.id, title="Deposits"))
    assert (named.created, named.conversation.title) == (False, "Deposits")
    other = (await stub.CreateConversation(create(id=str(uuid4())))).conversation
    await stub.AppendTurn(append(other.id, turn()))
    kept = await stub.CreateConversation(create(id=other.id, title="erased words come back"))
    assert (kept.conversation.title, kept.conversation.turn_count) == ("", 1)


async def test_it_belongs_to_its_owner_even_from_an_admin_of_the_workspace(rig: StoreRig) -> None:
    mine = rig.client.conversations()
    made = (await mine.CreateConversation(create(title="mine"))).conversation
    await mine.AppendTurn(append(made.id, turn("a secret")))
    stranger = rig.client.conversations(caller(Role.ADMIN, user_id=new_id()))
    for call in (
        stranger.GetConversation(conversation_pb2.GetConversationRequest(id=made.id)),
        stranger.ListTurns(conversation_pb2.ListTurnsRequest(conversation_id=made.id)),
        stranger.RenameConversation(conversation_pb2.RenameConversationRequest(id=made.id, title="theirs")),
        stranger.DeleteConversation(conversation_pb2.DeleteConversationRequest(id=made.id)),
        stranger.AppendTurn(append(made.id, turn())),
    ):
        assert (await error_of(call)).reason == ErrorReason.CONVERSATION_NOT_FOUND
    listed = await stranger.ListConversations(conversation_pb2.ListConversationsRequest())
    assert not listed.conversations
    theirs = await stranger.CreateConversation(create(id=made.id, title="theirs"))
    assert theirs.created, "the id of somebody else's conversation is no obstacle and tells nothing"
    kept = await mine.GetConversation(conversation_pb2.GetConversationRequest(id=made.id))
    assert (kept.conversation.title, kept.conversation.turn_count) == ("mine", 1)


async def test_the_conversation_used_last_comes_first_page_after_page(rig: StoreRig) -> None:
    stub = rig.client.conversations(caller(user_id=new_id()))
    ids = [(await stub.CreateConversation(create(title=f"{n}"))).conversation.id for n in range(12)]
    await stub.AppendTurn(append(ids[3], turn()))
    found: list[str] = []
    token = ""
    while True:
        page = await stub.ListConversations(conversation_pb2.ListConversationsRequest(page_size=5, page_token=token))
        found.extend(conversation.id for conversation in page.conversations)
        token = page.next_page_token
        if not token:
            break
    assert found == [ids[3], *[i for i in reversed(ids) if i != ids[3]]]
    stranger = rig.client.conversations(caller(user_id=new_id()))
    first = await stub.ListConversations(conversation_pb2.ListConversationsRequest(page_size=5))
    foreign = conversation_pb2.ListConversationsRequest(page_token=first.next_page_token)
    assert (await error_of(stranger.ListConversations(foreign))).reason == ErrorReason.BAD_PAGE_TOKEN


async def test_turns_number_themselves_and_none_is_stored_twice(rig: StoreRig) -> None:
    stub = rig.client.conversations()
    conversation_id = (await stub.CreateConversation(create(title="busy"))).conversation.id
    sent = [turn(f"question {n}") for n in range(20)]
    answers = await asyncio.gather(*(stub.AppendTurn(append(conversation_id, item)) for item in [*sent, *sent]))
    assert sorted({answer.turn.number for answer in answers}) == list(range(1, 21))
    for item, once, again in zip(sent, answers[:20], answers[20:], strict=True):
        assert once.turn == again.turn
        assert once.turn.id == item.id
    got = await stub.GetConversation(conversation_pb2.GetConversationRequest(id=conversation_id))
    assert got.conversation.turn_count == 20


@pytest.mark.parametrize("newest_first", [False, True])
async def test_turns_are_listed_in_both_directions(rig: StoreRig, newest_first: bool) -> None:
    stub = rig.client.conversations()
    conversation_id = (await stub.CreateConversation(create(title="long"))).conversation.id
    for number in range(9):
        await stub.AppendTurn(append(conversation_id, turn(f"{number}", details_json=f'"{"x" * 1_000_000}"')))
    numbers: list[int] = []
    pages = 0
    token = ""
    while True:
        request = conversation_pb2.ListTurnsRequest(
            conversation_id=conversation_id, newest_first=newest_first, page_token=token
        )
        page = await stub.ListTurns(request)
        pages += 1
        numbers.extend(item.number for item in page.turns)
        token = page.next_page_token
        if not token:
            break
    assert numbers == (list(range(9, 0, -1)) if newest_first else list(range(1, 10)))
    assert pages > 1, "nine megabytes do not fit into one answer"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"id": "1"}, "conversation.id"),
        ({"title": "t" * 201}, "conversation.title"),
        ({"title": "\x00"}, "conversation.title"),
        ({"mode": "oracle"}, "conversation.mode"),
        ({"system_prompt": "s" * 8001}, "conversation.system_prompt"),
    ],
)
async def test_a_bad_conversation_is_refused(rig: StoreRig, fields: dict[str, Any], field: str) -> None:
    error = await error_of(rig.client.conversations().CreateConversation(create(**fields)))
    assert error.violations[0].field == field


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"id": ""}, "turn.id"),
        ({"status": "running"}, "turn.status"),
        ({"details_json": "{"}, "turn.details_json"),
        ({"details_json": "[" * 100_000}, "turn.details_json"),
        ({"details_json": f'"{"x" * (1 << 20)}"'}, "turn.details_json"),
        ({"answer": "\x00"}, "turn.answer"),
        ({"end_time": None}, "turn.end_time"),
    ],
)
async def test_a_bad_turn_is_refused(rig: StoreRig, fields: dict[str, Any], field: str) -> None:
    stub = rig.client.conversations()
    conversation_id = (await stub.CreateConversation(create(title="strict"))).conversation.id
    error = await error_of(stub.AppendTurn(append(conversation_id, turn(**fields))))
    assert error.violations[0].field == field


@pytest.mark.parametrize("title", ["", "  ", "t" * 201])
async def test_a_bad_title_is_refused(rig: StoreRig, title: str) -> None:
    stub = rig.client.conversations()
    made = (await stub.CreateConversation(create())).conversation
    request = conversation_pb2.RenameConversationRequest(id=made.id, title=title)
    assert (await error_of(stub.RenameConversation(request))).violations[0].field == "title"


async def test_adding_messages_is_not_a_role_to_talk_with(rig: StoreRig) -> None:
    stub = rig.client.conversations(caller(Role.INGEST))
    assert (await error_of(stub.CreateConversation(create()))).reason == ErrorReason.ROLE_MISSING


@pytest.mark.parametrize("token", ["x", "WyJhIl0", "eyJ9"])
async def test_a_forged_token_is_refused(rig: StoreRig, token: str) -> None:
    stub = rig.client.conversations()
    conversation_id = (await stub.CreateConversation(create())).conversation.id
    for call in (
        stub.ListConversations(conversation_pb2.ListConversationsRequest(page_token=token)),
        stub.ListTurns(conversation_pb2.ListTurnsRequest(conversation_id=conversation_id, page_token=token)),
    ):
        assert (await error_of(call)).reason == ErrorReason.BAD_PAGE_TOKEN
