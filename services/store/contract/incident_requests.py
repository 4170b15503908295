"""Requests about incidents, read and checked, and answers on their way out."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from earshot.store.v1 import incident_pb2
from services.runtime.errors import ErrorReason, InvalidInputError
from services.runtime.labels import CATEGORY_OF_INTENT
from services.store.contract import convert, page_token
from services.store.contract.filter_requests import filters_and_range
from services.store.contract.fitting import fitting
from services.store.message import StoredMessage
from services.store.repositories.incidents import IncidentList, IncidentSummary

DEFAULT_PAGE_SIZE: Final = 20
MAX_PAGE_SIZE: Final = 100
DEFAULT_MIN_MESSAGES: Final = 2

_LARGEST_COUNT: Final = 2**63 - 1


def list_request(proto: incident_pb2.ListIncidentsRequest, workspace_id: str) -> IncidentList:
    """Reads and checks a list; its limit is one more than the page holds, to see whether there is a next one.

    Raises InvalidInputError: BAD_FILTER, BAD_RANGE, BAD_LIMIT, BAD_PAGE_TOKEN, BAD_PAGE_SIZE.
    """
    filters, time_range = filters_and_range(proto)
    if proto.min_messages < 0:
        raise InvalidInputError.of_field("min_messages", "must not be negative", reason=ErrorReason.BAD_LIMIT)
    size = page_token.page_size(proto.page_size, default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE)
    return IncidentList(
        filters=filters,
        time_range=time_range,
        min_messages=proto.min_messages or DEFAULT_MIN_MESSAGES,
        after=_after(proto, workspace_id),
        limit=size + 1,
    )


def list_response(
    proto: incident_pb2.ListIncidentsRequest,
    workspace_id: str,
    found: Sequence[IncidentSummary],
    exemplars: Mapping[UUID, StoredMessage],
    *,
    limit: int,
) -> incident_pb2.ListIncidentsResponse:
    """The page, and the token of the next one where `found` goes on beyond it."""
    shown = (_incident(summary, exemplars[summary.exemplar_id]) for summary in found[: limit - 1])
    response = incident_pb2.ListIncidentsResponse(incidents=fitting(shown))
    if response.incidents and len(response.incidents) < len(found):
        last = found[len(response.incidents) - 1]
        place = (str(last.users), str(last.messages), str(last.id))
        response.next_page_token = page_token.encode(place, question=_question(proto, workspace_id))
    return response


def _incident(summary: IncidentSummary, exemplar: StoredMessage) -> incident_pb2.Incident:
    intent = summary.intent or ""
    return incident_pb2.Incident(
        id=str(summary.id),
        messages=summary.messages,
        users=summary.users,
        first_time=convert.timestamp(summary.first_time),
        last_time=convert.timestamp(summary.last_time),
        exemplar=convert.stored_message(exemplar),
        intent=intent,
        category=CATEGORY_OF_INTENT.get(intent, ""),
    )


def _after(proto: incident_pb2.ListIncidentsRequest, workspace_id: str) -> tuple[int, int, UUID] | None:
    if not proto.page_token:
        return None
    users, messages, incident_id = page_token.decode(
        proto.page_token, question=_question(proto, workspace_id), length=3
    )
    try:
        place = int(users), int(messages), UUID(incident_id)
    except ValueError as error:
        raise page_token.bad_page_token() from error
    if not (0 <= place[0] <= _LARGEST_COUNT and 0 <= place[1] <= _LARGEST_COUNT):
        raise page_token.bad_page_token()
    return place


def _question(proto: incident_pb2.ListIncidentsRequest, workspace_id: str) -> bytes:
    question = incident_pb2.ListIncidentsRequest()
    question.CopyFrom(proto)
    question.ClearField("page_size")
    question.ClearField("page_token")
    return workspace_id.encode() + b"\0" + question.SerializeToString(deterministic=True)
