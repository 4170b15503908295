"""Questions: one answer, a stream, an interpretation; and the replies that are running."""

from collections.abc import AsyncIterator
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from pydantic import Field

from earshot_client.earshot.chat.v1 import (
    CancelReplyRequest,
    ChatEvent,
    InterpretQuestionRequest,
    ResumeReplyRequest,
    SendMessageRequest,
)
from gateway.answering import ApiResponse
from gateway.clients import Clients
from gateway.dependencies import ServiceClients, Settings
from gateway.idempotency import RequestKey, under_key
from gateway.leaving import while_heard
from gateway.reply_forms import Accept, Form, form_of
from gateway.security import Caller
from gateway.settings import GatewaySettings
from gateway.shapes.answers import documented, replies
from gateway.shapes.chat import ChatBody, answer_json
from gateway.shapes.conversation import CancelAnswer, ChatAnswer, InterpretationAnswer
from gateway.shapes.fields import Json
from gateway.shapes.question import InterpretBody, interpretation_json
from gateway.sse import cut, event_stream, line_stream, reply_events
from services.runtime.errors import InvalidInputError

router = APIRouter(tags=["chat"])
ReplyId = Annotated[str, Field(max_length=64)]
SessionHeader = Annotated[
    str, Header(alias="X-Session-Id", max_length=64, description="The session, where the body names none.")
]


def send_request(body: ChatBody, key: str, session_id: str | None = None) -> SendMessageRequest:
    """The request of a body, under the id of its `Idempotency-Key`; INVALID_ARGUMENT where it is ambiguous."""
    try:
        request = body.to_message(session_id)
    except ValueError as error:
        raise InvalidInputError.of_field("text", str(error)) from error
    return under_key(request, key)


def named_session(named: str, body: ChatBody, *, by: str = "X-Session-Id") -> str:
    """The session that header (or whatever `by` says) and body name; INVALID_ARGUMENT where they name two."""
    if named and body.session_id and named.lower() != body.session_id.lower():
        raise InvalidInputError.of_field("session_id", f"must be that of {by}, where both are given")
    return body.session_id or named


async def streamed(
    events: AsyncIterator[ChatEvent], settings: GatewaySettings, request: Request, accept: str
) -> Response:
    """The reply as server-sent events, or lines where `accept` says so. Awaits the first, so that a refusal has its
    own status; a message may wait long for its turn.

    204 where none is left: what an EventSource takes as the word not to come back.
    """
    first = await while_heard(request, anext(events, None))
    if first is None:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    stream = line_stream if form_of(accept) is Form.LINES else event_stream
    return stream(
        reply_events(first, events),
        ping_seconds=settings.ping_seconds,
        grace_seconds=settings.stream_grace_seconds,
        last_word=partial(cut, first.reply_id),
    )


async def send_streamed(
    clients: Clients, message: SendMessageRequest, settings: GatewaySettings, request: Request, accept: str
) -> Response:
    """Sends a message and answers the request with the reply in the form that `accept` prefers."""
    if form_of(accept) is Form.WHOLE:
        answer = clients.chat.ask(message, timeout=settings.answer_seconds)
        return ApiResponse(answer_json(await while_heard(request, answer)))
    return await streamed(clients.chat.send_message(message), settings, request, accept)


@router.post("/api/v1/chat", **documented(ChatAnswer))
@router.post("/api/v1/chat/", include_in_schema=False)
async def ask(
    body: ChatBody,
    clients: ServiceClients,
    settings: Settings,
    request: Request,
    _: Caller,
    key: RequestKey,
    session: SessionHeader = "",
) -> Json:
    """One answer with its interpretation, statistics and receipt."""
    message = send_request(body, key, named_session(session, body))
    answer = clients.chat.ask(message, timeout=settings.answer_seconds)
    return answer_json(await while_heard(request, answer))


@router.post("/api/v1/chat/stream", **replies("The events of the reply.", whole=True))
async def ask_streamed(
    body: ChatBody,
    clients: ServiceClients,
    settings: Settings,
    request: Request,
    _: Caller,
    key: RequestKey,
    session: SessionHeader = "",
    accept: Accept = "",
) -> Response:
    """The same answer as server-sent events: started, delta, query, notice, usage, then one terminal event."""
    message = send_request(body, key, named_session(session, body))
    return await send_streamed(clients, message, settings, request, accept)


@router.post("/api/v1/interpret", **documented(InterpretationAnswer))
async def interpret(body: InterpretBody, clients: ServiceClients, _: Caller) -> Json:
    """How a question would be understood; nothing is run."""
    request = InterpretQuestionRequest(
        text=body.text, now=body.now, time_zone=body.time_zone, session_id=body.session_id or ""
    )
    return interpretation_json((await clients.chat.interpret_question(request)).interpretation) or {}


@router.get(
    "/api/v1/replies/{reply_id}/events",
    **replies("The events after the given one.", none_left="The given one was the last."),
)
async def resume(
    reply_id: ReplyId,
    clients: ServiceClients,
    settings: Settings,
    request: Request,
    _: Caller,
    last_event_id: Annotated[int | None, Header(ge=0, lt=2**63)] = None,
    accept: Accept = "",
) -> Response:
    """The events of a reply after `Last-Event-ID`, stored ones at once, the rest as they come; 204 after the last."""
    wanted = ResumeReplyRequest(reply_id=reply_id, after_seq=last_event_id)
    return await streamed(clients.chat.resume_reply(wanted), settings, request, accept)


@router.post("/api/v1/replies/{reply_id}:cancel", **documented(CancelAnswer))
async def cancel(reply_id: ReplyId, clients: ServiceClients, _: Caller) -> Json:
    """Stops a reply; what it said so far is kept."""
    answer = await clients.chat.cancel_reply(CancelReplyRequest(reply_id=reply_id))
    return {"reply_id": reply_id, "cancelled": answer.cancelled}
