"""Custom categories and proposals as JSON."""

import uuid
from typing import Annotated, Literal

from pydantic import Field

from earshot_client.earshot.store.v1 import (
    Category,
    CategoryExemplar,
    CategoryProposal,
    CreateCategoryRequest,
    Message,
    PreviewCategoryRequest,
    PreviewCategoryResponse,
    ProposeCategoriesResponse,
)
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Json, Strict, Text, enum_json, instant_json
from gateway.shapes.message import MessageAnswer, message_json
from gateway.shapes.question import FiltersJson, TimeRangeJson

Name = Annotated[Text, Field(min_length=1, max_length=100, examples=["Merch shop"])]


class CategoryBody(Strict):
    """Defines a category."""

    name: Name
    description: Text = Field(default="", max_length=2000)
    examples: Annotated[list[Annotated[Text, Field(min_length=1, max_length=20_000)]], Field(max_length=50)] = Field(
        default_factory=list
    )
    request_id: uuid.UUID | None = Field(default=None, strict=False)

    def to_message(self) -> CreateCategoryRequest:
        """The definition for a call."""
        return CreateCategoryRequest(
            name=self.name,
            description=self.description,
            examples=self.examples,
            request_id=str(self.request_id or ""),
        )


class RenameBody(Strict):
    """Another name."""

    name: Name


class PreviewBody(Strict):
    """On which messages a category is tried."""

    filters: FiltersJson = Field(default_factory=FiltersJson)
    range: TimeRangeJson | None = None
    time_zone: Text = Field(default="UTC", max_length=64)

    def to_message(self, category_id: str) -> PreviewCategoryRequest:
        """The question for a call."""
        return PreviewCategoryRequest(
            id=category_id,
            filters=self.filters.to_message(),
            range=self.range.to_message() if self.range else None,
            time_zone=self.time_zone,
        )


class CategoryAnswer(Answer):
    """A custom category; `walked` of `walk_total` messages of history were tried since it was applied."""

    id: str
    name: str
    description: str
    examples: list[str]
    state: Literal["draft", "applied", "retired"]
    encoder: str
    created_at: str | None
    applied_at: str | None
    retired_at: str | None
    walked: int
    walk_total: int
    walking: bool
    matches: int


class CategoriesAnswer(Answer):
    """A page of categories, by name."""

    categories: list[CategoryAnswer]
    next_page_token: str | None


class DayAnswer(Answer):
    """Messages of one local day."""

    day: str
    messages: int


class ExemplarAnswer(Answer):
    """A message, and how sure the category is of it."""

    message: MessageAnswer
    probability: float


class PreviewAnswer(Answer):
    """What a category would find."""

    matches: int
    considered: int
    days: list[DayAnswer]
    surest: list[ExemplarAnswer]
    least_sure: list[ExemplarAnswer]


class ProposalAnswer(Answer):
    """A cluster of messages that no category covers."""

    id: str
    messages: int
    keywords: list[str]
    exemplars: list[MessageAnswer]
    message_ids: list[str]
    created_at: str | None


class ProposalsAnswer(Answer):
    """The largest first, and what they were found among."""

    proposals: list[ProposalAnswer]
    considered: int
    truncated: bool


def category_json(category: Category | None) -> Json:
    """A custom category."""
    shown = category or Category()
    return {
        "id": shown.id,
        "name": shown.name,
        "description": shown.description,
        "examples": list(shown.examples),
        "state": enum_json(shown.state).removeprefix("category_state_"),
        "encoder": shown.encoder_version,
        "created_at": instant_json(shown.create_time),
        "applied_at": instant_json(shown.apply_time),
        "retired_at": instant_json(shown.retire_time),
        "walked": shown.walked,
        "walk_total": shown.walk_total,
        "walking": shown.walking,
        "matches": shown.matches,
    }


def preview_json(answer: PreviewCategoryResponse) -> Json:
    """What a category would find."""
    return {
        "matches": answer.matches,
        "considered": answer.considered,
        "days": [{"day": day.day, "messages": day.messages} for day in answer.days],
        "surest": [_exemplar(exemplar) for exemplar in answer.surest],
        "least_sure": [_exemplar(exemplar) for exemplar in answer.least_sure],
    }


def _exemplar(exemplar: CategoryExemplar) -> Json:
    message = message_json(exemplar.message or Message())
    return {"message": message, "probability": round(exemplar.probability, 6)}


def proposals_json(answer: ProposeCategoriesResponse) -> Json:
    """The proposals."""
    return {
        "proposals": [_proposal(proposal) for proposal in answer.proposals],
        "considered": answer.considered,
        "truncated": answer.truncated,
    }


def _proposal(proposal: CategoryProposal) -> Json:
    return {
        "id": proposal.id,
        "messages": proposal.messages,
        "keywords": list(proposal.keywords),
        "exemplars": [message_json(message) for message in proposal.exemplars],
        "message_ids": list(proposal.message_ids),
        "created_at": instant_json(proposal.create_time),
    }
