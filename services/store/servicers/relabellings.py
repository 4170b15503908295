"""RelabellingService."""

from typing import Any

import grpc

from earshot.store.v1 import relabelling_pb2, relabelling_pb2_grpc
from services.runtime.auth import Role
from services.store.contract import relabelling_requests
from services.store.labelling.relabelling import Relabellings
from services.store.servicers.caller import PEOPLE, caller_workspace
from services.store.validation import parse_id


class RelabellingServicer(relabelling_pb2_grpc.RelabellingServiceServicer):
    """Methods as the contract describes them."""

    def __init__(self, relabellings: Relabellings) -> None:
        self._relabellings = relabellings

    async def CreateRelabelling(
        self, request: relabelling_pb2.CreateRelabellingRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> relabelling_pb2.CreateRelabellingResponse:
        """Begins one."""
        workspace_id = caller_workspace(Role.ADMIN)
        asked, request_id = relabelling_requests.create_request(request)
        made = await self._relabellings.create(workspace_id, asked, request_id=request_id)
        return relabelling_pb2.CreateRelabellingResponse(relabelling=relabelling_requests.relabelling(made))

    async def GetRelabelling(
        self, request: relabelling_pb2.GetRelabellingRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> relabelling_pb2.GetRelabellingResponse:
        """How far one is."""
        workspace_id = caller_workspace(*PEOPLE)
        found = await self._relabellings.get(workspace_id, parse_id(request.id, field="id"))
        return relabelling_pb2.GetRelabellingResponse(relabelling=relabelling_requests.relabelling(found))

    async def ListRelabellings(
        self, request: relabelling_pb2.ListRelabellingsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> relabelling_pb2.ListRelabellingsResponse:
        """A page of them."""
        workspace_id = caller_workspace(*PEOPLE)
        before, size = relabelling_requests.list_request(request)
        found = await self._relabellings.list_page(workspace_id, before=before, limit=size + 1)
        return relabelling_requests.list_response(found, size=size)

    async def CancelRelabelling(
        self, request: relabelling_pb2.CancelRelabellingRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> relabelling_pb2.CancelRelabellingResponse:
        """Ends one."""
        workspace_id = caller_workspace(Role.ADMIN)
        ended = await self._relabellings.cancel(workspace_id, parse_id(request.id, field="id"))
        return relabelling_pb2.CancelRelabellingResponse(relabelling=relabelling_requests.relabelling(ended))
