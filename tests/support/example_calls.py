"""The examples of the OpenAPI document, asked of a running stack one after the other.

Ids come from the answers before; what must be new each time gets a mark of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import httpx

from gateway.examples import Examples
from tests.support.stack import StackRig

NOT_REPLAYED: Final = frozenset(
    {
        "POST /api/v1/auth/register",  # off until EARSHOT_REGISTRATION says otherwise (test_invitations.py)
        "POST /api/v1/users/me:change-password",  # it would end the logins of the administrator
        "POST /api/v1/webhooks/livechat",  # off until their secrets are set (test_webhooks.py)
        "POST /api/v1/webhooks/telegram",
    }
)
ENDLESS: Final = frozenset({"GET /api/v1/events", "GET /api/v1/alerts/events"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call. `names`: part of the request → the earlier operation, and the place in its answer, it is taken from."""

    operation: str
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    unique: tuple[str, ...] = ()
    until: str = ""
    """Asked again until this place of the answer is there."""


def _step(operation: str, *unique: str, until: str = "", **names: tuple[str, str]) -> Step:
    return Step(operation=operation, names=names, unique=unique, until=until)


_USER: Final = ("POST /api/v1/users", "id")
_MESSAGE: Final = ("POST /api/v1/messages", "id")
_CATEGORY: Final = ("POST /api/v1/categories", "id")
_SESSION: Final = ("POST /api/v1/sessions", "id")
_REPLY: Final = ("POST /api/v1/chat", "reply_id")
_RECEIPT: Final = ("POST /api/v1/chat", "receipt_id")
_VIEW: Final = ("POST /api/v1/saved-queries", "id")
_RULE: Final = ("POST /api/v1/alerts/rules", "id")
_ALERT: Final = ("GET /api/v1/alerts", "alerts.0.id")
_TICKET: Final = ("POST /api/v1/requests", "id")
_REPLY_RULE: Final = ("POST /api/v1/requests/rules", "id")

