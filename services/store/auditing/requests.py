"""Requests about the audit log, read and checked, and answers on their way out."""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from earshot.store.v1 import audit_pb2
from services.runtime.errors import ErrorReason, InvalidInputError
from services.store.auditing.event import ActorKind, AuditEvent
from services.store.contract import convert, page_token
from services.store.repositories.audit_events import AuditQuestion
from services.store.validation import parse_id, range_violations, refuse, text_violations

DEFAULT_PAGE_SIZE: Final = 50
MAX_PAGE_SIZE: Final = 200
_MAX_ACTOR_LENGTH: Final = 256
_ACTION: Final = re.compile(r"[A-Za-z]{1,64}")
_RESOURCE_KIND: Final = re.compile(r"[a-z_]{1,64}")
_PROTO_OF_KIND: Final = {
    ActorKind.USER: audit_pb2.AUDIT_ACTOR_KIND_USER,
    ActorKind.SERVICE: audit_pb2.AUDIT_ACTOR_KIND_SERVICE,
    ActorKind.RULE: audit_pb2.AUDIT_ACTOR_KIND_RULE,
}


def list_request(proto: audit_pb2.ListAuditEventsRequest, workspace_id: str) -> AuditQuestion:
    """Reads and checks a list; its limit is one more than the page holds, to see whether there is a next one.

    Raises InvalidInputError: BAD_PAGE_SIZE, BAD_PAGE_TOKEN, BAD_FILTER, BAD_ID, BAD_RANGE.
    """
    time_range = convert.time_range(proto.range)
    refuse([*range_violations(time_range), *text_violations("actor", proto.actor, maximum=_MAX_ACTOR_LENGTH)])
    size = page_token.page_size(proto.page_size, default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE)
    return AuditQuestion(
        range=time_range,
        actor=proto.actor or None,
        action=_like("action", proto.action, _ACTION),
        resource_kind=_like("resource_kind", proto.resource_kind, _RESOURCE_KIND),
        resource_id=parse_id(proto.resource_id, field="resource_id") if proto.resource_id else None,
        after=page_token.decode_time_and_id(proto.page_token, question=_question(proto, workspace_id)),
        limit=size + 1,
    )


def list_response(
    proto: audit_pb2.ListAuditEventsRequest,
    workspace_id: str,
    found: Sequence[AuditEvent],
    names: Mapping[UUID, str],
    *,
    limit: int,
) -> audit_pb2.ListAuditEventsResponse:
    """The page, and the token of the next one where `found` goes on beyond it."""
    shown = found[: limit - 1]
    response = audit_pb2.ListAuditEventsResponse(events=[_event(event, names) for event in shown])
    if len(shown) < len(found):
        response.next_page_token = page_token.encode_time_and_id(
            shown[-1].time, shown[-1].id, question=_question(proto, workspace_id)
        )
    return response


def actor_ids(events: Sequence[AuditEvent]) -> list[UUID]:
    """The ids of accounts and rules among those who acted."""
    return list({known for event in events if (known := _id(event.actor_id)) is not None})


def _event(event: AuditEvent, names: Mapping[UUID, str]) -> audit_pb2.AuditEvent:
    known = _id(event.actor_id)
    return audit_pb2.AuditEvent(
        id=str(event.id),
        time=convert.timestamp(event.time),
        actor_kind=_PROTO_OF_KIND[event.actor_kind],
        actor_id=event.actor_id,
        actor_name="" if known is None else names.get(known, ""),
        actor_role=event.actor_role,
        action=event.action,
        resource_kind=event.resource_kind,
        resource_id="" if event.resource_id is None else str(event.resource_id),
        code=event.code,
        request_id=event.request_id,
    )


def _id(actor_id: str) -> UUID | None:
    try:
        return UUID(actor_id)
    except ValueError:
        return None


def _like(field: str, given: str, pattern: re.Pattern[str]) -> str | None:
    if given and pattern.fullmatch(given) is None:
        raise InvalidInputError.of_field(field, "is none that the audit log could have", reason=ErrorReason.BAD_FILTER)
    return given or None


def _question(proto: audit_pb2.ListAuditEventsRequest, workspace_id: str) -> bytes:
    question = audit_pb2.ListAuditEventsRequest()
    question.CopyFrom(proto)
    question.ClearField("page_size")
    question.ClearField("page_token")
    return b"audit\0" + workspace_id.encode() + b"\0" + question.SerializeToString(deterministic=True)
