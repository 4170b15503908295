"""How long a window an answer is watched over: as long as its period, in whole days where that was running."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from earshot.chat.v1 import chat_pb2
from earshot.types.v1 import question_pb2
from services.chat.receipts import window_of

LJUBLJANA = ZoneInfo("Europe/Ljubljana")
NOW = datetime(2026, 3, 30, 18, 8, 1, tzinfo=LJUBLJANA)
MIDNIGHT = NOW.replace(hour=0, minute=0, second=0)
DAY = 86_400


def at(moment: datetime | None) -> Timestamp | None:
    return None if moment is None else Timestamp(seconds=int(moment.timestamp()))


def window(start: datetime | None, end: datetime | None, zone: str = "Europe/Ljubljana") -> Duration | None:
    span = question_pb2.TimeRange(start=at(start), end=at(end))
    query = question_pb2.StatsQuery(range=span, time_zone=zone)
    return window_of(query, chat_pb2.Receipt(as_of=at(NOW + timedelta(seconds=2))))


@pytest.mark.parametrize(
    ("start", "days"),
    [(MIDNIGHT, 1), (MIDNIGHT - timedelta(days=1), 2), (MIDNIGHT - timedelta(days=6), 7)],
    ids=["today", "since yesterday, whose night the clocks went forward", "seven days and the running one"],
)
def test_days_that_run_up_to_now_are_whole(start: datetime, days: int) -> None:
    assert window(start, NOW) == Duration(seconds=days * DAY)


@pytest.mark.parametrize(
    ("start", "end", "zone"),
    [
        (NOW - timedelta(hours=6), NOW, "Europe/Ljubljana"),
        (MIDNIGHT, NOW, "UTC"),
        (MIDNIGHT, NOW.replace(hour=6), "Europe/Ljubljana"),
        (MIDNIGHT - timedelta(days=1), MIDNIGHT, "Europe/Ljubljana"),
        (None, NOW, "Europe/Ljubljana"),
    ],
    ids=["rolling", "no midnight of its zone", "a night that is over", "a day that is over", "all time"],
)
def test_other_periods_are_as_long_as_they_are(start: datetime | None, end: datetime, zone: str) -> None:
    assert window(start and start.astimezone(UTC), end.astimezone(UTC), zone) is None
