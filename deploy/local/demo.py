"""Demo data: 90 days of an operator's inbox, as deterministic as its anchor.

Texts are the messages this project wrote for its training corpus, so several languages and every intent occur. Volume
follows the day of the week and the hour, the share of pay-out messages rises over the last two weeks, and two evenings
carry an incident: a payment provider that fails, and a game that freezes.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

DAYS: Final = 90
MESSAGES_PER_DAY: Final = 80
USERS: Final = 900
SEED: Final = 20260301
CORPUS: Final = Path(__file__).resolve().parents[2] / "services" / "classifier" / "training" / "corpus"

WEEKDAY_WEIGHTS: Final = (0.92, 0.86, 0.88, 0.95, 1.10, 1.24, 1.18)
HOUR_WEIGHTS: Final = (30, 20, 13, 9, 7, 6, 8, 13, 21, 29, 35, 38, 42, 43, 44, 46, 50, 58, 68, 78, 84, 80, 64, 46)
SOURCE_WEIGHTS: Final[Mapping[str, int]] = {"livechat": 58, "telegram": 31, "email": 11}

INTENT_WEIGHTS: Final[Mapping[str, int]] = {
    "withdrawal_delayed": 13,
    "deposit_not_credited": 8,
    "deposit_failed": 8,
    "bonus_missing": 7,
    "verification": 7,
    "login_failed": 6,
    "complaint": 6,
    "withdrawal_info": 5,
    "bonus_terms": 5,
    "game_technical": 5,
    "smalltalk": 5,
    "bonus_request": 4,
    "deposit_info": 4,
    "game_result": 4,
    "account_change": 3,
    "account_locked": 3,
    "app_technical": 3,
    "human_agent": 3,
    "withdrawal_rejected": 3,
    "account_closure": 2,
    "geo_blocked": 2,
    "praise": 2,
    "other": 2,
    "security_report": 1,
    "suggestion": 1,
    "game_fairness": 1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoMessage:
    """One message of the demo inbox."""

    external_id: str
    source: str
    user_id: str
    event_time: datetime
    text: str
    conversation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A burst of messages about one event."""

    days_ago: int
    start_hour: int
    hours: float
    messages: int
    texts: tuple[str, ...]


INCIDENTS: Final = (
    Incident(
        days_ago=33,
        start_hour=18,
        hours=3.5,
        messages=110,
        texts=(
            "card deposit declined {n} times in a row, card works everywhere else",
            "my deposit of {amount} keeps failing, error 05",
            "cant deposit, says transaction declined",
            "deposit not working tonight?? tried visa and mastercard",
            "{amount} deposit failed again 😡",
            "is there a problem with card payments? declined every time",
            "money left my bank but the {amount} deposit is not in my balance",
            "deposit page gives an error after the 3d secure step",
            "hi, my {amount} deposit was declined but my bank says all fine",
            "why is every deposit rejected since six o'clock",
        ),
    ),
    Incident(
        days_ago=9,
        start_hour=20,
        hours=3.0,
        messages=85,
        texts=(
            "Golden Comet is frozen on the loading screen",
            "golden comet freezes after every spin",
            "slot Golden Comet stuck, cant even close it",
            "Golden Comet crashed and my last spin of {amount} never finished",
            "anyone else? golden comet not loading at all",
            "the game Golden Comet hangs at 87% since an hour",
            "golden comet black screen on my phone and on pc",
            "game frozen mid bonus round on Golden Comet, {amount} stake",
        ),
    ),
)


def demo_messages(anchor: datetime, days: int = DAYS) -> list[DemoMessage]:
    """Every message of the `days` that end at `anchor` (aware), oldest first.

    Same anchor, same messages: fewer days are the end of the ninety.
    """
    dice = random.Random(SEED)  # noqa: S311  # shape of demo data, no security
    rows = sorted((*_everyday(anchor, dice), *_incidents(anchor, dice)), key=lambda row: row[0])
    messages = [_message(number, *row, dice) for number, row in enumerate(rows, start=1)]
    first = _midnight(anchor) - timedelta(days=days)
    return [message for message in messages if message.event_time >= first]


def _midnight(anchor: datetime) -> datetime:
    return anchor.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _everyday(anchor: datetime, dice: random.Random) -> Iterator[tuple[datetime, str]]:
    decks = {intent: _Deck(texts, dice) for intent, texts in _texts_by_intent().items()}
    midnight = _midnight(anchor)
    for days_ago in range(DAYS, -1, -1):
        day = midnight - timedelta(days=days_ago)
        weights = {**INTENT_WEIGHTS, "withdrawal_delayed": 13 + max(0, 14 - days_ago)}
        volume = round(MESSAGES_PER_DAY * WEEKDAY_WEIGHTS[day.weekday()] * dice.uniform(0.82, 1.18))
        intents = dice.choices(list(weights), weights=list(weights.values()), k=volume)
        for intent in intents:
            hour = dice.choices(range(24), weights=HOUR_WEIGHTS)[0]
            moment = day + timedelta(hours=hour, seconds=dice.uniform(0, 3599))
            if moment < anchor:
                yield moment, decks[intent].draw()


def _incidents(anchor: datetime, dice: random.Random) -> Iterator[tuple[datetime, str]]:
    midnight = _midnight(anchor)
    for incident in INCIDENTS:
        start = midnight - timedelta(days=incident.days_ago) + timedelta(hours=incident.start_hour)
        for _ in range(incident.messages):
            moment = start + timedelta(hours=incident.hours * dice.betavariate(1.6, 2.4))
            amount = f"{dice.choice((20, 25, 30, 50, 75, 100, 150, 200))}{dice.choice(('€', ' eur', '$', ' euro'))}"
            yield moment, dice.choice(incident.texts).format(n=dice.randint(2, 6), amount=amount)


def _message(number: int, moment: datetime, text: str, dice: random.Random) -> DemoMessage:
    """Some users write much more often than others: the square of a uniform draw."""
    user = int(USERS * dice.random() ** 2)
    source = dice.choices(list(SOURCE_WEIGHTS), weights=list(SOURCE_WEIGHTS.values()))[0]
    return DemoMessage(
        external_id=f"demo-{number:06d}",
        source=source,
        user_id=f"player-{10_000 + user * 7}",
        event_time=moment,
        text=text,
        conversation_id=f"demo-{moment:%Y%m%d}-{user}",
    )


class _Deck:
    """Deals every text once before it deals one again."""

    def __init__(self, texts: Sequence[str], dice: random.Random) -> None:
        self._texts, self._dice, self._left = list(texts), dice, list[str]()

    def draw(self) -> str:
        if not self._left:
            self._left = self._dice.sample(self._texts, len(self._texts))
        return self._left.pop()


def _texts_by_intent() -> dict[str, list[str]]:
    """Corpus texts by their most important intent."""
    texts: dict[str, list[str]] = {intent: [] for intent in INTENT_WEIGHTS}
    for file in sorted(CORPUS.glob("*.tsv")):
        for line in file.read_text(encoding="utf-8").splitlines()[1:]:
            intents, _, text = line.split("\t", 2)
            texts[intents.split("+")[0]].append(text.replace("\\n", "\n"))
    return texts
