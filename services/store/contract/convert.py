"""Protobuf to domain and back, for messages, label sets, filters and ranges. The one place that knows both."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from earshot.store.v1 import message_pb2
from earshot.types.v1 import labels_pb2, question_pb2
from services.runtime.errors import ErrorReason, InvalidInputError
from services.runtime.labels import CATEGORY_OF_INTENT, roll_up_scored
from services.store.durability import Acknowledgement
from services.store.filters import Filters, TimeRange, ValueFilter
from services.store.ingesting.ingest import IngestOutcome
from services.store.local_time import DEFAULT_TIME_ZONE
from services.store.message import (
    ABSENT_TIME,
    IMPOSSIBLE_TIME,
    Author,
    LabelAuthor,
    LabelScore,
    LabelSet,
    LabelStatus,
    MessageColumns,
    NewMessage,
    StoredMessage,
)
from services.store.validation import Violation

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# Seconds that a datetime can hold: 0001-01-01 to 9999-12-31.
_FIRST_SECOND: Final = -62_135_596_800
_LAST_SECOND: Final = 253_402_300_799
_NANOS: Final = 1_000_000_000

_AUTHOR_OF_PROTO: Final[dict[int, Author]] = {
    message_pb2.AUTHOR_UNSPECIFIED: Author.CUSTOMER,
    message_pb2.AUTHOR_CUSTOMER: Author.CUSTOMER,
    message_pb2.AUTHOR_AGENT: Author.AGENT,
}
_PROTO_OF_AUTHOR: Final = {Author.CUSTOMER: message_pb2.AUTHOR_CUSTOMER, Author.AGENT: message_pb2.AUTHOR_AGENT}

_LISTED_AUTHORS: Final[dict[int, Author]] = {proto: author for author, proto in _PROTO_OF_AUTHOR.items()}

_PROTO_OF_STATUS: Final = {
    LabelStatus.PENDING: message_pb2.LABEL_STATUS_PENDING,
    LabelStatus.LABELLED: message_pb2.LABEL_STATUS_LABELLED,
    LabelStatus.FAILED: message_pb2.LABEL_STATUS_FAILED,
}
_STATUS_OF_PROTO: Final[dict[int, LabelStatus]] = {proto: status for status, proto in _PROTO_OF_STATUS.items()}

_PROTO_OF_ACKNOWLEDGEMENT: Final = {
    Acknowledgement.DURABLE: message_pb2.ACKNOWLEDGEMENT_DURABLE,
    Acknowledgement.ACCEPTED: message_pb2.ACKNOWLEDGEMENT_ACCEPTED,
}

_PROTO_OF_LABEL_AUTHOR: Final = {
    LabelAuthor.MODEL: message_pb2.LABEL_AUTHOR_MODEL,
    LabelAuthor.HUMAN: message_pb2.LABEL_AUTHOR_HUMAN,
}

_NEWEST_FIRST: Final[dict[int, bool]] = {
    message_pb2.MESSAGE_ORDER_UNSPECIFIED: True,
    message_pb2.MESSAGE_ORDER_NEWEST_FIRST: True,
    message_pb2.MESSAGE_ORDER_OLDEST_FIRST: False,
}


def new_message(proto: message_pb2.NewMessage) -> NewMessage:
    """A message as it came; what is wrong with it stays visible."""
    return NewMessage(
        external_id=proto.external_id,
        source=proto.source,
        user_id=proto.user_id,
        event_time=instant(proto.event_time) if proto.HasField("event_time") else ABSENT_TIME,
        text=proto.text,
        conversation_id=proto.conversation_id,
        author=_AUTHOR_OF_PROTO.get(proto.author),
    )


def message_columns(protos: Sequence[message_pb2.NewMessage]) -> MessageColumns:
    """Messages as they came, at least one; that something is wrong with one stays visible."""
    return MessageColumns(
        external_ids=[proto.external_id for proto in protos],
        sources=[proto.source for proto in protos],
        user_ids=[proto.user_id for proto in protos],
        event_times=_event_times(protos),
        texts=[proto.text for proto in protos],
        conversation_ids=[proto.conversation_id for proto in protos],
        authors=[_AUTHOR_OF_PROTO.get(proto.author) for proto in protos],
    )


def _event_times(protos: Sequence[message_pb2.NewMessage]) -> list[int]:
    """Microseconds since 1970; -1 for times that were not given or that no calendar has."""
    seconds = [proto.event_time.seconds for proto in protos]
    nanos = [proto.event_time.nanos for proto in protos]
    times = [second * 1_000_000 + nano // 1000 for second, nano in zip(seconds, nanos, strict=True)]
    if min(seconds) > 0 and min(nanos) >= 0 and max(nanos) < _NANOS:
        return times
    return [
        time if proto.HasField("event_time") and 0 <= proto.event_time.nanos < _NANOS else -1
        for time, proto in zip(times, protos, strict=True)
    ]


def instant(proto: Timestamp) -> datetime:
    """The time in UTC, cut to microseconds; IMPOSSIBLE_TIME for one that no calendar has."""
    seconds, nanos = proto.seconds, proto.nanos
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND or not 0 <= nanos < _NANOS:
        return IMPOSSIBLE_TIME
    return _EPOCH + timedelta(0, seconds, nanos // 1000)


def timestamp(time: datetime) -> Timestamp:
    """The time with its microseconds, exactly."""
    seconds, microseconds = divmod((time - _EPOCH) // _MICROSECOND, 1_000_000)
    return Timestamp(seconds=seconds, nanos=microseconds * 1000)


def wait_seconds(proto: Duration, field: str, *, maximum: float) -> float:
    """Seconds of a wait, at most `maximum`. Raises InvalidInputError for a negative or malformed one."""
    seconds = proto.seconds + proto.nanos / _NANOS
    if seconds < 0 or abs(proto.nanos) >= _NANOS:
        raise InvalidInputError.of_field(field, f"must be a duration from 0 s to {maximum:g} s")
    return min(seconds, maximum)


def stored_message(stored: StoredMessage) -> message_pb2.Message:
    """A stored message for the caller."""
    message = stored.message
    return message_pb2.Message(
        id=str(stored.id),
        external_id=message.external_id,
        source=message.source,
        user_id=message.user_id,
        event_time=timestamp(message.event_time),
        text=message.text,
        conversation_id=message.conversation_id,
        author=_PROTO_OF_AUTHOR[message.author or Author.CUSTOMER],
        create_time=timestamp(stored.create_time),
        status=_PROTO_OF_STATUS[stored.status],
        labels=None
        if stored.labels is None or stored.labels_valid_from is None
        else label_set(stored.labels, stored.labels_valid_from),
        custom_categories=[
            message_pb2.CustomCategoryMatch(id=str(match.category_id), name=match.name, probability=match.probability)
            for match in stored.custom_categories
        ],
    )


def label_set(labels: LabelSet, valid_from: datetime) -> message_pb2.Labels:
    """A label set in force."""
    known = [(score.label, score.probability) for score in labels.intents if score.label in CATEGORY_OF_INTENT]
    return message_pb2.Labels(
        intents=[_score(score) for score in labels.intents],
        categories=[labels_pb2.LabelScore(label=name, probability=value) for name, value in roll_up_scored(known)],
        sentiment=_score(labels.sentiment) if labels.sentiment.label else None,
        language=labels.language,
        abstained=labels.abstained,
        model=model_ref(labels.model_name, labels.model_version),
        valid_from=timestamp(valid_from),
        author=_PROTO_OF_LABEL_AUTHOR[labels.author],
        unsupported_language=labels.unsupported_language,
    )


def model_ref(name: str, version: str) -> labels_pb2.ModelRef | None:
    """The model; None where no model had a word."""
    return labels_pb2.ModelRef(name=name, version=version) if name else None


def _score(score: LabelScore) -> labels_pb2.LabelScore:
    return labels_pb2.LabelScore(label=score.label, probability=score.probability)


def ingest_response(outcome: IngestOutcome) -> message_pb2.IngestMessagesResponse:
    """The answer of IngestMessages."""
    return message_pb2.IngestMessagesResponse(
        messages=[stored_message(message) for message in outcome.messages],
        created=outcome.created,
        existing=outcome.existing,
        acknowledgement=_PROTO_OF_ACKNOWLEDGEMENT[outcome.acknowledgement],
    )


def row_errors(number: int, violations: Sequence[Violation]) -> list[message_pb2.RowError]:
    """What is wrong with one row of an import."""
    return [
        message_pb2.RowError(
            number=number,
            field=violation.field,
            reason=violation.reason,
            message=f"{violation.field} {violation.description}.",
        )
        for violation in violations
    ]


def filters(proto: question_pb2.Filters, zone: str) -> Filters:
    """The filters as values, not yet validated. `zone`: the time zone of the request, its default filled in."""
    return Filters(
        categories=_value_filter(proto.categories),
        intents=_value_filter(proto.intents),
        sources=_value_filter(proto.sources),
        sentiments=_value_filter(proto.sentiments),
        languages=_value_filter(proto.languages),
        user_ids=_value_filter(proto.user_ids),
        custom_categories=_ids_filter(proto.custom_categories),
        min_confidence=proto.min_confidence if proto.HasField("min_confidence") else None,
        text=proto.text,
        hours=tuple(proto.hours),
        weekdays=tuple(proto.weekdays),
        time_zone=zone if proto.hours or proto.weekdays else DEFAULT_TIME_ZONE,
    )


def time_zone(given: str) -> str:
    """The zone named, or the default; not yet validated."""
    return given or DEFAULT_TIME_ZONE


def _value_filter(proto: question_pb2.ValueFilter) -> ValueFilter:
    return ValueFilter(any_of=tuple(proto.any_of), none_of=tuple(proto.none_of), all_of=tuple(proto.all_of))


def _ids_filter(proto: question_pb2.ValueFilter) -> ValueFilter:
    """Ids as Postgres writes them, so that they are found again as keys and in the canonical question."""
    return ValueFilter(
        any_of=tuple(map(str.lower, proto.any_of)),
        none_of=tuple(map(str.lower, proto.none_of)),
        all_of=tuple(map(str.lower, proto.all_of)),
    )


def time_range(proto: question_pb2.TimeRange) -> TimeRange:
    """The range as instants, not yet validated."""
    return TimeRange(
        start=instant(proto.start) if proto.HasField("start") else None,
        end=instant(proto.end) if proto.HasField("end") else None,
    )


def range_proto(given: TimeRange) -> question_pb2.TimeRange:
    """A range on its way out; a side that is open is absent."""
    return question_pb2.TimeRange(
        start=None if given.start is None else timestamp(given.start),
        end=None if given.end is None else timestamp(given.end),
    )


def newest_first(order: int) -> bool:
    """The direction of a list. Raises InvalidInputError (UNKNOWN_ENUM_VALUE)."""
    direction = _NEWEST_FIRST.get(order)
    if direction is None:
        raise unknown_value("order")
    return direction


def label_status(status: int) -> LabelStatus | None:
    """The status asked for; None for any. Raises InvalidInputError (UNKNOWN_ENUM_VALUE)."""
    if status == message_pb2.LABEL_STATUS_UNSPECIFIED:
        return None
    if status not in _STATUS_OF_PROTO:
        raise unknown_value("status")
    return _STATUS_OF_PROTO[status]


def authors(given: Sequence[int]) -> frozenset[Author]:
    """Those whose messages are asked for; none for anybody's. Raises InvalidInputError (UNKNOWN_ENUM_VALUE)."""
    if any(author not in _LISTED_AUTHORS for author in given):
        raise unknown_value("authors")
    return frozenset(_LISTED_AUTHORS[author] for author in given)


def unknown_value(field: str) -> InvalidInputError:
    """The error for the number of an enum value that is not known here."""
    return InvalidInputError.of_field(
        field, "must be a value this service knows", reason=ErrorReason.UNKNOWN_ENUM_VALUE
    )
