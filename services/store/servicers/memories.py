"""MemoryService: what conversations remember beside their turns."""

from typing import Any
from uuid import UUID

import grpc

from earshot.store.v1 import memory_pb2, memory_pb2_grpc
from services.runtime.errors import ErrorReason, InvalidInputError, LimitExceededError
from services.store.contract.convert import timestamp
from services.store.conversations.conversation import Owner
from services.store.conversations.conversation_memory import MAX_MEMORIES, Memory, NewMemory, memory_violations
from services.store.pool import Connection, Database
from services.store.repositories import conversation_memories, conversations
from services.store.servicers.caller import caller_as_owner
from services.store.servicers.conversations import conversation_not_found
from services.store.validation import parse_id, refuse


class MemoryServicer(memory_pb2_grpc.MemoryServiceServicer):
    """Methods as the contract describes them; every one of them on the caller's own conversations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def GetMemories(
        self, request: memory_pb2.GetMemoriesRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> memory_pb2.GetMemoriesResponse:
        """Every entry of a conversation."""
        owner, conversation_id = caller_as_owner(), parse_id(request.conversation_id, field="conversation_id")
        async with self._database.transaction(owner.workspace_id, readonly=True) as connection:
            await _require(connection, owner, conversation_id)
            found = await conversation_memories.list_all(connection, owner, conversation_id)
        return memory_pb2.GetMemoriesResponse(memories=[_memory(item) for item in found])

    async def PutMemory(
        self, request: memory_pb2.PutMemoryRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> memory_pb2.PutMemoryResponse:
        """Adds or changes an entry."""
        owner, conversation_id = caller_as_owner(), parse_id(request.conversation_id, field="conversation_id")
        new = _new_memory(request.memory)
        async with self._database.transaction(owner.workspace_id) as connection:
            others = await conversation_memories.count_others(connection, owner, conversation_id, new.id)
            if others is None:
                raise conversation_not_found(conversation_id)
            if others >= MAX_MEMORIES:
                raise LimitExceededError(
                    f"A conversation remembers at most {MAX_MEMORIES} things.",
                    reason=ErrorReason.TOO_MANY_ENTRIES,
                    hint="Forget some of them first.",
                )
            stored = await conversation_memories.put(connection, owner, conversation_id, new)
        return memory_pb2.PutMemoryResponse(memory=_memory(stored))

    async def DeleteMemories(
        self, request: memory_pb2.DeleteMemoriesRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> memory_pb2.DeleteMemoriesResponse:
        """Deletes entries."""
        owner, conversation_id = caller_as_owner(), parse_id(request.conversation_id, field="conversation_id")
        if len(request.ids) > MAX_MEMORIES:
            raise InvalidInputError.of_field("ids", f"must hold at most {MAX_MEMORIES}", reason=ErrorReason.BAD_LIMIT)
        ids = [parse_id(value, field=f"ids[{index}]") for index, value in enumerate(request.ids)]
        async with self._database.transaction(owner.workspace_id) as connection:
            await _require(connection, owner, conversation_id)
            await conversation_memories.delete(connection, owner, conversation_id, ids)
        return memory_pb2.DeleteMemoriesResponse()


async def _require(connection: Connection, owner: Owner, conversation_id: UUID) -> None:
    if await conversations.read(connection, owner, conversation_id) is None:
        raise conversation_not_found(conversation_id)


def _new_memory(proto: memory_pb2.Memory) -> NewMemory:
    new = NewMemory(
        id=parse_id(proto.id, field="memory.id"), kind=proto.kind, text=proto.text, turn_number=proto.turn_number
    )
    refuse(list(memory_violations(new)))
    return new


def _memory(stored: Memory) -> memory_pb2.Memory:
    return memory_pb2.Memory(
        id=str(stored.memory.id),
        kind=stored.memory.kind,
        text=stored.memory.text,
        turn_number=stored.memory.turn_number,
        create_time=timestamp(stored.create_time),
        update_time=timestamp(stored.update_time),
    )
