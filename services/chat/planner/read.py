"""Reads one turn: dates, phrases of the lexicon and cues become a `Reading` with its date values beside it."""

import re
from dataclasses import dataclass, replace
from typing import Final

from services.chat.dates.clock import Clock
from services.chat.dates.period import Period, Unit
from services.chat.dates.resolve import Dated, Settled, read_dates
from services.chat.lexicon.entry import Kind, Tag
from services.chat.lexicon.matcher import tagged
from services.chat.lexicon.text import Canonical
from services.chat.planner import cues
from services.chat.planner.another_year import is_of_another_year
from services.chat.planner.days_within import days_within
from services.chat.planner.forgetting import forgotten_parts, without_dropped_rows
from services.chat.planner.grouping import grouping_of
from services.chat.planner.items import items_of
from services.chat.planner.local_times import AskedTimes, LocalTimes, of_longer
from services.chat.planner.measuring import least_confidence, measure_of
from services.chat.planner.operations import examples_limit, operation_of
from services.chat.planner.reading import Grouping, Reading
from services.chat.planner.share_sides import share_sides, tells_the_part
from services.chat.planner.time_phrases import times_of
from services.chat.planner.users import users_of
from services.chat.question import Dimension, Measure, Operation

_CALENDAR: Final = frozenset({Unit.WEEK, Unit.MONTH, Unit.QUARTER, Unit.HALF, Unit.YEAR})
_MENTION: Final = (
    r"(?:mention(?:s|ed|ing)?|contain(?:s|ed|ing)?|includ(?:e|es|ed|ing)|say(?:s|ing)?|said|quot(?:e|es|ing)|with|using"
    r"|about|matching|match|for)"
)
_WORD: Final = r"(?:the )?(?:exact )?(?:word|words|phrase|text|term|string|keyword)s?"
_NO_PASSAGE: Final = (
    r"(?:§|¤|(?:word|phrase|last|past|previous|this|yesterday|today|in|on|at|by|since|during|over|before|after|between"
    r"|from|per|each|most|more)\b)"
)
_SPOKEN: Final = re.compile(
    rf"\b{_MENTION} {_WORD} (?P<word>[\w§]+(?:[-.]\w+)*)"
    rf"|\b(?:mention(?:s|ed|ing)?|contain(?:s|ed|ing)?) (?!(?:the |a |an |both |either )?{_NO_PASSAGE})"
    r"(?P<bare>(?:the |a |an )?[\w§]+)"
)
_QUOTE: Final = re.compile(rf"(?:\b{_MENTION} (?:{_WORD} )?)?¤quote(?P<index>\d+)")
_DENIED: Final = re.compile(
    r"\b(?:not|never|without|excluding|except|nor|neither|no)(?: (?:the|any|a|an|messages?|that|those|which|ones|ever"
    rf"|even|do|does|did|just))* (?:{_MENTION}(?<!with)(?<!about)(?<!for)(?<!using)|{_WORD}|¤quote\d)(?= |$|\d)"
)

