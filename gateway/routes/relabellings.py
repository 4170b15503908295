"""History labelled anew by the model that serves: begun, watched, cancelled."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from earshot_client.earshot.store.v1 import (
    CancelRelabellingRequest,
    GetRelabellingRequest,
    ListRelabellingsRequest,
)
from gateway.dependencies import ServiceClients
from gateway.idempotency import RequestKey, made_once
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.fields import Json
from gateway.shapes.relabelling import RelabellingAnswer, RelabellingBody, RelabellingsAnswer, relabelling_json

router = APIRouter(tags=["relabelling"])

RelabellingId = Annotated[str, Path(max_length=64)]


@router.post("/api/v1/relabellings", status_code=202, **documented(RelabellingAnswer, status=202))
async def relabel(body: RelabellingBody, clients: ServiceClients, _: Caller, key: RequestKey) -> Json:
    """Begins to label messages of another model's anew, in the background; admins only, one at a time."""
    answer = await clients.relabellings.create_relabelling(made_once(body.to_message(), key))
    return relabelling_json(answer.relabelling)


@router.get("/api/v1/relabellings", **documented(RelabellingsAnswer))
async def list_relabellings(
    clients: ServiceClients,
    _: Caller,
    page_size: Annotated[int, Query(ge=0, le=200)] = 50,
    page_token: Annotated[str, Query(max_length=1024)] = "",
) -> Json:
    """Relabellings, the newest first."""
    request = ListRelabellingsRequest(page_size=page_size, page_token=page_token)
    answer = await clients.relabellings.list_relabellings(request)
    return {
        "relabellings": [relabelling_json(found) for found in answer.relabellings],
        "next_page_token": answer.next_page_token or None,
    }


@router.get("/api/v1/relabellings/{relabelling_id}", **documented(RelabellingAnswer))
async def get_relabelling(relabelling_id: RelabellingId, clients: ServiceClients, _: Caller) -> Json:
    """How far one is."""
    answer = await clients.relabellings.get_relabelling(GetRelabellingRequest(id=relabelling_id))
    return relabelling_json(answer.relabelling)


@router.post("/api/v1/relabellings/{relabelling_id}:cancel", **documented(RelabellingAnswer))
async def cancel_relabelling(relabelling_id: RelabellingId, clients: ServiceClients, _: Caller) -> Json:
    """Ends one that runs; what it has labelled stays labelled. Admins only."""
    answer = await clients.relabellings.cancel_relabelling(CancelRelabellingRequest(id=relabelling_id))
    return relabelling_json(answer.relabelling)
