"""The part of TicketService that replies: people, rules, and what was sent."""

import hashlib
from typing import Any, Final
from uuid import UUID

import grpc

from earshot.store.v1 import reply_pb2
from services.runtime.auth import Role
from services.runtime.call_context import current_identity
from services.runtime.errors import (
    AlreadyExistsError,
    ErrorReason,
    InvalidInputError,
    NotFoundError,
    Resource,
)
from services.runtime.ids import new_id
from services.store.auditing.call_event import name_resource
from services.store.contract import page_token
from services.store.contract.convert_replies import new_rule, reply_proto, rule_proto
from services.store.contract.fitting import fitting
from services.store.pool import Connection, Database
from services.store.repositories import ticket_replies, tickets
from services.store.servicers.caller import READERS, caller_workspace
from services.store.ticketing.reply import (
    NewReply,
    ReplyAuthor,
    ReplyRule,
    TicketReply,
    reply_violations,
    rule_violations,
)
from services.store.validation import parse_id, refuse

_DEFAULT_PAGE: Final = 50
_MAX_PAGE: Final = 200


class ReplyMethods:
    """Methods as the contract describes them."""

    _database: Database

    async def SendReply(
        self, request: reply_pb2.SendReplyRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> reply_pb2.SendReplyResponse:
        """Replies as the caller."""
        workspace_id = caller_workspace(Role.AGENT, Role.ADMIN)
        ticket_id = parse_id(request.ticket_id, field="ticket_id")
        refuse(list(reply_violations(request.text)))
        request_id, asked = _request(request.request_id, request.SerializeToString(deterministic=True))
        async with self._database.transaction(workspace_id) as connection:
            text = await _words(connection, workspace_id, ticket_id, request.text)
            reply_id = UUID(new_id())
            reply = NewReply(text=text, author=ReplyAuthor.PERSON, author_id=current_identity().user_id)
            if not await ticket_replies.send(
                connection, workspace_id, reply_id, ticket_id, reply, request_id=request_id, asked=asked
            ):
                found = (
                    None
                    if request_id is None
                    else await ticket_replies.of_request(connection, workspace_id, request_id)
                )
                reply_id = _same(found, asked)
            stored = await ticket_replies.read(connection, workspace_id, reply_id)
        return reply_pb2.SendReplyResponse(reply=reply_proto(_reply(stored)))

    async def ListReplies(
        self, request: reply_pb2.ListRepliesRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> reply_pb2.ListRepliesResponse:
        """What was sent, newest first."""
        workspace_id = caller_workspace(*READERS)
        ticket_id = parse_id(request.ticket_id, field="ticket_id") if request.ticket_id else None
        limit = page_token.page_size(request.page_size, default=_DEFAULT_PAGE, maximum=_MAX_PAGE)
        question = f"replies\0{workspace_id}\0{ticket_id}".encode()
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            found = await ticket_replies.list_page(
                connection,
                workspace_id,
                ticket_id=ticket_id,
                after=page_token.decode_id(request.page_token, question=question),
                limit=limit + 1,
            )
        shown = fitting(map(reply_proto, found[:limit]))
        return reply_pb2.ListRepliesResponse(
            replies=shown, next_page_token=_next([reply.id for reply in found], len(shown), question)
        )

    async def CreateReplyRule(
        self, request: reply_pb2.CreateReplyRuleRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> reply_pb2.CreateReplyRuleResponse:
        """Makes a rule."""
        workspace_id = caller_workspace(Role.ADMIN)
        wanted = new_rule(request.rule)
        refuse(list(rule_violations(wanted)))
        request_id, asked = _request(request.request_id, request.SerializeToString(deterministic=True))
        rule_id = UUID(new_id())
        async with self._database.transaction(workspace_id) as connection:
            if not await ticket_replies.insert_rule(
                connection, workspace_id, rule_id, wanted, request_id=request_id, asked=asked
            ):
                found = None
                if request_id is not None:
                    found = await ticket_replies.rule_of_request(connection, workspace_id, request_id)
                rule_id = _same(found, asked)
            name_resource(rule_id)
            stored = await ticket_replies.read_rule(connection, workspace_id, rule_id)
        return reply_pb2.CreateReplyRuleResponse(rule=rule_proto(_rule(stored, rule_id)))

    async def ListReplyRules(
        self, request: reply_pb2.ListReplyRulesRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> reply_pb2.ListReplyRulesResponse:
        """The rules, oldest first."""
        workspace_id = caller_workspace(*READERS)
        limit = page_token.page_size(request.page_size, default=_DEFAULT_PAGE, maximum=_MAX_PAGE)
        question = f"reply_rules\0{workspace_id}".encode()
        after = page_token.decode_id(request.page_token, question=question)
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            found = await ticket_replies.rules_page(connection, workspace_id, after=after, limit=limit + 1)
        shown = fitting(map(rule_proto, found[:limit]))
        return reply_pb2.ListReplyRulesResponse(
            rules=shown, next_page_token=_next([rule.id for rule in found], len(shown), question)
        )

    async def UpdateReplyRule(
        self, request: reply_pb2.UpdateReplyRuleRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> reply_pb2.UpdateReplyRuleResponse:
        """Changes a rule as a whole."""
        workspace_id = caller_workspace(Role.ADMIN)
        rule_id, wanted = parse_id(request.rule.id, field="rule.id"), new_rule(request.rule)
        refuse(list(rule_violations(wanted)))
        async with self._database.transaction(workspace_id) as connection:
            await ticket_replies.replace_rule(connection, workspace_id, rule_id, wanted)
            stored = await ticket_replies.read_rule(connection, workspace_id, rule_id)
        return reply_pb2.UpdateReplyRuleResponse(rule=rule_proto(_rule(stored, rule_id)))

    async def DeleteReplyRule(
        self, request: reply_pb2.DeleteReplyRuleRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> reply_pb2.DeleteReplyRuleResponse:
        """Takes a rule away."""
        workspace_id = caller_workspace(Role.ADMIN)
        rule_id = parse_id(request.id, field="id")
        async with self._database.transaction(workspace_id) as connection:
            if not await ticket_replies.delete_rule(connection, workspace_id, rule_id):
                raise _no_rule(rule_id)
        return reply_pb2.DeleteReplyRuleResponse()


async def _words(connection: Connection, workspace_id: str, ticket_id: UUID, text: str) -> str:
    """What is sent: the words given, else those suggested. Locks nothing: a reply changes no ticket."""
    ticket = await tickets.read(connection, workspace_id, ticket_id)
    if ticket is None:
        raise NotFoundError(
            "There is no ticket with this id.",
            reason=ErrorReason.TICKET_NOT_FOUND,
            resource=Resource(type="ticket", name=str(ticket_id)),
        )
    suggested = "" if ticket.analysis is None else ticket.analysis.suggested_reply
    words = text if text.strip() else suggested
    if not words.strip():
        raise InvalidInputError.of_field(
            "text", "must be given: nothing is suggested for this ticket", reason=ErrorReason.EMPTY_TEXT
        )
    return words


def _request(request_id: str, payload: bytes) -> tuple[UUID | None, bytes]:
    return (parse_id(request_id, field="request_id") if request_id else None), hashlib.sha256(payload).digest()


def _same(found: tuple[UUID, bytes] | None, asked: bytes) -> UUID:
    """The id of what the same request made before. Raises AlreadyExistsError where it asked for something else."""
    if found is None:
        raise LookupError("a request id that conflicts is nowhere to be found")
    made, payload_hash = found
    if payload_hash != asked:
        raise AlreadyExistsError.of_request_id("something else")
    return made


def _next(ids: list[UUID], shown: int, question: bytes) -> str:
    return page_token.encode_id(ids[shown - 1], question=question) if len(ids) > shown else ""


def _reply(stored: TicketReply | None) -> TicketReply:
    if stored is None:
        raise LookupError("a reply that was just sent is nowhere to be found")
    return stored


def _rule(stored: ReplyRule | None, rule_id: UUID) -> ReplyRule:
    if stored is None:
        raise _no_rule(rule_id)
    return stored


def _no_rule(rule_id: UUID) -> NotFoundError:
    return NotFoundError(
        "There is no reply rule with this id.", resource=Resource(type="reply_rule", name=str(rule_id))
    )
