"""Search as JSON."""

import uuid
from typing import Annotated

from pydantic import Field, model_validator

from earshot_client.earshot.store.v1 import (
    Author,
    Message,
    SearchHit,
    SearchMessagesRequest,
    SearchMessagesResponse,
)
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Json, Strict, Text
from gateway.shapes.message import AuthorName, MessageAnswer, message_json
from gateway.shapes.question import FiltersJson, TimeRangeJson


class SearchBody(Strict):
    """What is looked for: a text, or the messages that mean what a message means."""

    text: Text = Field(default="", max_length=1000, examples=["my payout has not arrived"])
    similar_to: Annotated[uuid.UUID | None, Field(strict=False, description="Id of a message.")] = None
    filters: FiltersJson = Field(default_factory=FiltersJson)
    range: TimeRangeJson | None = None
    page_size: int = Field(default=20, ge=0, le=100)
    page_token: Text = Field(default="", max_length=1024)
    time_zone: Text = Field(default="UTC", max_length=64, description="IANA zone of hours and weekdays.")
    authors: list[AuthorName] = Field(
        default_factory=list,
        max_length=2,
        description="Only what one of these wrote; `customer` alone is what statistics count. Empty: whoever wrote it.",
    )

    @model_validator(mode="after")
    def _one_subject(self) -> "SearchBody":
        if bool(self.text.strip()) == bool(self.similar_to):
            raise ValueError("needs either a text or similar_to")
        return self

    def to_message(self) -> SearchMessagesRequest:
        """The question for a call."""
        return SearchMessagesRequest(
            text=self.text,
            similar_to=str(self.similar_to or ""),
            filters=self.filters.to_message(),
            range=self.range.to_message() if self.range else None,
            page_size=self.page_size,
            page_token=self.page_token,
            time_zone=self.time_zone,
            authors=[Author[name.upper()] for name in self.authors],
        )


class SearchHitAnswer(MessageAnswer):
    """A message, how good a hit it is, and its cosine with what was looked for."""

    score: float
    similarity: float | None


class SearchAnswer(Answer):
    """A page of hits. `semantic` false: words alone were looked for."""

    messages: list[SearchHitAnswer]
    next_page_token: str | None
    semantic: bool
    encoder: str | None


def found_json(answer: SearchMessagesResponse) -> Json:
    """A page of hits."""
    return {
        "messages": [_hit(hit) for hit in answer.hits],
        "next_page_token": answer.next_page_token or None,
        "semantic": answer.semantic,
        "encoder": answer.encoder_version or None,
    }


def _hit(hit: SearchHit) -> Json:
    similarity = None if hit.similarity is None else round(hit.similarity, 6)
    return {**message_json(hit.message or Message()), "score": round(hit.score, 6), "similarity": similarity}
