"""Protobuf ↔ the typed question: the only place in the chat that knows both."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.timestamp_pb2 import Timestamp

from earshot.chat.v1 import chat_pb2
from earshot.store.v1 import message_pb2
from earshot.types.v1 import question_pb2
from services.chat.question import (
    Behaviour,
    Dimension,
    ExampleMessage,
    Filters,
    Interpretation,
    LabelFilter,
    Measure,
    Operation,
    Order,
    StatsQuery,
    StatsResult,
    StatsRow,
    TimeRange,
)

EnumT = TypeVar("EnumT", bound=StrEnum)

_TYPES = question_pb2.DESCRIPTOR.enum_types_by_name
_CHAT = chat_pb2.DESCRIPTOR.enum_types_by_name
# Protobuf keeps confidences as 32-bit floats; more digits than these are noise.
_CONFIDENCE_DIGITS = 6


def timestamp(instant: datetime) -> Timestamp:
    """An aware instant as a Timestamp, microsecond precision."""
    result = Timestamp()
    result.FromDatetime(instant)
    return result


def timestamp_of(written: str) -> Timestamp | None:
    """A Timestamp from RFC 3339; None for an empty text."""
    if not written:
        return None
    result = Timestamp()
    result.FromJsonString(written)
    return result


def instant_of(stamp: Timestamp) -> datetime:
    """A Timestamp as an aware instant in UTC; nanoseconds are cut to microseconds."""
    return stamp.ToDatetime(tzinfo=UTC)


def query_to_proto(query: StatsQuery) -> question_pb2.StatsQuery:
    """A typed question for the wire. ValueError for a measure the contract does not have (incidents)."""
    return question_pb2.StatsQuery(
        measure=question_pb2.Measure.Value(f"MEASURE_{query.measure.name}"),
        filters=_filters_to_proto(query.filters),
        share_of=None if query.share_of is None else _filters_to_proto(query.share_of),
        range=_range_to_proto(query.range),
        time_zone=query.time_zone,
        group_by=[question_pb2.Dimension.Value(f"DIMENSION_{dimension.name}") for dimension in query.group_by],
        order=question_pb2.Order.Value(f"ORDER_{query.order.name}"),
        limit=query.limit,
        compare_to=_range_to_proto(query.compare_to),
        as_of=None if query.as_of is None else timestamp(query.as_of),
    )


def query_from_proto(query: question_pb2.StatsQuery) -> StatsQuery:
    """A typed question from the wire; what is unspecified gets its default."""
    return StatsQuery(
        measure=_named(Measure, _TYPES["Measure"], "MEASURE_", query.measure) or Measure.MESSAGE_COUNT,
        filters=_filters_from_proto(query.filters),
        share_of=_filters_from_proto(query.share_of) if query.HasField("share_of") else None,
        range=_range_from_proto(query.range) if query.HasField("range") else None,
        time_zone=query.time_zone or "UTC",
        group_by=_dimensions(query.group_by),
        order=_named(Order, _TYPES["Order"], "ORDER_", query.order) or Order.VALUE_DESC,
        limit=query.limit,
        compare_to=_range_from_proto(query.compare_to) if query.HasField("compare_to") else None,
        as_of=instant_of(query.as_of) if query.HasField("as_of") else None,
    )


def result_from_proto(result: question_pb2.StatsResult) -> StatsResult:
    """The store's answer; each row's keys are paired with the dimensions of the query as it was run."""
    query = query_from_proto(result.query)
    return StatsResult(
        query=query,
        query_id=result.query_id,
        rows=tuple(_row_from_proto(row, query.group_by) for row in result.rows),
        total=result.total,
        compare_total=result.compare_total if result.HasField("compare_total") else None,
        rows_sum_to_total=result.rows_sum_to_total,
        range=query.range or TimeRange(),
        compare_range=query.compare_to,
        as_of=instant_of(result.as_of),
        truncated=result.truncated,
        first_event_time=instant_of(result.first_event_time) if result.HasField("first_event_time") else None,
    )


def interpretation_to_proto(interpretation: Interpretation) -> chat_pb2.Interpretation:
    """How a question was understood, for the wire; without the query where it is refused."""
    refused = interpretation.behaviour is Behaviour.REFUSE
    call = interpretation.call if interpretation.behaviour is Behaviour.ANSWER else None
    return chat_pb2.Interpretation(
        behaviour=chat_pb2.Behaviour.Value(f"BEHAVIOUR_{interpretation.behaviour.name}"),
        operation=chat_pb2.Operation.Value(f"OPERATION_{interpretation.operation.name}"),
        query=None if refused else query_to_proto(interpretation.query),
        explanation=interpretation.explanation,
        choices=interpretation.choices,
        reason=interpretation.reason,
        verified_by=interpretation.verified_by if interpretation.behaviour is Behaviour.ANSWER else "",
        call=None if call is None else chat_pb2.FunctionCall(name=call.name, arguments_json=call.arguments),
    )


def interpretation_from_proto(message: chat_pb2.Interpretation) -> Interpretation:
    """The other way, for interpretations that were kept."""
    return Interpretation(
        behaviour=_named(Behaviour, _CHAT["Behaviour"], "BEHAVIOUR_", message.behaviour) or Behaviour.REFUSE,
        operation=_named(Operation, _CHAT["Operation"], "OPERATION_", message.operation) or Operation.STATS,
        query=query_from_proto(message.query),
        explanation=message.explanation,
        choices=tuple(message.choices),
        reason=message.reason,
        verified_by=message.verified_by,
    )


def example_from_proto(message: message_pb2.Message) -> ExampleMessage:
    """A stored message as the narrator quotes it."""
    return ExampleMessage(
        message_id=message.id,
        source=message.source,
        event_time=instant_of(message.event_time),
        text=message.text,
        intents=tuple(score.label for score in message.labels.intents),
    )


def list_request(query: StatsQuery, *, page_size: int) -> message_pb2.ListMessagesRequest:
    """Asks for the newest messages that a question counts."""
    return message_pb2.ListMessagesRequest(
        filters=_filters_to_proto(query.filters),
        range=_range_to_proto(query.range),
        page_size=page_size,
        time_zone=query.time_zone,
        authors=[message_pb2.AUTHOR_CUSTOMER],
    )


def _row_from_proto(row: question_pb2.StatsRow, dimensions: Sequence[Dimension]) -> StatsRow:
    return StatsRow(
        keys=tuple((dimension.value, key) for dimension, key in zip(dimensions, row.keys, strict=True)),
        value=row.value,
        compare_value=row.compare_value if row.HasField("compare_value") else None,
    )


def _dimensions(numbers: Sequence[question_pb2.Dimension.ValueType]) -> tuple[Dimension, ...]:
    named = (_named(Dimension, _TYPES["Dimension"], "DIMENSION_", number) for number in numbers)
    return tuple(dimension for dimension in named if dimension is not None)


def _range_to_proto(span: TimeRange | None) -> question_pb2.TimeRange | None:
    if span is None:
        return None
    return question_pb2.TimeRange(
        start=None if span.start is None else timestamp(span.start),
        end=None if span.end is None else timestamp(span.end),
    )


def _range_from_proto(span: question_pb2.TimeRange) -> TimeRange:
    return TimeRange(
        start=instant_of(span.start) if span.HasField("start") else None,
        end=instant_of(span.end) if span.HasField("end") else None,
    )


def _filters_to_proto(filters: Filters) -> question_pb2.Filters:
    return question_pb2.Filters(
        categories=_values_to_proto(filters.categories),
        intents=_values_to_proto(filters.intents),
        sources=_values_to_proto(filters.sources),
        sentiments=_values_to_proto(filters.sentiments),
        languages=_values_to_proto(filters.languages),
        user_ids=_values_to_proto(filters.user_ids),
        min_confidence=filters.min_confidence,
        text=filters.text,
        hours=filters.hours,
        weekdays=[question_pb2.Weekday.ValueType(day) for day in filters.weekdays],
    )


def _filters_from_proto(filters: question_pb2.Filters) -> Filters:
    return Filters(
        categories=_values_from_proto(filters.categories),
        intents=_values_from_proto(filters.intents),
        sources=_values_from_proto(filters.sources),
        sentiments=_values_from_proto(filters.sentiments),
        languages=_values_from_proto(filters.languages),
        user_ids=_values_from_proto(filters.user_ids),
        min_confidence=round(filters.min_confidence, _CONFIDENCE_DIGITS)
        if filters.HasField("min_confidence")
        else None,
        text=filters.text,
        hours=tuple(filters.hours),
        weekdays=tuple(filters.weekdays),
    )


def _confidence(filters: question_pb2.Filters) -> float | None:
    return round(filters.min_confidence, _CONFIDENCE_DIGITS) if filters.HasField("min_confidence") else None


def _values_to_proto(values: LabelFilter) -> question_pb2.ValueFilter | None:
    if not values:
        return None
    return question_pb2.ValueFilter(any_of=values.any_of, none_of=values.none_of, all_of=values.all_of)


def _values_from_proto(values: question_pb2.ValueFilter) -> LabelFilter:
    return LabelFilter(any_of=tuple(values.any_of), none_of=tuple(values.none_of), all_of=tuple(values.all_of))


def _named(target: type[EnumT], enum: EnumDescriptor, prefix: str, number: int) -> EnumT | None:
    """The member of `target` for a number of `enum`; None for an unspecified or unknown one."""
    value = enum.values_by_number.get(number)
    return None if value is None else target.__members__.get(value.name.removeprefix(prefix))
