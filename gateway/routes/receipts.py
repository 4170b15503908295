"""Receipts: what proves an answer, and its queries run again."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from earshot_client.earshot.chat.v1 import GetReceiptRequest, ReplayReceiptRequest, Turn
from gateway.dependencies import ServiceClients
from gateway.security import Caller
from gateway.shapes.answers import ProvenAnswer, ReplayAnswer, documented
from gateway.shapes.chat import receipt_json, replay_json, turn_json
from gateway.shapes.fields import Json

router = APIRouter(tags=["receipts"])
ReceiptId = Annotated[str, Field(max_length=64)]


@router.get("/api/v1/receipts/{receipt_id}", **documented(ProvenAnswer))
async def get_receipt(receipt_id: ReceiptId, clients: ServiceClients, _: Caller) -> Json:
    """A receipt and the answer it proves."""
    found = await clients.chat.get_receipt(GetReceiptRequest(id=receipt_id))
    return {
        "receipt": receipt_json(found.receipt),
        "turn": turn_json(found.turn or Turn()),
        "session_id": found.session_id,
    }


@router.post("/api/v1/receipts/{receipt_id}:replay", **documented(ReplayAnswer))
async def replay_receipt(receipt_id: ReceiptId, clients: ServiceClients, _: Caller) -> Json:
    """The receipt's queries run again: with the knowledge of its instant, and with that of now."""
    return replay_json(await clients.chat.replay_receipt(ReplayReceiptRequest(id=receipt_id)))
