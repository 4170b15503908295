"""The facts of a statistics result: its cells, and what code derives from them. Pure."""

from collections.abc import Iterable, Sequence
from itertools import accumulate, combinations
from typing import Final

from services.chat.ledger.fact_collector import Context, FactCollector
from services.chat.ledger.numerals.find import find
from services.chat.ledger.numerals.quantities import Kind, Quantity
from services.chat.question import Dimension, StatsResult, StatsRow, TimeRange
from services.chat.results.derivatives import (
    compared_per_day,
    has_shares,
    is_fraction,
    key_day,
    key_hour,
    local_days,
    per_day,
    relative_change,
    rows_add_up,
    share,
    subtotals,
    zone_of,
)

MAX_ROWS_FOR_PAIRS: Final = 8
"""Differences, ratios and sums of two rows are facts only among so few rows: with more, chance would bind anything."""

MAX_TOP: Final = 10
"""Sums of the first rows are facts up to this many."""

_MAX_MONTHS: Final = 240


def _add_lengths(out: FactCollector, days: int, hours: float, months: int) -> None:
    out.add(float(days), "range.days", context=Context.DAYS)
    out.add(hours if hours == int(hours) else None, "range.hours", context=Context.HOURS)
    out.add(days / 7 if days % 7 == 0 else None, "range.weeks", context=Context.WEEKS)
    out.add(float(months), "range.months", context=Context.MONTHS)


