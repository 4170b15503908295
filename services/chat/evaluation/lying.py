"""Answers of a lying model, streamed through the ledger: how many lies it masks, misses, and truths it masks wrongly.

Every line of an answer holds one numeral, a true one or a lie, so that the verdict on each can be read off what is
shown. Lies keep away from everything that may be said: a rounding of a truth is no lie.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from services.chat.evaluation.numerals_written import lies_of, truths_of
from services.chat.ledger.facts import Facts, facts_of
from services.chat.ledger.number_ledger import MASK, NumberLedger
from services.chat.ledger.numerals.quantities import Kind
from services.chat.question import Dimension, Interpretation, StatsQuery, StatsResult, StatsRow, TimeRange
from services.runtime.labels import CATEGORIES

_LIE: Final = (
    "There were {n} messages.", "In all, **{n}** came in.", "The count was {n}, no more.", "({n})", "- Total: {n}",
    "Customers wrote {n} times about it.", "Es waren {n} Nachrichten.", "Roughly: {n} of them.", "| total | {n} |",
    "It is {n}!", "The figure stands at {n} now.", "People say “{n}”.",
    "Compared with before, {n}.", "Total={n};", "We counted {n} in the period.",
)  # fmt: skip
_LINES: Final = range(4, 10)
_PART_OF_LIES: Final = 0.5
_LONGEST_PIECE: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class LyingScore:
    """Verdicts over all answers, with up to twenty lines that were judged wrongly."""

    answers: int
    lies: int
    masked: int
    missed: tuple[str, ...]
    truths: int
    wrongly_masked: tuple[str, ...]

    @property
    def part_wrongly_masked(self) -> float:
        """The part of true numerals that were masked, in [0, 1]."""
        return len(self.wrongly_masked) / self.truths if self.truths else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One line of an answer and the numeral in it."""

    text: str
    written: str
    is_lie: bool


def lie(answers: int, *, seed: int = 2026) -> LyingScore:
    """Streams that many answers, each about results of its own, in pieces of random length."""
    chance = random.Random(seed)  # noqa: S311 - the same lies every time
    lines: list[tuple[_Line, str]] = []
    for _ in range(answers):
        lines += _judged(chance)
    lies = [(line, shown) for line, shown in lines if line.is_lie]
    truths = [(line, shown) for line, shown in lines if not line.is_lie]
    return LyingScore(
        answers=answers,
        lies=len(lies),
        masked=sum(MASK in shown for _, shown in lies),
        missed=tuple(line.text for line, shown in lies if line.written in shown or MASK not in shown),
        truths=len(truths),
        wrongly_masked=tuple(line.text for line, shown in truths if MASK in shown),
    )


def _judged(chance: random.Random) -> Iterator[tuple[_Line, str]]:
    """The lines of one answer, and what of each is shown."""
    result = _result(chance)
    reading = Interpretation(query=result.query, explanation="All messages by category, compared, UTC")
    facts = facts_of("How many messages per category?", reading, [result])
    lines = [_line(chance, result, facts) for _ in range(chance.choice(_LINES))]
    shown = _streamed(chance, facts, "\n".join(line.text for line in lines)).split("\n")
    yield from zip(lines, shown, strict=True)


def _line(chance: random.Random, result: StatsResult, facts: Facts) -> _Line:
    if chance.random() >= _PART_OF_LIES:
        text, written = chance.choice(truths_of(result))
        return _Line(text=text, written=written, is_lie=False)
    while True:
        value = chance.choice((chance.randint(8, 99), chance.randint(100, 9_999), chance.randint(10_000, 2_000_000)))
        if _is_far(value, facts):
            written = chance.choice(lies_of(value, chance))
            return _Line(text=chance.choice(_LIE).format(n=written), written=written, is_lie=True)


def _is_far(value: int, facts: Facts) -> bool:
    """Whether no fact is so near that the value could be a rounding of it, however it is written.

    "1.234" may be read as a little more than one.
    """
    near = ((float(value), max(1.0, value * 0.01)), (value / 1000, 0.01))
    return not any(facts.near(kind, at - width, at + width) for kind in Kind for at, width in near)


def _streamed(chance: random.Random, facts: Facts, text: str) -> str:
    ledger, shown, position = NumberLedger(facts), [], 0
    while position < len(text):
        end = position + chance.randint(1, _LONGEST_PIECE)
        shown.append(ledger.feed(text[position:end]))
        position = end
    return "".join((*shown, ledger.finish()[0]))


def _result(chance: random.Random) -> StatsResult:
    """A month by category against the month before."""
    first = date(2024, 1, 1) + timedelta(days=chance.randint(0, 900))
    span, before = _month(first), _month(_start(first) - timedelta(days=1))
    keys = chance.sample(CATEGORIES, chance.randint(2, 5))
    rows = tuple(
        StatsRow(
            keys=(("category", key),),
            value=float(chance.randint(1_000, 90_000)),
            compare_value=float(chance.randint(1_000, 90_000)),
        )
        for key in keys
    )
    query = StatsQuery(range=span, compare_to=before, group_by=(Dimension.CATEGORY,))
    return StatsResult(
        query=query,
        query_id="id",
        rows=rows,
        total=sum(row.value for row in rows),
        compare_total=sum(row.compare_value or 0.0 for row in rows),
        rows_sum_to_total=True,
        range=span,
        compare_range=before,
        as_of=datetime(2026, 11, 21, tzinfo=UTC),
    )


def _start(day: date) -> date:
    return day.replace(day=1)


def _month(day: date) -> TimeRange:
    start = _start(day)
    after = _start(start + timedelta(days=31))
    return TimeRange(start=_midnight(start), end=_midnight(after))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
