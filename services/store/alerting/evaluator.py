"""Evaluates rules: one process at a time looks at a rule, and an episode is opened once and closed once.

A rule, its verdict, the episode, the event for watchers and the message for the webhook are one transaction. Whoever
dies in it leaves the rule as it was, and another process looks at it.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from services.runtime.errors import EarshotError
from services.runtime.ids import new_id
from services.store.alerting.message import webhook_body
from services.store.alerting.rule import Alert, Event, Kind, Rule
from services.store.alerting.verdict import SpikeSeen, Verdict, judge_change, judge_level, judge_spike
from services.store.auditing.event import ActorKind, done_by
from services.store.contract.convert_alerts import query_json, query_of
from services.store.duty_metrics import DutyMetrics
from services.store.filters import TimeRange
from services.store.pool import WORKER_ROLE, Connection, Database
from services.store.repositories import alert_deliveries, alert_rules, alerts, audit_events, ticket_queue, tickets
from services.store.repositories.statistics import run_query
from services.store.statistics.question import StatsQuery
from services.store.ticketing.ticket import NewTicket
from services.store.watching.buckets import Step
from services.store.watching.looking import look_for_spikes
from services.store.watching.requests import SpikeQuestion
from services.store.watching.spikes import DEFAULT_FALSE_ALARM_RATE

_logger = structlog.get_logger("earshot.alerts")


class Evaluator:
    """Looks at the rules of all workspaces, one after the other."""

    def __init__(self, database: Database, metrics: DutyMetrics) -> None:
        """`database` lends two connections at a time: one holds the rule, one counts."""
        self._database = database
        self._metrics = metrics

    async def step(self) -> bool:
        """Evaluates the rule that waits longest; False when none is due."""
        async with self._database.transaction("", role=WORKER_ROLE) as connection:
            claimed = await alert_rules.claim(connection)
            if claimed is None:
                return False
            rule, now = claimed
            problem = await self._evaluate(connection, rule, now)
            await alert_rules.done(connection, rule, problem=problem)
        return True

    async def seconds_to_next(self) -> float | None:
        """Time until a rule is due."""
        async with self._database.transaction("", role=WORKER_ROLE, readonly=True) as connection:
            return await alert_rules.seconds_to_next(connection)

    async def _evaluate(self, connection: Connection, rule: Rule, now: datetime) -> str:
        """Why it failed; empty where it did not."""
        try:
            verdict, asked = await self._verdict(rule, now)
        except EarshotError as error:
            _logger.warning("a rule could not be evaluated", rule_id=str(rule.id), problem=error.message)
            self._metrics.evaluations.labels("failed").inc()
            return error.message
        self._metrics.evaluations.labels("holds" if verdict.holds else "quiet").inc()
        if verdict.holds:
            await self._fire(connection, rule, verdict, asked, now)
        else:
            await resolve(connection, rule)
        return ""

    async def _fire(
        self, connection: Connection, rule: Rule, verdict: Verdict, asked: StatsQuery, now: datetime
    ) -> None:
        if await alerts.open_of(connection, rule.workspace_id, rule.id) is not None:
            return
        alert = Alert(
            id=UUID(new_id()),
            rule_id=rule.id,
            rule_name=rule.name,
            firing=True,
            value=verdict.value,
            compared_with=verdict.compared_with,
            summary=verdict.summary,
            query_json=query_json(asked),
            start_time=now,
            end_time=None,
            acknowledge_time=None,
            acknowledged_by="",
        )
        if fired := await alerts.fire(connection, rule.workspace_id, alert):
            await _tell(connection, rule, "FireAlert", "alert", fired.id)
            await _post(connection, rule, fired, Event.FIRED)
            await _open_ticket(connection, rule, fired)

    async def _verdict(self, rule: Rule, now: datetime) -> tuple[Verdict, StatsQuery]:
        """The verdict, and the question whose total is its value."""
        window = timedelta(seconds=rule.window_seconds)
        query = replace(query_of(rule.query_json), range=TimeRange(start=now - window, end=now), limit=1)
        if rule.kind is Kind.SPIKE:
            return await self._spike(rule, query)
        if rule.kind is Kind.CHANGE:
            earlier = TimeRange(start=now - 2 * window, end=now - window)
            result = await run_query(self._database, rule.workspace_id, replace(query, compare_to=earlier))
            return judge_change(rule, query.measure, result.total, result.compare_total or 0.0), result.query
        result = await run_query(self._database, rule.workspace_id, query)
        return judge_level(rule, query.measure, result.total), result.query

    async def _spike(self, rule: Rule, query: StatsQuery) -> tuple[Verdict, StatsQuery]:
        question = SpikeQuestion(
            filters=query.filters,
            range=query.range,
            time_zone=query.time_zone,
            false_alarm_rate=rule.threshold or DEFAULT_FALSE_ALARM_RATE,
        )
        report = await look_for_spikes(self._database, rule.workspace_id, question)
        if not report.watched.spikes:
            return judge_spike(rule, None), query
        spike = report.watched.spikes[0]
        span = TimeRange(start=spike.bucket.start, end=min(spike.bucket.end, query.range.end or spike.bucket.end))
        found = SpikeSeen(
            seen=spike.seen,
            expected=spike.expected,
            begins=spike.bucket.start.astimezone(ZoneInfo(query.time_zone)),
            is_day=report.step is Step.DAY,
        )
        return judge_spike(rule, found), replace(query, range=span)


async def resolve(connection: Connection, rule: Rule) -> None:
    """Ends the open episode of a rule, if it has one, and tells everybody."""
    resolved = await alerts.resolve(connection, rule.workspace_id, rule.id)
    if resolved is not None:
        await _post(connection, rule, resolved, Event.RESOLVED)


async def _open_ticket(connection: Connection, rule: Rule, alert: Alert) -> None:
    """Makes the ticket of an episode, where the rule wants one."""
    if not rule.opens_ticket:
        return
    ticket_id = UUID(new_id())
    metadata = {"alert_id": str(alert.id), "rule_id": str(rule.id)}
    ticket = NewTicket(subject=rule.name, body=alert.summary, metadata=metadata, message_ids=(), user_id="")
    await tickets.insert(connection, rule.workspace_id, ticket_id, ticket, request_id=None, payload_hash=b"")
    await ticket_queue.add(connection, rule.workspace_id, ticket_id)
    await _tell(connection, rule, "CreateTicket", "ticket", ticket_id)


async def _tell(connection: Connection, rule: Rule, action: str, resource_kind: str, resource_id: UUID) -> None:
    """Writes what a rule did to the audit log."""
    event = done_by(
        ActorKind.RULE,
        str(rule.id),
        action,
        workspace_id=rule.workspace_id,
        resource_kind=resource_kind,
        resource_id=resource_id,
    )
    await audit_events.insert(connection, [event])


async def _post(connection: Connection, rule: Rule, alert: Alert, event: Event) -> None:
    if not rule.webhook_url:
        return
    delivery_id = UUID(new_id())
    posting = alert_deliveries.Posting(
        workspace_id=rule.workspace_id,
        id=delivery_id,
        event=event,
        url=rule.webhook_url,
        secret=rule.webhook_secret,
        body=webhook_body(delivery_id, event, rule.workspace_id, alert),
    )
    await alert_deliveries.insert(connection, alert.id, posting)
