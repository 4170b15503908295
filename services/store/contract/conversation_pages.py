"""Pages of conversations, of turns and of rated turns: sizes, tokens, and where a page ends. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from earshot.store.v1 import conversation_pb2
from services.store.contract import page_token
from services.store.contract.convert_conversations import conversation, stored_turn, turn_rating
from services.store.contract.fitting import fitting
from services.store.conversations.conversation import Conversation, Owner, Turn
from services.store.conversations.turn_rating import TurnRating
from services.store.repositories.turn_ratings import RatedTurn

DEFAULT_PAGE_SIZE: Final = 50
MAX_PAGE_SIZE: Final = 200

# Beyond the number of every turn.
_NO_NUMBER_ABOVE: Final = 2**31 - 1


def size(requested: int) -> int:
    """Rows per page. Raises InvalidInputError (BAD_PAGE_SIZE)."""
    return page_token.page_size(requested, default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE)


def conversations_after(owner: Owner, token: str) -> tuple[datetime, UUID] | None:
    """The place a token names; None for the first page. Raises InvalidInputError (BAD_PAGE_TOKEN)."""
    return page_token.decode_time_and_id(token, question=_conversations_of(owner))


def conversations_page(
    owner: Owner, found: Sequence[Conversation], *, limit: int
) -> conversation_pb2.ListConversationsResponse:
    """The first `limit` of those found, and a token where there are more."""
    page = found[:limit]
    response = conversation_pb2.ListConversationsResponse(conversations=[conversation(item) for item in page])
    if len(found) > limit:
        last = page[-1]
        response.next_page_token = page_token.encode_time_and_id(
            last.update_time, last.id, question=_conversations_of(owner)
        )
    return response


def turns_beyond(request: conversation_pb2.ListTurnsRequest) -> int:
    """The number that the page's turns come after in their direction. Raises InvalidInputError (BAD_PAGE_TOKEN)."""
    if not request.page_token:
        return _NO_NUMBER_ABOVE if request.newest_first else 0
    (number,) = page_token.decode(request.page_token, question=_turns_of(request), length=1)
    if not number.isascii() or not number.isdigit() or int(number) > _NO_NUMBER_ABOVE:
        raise page_token.bad_page_token()
    return int(number)


def turns_page(
    request: conversation_pb2.ListTurnsRequest, found: Sequence[Turn], *, limit: int
) -> conversation_pb2.ListTurnsResponse:
    """The first `limit` of those found, fewer when they are very long, and a token where there are more."""
    response = conversation_pb2.ListTurnsResponse(turns=fitting(map(stored_turn, found[:limit])))
    if response.turns and len(response.turns) < len(found):
        response.next_page_token = page_token.encode((str(response.turns[-1].number),), question=_turns_of(request))
    return response


def rated_after(workspace_id: str, request: conversation_pb2.ListRatedTurnsRequest) -> tuple[datetime, UUID] | None:
    """The place a token names; None for the first page. Raises InvalidInputError (BAD_PAGE_TOKEN)."""
    return page_token.decode_time_and_id(request.page_token, question=_rated_of(workspace_id, request))


def rated_page(
    workspace_id: str,
    request: conversation_pb2.ListRatedTurnsRequest,
    found: Sequence[RatedTurn],
    histories: Mapping[tuple[str, UUID, UUID], Sequence[TurnRating]],
    *,
    limit: int,
) -> conversation_pb2.ListRatedTurnsResponse:
    """The first `limit` of those found, fewer when they are very long, and a token where there are more."""
    rated = (
        conversation_pb2.RatedTurn(
            turn=stored_turn(item.turn),
            conversation_id=str(item.conversation_id),
            history=[turn_rating(rating) for rating in histories[item.key]],
        )
        for item in found[:limit]
    )
    response = conversation_pb2.ListRatedTurnsResponse(turns=fitting(rated))
    if response.turns and len(response.turns) < len(found):
        last = found[len(response.turns) - 1]
        response.next_page_token = page_token.encode_time_and_id(
            last.rate_time, last.rating_id, question=_rated_of(workspace_id, request)
        )
    return response


def _rated_of(workspace_id: str, request: conversation_pb2.ListRatedTurnsRequest) -> bytes:
    return f"rated turns\0{workspace_id}\0{request.rating}".encode()


def _conversations_of(owner: Owner) -> bytes:
    return f"conversations\0{owner.workspace_id}\0{owner.user_id}".encode()


def _turns_of(request: conversation_pb2.ListTurnsRequest) -> bytes:
    return f"turns\0{request.conversation_id.lower()}\0{request.newest_first}".encode()
