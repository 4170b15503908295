"""Alert rules, alerts and deliveries as JSON."""

import uuid
from datetime import timedelta
from typing import Literal

from pydantic import Field

from earshot_client.earshot.store.v1 import (
    Alert,
    AlertCondition,
    AlertConditionKind,
    AlertDelivery,
    AlertRule,
    CreateAlertRuleRequest,
    GetAlertResponse,
)
from earshot_client.earshot.types.v1 import StatsQuery
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Id, Json, Strict, Text, enum_json, instant_json
from gateway.shapes.question import StatsQueryJson, query_json
from gateway.shapes.stats import QueryAnswer

MAX_WINDOW_SECONDS = 366 * 86_400


class ConditionJson(Strict):
    """When a rule holds."""

    kind: Literal["above", "below", "change", "spike"]
    threshold: float = Field(default=0, allow_inf_nan=False, strict=False)

    def to_message(self) -> AlertCondition:
        """The condition for a call."""
        return AlertCondition(kind=AlertConditionKind[self.kind.upper()], threshold=self.threshold)


class AlertRuleBody(Strict):
    """A rule: the question whose number is watched, and when it holds. A receipt's query can be given as it is."""

    name: Text = Field(min_length=1, max_length=200)
    query: StatsQueryJson = Field(default_factory=StatsQueryJson)
    condition: ConditionJson
    window_seconds: int | None = Field(
        default=None, ge=60, le=MAX_WINDOW_SECONDS, description="By default the length of the query's range."
    )
    interval_seconds: int = Field(default=60, ge=10, le=86_400)
    disabled: bool = False
    webhook_url: Text = Field(default="", max_length=2000)
    webhook_secret: Text = Field(default="", max_length=200, description="Empty: one is made up, or kept.")
    opens_ticket: bool = Field(default=False, description="Each episode makes a ticket.")
    request_id: uuid.UUID | None = Field(default=None, strict=False)

    def to_message(self, rule_id: str = "", etag: str = "") -> AlertRule:
        """The rule for a call."""
        return AlertRule(
            id=rule_id,
            etag=etag,
            name=self.name,
            query=self.query.to_message(),
            condition=self.condition.to_message(),
            window=None if self.window_seconds is None else timedelta(seconds=self.window_seconds),
            interval=timedelta(seconds=self.interval_seconds),
            disabled=self.disabled,
            webhook_url=self.webhook_url,
            webhook_secret=self.webhook_secret,
            opens_ticket=self.opens_ticket,
        )

    def to_request(self) -> CreateAlertRuleRequest:
        """The call that makes it."""
        return CreateAlertRuleRequest(rule=self.to_message(), request_id=str(self.request_id or ""))


class ChangedAlertRuleBody(AlertRuleBody):
    """A rule as it shall be, with the etag that it has."""

    etag: Id = Field(max_length=64)


class ConditionAnswer(Answer):
    """When a rule holds."""

    kind: Literal["above", "below", "change", "spike"]
    threshold: float


class AlertRuleAnswer(Answer):
    """A rule; its secret only in the answer that made it up."""

    id: str
    name: str
    query: QueryAnswer
    condition: ConditionAnswer
    window_seconds: int
    interval_seconds: int
    disabled: bool
    webhook_url: str | None
    webhook_secret: str | None
    opens_ticket: bool
    etag: str
    created_at: str | None
    updated_at: str | None
    checked_at: str | None
    problem: str | None


class AlertRulePageAnswer(Answer):
    """A page of rules."""

    rules: list[AlertRuleAnswer]
    next_page_token: str | None


class AlertAnswer(Answer):
    """One episode of a rule."""

    id: str
    rule_id: str
    rule_name: str
    state: Literal["firing", "resolved"]
    value: float
    compared_with: float
    summary: str
    query: QueryAnswer
    started_at: str | None
    ended_at: str | None
    acknowledged_at: str | None
    acknowledged_by: str | None


class AlertPageAnswer(Answer):
    """A page of alerts."""

    alerts: list[AlertAnswer]
    next_page_token: str | None


class DeliveryAnswer(Answer):
    """One message to a webhook."""

    id: str
    event: str
    state: Literal["pending", "delivered", "dead"]
    attempts: int
    last_status: int | None
    last_problem: str | None
    next_at: str | None


class AlertDetailAnswer(AlertAnswer):
    """An alert with what was posted of it."""

    deliveries: list[DeliveryAnswer]


def rule_json(rule: AlertRule) -> Json:
    """A rule."""
    condition = rule.condition or AlertCondition()
    return {
        "id": rule.id,
        "name": rule.name,
        "query": query_json(rule.query or StatsQuery()),
        "condition": {"kind": enum_json(condition.kind), "threshold": condition.threshold},
        "window_seconds": _seconds(rule.window),
        "interval_seconds": _seconds(rule.interval),
        "disabled": rule.disabled,
        "webhook_url": rule.webhook_url or None,
        "webhook_secret": rule.webhook_secret or None,
        "opens_ticket": rule.opens_ticket,
        "etag": rule.etag,
        "created_at": instant_json(rule.create_time),
        "updated_at": instant_json(rule.update_time),
        "checked_at": instant_json(rule.check_time),
        "problem": rule.problem or None,
    }


def _seconds(length: timedelta | None) -> int:
    return 0 if length is None else int(length.total_seconds())


def alert_json(alert: Alert) -> Json:
    """An alert."""
    return {
        "id": alert.id,
        "rule_id": alert.rule_id,
        "rule_name": alert.rule_name,
        "state": enum_json(alert.state),
        "value": alert.value,
        "compared_with": alert.compared_with,
        "summary": alert.summary,
        "query": query_json(alert.query or StatsQuery()),
        "started_at": instant_json(alert.start_time),
        "ended_at": instant_json(alert.end_time),
        "acknowledged_at": instant_json(alert.acknowledge_time),
        "acknowledged_by": alert.acknowledged_by or None,
    }


def alert_detail_json(answer: GetAlertResponse) -> Json:
    """An alert with its deliveries."""
    return {**alert_json(answer.alert or Alert()), "deliveries": [_delivery(item) for item in answer.deliveries]}


def _delivery(delivery: AlertDelivery) -> Json:
    return {
        "id": delivery.id,
        "event": delivery.event,
        "state": enum_json(delivery.state),
        "attempts": delivery.attempts,
        "last_status": delivery.last_status or None,
        "last_problem": delivery.last_problem or None,
        "next_at": instant_json(delivery.next_time),
    }
