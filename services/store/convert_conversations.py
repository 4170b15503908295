"""Protobuf to domain and back, for conversations and turns."""

from uuid import UUID

from earshot.store.v1 import conversation_pb2
from services.runtime.ids import new_id
from services.store.conversation import (
    Conversation,
    Mode,
    NewConversation,
    NewTurn,
    Turn,
    conversation_violations,
    turn_violations,
)
from services.store.convert import instant, timestamp
from services.store.message import ABSENT_TIME
from services.store.validation import parse_id, refuse


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
    )
