"""MessageService."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import grpc

from earshot.store.v1 import message_pb2
from services.store.contract import convert, message_requests, review_requests
from services.store.exporting.exporter import Exporter
from services.store.housekeeping.erasing import Erasing
from services.store.ingesting.import_check import ImportChecks
from services.store.ingesting.importer import Importer, in_order
from services.store.ingesting.ingest import Ingest
from services.store.live.hub import ChangeHub
from services.store.pool import Database
from services.store.repositories import label_sets, messages
from services.store.reviews.reviewing import Reviewing, message_not_found
from services.store.servicers.caller import READERS, WRITERS, caller_workspace
from services.store.servicers.erasures import ErasureMethods
from services.store.servicers.exports import ExportMethods
from services.store.servicers.live import LiveMethods
from services.store.servicers.reviews import ReviewMethods
from services.store.validation import parse_id


class MessageServicer(ReviewMethods, LiveMethods, ExportMethods, ErasureMethods):
    """Methods as the contract describes them."""

    def __init__(self, database: Database, ingest: Ingest, hub: ChangeHub, reviewing: Reviewing) -> None:
        self._database = database
        self._hub = hub
        self._ingest = ingest
        self._reviewing = reviewing
        self._exporter = Exporter(database)
        self._erasing = Erasing(database)
        self._import_checks = ImportChecks(database)

    async def IngestMessages(
        self, request: message_pb2.IngestMessagesRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> message_pb2.IngestMessagesResponse:
        """Stores messages, all or nothing."""
        workspace_id = caller_workspace(*WRITERS)
        asked = message_requests.ingest_request(request)
        outcome = await self._ingest.ingest(
            workspace_id,
            asked.messages,
            request_id=asked.request_id,
            wait_seconds=asked.wait_seconds,
            acknowledgement=asked.acknowledgement,
        )
        return convert.ingest_response(outcome)

    async def ImportMessages(
        self,
        request_iterator: AsyncIterator[message_pb2.ImportMessagesRequest],
        context: "grpc.aio.ServicerContext[Any, Any]",
    ) -> AsyncIterator[message_pb2.ImportMessagesResponse]:
        """Stores chunk after chunk, or only judges it, and acknowledges each."""
        workspace_id = caller_workspace(*WRITERS)
        importer = Importer(self._ingest, workspace_id)
        with self._import_checks.check(workspace_id) as check:

            async def work(chunk: message_pb2.ImportMessagesRequest) -> message_pb2.ImportMessagesResponse:
                return await (check.judge(chunk) if chunk.validate_only else importer.store(chunk))

            async with aclosing(in_order(request_iterator, work)) as responses:
                async for response in responses:
                    yield response

    async def GetMessage(
        self, request: message_pb2.GetMessageRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> message_pb2.GetMessageResponse:
        """One message."""
        workspace_id = caller_workspace(*READERS)
        message_id = parse_id(request.id, field="id")
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            found = await messages.read(connection, workspace_id, [message_id])
            if message_id not in found:
                raise message_not_found(request.id)
            versions = await label_sets.history(connection, workspace_id, message_id)
        return message_pb2.GetMessageResponse(
            message=convert.stored_message(found[message_id]), history=review_requests.history(versions)
        )

    async def ListMessages(
        self, request: message_pb2.ListMessagesRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> message_pb2.ListMessagesResponse:
        """A page of messages."""
        workspace_id = caller_workspace(*READERS)
        wanted = message_requests.list_request(request, workspace_id)
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            found = await messages.list_page(connection, workspace_id, wanted)
        return message_requests.list_response(request, workspace_id, found, limit=wanted.limit)
