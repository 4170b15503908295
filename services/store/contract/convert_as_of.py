"""Protobuf to domain and back, for the comparison of two instants."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from earshot.store.v1 import as_of_pb2
from services.runtime.errors import ErrorReason, InvalidInputError
from services.store.contract.convert import instant, timestamp
from services.store.contract.convert_stats import stats_query, stats_query_proto
from services.store.statistics.comparing import ComparedRow, Comparison
from services.store.statistics.knowledge import Cause
from services.store.statistics.question import Dimension, StatsQuery
from services.store.validation import instant_violations, refuse

_PROTO_OF_CAUSE: Final[Mapping[Cause, "as_of_pb2.ChangeCause.ValueType"]] = MappingProxyType(
    {
        Cause.LATE_ARRIVAL: as_of_pb2.CHANGE_CAUSE_LATE_ARRIVAL,
        Cause.FIRST_LABELS: as_of_pb2.CHANGE_CAUSE_FIRST_LABELS,
        Cause.NEW_MODEL: as_of_pb2.CHANGE_CAUSE_NEW_MODEL,
        Cause.CORRECTION: as_of_pb2.CHANGE_CAUSE_CORRECTION,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOfQuestion:
    """A checked request; `after` None: now."""

    query: StatsQuery
    before: datetime
    after: datetime | None


def as_of_question(proto: as_of_pb2.CompareAsOfRequest) -> AsOfQuestion:
    """Reads and checks a comparison. Raises InvalidInputError naming the field that is wrong."""
    query = stats_query(proto.query, within="query.")
    for field, given in (("query.as_of", query.as_of), ("query.compare_to", query.compare_to)):
        if given is not None:
            raise InvalidInputError.of_field(field, "must not be given here", reason=ErrorReason.BAD_QUERY)
    for field, used in (("query.group_by", _groups_beside(query)), ("query.filters", _filters_beside(query))):
        if used:
            raise InvalidInputError.of_field(
                field,
                "must not speak of custom categories or incidents: none of the causes is theirs",
                reason=ErrorReason.BAD_QUERY,
            )
    if not proto.HasField("before"):
        raise InvalidInputError.of_field("before", "must be given", reason=ErrorReason.MISSING_FIELD)
    return AsOfQuestion(
        query=query,
        before=_instant("before", instant(proto.before)),
        after=_instant("after", instant(proto.after)) if proto.HasField("after") else None,
    )


def _groups_beside(query: StatsQuery) -> bool:
    return any(name in query.group_by for name in (Dimension.CUSTOM_CATEGORY, Dimension.INCIDENT))


def _filters_beside(query: StatsQuery) -> bool:
    return any(filters.custom_categories.values() for filters in (query.filters, query.share_of))


def as_of_response(comparison: Comparison) -> as_of_pb2.CompareAsOfResponse:
    """The comparison for the caller."""
    return as_of_pb2.CompareAsOfResponse(
        rows=[_row(row) for row in comparison.rows],
        total=_row(comparison.total),
        truncated=comparison.truncated,
        total_rows=comparison.total_rows,
        query=stats_query_proto(comparison.query),
        before=timestamp(comparison.before),
        after=timestamp(comparison.after),
        query_id=comparison.query_id,
    )


def _row(row: ComparedRow) -> as_of_pb2.AsOfRow:
    return as_of_pb2.AsOfRow(
        keys=row.keys,
        before=row.before,
        after=row.after,
        parts=[as_of_pb2.AsOfPart(cause=_PROTO_OF_CAUSE[cause], value=value) for cause, value in row.parts.items()],
    )


def _instant(field: str, moment: datetime) -> datetime:
    refuse(instant_violations(moment, field=field))
    return moment
