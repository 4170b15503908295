"""Estimates of true counts."""

from fastapi import APIRouter

from gateway.dependencies import ServiceClients
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.estimates import EstimateCountsAnswer, EstimateCountsBody, estimates_json
from gateway.shapes.fields import Json

router = APIRouter(tags=["statistics"])


@router.post("/api/v1/stats:estimate", **documented(EstimateCountsAnswer))
async def estimate_counts(body: EstimateCountsBody, clients: ServiceClients, _: Caller) -> Json:
    """How many messages truly have each label, judging by the model's errors on the golden set: estimates."""
    return estimates_json(await clients.stats.estimate_counts(body.to_message()))
