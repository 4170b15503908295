"""What a session remembers: shown, corrected, forgotten; and what a model was sent for a reply."""

from fastapi import APIRouter

from earshot_client.earshot.chat.v1 import (
    EditMemoryRequest,
    ForgetMemoryRequest,
    GetContextReportRequest,
    GetMemoryRequest,
    MemoryEntry,
    MemoryKind,
)
from gateway.dependencies import ServiceClients
from gateway.routes.chat import ReplyId
from gateway.routes.sessions import SessionId
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.fields import Json
from gateway.shapes.memory import (
    ContextAnswer,
    EditMemoryBody,
    ForgetMemoryBody,
    MemoryAnswer,
    MemoryEntryAnswer,
    context_json,
    entry_json,
    memory_json,
)

router = APIRouter(tags=["memory"])


@router.get("/api/v1/sessions/{session_id}/memory", **documented(MemoryAnswer))
async def get_memory(session_id: SessionId, clients: ServiceClients, _: Caller) -> Json:
    """What the session remembers, each entry with the turn it came from."""
    return memory_json(await clients.chat.get_memory(GetMemoryRequest(session_id=session_id)))


@router.post("/api/v1/sessions/{session_id}/memory", **documented(MemoryEntryAnswer))
async def edit_memory(session_id: SessionId, body: EditMemoryBody, clients: ServiceClients, _: Caller) -> Json:
    """Corrects the entry of that id; adds one without."""
    request = EditMemoryRequest(
        session_id=session_id, entry_id=body.id or "", kind=MemoryKind[body.kind.upper()], text=body.text
    )
    return entry_json((await clients.chat.edit_memory(request)).entry or MemoryEntry())


@router.post("/api/v1/sessions/{session_id}/memory:forget", status_code=204)
async def forget_memory(session_id: SessionId, body: ForgetMemoryBody, clients: ServiceClients, _: Caller) -> None:
    """Forgets an entry, a turn or everything so far; turns stay in the history."""
    await clients.chat.forget_memory(
        ForgetMemoryRequest(
            session_id=session_id,
            entry_id=body.entry_id,
            turn_number=body.turn_number,
            everything=True if body.everything else None,
        )
    )


@router.get("/api/v1/replies/{reply_id}/context", **documented(ContextAnswer))
async def get_context(reply_id: ReplyId, clients: ServiceClients, _: Caller) -> Json:
    """What the model was sent for a reply, what was left out, and why."""
    answer = await clients.chat.get_context_report(GetContextReportRequest(turn_id=reply_id))
    return {"report": context_json(answer.report)}
