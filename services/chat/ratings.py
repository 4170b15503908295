"""What people say of answers, as the store's archive keeps it, in the chat's own terms."""

from earshot.chat.v1 import chat_pb2
from earshot.store.v1 import conversation_pb2
from services.chat.asked import uuid_of
from services.chat.history.turns import from_stored
from services.chat.stores.store_client import Store, store_errors


class Ratings:
    """Rates the caller's turns; lists everybody's for those who may see them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def rate(self, request: chat_pb2.RateTurnRequest) -> chat_pb2.RateTurnResponse:
        """The rating now in force. NotFoundError (TURN_NOT_FOUND)."""
        given = conversation_pb2.RateTurnRequest(
            turn_id=uuid_of(request.turn_id, "turn_id", required=True), rating=request.rating, comment=request.comment
        )
        with store_errors():
            answer = await self._store.conversations.RateTurn(given)
        return chat_pb2.RateTurnResponse(rating=answer.rating if answer.HasField("rating") else None)

    async def page(self, request: chat_pb2.ListRatedTurnsRequest) -> chat_pb2.ListRatedTurnsResponse:
        """A page of rated answers, the one rated last first."""
        asked = conversation_pb2.ListRatedTurnsRequest(
            rating=request.rating, page_size=request.page_size, page_token=request.page_token
        )
        with store_errors():
            found = await self._store.conversations.ListRatedTurns(asked)
        return chat_pb2.ListRatedTurnsResponse(
            turns=[
                chat_pb2.RatedTurn(
                    turn=from_stored(rated.turn), session_id=rated.conversation_id, history=rated.history
                )
                for rated in found.turns
            ],
            next_page_token=found.next_page_token,
        )
