"""Spikes, changes, alerts and tickets over HTTP, on the whole stack."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from gateway.cli.server_events import ServerEvent, read_events
from gateway.shapes.alerts import AlertDetailAnswer, AlertPageAnswer, AlertRuleAnswer, AlertRulePageAnswer
from gateway.shapes.threads import FlowAnswer, ScoreAnswer
from gateway.shapes.tickets import ResolutionPageAnswer, TicketAnswer, TicketDetailAnswer, TicketPageAnswer
from gateway.shapes.watching import ChangeAnswer, SpikesAnswer
from tests.support.stack import StackRig


async def test_spikes_and_changes_are_documented_answers(stack: StackRig) -> None:
    spikes = (await stack.http.post("/api/v1/stats:spikes", json={"step": "day"})).json()
    assert SpikesAnswer.model_validate(spikes).group_by == "category"
    assert (spikes["policy"], spikes["step"], spikes["false_alarm_rate"]) == ("seasonal", "day", 0.05)
    end = datetime.now(UTC)
    span = {"start": (end - timedelta(days=7)).isoformat(), "end": end.isoformat()}
    change = (await stack.http.post("/api/v1/stats:explain", json={"range": span})).json()
    ChangeAnswer.model_validate(change)
    assert sum(part["change"] for part in change["splits"]["category"]) == change["change"]
    bad = await stack.http.post("/api/v1/stats:spikes", json={"time_zone": "Mars"})
    assert (bad.status_code, bad.json()["reason"]) == (400, "BAD_TIME_ZONE")
    assert (await stack.http.post("/api/v1/stats:explain", json={})).status_code == 400


def rule(**fields: Any) -> dict[str, Any]:
    # More than anything other tests send, so that it is quiet, or less than anything, so that it fires.
    return {"name": f"rule {uuid4()}", "condition": {"kind": "above", "threshold": -1}, "window_seconds": 60, **fields}


async def fired(events: AsyncIterator[ServerEvent], rule_id: str) -> dict[str, Any]:
    """The alert of a rule, when it fires."""
    async for event in events:
        if event.name == "fired" and event.data["alert"]["rule_id"] == rule_id:
            alert: dict[str, Any] = event.data["alert"]
            return alert
    raise AssertionError("the stream has ended")


async def test_a_rule_fires_is_heard_and_acknowledged(stack: StackRig) -> None:
    headers = {"Accept": "text/event-stream"}
    async with (
        stack.http.stream("GET", "/api/v1/alerts/events", headers=headers) as answer,
        aclosing(read_events(answer.aiter_bytes())) as events,  # type: ignore[type-var]  # it is a generator
        asyncio.timeout(60),
    ):
        assert (await anext(events)).name == "position"
        made = (await stack.http.post("/api/v1/alerts/rules", json=rule())).json()
        AlertRuleAnswer.model_validate(made)
        alert = await fired(events, made["id"])
    noted = (await stack.http.post(f"/api/v1/alerts/{alert['id']}:acknowledge")).json()
    assert noted["acknowledged_by"]
    detail = (await stack.http.get(f"/api/v1/alerts/{alert['id']}")).json()
    assert AlertDetailAnswer.model_validate(detail).deliveries == []
    listed = (await stack.http.get("/api/v1/alerts", params={"rule_id": made["id"]})).json()
    assert [item.id for item in AlertPageAnswer.model_validate(listed).alerts] == [alert["id"]]
    told = await stack.earshot("alerts", "list", "--rule", made["id"], "--json")
    assert told.json["alerts"][0]["id"] == alert["id"]
    assert (await stack.earshot("alerts", "acknowledge", alert["id"])).code == 0
    assert (await stack.http.delete(f"/api/v1/alerts/rules/{made['id']}")).status_code == 204
    assert (await stack.http.get(f"/api/v1/alerts/rules/{made['id']}")).status_code == 404


async def test_rules_are_listed_and_changed_by_etag(stack: StackRig) -> None:
    made = (await stack.http.post("/api/v1/alerts/rules", json=rule(disabled=True))).json()
    path = f"/api/v1/alerts/rules/{made['id']}"
    listed = AlertRulePageAnswer.model_validate((await stack.http.get("/api/v1/alerts/rules")).json())
    assert made["id"] in [item.id for item in listed.rules]
    changed = rule(name="calm", disabled=True, etag=made["etag"])
    assert (await stack.http.put(path, json=changed)).json()["name"] == "calm"
    assert (await stack.http.put(path, json=changed)).status_code == 409
    private = await stack.http.post("/api/v1/alerts/rules", json=rule(webhook_url="http://169.254.169.254/latest"))
    assert (private.status_code, private.json()["violations"][0]["field"]) == (400, "webhook_url")
    shown = await stack.earshot("alerts", "rules")
    assert (shown.code, made["id"][:8] in shown.out) == (0, True)
    await stack.http.delete(path)


async def test_a_receipts_query_becomes_a_rule(stack: StackRig) -> None:
    asked = {"text": "how many deposit messages came in last week?"}
    query = (await stack.http.post("/api/v1/chat", json=asked)).json()["receipt"]["queries"][0]
    body = {"name": "as asked", "query": query, "condition": {"kind": "change", "threshold": 0.2}, "disabled": True}
    made = (await stack.http.post("/api/v1/alerts/rules", json=body)).json()
    assert made["window_seconds"] == 7 * 86_400
    assert made["query"]["filters"]["categories"]["any_of"] == ["deposit"]
    await stack.http.delete(f"/api/v1/alerts/rules/{made['id']}")


async def test_threads_are_scored_and_flow(stack: StackRig) -> None:
    thread, now = f"thread-{uuid4()}", datetime.now(UTC)
    said = {"source": "livechat", "user_id": "u", "conversation_id": thread}
    messages = [
        {**said, "text": "where is my deposit?", "timestamp": (now - timedelta(minutes=20)).isoformat()},
        {**said, "text": "It is there.", "timestamp": (now - timedelta(minutes=10)).isoformat(), "author": "agent"},
    ]
    await stack.http.post("/api/v1/messages", json={"messages": messages})
    score = ScoreAnswer.model_validate((await stack.http.get(f"/api/v1/threads/{thread}/score")).json())
    assert {part.name: part.score for part in score.parts} == {"first_response": 0.5, "answered": 1.0}
    assert (await stack.http.get(f"/api/v1/threads/{uuid4()}/score")).status_code == 404
    span = {"start": (now - timedelta(days=1)).isoformat(), "end": now.isoformat()}
    answer = await stack.http.post("/api/v1/threads:flow", json={"range": span, "state": "category"})
    flow = FlowAnswer.model_validate(answer.json())
    assert sum(item.count for item in flow.transitions if item.to_state is None) == flow.threads >= 1


async def test_a_ticket_from_pending_to_settled(stack: StackRig) -> None:
    body = {"text": "My deposit of 50 euro was declined twice. The card works elsewhere.", "metadata": {"order": "77"}}
    created = await stack.http.post("/api/v1/requests", json=body)
    assert created.status_code == 201
    made = TicketAnswer.model_validate(created.json())
    assert (made.analysis_state, made.category, made.text, made.metadata) == (
        "pending",
        None,
        body["text"],
        body["metadata"],
    )
    found = (await stack.http.get(f"/api/v1/requests/{made.id}", params={"wait": 30})).json()
    ticket = TicketDetailAnswer.model_validate(found)
    assert (ticket.analysis_state, ticket.category) == ("done", "deposit")
    assert ticket.confidence is not None
    assert ticket.summary is not None
    assert ticket.summary.split(".")[0] in body["text"]
    listed = (await stack.http.get("/api/v1/requests", params={"category": "deposit"})).json()
    assert made.id in [item.id for item in TicketPageAnswer.model_validate(listed).requests]
    moved = await stack.http.patch(
        f"/api/v1/requests/{made.id}",
        json={"status": "resolved", "resolution": "Try another card.", "etag": ticket.etag},
    )
    assert moved.json()["status"] == "resolved"
    patterns = (await stack.http.get("/api/v1/requests:resolutions", params={"intent": "deposit_failed"})).json()
    assert ResolutionPageAnswer.model_validate(patterns).patterns[0].count >= 1
    again = await stack.http.post(f"/api/v1/requests/{made.id}:analyze")
    assert (again.status_code, again.json()["analysis_state"]) == (202, "pending")
    closed = await stack.http.patch(f"/api/v1/requests/{made.id}", json={"status": "closed"})
    assert closed.status_code == 200
    reopened = await stack.http.patch(f"/api/v1/requests/{made.id}", json={"status": "open"})
    assert (reopened.status_code, reopened.json()["reason"]) == (400, "BAD_TRANSITION")
