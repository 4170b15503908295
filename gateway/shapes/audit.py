"""The audit log as JSON."""

from typing import Literal

from earshot_client.earshot.store.v1 import AuditEvent, ListAuditEventsResponse
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Json, enum_json, instant_json


class AuditEventAnswer(Answer):
    """`actor_name` is of now. `code`: how it ended, as gRPC names it; `OK` where it was done."""

    id: str
    timestamp: str
    actor_kind: Literal["user", "service", "rule"]
    actor_id: str
    actor_name: str | None
    actor_role: str | None
    action: str
    resource_kind: str
    resource_id: str | None
    code: str
    request_id: str | None


class AuditPageAnswer(Answer):
    """Events, newest first."""

    events: list[AuditEventAnswer]
    next_page_token: str | None


def audit_page_json(answer: ListAuditEventsResponse) -> Json:
    """A page of events."""
    return {
        "events": [_event_json(event) for event in answer.events],
        "next_page_token": answer.next_page_token or None,
    }


def _event_json(event: AuditEvent) -> Json:
    return {
        "id": event.id,
        "timestamp": instant_json(event.time),
        "actor_kind": enum_json(event.actor_kind),
        "actor_id": event.actor_id,
        "actor_name": event.actor_name or None,
        "actor_role": event.actor_role or None,
        "action": event.action,
        "resource_kind": event.resource_kind,
        "resource_id": event.resource_id or None,
        "code": event.code,
        "request_id": event.request_id or None,
    }
