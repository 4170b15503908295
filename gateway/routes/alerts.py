"""Alerts: rules, what they have fired, and changes as they happen."""

from typing import Annotated, Final

from fastapi import APIRouter, Header, Query
from pydantic import Field
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse

from earshot_client.earshot.store.v1 import (
    AcknowledgeAlertRequest,
    Alert,
    AlertRule,
    AlertState,
    DeleteAlertRuleRequest,
    GetAlertRequest,
    GetAlertRuleRequest,
    ListAlertRulesRequest,
    ListAlertsRequest,
    UpdateAlertRuleRequest,
    WatchAlertsRequest,
    WatchAlertsResponse,
)
from gateway.clients.streams import started
from gateway.dependencies import ServiceClients, Settings, StillAllowed
from gateway.field_names import RULE, fields_named
from gateway.idempotency import RequestKey, made_once
from gateway.security import Caller
from gateway.shapes.alerts import (
    AlertAnswer,
    AlertDetailAnswer,
    AlertPageAnswer,
    AlertRuleAnswer,
    AlertRuleBody,
    AlertRulePageAnswer,
    ChangedAlertRuleBody,
    alert_detail_json,
    alert_json,
    rule_json,
)
from gateway.shapes.answers import documented, streams
from gateway.shapes.fields import Json
from gateway.sse import event, event_stream, watched_events

router = APIRouter(tags=["alerts"])

Named = Annotated[str, Field(max_length=64)]
PageSize = Annotated[int, Query(ge=0, le=200)]
PageToken = Annotated[str, Query(max_length=1024)]
_DESCRIPTION: Final = (
    "`fired`, `acknowledged` and `resolved` with the alert as it stands, `position` as a sign of life. Every event has "
    "an id; `Last-Event-ID` goes on right after it."
)


@router.post("/api/v1/alerts/rules", status_code=201, **documented(AlertRuleAnswer, status=201))
async def create_rule(body: AlertRuleBody, clients: ServiceClients, _: Caller, key: RequestKey) -> Json:
    """Makes a rule."""
    request = made_once(body.to_request(), key)
    with fields_named(*RULE):
        return rule_json((await clients.alerts.create_alert_rule(request)).rule or AlertRule())


@router.get("/api/v1/alerts/rules", **documented(AlertRulePageAnswer))
async def list_rules(clients: ServiceClients, _: Caller, page_size: PageSize = 50, page_token: PageToken = "") -> Json:
    """The rules, newest first."""
    answer = await clients.alerts.list_alert_rules(ListAlertRulesRequest(page_size=page_size, page_token=page_token))
    return {"rules": [rule_json(rule) for rule in answer.rules], "next_page_token": answer.next_page_token or None}


@router.get("/api/v1/alerts/rules/{rule_id}", **documented(AlertRuleAnswer))
async def get_rule(rule_id: Named, clients: ServiceClients, _: Caller) -> Json:
    """One rule."""
    return rule_json((await clients.alerts.get_alert_rule(GetAlertRuleRequest(id=rule_id))).rule or AlertRule())


@router.put("/api/v1/alerts/rules/{rule_id}", **documented(AlertRuleAnswer))
async def update_rule(rule_id: Named, body: ChangedAlertRuleBody, clients: ServiceClients, _: Caller) -> Json:
    """Replaces a rule and begins to watch anew."""
    request = UpdateAlertRuleRequest(rule=body.to_message(rule_id, body.etag))
    with fields_named(*RULE):
        return rule_json((await clients.alerts.update_alert_rule(request)).rule or AlertRule())


@router.delete("/api/v1/alerts/rules/{rule_id}", status_code=204)
async def delete_rule(rule_id: Named, clients: ServiceClients, _: Caller) -> None:
    """Ends a rule; its alerts stay."""
    await clients.alerts.delete_alert_rule(DeleteAlertRuleRequest(id=rule_id))


@router.get("/api/v1/alerts", **documented(AlertPageAnswer))
async def list_alerts(
    clients: ServiceClients,
    _: Caller,
    rule_id: Annotated[str, Query(max_length=64)] = "",
    state: Annotated[str, Query(pattern="^(|firing|resolved)$")] = "",
    page_size: PageSize = 50,
    page_token: PageToken = "",
) -> Json:
    """What has fired, newest first."""
    request = ListAlertsRequest(
        rule_id=rule_id,
        state=AlertState[state.upper() or "UNSPECIFIED"],
        page_size=page_size,
        page_token=page_token,
    )
    answer = await clients.alerts.list_alerts(request)
    alerts = [alert_json(alert) for alert in answer.alerts]
    return {"alerts": alerts, "next_page_token": answer.next_page_token or None}


@router.get("/api/v1/alerts/events", **streams(_DESCRIPTION))
async def watch_alerts(
    clients: ServiceClients,
    settings: Settings,
    _: Caller,
    still_allowed: StillAllowed,
    cursor: Annotated[str, Query(max_length=1024, description="As Last-Event-ID, which wins.")] = "",
    last_event_id: Annotated[str, Header(max_length=1024)] = "",
) -> EventSourceResponse:
    """Alerts as they fire, are acknowledged and are resolved."""
    request = WatchAlertsRequest(cursor=last_event_id or cursor)
    # The first response is waited for: a refusal is a problem, not a stream that fails.
    responses = await started(clients.alerts.watch_alerts(request))
    events = watched_events(clients.alerts.watch_alerts, request, responses, _shown, still_allowed)
    return event_stream(events, ping_seconds=settings.ping_seconds)


@router.get("/api/v1/alerts/{alert_id}", **documented(AlertDetailAnswer))
async def get_alert(alert_id: Named, clients: ServiceClients, _: Caller) -> Json:
    """One alert with what was posted to its webhook."""
    return alert_detail_json(await clients.alerts.get_alert(GetAlertRequest(id=alert_id)))


@router.post("/api/v1/alerts/{alert_id}:acknowledge", **documented(AlertAnswer))
async def acknowledge_alert(alert_id: Named, clients: ServiceClients, _: Caller) -> Json:
    """Says that somebody looks after an alert."""
    answer = await clients.alerts.acknowledge_alert(AcknowledgeAlertRequest(id=alert_id))
    return alert_json(answer.alert or Alert())


def _shown(response: WatchAlertsResponse) -> list[ServerSentEvent]:
    if response.alert is None:
        return [event("position", {"cursor": response.cursor}, event_id=response.cursor)]
    return [event(response.event, {"alert": alert_json(response.alert)}, event_id=response.cursor)]
