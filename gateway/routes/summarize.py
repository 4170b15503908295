"""Summaries of texts, without storing them."""

from fastapi import APIRouter

from gateway.dependencies import ServiceClients
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.classifier import SummarizeBody, SummaryAnswer, summary_json
from gateway.shapes.fields import Json

router = APIRouter(tags=["classifier"])


@router.post("/api/v1/summarize", **documented(SummaryAnswer))
async def summarize(body: SummarizeBody, clients: ServiceClients, _: Caller) -> Json:
    """Summarises a text in at most three sentences of its own, or of the language model's when asked for."""
    return summary_json(await clients.classifier.summarize(body.to_request()))
