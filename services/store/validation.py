"""The rules of the store's fields. Pure: values in, violations out, every one of them, nothing raised on the way.

A field's limits are those its comment in `protos/earshot/store/v1` states.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Final, NoReturn
from uuid import UUID

from services.runtime.errors import ErrorReason, FieldViolation, InvalidInputError
from services.runtime.labels import CATEGORIES, INTENTS, SENTIMENTS
from services.store.filters import Filters, TimeRange, ValueFilter
from services.store.local_time import is_time_zone
from services.store.message import ABSENT_TIME, MessageColumns, NewMessage

MAX_TEXT_LENGTH: Final = 20_000
MAX_EXTERNAL_ID_LENGTH: Final = 512
MAX_USER_ID_LENGTH: Final = 256
MAX_CONVERSATION_ID_LENGTH: Final = 256
MAX_FILTER_VALUES: Final = 100
MAX_FILTER_TEXT_LENGTH: Final = 1_000
MAX_ROW_NUMBER: Final = 2**63 - 1
MAX_TIME_AHEAD: Final = timedelta(days=1)

FIRST_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
END_OF_TIME: Final = datetime(9999, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_HOURS: Final = frozenset(range(24))
_WEEKDAYS: Final = frozenset(range(1, 8))
_SOURCE: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One field that breaks its rule, and what the rule is."""

    field: str
    reason: ErrorReason
    description: str


def refuse(violations: Sequence[Violation]) -> None:
    """Raises InvalidInputError naming every violation; does nothing when there is none."""
    if violations:
        _refuse(violations)


def _refuse(violations: Sequence[Violation]) -> NoReturn:
    reasons = {violation.reason for violation in violations}
    first = violations[0]
    more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
    raise InvalidInputError(
        f"{first.field}: {first.description}{more}",
        reason=first.reason if len(reasons) == 1 else ErrorReason.INVALID_ARGUMENT,
        violations=tuple(FieldViolation(field=item.field, description=item.description) for item in violations),
    )


def message_violations(message: NewMessage, *, now: datetime, prefix: str = "") -> tuple[Violation, ...]:
    """Every rule a message breaks; `prefix` stands before the field names, for example `messages[3].`."""
    return tuple(
        Violation(field=prefix + violation.field, reason=violation.reason, description=violation.description)
        for violation in _message_violations(message, now)
    )


def are_all_valid(messages: MessageColumns, now: datetime) -> bool:
    """Whether no message breaks a rule: column by column, many times faster than asking for the violations of each.

    A property test holds that both say the same.
    """
    words = (messages.external_ids, messages.user_ids, messages.conversation_ids, messages.texts)
    joined = "".join(chain.from_iterable(words))
    return (
        all(_SOURCE.fullmatch(source) for source in set(messages.sources))
        and all(messages.user_ids)
        and all(messages.texts)
        and not any(map(str.isspace, messages.texts))
        and max(map(len, messages.external_ids)) <= MAX_EXTERNAL_ID_LENGTH
        and max(map(len, messages.user_ids)) <= MAX_USER_ID_LENGTH
        and max(map(len, messages.conversation_ids)) <= MAX_CONVERSATION_ID_LENGTH
        and max(map(len, messages.texts)) <= MAX_TEXT_LENGTH
        and "\x00" not in joined
        and _is_unicode(joined)
        and min(messages.event_times) >= 0
        and max(messages.event_times) <= _microseconds(min(END_OF_TIME - _MICROSECOND, now + MAX_TIME_AHEAD))
        and None not in messages.authors
    )


def _microseconds(time: datetime) -> int:
    return (time - FIRST_TIME) // _MICROSECOND


