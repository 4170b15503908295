"""Protobuf to domain and back, for saved queries. The one place that knows both."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from earshot.store.v1 import saved_pb2
from earshot.types.v1 import question_pb2
from services.runtime.auth import Identity
from services.runtime.errors import ErrorReason
from services.store.contract.convert import timestamp, unknown_value
from services.store.contract.convert_stats import query_from_json, query_to_json, stats_query
from services.store.saved_query import WORKSPACE, Kind, NewSavedQuery, SavedQuery, saved_violations
from services.store.validation import Violation, refuse

_PROTO_OF_KIND: Final = MappingProxyType(
    {kind: saved_pb2.SavedQueryKind.Value(f"SAVED_QUERY_KIND_{kind.name}") for kind in Kind}
)
_KINDS: Final[Mapping[int, Kind]] = MappingProxyType({number: kind for kind, number in _PROTO_OF_KIND.items()})


def new_query(proto: saved_pb2.SavedQuery, author: Identity) -> NewSavedQuery:
    """The query to keep. Raises InvalidInputError naming every field that is wrong."""
    if proto.kind not in _KINDS:
        raise unknown_value("kind")
    stats_query(proto.query, within="query.")
    new = NewSavedQuery(
        kind=_KINDS[proto.kind],
        owner_id=WORKSPACE if proto.shared else author.user_id,
        name=proto.name.strip(),
        query_json=query_to_json(proto.query),
        days=proto.days,
        first_day=proto.first_day,
        last_day=proto.last_day,
        operation=proto.operation,
        author_id=author.user_id,
        author_name=author.name or author.user_id,
    )
    refuse([*saved_violations(new), *_instant_violations(proto.query)])
    return new


def listed_kinds(number: int) -> tuple[str, ...]:
    """The kinds that a list is asked for. Raises InvalidInputError (UNKNOWN_ENUM_VALUE)."""
    if number == saved_pb2.SAVED_QUERY_KIND_UNSPECIFIED:
        return tuple(Kind)
    if number not in _KINDS:
        raise unknown_value("kind")
    return (_KINDS[number],)


def saved_query(stored: SavedQuery) -> saved_pb2.SavedQuery:
    """A query for the caller."""
    saved = stored.saved
    return saved_pb2.SavedQuery(
        id=str(stored.id),
        kind=_PROTO_OF_KIND[saved.kind],
        name=saved.name,
        shared=saved.owner_id == WORKSPACE,
        query=query_from_json(saved.query_json),
        days=saved.days,
        first_day=saved.first_day,
        last_day=saved.last_day,
        operation=saved.operation,
        author_name=saved.author_name,
        create_time=timestamp(stored.create_time),
        update_time=timestamp(stored.update_time),
    )


def _instant_violations(query: question_pb2.StatsQuery) -> list[Violation]:
    return [
        Violation(field=f"query.{field}", reason=ErrorReason.BAD_QUERY, description="cannot be saved; leave it out")
        for field in ("range", "compare_to", "as_of")
        if query.HasField(field)
    ]
