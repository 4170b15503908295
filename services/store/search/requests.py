"""Search requests, read and checked, and answers on their way out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from earshot.store.v1 import search_pb2
from services.runtime.errors import ErrorReason
from services.store.contract import convert, page_token
from services.store.contract.fitting import fitting
from services.store.message import StoredMessage
from services.store.search.question import Hit, SearchQuestion
from services.store.validation import (
    MAX_FILTER_TEXT_LENGTH,
    Violation,
    filter_violations,
    parse_id,
    range_violations,
    refuse,
    text_violations,
    time_zone_violations,
)

DEFAULT_PAGE_SIZE: Final = 20
MAX_PAGE_SIZE: Final = 100


def search_request(proto: search_pb2.SearchMessagesRequest, workspace_id: str) -> SearchQuestion:
    """Reads and checks a search.

    Raises InvalidInputError: MISSING_FIELD, TEXT_TOO_LONG, BAD_FILTER, BAD_RANGE, BAD_ID, BAD_PAGE_TOKEN,
    BAD_PAGE_SIZE or UNKNOWN_ENUM_VALUE.
    """
    zone = convert.time_zone(proto.time_zone)
    filters, time_range = convert.filters(proto.filters, zone), convert.time_range(proto.range)
    refuse(
        [
            *_subject_violations(proto),
            *filter_violations(filters),
            *time_zone_violations(zone),
            *range_violations(time_range),
        ]
    )
    return SearchQuestion(
        text=proto.text.strip(),
        similar_to=parse_id(proto.similar_to, field="similar_to") if proto.similar_to else None,
        filters=filters,
        time_range=time_range,
        authors=convert.authors(proto.authors),
        offset=_offset(proto, workspace_id),
        limit=page_token.page_size(proto.page_size, default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE),
    )


def _subject_violations(proto: search_pb2.SearchMessagesRequest) -> Iterator[Violation]:
    if bool(proto.text.strip()) == bool(proto.similar_to):
        yield Violation(
            field="text",
            reason=ErrorReason.INVALID_ARGUMENT if proto.similar_to else ErrorReason.MISSING_FIELD,
            description="or similar_to must be given, and not both",
        )
    yield from text_violations("text", proto.text, maximum=MAX_FILTER_TEXT_LENGTH)


def search_response(
    proto: search_pb2.SearchMessagesRequest,
    workspace_id: str,
    *,
    hits: Sequence[Hit],
    messages: Mapping[UUID, StoredMessage],
    question: SearchQuestion,
    encoder: str,
) -> search_pb2.SearchMessagesResponse:
    """The page of `hits`, the whole ranking, that `question` asks for. Long texts make a page shorter."""
    asked = hits[question.offset : question.offset + question.limit]
    response = search_pb2.SearchMessagesResponse(
        hits=fitting(_hit(hit, messages[hit.message_id]) for hit in asked),
        semantic=bool(encoder),
        encoder_version=encoder,
    )
    shown = question.offset + len(response.hits)
    if shown < len(hits):
        response.next_page_token = page_token.encode((str(shown),), question=_question(proto, workspace_id))
    return response


def _hit(hit: Hit, stored: StoredMessage) -> search_pb2.SearchHit:
    return search_pb2.SearchHit(message=convert.stored_message(stored), score=hit.score, similarity=hit.similarity)


def _offset(proto: search_pb2.SearchMessagesRequest, workspace_id: str) -> int:
    if not proto.page_token:
        return 0
    (place,) = page_token.decode(proto.page_token, question=_question(proto, workspace_id), length=1)
    if not place.isdecimal() or len(place) > len(str(2 * MAX_PAGE_SIZE)):
        raise page_token.bad_page_token()
    return int(place)


def _question(proto: search_pb2.SearchMessagesRequest, workspace_id: str) -> bytes:
    question = search_pb2.SearchMessagesRequest()
    question.CopyFrom(proto)
    question.ClearField("page_size")
    question.ClearField("page_token")
    return workspace_id.encode() + b"\0" + question.SerializeToString(deterministic=True)
