"""What the store finds beyond counts: spikes, and the parts of a change; as data, and how it comes off the wire."""

from dataclasses import dataclass
from datetime import datetime, time

from earshot.store.v1 import change_pb2, incident_pb2, spikes_pb2
from earshot.types.v1 import question_pb2
from services.chat.convert import instant_of, query_to_proto
from services.chat.question import Dimension, StatsQuery, StatsResult, TimeRange
from services.chat.results.derivatives import key_day, zone_of

_STEPS = {Dimension.HOUR: spikes_pb2.SPIKE_STEP_HOUR, Dimension.DAY: spikes_pb2.SPIKE_STEP_DAY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """A day or hour with more messages than it should have; `category` empty where all were watched together."""

    category: str
    start: datetime
    expected: float
    seen: int
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spikes:
    """Everything found, the least probable first. `judged` 0: there is too little history."""

    spikes: tuple[Spike, ...]
    judged: int
    false_alarm_rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePart:
    """A part of a change: the messages of one category, source, sentiment and language; empty ones where there is none.

    All empty: everything that is not told one by one.
    """

    category: str
    source: str
    sentiment: str
    language: str
    change: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Writers:
    """How many people wrote so many messages in a period; `new` had written none of the kind before."""

    messages: int
    people: int
    new: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeParts:
    """A change in parts that add up to it, and who wrote, now and before."""

    change: int
    parts: tuple[ChangePart, ...]
    now: Writers
    before: Writers


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One thing that happened, told by many; numbers and times of the messages asked about. `category` may be empty."""

    messages: int
    users: int
    first_time: datetime
    last_time: datetime
    category: str
    text: str


def incidents_request(result: StatsResult, *, limit: int) -> incident_pb2.ListIncidentsRequest:
    """Asks for those of most customers among the incidents that a result counted."""
    query = query_to_proto(result.query)
    # One message is enough: the number that the result states counts those too.
    return incident_pb2.ListIncidentsRequest(
        filters=query.filters, range=query.range, min_messages=1, page_size=limit, time_zone=query.time_zone
    )


def incident_of(incident: incident_pb2.Incident) -> Incident:
    """An incident off the wire."""
    return Incident(
        messages=incident.messages,
        users=incident.users,
        first_time=instant_of(incident.first_time),
        last_time=instant_of(incident.last_time),
        category=incident.category,
        text=incident.exemplar.text,
    )


def spikes_request(result: StatsResult) -> spikes_pb2.DetectSpikesRequest:
    """Asks for spikes in what a result counted by day or hour: by category unless the question names labels."""
    query = result.query
    named = query.filters.categories or query.filters.intents
    return spikes_pb2.DetectSpikesRequest(
        filters=query_to_proto(query).filters,
        range=query_to_proto(StatsQuery(range=_judged(result))).range,
        time_zone=query.time_zone,
        group_by=question_pb2.DIMENSION_UNSPECIFIED if named else question_pb2.DIMENSION_CATEGORY,
        step=_STEPS[query.group_by[0]],
        as_of=query_to_proto(StatsQuery(as_of=result.as_of)).as_of,
    )


def _judged(result: StatsResult) -> TimeRange:
    """The range of the result; one that is open at its start begins with the first day there is."""
    if result.range.start is not None or not result.rows:
        return result.range
    first = key_day(result.query.group_by[0], result.rows[0].keys[0][1])
    start = datetime.combine(first[0], time(), zone_of(result)) if first else None
    return TimeRange(start=start, end=result.range.end)


def spikes_of(response: spikes_pb2.DetectSpikesResponse) -> Spikes:
    """What was found."""
    found = (
        Spike(
            category=spike.key,
            start=instant_of(spike.start),
            expected=spike.expected,
            seen=spike.seen,
            p_value=spike.p_value,
        )
        for spike in response.spikes
    )
    return Spikes(spikes=tuple(found), judged=response.judged, false_alarm_rate=response.false_alarm_rate)


def change_request(result: StatsResult, *, limit: int) -> change_pb2.ExplainChangeRequest | None:
    """Asks for the parts of the change a result shows; None where its periods are not closed."""
    now, before = result.range, result.compare_range
    if before is None or None in (now.start, now.end, before.start, before.end):
        return None
    query = query_to_proto(StatsQuery(filters=result.query.filters, range=now, compare_to=before, as_of=result.as_of))
    return change_pb2.ExplainChangeRequest(
        filters=query.filters,
        range=query.range,
        compare_to=query.compare_to,
        as_of=query.as_of,
        limit=limit,
        time_zone=result.query.time_zone,
    )


def change_of(response: change_pb2.ExplainChangeResponse) -> ChangeParts:
    """The parts."""
    cells = [*response.cells, *([response.rest] if response.HasField("rest") else [])]
    return ChangeParts(
        change=response.change,
        parts=tuple(
            ChangePart(
                category=cell.category,
                source=cell.source,
                sentiment=cell.sentiment,
                language=cell.language,
                change=cell.change,
            )
            for cell in cells
        ),
        now=Writers(
            messages=response.value,
            people=response.users.new_users + response.users.returning_users,
            new=response.users.new_users,
        ),
        before=Writers(
            messages=response.compare_value,
            people=response.users.compare_new_users + response.users.compare_returning_users,
            new=response.users.compare_new_users,
        ),
    )
