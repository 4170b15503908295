"""AlertService."""

import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import grpc

from earshot.store.v1 import alert_pb2, alert_pb2_grpc
from services.runtime.auth import Role
from services.runtime.call_context import current_identity
from services.runtime.errors import AlreadyExistsError, ConflictError, ErrorReason, NotFoundError, Resource
from services.runtime.ids import new_id
from services.store.alerting.evaluator import resolve
from services.store.alerting.rule import NewRule, Rule, rule_violations
from services.store.alerting.watchers import AlertWatchers
from services.store.auditing.call_event import name_resource
from services.store.contract import page_token
from services.store.contract.convert_alerts import (
    alert_proto,
    delivery_proto,
    firing,
    new_rule,
    rule_proto,
    watch_response,
)
from services.store.contract.fitting import fitting
from services.store.pool import Connection, Database
from services.store.repositories import alert_deliveries, alert_rules, alerts
from services.store.servicers.caller import PEOPLE, caller_workspace
from services.store.validation import parse_id, refuse

_DEFAULT_PAGE: Final = 50
_MAX_PAGE: Final = 200
_SECRET_BYTES: Final = 32


class AlertServicer(alert_pb2_grpc.AlertServiceServicer):
    """Methods as the contract describes them."""

    def __init__(self, database: Database, watchers: AlertWatchers, *, private_webhooks: bool) -> None:
        self._database = database
        self._watchers = watchers
        self._private_webhooks = private_webhooks

    async def CreateAlertRule(
        self, request: alert_pb2.CreateAlertRuleRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> alert_pb2.CreateAlertRuleResponse:
        """Makes a rule."""
        workspace_id = caller_workspace(Role.ADMIN, Role.SERVICE)
        wanted = self._checked(request.rule)
        request_id = parse_id(request.request_id, field="request_id") if request.request_id else None
        asked = hashlib.sha256(request.rule.SerializeToString(deterministic=True)).digest()
        secret = wanted.webhook_secret or (secrets.token_urlsafe(_SECRET_BYTES) if wanted.webhook_url else "")
        async with self._database.transaction(workspace_id) as connection:
            rule = await alert_rules.insert(
                connection,
                workspace_id,
                UUID(new_id()),
                replace(wanted, webhook_secret=secret),
                request_id=request_id,
                payload_hash=asked,
            )
            if rule is None and request_id is not None:
                rule = await _made_before(connection, workspace_id, request_id, asked)
            name_resource(_found(rule, "").id)
        made_up = _found(rule, "").webhook_secret if not request.rule.webhook_secret else ""
        return alert_pb2.CreateAlertRuleResponse(rule=rule_proto(_found(rule, ""), secret=made_up))

    async def GetAlertRule(
        self, request: alert_pb2.GetAlertRuleRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> alert_pb2.GetAlertRuleResponse:
        """One rule."""
        workspace_id = caller_workspace(*PEOPLE)
        rule_id = parse_id(request.id, field="id")
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            rule = await alert_rules.read(connection, workspace_id, rule_id)
        return alert_pb2.GetAlertRuleResponse(rule=rule_proto(_found(rule, request.id)))

    async def ListAlertRules(
        self, request: alert_pb2.ListAlertRulesRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> alert_pb2.ListAlertRulesResponse:
        """The rules."""
        workspace_id = caller_workspace(*PEOPLE)
        limit = page_token.page_size(request.page_size, default=_DEFAULT_PAGE, maximum=_MAX_PAGE)
        question = f"alert_rules\0{workspace_id}".encode()
        after = _after(request.page_token, question)
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            found = await alert_rules.list_page(connection, workspace_id, after=after, limit=limit + 1)
        shown = fitting(map(rule_proto, found[:limit]))
        return alert_pb2.ListAlertRulesResponse(
            rules=shown, next_page_token=_next([rule.id for rule in found], len(shown), question)
        )

    async def UpdateAlertRule(
        self, request: alert_pb2.UpdateAlertRuleRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> alert_pb2.UpdateAlertRuleResponse:
        """Replaces a rule."""
        workspace_id = caller_workspace(Role.ADMIN, Role.SERVICE)
        rule_id = parse_id(request.rule.id, field="rule.id")
        wanted = self._checked(request.rule)
        async with self._database.transaction(workspace_id) as connection:
            before = _found(await alert_rules.lock(connection, workspace_id, rule_id), request.rule.id)
            if request.rule.etag != str(before.version):
                raise ConflictError("Somebody else has changed the rule.", hint="Read it again, then change it.")
            secret = wanted.webhook_secret or before.webhook_secret
            made_up = secrets.token_urlsafe(_SECRET_BYTES) if wanted.webhook_url and not secret else ""
            await resolve(connection, before)
            after = replace(wanted, webhook_secret=secret or made_up)
            rule = await alert_rules.replace(connection, workspace_id, rule_id, after)
        return alert_pb2.UpdateAlertRuleResponse(rule=rule_proto(rule, secret=made_up))

    async def DeleteAlertRule(
        self, request: alert_pb2.DeleteAlertRuleRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> alert_pb2.DeleteAlertRuleResponse:
        """Ends a rule."""
        workspace_id = caller_workspace(Role.ADMIN, Role.SERVICE)
        rule_id = parse_id(request.id, field="id")
        async with self._database.transaction(workspace_id) as connection:
            await resolve(connection, _found(await alert_rules.lock(connection, workspace_id, rule_id), request.id))
            await alert_rules.delete(connection, workspace_id, rule_id)
        return alert_pb2.DeleteAlertRuleResponse()

    async def ListAlerts(
        self, request: alert_pb2.ListAlertsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> alert_pb2.ListAlertsResponse:
        """What has fired."""
        workspace_id = caller_workspace(*PEOPLE)
        limit = page_token.page_size(request.page_size, default=_DEFAULT_PAGE, maximum=_MAX_PAGE)
        rule_id = parse_id(request.rule_id, field="rule_id") if request.rule_id else None
        state = firing(request.state)
        question = f"alerts\0{workspace_id}\0{rule_id}\0{state}".encode()
        after = _after(request.page_token, question)
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            found = await alerts.list_page(
                connection, workspace_id, after=after, rule_id=rule_id, firing=state, limit=limit + 1
            )
        shown = fitting(map(alert_proto, found[:limit]))
        return alert_pb2.ListAlertsResponse(
            alerts=shown, next_page_token=_next([alert.id for alert in found], len(shown), question)
        )

    async def GetAlert(
        self, request: alert_pb2.GetAlertRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> alert_pb2.GetAlertResponse:
        """One alert with its deliveries."""
        workspace_id = caller_workspace(*PEOPLE)
        alert_id = parse_id(request.id, field="id")
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            alert = await alerts.read(connection, workspace_id, alert_id)
            posted = await alert_deliveries.of_alert(connection, workspace_id, alert_id)
        if alert is None:
            raise _no_alert(request.id)
        return alert_pb2.GetAlertResponse(
            alert=alert_proto(alert), deliveries=[delivery_proto(delivery) for delivery in posted]
        )

    async def AcknowledgeAlert(
        self, request: alert_pb2.AcknowledgeAlertRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> alert_pb2.AcknowledgeAlertResponse:
        """Says that somebody looks after an alert."""
        workspace_id = caller_workspace(Role.AGENT, Role.ADMIN, Role.SERVICE)
        alert_id = parse_id(request.id, field="id")
        user_id = current_identity().user_id
        async with self._database.transaction(workspace_id) as connection:
            alert = await alerts.acknowledge(connection, workspace_id, alert_id, user_id)
        if alert is None:
            raise _no_alert(request.id)
        return alert_pb2.AcknowledgeAlertResponse(alert=alert_proto(alert))

    async def WatchAlerts(
        self, request: alert_pb2.WatchAlertsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> AsyncIterator[alert_pb2.WatchAlertsResponse]:
        """Every change as it happens."""
        workspace_id = caller_workspace(*PEOPLE)
        question = f"alert_events\0{workspace_id}".encode()
        after = _number(request.cursor, question) if request.cursor else None
        async with aclosing(self._watchers.watch(workspace_id, after)) as changes:
            async for number, event in changes:
                yield watch_response(page_token.encode((str(number),), question=question), event)

    def _checked(self, rule: alert_pb2.AlertRule) -> NewRule:
        wanted, wrong = new_rule(rule)
        refuse([*wrong, *rule_violations(wanted, private_webhooks=self._private_webhooks)])
        return wanted


async def _made_before(connection: Connection, workspace_id: str, request_id: UUID, asked: bytes) -> Rule | None:
    found = await alert_rules.by_request(connection, workspace_id, request_id)
    if found is None:
        return None
    rule, payload_hash = found
    if payload_hash != asked:
        raise AlreadyExistsError.of_request_id("another rule")
    return rule


def _number(cursor: str, question: bytes) -> int:
    (number,) = page_token.decode(cursor, question=question, length=1)
    if not number.isascii() or not number.isdecimal() or len(number) > 18:
        raise page_token.bad_page_token()
    return int(number)


def _after(token: str, question: bytes) -> UUID | None:
    """The place a token names. Raises InvalidInputError (BAD_PAGE_TOKEN)."""
    if not token:
        return None
    (row_id,) = page_token.decode(token, question=question, length=1)
    try:
        return UUID(row_id)
    except ValueError as error:
        raise page_token.bad_page_token() from error


def _next(ids: list[UUID], shown: int, question: bytes) -> str:
    return page_token.encode((str(ids[shown - 1]),), question=question) if len(ids) > shown else ""


def _found(rule: Rule | None, rule_id: str) -> Rule:
    if rule is None:
        raise NotFoundError(
            "There is no alert rule with this id.",
            reason=ErrorReason.ALERT_RULE_NOT_FOUND,
            resource=Resource(type="alert_rule", name=rule_id),
        )
    return rule


def _no_alert(alert_id: str) -> NotFoundError:
    return NotFoundError(
        "There is no alert with this id.",
        reason=ErrorReason.ALERT_NOT_FOUND,
        resource=Resource(type="alert", name=alert_id),
    )
