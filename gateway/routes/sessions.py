"""Sessions of the chat and their turns."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from earshot_client.earshot.chat.v1 import (
    CreateSessionRequest,
    DeleteSessionRequest,
    GetSessionRequest,
    ListSessionsRequest,
    ListTurnsRequest,
    Mode,
    RenameSessionRequest,
    Session,
)
from gateway.dependencies import ServiceClients, Settings
from gateway.idempotency import RequestKey
from gateway.reply_forms import Accept
from gateway.routes.chat import named_session, send_request, send_streamed
from gateway.security import Caller
from gateway.shapes.answers import documented, replies
from gateway.shapes.chat import ChatBody, NewSessionBody, RenameBody, session_json, turn_json
from gateway.shapes.conversation import SessionAnswer, SessionPageAnswer, TurnPageAnswer
from gateway.shapes.fields import Json
from services.runtime.ids import new_id

router = APIRouter(tags=["sessions"])
SessionId = Annotated[str, Field(max_length=64)]
PageSize = Annotated[int, Query(ge=0, le=200)]
PageToken = Annotated[str, Query(max_length=1024)]


@router.post("/api/v1/sessions", status_code=201, **documented(SessionAnswer, status=201))
@router.post("/api/v1/sessions/", status_code=201, include_in_schema=False)
async def create_session(clients: ServiceClients, _: Caller, body: NewSessionBody | None = None) -> Json:
    """Makes a session, under an id of the caller's own if one is brought."""
    wanted = body or NewSessionBody()
    request = CreateSessionRequest(
        id=wanted.id or new_id(), title=wanted.title, mode=Mode[wanted.mode.upper()], system_prompt=wanted.system_prompt
    )
    return session_json((await clients.chat.create_session(request)).session or Session())


@router.get("/api/v1/sessions", **documented(SessionPageAnswer))
@router.get("/api/v1/sessions/", include_in_schema=False)
async def list_sessions(
    clients: ServiceClients, _: Caller, page_size: PageSize = 50, page_token: PageToken = ""
) -> Json:
    """The caller's sessions, the one used last first."""
    answer = await clients.chat.list_sessions(ListSessionsRequest(page_size=page_size, page_token=page_token))
    sessions = [session_json(session) for session in answer.sessions]
    return {"sessions": sessions, "next_page_token": answer.next_page_token or None}


@router.get("/api/v1/sessions/{session_id}", **documented(SessionAnswer))
async def get_session(session_id: SessionId, clients: ServiceClients, _: Caller) -> Json:
    """One session."""
    return session_json((await clients.chat.get_session(GetSessionRequest(id=session_id))).session or Session())


@router.patch("/api/v1/sessions/{session_id}", **documented(SessionAnswer))
async def rename_session(session_id: SessionId, body: RenameBody, clients: ServiceClients, _: Caller) -> Json:
    """Gives a session another title."""
    request = RenameSessionRequest(id=session_id, title=body.title)
    return session_json((await clients.chat.rename_session(request)).session or Session())


@router.delete("/api/v1/sessions/{session_id}", status_code=204)
async def delete_session(session_id: SessionId, clients: ServiceClients, _: Caller) -> None:
    """Deletes a session, its turns and its memory."""
    await clients.chat.delete_session(DeleteSessionRequest(id=session_id))


@router.get("/api/v1/sessions/{session_id}/messages", **documented(TurnPageAnswer))
async def list_turns(
    session_id: SessionId, clients: ServiceClients, _: Caller, page_size: PageSize = 50, page_token: PageToken = ""
) -> Json:
    """The finished turns of a session, oldest first."""
    request = ListTurnsRequest(session_id=session_id, page_size=page_size, page_token=page_token)
    answer = await clients.chat.list_turns(request)
    turns = [turn_json(turn) for turn in answer.turns]
    return {"messages": turns, "next_page_token": answer.next_page_token or None}


@router.post("/api/v1/sessions/{session_id}/messages", **replies("The events of the reply.", whole=True))
async def send_message(
    session_id: SessionId,
    body: ChatBody,
    clients: ServiceClients,
    settings: Settings,
    request: Request,
    _: Caller,
    key: RequestKey,
    accept: Accept = "",
) -> Response:
    """Sends a message to a session and streams the reply as server-sent events."""
    message = send_request(body, key, named_session(session_id, body, by="the path"))
    return await send_streamed(clients, message, settings, request, accept)
