"""How the rows of a result are told: bullet points, nested groups, and the notes that belong to them. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from services.chat.question import Dimension, Measure, StatsResult, StatsRow
from services.chat.results.derivatives import (
    TIME_DIMENSIONS,
    has_shares,
    is_fraction,
    rows_add_up,
    share,
    subtotals,
)
from services.chat.results.own_labels import own_labels
from services.chat.results.row_names import row_name
from services.chat.results.steps import days_left_alone, part_told, weekdays_more_often
from services.chat.results.wording import listed, number, percent, plural, signed_percent

_GROUP_NOUNS: Final = {
    Dimension.CATEGORY: "category", Dimension.INTENT: "topic", Dimension.SOURCE: "channel", Dimension.SENTIMENT: "mood",
    Dimension.LANGUAGE: "language", Dimension.STATUS: "status", Dimension.HOUR: "hour", Dimension.DAY: "day",
    Dimension.WEEK: "week", Dimension.MONTH: "month", Dimension.WEEKDAY: "weekday",
}  # fmt: skip
_PLURALS: Final = {"category": "categories", "status": "statuses"}
_LABELS: Final = frozenset({Dimension.CATEGORY, Dimension.INTENT})
_GIVEN_BY_MODEL: Final = _LABELS | {Dimension.SENTIMENT, Dimension.LANGUAGE}
_SORTED_BY_KEY: Final = frozenset({Dimension.HOUR, Dimension.DAY, Dimension.WEEK, Dimension.MONTH})
IN_NO_ROW: Final = (
    "Messages without such labels, which wait for them or are in a language not accepted, stand in no row."
)
_ITEMS_IN_LINE: Final = 8
_FEWEST_FOR_MOVES: Final = 3
_MOST_MOVES_NAMED: Final = 3
_PAIR: Final = 2
_NO_RATIO: Final = frozenset({"1", "1.1"})


def group_noun(dimension: Dimension, count: float = 1) -> str:
    """What a row of this dimension is: "category", "hours"."""
    noun = _GROUP_NOUNS[dimension]
    return plural(count, noun, _PLURALS.get(noun, ""))


def figure(result: StatsResult, value: float) -> str:
    """A value as a reader sees it: counts with separators, fractions in percent."""
    return percent(value) if is_fraction(result) else number(value)


def amount(result: StatsResult, value: float) -> str:
    """A value where a sentence may say "none"."""
    return figure(result, value) if value else "none"


def difference(result: StatsResult, value: float, before: float) -> str:
    """A value set beside the earlier one: "134 more than 1,100 (+12.2%)", "as many as before", "none before"."""
    if value == before:
        return "as before" if not value else "the same as before" if is_fraction(result) else "as many as before"
    if not value or not before:
        return f"{amount(result, before)} before"
    if is_fraction(result):
        points = f"{percent(abs(value - before)).rstrip('%')} percentage points"
        return f"{points} {_more(value, before)} than {percent(before)}"
    change = signed_percent((value - before) / before)
    return f"{number(abs(value - before))} {_more(value, before)} than {number(before)} ({change})"


def _more(value: float, before: float) -> str:
    return "more" if value > before else "fewer" if value == round(value) and before == round(before) else "less"


def row_label(result: StatsResult, row: StatsRow, first: int = 0) -> str:
    """What a row is called, by its keys from the `first` on."""
    dimensions = result.query.group_by[first:]
    names = [row_name(d, key) for d, (_, key) in zip(dimensions, row.keys[first:], strict=False)]
    return " / ".join(names)


def _headed(name: str) -> str:
    return f"**{name[:1].upper()}{name[1:]}**"


def _bullet(result: StatsResult, row: StatsRow) -> str:
    part = share(row.value, result.total) if _shares_told(result) else None
    told = part_told(result, row)
    text = f"- {_headed(row_label(result, row))}{f' ({told})' if told else ''}: {amount(result, row.value)}"
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
        before = row.compare_value or 0.0
        value = "" if row.value and before else f"{amount(result, row.value)}, "
        text = f"- {_headed(row_label(result, row))}: {value}{difference(result, row.value, before)}"
        yield text + (f", contributing {percent(part)} of the change" if part and part <= 1 else "")


def _nested(result: StatsResult) -> Iterator[str]:
    outer = result.query.group_by[0]
    sums = subtotals(result, outer)
    in_time = outer in _SORTED_BY_KEY
    ordered = sorted(result.rows, key=lambda row: row.keys[0][1] if in_time else _position(result, row))
    for key, group in groupby(ordered, key=lambda row: row.keys[0][1]):
        rows = list(group)
        items = [f"{row_label(result, row, 1)}: {figure(result, row.value)}" for row in rows[:_ITEMS_IN_LINE]]
        more = "; the rest is in the table" if len(rows) > _ITEMS_IN_LINE else ""
        whole = f" ({number(sums[key])})" if key in sums else ""
        yield f"- {_headed(row_name(outer, key))}{whole} – {'; '.join(items)}{more}"


def _position(result: StatsResult, row: StatsRow) -> int:
    return next(i for i, other in enumerate(result.rows) if other.keys[0][1] == row.keys[0][1])


def bullets(result: StatsResult, rows: Sequence[StatsRow], most: int, *, by_change: bool = False) -> list[str]:
    """At most `most` lines for these rows of the result, and a line that says where all of them are."""
    if len(result.query.group_by) > 1:
        lines = list(_nested(result))
    elif by_change and result.compare_total is not None:
        lines = list(_changes(result))
    else:
        lines = [_bullet(result, row) for row in _largest(result, rows, most)]
    shown = lines[:most]
    if len(lines) > len(shown) or (len(result.query.group_by) == 1 and len(rows) > most):
        count = len(result.rows)
        shown.append(f"- All {number(count)} {plural(count, 'row')} are in the table beside this answer.")
    return shown


def _gap(result: StatsResult) -> str:
    """How two rows compare with each other: the gap and the ratio; empty where there are not two counts."""
    if len(result.rows) != _PAIR or len(result.query.group_by) != 1 or result.truncated or is_fraction(result):
        return ""
    more, less = sorted(result.rows, key=lambda row: -row.value)
    if more.value == less.value or not less.value:
        return ""
    ahead, behind = row_label(result, more), row_label(result, less)
    text = f"{ahead} had {number(more.value - less.value)} more than {behind}"
    ratio = f"{more.value / less.value:.1f}".removesuffix(".0")
    return f"{text[:1].upper()}{text[1:]}" + ("." if ratio in _NO_RATIO else f", {ratio} times as many.")


def moves(result: StatsResult) -> str:
    """The largest rise and the largest fall among compared labels, or how two rows compare; empty for other rows."""
    kinds = TIME_DIMENSIONS.intersection(result.query.group_by)
    if result.compare_total is None and not kinds:
        return _gap(result)
    if result.compare_total is None or is_fraction(result) or kinds or len(result.query.group_by) != 1:
        return ""
    changes = {row_label(result, row): row.value - (row.compare_value or 0.0) for row in result.rows}
    if len(changes) < _FEWEST_FOR_MOVES or result.truncated:
        return ""
    rise, fall = max(changes.values()), min(changes.values())
    told = [_moved_most(changes, rise, "rose")] if rise > 0 else []
    told += [_moved_most(changes, fall, "fell")] if fall < 0 else []
    text = "; ".join(filter(None, told))
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _moved_most(changes: Mapping[str, float], most: float, moved: str) -> str:
    """What rose or fell the most, all of it where several did; empty where too many did to be told in a sentence."""
    names = [name for name, change in changes.items() if change == most]
    each = " each" if len(names) > 1 else ""
    return f"{listed(names)} {moved} the most, by {number(abs(most))}{each}" if len(names) <= _MOST_MOVES_NAMED else ""


def _largest(result: StatsResult, rows: Sequence[StatsRow], most: int) -> Sequence[StatsRow]:
    """The rows to list: of a long series the largest ones, in their own order."""
    if len(rows) <= most or result.query.group_by[0] not in TIME_DIMENSIONS:
        return rows[:most]
    largest = sorted(rows, key=lambda row: -row.value)[:most]
    kept = {row.keys for row in largest}
    return [row for row in rows if row.keys in kept][:most]


def notes(result: StatsResult) -> Iterator[str]:
    """What a reader must know about the rows: left out, cut, or counted in several of them."""
    own = sorted(row_name(result.query.group_by[0], label) for label in own_labels(result.query))
    if own and not result.rows:
        yield "None of these messages carries another label."
    elif not result.rows and _GIVEN_BY_MODEL.intersection(result.query.group_by):
        by = " and ".join(group_noun(dimension) for dimension in result.query.group_by)
        yield f"None of them can be told by {by}: they have no such labels yet, or the model in service gives none."
    elif own:
        names, are = listed(own), "is" if len(own) == 1 else "are"
        yield f"{names[:1].upper()}{names[1:]}, which all these messages carry, {are} left out of the rows."
    if days_left_alone(result):
        yield "The earlier period is longer: its last days have no row and count in its total only."
    if more := weekdays_more_often(result):
        yield f"{listed(list(more))} come once more in this period than the other days."
    parts = result.query.measure is Measure.SHARE and result.query.filters == result.query.share_of
    if result.truncated and not parts:
        yield "The total counts the others as well."
    elif not result.truncated and not result.rows_sum_to_total and len(result.rows) > 1:
        yield from _why_not_added_up(result)


def _why_not_added_up(result: StatsResult) -> Iterator[str]:
    """Why rows that are all there do not add up to the total."""
    if result.query.measure is Measure.UNIQUE_USERS:
        yield "A customer can stand in several rows, so the rows do not add up to the total."
    elif falls_short(result):
        yield IN_NO_ROW
    elif result.query.measure is Measure.MESSAGE_COUNT and _LABELS.intersection(result.query.group_by):
        yield "A message can carry several labels and is counted in each, so the rows do not add up to the total."


def falls_short(result: StatsResult) -> bool:
    """Whether some of the messages counted stand in no row, for want of the labels the rows are told apart by."""
    query = result.query
    counted = query.measure is Measure.MESSAGE_COUNT and not result.truncated and not own_labels(query)
    by_labels = _GIVEN_BY_MODEL.intersection(query.group_by)
    return counted and bool(by_labels) and sum(row.value for row in result.rows) < result.total
