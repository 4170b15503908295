"""Replies to tickets: by people, and by rules where a workspace wants it so."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from earshot_client.earshot.store.v1 import (
    DeleteReplyRuleRequest,
    ListRepliesRequest,
    ListReplyRulesRequest,
    UpdateReplyRuleRequest,
)
from gateway.dependencies import ServiceClients
from gateway.field_names import RULE, fields_named
from gateway.idempotency import RequestKey, made_once
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.fields import Json
from gateway.shapes.replies import (
    NewReplyRuleBody,
    ReplyPageAnswer,
    ReplyRuleAnswer,
    ReplyRuleBody,
    ReplyRulePageAnswer,
    SendReplyBody,
    TicketReplyAnswer,
    reply_json,
    reply_rule_json,
)

router = APIRouter(tags=["tickets"])

Id = Annotated[str, Field(max_length=64)]
PageSize = Annotated[int, Query(ge=0, le=200)]
PageToken = Annotated[str, Query(max_length=1024)]


@router.get("/api/v1/requests/rules", **documented(ReplyRulePageAnswer))
async def list_reply_rules(
    clients: ServiceClients, _: Caller, page_size: PageSize = 50, page_token: PageToken = ""
) -> Json:
    """The rules by which replies go out, oldest first."""
    request = ListReplyRulesRequest(page_size=page_size, page_token=page_token)
    answer = await clients.tickets.list_reply_rules(request)
    rules = [reply_rule_json(rule) for rule in answer.rules]
    return {"rules": rules, "next_page_token": answer.next_page_token or None}


@router.post("/api/v1/requests/rules", status_code=201, **documented(ReplyRuleAnswer, status=201))
async def create_reply_rule(body: NewReplyRuleBody, clients: ServiceClients, _: Caller, key: RequestKey) -> Json:
    """Makes a rule; off unless it says `enabled`. Admins only."""
    request = made_once(body.to_request(), key)
    with fields_named(*RULE):
        return reply_rule_json((await clients.tickets.create_reply_rule(request)).rule)


@router.put("/api/v1/requests/rules/{rule_id}", **documented(ReplyRuleAnswer))
async def update_reply_rule(rule_id: Id, body: ReplyRuleBody, clients: ServiceClients, _: Caller) -> Json:
    """Changes a rule as a whole: what is left out gets its default. Admins only."""
    request = UpdateReplyRuleRequest(rule=body.to_message(rule_id))
    with fields_named(*RULE):
        return reply_rule_json((await clients.tickets.update_reply_rule(request)).rule)


@router.delete("/api/v1/requests/rules/{rule_id}", status_code=204, response_model=None)
async def delete_reply_rule(rule_id: Id, clients: ServiceClients, _: Caller) -> None:
    """Takes a rule away; what it sent stays. Admins only."""
    await clients.tickets.delete_reply_rule(DeleteReplyRuleRequest(id=rule_id))


@router.get("/api/v1/requests/replies", **documented(ReplyPageAnswer))
async def list_all_replies(
    clients: ServiceClients, _: Caller, page_size: PageSize = 50, page_token: PageToken = ""
) -> Json:
    """What was sent to any ticket, newest first: for a program that carries replies to the customers."""
    return await _replies(clients, "", page_size, page_token)


@router.get("/api/v1/requests/{ticket_id}/replies", **documented(ReplyPageAnswer))
async def list_replies(
    ticket_id: Id, clients: ServiceClients, _: Caller, page_size: PageSize = 50, page_token: PageToken = ""
) -> Json:
    """What was sent to a ticket, newest first, and who or what decided it."""
    return await _replies(clients, ticket_id, page_size, page_token)


@router.post("/api/v1/requests/{ticket_id}/replies", status_code=201, **documented(TicketReplyAnswer, status=201))
async def send_reply(ticket_id: Id, body: SendReplyBody, clients: ServiceClients, _: Caller, key: RequestKey) -> Json:
    """Replies to a ticket as yourself; without a text the suggested reply is sent."""
    request = made_once(body.to_message(ticket_id), key)
    return reply_json((await clients.tickets.send_reply(request)).reply)


async def _replies(clients: ServiceClients, ticket_id: str, page_size: int, page_token: str) -> Json:
    request = ListRepliesRequest(ticket_id=ticket_id, page_size=page_size, page_token=page_token)
    answer = await clients.tickets.list_replies(request)
    replies = [reply_json(reply) for reply in answer.replies]
    return {"replies": replies, "next_page_token": answer.next_page_token or None}
