"""Taxonomy requests, read and checked, and answers on their way out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from earshot.store.v1 import taxonomy_pb2
from services.runtime.errors import ErrorReason, InvalidInputError
from services.store.contract import convert, page_token
from services.store.contract.filter_requests import filters_and_range
from services.store.contract.fitting import fitting
from services.store.filters import Filters, TimeRange
from services.store.taxonomy.categorizing import Previewed, Proposal, Proposals
from services.store.taxonomy.category import (
    Category,
    CategoryState,
    Definition,
    definition_violations,
    name_violations,
)
from services.store.validation import parse_id, range_violations, refuse

DEFAULT_PAGE_SIZE: Final = 100
MAX_PAGE_SIZE: Final = 1_000
DEFAULT_MIN_MESSAGES: Final = 10
_SMALLEST, _LARGEST = 2, 1_000
_LISTED: Final = b"categories of "

_PROTO_OF_STATE: Final = {
    CategoryState.DRAFT: taxonomy_pb2.CATEGORY_STATE_DRAFT,
    CategoryState.APPLIED: taxonomy_pb2.CATEGORY_STATE_APPLIED,
    CategoryState.RETIRED: taxonomy_pb2.CATEGORY_STATE_RETIRED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRequest:
    """A checked PreviewCategory request."""

    category_id: UUID
    filters: Filters
    time_range: TimeRange
    time_zone: str


def create_request(proto: taxonomy_pb2.CreateCategoryRequest) -> tuple[Definition, UUID | None]:
    """The definition and the request id. Raises InvalidInputError naming every bad field."""
    definition = Definition(
        name=proto.name.strip(), description=proto.description.strip(), examples=tuple(proto.examples)
    )
    refuse(list(definition_violations(definition)))
    return definition, parse_id(proto.request_id, field="request_id") if proto.request_id else None


def rename_request(proto: taxonomy_pb2.RenameCategoryRequest) -> tuple[UUID, str]:
    """The id and the new name. Raises InvalidInputError."""
    name = proto.name.strip()
    refuse(list(name_violations(name)))
    return parse_id(proto.id, field="id"), name


def preview_request(proto: taxonomy_pb2.PreviewCategoryRequest) -> PreviewRequest:
    """Raises InvalidInputError: BAD_ID, BAD_FILTER, BAD_RANGE, BAD_TIME_ZONE."""
    filters, time_range = filters_and_range(proto)
    return PreviewRequest(
        category_id=parse_id(proto.id, field="id"),
        filters=filters,
        time_range=time_range,
        time_zone=convert.time_zone(proto.time_zone),
    )


def proposals_request(proto: taxonomy_pb2.ProposeCategoriesRequest) -> tuple[TimeRange, int]:
    """The range and the smallest cluster. Raises InvalidInputError: BAD_RANGE, BAD_LIMIT."""
    time_range = convert.time_range(proto.range)
    refuse(list(range_violations(time_range)))
    fewest = proto.min_messages or DEFAULT_MIN_MESSAGES
    if not _SMALLEST <= fewest <= _LARGEST:
        raise InvalidInputError.of_field(
            "min_messages", f"must be from {_SMALLEST} to {_LARGEST:,}", reason=ErrorReason.BAD_LIMIT
        )
    return time_range, fewest


def list_request(proto: taxonomy_pb2.ListCategoriesRequest, workspace_id: str) -> tuple[UUID | None, int]:
    """The category before the page, None for the first page, and the page's size.

    Raises InvalidInputError: BAD_PAGE_SIZE, BAD_PAGE_TOKEN.
    """
    size = page_token.page_size(proto.page_size, default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE)
    if not proto.page_token:
        return None, size
    (after,) = page_token.decode(proto.page_token, question=_LISTED + workspace_id.encode(), length=1)
    try:
        return UUID(after), size
    except ValueError as error:
        raise page_token.bad_page_token() from error


def list_response(found: Sequence[Category], workspace_id: str, *, size: int) -> taxonomy_pb2.ListCategoriesResponse:
    """The page, and the token of the next one where `found` goes on beyond it."""
    response = taxonomy_pb2.ListCategoriesResponse(categories=fitting(map(category, found[:size])))
    if response.categories and len(response.categories) < len(found):
        last = found[len(response.categories) - 1]
        response.next_page_token = page_token.encode((str(last.id),), question=_LISTED + workspace_id.encode())
    return response


def category(value: Category) -> taxonomy_pb2.Category:
    """A category for the caller."""
    return taxonomy_pb2.Category(
        id=str(value.id),
        name=value.definition.name,
        description=value.definition.description,
        examples=value.definition.examples,
        state=_PROTO_OF_STATE[value.state],
        encoder_version=value.encoder,
        create_time=convert.timestamp(value.create_time),
        apply_time=None if value.apply_time is None else convert.timestamp(value.apply_time),
        retire_time=None if value.retire_time is None else convert.timestamp(value.retire_time),
        walked=value.walked,
        walk_total=value.walk_total,
        walking=value.walking,
        matches=value.matches,
    )


def preview_response(previewed: Previewed) -> taxonomy_pb2.PreviewCategoryResponse:
    """A preview for the caller."""
    found, stored = previewed.preview, previewed.messages

    def exemplar(message_id: UUID, probability: float) -> taxonomy_pb2.CategoryExemplar:
        return taxonomy_pb2.CategoryExemplar(
            message=convert.stored_message(stored[message_id]), probability=probability
        )

    return taxonomy_pb2.PreviewCategoryResponse(
        matches=found.matches,
        considered=found.considered,
        days=[taxonomy_pb2.DayCount(day=day.isoformat(), messages=messages) for day, messages in found.days],
        surest=[exemplar(*named) for named in found.surest],
        least_sure=[exemplar(*named) for named in found.least_sure],
    )


def proposals_response(found: Proposals) -> taxonomy_pb2.ProposeCategoriesResponse:
    """The proposals for the caller: as many as fit into one answer."""
    proposals = fitting(map(_proposal, found.proposals))
    return taxonomy_pb2.ProposeCategoriesResponse(
        proposals=proposals,
        considered=found.considered,
        truncated=found.truncated or len(proposals) < len(found.proposals),
    )


def _proposal(proposal: Proposal) -> taxonomy_pb2.CategoryProposal:
    return taxonomy_pb2.CategoryProposal(
        id=str(proposal.id),
        messages=len(proposal.message_ids),
        keywords=proposal.keywords,
        exemplars=[convert.stored_message(stored) for stored in proposal.exemplars],
        message_ids=[str(message_id) for message_id in proposal.message_ids],
        create_time=convert.timestamp(proposal.create_time),
    )
