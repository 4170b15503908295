"""Incidents: one thing that happened, told by many."""

from typing import Annotated

from fastapi import APIRouter, Query

from earshot_client.earshot.store.v1 import ListIncidentsRequest
from gateway.dependencies import ServiceClients
from gateway.field_names import PARAMETERS, fields_named
from gateway.routes.filters import FilterParameters, RangeParameters, ZoneParameter
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.fields import Json
from gateway.shapes.incidents import IncidentPageAnswer, incidents_json

router = APIRouter(tags=["incidents"])


@router.get("/api/v1/incidents", **documented(IncidentPageAnswer))
async def list_incidents(  # each is a query parameter
    clients: ServiceClients,
    _: Caller,
    filters: FilterParameters,
    period: RangeParameters,
    min_messages: Annotated[int, Query(ge=0, le=1_000_000, description="Fewest messages; 0 means 2.")] = 0,
    page_size: Annotated[int, Query(ge=0, le=100)] = 20,
    page_token: Annotated[str, Query(max_length=1024)] = "",
    time_zone: ZoneParameter = "UTC",
) -> Json:
    """Near-duplicate messages of one time as one incident each, that of most users first."""
    request = ListIncidentsRequest(
        filters=filters.to_message(),
        range=period.to_message(),
        min_messages=min_messages,
        page_size=page_size,
        page_token=page_token,
        time_zone=time_zone,
    )
    with fields_named(*PARAMETERS):
        return incidents_json(await clients.incidents.list_incidents(request))
