"""Conversations with customers: how good they were, and how they flow."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from earshot_client.earshot.store.v1 import ScoreThreadRequest
from gateway.dependencies import ServiceClients
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.fields import Json
from gateway.shapes.threads import FlowAnswer, FlowBody, ScoreAnswer, flow_json, score_json

router = APIRouter(tags=["threads"])


@router.get("/api/v1/threads/{conversation_id}/score", **documented(ScoreAnswer))
async def score_thread(
    conversation_id: Annotated[str, Field(max_length=256)], clients: ServiceClients, _: Caller
) -> Json:
    """How good a conversation was, from named parts."""
    return score_json(await clients.threads.score_thread(ScoreThreadRequest(conversation_id=conversation_id)))


@router.post("/api/v1/threads:flow", **documented(FlowAnswer))
async def analyze_flow(body: FlowBody, clients: ServiceClients, _: Caller) -> Json:
    """How customers' messages follow one another within conversations."""
    return flow_json(await clients.threads.analyze_flow(body.to_message()))
