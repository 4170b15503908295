"""From a record of a file to a message, by column options. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from earshot_client.earshot.store.v1 import Author, NewMessage
from gateway.shapes.fields import MAX_YEAR, MIN_YEAR

MILLISECONDS_FROM: Final = 100_000_000_000
"""Epoch numbers from here on are milliseconds: as seconds they would lie after the year 5138."""
SECONDS_FROM: Final = 100_000_000
"""Smaller numbers are refused: as seconds they lie before March 1973, and mean something else, such as Excel's days."""
_DIGITS_OF_A_DAY: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column holds what; an empty name means the file has no such column."""

    text: str = "text"
    user: str = ""
    timestamp: str = ""
    source: str = ""
    external_id: str = ""
    conversation: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What rows get that have no column for it."""

    source: str
    user_id: str
    timestamp: datetime
    zone: ZoneInfo
    timestamp_format: str = ""


class RowProblemError(ValueError):
    """One row cannot become a message; `field` is the message's field at fault."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


EXPORT_COLUMNS: Final = Columns(
    text="text",
    user="user_id",
    timestamp="timestamp",
    source="source",
    external_id="external_id",
    conversation="conversation_id",
    author="author",
)
"""The columns of our own export."""

_EXPORTED_ID: Final = "id"


def exported_id(fields: Mapping[str, object], columns: Columns) -> str:
    """Id that a record of our own export had as a message; empty where it has none, or the file is another."""
    value = fields.get(_EXPORTED_ID) if columns is EXPORT_COLUMNS else None
    return value if isinstance(value, str) else ""


_NEUTRALISED: Final = re.compile(r"'+[=+\-@\t\r\n]")


def restored(fields: dict[str, object]) -> dict[str, object]:
    """A record of our own CSV export as it was: one quote taken off what was kept from running as a formula."""
    return {
        name: value[1:] if isinstance(value, str) and _NEUTRALISED.match(value) else value
        for name, value in fields.items()
    }


def named_columns(columns: Columns) -> list[str]:
    """The columns that a file must have."""
    return [name for field in Columns.__dataclass_fields__ if (name := getattr(columns, field))]


def missing_columns(columns: Columns, names: Mapping[str, object]) -> list[str]:
    """Columns asked for that a record does not have."""
    return [name for name in named_columns(columns) if name not in names]


def to_message(fields: Mapping[str, object], columns: Columns, defaults: Defaults) -> NewMessage:
    """The message of one record. Raises RowProblemError for what only the file's reader can judge.

    Lengths and characters are judged by the store, which knows the limits.
    """
    return NewMessage(
        external_id=_string(fields, columns.external_id),
        source=_string(fields, columns.source) or defaults.source,
        user_id=_string(fields, columns.user) or defaults.user_id,
        event_time=_timestamp(fields, columns, defaults),
        text=_string(fields, columns.text),
        conversation_id=_string(fields, columns.conversation),
        author=_author(_string(fields, columns.author)),
    )


def names_user(fields: Mapping[str, object], columns: Columns) -> bool:
    """Whether a record says who wrote it."""
    return bool(_string(fields, columns.user))


def _string(fields: Mapping[str, object], column: str) -> str:
    if not column:
        return ""
    value = fields.get(column)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise RowProblemError(column, f"{column} must be text")
    return str(value)


def _author(value: str) -> Author:
    if value.lower() in {"", "customer", "user", "client"}:
        return Author.CUSTOMER
    if value.lower() in {"agent", "operator", "support"}:
        return Author.AGENT
    raise RowProblemError("author", f'author must be customer or agent, not "{value[:40]}"')


def _timestamp(fields: Mapping[str, object], columns: Columns, defaults: Defaults) -> datetime:
    value = _string(fields, columns.timestamp).strip()
    if not columns.timestamp:
        return defaults.timestamp
    if not value:
        raise RowProblemError("timestamp", f"{columns.timestamp} is empty")
    moment = _parse(value, defaults)
    if not MIN_YEAR <= moment.year <= MAX_YEAR:
        raise RowProblemError("timestamp", f"{value[:40]} lies outside the years {MIN_YEAR} to {MAX_YEAR}")
    return moment


def _parse(value: str, defaults: Defaults) -> datetime:
    """ISO 8601, epoch seconds or milliseconds, or the format given; without an offset in the import's zone.

    Eight digits are a day, as in 20260301.
    """
    try:
        if defaults.timestamp_format:
            moment = datetime.strptime(value, defaults.timestamp_format)  # noqa: DTZ007  # zone follows below
        elif value.replace(".", "", 1).isdigit() and not (value.isdigit() and len(value) == _DIGITS_OF_A_DAY):
            moment = _of_epoch(float(value))
        else:
            moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=defaults.zone)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        wanted = defaults.timestamp_format or (
            "2026-03-01T09:30:00Z, 2026-03-01 09:30 or seconds since 1970; "
            "others need a timestamp format such as %d.%m.%Y %H:%M"
        )
        raise RowProblemError("timestamp", f'"{value[:40]}" is not a time such as {wanted}') from None


def _of_epoch(number: float) -> datetime:
    """Raises ValueError for what is too small to be seconds since 1970."""
    if number < SECONDS_FROM:
        raise ValueError("too small")
    return datetime.fromtimestamp(number / 1000 if number >= MILLISECONDS_FROM else number, UTC)
