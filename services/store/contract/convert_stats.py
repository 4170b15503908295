"""Protobuf to domain and back, for statistics questions and answers. The one place that knows both."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from google.protobuf import json_format

from earshot.types.v1 import question_pb2
from services.runtime.errors import ErrorReason
from services.store.contract.convert import filters, instant, range_proto, time_range, time_zone, timestamp
from services.store.filters import Filters, ValueFilter
from services.store.statistics.question import (
    MAX_ROWS,
    Dimension,
    Measure,
    Order,
    StatsQuery,
    StatsResult,
    default_order,
)
from services.store.statistics.validation import query_violations
from services.store.validation import Violation, refuse

_PROTO_OF_MEASURE: Final = MappingProxyType(
    {measure: question_pb2.Measure.Value(f"MEASURE_{measure.name}") for measure in Measure}
)
_PROTO_OF_DIMENSION: Final = MappingProxyType(
    {dimension: question_pb2.Dimension.Value(f"DIMENSION_{dimension.name}") for dimension in Dimension}
)
_PROTO_OF_ORDER: Final = MappingProxyType({order: question_pb2.Order.Value(f"ORDER_{order.name}") for order in Order})

_MEASURE_OF_PROTO: Final[Mapping[int, Measure]] = MappingProxyType(
    {
        question_pb2.MEASURE_UNSPECIFIED: Measure.MESSAGE_COUNT,
        **{number: measure for measure, number in _PROTO_OF_MEASURE.items()},
    }
)
_DIMENSION_OF_PROTO: Final[Mapping[int, Dimension]] = MappingProxyType(
    {number: dimension for dimension, number in _PROTO_OF_DIMENSION.items()}
)
_ORDER_OF_PROTO: Final[Mapping[int, Order]] = MappingProxyType(
    {number: order for order, number in _PROTO_OF_ORDER.items()}
)


def stats_query(proto: question_pb2.StatsQuery, *, within: str = "") -> StatsQuery:
    """The question with its defaults filled in. Raises InvalidInputError naming every field that is wrong.

    `within`: the path of the question in its request, with a dot behind it.
    """
    query, violations = read_query(proto, within=within)
    refuse(violations)
    return query


def read_query(proto: question_pb2.StatsQuery, *, within: str = "") -> tuple[StatsQuery, list[Violation]]:
    """As `stats_query`, with what is wrong beside the question."""
    group_by = tuple(_DIMENSION_OF_PROTO[number] for number in proto.group_by if number in _DIMENSION_OF_PROTO)
    zone = time_zone(proto.time_zone)
    query = StatsQuery(
        measure=_MEASURE_OF_PROTO.get(proto.measure, Measure.MESSAGE_COUNT),
        filters=filters(proto.filters, zone),
        share_of=filters(proto.share_of, zone),
        range=time_range(proto.range),
        time_zone=zone,
        group_by=group_by,
        order=_ORDER_OF_PROTO.get(proto.order) or default_order(group_by),
        limit=proto.limit or MAX_ROWS,
        compare_to=time_range(proto.compare_to) if proto.HasField("compare_to") else None,
        as_of=instant(proto.as_of) if proto.HasField("as_of") else None,
    )
    violations = (*_unknown_values(proto), *query_violations(query))
    return query, [replace(violation, field=within + violation.field) for violation in violations]


def _unknown_values(proto: question_pb2.StatsQuery) -> Iterator[Violation]:
    if proto.measure not in _MEASURE_OF_PROTO:
        yield _unknown_value("measure")
    if proto.order not in (question_pb2.ORDER_UNSPECIFIED, *_ORDER_OF_PROTO):
        yield _unknown_value("order")
    for position, number in enumerate(proto.group_by):
        if number not in _DIMENSION_OF_PROTO:
            yield _unknown_value(f"group_by[{position}]")


def _unknown_value(field: str) -> Violation:
    return Violation(
        field=field, reason=ErrorReason.UNKNOWN_ENUM_VALUE, description="must be a value this service knows"
    )


def stats_result(result: StatsResult) -> question_pb2.StatsResult:
    """The answer for the caller."""
    answer = question_pb2.StatsResult(
        total=result.total,
        compare_total=result.compare_total,
        rows_sum_to_total=result.rows_sum_to_total,
        truncated=result.truncated,
        total_rows=result.total_rows,
        query=stats_query_proto(result.query),
        as_of=timestamp(result.as_of),
        query_id=result.query_id,
        first_event_time=None if result.first_event_time is None else timestamp(result.first_event_time),
    )
    for row in result.rows:
        answer.rows.add(keys=row.keys, value=row.value, compare_value=row.compare_value)
    return answer


def stats_query_proto(query: StatsQuery) -> question_pb2.StatsQuery:
    """The question as the contract has it."""
    return question_pb2.StatsQuery(
        measure=_PROTO_OF_MEASURE[query.measure],
        filters=_filters(query.filters),
        share_of=_filters(query.share_of) if query.measure is Measure.SHARE else None,
        range=range_proto(query.range),
        time_zone=query.time_zone,
        group_by=[_PROTO_OF_DIMENSION[dimension] for dimension in query.group_by],
        order=_PROTO_OF_ORDER[query.order],
        limit=query.limit,
        compare_to=None if query.compare_to is None else range_proto(query.compare_to),
        as_of=None if query.as_of is None else timestamp(query.as_of),
    )


def query_to_json(query: question_pb2.StatsQuery) -> str:
    """A question as it is kept in a column: the contract's JSON."""
    return json_format.MessageToJson(query, indent=None, preserving_proto_field_name=True, ensure_ascii=False)


def query_from_json(kept: str) -> question_pb2.StatsQuery:
    """The question that was kept."""
    return json_format.Parse(kept, question_pb2.StatsQuery(), ignore_unknown_fields=True)


def _filters(value: Filters) -> question_pb2.Filters:
    return question_pb2.Filters(
        categories=_value_filter(value.categories),
        intents=_value_filter(value.intents),
        sources=_value_filter(value.sources),
        sentiments=_value_filter(value.sentiments),
        languages=_value_filter(value.languages),
        user_ids=_value_filter(value.user_ids),
        custom_categories=_value_filter(value.custom_categories),
        min_confidence=value.min_confidence,
        text=value.text,
        hours=value.hours,
        weekdays=[question_pb2.Weekday.ValueType(day) for day in value.weekdays],
    )


def _value_filter(value: ValueFilter) -> question_pb2.ValueFilter | None:
    if not value.values():
        return None
    return question_pb2.ValueFilter(any_of=value.any_of, none_of=value.none_of, all_of=value.all_of)
