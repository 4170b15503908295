"""Requests about relabellings, read and checked, and answers on their way out."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final
from uuid import UUID

from earshot.store.v1 import relabelling_pb2
from services.store.contract import convert, page_token
from services.store.filters import TimeRange
from services.store.repositories.relabellings import Relabelling, RelabellingState
from services.store.validation import parse_id, range_violations, refuse

DEFAULT_PAGE_SIZE: Final = 50
MAX_PAGE_SIZE: Final = 200
_LIST: Final = b"relabellings"

_STATES: Final = MappingProxyType(
    {
        RelabellingState.RUNNING: relabelling_pb2.RELABELLING_STATE_RUNNING,
        RelabellingState.DONE: relabelling_pb2.RELABELLING_STATE_DONE,
        RelabellingState.CANCELLED: relabelling_pb2.RELABELLING_STATE_CANCELLED,
    }
)


def create_request(proto: relabelling_pb2.CreateRelabellingRequest) -> tuple[TimeRange, UUID | None]:
    """The range and the request's id. Raises InvalidInputError: BAD_RANGE, BAD_ID."""
    asked = convert.time_range(proto.range)
    refuse(range_violations(asked))
    return asked, parse_id(proto.request_id, field="request_id") if proto.request_id else None


def list_request(proto: relabelling_pb2.ListRelabellingsRequest) -> tuple[UUID | None, int]:
    """After which one the page begins, and how many it may hold. Raises InvalidInputError."""
    size = page_token.page_size(proto.page_size, default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE)
    return page_token.decode_id(proto.page_token, question=_LIST), size


def list_response(found: Sequence[Relabelling], *, size: int) -> relabelling_pb2.ListRelabellingsResponse:
    """The page, and the token of the next one where `found` goes on beyond it."""
    response = relabelling_pb2.ListRelabellingsResponse(relabellings=[relabelling(one) for one in found[:size]])
    if len(found) > size:
        response.next_page_token = page_token.encode_id(found[size - 1].id, question=_LIST)
    return response


def relabelling(found: Relabelling) -> relabelling_pb2.Relabelling:
    """As the caller sees it."""
    done = found.progress
    return relabelling_pb2.Relabelling(
        id=str(found.id),
        range=convert.range_proto(found.range),
        state=_STATES[found.state],
        messages=found.messages,
        considered_messages=done.considered,
        relabelled_messages=done.relabelled,
        changed_messages=done.changed,
        judged_messages=done.judged,
        refused_messages=done.refused,
        create_time=convert.timestamp(found.create_time),
        end_time=convert.timestamp(found.end_time) if found.end_time else None,
    )
