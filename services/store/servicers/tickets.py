"""TicketService."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import grpc

from earshot.store.v1 import ticket_pb2, ticket_pb2_grpc
from services.runtime.auth import Role
from services.runtime.errors import (
    AlreadyExistsError,
    ConflictError,
    ErrorReason,
    FailedPreconditionError,
    InvalidInputError,
    NotFoundError,
    Resource,
)
from services.runtime.ids import new_id
from services.runtime.labels import CATEGORIES, INTENTS
from services.store.auditing.call_event import name_resource
from services.store.contract import page_token
from services.store.contract.convert import wait_seconds
from services.store.contract.convert_tickets import (
    analysis_proto,
    new_ticket,
    pattern_proto,
    status_of,
    ticket_proto,
    waited_proto,
)
from services.store.contract.fitting import fitting
from services.store.labelling.label_watch import LabelWatch
from services.store.pool import Connection, Database
from services.store.repositories import messages, ticket_queue, tickets
from services.store.servicers.caller import READERS, WRITERS, caller_workspace
from services.store.servicers.replies import ReplyMethods
from services.store.ticketing.ticket import (
    AnalysisState,
    NewTicket,
    Status,
    Ticket,
    may_move,
    resolution_violations,
    ticket_violations,
)
from services.store.validation import MAX_TEXT_LENGTH, parse_id, refuse

_DEFAULT_PAGE: Final = 50
_MAX_PAGE: Final = 200
_DEFAULT_PATTERNS: Final = 20
_MAX_PATTERNS: Final = 100
_LONGEST_WAIT_SECONDS: Final = 30.0
_MOVERS: Final = (Role.AGENT, Role.ADMIN)


class TicketServicer(ReplyMethods, ticket_pb2_grpc.TicketServiceServicer):
    """Methods as the contract describes them."""

    def __init__(self, database: Database, analysed: LabelWatch) -> None:
        """`analysed` ticks tickets off whose analysis is there."""
        self._database = database
        self._analysed = analysed

    async def CreateTicket(
        self, request: ticket_pb2.CreateTicketRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> ticket_pb2.CreateTicketResponse:
        """Stores a ticket and has it analysed."""
        workspace_id = caller_workspace(*WRITERS)
        wanted = new_ticket(request)
        refuse(list(ticket_violations(wanted)))
        request_id = parse_id(request.request_id, field="request_id") if request.request_id else None
        asked = hashlib.sha256(request.SerializeToString(deterministic=True)).digest()
        ticket_id = UUID(new_id())
        async with self._database.transaction(workspace_id) as connection:
            whole = await _with_messages(connection, workspace_id, wanted)
            created = await tickets.insert(
                connection, workspace_id, ticket_id, whole, request_id=request_id, payload_hash=asked
            )
            if created:
                await ticket_queue.add(connection, workspace_id, ticket_id)
            elif request_id is not None:
                ticket_id = await _made_before(connection, workspace_id, request_id, asked)
            name_resource(ticket_id)
            stored = await tickets.read(connection, workspace_id, ticket_id)
        return ticket_pb2.CreateTicketResponse(ticket=ticket_proto(_found(stored, ticket_id)), created=created)

    async def GetTicket(
        self, request: ticket_pb2.GetTicketRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> ticket_pb2.GetTicketResponse:
        """One ticket, after a wait for its analysis where one is asked for."""
        workspace_id = caller_workspace(*READERS)
        ticket_id = parse_id(request.id, field="id")
        seconds = wait_seconds(request.wait_for_analysis, "wait_for_analysis", maximum=_LONGEST_WAIT_SECONDS)
        if seconds:
            await self._wait(workspace_id, ticket_id, seconds)
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            stored = _found(await tickets.read(connection, workspace_id, ticket_id), ticket_id)
            history = await tickets.history(connection, workspace_id, ticket_id)
        return ticket_pb2.GetTicketResponse(ticket=ticket_proto(stored), history=fitting(map(analysis_proto, history)))

    async def ListTickets(
        self, request: ticket_pb2.ListTicketsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> ticket_pb2.ListTicketsResponse:
        """Tickets, newest first."""
        workspace_id = caller_workspace(*READERS)
        limit = page_token.page_size(request.page_size, default=_DEFAULT_PAGE, maximum=_MAX_PAGE)
        category, status = _known("category", request.category, CATEGORIES), status_of(request.status)
        question = f"tickets\0{workspace_id}\0{category}\0{status}".encode()
        after = page_token.decode_id(request.page_token, question=question)
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            found = await tickets.list_page(
                connection, workspace_id, after=after, category=category, status=status, limit=limit + 1
            )
            waited = await tickets.analysis_time_p95(connection, workspace_id)
        shown = fitting(map(ticket_proto, found[:limit]))
        more = page_token.encode_id(found[len(shown) - 1].id, question=question) if len(found) > len(shown) else ""
        return ticket_pb2.ListTicketsResponse(
            tickets=shown,
            next_page_token=more,
            analysis_time_p95=waited_proto(waited),
        )

    async def UpdateTicket(
        self, request: ticket_pb2.UpdateTicketRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> ticket_pb2.UpdateTicketResponse:
        """Moves a ticket on."""
        workspace_id = caller_workspace(*_MOVERS)
        ticket_id, wanted = parse_id(request.id, field="id"), status_of(request.status)
        refuse(list(resolution_violations(request.resolution)))
        async with self._database.transaction(workspace_id) as connection:
            standing = await tickets.lock(connection, workspace_id, ticket_id)
            if standing is None:
                raise _not_found(ticket_id)
            if request.etag and request.etag != str(standing.version):
                raise ConflictError("Somebody else has changed the ticket.", hint="Read it again, then change it.")
            resolution = request.resolution if request.HasField("resolution") else standing.resolution
            status = wanted or standing.status
            _check_move(standing.status, status, resolution)
            await tickets.move(connection, workspace_id, ticket_id, status, resolution)
            stored = await tickets.read(connection, workspace_id, ticket_id)
        return ticket_pb2.UpdateTicketResponse(ticket=ticket_proto(_found(stored, ticket_id)))

    async def AnalyzeTicket(
        self, request: ticket_pb2.AnalyzeTicketRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> ticket_pb2.AnalyzeTicketResponse:
        """Has a ticket analysed again."""
        workspace_id = caller_workspace(*_MOVERS)
        ticket_id = parse_id(request.id, field="id")
        async with self._database.transaction(workspace_id) as connection:
            if await tickets.lock(connection, workspace_id, ticket_id) is None:
                raise _not_found(ticket_id)
            await ticket_queue.add(connection, workspace_id, ticket_id)
            stored = await tickets.read(connection, workspace_id, ticket_id)
        return ticket_pb2.AnalyzeTicketResponse(ticket=ticket_proto(_found(stored, ticket_id)))

    async def ListResolutionPatterns(
        self, request: ticket_pb2.ListResolutionPatternsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> ticket_pb2.ListResolutionPatternsResponse:
        """How tickets were settled."""
        workspace_id = caller_workspace(*READERS)
        limit = page_token.page_size(request.page_size, default=_DEFAULT_PATTERNS, maximum=_MAX_PATTERNS)
        intent = _known("intent", request.intent, INTENTS)
        question = f"resolutions\0{workspace_id}\0{intent}".encode()
        after = _pattern_place(request.page_token, question)
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            found = await tickets.patterns(connection, workspace_id, intent, after=after, limit=limit + 1)
        shown = fitting(map(pattern_proto, found[:limit]))
        last = found[len(shown) - 1] if len(found) > len(shown) else None
        more = page_token.encode((str(last.count), last.key), question=question) if last else ""
        return ticket_pb2.ListResolutionPatternsResponse(patterns=shown, next_page_token=more)

    async def _wait(self, workspace_id: str, ticket_id: UUID, seconds: float) -> None:
        async def still_waiting(ids: set[UUID]) -> set[UUID]:
            async with self._database.transaction(workspace_id, readonly=True) as connection:
                stored = await tickets.read(connection, workspace_id, ticket_id)
            pending = stored is not None and stored.analysis_state is AnalysisState.PENDING
            return ids if pending else set()

        await self._analysed.wait([ticket_id], seconds=seconds, still_waiting=still_waiting)


async def _with_messages(connection: Connection, workspace_id: str, wanted: NewTicket) -> NewTicket:
    """The ticket with what it takes from its messages: the text where it has none, and the customer."""
    if not wanted.message_ids:
        return wanted
    found = await messages.read(connection, workspace_id, list(wanted.message_ids))
    missing = next((message_id for message_id in wanted.message_ids if message_id not in found), None)
    if missing is not None:
        raise NotFoundError(
            "There is no message with this id.",
            reason=ErrorReason.MESSAGE_NOT_FOUND,
            resource=Resource(type="message", name=str(missing)),
        )
    # Stable: messages of one instant stay in the order they were named in.
    named = (found[message_id].message for message_id in dict.fromkeys(wanted.message_ids))
    in_time = sorted(named, key=lambda message: message.event_time)
    body = wanted.body if wanted.body.strip() else "\n\n".join(message.text for message in in_time)[:MAX_TEXT_LENGTH]
    return replace(wanted, body=body, user_id=wanted.user_id or in_time[0].user_id)


async def _made_before(connection: Connection, workspace_id: str, request_id: UUID, asked: bytes) -> UUID:
    found = await tickets.by_request(connection, workspace_id, request_id)
    if found is None:
        raise LookupError("a request id that conflicts is nowhere to be found")
    ticket_id, payload_hash = found
    if payload_hash != asked:
        raise AlreadyExistsError.of_request_id("another ticket")
    return ticket_id


def _check_move(before: Status, after: Status, resolution: str) -> None:
    if not may_move(before, after):
        raise FailedPreconditionError(
            f"A ticket that is {before} cannot become {after}.", reason=ErrorReason.BAD_TRANSITION
        )
    if after is Status.RESOLVED and not resolution.strip():
        raise InvalidInputError.of_field(
            "resolution", "must say how the ticket was settled", reason=ErrorReason.MISSING_FIELD
        )


def _known(field: str, name: str, names: Sequence[str]) -> str | None:
    """The name asked for; None where none was. Raises InvalidInputError (BAD_FILTER)."""
    if name and name not in names:
        raise InvalidInputError.of_field(field, f"must be one of {', '.join(names)}", reason=ErrorReason.BAD_FILTER)
    return name or None


def _pattern_place(token: str, question: bytes) -> tuple[int, str] | None:
    if not token:
        return None
    count, key = page_token.decode(token, question=question, length=2)
    if not count.isascii() or not count.isdecimal() or len(count) > 9:
        raise page_token.bad_page_token()
    return int(count), key


def _found(stored: Ticket | None, ticket_id: UUID) -> Ticket:
    if stored is None:
        raise _not_found(ticket_id)
    return stored


def _not_found(ticket_id: UUID) -> NotFoundError:
    return NotFoundError(
        "There is no ticket with this id.",
        reason=ErrorReason.TICKET_NOT_FOUND,
        resource=Resource(type="ticket", name=str(ticket_id)),
    )
