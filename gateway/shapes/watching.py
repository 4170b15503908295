"""Spikes and changes as JSON."""

from typing import Literal

from pydantic import Field

from earshot_client.earshot.store.v1 import (
    ChangeCell,
    ChangePart,
    DetectSpikesRequest,
    DetectSpikesResponse,
    ExplainChangeRequest,
    ExplainChangeResponse,
    IncidentChange,
    Spike,
    SpikePolicy,
    SpikeStep,
    UserChange,
)
from earshot_client.earshot.types.v1 import Dimension, StatsQuery
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Instant, Json, Strict, Text, enum_json, instant_json
from gateway.shapes.question import FiltersJson, TimeRangeJson, query_json, range_json
from gateway.shapes.stats import QueryAnswer, RangeAnswer

WatchedName = Literal["category", "intent", "source", "sentiment", "language"]


class SpikesBody(Strict):
    """Where to look for spikes."""

    filters: FiltersJson = Field(default_factory=FiltersJson)
    range: TimeRangeJson | None = Field(default=None, description="By default the last 7 days.")
    time_zone: Text = Field(default="UTC", max_length=64, examples=["Europe/Ljubljana"])
    group_by: WatchedName | None = Field(default="category", description="null: all messages together.")
    step: Literal["hour", "day"] | None = Field(
        default=None, description="By default hours within 48 hours, else days."
    )
    policy: Literal["seasonal", "triple"] = "seasonal"
    false_alarm_rate: float = Field(default=0.05, ge=1e-6, le=0.5, allow_inf_nan=False, strict=False)
    as_of: Instant | None = None

    def to_message(self) -> DetectSpikesRequest:
        """The question for a call."""
        return DetectSpikesRequest(
            filters=self.filters.to_message(),
            range=self.range.to_message() if self.range else None,
            time_zone=self.time_zone,
            group_by=Dimension[self.group_by.upper()] if self.group_by else Dimension.UNSPECIFIED,
            step=SpikeStep[self.step.upper()] if self.step else SpikeStep.UNSPECIFIED,
            policy=SpikePolicy[self.policy.upper()],
            false_alarm_rate=self.false_alarm_rate,
            as_of=self.as_of,
        )


class ExplainChangeBody(Strict):
    """Which change to split."""

    filters: FiltersJson = Field(default_factory=FiltersJson)
    range: TimeRangeJson
    compare_to: TimeRangeJson | None = Field(default=None, description="By default as long as range, just before it.")
    as_of: Instant | None = None
    limit: int = Field(default=0, ge=0, le=1000)
    time_zone: Text = Field(default="UTC", max_length=64, description="IANA zone of hours and weekdays.")

    def to_message(self) -> ExplainChangeRequest:
        """The question for a call."""
        return ExplainChangeRequest(
            filters=self.filters.to_message(),
            range=self.range.to_message(),
            compare_to=self.compare_to.to_message() if self.compare_to else None,
            as_of=self.as_of,
            limit=self.limit,
            time_zone=self.time_zone,
        )


class SpikeIncidentAnswer(Answer):
    """An incident among the messages of a spike."""

    incident_id: str
    messages: int


class SpikeAnswer(Answer):
    """A span with more messages than it should have."""

    key: str | None
    start: str
    end: str
    expected: float
    seen: int
    p_value: float | None
    incidents: list[SpikeIncidentAnswer]


class SpikesAnswer(Answer):
    """The spikes, and what they were judged against."""

    spikes: list[SpikeAnswer]
    total_spikes: int
    judged: int
    policy: Literal["seasonal", "triple"]
    step: Literal["hour", "day"]
    group_by: str | None
    false_alarm_rate: float
    range: RangeAnswer | None
    time_zone: str
    as_of: str
    query: QueryAnswer


class ChangePartAnswer(Answer):
    """Messages now, before, and the difference."""

    value: int
    compare_value: int
    change: int


class ChangeCellAnswer(ChangePartAnswer):
    """One category, source, sentiment and language; null where a message has none."""

    category: str | None
    source: str | None
    sentiment: str | None
    language: str | None


class ChangeRowAnswer(ChangePartAnswer):
    """One value of a dimension."""

    key: str | None


class IncidentChangeAnswer(ChangePartAnswer):
    """One incident's part."""

    incident_id: str


class UserChangeAnswer(Answer):
    """The change by who writes and how much."""

    new_users: int
    compare_new_users: int
    returning_users: int
    compare_returning_users: int
    change_by_new: int
    change_by_returning: int
    change_by_activity: int


class ChangeAnswer(ChangePartAnswer):
    """A change and its parts."""

    cells: list[ChangeCellAnswer]
    rest: ChangePartAnswer | None
    splits: dict[str, list[ChangeRowAnswer]]
    users: UserChangeAnswer
    incidents: list[IncidentChangeAnswer]
    outside_incidents: ChangePartAnswer
    range: RangeAnswer | None
    compare_to: RangeAnswer | None
    as_of: str
    query: QueryAnswer


def spikes_json(answer: DetectSpikesResponse, body: SpikesBody) -> Json:
    """What was found."""
    return {
        "spikes": [_spike(spike) for spike in answer.spikes],
        "total_spikes": answer.total_spikes,
        "judged": answer.judged,
        "policy": enum_json(answer.policy),
        "step": enum_json(answer.step),
        "group_by": body.group_by,
        "false_alarm_rate": answer.false_alarm_rate,
        "range": range_json(answer.range, body.time_zone),
        "time_zone": body.time_zone,
        "as_of": instant_json(answer.as_of),
        "query": query_json(answer.query or StatsQuery()),
    }


def _spike(spike: Spike) -> Json:
    return {
        "key": spike.key or None,
        "start": instant_json(spike.start),
        "end": instant_json(spike.end),
        "expected": spike.expected,
        "seen": spike.seen,
        "p_value": spike.p_value,
        "incidents": [{"incident_id": one.incident_id, "messages": one.messages} for one in spike.incidents],
    }


def change_json(answer: ExplainChangeResponse) -> Json:
    """A change and its parts."""
    query = answer.query or StatsQuery()
    return {
        **_numbers(answer),
        "cells": [_cell(cell) for cell in answer.cells],
        "rest": _numbers(answer.rest) if answer.rest else None,
        "splits": {enum_json(split.dimension): [_row(part) for part in split.parts] for split in answer.splits},
        "users": _users(answer.users or UserChange()),
        "incidents": [{"incident_id": part.incident_id, **_numbers(part)} for part in answer.incidents],
        "outside_incidents": _numbers(answer.outside_incidents or ChangePart()),
        "range": range_json(query.range, query.time_zone),
        "compare_to": range_json(query.compare_to, query.time_zone),
        "as_of": instant_json(answer.as_of),
        "query": query_json(query),
    }


def _numbers(part: ChangeCell | ChangePart | IncidentChange | ExplainChangeResponse) -> Json:
    return {"value": part.value, "compare_value": part.compare_value, "change": part.change}


def _cell(cell: ChangeCell) -> Json:
    names = {name: getattr(cell, name) or None for name in ("category", "source", "sentiment", "language")}
    return {**names, **_numbers(cell)}


def _row(part: ChangePart) -> Json:
    return {"key": part.key or None, **_numbers(part)}


def _users(users: UserChange) -> Json:
    return {name: getattr(users, name) for name in UserChangeAnswer.model_fields}
