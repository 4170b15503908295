"""Everything an answer may say in numbers: cells, derivatives, the question and its interpretation. Pure.

A fact may be bound to a context: "the gap of 12" may be said of a difference between two rows, "12 messages" may not.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import accumulate, combinations
from typing import Final

from services.chat.derivatives import (
    day_count,
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
from services.chat.numerals import Kind, Quantity, Vague, WrittenDate, WrittenTime, find
from services.chat.question import (
    Dimension,
    ExampleMessage,
    Filters,
    Interpretation,
    Measure,
    StatsResult,
    StatsRow,
    TimeRange,
)

MAX_ROWS_FOR_PAIRS: Final = 8
"""Differences, ratios and sums of two rows are facts only among so few rows: with more, chance would bind anything."""

MAX_TOP: Final = 10
"""Sums of the first rows are facts up to this many."""

_IDENTIFIER = re.compile(r"\w*\d\w*")


class Context(StrEnum):
    """What the words around a number must speak of for a fact to carry it."""

    DIFFERENCE = "difference"
    REST = "rest"
    SUM = "sum"
    TOP = "top"
    ROWS = "rows"
    DAYS = "days"
    HOURS = "hours"
    WEEKS = "weeks"
    MONTHS = "months"
    WEEK_NUMBER = "week_number"
    CONTRIBUTION = "contribution"
    KEY = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One number that is true. `row` says which rows it speaks of alone: (result, row) positions."""

    kind: Kind
    value: float
    cell: str
    context: Context | None = None
    rows: frozenset[tuple[int, int]] = frozenset()


