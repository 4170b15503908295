"""Spikes: what stood out, and how it is told with its odds."""

from datetime import UTC, datetime, timedelta

from services.chat.findings import Spike, Spikes
from services.chat.narration.spikes import tell_spikes
from services.chat.question import Dimension, Order, StatsQuery, StatsResult, TimeRange

START = datetime(2026, 2, 1, tzinfo=UTC)


def counted(step: Dimension = Dimension.DAY) -> StatsResult:
    span = TimeRange(start=START, end=START + timedelta(days=28))
    return StatsResult(
        query=StatsQuery(group_by=(step,), order=Order.KEY_ASC, range=span, time_zone="Europe/Ljubljana"),
        query_id="q",
        rows=(),
        total=0,
        compare_total=None,
        rows_sum_to_total=True,
        range=span,
        compare_range=None,
        as_of=START + timedelta(days=60),
    )


def found(*spikes: Spike, judged: int = 28) -> Spikes:
    return Spikes(spikes=spikes, judged=judged, false_alarm_rate=0.05)


def spike(p_value: float, *, category: str = "", expected: float = 9.6) -> Spike:
    start = datetime(2026, 2, 13, 23, tzinfo=UTC)
    return Spike(category=category, start=start, expected=expected, seen=1240, p_value=p_value)


def test_a_spike_is_told_with_what_was_expected_and_its_odds() -> None:
    told = tell_spikes(counted(), found(spike(1 / 41234)))
    assert "**1 day** stood out in messages" in told
    assert "- **Saturday 14 February 2026**: 1,240, where about 10 were expected; by chance once in 41,000 such" in told
    assert "Of periods in which nothing happens, 5% show one by chance." in told


def test_a_category_and_an_hour_are_named() -> None:
    told = tell_spikes(counted(Dimension.HOUR), found(spike(1e-30, category="deposit", expected=0.2)))
    assert "- **Deposits, Saturday 14 February 2026, 00:00**: 1,240, where hardly any were expected" in told
    assert "less than once in a billion" in told
    assert "weekday and hour" in told


def test_of_many_the_first_are_told() -> None:
    told = tell_spikes(counted(), found(*[spike(1e-5)] * 12))
    assert "- and 2 more" in told


def test_nothing_and_too_little_are_different_things() -> None:
    assert "No day stood out" in tell_spikes(counted(), found())
    assert "too little history" in tell_spikes(counted(), found(judged=0))
