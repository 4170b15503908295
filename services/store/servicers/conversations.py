"""ConversationService."""

from typing import Any
from uuid import UUID

import grpc

from earshot.store.v1 import conversation_pb2
from services.runtime.errors import ErrorReason, NotFoundError, Resource
from services.store.contract import conversation_pages
from services.store.contract.convert_conversations import conversation, new_conversation, new_turn, stored_turn
from services.store.conversations.conversation import Conversation, Mode, Owner, title_violations
from services.store.pool import Connection, Database
from services.store.repositories import conversations, workspace_settings
from services.store.servicers.caller import caller_as_owner
from services.store.servicers.ratings import RatingMethods, turn_not_found
from services.store.validation import parse_id, refuse


class ConversationServicer(RatingMethods):
    """Methods as the contract describes them; these, and rating, on the caller's own conversations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def CreateConversation(
        self, request: conversation_pb2.CreateConversationRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> conversation_pb2.CreateConversationResponse:
        """Makes a conversation, or answers with the one there is."""
        owner = caller_as_owner()
        new = new_conversation(request.conversation)
        async with self._database.transaction(owner.workspace_id) as connection:
            found, created = await conversations.ensure(connection, owner, new)
            stored = _found(found, new.id)
            prompt = await _workspace_prompt(connection, owner, stored)
        return conversation_pb2.CreateConversationResponse(
            conversation=conversation(stored), created=created, workspace_system_prompt=prompt
        )

    async def GetConversation(
        self, request: conversation_pb2.GetConversationRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> conversation_pb2.GetConversationResponse:
        """One conversation."""
        owner = caller_as_owner()
        stored = await self._read(owner, parse_id(request.id, field="id"))
        return conversation_pb2.GetConversationResponse(conversation=conversation(stored))

    async def ListConversations(
        self, request: conversation_pb2.ListConversationsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> conversation_pb2.ListConversationsResponse:
        """The caller's conversations."""
        owner = caller_as_owner()
        limit = conversation_pages.size(request.page_size)
        after = conversation_pages.conversations_after(owner, request.page_token)
        async with self._database.transaction(owner.workspace_id, readonly=True) as connection:
            found = await conversations.list_page(connection, owner, after=after, limit=limit + 1)
        return conversation_pages.conversations_page(owner, found, limit=limit)

    async def RenameConversation(
        self, request: conversation_pb2.RenameConversationRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> conversation_pb2.RenameConversationResponse:
        """Gives a conversation another title."""
        owner = caller_as_owner()
        conversation_id = parse_id(request.id, field="id")
        refuse(list(title_violations(request.title)))
        async with self._database.transaction(owner.workspace_id) as connection:
            stored = await conversations.rename(connection, owner, conversation_id, request.title)
        return conversation_pb2.RenameConversationResponse(conversation=conversation(_found(stored, conversation_id)))

    async def DeleteConversation(
        self, request: conversation_pb2.DeleteConversationRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> conversation_pb2.DeleteConversationResponse:
        """Deletes a conversation and its turns."""
        owner = caller_as_owner()
        conversation_id = parse_id(request.id, field="id")
        async with self._database.transaction(owner.workspace_id) as connection:
            if not await conversations.delete(connection, owner, conversation_id):
                raise conversation_not_found(conversation_id)
        return conversation_pb2.DeleteConversationResponse()

    async def AppendTurn(
        self, request: conversation_pb2.AppendTurnRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> conversation_pb2.AppendTurnResponse:
        """Adds a finished turn."""
        owner = caller_as_owner()
        conversation_id = parse_id(request.conversation_id, field="conversation_id")
        turn = new_turn(request.turn)
        async with self._database.transaction(owner.workspace_id) as connection:
            stored = await conversations.append_turn(connection, owner, conversation_id, turn)
        if stored is None:
            raise conversation_not_found(conversation_id)
        return conversation_pb2.AppendTurnResponse(turn=stored_turn(stored))

    async def GetTurn(
        self, request: conversation_pb2.GetTurnRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> conversation_pb2.GetTurnResponse:
        """One turn of the caller."""
        owner = caller_as_owner()
        turn_id = parse_id(request.id, field="id")
        async with self._database.transaction(owner.workspace_id, readonly=True) as connection:
            found = await conversations.read_turn(connection, owner, turn_id)
        if found is None:
            raise turn_not_found(str(turn_id))
        return conversation_pb2.GetTurnResponse(turn=stored_turn(found[0]), conversation_id=str(found[1]))

    async def ListTurns(
        self, request: conversation_pb2.ListTurnsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> conversation_pb2.ListTurnsResponse:
        """The turns of a conversation."""
        owner = caller_as_owner()
        conversation_id = parse_id(request.conversation_id, field="conversation_id")
        limit = conversation_pages.size(request.page_size)
        beyond = conversation_pages.turns_beyond(request)
        await self._read(owner, conversation_id)
        async with self._database.transaction(owner.workspace_id, readonly=True) as connection:
            found = await conversations.list_turns(
                connection, owner, conversation_id, beyond=beyond, newest_first=request.newest_first, limit=limit + 1
            )
        return conversation_pages.turns_page(request, found, limit=limit)

    async def _read(self, owner: Owner, conversation_id: UUID) -> Conversation:
        async with self._database.transaction(owner.workspace_id, readonly=True) as connection:
            return _found(await conversations.read(connection, owner, conversation_id), conversation_id)


async def _workspace_prompt(connection: Connection, owner: Owner, stored: Conversation) -> str:
    """What the workspace has assistants begin with that have no prompt of their own; empty where it says nothing."""
    if stored.mode != Mode.ASSISTANT or stored.system_prompt:
        return ""
    return (await workspace_settings.read(connection, owner.workspace_id)).system_prompt or ""


def _found(stored: Conversation | None, conversation_id: UUID) -> Conversation:
    if stored is None:
        raise conversation_not_found(conversation_id)
    return stored


def conversation_not_found(conversation_id: UUID) -> NotFoundError:
    """The answer for a conversation that is missing or another's."""
    return NotFoundError(
        "There is no conversation with this id.",
        reason=ErrorReason.CONVERSATION_NOT_FOUND,
        resource=Resource(type="conversation", name=str(conversation_id)),
    )
