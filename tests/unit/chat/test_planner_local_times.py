"""Hours and days of the week that narrow a period: read, kept, taken back, and told."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from services.chat.convert import list_request, query_from_proto, query_to_proto
from services.chat.ledger.facts import facts_of
from services.chat.narration.phrases import circumstances
from services.chat.planner.local_times import LocalTimes, repeated
from services.chat.planner.plan import plan
from services.chat.question import Filters, Interpretation, StatsQuery
from services.chat.results.local_times import hour_spans

NOW = datetime(2026, 3, 18, 15, 20, tzinfo=ZoneInfo("Europe/Ljubljana"))


def read(*texts: str) -> Interpretation:
    """The last of a few turns."""
    kept: Interpretation | None = None
    for text in texts:
        kept = plan(text, now=NOW, time_zone="Europe/Ljubljana", in_force=kept)
    assert kept is not None
    return kept


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("messages on mondays", LocalTimes(weekdays=(1,))),
        ("messages on saturdays and sundays", LocalTimes(weekdays=(6, 7))),
        ("on mondays , wednesdays and on fridays", LocalTimes(weekdays=(1, 3, 5))),
        ("on weekends and fridays", LocalTimes(weekdays=(5, 6, 7))),
        ("on friday evenings", LocalTimes()),
        ("on fridays evenings", LocalTimes(weekdays=(5,), hours=tuple(range(18, 24)))),
        ("during the afternoons", LocalTimes(hours=tuple(range(12, 18)))),
        ("at nights", LocalTimes(hours=tuple(range(6)))),
        ("except on weekends", LocalTimes()),
        ("on monday", LocalTimes()),
    ],
)
def test_days_and_parts_of_days_in_the_plural(text: str, times: LocalTimes) -> None:
    assert repeated(text)[0] == times


def test_what_narrows_is_told_and_goes_to_the_store() -> None:
    found = read("deposits between 9 and 17 on Mondays last month")
    assert found.explanation.startswith("Deposits, Mondays, 09:00–17:00, 1–28 February 2026")
    proto = query_to_proto(found.query)
    assert (list(proto.filters.hours), list(proto.filters.weekdays)) == (list(range(9, 17)), [1])
    assert query_from_proto(proto) == found.query
    listed = list_request(found.query, page_size=5)
    assert (listed.filters, listed.time_zone) == (proto.filters, "Europe/Ljubljana")


def test_hours_are_taken_back_and_give_way_to_a_single_day() -> None:
    kept = read("deposits on Fridays last month", "and in January?")
    assert kept.query.filters.weekdays == (5,)
    assert read("deposits on Fridays last month", "drop the weekday filter").query.filters.weekdays == ()
    assert read("deposits between 9 and 17 last month", "all hours").query.filters.hours == ()
    assert read("deposits on Fridays last month", "yesterday").query.filters.weekdays == ()
    assert read("deposits on Fridays last month", "in the mornings").query.filters.weekdays == ()


def test_the_words_of_an_answer_name_them_and_the_ledger_knows_their_numbers() -> None:
    filters = Filters(hours=(22, 23, 0), weekdays=(7, 1))
    assert circumstances(filters) == " on Mondays and Sundays between 00:00 and 01:00 or between 22:00 and 24:00"
    facts = facts_of("", Interpretation(query=StatsQuery(filters=filters)), ())
    assert {0, 60, 22 * 60, 24 * 60} <= facts.minutes
    assert hour_spans((9, 10, 22)) == [(9, 11), (22, 23)]
