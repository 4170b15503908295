"""A place in the log of changes. Pure.

A place is a Postgres snapshot: everything whose transaction it shows was seen. Unlike a time or a number taken from a
sequence, it misses nothing when transactions end in another order than they began, and it has to wait for none of them.
In the middle of a page it is two snapshots, the last seen change between them named by its row and position.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from services.runtime.errors import ErrorReason, InvalidInputError

RETENTION: Final = timedelta(days=7)
"""How long changes are kept, and so how long a cursor is of use."""

_MAX_LENGTH: Final = 8_192
_MAX_NUMBER: Final = 2**63 - 1
_SNAPSHOT: Final = re.compile(r"(\d{1,19}):(\d{1,19}):((?:\d{1,19}(?:,\d{1,19})*)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Everything that `seen` shows was seen; if `until` is given, also what it shows up to a change between the two.

    `row` and `place`: that change, the id of its row in the log and its position there. `time`: when the place was it.
    """

    seen: str
    until: str = ""
    row: int = 0
    place: int = 0
    time: datetime

    def encoded(self) -> str:
        """The cursor as the caller gets it."""
        fields = [self.seen, int(self.time.timestamp()), *((self.until, self.row, self.place) if self.until else ())]
        return base64.urlsafe_b64encode(json.dumps(fields, separators=(",", ":")).encode()).decode().rstrip("=")


def decoded(text: str, *, now: datetime) -> Cursor:
    """The place that `Cursor.encoded` named. Raises InvalidInputError: BAD_CURSOR, CURSOR_EXPIRED."""
    cursor = _parsed(text)
    if now - cursor.time > RETENTION:
        raise InvalidInputError.of_field(
            "cursor",
            "is older than the changes that are kept",
            reason=ErrorReason.CURSOR_EXPIRED,
            hint="List the messages of the time that was missed, and watch again without a cursor.",
        )
    return cursor


def bad_cursor() -> InvalidInputError:
    """The error for every cursor that does not fit."""
    return InvalidInputError.of_field(
        "cursor",
        "is not the cursor of a response of WatchMessages",
        reason=ErrorReason.BAD_CURSOR,
        hint="Watch again without a cursor.",
    )


def _parsed(text: str) -> Cursor:
    if len(text) > _MAX_LENGTH:
        raise bad_cursor()
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        fields = json.loads(raw)
    except (ValueError, binascii.Error, RecursionError) as error:
        raise bad_cursor() from error
    match fields:
        case [str(seen), int(seconds)] if _is_snapshot(seen):
            return Cursor(seen=seen, time=_time(seconds))
        case [str(seen), int(seconds), str(until), int(row), int(place)] if (
            _is_snapshot(seen) and _is_snapshot(until) and 0 <= row <= _MAX_NUMBER and 0 <= place <= _MAX_NUMBER
        ):
            return Cursor(seen=seen, until=until, row=row, place=place, time=_time(seconds))
        case _:
            raise bad_cursor()


def _time(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise bad_cursor() from error


def _is_snapshot(text: str) -> bool:
    """Whether Postgres reads the text as a snapshot: xmin:xmax:xip,…, the last ones ascending between the two."""
    found = _SNAPSHOT.fullmatch(text)
    if found is None:
        return False
    low, high = int(found[1]), int(found[2])
    running = [int(part) for part in found[3].split(",") if part]
    in_order = running == sorted(set(running)) and all(low <= number < high for number in running)
    return 0 < low <= high <= _MAX_NUMBER and in_order
