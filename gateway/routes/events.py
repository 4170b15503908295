"""Live events: messages as they are stored and labelled, as server-sent events that resume."""

import asyncio
from collections.abc import AsyncIterator
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
from gateway.clients import MessageClient
from gateway.clients.streams import closing, started
from gateway.dependencies import ServiceClients, Settings
from gateway.routes.filters import FilterParameters
from gateway.security import Caller
from gateway.shapes.answers import streams
from gateway.shapes.fields import enum_json
from gateway.shapes.message import message_json
from gateway.sse import event, event_stream, failure_json
from services.runtime.errors import EarshotError, UnavailableError

router = APIRouter(tags=["live"])

RETRY_SECONDS: Final = 1.0
_DESCRIPTION: Final = (
    "`stored` and `labelled` with the message as it stands, `position` as a sign of life. Every event has an id; "
    "`Last-Event-ID` goes on right after it."
)


@router.get("/api/v1/events", **streams(_DESCRIPTION))
async def live_events(
    clients: ServiceClients,
    settings: Settings,
    _: Caller,
    filters: FilterParameters,
    kind: Annotated[list[Literal["stored", "labelled"]] | None, Query(max_length=2)] = None,
    cursor: Annotated[str, Query(max_length=8192, description="As Last-Event-ID, which wins.")] = "",
    last_event_id: Annotated[str, Header(max_length=8192)] = "",
) -> EventSourceResponse:
    """Messages as they come, within a second of being stored or labelled."""
    request = WatchMessagesRequest(
        filters=filters.to_message(),
        kinds=[ChangeKind[name.upper()] for name in kind or []],
        cursor=last_event_id or cursor,
    )
    # The first response is waited for: a refusal is a problem, not a stream that fails.
    responses = await started(clients.messages.watch_messages(request))
    return event_stream(_events(clients.messages, request, responses), ping_seconds=settings.ping_seconds)


async def _events(
    client: MessageClient, request: WatchMessagesRequest, responses: AsyncIterator[WatchMessagesResponse]
) -> AsyncIterator[ServerSentEvent]:
    """Events for ever. While the store is away it waits, and goes on where it was."""
    while True:
        try:
            async with closing(responses) as arriving:
                async for response in arriving:
                    for item in _of_response(response):
                        yield item
                    request.cursor = response.cursor
        except UnavailableError:
            await asyncio.sleep(RETRY_SECONDS)
        except EarshotError as error:
            yield event("failed", failure_json(error))
            return
        responses = client.watch_messages(request)


def _of_response(response: WatchMessagesResponse) -> list[ServerSentEvent]:
    if not response.changes:
        return [event("position", {"cursor": response.cursor}, event_id=response.cursor)]
    return [
        event(enum_json(change.kind), {"message": message_json(change.message or Message())}, event_id=change.cursor)
        for change in response.changes
    ]
