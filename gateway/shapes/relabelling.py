"""Relabellings as JSON."""

import uuid
from typing import Literal

from pydantic import Field

from earshot_client.earshot.store.v1 import CreateRelabellingRequest, Relabelling
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Json, Strict, enum_json, instant_json
from gateway.shapes.question import TimeRangeJson, range_json
from gateway.shapes.stats import RangeAnswer


class RelabellingBody(Strict):
    """Which messages to label anew, by when they were sent."""

    range: TimeRangeJson = Field(default_factory=TimeRangeJson, description="An end left out is now.")
    request_id: uuid.UUID | None = Field(default=None, strict=False)

    def to_message(self) -> CreateRelabellingRequest:
        """The request for a call."""
        return CreateRelabellingRequest(range=self.range.to_message(), request_id=str(self.request_id or ""))


class RelabellingAnswer(Answer):
    """How far labelling a range anew is. Of `considered_messages` each had its turn, from the earliest on."""

    id: str
    state: Literal["running", "done", "cancelled"]
    range: RangeAnswer
    messages: int
    considered_messages: int
    relabelled_messages: int
    changed_messages: int
    judged_messages: int
    refused_messages: int
    created_at: str
    ended_at: str | None


class RelabellingsAnswer(Answer):
    """Relabellings, newest first."""

    relabellings: list[RelabellingAnswer]
    next_page_token: str | None


def relabelling_json(found: Relabelling | None) -> Json:
    """How far it is."""
    one = found or Relabelling()
    return {
        "id": one.id,
        "state": enum_json(one.state),
        "range": range_json(one.range, "UTC"),
        "messages": one.messages,
        "considered_messages": one.considered_messages,
        "relabelled_messages": one.relabelled_messages,
        "changed_messages": one.changed_messages,
        "judged_messages": one.judged_messages,
        "refused_messages": one.refused_messages,
        "created_at": instant_json(one.create_time),
        "ended_at": instant_json(one.end_time),
    }
