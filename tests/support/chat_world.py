"""What the tests of the chat ask about: labelled messages of known days, and the people who ask."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.runtime.auth import Identity, Role
from services.runtime.ids import new_id
from tests.support.postgres import connection
from tests.support.statistics_world import WorldLabels, WorldMessage, load

WORKSPACE = "chat"
NOW = datetime(2026, 3, 18, 14, 30, tzinfo=UTC)
YESTERDAY = datetime(2026, 3, 17, tzinfo=UTC)
SPIKE = datetime(2026, 2, 14, tzinfo=UTC)

# hour of yesterday → deposit messages on live chat
DEPOSITS_BY_HOUR = {9: 3, 14: 2, 20: 2}
TELEGRAM_DEPOSITS = 3
DEPOSITS_YESTERDAY = sum(DEPOSITS_BY_HOUR.values()) + TELEGRAM_DEPOSITS
WITHDRAWALS_A_DAY = 2
WITHDRAWALS_ON_SPIKE = 40
COMPLAINTS = datetime(2026, 1, 20, tzinfo=UTC)
# what complaints are about → how many of them, all on one day of January
COMPLAINTS_ABOUT = {"game_technical": 3, "bonus_missing": 2, "login_failed": 1}


def person(role: Role = Role.ADMIN, user_id: str = "") -> Identity:
    """Somebody of the workspace; a new person unless `user_id` names one."""
    return Identity(user_id=user_id or new_id(), workspace_id=WORKSPACE, role=role, name="Tester")


def _message(time: datetime, intent: str, source: str, number: int, *beside: str) -> WorldMessage:
    intents = (intent, *beside)
    scores = tuple(0.9 - 0.1 * position for position in range(len(intents)))
    labels = WorldLabels(
        valid_from=time, valid_to=None, intents=intents, scores=scores, sentiment="negative", language="en"
    )
    return WorldMessage(
        event_time=time,
        create_time=time,
        source=source,
        user_id=f"user-{number % 5}",
        text=f"{intent.replace('_', ' ')} again, please look into it",
        labels=(labels,),
        indexed=True,
    )


def messages() -> list[WorldMessage]:
    """All messages: deposits of yesterday and of a week before, withdrawals every day since February, complaints.

    And what an agent went on to answer to the last deposit, more often than a list is long: it is in no number.
    """
    answer = _message(YESTERDAY + timedelta(hours=20, minutes=9), "deposit_failed", "livechat", 9)
    found = [
        replace(
            answer,
            author="agent",
            user_id="agent-1",
            text="We have booked your deposit.",
            event_time=answer.event_time + timedelta(seconds=second),
        )
        for second in range(30)
    ]
    for hour, count in DEPOSITS_BY_HOUR.items():
        times = [YESTERDAY + timedelta(hours=hour, minutes=minute) for minute in range(count)]
        found += [_message(time, "deposit_failed", "livechat", number) for number, time in enumerate(times)]
    found += [
        _message(YESTERDAY + timedelta(hours=11, minutes=number), "deposit_not_credited", "telegram", number)
        for number in range(TELEGRAM_DEPOSITS)
    ]
    found += [
        _message(
            YESTERDAY - timedelta(days=7) + timedelta(hours=8, minutes=number), "deposit_failed", "livechat", number
        )
        for number in range(4)
    ]
    found += [
        _message(COMPLAINTS + timedelta(hours=9, minutes=number), "complaint", "livechat", number, about)
        for about, count in COMPLAINTS_ABOUT.items()
        for number in range(count)
    ]
    day = datetime(2026, 2, 1, tzinfo=UTC)
    while day <= YESTERDAY:
        count = WITHDRAWALS_ON_SPIKE if day == SPIKE else WITHDRAWALS_A_DAY
        found += [
            _message(day + timedelta(hours=10, seconds=number), "withdrawal_delayed", "telegram", number)
            for number in range(count)
        ]
        day += timedelta(days=1)
    return found


async def fill(database_url: str) -> None:
    """Puts the messages into the workspace of the tests."""
    async with connection(database_url) as owner:
        await load(owner, WORKSPACE, messages())
