"""What stands out, and what a change is made of."""

from fastapi import APIRouter

from gateway.dependencies import ServiceClients
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.fields import Json
from gateway.shapes.watching import (
    ChangeAnswer,
    ExplainChangeBody,
    SpikesAnswer,
    SpikesBody,
    change_json,
    spikes_json,
)

router = APIRouter(tags=["statistics"])


@router.post("/api/v1/stats:spikes", **documented(SpikesAnswer))
async def detect_spikes(clients: ServiceClients, _: Caller, body: SpikesBody | None = None) -> Json:
    """Days or hours with more messages than their weekday and hour let expect."""
    wanted = body or SpikesBody()
    return spikes_json(await clients.stats.detect_spikes(wanted.to_message()), wanted)


@router.post("/api/v1/stats:explain", **documented(ChangeAnswer))
async def explain_change(body: ExplainChangeBody, clients: ServiceClients, _: Caller) -> Json:
    """What the difference between two periods is made of, in parts that add up to it."""
    return change_json(await clients.stats.explain_change(body.to_message()))
