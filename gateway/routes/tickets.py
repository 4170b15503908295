"""Tickets: requests of customers that somebody has to settle."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from earshot_client.earshot.store.v1 import (
    AnalyzeTicketRequest,
    GetTicketRequest,
    ListResolutionPatternsRequest,
    ListTicketsRequest,
    Ticket,
    TicketStatus,
)
from gateway.dependencies import ServiceClients
from gateway.idempotency import RequestKey, made_once
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.fields import Json
from gateway.shapes.tickets import (
    ChangedTicketBody,
    NewTicketBody,
    ResolutionPageAnswer,
    TicketAnswer,
    TicketDetailAnswer,
    TicketPageAnswer,
    pattern_json,
    ticket_detail_json,
    ticket_json,
)

router = APIRouter(tags=["tickets"])

TicketId = Annotated[str, Field(max_length=64)]
PageToken = Annotated[str, Query(max_length=1024)]
Wait = Annotated[float, Query(ge=0, le=30, description="Longest wait for the analysis, in seconds.")]


@router.post("/api/v1/requests", status_code=201, **documented(TicketAnswer, status=201))
@router.post("/api/v1/requests/", status_code=201, include_in_schema=False)
async def create_ticket(body: NewTicketBody, clients: ServiceClients, _: Caller, key: RequestKey) -> Json:
    """Stores a ticket and answers at once; category, summary and suggestion follow."""
    request = made_once(body.to_message(), key)
    return ticket_json((await clients.tickets.create_ticket(request)).ticket or Ticket())


@router.get("/api/v1/requests", **documented(TicketPageAnswer))
@router.get("/api/v1/requests/", include_in_schema=False)
async def list_tickets(
    clients: ServiceClients,
    _: Caller,
    category: Annotated[str, Query(max_length=64)] = "",
    status: Annotated[str, Query(pattern="^(|open|in_progress|resolved|closed)$")] = "",
    page_size: Annotated[int, Query(ge=0, le=200)] = 50,
    page_token: PageToken = "",
) -> Json:
    """Tickets, newest first."""
    request = ListTicketsRequest(
        category=category,
        status=TicketStatus[status.upper() or "UNSPECIFIED"],
        page_size=page_size,
        page_token=page_token,
    )
    answer = await clients.tickets.list_tickets(request)
    tickets = [ticket_json(ticket) for ticket in answer.tickets]
    return {
        "requests": tickets,
        "next_page_token": answer.next_page_token or None,
        "analysis_seconds_p95": None if answer.analysis_time_p95 is None else answer.analysis_time_p95.total_seconds(),
    }


@router.get("/api/v1/requests:resolutions", **documented(ResolutionPageAnswer))
async def list_resolutions(
    clients: ServiceClients,
    _: Caller,
    intent: Annotated[str, Query(max_length=64)] = "",
    page_size: Annotated[int, Query(ge=0, le=100)] = 20,
    page_token: PageToken = "",
) -> Json:
    """How tickets of an intent were settled, most frequent first."""
    request = ListResolutionPatternsRequest(intent=intent, page_size=page_size, page_token=page_token)
    answer = await clients.tickets.list_resolution_patterns(request)
    patterns = [pattern_json(pattern) for pattern in answer.patterns]
    return {"patterns": patterns, "next_page_token": answer.next_page_token or None}


@router.get("/api/v1/requests/{ticket_id}", **documented(TicketDetailAnswer))
async def get_ticket(ticket_id: TicketId, clients: ServiceClients, _: Caller, wait: Wait = 0) -> Json:
    """One ticket with every analysis it had."""
    request = GetTicketRequest(id=ticket_id, wait_for_analysis=timedelta(seconds=wait))
    return ticket_detail_json(await clients.tickets.get_ticket(request, timeout=wait + 30))


@router.patch("/api/v1/requests/{ticket_id}", **documented(TicketAnswer))
async def update_ticket(ticket_id: TicketId, body: ChangedTicketBody, clients: ServiceClients, _: Caller) -> Json:
    """Moves a ticket on."""
    return ticket_json((await clients.tickets.update_ticket(body.to_message(ticket_id))).ticket or Ticket())


@router.post("/api/v1/requests/{ticket_id}:analyze", status_code=202, **documented(TicketAnswer, status=202))
async def analyze_ticket(ticket_id: TicketId, clients: ServiceClients, _: Caller) -> Json:
    """Has a ticket analysed again."""
    answer = await clients.tickets.analyze_ticket(AnalyzeTicketRequest(id=ticket_id))
    return ticket_json(answer.ticket or Ticket())
