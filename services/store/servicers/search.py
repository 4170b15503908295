"""SearchService."""

from typing import Any

import grpc

from earshot.store.v1 import search_pb2, search_pb2_grpc
from services.store.search.requests import search_request, search_response
from services.store.search.searching import Searching
from services.store.servicers.caller import READERS, caller_workspace


class SearchServicer(search_pb2_grpc.SearchServiceServicer):
    """Methods as the contract describes them."""

    def __init__(self, searching: Searching) -> None:
        self._searching = searching

    async def SearchMessages(
        self, request: search_pb2.SearchMessagesRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> search_pb2.SearchMessagesResponse:
        """A page of the messages that match best."""
        workspace_id = caller_workspace(*READERS)
        question = search_request(request, workspace_id)
        found = await self._searching.find(workspace_id, question)
        return search_response(
            request,
            workspace_id,
            hits=found.hits,
            messages=found.messages,
            question=question,
            encoder=found.encoder,
        )
