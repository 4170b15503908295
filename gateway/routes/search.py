"""Search: messages by what they mean and by their words."""

from fastapi import APIRouter

from gateway.answering import ApiResponse
from gateway.dependencies import ServiceClients
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.search import SearchAnswer, SearchBody, found_json

router = APIRouter(tags=["messages"])


@router.post("/api/v1/messages:search", **documented(SearchAnswer))
async def search_messages(body: SearchBody, clients: ServiceClients, _: Caller) -> ApiResponse:
    """Messages nearest in meaning to a text or to a message, fused with those that hold its words; best first."""
    return ApiResponse(found_json(await clients.search.search_messages(body.to_message())))
