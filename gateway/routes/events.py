"""Live events: messages as they are stored and labelled, as server-sent events that resume."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Header, Query
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse

from earshot_client.earshot.store.v1 import (
    ChangeKind,
    Message,
    WatchMessagesRequest,
    WatchMessagesResponse,
)
from gateway.clients.streams import started
from gateway.dependencies import ServiceClients, Settings, StillAllowed
from gateway.field_names import PARAMETERS, fields_named
from gateway.routes.filters import FilterParameters, ZoneParameter
from gateway.security import Caller
from gateway.shapes.answers import streams
from gateway.shapes.fields import enum_json
from gateway.shapes.message import message_json
from gateway.sse import event, event_stream, watched_events

router = APIRouter(tags=["live"])

_DESCRIPTION: Final = (
    "`stored` and `labelled` with the message as it stands, `position` as a sign of life. Every event has an id; "
    "`Last-Event-ID` goes on right after it."
)


@router.get("/api/v1/events", **streams(_DESCRIPTION))
async def live_events(
    clients: ServiceClients,
    settings: Settings,
    _: Caller,
    still_allowed: StillAllowed,
    filters: FilterParameters,
    kind: Annotated[list[Literal["stored", "labelled"]] | None, Query(max_length=2)] = None,
    cursor: Annotated[str, Query(max_length=8192, description="As Last-Event-ID, which wins.")] = "",
    time_zone: ZoneParameter = "UTC",
    last_event_id: Annotated[str, Header(max_length=8192)] = "",
) -> EventSourceResponse:
    """Messages as they come, within a second of being stored or labelled."""
    request = WatchMessagesRequest(
        filters=filters.to_message(),
        kinds=[ChangeKind[name.upper()] for name in kind or []],
        cursor=last_event_id or cursor,
        time_zone=time_zone,
    )
    # The first response is waited for: a refusal is a problem, not a stream that fails.
    with fields_named(*PARAMETERS):
        responses = await started(clients.messages.watch_messages(request))
    shown = watched_events(clients.messages.watch_messages, request, responses, _shown, still_allowed)
    return event_stream(shown, ping_seconds=settings.ping_seconds)


def _shown(response: WatchMessagesResponse) -> list[ServerSentEvent]:
    if not response.changes:
        return [event("position", {"cursor": response.cursor}, event_id=response.cursor)]
    return [
        event(enum_json(change.kind), {"message": message_json(change.message or Message())}, event_id=change.cursor)
        for change in response.changes
    ]
