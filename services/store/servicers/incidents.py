"""IncidentService."""

from typing import Any

import grpc

from earshot.store.v1 import incident_pb2, incident_pb2_grpc
from services.store.contract import incident_requests
from services.store.pool import Database
from services.store.repositories import incidents, messages
from services.store.servicers.caller import READERS, caller_workspace


class IncidentServicer(incident_pb2_grpc.IncidentServiceServicer):
    """Methods as the contract describes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ListIncidents(
        self, request: incident_pb2.ListIncidentsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> incident_pb2.ListIncidentsResponse:
        """A page of incidents with their first messages, from one snapshot."""
        workspace_id = caller_workspace(*READERS)
        wanted = incident_requests.list_request(request, workspace_id)
        async with self._database.transaction(workspace_id, isolation="repeatable_read", readonly=True) as connection:
            found = await incidents.list_page(connection, workspace_id, wanted)
            exemplars = await messages.read(connection, workspace_id, [summary.exemplar_id for summary in found])
        return incident_requests.list_response(request, workspace_id, found, exemplars, limit=wanted.limit)
