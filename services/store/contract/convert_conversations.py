"""Protobuf to domain and back, for conversations and turns."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from uuid import UUID

from earshot.store.v1 import conversation_pb2
from services.runtime.ids import new_id
from services.store.contract.convert import instant, timestamp, unknown_value
from services.store.conversations.conversation import (
    Conversation,
    Mode,
    NewConversation,
    NewTurn,
    Turn,
    conversation_violations,
    turn_violations,
)
from services.store.conversations.turn_rating import NewRating, Rating, TurnRating, rating_violations
from services.store.message import ABSENT_TIME
from services.store.validation import parse_id, refuse

_PROTO_OF_RATING: Final = MappingProxyType(
    {
        Rating.UP: conversation_pb2.RATING_UP,
        Rating.DOWN: conversation_pb2.RATING_DOWN,
        Rating.CLEARED: conversation_pb2.RATING_CLEARED,
    }
)
_RATINGS: Final[Mapping[int, Rating]] = MappingProxyType({proto: rating for rating, proto in _PROTO_OF_RATING.items()})
_LISTED: Final[Mapping[int, tuple[Rating, ...]]] = MappingProxyType(
    {
        conversation_pb2.RATING_UNSPECIFIED: (Rating.UP, Rating.DOWN),
        conversation_pb2.RATING_UP: (Rating.UP,),
        conversation_pb2.RATING_DOWN: (Rating.DOWN,),
    }
)


def new_conversation(proto: conversation_pb2.Conversation) -> NewConversation:
    """Reads and checks a conversation to make; without an id it gets one. Raises InvalidInputError."""
    new = NewConversation(
        id=parse_id(proto.id, field="conversation.id") if proto.id else UUID(new_id()),
        title=proto.title,
        mode=proto.mode or Mode.ANALYST,
        system_prompt=proto.system_prompt,
    )
    refuse(list(conversation_violations(new)))
    return new


def conversation(stored: Conversation) -> conversation_pb2.Conversation:
    """A stored conversation for its owner."""
    return conversation_pb2.Conversation(
        id=str(stored.id),
        title=stored.title,
        mode=stored.mode,
        system_prompt=stored.system_prompt,
        create_time=timestamp(stored.create_time),
        update_time=timestamp(stored.update_time),
        turn_count=stored.turn_count,
        memory_count=stored.memory_count,
    )


def new_turn(proto: conversation_pb2.StoredTurn) -> NewTurn:
    """Reads and checks a finished turn. Raises InvalidInputError."""
    turn = NewTurn(
        id=parse_id(proto.id, field="turn.id"),
        question=proto.question,
        answer=proto.answer,
        status=proto.status,
        details_json=proto.details_json,
        start_time=instant(proto.start_time) if proto.HasField("start_time") else ABSENT_TIME,
        end_time=instant(proto.end_time) if proto.HasField("end_time") else ABSENT_TIME,
    )
    refuse(list(turn_violations(turn)))
    return turn


def stored_turn(stored: Turn) -> conversation_pb2.StoredTurn:
    """A stored turn for its owner."""
    turn = stored.turn
    return conversation_pb2.StoredTurn(
        id=str(turn.id),
        number=stored.number,
        question=turn.question,
        answer=turn.answer,
        status=turn.status,
        details_json=turn.details_json,
        start_time=timestamp(turn.start_time),
        end_time=timestamp(turn.end_time),
        rating=None if stored.rating is None else turn_rating(stored.rating),
    )


def new_rating(proto: conversation_pb2.RateTurnRequest, *, author_name: str) -> NewRating:
    """Reads and checks a rating to give. Raises InvalidInputError."""
    if proto.rating not in _RATINGS:
        raise unknown_value("rating")
    new = NewRating(rating=_RATINGS[proto.rating], comment=proto.comment, author_name=author_name)
    refuse(list(rating_violations(new)))
    return new


def listed_ratings(rating: "conversation_pb2.Rating.ValueType") -> tuple[Rating, ...]:
    """The ratings that a list is asked for. Raises InvalidInputError."""
    if rating not in _LISTED:
        raise unknown_value("rating")
    return _LISTED[rating]


def turn_rating(stored: TurnRating) -> conversation_pb2.TurnRating:
    """A stored rating."""
    return conversation_pb2.TurnRating(
        rating=_PROTO_OF_RATING[stored.rating],
        comment=stored.comment,
        create_time=timestamp(stored.create_time),
        author_id=stored.author_id,
        author_name=stored.author_name,
    )
