"""Estimates of true counts as JSON."""

from typing import Annotated, Literal

from pydantic import Field

from earshot_client.earshot.store.v1 import EstimateCountsRequest, EstimateCountsResponse, MeasuredModel
from earshot_client.earshot.types.v1 import Dimension, ModelRef
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Instant, Json, Strict, Text, enum_json, instant_json
from gateway.shapes.message import ModelAnswer
from gateway.shapes.question import FiltersJson, TimeRangeJson, range_json
from gateway.shapes.stats import RangeAnswer


class EstimateCountsBody(Strict):
    """Which messages, and whose labels. Conditions on what the model said are refused: they cannot be corrected for."""

    filters: FiltersJson = Field(default_factory=FiltersJson)
    range: TimeRangeJson = Field(default_factory=TimeRangeJson)
    dimension: Literal["category", "intent", "sentiment"] = "category"
    confidence: Annotated[float, Field(ge=0.5, le=0.999, allow_inf_nan=False, strict=False)] = Field(
        default=0.95, description="How often the interval is to hold the true number."
    )
    as_of: Instant | None = None
    time_zone: Text = Field(default="UTC", max_length=64, description="IANA zone of hours and weekdays.")

    def to_message(self) -> EstimateCountsRequest:
        """The question for a call."""
        return EstimateCountsRequest(
            filters=self.filters.to_message(),
            range=self.range.to_message(),
            dimension=Dimension[self.dimension.upper()],
            confidence=self.confidence,
            as_of=self.as_of,
            time_zone=self.time_zone,
        )


class EstimatedCountAnswer(Answer):
    """One label: the exact count, and what it may be in truth."""

    key: str
    count: int
    estimate: int
    low: int
    high: int


class MeasuredModelAnswer(Answer):
    """A model among those that gave the labels."""

    model: ModelAnswer
    messages: int
    measured: bool


class EstimateCountsAnswer(Answer):
    """Estimates with intervals beside the exact counts, which they never replace."""

    rows: list[EstimatedCountAnswer]
    dimension: str
    confidence: float
    labelled_messages: int
    judged_messages: int
    unmeasured_messages: int
    pending_messages: int
    models: list[MeasuredModelAnswer]
    range: RangeAnswer | None
    as_of: str


def estimates_json(answer: EstimateCountsResponse) -> Json:
    """The estimates, largest first."""
    return {
        "rows": [
            {"key": row.key, "count": row.count, "estimate": row.estimate, "low": row.low, "high": row.high}
            for row in answer.rows
        ],
        "dimension": enum_json(answer.dimension),
        "confidence": answer.confidence,
        "labelled_messages": answer.labelled_messages,
        "judged_messages": answer.judged_messages,
        "unmeasured_messages": answer.unmeasured_messages,
        "pending_messages": answer.pending_messages,
        "models": [_model(model) for model in answer.models],
        "range": range_json(answer.range, "UTC"),
        "as_of": instant_json(answer.as_of),
    }


def _model(given: MeasuredModel) -> Json:
    model = given.model or ModelRef()
    return {
        "model": {"name": model.name, "version": model.version},
        "messages": given.messages,
        "measured": given.measured,
    }
