"""Services that answer every call of the gateway by one function: for faults that real ones cannot be made to have."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import grpc
from google.protobuf.message_factory import GetMessageClass
from grpc_status import rpc_status

from earshot.chat.v1 import chat_pb2_grpc
from earshot.store.v1 import (
    alert_pb2_grpc,
    invitation_pb2_grpc,
    login_pb2_grpc,
    message_pb2,
    message_pb2_grpc,
    stats_pb2_grpc,
    taxonomy_pb2_grpc,
    ticket_pb2_grpc,
    workspace_pb2_grpc,
)
from services.runtime.errors import EarshotError
from services.runtime.status import to_status
from tests.support.gateway import GatewayRig, lone_gateway

Fault: TypeAlias = Callable[[int, Any], EarshotError | None]
"""From the number of a call, from 1, and its request to how it fails; None: it does not."""
_ADD: Any = (
    message_pb2_grpc.add_MessageServiceServicer_to_server,
    stats_pb2_grpc.add_StatsServiceServicer_to_server,
    ticket_pb2_grpc.add_TicketServiceServicer_to_server,
    alert_pb2_grpc.add_AlertServiceServicer_to_server,
    taxonomy_pb2_grpc.add_TaxonomyServiceServicer_to_server,
    login_pb2_grpc.add_LoginServiceServicer_to_server,
    invitation_pb2_grpc.add_InvitationServiceServicer_to_server,
    workspace_pb2_grpc.add_WorkspaceServiceServicer_to_server,
    chat_pb2_grpc.add_ChatServiceServicer_to_server,
)


class AnyService:
    """Every unary method of every one of these services; what it answers is empty."""

    def __init__(self, fault: Fault) -> None:
        self.asked: list[Any] = []
        self._fault = fault

    def __getattr__(self, name: str) -> Any:
        """A method by its name in the contract."""
        if not name[0].isupper():
            raise AttributeError(name)

        async def answer(request: Any, context: Any) -> Any:
            self.asked.append(request)
            error = self._fault(len(self.asked), request)
            if error is not None:
                await context.abort_with_status(rpc_status.to_status(to_status(error, request_id="")))
            return _empty(request)

        return answer


def _empty(request: Any) -> Any:
    if isinstance(request, message_pb2.IngestMessagesRequest):
        return message_pb2.IngestMessagesResponse(messages=[message_pb2.Message() for _ in request.messages])
    asked = type(request).DESCRIPTOR
    return GetMessageClass(asked.file.message_types_by_name[asked.name.replace("Request", "Response")])()


@asynccontextmanager
async def gateway_before(folder: Path, fault: Fault) -> AsyncIterator[tuple[AnyService, GatewayRig]]:
    """A gateway whose store and chat are one AnyService."""
    service, server = AnyService(fault), grpc.aio.server()
    for add in _ADD:
        add(service, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    async with lone_gateway(folder, store_address=address, chat_address=address) as gateway:
        yield service, gateway
    await server.stop(None)
