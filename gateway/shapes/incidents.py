"""Incidents as JSON."""

from earshot_client.earshot.store.v1 import Incident, ListIncidentsResponse, Message
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Json, instant_json
from gateway.shapes.message import MessageAnswer, message_json


class IncidentAnswer(Answer):
    """One incident, as far as its messages match what was asked."""

    id: str
    messages: int
    users: int
    first_seen: str | None
    last_seen: str | None
    exemplar: MessageAnswer
    intent: str | None
    category: str | None


class IncidentPageAnswer(Answer):
    """A page of incidents."""

    incidents: list[IncidentAnswer]
    next_page_token: str | None


def incidents_json(answer: ListIncidentsResponse) -> Json:
    """A page of incidents."""
    return {
        "incidents": [_incident(incident) for incident in answer.incidents],
        "next_page_token": answer.next_page_token or None,
    }


def _incident(incident: Incident) -> Json:
    return {
        "id": incident.id,
        "messages": incident.messages,
        "users": incident.users,
        "first_seen": instant_json(incident.first_time),
        "last_seen": instant_json(incident.last_time),
        "exemplar": message_json(incident.exemplar or Message()),
        "intent": incident.intent or None,
        "category": incident.category or None,
    }
