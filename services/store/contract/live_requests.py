"""Requests to watch messages, read and checked, and what is sent to those who watch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from earshot.store.v1 import message_pb2
from services.runtime.auth import Identity, Role
from services.runtime.errors import PermissionDeniedError
from services.store.contract import convert
from services.store.filters import Filters
from services.store.live.cursor import Cursor, decoded
from services.store.repositories.message_changes import Change, ChangePage, Kind
from services.store.validation import filter_violations, refuse, time_zone_violations

_PROTO_OF_KIND: Final = MappingProxyType(
    {Kind.STORED: message_pb2.CHANGE_KIND_STORED, Kind.LABELLED: message_pb2.CHANGE_KIND_LABELLED}
)
_KINDS: Final[Mapping[int, Kind]] = MappingProxyType({proto: kind for kind, proto in _PROTO_OF_KIND.items()})
_PERSONAL_FIELDS: Final = ("text", "user_id", "external_id", "conversation_id")
_MAX_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRequest:
    """A checked request. `personal`: whether the caller may see what names a customer. `cursor` None: from now on."""

    filters: Filters
    kinds: frozenset[Kind]
    cursor: Cursor | None
    personal: bool


def watch_request(proto: message_pb2.WatchMessagesRequest, caller: Identity) -> WatchRequest:
    """Reads and checks a request to watch. Raises InvalidInputError, PermissionDeniedError."""
    zone = convert.time_zone(proto.time_zone)
    filters = convert.filters(proto.filters, zone)
    refuse([*filter_violations(filters), *time_zone_violations(zone)])
    if any(kind not in _KINDS for kind in proto.kinds):
        raise convert.unknown_value("kinds")
    personal = caller.has_role(Role.AGENT, Role.ADMIN, Role.SERVICE)
    if not personal and (filters.text or filters.user_ids.values()):
        raise PermissionDeniedError(
            "Viewers may not filter by text or user.",
            hint="Leave those filters out, or ask an admin for the role agent.",
        )
    return WatchRequest(
        filters=filters,
        kinds=frozenset(_KINDS[kind] for kind in proto.kinds) or frozenset(Kind),
        cursor=decoded(proto.cursor, now=datetime.now(UTC)) if proto.cursor else None,
        personal=personal,
    )


def first_response(cursor: Cursor) -> message_pb2.WatchMessagesResponse:
    """What says where the watch begins, or that it goes on."""
    return message_pb2.WatchMessagesResponse(cursor=cursor.encoded())


def responses(page: ChangePage, asked: WatchRequest) -> Iterator[message_pb2.WatchMessagesResponse]:
    """The changes that were asked for, cut so that long texts fit; nothing where there are none."""
    response = message_pb2.WatchMessagesResponse()
    for change in page.changes:
        if change.kind not in asked.kinds:
            continue
        response.changes.append(_change(change, personal=asked.personal))
        if response.ByteSize() > _MAX_BYTES:
            response.cursor = response.changes[-1].cursor
            yield response
            response = message_pb2.WatchMessagesResponse()
    if response.changes:
        response.cursor = page.cursor.encoded()
        yield response


def _change(change: Change, *, personal: bool) -> message_pb2.MessageChange:
    message = convert.stored_message(change.message)
    if not personal:
        for field in _PERSONAL_FIELDS:
            message.ClearField(field)
    return message_pb2.MessageChange(kind=_PROTO_OF_KIND[change.kind], message=message, cursor=change.cursor.encoded())