STEPS: Final = (
    _step("GET /health"),
    _step("GET /healthz"),
    _step("GET /readyz"),
    _step("POST /api/v1/auth/token"),
    _step("POST /api/v1/auth/revoke", token=("POST /api/v1/auth/token", "refresh_token")),
    _step("GET /.well-known/jwks.json"),
    _step("POST /api/v1/alerts/rules", "name"),
    _step("POST /api/v1/users", "username"),
    _step("GET /api/v1/users"),
    _step("GET /api/v1/users/me"),
    _step("GET /api/v1/users/{user_id}", user_id=_USER),
    _step("PATCH /api/v1/users/{user_id}", user_id=_USER),
    _step("POST /api/v1/users/{user_id}:change-password", user_id=_USER),
    _step("POST /api/v1/tokens"),
    _step("GET /api/v1/tokens"),
    _step("DELETE /api/v1/tokens/{token_id}", token_id=("POST /api/v1/tokens", "id")),
    _step("POST /api/v1/relabellings"),
    _step("GET /api/v1/relabellings"),
    _step("GET /api/v1/relabellings/{relabelling_id}", relabelling_id=("POST /api/v1/relabellings", "id")),
    _step("POST /api/v1/relabellings/{relabelling_id}:cancel", relabelling_id=("POST /api/v1/relabellings", "id")),
    _step("POST /api/v1/invitations"),
    _step("GET /api/v1/invitations"),
    _step("DELETE /api/v1/invitations/{invitation_id}", invitation_id=("POST /api/v1/invitations", "id")),
    _step("GET /api/v1/audit"),
    _step("PATCH /api/v1/workspace/settings"),
    _step("GET /api/v1/workspace/settings"),
    _step("POST /api/v1/messages"),
    _step("GET /api/v1/messages"),
    _step("GET /api/v1/messages/{message_id}", message_id=_MESSAGE),
    _step("POST /api/v1/messages:search"),
    _step("POST /api/v1/messages/{message_id}/labels", message_id=_MESSAGE),
    _step("GET /api/v1/review"),
    _step("GET /api/v1/review/agreement"),
    _step("GET /api/v1/review/corrections"),
    _step("POST /api/v1/import"),
    _step("GET /api/v1/export"),
    _step("GET /api/v1/events"),
    _step("POST /api/v1/classify"),
    _step("POST /api/v1/explain"),
    _step("POST /api/v1/summarize"),
    _step("GET /api/v1/model"),
    _step("POST /api/v1/categories", "name"),
    _step("GET /api/v1/categories"),
    _step("GET /api/v1/categories/{category_id}", category_id=_CATEGORY),
    _step("PATCH /api/v1/categories/{category_id}", "name", category_id=_CATEGORY),
    _step("POST /api/v1/categories/{category_id}:preview", category_id=_CATEGORY),
    _step("POST /api/v1/categories/{category_id}:apply", category_id=_CATEGORY),
    _step("POST /api/v1/categories/{category_id}:retire", category_id=_CATEGORY),
    _step("GET /api/v1/categories/proposals"),
    _step("POST /api/v1/stats"),
    _step("GET /api/v1/stats"),
    _step("POST /api/v1/stats:compareAsOf"),
    _step("POST /api/v1/stats:spikes"),
    _step("POST /api/v1/stats:explain"),
    _step("POST /api/v1/stats:estimate"),
    _step("POST /api/v1/stats:estimate"),
    _step("GET /api/v1/incidents"),
    _step("GET /api/v1/threads/{conversation_id}/score"),
    _step("POST /api/v1/threads:flow"),
    _step("POST /api/v1/interpret"),
    _step("POST /api/v1/chat"),
    _step("POST /api/v1/chat/stream"),
    _step("GET /api/v1/replies/{reply_id}/context", reply_id=_REPLY),
    _step("GET /api/v1/replies/{reply_id}/events", reply_id=_REPLY),
    _step("POST /api/v1/replies/{reply_id}:cancel", reply_id=_REPLY),
    _step("PUT /api/v1/replies/{reply_id}/rating", reply_id=_REPLY),
    _step("GET /api/v1/ratings"),
    _step("PUT /api/v1/replies/{reply_id}/verified", reply_id=_REPLY),
    _step("POST /api/v1/saved-queries"),
    _step("GET /api/v1/saved-queries"),
    _step("PATCH /api/v1/saved-queries/{query_id}", query_id=_VIEW),
    _step("DELETE /api/v1/saved-queries/{query_id}", query_id=_VIEW),
    _step("DELETE /api/v1/saved-queries/{query_id}", query_id=("PUT /api/v1/replies/{reply_id}/verified", "id")),
    _step("GET /api/v1/receipts/{receipt_id}", receipt_id=_RECEIPT),
    _step("POST /api/v1/receipts/{receipt_id}:replay", receipt_id=_RECEIPT),
    _step("POST /api/v1/receipts/{receipt_id}:subscribe", receipt_id=_RECEIPT),
    _step("POST /api/v1/sessions"),
    _step("POST /api/v1/sessions/{session_id}/messages", session_id=_SESSION),
    _step("GET /api/v1/sessions/{session_id}/messages", session_id=_SESSION),
    _step("GET /api/v1/sessions/{session_id}/recording", session_id=_SESSION),
    _step("GET /api/v1/sessions"),
    _step("GET /api/v1/sessions/{session_id}", session_id=_SESSION),
    _step("PATCH /api/v1/sessions/{session_id}", session_id=_SESSION),
    _step("POST /api/v1/sessions/{session_id}/memory", session_id=_SESSION),
    _step("GET /api/v1/sessions/{session_id}/memory", session_id=_SESSION),
    _step(
        "POST /api/v1/sessions/{session_id}/memory:forget",
        session_id=_SESSION,
        entry_id=("POST /api/v1/sessions/{session_id}/memory", "id"),
    ),
    _step("DELETE /api/v1/sessions/{session_id}", session_id=_SESSION),
    _step("GET /v1/models"),
    _step("GET /v1/models/{model}"),
    _step("POST /v1/chat/completions"),
    _step("POST /api/v1/requests"),
    _step("GET /api/v1/requests/{ticket_id}", ticket_id=_TICKET),
    _step("GET /api/v1/requests"),
    _step("PATCH /api/v1/requests/{ticket_id}", ticket_id=_TICKET),
    _step("POST /api/v1/requests/{ticket_id}:analyze", ticket_id=_TICKET),
    _step("POST /api/v1/requests/rules", "name"),
    _step("GET /api/v1/requests/rules"),
    _step("PUT /api/v1/requests/rules/{rule_id}", "name", rule_id=_REPLY_RULE),
    _step("POST /api/v1/requests/{ticket_id}/replies", ticket_id=_TICKET),
    _step("GET /api/v1/requests/{ticket_id}/replies", ticket_id=_TICKET),
    _step("GET /api/v1/requests/replies"),
    _step("DELETE /api/v1/requests/rules/{rule_id}", rule_id=_REPLY_RULE),
    _step("GET /api/v1/requests:resolutions"),
    _step("GET /api/v1/alerts/rules"),
    _step("GET /api/v1/alerts/rules/{rule_id}", rule_id=_RULE),
    _step("GET /api/v1/alerts", rule_id=_RULE, until="alerts.0.id"),
    _step("GET /api/v1/alerts/{alert_id}", alert_id=_ALERT),
    _step("POST /api/v1/alerts/{alert_id}:acknowledge", alert_id=_ALERT),
    _step("GET /api/v1/alerts/events"),
    _step(
        "PUT /api/v1/alerts/rules/{rule_id}",
        "name",
        rule_id=_RULE,
        etag=("GET /api/v1/alerts/rules/{rule_id}", "etag"),
    ),
    _step("DELETE /api/v1/alerts/rules/{rule_id}", rule_id=_RULE),
    _step("DELETE /api/v1/customers/{user_id}"),
    _step("DELETE /api/v1/users/{account_id}", account_id=_USER),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A step, the parameters and the body it was asked with, and what came."""

    step: Step
    parameters: Mapping[str, Any]
    body: Any
    response: httpx.Response


async def replay(stack: StackRig, examples: Examples) -> AsyncIterator[Replayed]:
    """Asks every step of the stack."""
    answers: dict[str, Any] = {}
    credentials = {"username": stack.admin.username, "password": stack.admin.password}
    for step in STEPS:
        example = examples[step.operation]
        live = {name: _place(answers[operation], place) for name, (operation, place) in step.names.items()}
        parameters = {name: live.get(name, value) for name, value in example.get("parameters", {}).items()}
        body = example.get("body")
        if isinstance(body, dict):
            own = {name: f"{body[name]} {uuid4().hex[:12]}".replace(" ", "-") for name in step.unique}
            body = {name: own.get(name, live.get(name, value)) for name, value in body.items()}
            body |= credentials if step.operation == "POST /api/v1/auth/token" else {}
        response = await _ask(stack, step, parameters, body)
        while step.until and not _has(response, step.until):
            await asyncio.sleep(0.3)  # another process: there is no event to wait for
            response = await _ask(stack, step, parameters, body)
        if response.content and response.headers["content-type"] == "application/json":
            answers[step.operation] = response.json()
        yield Replayed(step=step, parameters=parameters, body=body, response=response)


def _place(value: Any, place: str) -> Any:
    for key in place.split("."):
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def _has(response: httpx.Response, place: str) -> bool:
    try:
        return bool(_place(response.json(), place))
    except IndexError:
        return False


async def _ask(stack: StackRig, step: Step, parameters: Mapping[str, Any], body: Any) -> httpx.Response:
    method, template = step.operation.split(" ")
    path = template.format_map(parameters)
    query = {name: value for name, value in parameters.items() if f"{{{name}}}" not in template}
    if step.operation in ENDLESS:
        return await _first_event(stack, path, query)
    if body is None:
        return await stack.http.request(method, path, params=query)
    if template == "/api/v1/import":
        fields = {name: value for name, value in body.items() if name != "file"}
        return await stack.http.post(path, data=fields, files={"file": ("inbox.csv", body["file"].encode())})
    if template.startswith("/api/v1/auth/"):
        return await stack.http.post(path, data=body)
    return await stack.http.request(method, path, params=query, json=body)


async def _first_event(stack: StackRig, path: str, query: Mapping[str, Any]) -> httpx.Response:
    """An answer without an end, up to the end of its first event."""
    text = ""
    async with stack.http.stream("GET", path, params=query) as response:
        async for line in response.aiter_lines():
            text += f"{line}\r\n"
            if text.endswith("\r\n\r\n"):
                break
    return httpx.Response(response.status_code, headers=response.headers, text=text, request=response.request)
