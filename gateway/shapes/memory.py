"""A session's memory and the report of a model's context as JSON."""

from typing import Literal

from pydantic import Field, model_validator

from earshot_client.earshot.chat.v1 import ContextReport, GetMemoryResponse, MemoryEntry
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Json, Strict, Text, enum_json, instant_json


class EditMemoryBody(Strict):
    """An entry to correct, by its id, or to add."""

    id: Text | None = Field(default=None, max_length=64)
    kind: Literal["fact", "preference"] = "fact"
    text: Text = Field(min_length=1, max_length=500)


class ForgetMemoryBody(Strict):
    """What to forget: exactly one of the three."""

    entry_id: Text | None = Field(default=None, max_length=64)
    turn_number: int | None = Field(default=None, ge=1, lt=2**31)
    everything: Literal[True] | None = None

    @model_validator(mode="after")
    def _one(self) -> "ForgetMemoryBody":
        if sum(value is not None for value in (self.entry_id, self.turn_number, self.everything)) != 1:
            raise ValueError("give exactly one of entry_id, turn_number and everything")
        return self


class MemoryEntryAnswer(Answer):
    """One thing that is remembered."""

    id: str
    kind: Literal["fact", "preference", "filters", "summary"]
    text: str
    turn_number: int | None
    created_at: str | None
    updated_at: str | None


class MemoryAnswer(Answer):
    """Facts and preferences, then the reading in force, then earlier turns in a line each."""

    entries: list[MemoryEntryAnswer]
    forgotten_through: int
    forgotten_turns: list[int]


class ContextPartAnswer(Answer):
    """A part of what a model was sent, or was not."""

    kind: Literal["system", "memory", "recalled", "summary", "turn", "question"]
    tokens: int
    sent: bool
    reason: str | None
    turn_numbers: list[int]
    closeness: float | None


class ContextMessageAnswer(Answer):
    """A message as it was sent."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    call_id: str | None = Field(description="The function call of an earlier turn that it makes or answers.")


class ContextReportAnswer(Answer):
    """What a model was sent."""

    model: str
    budget_tokens: int
    estimated_tokens: int
    reported_tokens: int | None
    parts: list[ContextPartAnswer]
    messages: list[ContextMessageAnswer]
    redacted: dict[str, int]


class ContextAnswer(Answer):
    """`report` is null where no model was asked."""

    report: ContextReportAnswer | None


def entry_json(entry: MemoryEntry) -> Json:
    """One thing that is remembered."""
    return {
        "id": entry.id,
        "kind": enum_json(entry.kind),
        "text": entry.text,
        "turn_number": entry.turn_number or None,
        "created_at": instant_json(entry.create_time),
        "updated_at": instant_json(entry.update_time),
    }


def memory_json(memory: GetMemoryResponse) -> Json:
    """What a session remembers."""
    return {
        "entries": [entry_json(entry) for entry in memory.entries],
        "forgotten_through": memory.forgotten_through,
        "forgotten_turns": list(memory.forgotten_turns),
    }


def context_json(report: ContextReport | None) -> Json | None:
    """What a model was sent."""
    if report is None:
        return None
    return {
        "model": report.model,
        "budget_tokens": report.budget_tokens,
        "estimated_tokens": report.estimated_tokens,
        "reported_tokens": report.reported_tokens or None,
        "parts": [
            {
                "kind": part.kind,
                "tokens": part.tokens,
                "sent": part.sent,
                "reason": part.reason or None,
                "turn_numbers": list(part.turn_numbers),
                "closeness": round(part.closeness, 3) if part.closeness else None,
            }
            for part in report.parts
        ],
        "messages": [
            {"role": message.role, "content": message.content, "call_id": message.call_id or None}
            for message in report.messages
        ],
        "redacted": dict(report.redacted),
    }
