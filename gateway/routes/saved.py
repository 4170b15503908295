"""Saved views, and questions whose reading was verified."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from earshot_client.earshot.store.v1 import DeleteSavedQueryRequest, ListSavedQueriesRequest, SavedQueryKind
from gateway.dependencies import ServiceClients
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.fields import Json, Text
from gateway.shapes.saved import (
    SavedQueryAnswer,
    SavedQueryPageAnswer,
    VerificationBody,
    ViewBody,
    ViewNameBody,
    saved_json,
    saved_page_json,
)

router = APIRouter(tags=["saved queries"])

SavedId = Annotated[str, Field(max_length=64)]


@router.post("/api/v1/saved-queries", **documented(SavedQueryAnswer))
async def save_view(body: ViewBody, clients: ServiceClients, _: Caller) -> Json:
    """Saves a view, in place of the one that had its name, which is compared without case and outer punctuation."""
    return saved_json((await clients.saved.save_query(body.to_message())).query)


@router.get("/api/v1/saved-queries", **documented(SavedQueryPageAnswer))
async def list_saved(
    clients: ServiceClients,
    _: Caller,
    kind: Literal["", "view", "question"] = "",
    name: Annotated[Text, Query(max_length=1000, description="Only those called so.")] = "",
    page_size: Annotated[int, Query(ge=0, le=200)] = 50,
    page_token: Annotated[str, Query(max_length=1024)] = "",
) -> Json:
    """One's own and the workspace's views, and the workspace's verified questions, the newest first."""
    request = ListSavedQueriesRequest(
        kind=SavedQueryKind[kind.upper() or "UNSPECIFIED"], name=name, page_size=page_size, page_token=page_token
    )
    return saved_page_json(await clients.saved.list_saved_queries(request))


@router.patch("/api/v1/saved-queries/{query_id}", **documented(SavedQueryAnswer))
async def rename_view(query_id: SavedId, body: ViewNameBody, clients: ServiceClients, _: Caller) -> Json:
    """Gives a view another name."""
    return saved_json((await clients.saved.rename_saved_query(body.to_message(query_id))).query)


@router.delete("/api/v1/saved-queries/{query_id}", status_code=204)
async def delete_saved(query_id: SavedId, clients: ServiceClients, _: Caller) -> None:
    """Deletes a view or a verified question."""
    await clients.saved.delete_saved_query(DeleteSavedQueryRequest(id=query_id))


@router.put("/api/v1/replies/{reply_id}/verified", **documented(SavedQueryAnswer))
async def verify(reply_id: SavedId, body: VerificationBody, clients: ServiceClients, _: Caller) -> Json:
    """Says that an answer's question was read rightly: asked again in the same words, it is read so; agents and admins.

    The period is not kept: it is what the words say on the day on which they are asked.
    """
    return saved_json((await clients.chat.verify_turn(body.to_message(reply_id))).query)
