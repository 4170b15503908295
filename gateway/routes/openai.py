"""OpenAI's face: chat completions and models, for clients that speak nothing else (F22).

Stateless, as that protocol is: each completion has a session of its own, in which the user's earlier messages are read
again for the filters they set, and which is deleted afterwards unless `store` is true. System and assistant messages
are not read: numbers come from the store, and what an answer said before cannot change them.
"""

import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated, Final

from fastapi import APIRouter, Request
from pydantic import Field
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse
from starlette.background import BackgroundTask

from earshot_client.earshot.chat.v1 import (
    ChatEvent,
    DeleteSessionRequest,
    DescribeModelsRequest,
    InterpretQuestionRequest,
    Usage,
)
from gateway.answering import ApiResponse
from gateway.clients import Clients
from gateway.clients.streams import closing
from gateway.dependencies import ServiceClients, Settings
from gateway.leaving import while_heard
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.chat import DEFAULT_MODEL
from gateway.shapes.fields import Json
from gateway.shapes.openai import (
    MAX_QUESTION,
    REMEMBERED_QUESTIONS,
    CompletionAnswer,
    CompletionBody,
    OpenAiModelAnswer,
    OpenAiModelsAnswer,
    chunk_json,
    completion_json,
    error_json,
    model_json,
    usage_chunk_json,
)
from gateway.sse import event_stream
from services.runtime.errors import EarshotError, ErrorReason, InvalidInputError, NotFoundError
from services.runtime.ids import new_id
from services.runtime.status import http_status, public_message

router = APIRouter(tags=["openai"])

DONE: Final = "[DONE]"


@router.post("/v1/chat/completions", **documented(CompletionAnswer))
async def complete(
    body: CompletionBody, clients: ServiceClients, settings: Settings, request: Request, _: Caller
) -> ApiResponse | EventSourceResponse:
    """Answers the last message, whole or, with `stream`, as OpenAI's chunks. API key: any token of Earshot's."""
    session_id, created = await _session(body, clients), int(time.time())
    forget = BackgroundTask(_forget, clients, session_id) if not body.store else None
    message = body.to_message(session_id)
    try:
        if not body.stream:
            answer = await while_heard(request, clients.chat.ask(message, timeout=settings.answer_seconds))
            return ApiResponse(completion_json(answer, created, body.model), background=forget)
        events = clients.chat.send_message(message)
        first = await while_heard(request, anext(events))
    except EarshotError as error:
        if forget is not None:
            await forget()
        raise _named(error, body.model) from error
    response = event_stream(
        _chunks(first, events, body, created),
        ping_seconds=settings.ping_seconds,
        grace_seconds=settings.stream_grace_seconds,
        last_word=_stopped,
    )
    response.background = forget
    return response


async def _session(body: CompletionBody, clients: Clients) -> str:
    """A fresh session in which the questions before the last are in force. Raises InvalidInputError."""
    try:
        earlier = body.questions()[:-1]
    except ValueError as error:
        raise InvalidInputError.of_field("messages", str(error)) from error
    session_id = new_id()
    try:
        for text in earlier[-REMEMBERED_QUESTIONS:]:
            if text.strip() and len(text) <= MAX_QUESTION:
                await clients.chat.interpret_question(
                    InterpretQuestionRequest(text=text, time_zone=body.time_zone, session_id=session_id)
                )
    except EarshotError:
        # Nobody is told its id, so that it is nobody's to keep.
        await _forget(clients, session_id)
        raise
    return session_id


async def _forget(clients: Clients, session_id: str) -> None:
    with suppress(EarshotError):
        await clients.chat.delete_session(DeleteSessionRequest(id=session_id))


async def _chunks(
    first: ChatEvent, rest: AsyncIterator[ChatEvent], body: CompletionBody, created: int
) -> AsyncIterator[ServerSentEvent]:
    """The chunks of a reply, then `[DONE]`; a reply that fails ends with an error instead, which clients raise."""
    include_usage = bool(body.stream_options and body.stream_options.include_usage)
    usage: Usage | None = None
    async with closing(rest) as events:
        try:
            yield _data(chunk_json(first, created, body.model, include_usage=include_usage) or {})
            async for event in events:
                usage = event.usage or usage
                if event.failed is not None:
                    yield _data(error_json(event.failed.message, status=500, code=event.failed.reason))
                    return
                chunk = chunk_json(event, created, body.model, include_usage=include_usage)
                if chunk is not None:
                    yield _data(chunk)
        except EarshotError as error:
            yield _data(error_json(public_message(error), status=http_status(error), code=str(error.reason)))
            return
    if include_usage:
        yield _data(usage_chunk_json(usage, first.reply_id, created, body.model))
    yield ServerSentEvent(data=DONE)


def _stopped() -> ServerSentEvent:
    message = "The server is shutting down. Ask again."
    return _data(error_json(message, status=503, code=str(ErrorReason.SHUTTING_DOWN)))


def _data(chunk: Json) -> ServerSentEvent:
    return ServerSentEvent(data=json.dumps(chunk, ensure_ascii=False, separators=(",", ":")))


def _named(error: EarshotError, model: str) -> EarshotError:
    """A model nobody knows is not found, as OpenAI's clients expect."""
    if error.reason != ErrorReason.UNKNOWN_MODEL:
        return error
    return NotFoundError(f"There is no model {model}.", reason=ErrorReason.UNKNOWN_MODEL, hint=error.hint)


@router.get("/v1/models", **documented(OpenAiModelsAnswer))
async def list_models(clients: ServiceClients, _: Caller) -> Json:
    """The models a completion may name; `earshot` is the default one."""
    return {"object": "list", "data": [model_json(name) for name in await _models(clients)]}


@router.get("/v1/models/{model}", **documented(OpenAiModelAnswer))
async def get_model(model: Annotated[str, Field(max_length=128)], clients: ServiceClients, _: Caller) -> Json:
    """One of them."""
    if model not in await _models(clients):
        raise NotFoundError(f"There is no model {model}.", reason=ErrorReason.UNKNOWN_MODEL)
    return model_json(model)


async def _models(clients: Clients) -> list[str]:
    answer = await clients.chat.describe_models(DescribeModelsRequest())
    return [DEFAULT_MODEL, *answer.models]
