"""The demo inbox: the same for the same anchor, shaped like an operator's weeks, with its two incidents."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from deploy.local.demo import DAYS, HOUR_WEIGHTS, INCIDENTS, WEEKDAY_WEIGHTS, DemoMessage, Incident, demo_messages

ANCHOR = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)
MIDNIGHT = ANCHOR.replace(hour=0, minute=0)


@pytest.fixture(scope="module")
def messages() -> list[DemoMessage]:
    return demo_messages(ANCHOR)


def of_incident(message: DemoMessage, incident: Incident, *, weeks_before: int = 0) -> bool:
    start = MIDNIGHT - timedelta(days=incident.days_ago + 7 * weeks_before) + timedelta(hours=incident.start_hour)
    return start <= message.event_time <= start + timedelta(hours=incident.hours)


def test_the_same_anchor_makes_the_same_messages(messages: list[DemoMessage]) -> None:
    assert demo_messages(ANCHOR) == messages
    assert demo_messages(ANCHOR + timedelta(days=1)) != messages


def test_they_fill_ninety_days_up_to_the_anchor_in_order(messages: list[DemoMessage]) -> None:
    assert all(left.event_time <= right.event_time for left, right in pairwise(messages))
    assert MIDNIGHT - timedelta(days=DAYS) <= messages[0].event_time
    assert messages[-1].event_time < ANCHOR
    assert {message.event_time.date() for message in messages} == {
        (MIDNIGHT - timedelta(days=days)).date() for days in range(DAYS + 1)
    }


def test_fewer_days_are_the_end_of_the_ninety(messages: list[DemoMessage]) -> None:
    few = demo_messages(ANCHOR, days=10)
    assert few == messages[-len(few) :]
    assert few[0].event_time.date() == (MIDNIGHT - timedelta(days=10)).date()


def test_each_is_known_by_its_own_id(messages: list[DemoMessage]) -> None:
    assert len({message.external_id for message in messages}) == len(messages)
    assert all(message.text.strip() for message in messages)


def test_weekends_are_busier_and_nights_are_quiet(messages: list[DemoMessage]) -> None:
    everyday = [message for message in messages if not any(of_incident(message, incident) for incident in INCIDENTS)]
    days = Counter(message.event_time.date() for message in everyday)
    full = [day for day in days if day != ANCHOR.date()]
    weekday = {number: sum(days[day] for day in full if day.weekday() == number) for number in range(7)}
    busiest, quietest = WEEKDAY_WEIGHTS.index(max(WEEKDAY_WEIGHTS)), WEEKDAY_WEIGHTS.index(min(WEEKDAY_WEIGHTS))
    assert weekday[busiest] > 1.15 * weekday[quietest]
    hours = Counter(message.event_time.hour for message in everyday)
    quiet, busy = HOUR_WEIGHTS.index(min(HOUR_WEIGHTS)), HOUR_WEIGHTS.index(max(HOUR_WEIGHTS))
    assert hours[busy] > 5 * hours[quiet]


@pytest.mark.parametrize("incident", INCIDENTS, ids=["payment provider", "game"])
def test_an_incident_stands_out_of_its_evening(messages: list[DemoMessage], incident: Incident) -> None:
    evening = sum(of_incident(message, incident) for message in messages)
    week_before = sum(of_incident(message, incident, weeks_before=1) for message in messages)
    assert incident.messages <= evening
    assert evening > 3 * week_before


def test_payouts_rise_over_the_last_two_weeks(messages: list[DemoMessage]) -> None:
    def share(first: int, last: int) -> float:
        within = [
            message.text.lower()
            for message in messages
            if MIDNIGHT - timedelta(days=first) <= message.event_time < MIDNIGHT - timedelta(days=last)
        ]
        return sum("withdraw" in text or "payout" in text for text in within) / len(within)

    assert share(7, 0) > 1.1 * share(60, 30)


def test_several_channels_and_writers(messages: list[DemoMessage]) -> None:
    assert {message.source for message in messages} == {"livechat", "telegram", "email"}
    writers = Counter(message.user_id for message in messages)
    assert len(writers) > 500
    assert writers.most_common(1)[0][1] > 5 * len(messages) / len(writers)


def test_several_languages(messages: list[DemoMessage]) -> None:
    text = " ".join(message.text.lower() for message in messages)
    assert any(word in text for word in ("auszahlung", "einzahlung"))
    assert any("а" <= letter <= "я" for letter in text) or "depósito" in text