DateParts = tuple[int | None, int | None, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The bound values of one turn, ready to be asked. Made by `facts_of`."""

    by_kind: dict[Kind, tuple[list[float], list[Fact]]]
    dates: frozenset[DateParts]
    weeks: frozenset[tuple[int, int]]
    minutes: frozenset[int]
    terms: frozenset[str]
    name_heads: frozenset[str]
    quoted: tuple[str, ...]
    list_length: int
    results: tuple[StatsResult, ...] = ()

    def near(self, kind: Kind, low: float, high: float) -> Sequence[Fact]:
        """Facts of a kind whose magnitude lies in [low, high]."""
        magnitudes, facts = self.by_kind.get(kind, ([], []))
        return facts[bisect_left(magnitudes, low) : bisect_right(magnitudes, high)]

    def has_date(self, written: WrittenDate) -> bool:
        """Whether the written parts of a date are those of a day that the answer may speak of."""
        if written.week is not None:
            return (written.year, written.week) in self.weeks
        return (written.year, written.month, written.day) in self.dates


@dataclass(slots=True)
class _Collector:
    facts: list[Fact] = field(default_factory=list)
    dates: set[DateParts] = field(default_factory=set)
    weeks: set[tuple[int, int]] = field(default_factory=set)
    minutes: set[int] = field(default_factory=set)

    def add(
        self,
        value: float | None,
        cell: str,
        *,
        kind: Kind = Kind.NUMBER,
        context: Context | None = None,
        rows: Iterable[tuple[int, int]] = (),
    ) -> None:
        """Adds a number unless it does not exist."""
        if value is not None:
            self.facts.append(Fact(kind=kind, value=value, cell=cell, context=context, rows=frozenset(rows)))

    def percent(
        self,
        fraction: float | None,
        cell: str,
        *,
        context: Context | None = None,
        rows: Iterable[tuple[int, int]] = (),
    ) -> None:
        """Adds a fraction of one as a percentage."""
        if fraction is not None:
            self.add(100 * fraction, cell, kind=Kind.PERCENT, context=context, rows=rows)

    def parts(self, year: int | None, month: int | None, day: int | None) -> None:
        """Adds a date and everything coarser that may be said of it."""
        self.dates |= {
            (year, month, day),
            (None, month, day),
            (year, month, None),
            (year, None, None),
            (None, None, day),
        }

    def day(self, day: date) -> None:
        """Adds a day, its week and its month."""
        self.parts(day.year, day.month, day.day)
        year, week, _ = day.isocalendar()
        self.weeks.add((year, week))
        self.add(float(week), "week", context=Context.WEEK_NUMBER)

    def instant(self, instant: datetime) -> None:
        """Adds a local instant: its day and its time of day."""
        self.day(instant.date())
        self.minutes.add(instant.hour * 60 + instant.minute)

    def hour(self, hour: int) -> None:
        """Adds an hour of the day: its beginning, its last minute and its end."""
        self.minutes |= {hour * 60, hour * 60 + 59, hour * 60 + 60, (hour * 60 + 60) % 1440}


def _add_text(out: _Collector, text: str, cell: str) -> None:
    for numeral in find(text):
        for part in (numeral, *numeral.parts):
            for reading in part.readings:
                _add_reading(out, reading, cell)


def _add_reading(out: _Collector, reading: Quantity | Vague | WrittenDate | WrittenTime, cell: str) -> None:
    if isinstance(reading, Quantity):
        out.add(reading.value * (reading.sign or 1), cell, kind=reading.kind)
    elif isinstance(reading, WrittenTime):
        out.minutes.add(reading.minutes)
    elif isinstance(reading, WrittenDate) and reading.week is not None and reading.year is not None:
        out.weeks.add((reading.year, reading.week))
    elif isinstance(reading, WrittenDate):
        out.parts(reading.year, reading.month, reading.day)


def _add_span(out: _Collector, span: TimeRange | None, result: StatsResult) -> None:
    zone = zone_of(result)
    for instant in (span.start, span.end) if span else ():
        if instant is not None:
            out.instant(instant.astimezone(zone))
            out.minutes.add(1440)
            offset = instant.astimezone(zone).utcoffset()
            out.minutes.add(int(abs(offset.total_seconds()) // 60) if offset else 0)
    days = local_days(span, zone)
    if span is None or span.start is None or span.end is None or days is None:
        return
    out.day(days[1])
    count = (days[1] - days[0]).days + 1
    hours = (span.end - span.start).total_seconds() / 3600
    out.add(float(count), "range.days", context=Context.DAYS)
    out.add(hours if hours == int(hours) else None, "range.hours", context=Context.HOURS)
    out.add(count / 7 if count % 7 == 0 else None, "range.weeks", context=Context.WEEKS)
    months = (days[1].year - days[0].year) * 12 + days[1].month - days[0].month + 1
    out.add(float(months), "range.months", context=Context.MONTHS)


def _add_key(out: _Collector, dimension: Dimension, key: str) -> None:
    hour, days = key_hour(dimension, key), key_day(dimension, key)
    if hour is not None:
        out.hour(hour)
    for day in days or ():
        out.day(day)
    for reading in (reading for numeral in find(key) for reading in numeral.readings):
        if isinstance(reading, Quantity):
            out.add(reading.value, "key", context=Context.KEY)


def _add_change(
    out: _Collector, name: str, value: float, before: float | None, rows: Iterable[tuple[int, int]], *, fractions: bool
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


def _add_row(out: _Collector, result: StatsResult, position: tuple[int, int], row: StatsRow) -> None:
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


def _add_pairs(out: _Collector, result: StatsResult, index: int) -> None:
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


def _add_sum(out: _Collector, value: float, total: float, name: str, rows: Iterable[tuple[int, int]]) -> None:
    rows = frozenset(rows)
    out.add(value, name, context=Context.SUM, rows=rows)
    out.percent(share(value, total), name, context=Context.SUM, rows=rows)
    out.add(total - value, name, context=Context.REST, rows=rows)
    out.percent(share(total - value, total), name, context=Context.REST, rows=rows)


def _add_tops(out: _Collector, result: StatsResult, index: int) -> None:
    values = sorted((row.value for row in result.rows), reverse=True)[:MAX_TOP]
    order = sorted(range(len(result.rows)), key=lambda i: -result.rows[i].value)
    for count, value in enumerate(accumulate(values), start=1):
        if count > 1:
            _add_sum(out, value, result.total, f"q{index + 1}.top[{count}]", [(index, i) for i in order[:count]])


def _add_row_counts(out: _Collector, result: StatsResult, index: int) -> None:
    values, name = [row.value for row in result.rows], f"q{index + 1}.row_count"
    compared = [row.value - row.compare_value for row in result.rows if row.compare_value is not None]
    counts = {len(values), sum(v > 0 for v in values), sum(v == 0 for v in values)}
    counts |= (
        {sum(c > 0 for c in compared), sum(c < 0 for c in compared), sum(c == 0 for c in compared)}
        if compared
        else set()
    )
    for count in counts:
        out.add(float(count), name, context=Context.ROWS)
    for count in range(1, min(len(values), 100) + 1):
        out.add(float(count), name, context=Context.TOP)
        out.add(float(count), name, kind=Kind.ORDINAL)
    if result.query.limit:
        out.add(float(result.query.limit), "query.limit", context=Context.TOP)
    for distinct in ({dict(row.keys).get(d.value) for row in result.rows} for d in result.query.group_by):
        out.add(float(len(distinct)), name, context=Context.ROWS)


def _add_averages(out: _Collector, result: StatsResult, index: int) -> None:
    name = f"q{index + 1}.average"
    out.add(per_day(result), name)
    if result.rows and rows_add_up(result):
        out.add(result.total / len(result.rows), name)
    days = day_count(result.compare_range, zone_of(result))
    if days and result.compare_total is not None and result.query.measure is Measure.MESSAGE_COUNT:
        out.add(result.compare_total / days, f"{name}.compare")


def _add_result(out: _Collector, result: StatsResult, index: int) -> None:
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


def _filters_asked(interpretation: Interpretation, results: Sequence[StatsResult]) -> list[Filters]:
    queries = [interpretation.query, *(result.query for result in results)]
    return [part for query in queries for part in (query.filters, query.share_of) if part]


def _add_interpretation(out: _Collector, interpretation: Interpretation, filters: Iterable[Filters]) -> None:
    for text in (interpretation.explanation, interpretation.reason, *interpretation.choices):
        _add_text(out, text, "interpretation")
    for part in filters:
        _add_text(out, part.text, "query.text")
        if part.min_confidence is not None:
            out.add(part.min_confidence, "query.min_confidence")
            out.percent(part.min_confidence, "query.min_confidence")
    if interpretation.query.limit:
        out.add(float(interpretation.query.limit), "query.limit", context=Context.TOP)


def _across(out: _Collector, results: Sequence[StatsResult]) -> None:
    """Two results of one turn may be set beside each other."""
    for (i, a), (j, b) in combinations(enumerate(results), 2):
        name = f"q{i + 1},q{j + 1}"
        out.add(abs(a.total - b.total), f"{name}.difference", context=Context.DIFFERENCE)
        for one, other in ((a.total, b.total), (b.total, a.total)):
            out.percent(relative_change(one, other), f"{name}.difference", context=Context.DIFFERENCE)
            out.percent(share(one, other) if one <= other else None, f"{name}.share")
            out.add(one / other if other else None, f"{name}.ratio", kind=Kind.RATIO)


def _terms(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from (match.group().lower() for match in _IDENTIFIER.finditer(text) if not match.group().isdecimal())


def _filter_values(filters: Iterable[Filters]) -> Iterator[str]:
    for part in filters:
        yield part.text
        for values in (part.categories, part.intents, part.sources, part.sentiments, part.languages, part.user_ids):
            yield from (*values.any_of, *values.none_of, *values.all_of)


def _name_heads(names: Iterable[str]) -> Iterator[str]:
    """Every name up to each number in it: what must stand before "2" for it to be the 2 of "tier 2"."""
    for name in names:
        words = name.replace("_", " ").lower()
        yield from (words[: numeral.end] for numeral in find(words) if numeral.start > 0)


def _indexed(facts: Iterable[Fact]) -> dict[Kind, tuple[list[float], list[Fact]]]:
    index: dict[Kind, list[Fact]] = {}
    for fact in facts:
        index.setdefault(fact.kind, []).append(fact)
    ordered = {kind: sorted(group, key=lambda fact: abs(fact.value)) for kind, group in index.items()}
    return {kind: ([abs(fact.value) for fact in group], group) for kind, group in ordered.items()}


def facts_of(
    question: str,
    interpretation: Interpretation,
    results: Sequence[StatsResult] = (),
    examples: Sequence[ExampleMessage] = (),
) -> Facts:
    """What may be said in numbers in answer to `question`, read as `interpretation`, given what the store answered."""
    out = _Collector()
    _add_text(out, question, "question")
    filters = _filters_asked(interpretation, results)
    _add_interpretation(out, interpretation, filters)
    for index, result in enumerate(results):
        _add_result(out, result, index)
    _across(out, results)
    zone = zone_of(results[0]) if results else None
    for example in examples:
        out.instant(example.event_time.astimezone(zone))
    if examples:
        out.add(float(len(examples)), "examples.count")
    names = {key for result in results for row in result.rows for _, key in row.keys} | set(
        _filter_values(filters)
    )
    lengths = [len(result.rows) for result in results]
    return Facts(
        by_kind=_indexed(out.facts),
        dates=frozenset(out.dates),
        weeks=frozenset(out.weeks),
        minutes=frozenset(out.minutes),
        terms=frozenset(_terms((question, interpretation.explanation, *names))),
        name_heads=frozenset(_name_heads(names)),
        quoted=tuple(" ".join(example.text.lower().split()) for example in examples),
        list_length=max([len(examples), len(interpretation.choices), *lengths]),
        results=tuple(results),
    )
