"""Protobuf to domain and back, for tickets and their analyses. The one place that knows both."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from google.protobuf.duration_pb2 import Duration

from earshot.store.v1 import ticket_pb2
from earshot.types.v1 import labels_pb2
from services.store.contract.convert import timestamp, unknown_value
from services.store.ticketing.ticket import Analysis, NewTicket, ResolutionPattern, Status, Ticket
from services.store.validation import parse_id

_PROTO_OF_STATUS: Final = MappingProxyType(
    {status: ticket_pb2.TicketStatus.Value(f"TICKET_STATUS_{status.name}") for status in Status}
)
_STATUSES: Final[Mapping[int, Status | None]] = MappingProxyType(
    {
        ticket_pb2.TICKET_STATUS_UNSPECIFIED: None,
        **{number: status for status, number in _PROTO_OF_STATUS.items()},
    }
)


def new_ticket(proto: ticket_pb2.CreateTicketRequest) -> NewTicket:
    """The ticket as it was asked for. Raises InvalidInputError (BAD_ID)."""
    return NewTicket(
        subject=proto.subject,
        body=proto.body,
        metadata=dict(proto.metadata),
        message_ids=tuple(
            parse_id(message_id, field=f"message_ids[{place}]") for place, message_id in enumerate(proto.message_ids)
        ),
        user_id=proto.user_id,
    )


def status_of(number: int) -> Status | None:
    """The status asked for; None where none was. Raises InvalidInputError (UNKNOWN_ENUM_VALUE)."""
    if number not in _STATUSES:
        raise unknown_value("status")
    return _STATUSES[number]


def ticket_proto(stored: Ticket) -> ticket_pb2.Ticket:
    """A ticket for the caller."""
    return ticket_pb2.Ticket(
        id=str(stored.id),
        subject=stored.ticket.subject,
        body=stored.ticket.body,
        metadata=dict(stored.ticket.metadata),
        message_ids=[str(message_id) for message_id in stored.ticket.message_ids],
        user_id=stored.ticket.user_id,
        status=_PROTO_OF_STATUS[stored.status],
        resolution=stored.resolution,
        analysis_state=ticket_pb2.AnalysisState.Value(f"ANALYSIS_STATE_{stored.analysis_state.name}"),
        analysis=None if stored.analysis is None else analysis_proto(stored.analysis),
        etag=str(stored.version),
        create_time=timestamp(stored.create_time),
        update_time=timestamp(stored.update_time),
        resolve_time=None if stored.resolve_time is None else timestamp(stored.resolve_time),
    )


def analysis_proto(analysis: Analysis) -> ticket_pb2.TicketAnalysis:
    """An analysis for the caller."""
    return ticket_pb2.TicketAnalysis(
        category=analysis.category,
        confidence=analysis.confidence,
        intents=[labels_pb2.LabelScore(label=item.label, probability=item.probability) for item in analysis.intents],
        summary=analysis.summary,
        suggested_reply=analysis.suggested_reply,
        similar=[
            ticket_pb2.SimilarTicket(
                ticket_id=str(item.ticket_id), similarity=item.similarity, resolution=item.resolution
            )
            for item in analysis.similar
        ],
        model=labels_pb2.ModelRef(name=analysis.model_name, version=analysis.model_version),
        create_time=None if analysis.create_time is None else timestamp(analysis.create_time),
    )


def pattern_proto(pattern: ResolutionPattern) -> ticket_pb2.ResolutionPattern:
    """A way to settle tickets for the caller."""
    return ticket_pb2.ResolutionPattern(
        resolution=pattern.resolution,
        count=pattern.count,
        ticket_ids=[str(ticket_id) for ticket_id in pattern.ticket_ids],
    )


def waited_proto(waited: timedelta | None) -> Duration | None:
    """A time that tickets waited; None where none did."""
    if waited is None:
        return None
    proto = Duration()
    proto.FromTimedelta(waited)
    return proto
