"""Protobuf to domain and back, for estimates of true counts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from earshot.store.v1 import estimate_pb2
from earshot.types.v1 import labels_pb2, question_pb2
from services.runtime.errors import ErrorReason, InvalidInputError
from services.store.contract.convert import (
    filters,
    instant,
    range_proto,
    time_range,
    time_zone,
    timestamp,
    unknown_value,
)
from services.store.statistics.estimates import (
    DEFAULT_CONFIDENCE,
    LABELS,
    EstimatedCount,
    EstimateQuestion,
    Estimates,
    Model,
    estimate_violations,
)
from services.store.statistics.question import Dimension
from services.store.validation import refuse, time_zone_violations

_DIMENSIONS: Final[Mapping[int, Dimension]] = MappingProxyType(
    {
        question_pb2.DIMENSION_UNSPECIFIED: Dimension.CATEGORY,
        **{question_pb2.Dimension.Value(f"DIMENSION_{name.name}"): name for name in LABELS},
    }
)


def estimate_question(proto: estimate_pb2.EstimateCountsRequest) -> EstimateQuestion:
    """The question with its defaults filled in. Raises InvalidInputError naming every field that is wrong."""
    if proto.dimension not in question_pb2.Dimension.values():
        raise unknown_value("dimension")
    if proto.dimension not in _DIMENSIONS:
        raise InvalidInputError.of_field(
            "dimension", f"must be one of {', '.join(LABELS)}", reason=ErrorReason.BAD_QUERY
        )
    zone = time_zone(proto.time_zone)
    question = EstimateQuestion(
        filters=filters(proto.filters, zone),
        range=time_range(proto.range),
        dimension=_DIMENSIONS[proto.dimension],
        confidence=proto.confidence or DEFAULT_CONFIDENCE,
        as_of=instant(proto.as_of) if proto.HasField("as_of") else None,
    )
    refuse([*time_zone_violations(zone), *estimate_violations(question)])
    return question


def estimate_response(found: Estimates) -> estimate_pb2.EstimateCountsResponse:
    """The answer for the caller."""
    closed = found.question.range
    return estimate_pb2.EstimateCountsResponse(
        rows=[_row(row) for row in found.rows],
        dimension=question_pb2.Dimension.Value(f"DIMENSION_{found.question.dimension.name}"),
        confidence=found.question.confidence,
        labelled_messages=found.labelled,
        judged_messages=found.judged,
        unmeasured_messages=found.unmeasured,
        pending_messages=found.pending,
        models=[_model(*item) for item in found.models],
        range=range_proto(closed),
        as_of=timestamp(found.as_of),
    )


def _row(row: EstimatedCount) -> estimate_pb2.EstimatedCount:
    return estimate_pb2.EstimatedCount(
        key=row.key, count=row.count, estimate=row.estimate.value, low=row.estimate.low, high=row.estimate.high
    )


def _model(model: Model, messages: int, measured: bool) -> estimate_pb2.MeasuredModel:  # noqa: FBT001 - a tuple's part
    return estimate_pb2.MeasuredModel(
        model=labels_pb2.ModelRef(name=model.name, version=model.version), messages=messages, measured=measured
    )
