"""Recordings: a session as a file that runs again without a network."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import StreamingResponse

from earshot_client.earshot.chat.v1 import ExportRecordingRequest, ExportRecordingResponse
from gateway.clients.streams import closing, started
from gateway.dependencies import ServiceClients
from gateway.security import Caller

router = APIRouter(tags=["sessions"])

_MEDIA_TYPE: Final = "application/x-ndjson"
_FILE: Final[dict[str, Any]] = {
    "response_model": None,
    "response_class": StreamingResponse,
    "responses": {200: {"description": "A header, then a line for each turn.", "content": {_MEDIA_TYPE: {}}}},
}


@router.get("/api/v1/sessions/{session_id}/recording", **_FILE)
async def export_recording(
    session_id: Annotated[str, Field(max_length=64)], clients: ServiceClients, _: Caller
) -> StreamingResponse:
    """A session with all that came from outside, personal data replaced; `earshot replay` runs it again offline."""
    # The first line is waited for: a refusal is a problem, not a broken file.
    lines = await started(clients.chat.export_recording(ExportRecordingRequest(session_id=session_id)))
    headers = {"Content-Disposition": 'attachment; filename="session.jsonl"', "Cache-Control": "no-store"}
    return StreamingResponse(_bytes(lines), media_type=_MEDIA_TYPE, headers=headers)


async def _bytes(lines: AsyncIterator[ExportRecordingResponse]) -> AsyncIterator[bytes]:
    async with closing(lines) as arriving:
        async for item in arriving:
            yield f"{item.line}\n".encode()
