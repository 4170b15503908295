"""What was counted and when, in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.chat.narration.narrate import compose
from services.chat.question import (
    Filters,
    Interpretation,
    LabelFilter,
    StatsResult,
    TimeRange,
)
from tests.support.answers import AS_OF, FEBRUARY, about, scalar


def _over(result: StatsResult, start: datetime, end: datetime) -> StatsResult:
    span = TimeRange(start=start, end=end)
    return replace(result, range=span, query=replace(result.query, range=span))


@pytest.mark.parametrize(
    ("filters", "what"),
    [
        (Filters(categories=LabelFilter(any_of=("withdraw",))), "withdrawal messages"),
        (Filters(categories=LabelFilter(any_of=("login_account",))), "login and account messages"),
        (Filters(categories=LabelFilter(any_of=("deposit", "withdraw"))), "messages about deposits or withdrawals"),
        (Filters(categories=LabelFilter(none_of=("game_issue",))), "messages without game issues"),
        (Filters(intents=LabelFilter(all_of=("complaint", "praise"))), "messages about complaints and praise"),
        (
            Filters(categories=LabelFilter(any_of=("deposit",)), intents=LabelFilter(any_of=("complaint",))),
            "messages about deposits and complaints",
        ),
        (
            Filters(categories=LabelFilter(any_of=("deposit", "withdraw")), intents=LabelFilter(any_of=("complaint",))),
            "messages about complaints and either deposits or withdrawals",
        ),
        (Filters(intents=LabelFilter(any_of=("tier_2",))), "tier 2 messages"),
    ],
)  # fmt: skip
def test_labels_have_readable_names(filters: Filters, what: str) -> None:
    assert compose(Interpretation(), [about(scalar(412), filters)]).startswith(f"**412 {what}** arrived")


@pytest.mark.parametrize(
    ("users", "where"),
    [
        (LabelFilter(any_of=("u-1",)), "from the customers chosen"),
        (LabelFilter(none_of=("u-1",)), "from all but the customers named"),
    ],
)
def test_customers_chosen_and_left_out_are_told(users: LabelFilter, where: str) -> None:
    assert f"arrived {where} in" in compose(Interpretation(), [about(scalar(412), Filters(user_ids=users))])


_MIDNIGHT = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "phrase"),
    [
        (_MIDNIGHT, _MIDNIGHT + timedelta(1), "on Sunday 1 February 2026."),
        (_MIDNIGHT, _MIDNIGHT + timedelta(7), "from 1 to 7 February 2026."),
        (_MIDNIGHT, _MIDNIGHT + timedelta(31), "from 1 February to 3 March 2026."),
        (_MIDNIGHT, _MIDNIGHT + timedelta(59), "from February 2026 to March 2026."),
        (_MIDNIGHT - timedelta(31), _MIDNIGHT + timedelta(334), "in 2026."),
        (_MIDNIGHT, AS_OF, "from 1 February to 5 March 2026 up to 09:30."),
        (_MIDNIGHT + timedelta(hours=6), _MIDNIGHT + timedelta(hours=24),
        "on Sunday 1 February 2026 between 06:00 and 24:00."),
        (AS_OF - timedelta(days=1), AS_OF, "from 4 March 2026, 09:30 to 5 March 2026, 09:30."),
    ],
)  # fmt: skip
def test_periods_in_words(start: datetime, end: datetime, phrase: str) -> None:
    assert compose(Interpretation(), [_over(scalar(3), start, end)]).endswith(phrase)


def test_open_periods_in_words() -> None:
    def told(span: TimeRange) -> str:
        return compose(Interpretation(), [replace(scalar(3), range=span)])

    assert told(TimeRange()).endswith("over all time.")
    assert told(TimeRange(start=FEBRUARY.start)).endswith("since 1 February 2026.")
    assert told(TimeRange(end=FEBRUARY.end)).endswith("before 1 March 2026.")
