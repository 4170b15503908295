"""One statistics answer that tests of the ledger, the narrator and the prompts speak about."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from services.chat.ledger.facts import Facts, facts_of
from services.chat.ledger.number_ledger import NumberLedger, Verification
from services.chat.question import (
    Dimension,
    Filters,
    Interpretation,
    Measure,
    StatsQuery,
    StatsResult,
    StatsRow,
    TimeRange,
)

FEBRUARY = TimeRange(start=datetime(2026, 2, 1, tzinfo=UTC), end=datetime(2026, 3, 1, tzinfo=UTC))
JANUARY = TimeRange(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 2, 1, tzinfo=UTC))
AS_OF = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
ROWS = (("deposit", 1234.0, 1100.0), ("withdraw", 412.0, 500.0), ("bonus", 88.0, 88.0), ("other", 7.0, 0.0))


def by(dimension: Dimension, *keys_and_values: tuple[str, float], span: TimeRange = FEBRUARY) -> StatsResult:
    """A count by one dimension over `span`, without a comparison."""
    query = StatsQuery(range=span, group_by=(dimension,))
    rows = tuple(StatsRow(keys=((dimension.value, key),), value=value) for key, value in keys_and_values)
    return _result(query, rows, sum(row.value for row in rows), None)


def compared() -> StatsResult:
    """February by category against January: 1,741 messages against 1,688."""
    query = StatsQuery(range=FEBRUARY, compare_to=JANUARY, group_by=(Dimension.CATEGORY,))
    rows = tuple(StatsRow(keys=(("category", key),), value=now, compare_value=before) for key, now, before in ROWS)
    return _result(query, rows, 1741.0, 1688.0)


def scalar(value: float, measure: Measure = Measure.MESSAGE_COUNT, before: float | None = None) -> StatsResult:
    """One number over February, perhaps against January."""
    query = StatsQuery(measure=measure, range=FEBRUARY, compare_to=None if before is None else JANUARY)
    return _result(query, (StatsRow(keys=(), value=value, compare_value=before),), value, before)


def about(result: StatsResult, filters: Filters) -> StatsResult:
    """The same answer under other filters."""
    return replace(result, query=replace(result.query, filters=filters))


def before(result: StatsResult, *values: float) -> StatsResult:
    """The same answer set against January, whose rows had these values."""
    rows = [replace(row, compare_value=value) for row, value in zip(result.rows, values, strict=True)]
    return replace(result, rows=tuple(rows), compare_total=sum(values), compare_range=JANUARY)


def _result(query: StatsQuery, rows: tuple[StatsRow, ...], total: float, before: float | None) -> StatsResult:
    return StatsResult(
        query=query,
        query_id="id",
        rows=rows,
        total=total,
        compare_total=before,
        rows_sum_to_total=query.measure is Measure.MESSAGE_COUNT,
        range=FEBRUARY if query.range is None else query.range,
        compare_range=query.compare_to,
        as_of=AS_OF,
    )


def facts(
    *results: StatsResult, question: str = "How many messages per category?", explanation: str = "All messages, UTC"
) -> Facts:
    """The facts of a turn; of `compared()` where no result is given."""
    given = results or (compared(),)
    return facts_of(question, Interpretation(query=given[0].query, explanation=explanation), given)


def streamed(known: Facts, pieces: Iterable[str]) -> tuple[str, Verification]:
    """What a reader sees of a text that arrives in pieces, and the verdict on it."""
    ledger = NumberLedger(known)
    shown = [ledger.feed(piece) for piece in pieces]
    rest, verification = ledger.finish()
    return "".join((*shown, rest)), verification