def _add_span(out: FactCollector, span: TimeRange | None, result: StatsResult) -> None:
    zone = zone_of(result)
    for instant in (span.start, span.end) if span else ():
        if instant is not None:
            local = instant.astimezone(zone)
            offset = local.utcoffset()
            out.instant(local)
            out.minutes |= {1440, int(abs(offset.total_seconds()) // 60) if offset else 0}
    days = local_days(span, zone)
    if span is None or span.start is None or span.end is None or days is None:
        return
    first, last = days
    out.day(last)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    for month in range(first.year * 12 + first.month - 1, first.year * 12 + first.month - 1 + min(months, _MAX_MONTHS)):
        out.parts(month // 12, month % 12 + 1, None)
    _add_lengths(out, (last - first).days + 1, (span.end - span.start).total_seconds() / 3600, months)


def _add_key(out: FactCollector, dimension: Dimension, key: str) -> None:
    hour, days = key_hour(dimension, key), key_day(dimension, key)
    if hour is not None:
        out.hour(hour)
    for day in days or ():
        out.day(day)
    for reading in (reading for numeral in find(key) for reading in numeral.readings):
        if isinstance(reading, Quantity):
            out.add(reading.value, "key", context=Context.KEY)


def _add_change(
    out: FactCollector,
    name: str,
    value: float,
    before: float | None,
    rows: Iterable[tuple[int, int]],
    *,
    fractions: bool,
) -> None:
    if before is None:
        return
    rows = frozenset(rows)
    out.add(before, f"{name}.compare_value", rows=rows)
    out.add(value - before, f"{name}.difference", rows=rows)
    out.percent(relative_change(value, before), f"{name}.change", rows=rows)
    out.percent(relative_change(before, value), f"{name}.change", context=Context.DIFFERENCE, rows=rows)
    if before:
        out.add(value / before, f"{name}.ratio", kind=Kind.RATIO, rows=rows)
    if value:
        out.add(before / value, f"{name}.ratio", kind=Kind.RATIO, rows=rows)
    if fractions:
        out.percent(before, f"{name}.compare_value", rows=rows)
        out.percent(value - before, f"{name}.difference", rows=rows)


def _add_row(out: FactCollector, result: StatsResult, position: tuple[int, int], row: StatsRow) -> None:
    name, rows = f"q{position[0] + 1}.rows[{position[1]}]", (position,)
    out.add(row.value, f"{name}.value", rows=rows)
    if is_fraction(result):
        out.percent(row.value, f"{name}.value", rows=rows)
        out.percent(1 - row.value, f"{name}.rest", context=Context.REST, rows=rows)
    _add_change(out, name, row.value, row.compare_value, rows, fractions=is_fraction(result))
    for dimension, (_, key) in zip(result.query.group_by, row.keys, strict=False):
        _add_key(out, dimension, key)
    if not has_shares(result):
        return
    part = share(row.value, result.total)
    out.percent(part, f"{name}.share", rows=rows)
    out.add(part, f"{name}.share", rows=rows)
    out.add(result.total - row.value, f"{name}.rest", context=Context.REST, rows=rows)
    out.percent(1 - part if part is not None else None, f"{name}.rest", context=Context.REST, rows=rows)
    if row.compare_value is not None and result.compare_total is not None:
        before = share(row.compare_value, result.compare_total)
        out.percent(before, f"{name}.compare_share", rows=rows)
        out.percent(part - before if part is not None and before is not None else None, f"{name}.points", rows=rows)
        whole = result.total - result.compare_total
        out.percent(share(row.value - row.compare_value, whole), f"{name}.contribution", context=Context.CONTRIBUTION)


def _add_pairs(out: FactCollector, result: StatsResult, index: int) -> None:
    rows = list(enumerate(result.rows))
    for (i, a), (j, b) in combinations(rows, 2):
        both, name = ((index, i), (index, j)), f"q{index + 1}.rows[{i},{j}]"
        gap = abs(a.value - b.value)
        out.add(gap, f"{name}.difference", context=Context.DIFFERENCE, rows=both)
        if is_fraction(result):
            out.percent(gap, f"{name}.difference", context=Context.DIFFERENCE, rows=both)
        for one, other in ((a.value, b.value), (b.value, a.value)):
            out.add(one / other if other else None, f"{name}.ratio", kind=Kind.RATIO, rows=both)
            out.percent(relative_change(one, other), f"{name}.difference", context=Context.DIFFERENCE, rows=both)
        if rows_add_up(result):
            _add_sum(out, a.value + b.value, result.total, f"{name}.sum", both)


def _add_sum(out: FactCollector, value: float, total: float, name: str, rows: Iterable[tuple[int, int]]) -> None:
    rows = frozenset(rows)
    out.add(value, name, context=Context.SUM, rows=rows)
    out.percent(share(value, total), name, context=Context.SUM, rows=rows)
    out.add(total - value, name, context=Context.REST, rows=rows)
    out.percent(share(total - value, total), name, context=Context.REST, rows=rows)


def _add_tops(out: FactCollector, result: StatsResult, index: int) -> None:
    values = sorted((row.value for row in result.rows), reverse=True)[:MAX_TOP]
    order = sorted(range(len(result.rows)), key=lambda i: -result.rows[i].value)
    for count, value in enumerate(accumulate(values), start=1):
        if count > 1:
            _add_sum(out, value, result.total, f"q{index + 1}.top[{count}]", [(index, i) for i in order[:count]])


def _add_row_counts(out: FactCollector, result: StatsResult, index: int) -> None:
    values, name = [row.value for row in result.rows], f"q{index + 1}.row_count"
    compared = [row.value - row.compare_value for row in result.rows if row.compare_value is not None]
    silent = sum(not row.value and not row.compare_value for row in result.rows)
    counts = {len(values), sum(v > 0 for v in values), sum(v == 0 for v in values), silent}
    counts |= {values.count(extreme) for extreme in (max(values), min(values))} if values else set()
    counts |= (
        {sum(c > 0 for c in compared), sum(c < 0 for c in compared), sum(c == 0 for c in compared)}
        if compared
        else set()
    )
    for count in counts:
        out.add(float(count), name, context=Context.ROWS)
    for count in range(1, min(len(values), 100) + 1):
        out.add(float(count), name, context=Context.TOP)
        out.add(float(len(values) - count), name, context=Context.OTHERS)
        out.add(float(count), name, kind=Kind.ORDINAL)
    for distinct in ({dict(row.keys).get(d.value) for row in result.rows} for d in result.query.group_by):
        out.add(float(len(distinct)), name, context=Context.ROWS)


def _add_averages(out: FactCollector, result: StatsResult, index: int) -> None:
    name = f"q{index + 1}.average"
    out.add(per_day(result), name)
    if result.rows and rows_add_up(result):
        out.add(result.total / len(result.rows), name)
    out.add(compared_per_day(result), f"{name}.compare")


def add_result(out: FactCollector, result: StatsResult, index: int) -> None:
    """Adds everything that may be said of one result, the `index`th of its turn."""
    name = f"q{index + 1}"
    out.add(result.total, f"{name}.total")
    if is_fraction(result):
        out.percent(result.total, f"{name}.total")
        out.percent(1 - result.total, f"{name}.rest", context=Context.REST)
    _add_change(out, name, result.total, result.compare_total, (), fractions=is_fraction(result))
    for position, row in enumerate(result.rows):
        _add_row(out, result, (index, position), row)
    if 1 < len(result.rows) <= MAX_ROWS_FOR_PAIRS:
        _add_pairs(out, result, index)
    if rows_add_up(result):
        _add_tops(out, result, index)
    for dimension in result.query.group_by if len(result.query.group_by) > 1 else ():
        for value in subtotals(result, dimension).values():
            out.add(value, f"{name}.subtotal")
            out.percent(share(value, result.total), f"{name}.subtotal")
    _add_row_counts(out, result, index)
    _add_averages(out, result, index)
    for span in (result.range, result.compare_range, result.query.range, result.query.compare_to):
        _add_span(out, span, result)
    out.instant(result.as_of.astimezone(zone_of(result)))
    if result.first_event_time:
        out.instant(result.first_event_time.astimezone(zone_of(result)))


def add_across(out: FactCollector, results: Sequence[StatsResult]) -> None:
    """Adds what may be said of two results of one turn set beside each other."""
    for (i, a), (j, b) in combinations(enumerate(results), 2):
        name = f"q{i + 1},q{j + 1}"
        out.add(abs(a.total - b.total), f"{name}.difference", context=Context.DIFFERENCE)
        for one, other in ((a.total, b.total), (b.total, a.total)):
            out.percent(relative_change(one, other), f"{name}.difference", context=Context.DIFFERENCE)
            out.percent(share(one, other) if one <= other else None, f"{name}.share")
            out.add(one / other if other else None, f"{name}.ratio", kind=Kind.RATIO)
