"""Receipts: what proves an answer, its queries run again, and watched from now on."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from earshot_client.earshot.chat.v1 import GetReceiptRequest, ReplayReceiptRequest, Turn
from earshot_client.earshot.store.v1 import AlertRule
from gateway.dependencies import ServiceClients
from gateway.field_names import RULE, fields_named
from gateway.idempotency import RequestKey, made_once
from gateway.security import Caller
from gateway.shapes.alerts import AlertRuleAnswer, rule_json
from gateway.shapes.answers import documented
from gateway.shapes.chat import receipt_json, replay_json, turn_json
from gateway.shapes.conversation import ProvenAnswer, ReplayAnswer
from gateway.shapes.fields import Json
from gateway.shapes.subscription import SubscriptionBody

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


@router.post("/api/v1/receipts/{receipt_id}:subscribe", status_code=201, **documented(AlertRuleAnswer, status=201))
async def subscribe_receipt(
    receipt_id: ReceiptId, body: SubscriptionBody, clients: ServiceClients, _: Caller, key: RequestKey
) -> Json:
    """Makes an alert rule that watches the receipt's question from now on; admins only, as for every rule."""
    request = made_once(body.to_message(receipt_id), key)
    with fields_named(*RULE):
        return rule_json((await clients.chat.subscribe_receipt(request)).rule or AlertRule())
