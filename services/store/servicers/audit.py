"""AuditService."""

from typing import Any

import grpc

from earshot.store.v1 import audit_pb2, audit_pb2_grpc
from services.runtime.auth import Role
from services.runtime.call_context import require_role
from services.store.auditing import requests
from services.store.auditing.log import AuditLog
from services.store.pool import Database
from services.store.repositories import audit_events
from services.store.servicers.caller import workspace_of


class AuditServicer(audit_pb2_grpc.AuditServiceServicer):
    """Methods as the contract describes them."""

    def __init__(self, database: Database, log: AuditLog) -> None:
        self._database = database
        self._log = log

    async def ListAuditEvents(
        self, request: audit_pb2.ListAuditEventsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> audit_pb2.ListAuditEventsResponse:
        """A page of events, after those that still wait to be written."""
        reader = require_role(Role.ADMIN)
        workspace_id = workspace_of(reader)
        asked = requests.list_request(request, workspace_id)
        await self._log.write_out()
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            found = await audit_events.list_page(connection, workspace_id, asked, reader=reader.role)
            names = await audit_events.names_of(connection, workspace_id, requests.actor_ids(found))
        return requests.list_response(request, workspace_id, found, names, limit=asked.limit)
