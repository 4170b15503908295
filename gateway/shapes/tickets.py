"""Tickets as JSON."""

import uuid
from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from earshot_client.earshot.store.v1 import (
    CreateTicketRequest,
    GetTicketResponse,
    ResolutionPattern,
    Ticket,
    TicketAnalysis,
    TicketStatus,
    UpdateTicketRequest,
)
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Id, Json, Strict, Text, enum_json, instant_json
from gateway.shapes.message import LabelScoreAnswer, ModelAnswer, score_json

StatusName = Literal["open", "in_progress", "resolved", "closed"]


class NewTicketBody(Strict):
    """A ticket: a text, or the messages it is about."""

    subject: Text = Field(default="", max_length=500)
    body: Text = Field(default="", max_length=20_000, validation_alias=AliasChoices("body", "text"))
    metadata: dict[Text, Text] = Field(default_factory=dict, max_length=50)
    message_ids: Annotated[list[Id], Field(max_length=100)] = Field(default_factory=list)
    user_id: Id = Field(default="", max_length=256)
    request_id: uuid.UUID | None = Field(default=None, strict=False)

    def to_message(self) -> CreateTicketRequest:
        """The call that makes it."""
        return CreateTicketRequest(
            subject=self.subject,
            body=self.body,
            metadata=self.metadata,
            message_ids=self.message_ids,
            user_id=self.user_id,
            request_id=str(self.request_id or ""),
        )


class ChangedTicketBody(Strict):
    """What changes of a ticket."""

    status: StatusName | None = None
    resolution: Text | None = Field(default=None, max_length=20_000)
    etag: Id = Field(default="", max_length=64, description="Empty: whatever it is.")

    def to_message(self, ticket_id: str) -> UpdateTicketRequest:
        """The call that changes it."""
        return UpdateTicketRequest(
            id=ticket_id,
            status=TicketStatus[self.status.upper()] if self.status else TicketStatus.UNSPECIFIED,
            resolution=self.resolution,
            etag=self.etag,
        )


class SimilarTicketAnswer(Answer):
    """A settled ticket that is similar."""

    ticket_id: str
    similarity: float
    resolution: str


class AnalysisAnswer(Answer):
    """What was found out about a ticket."""

    category: str | None
    confidence: float
    intents: list[LabelScoreAnswer]
    summary: str | None
    suggested_reply: str | None
    similar: list[SimilarTicketAnswer]
    model: ModelAnswer | None
    created_at: str | None


class TicketAnswer(Answer):
    """A ticket; the fields of its analysis beside its own, null while it is pending."""

    id: str
    subject: str | None
    body: str
    text: str
    metadata: dict[str, str]
    message_ids: list[str]
    user_id: str | None
    status: StatusName
    resolution: str | None
    analysis_state: Literal["pending", "done", "failed"]
    category: str | None
    confidence: float | None
    summary: str | None
    suggested_reply: str | None
    analysis: AnalysisAnswer | None
    etag: str
    created_at: str | None
    updated_at: str | None
    resolved_at: str | None


class TicketDetailAnswer(TicketAnswer):
    """A ticket with every analysis it had, the one in force first."""

    history: list[AnalysisAnswer]


class TicketPageAnswer(Answer):
    """A page of tickets, and within what time 95 % of the latest ones had their first analysis."""

    requests: list[TicketAnswer]
    next_page_token: str | None
    analysis_seconds_p95: float | None


class ResolutionPatternAnswer(Answer):
    """A way to settle tickets."""

    resolution: str
    count: int
    ticket_ids: list[str]


class ResolutionPageAnswer(Answer):
    """A page of ways to settle tickets."""

    patterns: list[ResolutionPatternAnswer]
    next_page_token: str | None


def ticket_json(ticket: Ticket) -> Json:
    """A ticket."""
    analysis = ticket.analysis
    return {
        "id": ticket.id,
        "subject": ticket.subject or None,
        "body": ticket.body,
        "text": ticket.body,
        "metadata": dict(ticket.metadata),
        "message_ids": list(ticket.message_ids),
        "user_id": ticket.user_id or None,
        "status": enum_json(ticket.status),
        "resolution": ticket.resolution or None,
        "analysis_state": enum_json(ticket.analysis_state),
        "category": (analysis.category or None) if analysis else None,
        "confidence": round(analysis.confidence, 6) if analysis else None,
        "summary": (analysis.summary or None) if analysis else None,
        "suggested_reply": (analysis.suggested_reply or None) if analysis else None,
        "analysis": analysis_json(analysis) if analysis else None,
        "etag": ticket.etag,
        "created_at": instant_json(ticket.create_time),
        "updated_at": instant_json(ticket.update_time),
        "resolved_at": instant_json(ticket.resolve_time),
    }


def analysis_json(analysis: TicketAnalysis) -> Json:
    """What was found out."""
    model = analysis.model
    return {
        "category": analysis.category or None,
        "confidence": round(analysis.confidence, 6),
        "intents": [score_json(score) for score in analysis.intents],
        "summary": analysis.summary or None,
        "suggested_reply": analysis.suggested_reply or None,
        "similar": [
            {"ticket_id": item.ticket_id, "similarity": round(item.similarity, 6), "resolution": item.resolution}
            for item in analysis.similar
        ],
        "model": {"name": model.name, "version": model.version} if model else None,
        "created_at": instant_json(analysis.create_time),
    }


def ticket_detail_json(answer: GetTicketResponse) -> Json:
    """A ticket with its history."""
    return {**ticket_json(answer.ticket or Ticket()), "history": [analysis_json(item) for item in answer.history]}


def pattern_json(pattern: ResolutionPattern) -> Json:
    """A way to settle tickets."""
    return {"resolution": pattern.resolution, "count": pattern.count, "ticket_ids": list(pattern.ticket_ids)}
