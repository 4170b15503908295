"""Messages and labels as JSON."""

import uuid
from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from earshot_client.earshot.store.v1 import (
    Author,
    IngestMessagesResponse,
    ListMessagesResponse,
    Message,
    NewMessage,
)
from earshot_client.earshot.types.v1 import LabelScore
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Id, Instant, Json, Strict, Text, enum_json, instant_json

AuthorName = Literal["customer", "agent"]


class LabelScoreAnswer(Answer):
    """A label with its calibrated probability."""

    label: str
    probability: float


class ModelAnswer(Answer):
    """The model that gave labels."""

    name: str
    version: str


class CustomCategoryMatchAnswer(Answer):
    """A category of the workspace's own that holds for a message."""

    id: str
    name: str
    probability: float


class MessageAnswer(Answer):
    """A message with the labels in force."""

    id: str
    external_id: str | None
    source: str
    user_id: str
    timestamp: str
    text: str
    conversation_id: str | None
    author: AuthorName
    created_at: str
    status: Literal["pending", "labelled", "failed"]
    category: str | None
    categories: list[LabelScoreAnswer]
    intents: list[LabelScoreAnswer]
    sentiment: LabelScoreAnswer | None
    language: str | None
    abstained: bool | None
    model: ModelAnswer | None
    labelled_at: str | None
    custom_categories: list[CustomCategoryMatchAnswer]
    labelled_by: Literal["model", "human"] | None
    unsupported_language: bool


class StoredAnswer(MessageAnswer):
    """`accepted`: the message is not yet known to be on disk."""

    acknowledgement: Literal["durable", "accepted"]


class IngestedAnswer(Answer):
    """The messages of a batch, those that were there before among them."""

    messages: list[MessageAnswer]
    created: int
    existing: int
    acknowledgement: Literal["durable", "accepted"]


class LabelVersionAnswer(Answer):
    """Labels of a message, from when on they held and until when."""

    author: Literal["model", "human"]
    author_id: str | None
    author_name: str | None
    intents: list[LabelScoreAnswer]
    categories: list[LabelScoreAnswer]
    sentiment: LabelScoreAnswer | None
    language: str
    abstained: bool
    model: ModelAnswer | None
    valid_from: str
    valid_to: str | None
    unsupported_language: bool


class MessageDetailAnswer(MessageAnswer):
    """A message with all its labels, newest first."""

    history: list[LabelVersionAnswer]


class WebhookAnswer(Answer):
    """How many messages a delivery held, and how many of them are new."""

    received: int
    created: int


class ErasedAnswer(Answer):
    """What was erased about a customer."""

    erasure_id: str
    erased_at: str
    messages: int
    tickets: int
    conversations: int


class MessagePageAnswer(Answer):
    """A page of messages."""

    messages: list[MessageAnswer]
    next_page_token: str | None


class NewMessageJson(Strict):
    """A message to store."""

    text: Text = Field(max_length=20_000, validation_alias=AliasChoices("text", "message"))
    source: Text = Field(max_length=64, examples=["livechat"])
    user_id: Id = Field(max_length=256, validation_alias=AliasChoices("user_id", "id_user"))
    timestamp: Instant
    external_id: Id = Field(default="", max_length=512)
    conversation_id: Id = Field(default="", max_length=256)
    author: Literal["customer", "agent"] = "customer"

    def to_message(self) -> NewMessage:
        """The message for a call."""
        return NewMessage(
            external_id=self.external_id,
            source=self.source,
            user_id=self.user_id,
            event_time=self.timestamp,
            text=self.text,
            conversation_id=self.conversation_id,
            author=Author[self.author.upper()],
        )


class NewMessagesJson(Strict):
    """Messages to store together."""

    messages: Annotated[list[NewMessageJson], Field(min_length=1, max_length=1000)]
    request_id: uuid.UUID | None = Field(default=None, strict=False)


def score_json(score: LabelScore) -> Json:
    """A label and its probability, rounded to what a float carries."""
    return {"label": score.label, "probability": round(score.probability, 6)}


def message_json(message: Message) -> Json:
    """A stored message with its labels in force."""
    labels = message.labels
    categories = [score_json(score) for score in labels.categories] if labels else []
    return {
        "id": message.id,
        "external_id": message.external_id or None,
        "source": message.source,
        "user_id": message.user_id,
        "timestamp": instant_json(message.event_time),
        "text": message.text,
        "conversation_id": message.conversation_id or None,
        "author": enum_json(message.author),
        "created_at": instant_json(message.create_time),
        "status": enum_json(message.status),
        "category": categories[0]["label"] if categories else None,
        "categories": categories,
        "intents": [score_json(score) for score in labels.intents] if labels else [],
        "sentiment": score_json(labels.sentiment) if labels and labels.sentiment else None,
        "language": labels.language if labels else None,
        "abstained": labels.abstained if labels else None,
        "model": {"name": labels.model.name, "version": labels.model.version} if labels and labels.model else None,
        "labelled_at": instant_json(labels.valid_from) if labels else None,
        "custom_categories": [
            {"id": match.id, "name": match.name, "probability": round(match.probability, 6)}
            for match in message.custom_categories
        ],
        "labelled_by": enum_json(labels.author) if labels else None,
        "unsupported_language": bool(labels and labels.unsupported_language),
    }


def stored_json(answer: IngestMessagesResponse) -> Json:
    """The answer to one message."""
    return {**message_json(answer.messages[0]), "acknowledgement": enum_json(answer.acknowledgement)}


def ingested_json(answer: IngestMessagesResponse) -> Json:
    """The answer to several messages."""
    messages = [message_json(message) for message in answer.messages]
    return {
        "messages": messages,
        "created": answer.created,
        "existing": answer.existing,
        "acknowledgement": enum_json(answer.acknowledgement),
    }


def listed_json(answer: ListMessagesResponse) -> Json:
    """A page of messages."""
    return {
        "messages": [message_json(message) for message in answer.messages],
        "next_page_token": answer.next_page_token or None,
    }
