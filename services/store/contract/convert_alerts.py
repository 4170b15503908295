"""Protobuf to domain and back, for alert rules, alerts and deliveries. The one place that knows both."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from google.protobuf.duration_pb2 import Duration

from earshot.store.v1 import alert_pb2
from earshot.types.v1 import question_pb2
from services.store.alerting.rule import DEFAULT_INTERVAL_SECONDS, Alert, Delivery, Event, Kind, NewRule, Rule
from services.store.contract.convert import timestamp, unknown_value
from services.store.contract.convert_stats import (
    query_from_json,
    query_to_json,
    read_query,
    stats_query,
    stats_query_proto,
)
from services.store.housekeeping.erasing import ERASED_REVIEWER
from services.store.repositories.alerts import AlertEvent
from services.store.statistics.question import StatsQuery
from services.store.validation import Violation

_PROTO_OF_KIND: Final = MappingProxyType(
    {kind: alert_pb2.AlertConditionKind.Value(f"ALERT_CONDITION_KIND_{kind.name}") for kind in Kind}
)
_KINDS: Final[Mapping[int, Kind]] = MappingProxyType({number: kind for kind, number in _PROTO_OF_KIND.items()})
_FIRING: Final[Mapping[int, bool | None]] = MappingProxyType(
    {
        alert_pb2.ALERT_STATE_UNSPECIFIED: None,
        alert_pb2.ALERT_STATE_FIRING: True,
        alert_pb2.ALERT_STATE_RESOLVED: False,
    }
)
# What does not change a question's total, and what the rule's window decides.
_NOT_WATCHED: Final = ("group_by", "order", "limit", "compare_to", "as_of", "range")
_NANOS: Final = 1_000_000_000


def new_rule(proto: alert_pb2.AlertRule) -> tuple[NewRule, list[Violation]]:
    """The rule with its defaults filled in, and what is wrong with its question."""
    query, violations = read_query(proto.query, within="rule.query.")
    watched = question_pb2.StatsQuery()
    watched.CopyFrom(proto.query)
    for field in _NOT_WATCHED:
        watched.ClearField(field)
    rule = NewRule(
        name=proto.name,
        query=read_query(watched)[0],
        query_json=query_to_json(watched),
        kind=_KINDS.get(proto.condition.kind),
        threshold=proto.condition.threshold,
        window_seconds=_seconds(proto.window) if proto.HasField("window") else _length(query),
        interval_seconds=_seconds(proto.interval) if proto.HasField("interval") else DEFAULT_INTERVAL_SECONDS,
        disabled=proto.disabled,
        webhook_url=proto.webhook_url,
        webhook_secret=proto.webhook_secret,
        opens_ticket=proto.opens_ticket,
    )
    return rule, violations


def _length(query: StatsQuery) -> int:
    if query.range.start is None or query.range.end is None:
        return 0
    return int((query.range.end - query.range.start).total_seconds())


def _seconds(proto: Duration) -> int:
    """Whole seconds; what is negative or malformed is out of every range."""
    return proto.seconds if proto.seconds >= 0 and 0 <= proto.nanos < _NANOS else -1


def query_json(query: StatsQuery) -> str:
    """A question as it is kept with a rule or an alert."""
    return query_to_json(stats_query_proto(query))


def query_of(kept: str) -> StatsQuery:
    """The question that was kept."""
    return stats_query(query_from_json(kept))


def rule_proto(rule: Rule, *, secret: str = "") -> alert_pb2.AlertRule:
    """A rule for the caller; its secret only where the call made it up."""
    return alert_pb2.AlertRule(
        id=str(rule.id),
        name=rule.name,
        query=query_from_json(rule.query_json),
        condition=alert_pb2.AlertCondition(kind=_PROTO_OF_KIND[rule.kind], threshold=rule.threshold),
        window=Duration(seconds=rule.window_seconds),
        interval=Duration(seconds=rule.interval_seconds),
        disabled=rule.disabled,
        webhook_url=rule.webhook_url,
        webhook_secret=secret,
        opens_ticket=rule.opens_ticket,
        etag=str(rule.version),
        create_time=timestamp(rule.create_time),
        update_time=timestamp(rule.update_time),
        check_time=None if rule.check_time is None else timestamp(rule.check_time),
        problem=rule.problem,
    )


def alert_proto(alert: Alert) -> alert_pb2.Alert:
    """An alert for the caller."""
    return alert_pb2.Alert(
        id=str(alert.id),
        rule_id=str(alert.rule_id),
        rule_name=alert.rule_name,
        state=alert_pb2.ALERT_STATE_FIRING if alert.firing else alert_pb2.ALERT_STATE_RESOLVED,
        value=alert.value,
        compared_with=alert.compared_with,
        summary=alert.summary,
        query=query_from_json(alert.query_json),
        start_time=timestamp(alert.start_time),
        end_time=None if alert.end_time is None else timestamp(alert.end_time),
        acknowledge_time=None if alert.acknowledge_time is None else timestamp(alert.acknowledge_time),
        acknowledged_by="" if alert.acknowledged_by.startswith(ERASED_REVIEWER) else alert.acknowledged_by,
    )


def delivery_proto(delivery: Delivery) -> alert_pb2.AlertDelivery:
    """A delivery for the caller."""
    return alert_pb2.AlertDelivery(
        id=str(delivery.id),
        event=delivery.event.value,
        state=alert_pb2.DeliveryState.Value(f"DELIVERY_STATE_{delivery.state.upper()}"),
        attempts=delivery.attempts,
        last_status=delivery.last_status,
        last_problem=delivery.last_problem,
        next_time=None if delivery.next_time is None else timestamp(delivery.next_time),
    )


def watch_response(cursor: str, event: AlertEvent | None) -> alert_pb2.WatchAlertsResponse:
    """A change, or a sign of life."""
    if event is None:
        return alert_pb2.WatchAlertsResponse(cursor=cursor)
    return alert_pb2.WatchAlertsResponse(cursor=cursor, event=Event(event.event).value, alert=alert_proto(event.alert))


def firing(state: int) -> bool | None:
    """The state asked for; None for any. Raises InvalidInputError (UNKNOWN_ENUM_VALUE)."""
    if state not in _FIRING:
        raise unknown_value("state")
    return _FIRING[state]
