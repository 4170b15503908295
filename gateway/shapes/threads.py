"""Scores and flows of conversations as JSON."""

from typing import Literal

from pydantic import Field

from earshot_client.earshot.store.v1 import AnalyzeFlowRequest, AnalyzeFlowResponse, ScoreThreadResponse
from earshot_client.earshot.types.v1 import Dimension
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Json, Strict, Text
from gateway.shapes.question import FiltersJson, TimeRangeJson


class FlowBody(Strict):
    """Which messages are looked at, and what their states are."""

    filters: FiltersJson = Field(default_factory=FiltersJson)
    range: TimeRangeJson
    state: Literal["intent", "category", "sentiment"] = "intent"
    time_zone: Text = Field(default="UTC", max_length=64, description="IANA zone of hours and weekdays.")

    def to_message(self) -> AnalyzeFlowRequest:
        """The question for a call."""
        return AnalyzeFlowRequest(
            filters=self.filters.to_message(),
            range=self.range.to_message(),
            state=Dimension[self.state.upper()],
            time_zone=self.time_zone,
        )


class ScorePartAnswer(Answer):
    """One part of a score."""

    name: Literal["first_response", "answered", "sentiment_change", "resolution"]
    value: float
    score: float


class ScoreAnswer(Answer):
    """How good a conversation was."""

    score: float
    parts: list[ScorePartAnswer]
    messages: int


class TransitionAnswer(Answer):
    """What follows what; `from` null at a beginning, `to` null at an end."""

    from_state: str | None
    to_state: str | None
    count: int
    mean_seconds: float


class FlowAnswer(Answer):
    """How conversations flow."""

    threads: int
    messages: int
    transitions: list[TransitionAnswer]


def score_json(answer: ScoreThreadResponse) -> Json:
    """A score with its parts."""
    parts = [{"name": part.name, "value": part.value, "score": part.score} for part in answer.parts]
    return {"score": answer.score, "parts": parts, "messages": answer.messages}


def flow_json(answer: AnalyzeFlowResponse) -> Json:
    """A flow."""
    transitions = [
        {
            "from_state": item.from_state or None,
            "to_state": item.to_state or None,
            "count": item.count,
            "mean_seconds": item.mean_seconds,
        }
        for item in answer.transitions
    ]
    return {"threads": answer.threads, "messages": answer.messages, "transitions": transitions}
