"""Hours and days of the week that restrict a question, in words. Pure."""

from collections.abc import Sequence

from services.chat.question import Filters
from services.chat.results.wording import WEEKDAYS, listed


def hour_spans(hours: Sequence[int]) -> list[tuple[int, int]]:
    """The hours as [start, end) without gaps, in their order: (9, 10, 22) → (9, 11), (22, 23)."""
    spans: list[tuple[int, int]] = []
    for hour in sorted(hours):
        if spans and spans[-1][1] == hour:
            spans[-1] = (spans[-1][0], hour + 1)
        else:
            spans.append((hour, hour + 1))
    return spans


def weekdays(days: Sequence[int]) -> str:
    """Days of the week (Monday is 1): "Mondays and Fridays"."""
    return listed([f"{WEEKDAYS[day - 1]}s" for day in sorted(days)])


def times(filters: Filters) -> str:
    """What restricts the times of messages: " on Mondays between 09:00 and 17:00"; "" for nothing."""
    on = f" on {weekdays(filters.weekdays)}" if filters.weekdays else ""
    spans = [f"between {start:02}:00 and {end:02}:00" for start, end in hour_spans(filters.hours)]
    return on + (f" {listed(spans, 'or')}" if spans else "")
