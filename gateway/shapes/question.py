"""The typed question as JSON: request model, and results and interpretations on their way out."""

import json
from datetime import datetime
from enum import IntEnum
from typing import Annotated, Final, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field, JsonValue

from earshot_client.earshot.chat.v1 import FunctionCall, Interpretation
from earshot_client.earshot.types.v1 import (
    Dimension,
    Filters,
    Measure,
    Order,
    StatsQuery,
    StatsResult,
    StatsRow,
    TimeRange,
    ValueFilter,
    Weekday,
)
from gateway.shapes.fields import Instant, Json, Label, Strict, Text, enum_json, instant_json

ALWAYS_SHOWN: Final = ("categories", "intents", "sources", "sentiments", "languages", "user_ids")
FILTER_FIELDS: Final = (*ALWAYS_SHOWN, "custom_categories")
WHOLE_NUMBERS: Final = (Measure.MESSAGE_COUNT, Measure.UNIQUE_USERS, Measure.DISTINCT_INCIDENTS)

MeasureName = Literal[
    "message_count", "unique_users", "distinct_incidents", "share", "per_day_average", "mean_confidence"
]
DimensionName = Literal[
    "category",
    "intent",
    "source",
    "sentiment",
    "language",
    "status",
    "hour",
    "day",
    "week",
    "month",
    "weekday",
    "custom_category",
    "incident",
]
OrderName = Literal["value_desc", "value_asc", "key_asc", "key_desc"]
WeekdayName = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Hour = Annotated[int, Field(ge=0, le=23)]
Labels = Annotated[list[Label], Field(max_length=100)]
EnumT = TypeVar("EnumT", bound=IntEnum)


class ValueFilterJson(Strict):
    """Values of one field; empty parts do not restrict."""

    any_of: Labels = Field(default_factory=list)
    none_of: Labels = Field(default_factory=list)
    all_of: Labels = Field(default_factory=list)

    def to_message(self) -> ValueFilter | None:
        """None where nothing is restricted."""
        if not (self.any_of or self.none_of or self.all_of):
            return None
        return ValueFilter(any_of=self.any_of, none_of=self.none_of, all_of=self.all_of)


class FiltersJson(Strict):
    """Which messages count; all parts hold together."""

    categories: ValueFilterJson = Field(default_factory=ValueFilterJson)
    intents: ValueFilterJson = Field(default_factory=ValueFilterJson)
    sources: ValueFilterJson = Field(default_factory=ValueFilterJson)
    sentiments: ValueFilterJson = Field(default_factory=ValueFilterJson)
    languages: ValueFilterJson = Field(default_factory=ValueFilterJson)
    user_ids: ValueFilterJson = Field(default_factory=ValueFilterJson)
    custom_categories: ValueFilterJson = Field(default_factory=ValueFilterJson, description="By id.")
    min_confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, strict=False)] | None = None
    text: Text = Field(default="", max_length=1000)
    hours: list[Hour] = Field(
        default_factory=list, max_length=24, description="Of the local day, in the time zone that goes with these."
    )
    weekdays: list[WeekdayName] = Field(
        default_factory=list, max_length=7, description="Of the local week, in the time zone that goes with these."
    )

    def to_message(self) -> Filters:
        """The filters for a call."""
        parts = {name: getattr(self, name).to_message() for name in FILTER_FIELDS}
        weekdays = [Weekday[name.upper()] for name in self.weekdays]
        return Filters(**parts, min_confidence=self.min_confidence, text=self.text, hours=self.hours, weekdays=weekdays)


class TimeRangeJson(Strict):
    """Half-open [start, end); a side left out is open."""

    start: Instant | None = None
    end: Instant | None = None

    def to_message(self) -> TimeRange:
        """The range for a call."""
        return TimeRange(start=self.start, end=self.end)


class FunctionCallJson(Strict):
    """A function call that a language model made."""

    name: Text
    arguments: dict[str, JsonValue]


class StatsQueryJson(Strict):
    """One typed question. Also takes an interpretation as it is: what only explains it is left aside."""

    measure: MeasureName = "message_count"
    filters: FiltersJson = Field(default_factory=FiltersJson)
    share_of: FiltersJson | None = None
    range: TimeRangeJson | None = None
    time_zone: Text = Field(default="UTC", max_length=64, examples=["Europe/Ljubljana"])
    group_by: list[DimensionName] = Field(default_factory=list, max_length=3)
    order: OrderName | None = None
    limit: int = Field(default=0, ge=0, le=10_000)
    compare_to: TimeRangeJson | None = None
    as_of: Instant | None = None
    behaviour: Literal["answer"] | None = Field(default=None, description="Left aside.")
    operation: Text | None = Field(default=None, description="Left aside.")
    explanation: Text | None = Field(default=None, description="Left aside.")
    choices: list[Text] | None = Field(default=None, description="Left aside.")
    reason: Text | None = Field(default=None, description="Left aside.")
    verified_by: Text | None = Field(default=None, description="Left aside.")
    call: FunctionCallJson | None = Field(default=None, description="Left aside.")

    def to_message(self) -> StatsQuery:
        """The question for a call."""
        return StatsQuery(
            measure=Measure[self.measure.upper()],
            filters=self.filters.to_message(),
            share_of=self.share_of.to_message() if self.share_of else None,
            range=self.range.to_message() if self.range else None,
            time_zone=self.time_zone,
            group_by=[Dimension[name.upper()] for name in self.group_by],
            order=Order[self.order.upper()] if self.order else Order.UNSPECIFIED,
            limit=self.limit,
            compare_to=self.compare_to.to_message() if self.compare_to else None,
            as_of=self.as_of,
        )


