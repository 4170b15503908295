"""The methods of MessageService in which people judge labels."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import grpc

from earshot.store.v1 import message_pb2, message_pb2_grpc
from services.runtime.auth import Role
from services.runtime.call_context import require_role
from services.store.contract import review_requests
from services.store.contract.convert import stored_message
from services.store.pool import Database
from services.store.repositories import review_queue, reviews
from services.store.reviews.reviewing import Reviewing
from services.store.servicers.caller import PEOPLE, caller_workspace, workspace_of


class ReviewMethods(message_pb2_grpc.MessageServiceServicer):
    """Methods as the contract describes them."""

    _database: Database
    _reviewing: Reviewing

    async def CorrectLabels(
        self, request: message_pb2.CorrectLabelsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> message_pb2.CorrectLabelsResponse:
        """A person's word on the labels of a message."""
        caller = require_role(Role.AGENT, Role.ADMIN)
        review = review_requests.review(request, caller)
        outcome = await self._reviewing.judge(workspace_of(caller), review)
        return message_pb2.CorrectLabelsResponse(
            message=stored_message(outcome.message), verdict=review_requests.verdict(outcome.verdict)
        )

    async def ListReviewQueue(
        self, request: message_pb2.ListReviewQueueRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> message_pb2.ListReviewQueueResponse:
        """A page of the messages that wait for a person."""
        workspace_id = caller_workspace(Role.AGENT, Role.ADMIN)
        wanted = review_requests.queue_page(request, workspace_id)
        # From one snapshot: what is in the queue must still be there when its text is read.
        async with self._database.transaction(workspace_id, isolation="repeatable_read", readonly=True) as connection:
            found = await review_queue.page(connection, workspace_id, wanted)
        return review_requests.queue_response(request, workspace_id, found, limit=wanted.limit)

    async def GetReviewAgreement(
        self, request: message_pb2.GetReviewAgreementRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> message_pb2.GetReviewAgreementResponse:
        """How often judgements agree, from one snapshot."""
        workspace_id = caller_workspace(*PEOPLE)
        time_range = review_requests.checked_range(request)
        async with self._database.transaction(workspace_id, isolation="repeatable_read", readonly=True) as connection:
            with_model = await reviews.agreement_with_model(connection, workspace_id, time_range)
            among_people = await reviews.agreement_among_people(connection, workspace_id, time_range)
        return review_requests.agreement(with_model, among_people)

    async def ExportCorrections(
        self, request: message_pb2.ExportCorrectionsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> AsyncIterator[message_pb2.ExportCorrectionsResponse]:
        """Rows to train with."""
        workspace_id = caller_workspace(Role.ADMIN, Role.SERVICE)
        time_range = review_requests.checked_range(request)
        async with aclosing(reviews.corrections(self._database, workspace_id, time_range)) as parts:
            async for found in parts:
                for response in review_requests.corrections(found):
                    yield response
