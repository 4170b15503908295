"""Series as the built-in narrator tells them: peaks, ties, silence."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.chat.narration.narrate import compose
from services.chat.question import (
    Dimension,
    Filters,
    Interpretation,
    LabelFilter,
    Measure,
    Order,
    StatsResult,
    TimeRange,
)
from tests.support.answers import AS_OF, FEBRUARY, about, before, by

_DEPOSIT = Filters(categories=LabelFilter(any_of=("deposit",)), sources=LabelFilter(any_of=("telegram",)))


def test_hours_have_a_peak() -> None:
    text = compose(Interpretation(), [by(Dimension.HOUR, ("13", 4), ("14", 31), ("15", 0))])
    assert "The peak was 14:00–15:00 with 31. The quietest hour was 15:00–16:00 with none." in text
    assert "- **14:00–15:00**: 31" in text
    assert "- **15:00–16:00**: none" in text


def test_days_are_told_in_words_with_their_average() -> None:
    text = compose(Interpretation(), [by(Dimension.DAY, ("2026-02-13", 4), ("2026-02-14", 31), ("2026-02-15", 1))])
    assert (
        "The peak was Saturday 14 February 2026 with 31. The quietest day was Sunday 15 February 2026 with 1." in text
    )
    assert "On average there were 1.3 a day." in text


def _hours(**values: float) -> StatsResult:
    """All 24 hours of a day; `h13=4` gives the hour from 13:00 a value, the others have none."""
    return by(Dimension.HOUR, *((f"{hour:02}", values.get(f"h{hour:02}", 0.0)) for hour in range(24)))


def test_a_long_series_lists_only_steps_with_a_value() -> None:
    assert compose(Interpretation(), [_hours(h09=3, h14=7)]) == (
        "**10 messages** arrived in February 2026.\n\n"
        "The peak was 14:00–15:00 with 7.\n\n"
        "By hour:\n- **09:00–10:00**: 3\n- **14:00–15:00**: 7\n\n"
        "No messages in the other 22 hours."
    )


def test_the_closing_line_says_what_there_was_none_of() -> None:
    text = compose(Interpretation(), [about(_hours(h09=3), _DEPOSIT)])
    assert text.endswith("No deposit messages on Telegram in the other 23 hours.")
    days = [((datetime(2026, 2, 1, tzinfo=UTC) + timedelta(i)).date().isoformat(), float(i)) for i in range(9)]
    assert compose(Interpretation(), [by(Dimension.DAY, *days)]).endswith("No messages on the other day.")
    people = _hours(h09=3)
    people = replace(people, query=replace(people.query, measure=Measure.UNIQUE_USERS))
    assert compose(Interpretation(), [people]).endswith("None in the other 23 hours.")


def test_a_comparison_lists_steps_with_a_value_in_either_period() -> None:
    hours = before(_hours(h09=3, h14=7, h15=1), *(4.0 if hour in {14, 20} else 0.0 for hour in range(24)))
    text = compose(Interpretation(), [hours])
    assert "- **09:00–10:00**: 3, none before\n" in text
    assert "- **14:00–15:00**: 7, 3 more than 4 (+75%)\n" in text
    assert "- **20:00–21:00**: none, 4 before\n\n" in text
    assert text.endswith("No messages in either period in the other 20 hours.")


def test_a_short_or_a_cut_series_lists_every_step() -> None:
    short = by(Dimension.DAY, ("2026-02-13", 4), ("2026-02-14", 0), ("2026-02-15", 0))
    text = compose(Interpretation(), [short])
    assert "- **Saturday 14 February 2026**: none\n- **Sunday 15 February 2026**: none" in text
    assert "The peak was Friday 13 February 2026 with 4. Nothing came on 2 days." in text
    quietest = replace(_hours(), truncated=True, total=9.0)
    text = compose(Interpretation(), [replace(quietest, query=replace(quietest.query, order=Order.VALUE_ASC))])
    assert text.count(": none") == 24


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"h15": 2, "h18": 2, "h19": 1}, "The peaks were 15:00–16:00 and 18:00–19:00 with 2 each.\n"),
        ({"h10": 2, "h12": 2, "h15": 2, "h19": 1},
         "The peaks were 10:00–11:00, 12:00–13:00 and 15:00–16:00 with 2 each.\n"),
        ({"h10": 2, "h12": 2, "h15": 2, "h18": 2, "h19": 1}, "4 hours share the peak of 2.\n"),
        ({f"h{hour:02}": 5 for hour in range(23)} | {"h23": 1},
         "23 hours share the peak of 5. The quietest hour was 23:00–24:00 with 1.\n"),
        ({f"h{hour:02}": 5 for hour in range(22)} | {"h22": 9, "h23": 5}, "The peak was 22:00–23:00 with 9.\n"),
        ({f"h{hour:02}": 5 for hour in range(24)}, "Every hour had 5.\n"),
    ],
)  # fmt: skip
def test_ties_are_told(values: dict[str, float], sentence: str) -> None:
    assert f"\n\n{sentence}" in compose(Interpretation(), [_hours(**values)])


def test_a_cut_ranking_claims_no_more_than_it_shows() -> None:
    top = by(Dimension.DAY, ("2026-02-13", 4), ("2026-02-14", 4), ("2026-02-15", 4))
    cut = compose(Interpretation(), [replace(top, truncated=True, total=40)])
    assert "Every day" not in cut
    assert "peak" not in cut


def test_a_long_series_is_cut_to_its_largest_steps() -> None:
    days = [((datetime(2026, 1, 1, tzinfo=UTC) + timedelta(i)).date().isoformat(), float(i % 50)) for i in range(90)]
    text = compose(Interpretation(), [by(Dimension.DAY, *days)])
    assert "The days with the most:" in text
    assert "- All 90 rows are in the table beside this answer." in text
    assert text.count("\n- ") == 32


_WEEK_SO_FAR = TimeRange(start=datetime(2026, 2, 26, tzinfo=UTC), end=AS_OF)


def test_a_day_that_is_not_over_is_not_the_quietest() -> None:
    days = by(Dimension.DAY, ("2026-03-03", 9), ("2026-03-04", 5), ("2026-03-05", 1), span=_WEEK_SO_FAR)
    text = compose(Interpretation(), [days])
    assert "The peak was Tuesday 3 March 2026 with 9. The quietest day was Wednesday 4 March 2026 with 5." in text
    assert "- **Thursday 5 March 2026** (so far): 1" in text
    assert "from 26 February to 5 March 2026 up to 09:30" in text


def test_a_week_that_the_period_cuts_is_marked_and_not_the_quietest() -> None:
    weeks = by(Dimension.WEEK, ("2026-W09", 2), ("2026-W10", 9), ("2026-W08", 7), span=_WEEK_SO_FAR)
    text = compose(Interpretation(), [weeks])
    assert "- **23 February to 1 March 2026** (in part): 2" in text
    assert "quietest" not in text


def test_weekdays_that_come_more_often_are_named() -> None:
    weekdays = by(Dimension.WEEKDAY, ("monday", 4), ("sunday", 9), span=TimeRange(start=FEBRUARY.start, end=AS_OF))
    assert compose(Interpretation(), [weekdays]).endswith(
        "Mondays, Tuesdays, Wednesdays, Thursdays and Sundays come once more in this period than the other days."
    )
    told = replace(weekdays, query=replace(weekdays.query, filters=Filters(weekdays=(1, 6, 7))))
    more = "Mondays and Sundays come once more in this period than the other days."
    assert compose(Interpretation(), [told]).endswith(more)
    alike = replace(weekdays, query=replace(weekdays.query, filters=Filters(weekdays=(1, 7))))
    assert "come once" not in compose(Interpretation(), [alike])
    share = replace(weekdays, query=replace(weekdays.query, measure=Measure.SHARE))
    assert "come once" not in compose(Interpretation(), [share])
    assert "come once" not in compose(Interpretation(), [by(Dimension.WEEKDAY, ("monday", 4), ("sunday", 9))])


def test_days_of_a_longer_period_that_have_no_row_are_told() -> None:
    january = TimeRange(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 2, 1, tzinfo=UTC))
    days = by(Dimension.DAY, ("2026-02-01", 4), ("2026-02-02", 9))
    compared = replace(days, compare_total=20.0, compare_range=january)
    left_alone = "The earlier period is longer: its last days have no row and count in its total only."
    assert left_alone in compose(Interpretation(), [compared])
    assert left_alone not in compose(Interpretation(), [replace(compared, compare_range=compared.range)])
    assert left_alone not in compose(Interpretation(), [days])
