"""Protobuf to domain and back, for spikes and changes. The one place that knows both."""

from collections.abc import Mapping, Sequence
from itertools import chain, repeat
from types import MappingProxyType
from typing import Final

from earshot.store.v1 import change_pb2, spikes_pb2
from earshot.types.v1 import question_pb2
from services.runtime.errors import ErrorReason, InvalidInputError
from services.store.contract.convert import filters, instant, range_proto, time_range, time_zone, timestamp
from services.store.contract.convert_stats import stats_result
from services.store.statistics.question import Dimension
from services.store.validation import refuse
from services.store.watching.buckets import Step
from services.store.watching.change import DEFAULT_CELLS, Change, Part, UserParts
from services.store.watching.looking import IncidentCount, SpikeReport
from services.store.watching.requests import (
    WATCHABLE,
    ChangeQuestion,
    SpikeQuestion,
    change_violations,
    spike_violations,
)
from services.store.watching.spikes import DEFAULT_FALSE_ALARM_RATE, Policy, Spike

MAX_SPIKES: Final = 1_000

_STEPS: Final[Mapping[int, Step | None]] = MappingProxyType(
    {
        spikes_pb2.SPIKE_STEP_UNSPECIFIED: None,
        spikes_pb2.SPIKE_STEP_HOUR: Step.HOUR,
        spikes_pb2.SPIKE_STEP_DAY: Step.DAY,
    }
)
_POLICIES: Final[Mapping[int, Policy]] = MappingProxyType(
    {
        spikes_pb2.SPIKE_POLICY_UNSPECIFIED: Policy.SEASONAL,
        spikes_pb2.SPIKE_POLICY_SEASONAL: Policy.SEASONAL,
        spikes_pb2.SPIKE_POLICY_TRIPLE: Policy.TRIPLE,
    }
)
_DIMENSIONS: Final[Mapping[int, Dimension | None]] = MappingProxyType(
    {
        question_pb2.DIMENSION_UNSPECIFIED: None,
        **{question_pb2.Dimension.Value(f"DIMENSION_{name.name}"): name for name in WATCHABLE},
    }
)


def spike_question(proto: spikes_pb2.DetectSpikesRequest) -> SpikeQuestion:
    """The question with its defaults filled in. Raises InvalidInputError naming every field that is wrong."""
    for field, number, known in (
        ("group_by", proto.group_by, _DIMENSIONS),
        ("step", proto.step, _STEPS),
        ("policy", proto.policy, _POLICIES),
    ):
        if number not in known:
            raise InvalidInputError.of_field(
                field, "must be a value this method knows", reason=ErrorReason.UNKNOWN_ENUM_VALUE
            )
    zone = time_zone(proto.time_zone)
    question = SpikeQuestion(
        filters=filters(proto.filters, zone),
        range=time_range(proto.range),
        time_zone=zone,
        group_by=_DIMENSIONS[proto.group_by],
        step=_STEPS[proto.step],
        policy=_POLICIES[proto.policy],
        false_alarm_rate=proto.false_alarm_rate or DEFAULT_FALSE_ALARM_RATE,
        as_of=instant(proto.as_of) if proto.HasField("as_of") else None,
    )
    refuse(list(spike_violations(question)))
    return question


def spike_response(question: SpikeQuestion, report: SpikeReport) -> spikes_pb2.DetectSpikesResponse:
    """The answer for the caller."""
    found = report.watched.spikes
    answer = stats_result(report.counted)
    known = chain(report.incidents, repeat(()))
    return spikes_pb2.DetectSpikesResponse(
        spikes=[_spike(spike, incidents) for spike, incidents in zip(found[:MAX_SPIKES], known, strict=False)],
        total_spikes=len(found),
        judged=report.watched.judged,
        policy=spikes_pb2.SpikePolicy.Value(f"SPIKE_POLICY_{question.policy.name}"),
        step=spikes_pb2.SpikeStep.Value(f"SPIKE_STEP_{report.step.name}"),
        false_alarm_rate=question.false_alarm_rate,
        range=range_proto(report.range),
        query=answer.query,
        as_of=answer.as_of,
    )


def _spike(spike: Spike, incidents: Sequence[IncidentCount]) -> spikes_pb2.Spike:
    return spikes_pb2.Spike(
        key=spike.key,
        start=timestamp(spike.bucket.start),
        end=timestamp(spike.bucket.end),
        expected=spike.expected,
        seen=spike.seen,
        p_value=spike.p_value,
        incidents=[spikes_pb2.SpikeIncident(incident_id=one.incident_id, messages=one.messages) for one in incidents],
    )


def change_question(proto: change_pb2.ExplainChangeRequest) -> ChangeQuestion:
    """The question with its defaults filled in. Raises InvalidInputError naming every field that is wrong."""
    zone = time_zone(proto.time_zone)
    question = ChangeQuestion(
        filters=filters(proto.filters, zone),
        range=time_range(proto.range),
        compare_to=time_range(proto.compare_to) if proto.HasField("compare_to") else None,
        as_of=instant(proto.as_of) if proto.HasField("as_of") else None,
        limit=proto.limit or DEFAULT_CELLS,
        time_zone=zone,
    )
    refuse(list(change_violations(question)))
    return question


def change_response(change: Change) -> change_pb2.ExplainChangeResponse:
    """The answer for the caller."""
    answer = stats_result(change.total)
    return change_pb2.ExplainChangeResponse(
        value=change.value,
        compare_value=change.before,
        change=change.value - change.before,
        cells=[_cell(cell) for cell in change.cells],
        rest=None if change.rest is None else _cell(change.rest),
        splits=[
            change_pb2.ChangeSplit(
                dimension=question_pb2.Dimension.Value(f"DIMENSION_{dimension.name}"),
                parts=[_part(part) for part in parts],
            )
            for dimension, parts in change.splits
        ],
        users=_users(change.users),
        incidents=[_incident(part) for part in change.incidents],
        outside_incidents=_part(change.outside),
        query=answer.query,
        as_of=answer.as_of,
    )


def _cell(part: Part) -> change_pb2.ChangeCell:
    category, source, sentiment, language = part.keys or ("", "", "", "")
    return change_pb2.ChangeCell(
        category=category,
        source=source,
        sentiment=sentiment,
        language=language,
        value=part.value,
        compare_value=part.before,
        change=part.change,
    )


def _part(part: Part) -> change_pb2.ChangePart:
    return change_pb2.ChangePart(key=part.keys[0], value=part.value, compare_value=part.before, change=part.change)


def _incident(part: Part) -> change_pb2.IncidentChange:
    return change_pb2.IncidentChange(
        incident_id=part.keys[0], value=part.value, compare_value=part.before, change=part.change
    )


def _users(users: UserParts) -> change_pb2.UserChange:
    return change_pb2.UserChange(
        new_users=users.now.new,
        compare_new_users=users.before.new,
        returning_users=users.now.returning,
        compare_returning_users=users.before.returning,
        change_by_new=users.by_new,
        change_by_returning=users.by_returning,
        change_by_activity=users.by_activity,
    )
