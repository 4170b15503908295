"""The methods of ConversationService about what people say of answers."""

from typing import Any

import grpc

from earshot.store.v1 import conversation_pb2, conversation_pb2_grpc
from services.runtime.auth import Role
from services.runtime.call_context import current_identity
from services.runtime.errors import ErrorReason, NotFoundError, Resource
from services.store.contract import conversation_pages
from services.store.contract.convert_conversations import listed_ratings, new_rating, turn_rating
from services.store.pool import Database
from services.store.repositories import turn_ratings
from services.store.servicers.caller import caller_as_owner, caller_workspace
from services.store.validation import parse_id


class RatingMethods(conversation_pb2_grpc.ConversationServiceServicer):
    """Methods as the contract describes them."""

    _database: Database

    async def RateTurn(
        self, request: conversation_pb2.RateTurnRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> conversation_pb2.RateTurnResponse:
        """The owner's word on a turn."""
        owner = caller_as_owner()
        turn_id = parse_id(request.turn_id, field="turn_id")
        new = new_rating(request, author_name=current_identity().name)
        async with self._database.transaction(owner.workspace_id) as connection:
            found, rating = await turn_ratings.rate(connection, owner, turn_id, new)
        if not found:
            raise turn_not_found(request.turn_id)
        return conversation_pb2.RateTurnResponse(rating=None if rating is None else turn_rating(rating))

    async def ListRatedTurns(
        self, request: conversation_pb2.ListRatedTurnsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> conversation_pb2.ListRatedTurnsResponse:
        """What people of the workspace rated."""
        workspace_id = caller_workspace(Role.ADMIN, Role.SERVICE)
        ratings = listed_ratings(request.rating)
        limit = conversation_pages.size(request.page_size)
        after = conversation_pages.rated_after(workspace_id, request)
        async with self._database.transaction(workspace_id, isolation="repeatable_read", readonly=True) as connection:
            found = await turn_ratings.list_page(connection, workspace_id, ratings, after=after, limit=limit + 1)
            histories = await turn_ratings.histories(connection, workspace_id, found)
        return conversation_pages.rated_page(workspace_id, request, found, histories, limit=limit)


def turn_not_found(turn_id: str) -> NotFoundError:
    """The answer for a turn that is missing or another's."""
    return NotFoundError(
        "There is no turn with this id.",
        reason=ErrorReason.TURN_NOT_FOUND,
        resource=Resource(type="turn", name=turn_id),
    )
