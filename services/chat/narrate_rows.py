"""How the rows of a result are told: bullet points, peaks, nested groups, and the notes that belong to them. Pure."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from services.chat.derivatives import (
    TIME_DIMENSIONS,
    has_shares,
    is_fraction,
    per_day,
    relative_change,
    rows_add_up,
    share,
    subtotals,
)
from services.chat.question import Dimension, Measure, Order, StatsResult, StatsRow
from services.chat.row_names import row_name
from services.chat.wording import number, percent, plural, signed_percent

_GROUP_NOUNS: Final = {
    Dimension.CATEGORY: "category", Dimension.INTENT: "topic", Dimension.SOURCE: "channel", Dimension.SENTIMENT: "mood",
    Dimension.LANGUAGE: "language", Dimension.STATUS: "status", Dimension.HOUR: "hour", Dimension.DAY: "day",
    Dimension.WEEK: "week", Dimension.MONTH: "month", Dimension.WEEKDAY: "weekday",
}  # fmt: skip
_PLURALS: Final = {"category": "categories", "status": "statuses"}
_LABELS: Final = frozenset({Dimension.CATEGORY, Dimension.INTENT})
_ITEMS_IN_LINE: Final = 8


def group_noun(dimension: Dimension, count: float = 1) -> str:
    """What a row of this dimension is: "category", "hours"."""
    noun = _GROUP_NOUNS[dimension]
    return plural(count, noun, _PLURALS.get(noun, ""))


def figure(result: StatsResult, value: float) -> str:
    """A value as a reader sees it: counts with separators, fractions in percent."""
    return percent(value) if is_fraction(result) else number(value)


def difference(result: StatsResult, value: float, before: float) -> str:
    """A value set beside the earlier one: "134 more than 1,100 (+12.2%)", "as many as before", "after none"."""
    if is_fraction(result):
        points = f"{percent(abs(value - before)).rstrip('%')} percentage points"
        return "the same as before" if value == before else f"{points} {_more(value, before)} than {percent(before)}"
    if value == before:
        return "as many as before"
    change = relative_change(value, before)
    if change is None:
        return "after none before"
    return f"{number(abs(value - before))} {_more(value, before)} than {number(before)} ({signed_percent(change)})"


def _more(value: float, before: float) -> str:
    return "more" if value > before else "fewer" if value == round(value) and before == round(before) else "less"


def _name(result: StatsResult, row: StatsRow, first: int = 0) -> str:
    dimensions = result.query.group_by[first:]
    names = [row_name(d, key) for d, (_, key) in zip(dimensions, row.keys[first:], strict=False)]
    return " / ".join(names)


def _headed(name: str) -> str:
    return f"**{name[:1].upper()}{name[1:]}**"


def _bullet(result: StatsResult, row: StatsRow) -> str:
    part = share(row.value, result.total) if _shares_told(result) else None
    text = f"- {_headed(_name(result, row))}: {figure(result, row.value) if row.value else 'none'}"
    text += f" ({percent(part)})" if part and row.value else ""
    return text + (f", {difference(result, row.value, row.compare_value)}" if row.compare_value is not None else "")


def _shares_told(result: StatsResult) -> bool:
    return has_shares(result) and not TIME_DIMENSIONS.intersection(result.query.group_by)


def _changes(result: StatsResult) -> Iterator[str]:
    """Bullets of what moved, the largest move first; with each row's part of the change where all moved one way."""
    whole = result.total - (result.compare_total or 0.0)
    moved = [(row.value - (row.compare_value or 0.0), row) for row in result.rows]
    one_way = rows_add_up(result) and all(change * whole >= 0 for change, _ in moved)
    for change, row in sorted(moved, key=lambda item: -abs(item[0])):
        part = share(change, whole) if one_way else None
        text = f"- {_headed(_name(result, row))}: {difference(result, row.value, row.compare_value or 0.0)}"
        yield text + (f", contributing {percent(part)} of the change" if part and part <= 1 else "")


def _nested(result: StatsResult) -> Iterator[str]:
    outer = result.query.group_by[0]
    sums = subtotals(result, outer)
    ordered = sorted(result.rows, key=lambda row: _position(result, row))
    for key, group in groupby(ordered, key=lambda row: row.keys[0][1]):
        rows = list(group)
        items = [f"{_name(result, row, 1)} {figure(result, row.value)}" for row in rows[:_ITEMS_IN_LINE]]
        more = "; the rest is in the table" if len(rows) > _ITEMS_IN_LINE else ""
        whole = f" ({number(sums[key])})" if key in sums else ""
        yield f"- {_headed(row_name(outer, key))}{whole}: {'; '.join(items)}{more}"


def _position(result: StatsResult, row: StatsRow) -> int:
    return next(i for i, other in enumerate(result.rows) if other.keys[0][1] == row.keys[0][1])


def bullets(result: StatsResult, most: int, *, by_change: bool = False) -> list[str]:
    """At most `most` lines for the rows, and a line that says where the others are."""
    if len(result.query.group_by) > 1:
        lines = list(_nested(result))
    elif by_change and result.compare_total is not None:
        lines = list(_changes(result))
    else:
        lines = [_bullet(result, row) for row in _told(result, most)]
    count = len(result.rows)
    shown = lines[:most]
    if len(lines) > len(shown) or (len(result.query.group_by) == 1 and count > most):
        shown.append(f"- All {number(count)} {plural(count, 'row')} are in the table beside this answer.")
    return shown


def _told(result: StatsResult, most: int) -> Sequence[StatsRow]:
    """The rows to list: of a long series the largest ones, in their own order."""
    if len(result.rows) <= most or result.query.group_by[0] not in TIME_DIMENSIONS:
        return result.rows[:most]
    largest = sorted(result.rows, key=lambda row: -row.value)[:most]
    kept = {row.keys for row in largest}
    return [row for row in result.rows if row.keys in kept][:most]


def highlights(result: StatsResult) -> str:
    """The peak and the quietest row of a series, and the average per day; empty where there is nothing to tell."""
    dimensions = result.query.group_by
    if len(dimensions) != 1 or dimensions[0] not in TIME_DIMENSIONS or len(result.rows) < 3 or is_fraction(result):
        return ""
    peak = max(result.rows, key=lambda row: row.value)
    low = min(result.rows, key=lambda row: row.value)
    if peak.value == low.value:
        return f"Every {group_noun(dimensions[0])} had {figure(result, peak.value)}."
    text = ""
    if not result.truncated or result.query.order is Order.VALUE_DESC:
        text = f"The peak was {_name(result, peak)} with {figure(result, peak.value)}"
    if not result.truncated and text:
        least = figure(result, low.value) if low.value else "none"
        text += f", the quietest {group_noun(dimensions[0])} {_name(result, low)} with {least}"
    average = per_day(result) if dimensions[0] is Dimension.DAY else None
    return (f"{text}." if text else "") + (f" On average there were {number(average)} a day." if average else "")


def notes(result: StatsResult) -> list[str]:
    """What a reader must know about the rows: cut, or counted in several of them."""
    told: list[str] = []
    if result.truncated:
        rows = len(result.rows)
        told.append(f"These are the first {number(rows)} {plural(rows, 'row')}; the total counts everything.")
    elif not result.rows_sum_to_total and len(result.rows) > 1:
        if result.query.measure is Measure.UNIQUE_USERS:
            told.append("A customer can stand in several rows, so the rows do not add up to the total.")
        elif result.query.measure is Measure.MESSAGE_COUNT and _LABELS.intersection(result.query.group_by):
            told.append(
                "A message can carry several labels and is counted in each, so the rows do not add up to the total."
            )
    return told