class InterpretBody(Strict):
    """A question whose reading is asked for."""

    text: Text = Field(min_length=1, max_length=4000, validation_alias=AliasChoices("text", "query", "prompt"))
    now: Instant | None = None
    time_zone: Text = Field(default="UTC", max_length=64)
    session_id: Text | None = Field(default=None, max_length=64)


def _local(moment: datetime | None, zone: str) -> str | None:
    """An instant with the offset it has in the question's zone, so that a reader sees the local date."""
    return moment.astimezone(ZoneInfo(zone or "UTC")).isoformat() if moment else None


def range_json(value: TimeRange | None, zone: str) -> Json | None:
    """A range with local offsets; null for all time."""
    if value is None or (value.start is None and value.end is None):
        return None
    return {"start": _local(value.start, zone), "end": _local(value.end, zone)}


def filters_json(value: Filters | None) -> Json:
    """Every part, empty ones too, so that readers need no defaults of their own; of later ones those that are given."""
    filters = value or Filters()
    names = FILTER_FIELDS if filters.custom_categories else ALWAYS_SHOWN
    parts = {name: getattr(filters, name) or ValueFilter() for name in names}
    shown: Json = {
        name: {"any_of": list(part.any_of), "none_of": list(part.none_of), "all_of": list(part.all_of)}
        for name, part in parts.items()
    }
    shown |= {"min_confidence": filters.min_confidence, "text": filters.text}
    if filters.hours:
        shown["hours"] = list(filters.hours)
    if filters.weekdays:
        shown["weekdays"] = [enum_json(day) for day in filters.weekdays]
    return shown


def query_json(query: StatsQuery) -> Json:
    """A typed question."""
    zone = query.time_zone or "UTC"
    return {
        "measure": enum_json(query.measure or Measure.MESSAGE_COUNT),
        "filters": filters_json(query.filters),
        "share_of": filters_json(query.share_of) if query.share_of else None,
        "range": range_json(query.range, zone),
        "time_zone": zone,
        "group_by": [enum_json(dimension) for dimension in query.group_by],
        "order": enum_json(query.order) if query.order else None,
        "limit": query.limit,
        "compare_to": range_json(query.compare_to, zone),
        "as_of": instant_json(query.as_of),
    }


def _call_json(call: FunctionCall) -> Json:
    return {"name": call.name, "arguments": json.loads(call.arguments_json)}


def interpretation_json(value: Interpretation | None) -> Json | None:
    """How a question was understood, the query's parts beside the rest; who verified it, which call said it."""
    if value is None:
        return None
    query = query_json(value.query or StatsQuery())
    del query["as_of"]
    return {
        "behaviour": enum_json(value.behaviour),
        "operation": enum_json(value.operation),
        **query,
        "explanation": value.explanation,
        "choices": list(value.choices),
        "reason": value.reason or None,
        **({"verified_by": value.verified_by} if value.verified_by else {}),
        **({"call": _call_json(value.call)} if value.call else {}),
    }


def result_json(result: StatsResult | None) -> Json | None:
    """An answer of the store."""
    if result is None:
        return None
    query = result.query or StatsQuery()
    names = [enum_json(dimension) for dimension in query.group_by]
    whole = query.measure in WHOLE_NUMBERS
    answer: Json = {
        "measure": enum_json(query.measure),
        "rows": [_row(row, names, whole=whole) for row in result.rows],
        "total": _number(result.total, whole=whole),
        "rows_sum_to_total": result.rows_sum_to_total,
        "truncated": result.truncated,
        "total_rows": result.total_rows,
        "range": range_json(query.range, query.time_zone),
        "time_zone": query.time_zone,
        "as_of": instant_json(result.as_of),
        "query_id": result.query_id,
        "query": query_json(query),
    }
    if result.compare_total is not None:
        answer["compare_total"] = _number(result.compare_total, whole=whole)
        answer["compare_to"] = range_json(query.compare_to, query.time_zone)
    if result.first_event_time is not None:
        answer["first_event_time"] = instant_json(result.first_event_time)
    return answer


def _row(row: StatsRow, names: list[str], *, whole: bool) -> Json:
    shown: Json = {"keys": dict(zip(names, row.keys, strict=True)), "value": _number(row.value, whole=whole)}
    if row.compare_value is not None:
        shown["compare_value"] = _number(row.compare_value, whole=whole)
    return shown


def _number(value: float, *, whole: bool) -> float | int:
    return round(value) if whole else value
