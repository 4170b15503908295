"""MemoryService and turns by their id: for their owner only, bounded, gone with the conversation (H20, B19)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from earshot.store.v1 import conversation_pb2, memory_pb2
from earshot.store.v1.memory_pb2_grpc import MemoryServiceStub
from services.runtime.auth import Identity
from services.runtime.ids import new_id
from services.store.conversations.conversation_memory import MAX_MEMORIES
from tests.support.store import NOW, StoreRig, caller, error_of, running_store, timestamp

if TYPE_CHECKING:  # the generated async stubs exist for the type checker only
    from earshot.store.v1.memory_pb2_grpc import MemoryServiceAsyncStub

Memory = memory_pb2.Memory


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    async with running_store(tmp_path_factory.mktemp("store"), database_url) as running:
        yield running


def memories(rig: StoreRig, who: Identity) -> "MemoryServiceAsyncStub":
    return MemoryServiceStub(rig.client.channel(who))


async def conversation_of(rig: StoreRig, who: Identity) -> str:
    request = conversation_pb2.CreateConversationRequest(conversation=conversation_pb2.Conversation())
    return (await rig.client.conversations(who).CreateConversation(request)).conversation.id


def put(conversation_id: str, **fields: Any) -> memory_pb2.PutMemoryRequest:
    given = {"id": new_id(), "kind": "fact", "text": "The launch was on 3 March.", "turn_number": 2, **fields}
    return memory_pb2.PutMemoryRequest(conversation_id=conversation_id, memory=Memory(**given))


def listing(conversation_id: str) -> memory_pb2.GetMemoriesRequest:
    return memory_pb2.GetMemoriesRequest(conversation_id=conversation_id)


async def test_entries_are_added_corrected_listed_and_deleted(rig: StoreRig) -> None:
    who = caller(user_id=new_id())
    stub, conversation = memories(rig, who), await conversation_of(rig, who)
    first = (await stub.PutMemory(put(conversation))).memory
    second = (await stub.PutMemory(put(conversation, kind="forgotten_turn", text="", turn_number=1))).memory
    mended = (await stub.PutMemory(put(conversation, id=first.id, text="On 4 March."))).memory
    assert (mended.text, mended.turn_number, mended.create_time) == ("On 4 March.", 2, first.create_time)
    assert mended.update_time.ToDatetime() > first.update_time.ToDatetime()
    assert list((await stub.GetMemories(listing(conversation))).memories) == [mended, second]
    asked = conversation_pb2.GetConversationRequest(id=conversation)
    assert (await rig.client.conversations(who).GetConversation(asked)).conversation.memory_count == 2
    for _ in range(2):
        await stub.DeleteMemories(memory_pb2.DeleteMemoriesRequest(conversation_id=conversation, ids=[first.id]))
    assert list((await stub.GetMemories(listing(conversation))).memories) == [second]


async def test_they_belong_to_the_owner_of_the_conversation_and_go_with_it(rig: StoreRig) -> None:
    who, stranger = caller(user_id=new_id()), caller(user_id=new_id())
    conversation = await conversation_of(rig, who)
    await memories(rig, who).PutMemory(put(conversation))
    deleting = memory_pb2.DeleteMemoriesRequest(conversation_id=conversation, ids=[new_id()])
    for stub in (memories(rig, stranger), memories(rig, caller(user_id=who.user_id, workspace_id="rival"))):
        calls = (
            stub.GetMemories(listing(conversation)),
            stub.PutMemory(put(conversation)),
            stub.DeleteMemories(deleting),
        )
        assert {(await error_of(call)).reason for call in calls} == {"CONVERSATION_NOT_FOUND"}
    await rig.client.conversations(who).DeleteConversation(conversation_pb2.DeleteConversationRequest(id=conversation))
    assert (await error_of(memories(rig, who).GetMemories(listing(conversation)))).reason == "CONVERSATION_NOT_FOUND"


async def test_a_conversation_remembers_so_much_and_no_more(rig: StoreRig) -> None:
    who = caller(user_id=new_id())
    stub, conversation = memories(rig, who), await conversation_of(rig, who)
    kept = [(await stub.PutMemory(put(conversation, text=str(number)))).memory for number in range(MAX_MEMORIES)]
    assert (await error_of(stub.PutMemory(put(conversation)))).reason == "TOO_MANY_ENTRIES"
    await stub.PutMemory(put(conversation, id=kept[0].id, text="still changed"))
    ids = [memory.id for memory in kept]
    one_more = memory_pb2.DeleteMemoriesRequest(conversation_id=conversation, ids=[*ids, new_id()])
    error = await error_of(stub.DeleteMemories(one_more))
    assert (error.reason, error.violations[0].field) == ("BAD_LIMIT", "ids")
    await stub.DeleteMemories(memory_pb2.DeleteMemoriesRequest(conversation_id=conversation, ids=ids))
    assert not (await stub.GetMemories(listing(conversation))).memories


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": "x" * 501}, "memory.text"),
        ({"text": "a\0b"}, "memory.text"),
        ({"kind": "rumour"}, "memory.kind"),
        ({"turn_number": -1}, "memory.turn_number"),
        ({"id": "7"}, "memory.id"),
    ],
)
async def test_a_bad_entry_is_refused(rig: StoreRig, fields: dict[str, Any], field: str) -> None:
    who = caller(user_id=new_id())
    error = await error_of(memories(rig, who).PutMemory(put(await conversation_of(rig, who), **fields)))
    assert [violation.field for violation in error.violations] == [field]


async def test_a_turn_is_found_by_its_id_by_its_owner(rig: StoreRig) -> None:
    who = caller(user_id=new_id())
    stub, conversation = rig.client.conversations(who), await conversation_of(rig, who)
    sent = conversation_pb2.StoredTurn(
        id=new_id(),
        question="how many?",
        answer="Twelve.",
        status="completed",
        start_time=timestamp(NOW),
        end_time=timestamp(NOW + timedelta(seconds=1)),
    )
    stored = (await stub.AppendTurn(conversation_pb2.AppendTurnRequest(conversation_id=conversation, turn=sent))).turn
    found = await stub.GetTurn(conversation_pb2.GetTurnRequest(id=sent.id))
    assert (found.turn, found.conversation_id) == (stored, conversation)
    for other, turn_id in ((caller(user_id=new_id()), sent.id), (who, new_id())):
        asking = rig.client.conversations(other).GetTurn(conversation_pb2.GetTurnRequest(id=turn_id))
        assert (await error_of(asking)).reason == "TURN_NOT_FOUND"