def _message_violations(message: NewMessage, now: datetime) -> Iterator[Violation]:
    if _SOURCE.fullmatch(message.source) is None:
        yield Violation(
            field="source",
            reason=ErrorReason.INVALID_ARGUMENT if message.source else ErrorReason.MISSING_FIELD,
            description='must be 1 to 64 characters of a-z, 0-9, "_", "-", starting with a letter',
        )
    if not message.user_id:
        yield Violation(field="user_id", reason=ErrorReason.MISSING_FIELD, description="must not be empty")
    if not message.text or message.text.isspace():
        yield Violation(field="text", reason=ErrorReason.EMPTY_TEXT, description="must not be empty or blank")
    yield from text_violations("external_id", message.external_id, maximum=MAX_EXTERNAL_ID_LENGTH)
    yield from text_violations("user_id", message.user_id, maximum=MAX_USER_ID_LENGTH)
    yield from text_violations("text", message.text, maximum=MAX_TEXT_LENGTH)
    yield from text_violations("conversation_id", message.conversation_id, maximum=MAX_CONVERSATION_ID_LENGTH)
    yield from _event_time_violations(message.event_time, now)
    if message.author is None:
        yield Violation(
            field="author", reason=ErrorReason.UNKNOWN_ENUM_VALUE, description="must be a known author, or unspecified"
        )


def _event_time_violations(event_time: datetime, now: datetime) -> Iterator[Violation]:
    if event_time is ABSENT_TIME:
        yield Violation(field="event_time", reason=ErrorReason.MISSING_FIELD, description="must be given")
    elif not FIRST_TIME <= event_time < END_OF_TIME:
        yield Violation(
            field="event_time", reason=ErrorReason.BAD_TIMESTAMP, description="must lie in the years 1970 to 9998"
        )
    elif event_time - now > MAX_TIME_AHEAD:
        yield Violation(
            field="event_time",
            reason=ErrorReason.BAD_TIMESTAMP,
            description="must not be more than a day in the future",
        )


def text_violations(field: str, text: str, *, maximum: int) -> Iterator[Violation]:
    """What Postgres cannot keep exactly, and what is too long."""
    if len(text) > maximum:
        yield Violation(
            field=field, reason=ErrorReason.TEXT_TOO_LONG, description=f"must be at most {maximum:,} characters"
        )
    if "\x00" in text:
        yield Violation(
            field=field, reason=ErrorReason.INVALID_ARGUMENT, description="must not hold a NUL character (U+0000)"
        )
    if not _is_unicode(text):
        yield Violation(
            field=field,
            reason=ErrorReason.INVALID_ARGUMENT,
            description="must be valid Unicode, without lone surrogates",
        )


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def row_number_violations(number: int) -> tuple[Violation, ...]:
    """The rule of an import row's number."""
    if 1 <= number <= MAX_ROW_NUMBER:
        return ()
    return (Violation(field="number", reason=ErrorReason.INVALID_ARGUMENT, description="must be from 1 to 2^63 - 1"),)


def parse_id(text: str, *, field: str) -> UUID:
    """A UUID in its canonical form. Raises InvalidInputError (BAD_ID)."""
    if _UUID.fullmatch(text) is None:
        raise InvalidInputError.of_field(
            field, "must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057", reason=ErrorReason.BAD_ID
        )
    return UUID(text)


def filter_violations(filters: Filters, *, prefix: str = "filters") -> tuple[Violation, ...]:
    """Every rule that filters break. Known label names are those of services/runtime/labels.py."""
    return tuple(_filter_violations(filters, prefix))


def _filter_violations(filters: Filters, prefix: str) -> Iterator[Violation]:
    closed: tuple[tuple[str, ValueFilter, tuple[str, ...]], ...] = (
        ("categories", filters.categories, CATEGORIES),
        ("intents", filters.intents, INTENTS),
        ("sentiments", filters.sentiments, SENTIMENTS),
    )
    for name, value_filter, known in closed:
        yield from _unknown_values(f"{prefix}.{name}", value_filter, known)
    named = (*closed, *((name, value_filter, ()) for name, value_filter in _open_filters(filters)))
    for name, value_filter, _ in named:
        yield from _value_violations(f"{prefix}.{name}", value_filter.values())
    if any(_UUID.fullmatch(value) is None for value in filters.custom_categories.values()):
        yield _bad_filter(f"{prefix}.custom_categories", "must be ids, as ListCategories shows them")
    yield from _local_time_violations(filters, prefix)
    if filters.min_confidence is not None and not 0 <= filters.min_confidence <= 1:
        yield _bad_filter(f"{prefix}.min_confidence", "must be a number from 0 to 1")
    for violation in text_violations(f"{prefix}.text", filters.text, maximum=MAX_FILTER_TEXT_LENGTH):
        yield _bad_filter(violation.field, violation.description)


