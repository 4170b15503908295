"""Thumbs on answers: given by who asked, listed for those who look after the workspace."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from earshot_client.earshot.chat.v1 import ListRatedTurnsRequest
from earshot_client.earshot.store.v1 import Rating
from gateway.dependencies import ServiceClients
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.chat import rating_json
from gateway.shapes.conversation import RatedTurnPageAnswer
from gateway.shapes.fields import Json
from gateway.shapes.ratings import RatingBody, TurnRatingAnswer, rated_json

router = APIRouter(tags=["chat"])


@router.put("/api/v1/replies/{reply_id}/rating", **documented(TurnRatingAnswer))
async def rate(
    reply_id: Annotated[str, Field(max_length=64)], body: RatingBody, clients: ServiceClients, _: Caller
) -> Json:
    """Says what the asker holds of an answer; kept with author and time, and shown to admins until it is cleared."""
    rating = (await clients.chat.rate_turn(body.to_message(reply_id))).rating
    return {"reply_id": reply_id, "rating": rating_json(rating) if rating else None}


@router.get("/api/v1/ratings", **documented(RatedTurnPageAnswer))
async def rated(
    clients: ServiceClients,
    _: Caller,
    rating: Literal["", "up", "down"] = "",
    page_size: Annotated[int, Query(ge=0, le=200)] = 50,
    page_token: Annotated[str, Query(max_length=1024)] = "",
) -> Json:
    """Answers of the workspace that people rated, the one rated last first, a page at a time; admins only."""
    request = ListRatedTurnsRequest(
        rating=Rating[rating.upper() or "UNSPECIFIED"], page_size=page_size, page_token=page_token
    )
    return rated_json(await clients.chat.list_rated_turns(request))
