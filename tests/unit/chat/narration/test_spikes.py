"""Spikes: what stands out from the median, and how it is told."""

from datetime import UTC, datetime, timedelta

from services.chat.narration.spikes import spikes_of, tell_spikes
from services.chat.question import (
    Dimension,
    Order,
    StatsQuery,
    StatsResult,
    StatsRow,
    TimeRange,
)

START = datetime(2026, 2, 1, tzinfo=UTC)


def daily(*values: float) -> StatsResult:
    days = [START + timedelta(days=number) for number in range(len(values))]
    span = TimeRange(start=START, end=START + timedelta(days=len(values)))
    query = StatsQuery(group_by=(Dimension.DAY,), order=Order.KEY_ASC, range=span)
    rows = [StatsRow(keys=(("day", str(day.date())),), value=value) for day, value in zip(days, values, strict=True)]
    return StatsResult(
        query=query,
        query_id="q",
        rows=tuple(rows),
        total=sum(values),
        compare_total=None,
        rows_sum_to_total=True,
        range=span,
        compare_range=None,
        as_of=START + timedelta(days=60),
    )


def test_a_spike_is_three_times_the_median_and_clearly_above_it() -> None:
    found = spikes_of(daily(10, 12, 11, 40, 10, 33))
    assert [row.value for row in found.rows] == [40]
    assert found.median == 11.5
    assert spikes_of(daily(1, 1, 1, 4, 1)).rows == ()
    assert spikes_of(daily(0, 0, 0, 11)).rows[0].value == 11
    assert spikes_of(daily(1, 50)).rows == ()
    assert spikes_of(daily()).rows == ()


def test_spikes_are_told_with_their_rule() -> None:
    told = tell_spikes(daily(10, 12, 11, 40, 10, 33))
    assert "4 February 2026" in told
    assert "median" in told
    assert "No day stood out" in tell_spikes(daily(10, 11, 12))
    assert "too few days" in tell_spikes(daily(10, 11))