def _local_time_violations(filters: Filters, prefix: str) -> Iterator[Violation]:
    if not set(filters.hours) <= _HOURS or len(set(filters.hours)) < len(filters.hours):
        yield _bad_filter(f"{prefix}.hours", "must be whole hours from 0 to 23, each once")
    if not set(filters.weekdays) <= _WEEKDAYS:
        yield Violation(
            field=f"{prefix}.weekdays",
            reason=ErrorReason.UNKNOWN_ENUM_VALUE,
            description="must be days this service knows",
        )
    elif len(set(filters.weekdays)) < len(filters.weekdays):
        yield _bad_filter(f"{prefix}.weekdays", "must name each day once")


def _open_filters(filters: Filters) -> tuple[tuple[str, ValueFilter], ...]:
    return (
        ("sources", filters.sources),
        ("languages", filters.languages),
        ("user_ids", filters.user_ids),
        ("custom_categories", filters.custom_categories),
    )


def _unknown_values(field: str, value_filter: ValueFilter, known: Sequence[str]) -> Iterator[Violation]:
    unknown = sorted({value for value in value_filter.values() if value not in known})
    if unknown:
        names = ", ".join(repr(value[:64]) for value in unknown[:5])
        yield _bad_filter(field, f"does not know {names}; known are {', '.join(known)}")


def _value_violations(field: str, values: Iterable[str]) -> Iterator[Violation]:
    given = tuple(values)
    if len(given) > MAX_FILTER_VALUES:
        yield _bad_filter(field, f"must hold at most {MAX_FILTER_VALUES} values")
    for value in given:
        for violation in text_violations(field, value, maximum=MAX_USER_ID_LENGTH):
            yield _bad_filter(field, f"each value {violation.description}")
            return


def _bad_filter(field: str, description: str) -> Violation:
    return Violation(field=field, reason=ErrorReason.BAD_FILTER, description=description)


def time_zone_violations(name: str) -> tuple[Violation, ...]:
    """The rule of a field `time_zone`, its default filled in."""
    if is_time_zone(name):
        return ()
    return (
        Violation(
            field="time_zone",
            reason=ErrorReason.BAD_TIME_ZONE,
            description='must be an IANA time zone such as "Europe/Ljubljana"',
        ),
    )


def instant_violations(instant: datetime | None, *, field: str = "as_of") -> tuple[Violation, ...]:
    """The rule of an instant of knowledge: none, or one from 1970 to 9998."""
    if instant is None or FIRST_TIME <= instant < END_OF_TIME:
        return ()
    return (_out_of_time(field),)


def _out_of_time(field: str) -> Violation:
    return Violation(field=field, reason=ErrorReason.BAD_RANGE, description="must be a time in the years 1970 to 9998")


def range_violations(time_range: TimeRange, *, field: str = "range") -> tuple[Violation, ...]:
    """Every rule that a range breaks: sides from 1970 to 9998, start not after end."""
    violations = [
        _out_of_time(f"{field}.{side}")
        for side, instant in (("start", time_range.start), ("end", time_range.end))
        if instant is not None and not FIRST_TIME <= instant <= END_OF_TIME
    ]
    if not violations and time_range.start and time_range.end and time_range.start > time_range.end:
        violations.append(
            Violation(field=field, reason=ErrorReason.BAD_RANGE, description="must not start after its end")
        )
    return tuple(violations)
