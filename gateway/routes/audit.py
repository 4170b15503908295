"""The audit log: who did what."""

from typing import Annotated

from fastapi import APIRouter, Query

from earshot_client.earshot.store.v1 import ListAuditEventsRequest
from gateway.dependencies import ServiceClients
from gateway.routes.filters import RangeParameters
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.audit import AuditPageAnswer, audit_page_json
from gateway.shapes.fields import Json, Text

router = APIRouter(tags=["identity"])


@router.get("/api/v1/audit", **documented(AuditPageAnswer))
async def list_events(  # each is a query parameter
    clients: ServiceClients,
    _: Caller,
    period: RangeParameters,
    actor: Annotated[Text, Query(max_length=256, description="Who: an id, or the name of an account.")] = "",
    action: Annotated[Text, Query(max_length=64, description="What, as in `UpdateUser`.")] = "",
    resource_kind: Annotated[Text, Query(max_length=64, description="To what, as in `user`.")] = "",
    resource_id: Annotated[Text, Query(max_length=64, description="To which one.")] = "",
    page_size: Annotated[int, Query(ge=0, le=200)] = 50,
    page_token: Annotated[str, Query(max_length=1024)] = "",
) -> Json:
    """Changes and sensitive reads, by people, services and rules, the newest first; admins only. None holds a text."""
    request = ListAuditEventsRequest(
        range=period.to_message(),
        actor=actor,
        action=action,
        resource_kind=resource_kind,
        resource_id=resource_id,
        page_size=page_size,
        page_token=page_token,
    )
    return audit_page_json(await clients.audit.list_audit_events(request))