_AS_OF: Final = re.compile(
    r"\bas (?:(?:it|they|that|we) )?(?:(?:was|were|had) )?(?:of|reported|known|seen|recorded|published|stood|knew)"
    r"(?: (?:it|them))?(?: (?:on|at|in))? (?P<mark>§\d+)"
)
_FEWEST_TO_CORRECT: Final = 2
_TAKEN_BACK: Final = re.compile(r"(?:^|(?<= )(?:, )?)(?:no )?not (?:(?:for|from|in|on|of|at) )?§\d+(?: (?:,|but|-))*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A reading, the tags it was made from, and its date values in the order of the text."""

    reading: Reading
    tags: tuple[Tag, ...]
    dates: tuple[Settled, ...]
    as_of: Settled | None = None

    @property
    def is_rolling(self) -> bool:
        """Whether a period counts back from now."""
        return any(isinstance(value, Period) and value.rolling for value in self.dates)

    @property
    def is_calendar(self) -> bool:
        """Whether a period is a calendar week, month, quarter or year."""
        return any(isinstance(value, Period) and value.unit in _CALENDAR for value in self.dates)

    @property
    def names_two_units(self) -> bool:
        """Whether a range is told by two whole weeks, months, quarters or years: "between January and February"."""
        spans = [value.parts for value in self.dates if isinstance(value, Period) and value.parts is not None]
        return any(one.unit is other.unit and one.unit in _CALENDAR for one, other in spans)

    @property
    def states(self) -> tuple[Tag, ...]:
        """What is said of a topic, "failed" or "late", wherever the topic is named."""
        return tuple(t for t in self.tags if t.kind is Kind.STATE and t.values[0] not in {"question", "info"})

    @property
    def forgets(self) -> frozenset[str]:
        """The parts of the question in force that the turn takes back."""
        return forgotten_parts(self.reading.text, self.reading.operation)

    @property
    def only_counts(self) -> bool:
        """Whether the turn is a bare "how many?", with nothing to count."""
        r = self.reading
        nothing = not (self.dates or r.items or r.quoted or r.user_ids or r.grouping or r.operation or self.tags)
        return nothing and not (r.times or r.changes) and r.min_confidence is None and not self.forgets

    @property
    def is_empty(self) -> bool:
        """Whether the turn says nothing about messages."""
        r = self.reading
        named = self.dates or r.items or r.quoted or r.user_ids or r.grouping or r.operation or r.measure
        return not (
            named
            or self.as_of is not None
            or self.forgets
            or r.changes
            or r.min_confidence is not None
            or bool(r.times)
            or any(t.kind in {Kind.MESSAGE, Kind.PERSON} for t in self.tags)
            or bool(self.states)
        )


def read(text: str, told: Canonical, clock: Clock) -> Turn:
    """Read the clauses `text` of a canonical question."""
    user_ids, text = users_of(text, told.quoted)
    confidence, text = least_confidence(text)
    denied = bool(_DENIED.search(text))
    passage, in_part, text = _passage(text, told.quoted)
    times, text = days_within(*times_of(" ".join(text.split())), clock)
    as_of, dated = _as_of(_corrected(read_dates(text, clock)))
    dates = tuple(value for _, value in dated.periods())
    if not times.only.hours and not cues.contrasts(dated.text):
        hours, dates = of_longer(dates)
        times = replace(times, only=LocalTimes(hours=hours, weekdays=times.only.weekdays))
    tags = tagged(dated.text)
    words = dated.text.split()
    measure = measure_of(dated.text)
    by = without_dropped_rows(dated.text)
    grouping = grouping_of(by, tags if by == dated.text else tagged(by))
    apart = grouping is None and bool(times.only.weekdays) and not times.only.hours and cues.sets_days_apart(dated.text)
    if apart:
        times, grouping = AskedTimes(), Grouping(dimensions=(Dimension.WEEKDAY,))
    operation = operation_of(dated.text)
    share = share_sides(words, tags) if measure is Measure.SHARE and not cues.is_comparative(dated.text) else None
    reading = Reading(
        text=dated.text,
        items=items_of(words, tags, share.part if share else None),
        operation=operation,
        measure=measure,
        grouping=grouping,
        share=share,
        min_confidence=confidence,
        quoted=passage,
        quoted_in_part=in_part,
        quoted_out=bool(passage) and denied,
        user_ids=user_ids,
        times=times,
        contrast=cues.contrasts(dated.text),
        period_contrast=cues.contrasts(dated.text) and cues.contrasts_period(dated.text),
        changes=(cues.changes(_outside(words, tags)) and not apart)
        or cues.asks_what_moved(dated.text)
        or cues.asks_whether_mood_moved(dated.text)
        or operation is Operation.EXPLAIN_CHANGE,
        whole=cues.wants_whole(text),
        another_year=is_of_another_year(text, dated.text),
        narrows=cues.narrows(dated.text),
        adds=cues.adds(dated.text),
        examples=examples_limit(dated.text),
    )
    return Turn(reading=reading, tags=tags, dates=dates, as_of=as_of)


def _as_of(dated: Dated) -> tuple[Settled | None, Dated]:
    """The instant the numbers are told for ("as reported on 1 March"), and the text without that phrase."""
    found = _AS_OF.search(dated.text)
    if found is None:
        return None, dated
    text = f"{dated.text[: found.start()]} {dated.text[found.end() :]}"
    return dated.values[found["mark"]], replace(dated, text=" ".join(text.split()))


def _corrected(dated: Dated) -> Dated:
    """The dates without one that is taken back beside another: "not yesterday, today", "this week, not last week"."""
    found = _TAKEN_BACK.search(dated.text)
    if found is None or len(tuple(dated.periods())) < _FEWEST_TO_CORRECT or cues.contrasts(dated.text):
        return dated
    text = f"{dated.text[: found.start()]} {dated.text[found.end() :]}"
    return replace(dated, text=" ".join(text.split()))


def _outside(words: list[str], tags: tuple[Tag, ...]) -> str:
    """The text without the phrases of the lexicon: "account change" is no change, "declined deposits" no decline."""
    covered = {index for tag in tags for index in range(tag.start, tag.end)}
    return " ".join("·" if index in covered else word for index, word in enumerate(words))


def _passage(text: str, quoted: tuple[str, ...]) -> tuple[str, bool, str]:
    """The passage messages must hold, whether a share is of those that hold it, and the text without it."""
    found = _QUOTE.search(text)
    if found is not None:
        return quoted[int(found["index"])], *_without(text, found)
    found = _SPOKEN.search(text)
    if found is None:
        return "", False, text
    word = (found["word"] or found["bare"]).removeprefix("the ").removeprefix("a ").removeprefix("an ")
    if found["bare"] and (
        tagged(word) or word in {"both", "either", "no", "not", "any", "about", "that", "it", "them"}
    ):
        return "", False, text
    return word, *_without(text, found)


def _without(text: str, found: re.Match[str]) -> tuple[bool, str]:
    after = text[found.end() :]
    return tells_the_part(after), f"{text[: found.start()]} {after}"
