"""Requests about messages, read and checked: what goes on from here is valid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from earshot.store.v1 import message_pb2
from services.runtime.errors import ErrorReason, InvalidInputError
from services.store.contract import convert, page_token
from services.store.contract.fitting import MAX_BYTES, fitting
from services.store.durability import Acknowledgement
from services.store.message import MessageColumns, StoredMessage
from services.store.repositories.messages import MessageList
from services.store.validation import (
    MAX_CONVERSATION_ID_LENGTH,
    are_all_valid,
    filter_violations,
    message_violations,
    parse_id,
    range_violations,
    refuse,
    text_violations,
    time_zone_violations,
)

MAX_MESSAGES: Final = 1_000
MAX_WAIT_SECONDS: Final = 30.0
DEFAULT_PAGE_SIZE: Final = 50
MAX_PAGE_SIZE: Final = 1_000

_ACKNOWLEDGEMENTS: Final[Mapping[int, Acknowledgement]] = MappingProxyType(
    {
        message_pb2.ACKNOWLEDGEMENT_UNSPECIFIED: Acknowledgement.DURABLE,
        message_pb2.ACKNOWLEDGEMENT_DURABLE: Acknowledgement.DURABLE,
        message_pb2.ACKNOWLEDGEMENT_ACCEPTED: Acknowledgement.ACCEPTED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestRequest:
    """A checked IngestMessages request."""

    messages: MessageColumns
    request_id: UUID | None
    wait_seconds: float
    acknowledgement: Acknowledgement


def ingest_request(proto: message_pb2.IngestMessagesRequest) -> IngestRequest:
    """Reads and checks an ingest. Raises InvalidInputError naming every bad field of every message."""
    if not proto.messages:
        raise InvalidInputError.of_field("messages", "must not be empty", reason=ErrorReason.EMPTY_REQUEST)
    if len(proto.messages) > MAX_MESSAGES or proto.ByteSize() > MAX_BYTES:
        raise InvalidInputError.of_field(
            "messages",
            f"must be at most {MAX_MESSAGES:,} messages and {MAX_BYTES >> 20} MiB together",
            reason=ErrorReason.TOO_MANY_MESSAGES,
            hint="Send them in several requests, or use ImportMessages.",
        )
    acknowledgement = _acknowledgement(proto.acknowledgement)
    wait_seconds = convert.wait_seconds(proto.wait_for_labels, "wait_for_labels", maximum=MAX_WAIT_SECONDS)
    if wait_seconds and acknowledgement is Acknowledgement.ACCEPTED:
        raise InvalidInputError.of_field(
            "wait_for_labels", "must be absent with ACKNOWLEDGEMENT_ACCEPTED, which waits for nothing"
        )
    messages, now = convert.message_columns(proto.messages), datetime.now(UTC)
    if not are_all_valid(messages, now):
        refuse(
            [
                violation
                for position, message in enumerate(map(convert.new_message, proto.messages))
                for violation in message_violations(message, now=now, prefix=f"messages[{position}].")
            ]
        )
    return IngestRequest(
        messages=messages,
        request_id=parse_id(proto.request_id, field="request_id") if proto.request_id else None,
        wait_seconds=wait_seconds,
        acknowledgement=acknowledgement,
    )


def _acknowledgement(value: int) -> Acknowledgement:
    if value not in _ACKNOWLEDGEMENTS:
        raise convert.unknown_value("acknowledgement")
    return _ACKNOWLEDGEMENTS[value]


def list_request(proto: message_pb2.ListMessagesRequest, workspace_id: str) -> MessageList:
    """Reads and checks a list; its limit is one more than the page holds, to see whether there is a next one.

    Raises InvalidInputError: BAD_FILTER, BAD_RANGE, BAD_PAGE_TOKEN, BAD_PAGE_SIZE, UNKNOWN_ENUM_VALUE.
    """
    zone = convert.time_zone(proto.time_zone)
    filters, time_range = convert.filters(proto.filters, zone), convert.time_range(proto.range)
    refuse(
        [
            *filter_violations(filters),
            *time_zone_violations(zone),
            *range_violations(time_range),
            *text_violations("conversation_id", proto.conversation_id, maximum=MAX_CONVERSATION_ID_LENGTH),
        ]
    )
    size = page_token.page_size(proto.page_size, default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE)
    return MessageList(
        filters=filters,
        time_range=time_range,
        status=convert.label_status(proto.status),
        conversation_id=proto.conversation_id,
        authors=convert.authors(proto.authors),
        newest_first=convert.newest_first(proto.order),
        after=page_token.decode_time_and_id(proto.page_token, question=_question(proto, workspace_id)),
        limit=size + 1,
    )


def list_response(
    proto: message_pb2.ListMessagesRequest, workspace_id: str, found: Sequence[StoredMessage], *, limit: int
) -> message_pb2.ListMessagesResponse:
    """The page, and the token of the next one where `found` goes on beyond it. Long texts make a page shorter."""
    response = message_pb2.ListMessagesResponse(messages=fitting(map(convert.stored_message, found[: limit - 1])))
    if response.messages and len(response.messages) < len(found):
        last = found[len(response.messages) - 1]
        response.next_page_token = page_token.encode_time_and_id(
            last.message.event_time, last.id, question=_question(proto, workspace_id)
        )
    return response


def _question(proto: message_pb2.ListMessagesRequest, workspace_id: str) -> bytes:
    question = message_pb2.ListMessagesRequest()
    question.CopyFrom(proto)
    question.ClearField("page_size")
    question.ClearField("page_token")
    return workspace_id.encode() + b"\0" + question.SerializeToString(deterministic=True)
