"""Export: a file of messages, as large as they are many, streamed as it is written."""

from collections.abc import AsyncIterator
from typing import Any, Final, Literal

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from earshot_client.earshot.store.v1 import ExportFormat, ExportMessagesRequest, ExportMessagesResponse
from gateway.clients.streams import closing, started
from gateway.dependencies import ServiceClients
from gateway.field_names import PARAMETERS, fields_named
from gateway.routes.filters import AuthorParameter, FilterParameters, RangeParameters, ZoneParameter
from gateway.security import Caller
from services.runtime.errors import ErrorReason, UnavailableError

router = APIRouter(tags=["messages"])

_MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8; header=present",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
_FILE: Final[dict[str, Any]] = {
    "response_model": None,
    "response_class": StreamingResponse,
    "responses": {200: {"description": "The file.", "content": {kind: {} for kind in _MEDIA_TYPES.values()}}},
}


@router.get("/api/v1/export", **_FILE)
async def export_messages(
    clients: ServiceClients,
    _: Caller,
    filters: FilterParameters,
    period: RangeParameters,
    authors: AuthorParameter,
    format: Literal["csv", "jsonl", "parquet"] = "csv",  # noqa: A002 - the name of a query parameter
    time_zone: ZoneParameter = "UTC",
) -> StreamingResponse:
    """Every message that matches, oldest first, from one snapshot, with its labels in force.

    A connection that ends before the last chunk means that the file is not whole.
    """
    request = ExportMessagesRequest(
        filters=filters.to_message(),
        range=period.to_message(),
        format=ExportFormat[format.upper()],
        time_zone=time_zone,
        authors=authors,
    )
    # The first piece is waited for: a refusal is a problem, not a broken file.
    with fields_named(*PARAMETERS):
        pieces = await started(clients.messages.export_messages(request))
    return StreamingResponse(
        _bytes(pieces),
        media_type=_MEDIA_TYPES[format],
        headers={"Content-Disposition": f'attachment; filename="messages.{format}"', "Cache-Control": "no-store"},
    )


async def _bytes(pieces: AsyncIterator[ExportMessagesResponse]) -> AsyncIterator[bytes]:
    """The file. Raises where it breaks off, so that the connection is cut and nobody takes a part for the whole."""
    whole = False
    async with closing(pieces) as arriving:
        async for piece in arriving:
            whole = piece.last
            yield piece.data
    if not whole:
        raise UnavailableError("The export broke off.", reason=ErrorReason.WORK_INTERRUPTED)
