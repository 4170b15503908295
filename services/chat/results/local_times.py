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


def hours(told: Sequence[int], between: str = "{0:02}:00–{1:02}:00") -> list[str]:
    """The hours in words, one entry per span; those of a day but for one span within it are told by that span."""
    spans = hour_spans(told)
    if len(spans) == 2 and spans[0][0] == 0 and spans[1][1] == 24:
        return ["outside " + between.format(spans[0][1], spans[1][0]).removeprefix("between ").replace(" and ", " to ")]
    return [between.format(*span) for span in spans]


def weekdays(days: Sequence[int]) -> str:
    """Days of the week (Monday is 1): "Mondays and Fridays"; three and more that follow each other as "to"."""
    spans: list[list[int]] = []
    for day in sorted(days):
        if spans and spans[-1][-1] == day - 1:
            spans[-1].append(day)
        else:
            spans.append([day])
    return listed([name for span in spans for name in _span(span)])


def _span(days: Sequence[int]) -> list[str]:
    names = [f"{WEEKDAYS[day - 1]}s" for day in days]
    return [f"{names[0]} to {names[-1]}"] if len(names) > 2 else names


def times(filters: Filters) -> str:
    """What restricts the times of messages: " on Mondays between 09:00 and 17:00"; "" for nothing."""
    on = f" on {weekdays(filters.weekdays)}" if filters.weekdays else ""
    spans = hours(filters.hours, "between {0:02}:00 and {1:02}:00")
    return on + (f" {listed(spans, 'or')}" if spans else "")
