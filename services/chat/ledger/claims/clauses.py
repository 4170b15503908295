"""Sentences cut into clauses, each with the rows it names and the value it speaks of. Pure."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from services.chat.ledger.claims.patterns import WORD
from services.chat.question import Dimension, StatsResult
from services.chat.results.derivatives import key_day
from services.chat.results.row_names import spellings
from services.chat.results.wording import WEEKDAYS

_CLAUSE_END = re.compile(r"[;,—]|\b(?:while|whereas|but|although|though)\b", re.IGNORECASE)
_SOMETHING_ELSE = re.compile(r"\b(?:others?|rest|remaining|everything|overall|all)\b", re.IGNORECASE)
_WHOLE = re.compile(
    r"\b(?:totals?|overall|volume|messages?|customers?|users?|people|traffic|number|count|everything|they|it)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a clause speaks of: one row, or the total where `row` is None."""

    value: float
    before: float | None
    row: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A clause: where it begins in its sentence, and the (position, row) of every row it names, in order."""

    start: int
    text: str
    rows: tuple[tuple[int, int], ...]
    subject: Subject | None
    result: StatsResult

    @property
    def only_row(self) -> int | None:
        """The one row that is named, however often; None for none or several."""
        named = {row for _, row in self.rows}
        return named.pop() if len(named) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowNames:
    """Finds the rows of a result by the names people give them; results of several dimensions have none.

    `words` are the words of which a sentence must have one to name a row; None where a name has no word ("14:00").
    """

    pattern: re.Pattern[str] | None = None
    rows: dict[str, int] = field(default_factory=dict)
    words: frozenset[str] | None = None

    def found(self, text: str, words: Collection[str]) -> tuple[tuple[int, int], ...]:
        """(position, row) of every name in the text, whose lower-case words are given."""
        if self.pattern is None or (self.words is not None and self.words.isdisjoint(words)):
            return ()
        return tuple((match.start(), self.rows[match.group().lower()]) for match in self.pattern.finditer(text))


def _weekdays(result: StatsResult) -> dict[str, int]:
    """Weekday → the row of its day, where no weekday comes twice."""
    if result.query.group_by != (Dimension.DAY,) or len(result.rows) > len(WEEKDAYS):
        return {}
    days = [key_day(Dimension.DAY, row.keys[0][1]) for row in result.rows]
    return {WEEKDAYS[day[0].weekday()].lower(): index for index, day in enumerate(days) if day is not None}


def row_names(result: StatsResult) -> RowNames:
    """The names of the rows of a result."""
    if len(result.query.group_by) != 1:
        return RowNames()
    rows = _weekdays(result)
    for index, row in enumerate(result.rows):
        for name in spellings(result.query.group_by[0], row.keys[0][1]) if row.keys else ():
            rows.setdefault(name.lower(), index)
    if not rows:
        return RowNames()
    firsts = [WORD.search(name) for name in rows]
    words = None if None in firsts else frozenset(first.group() for first in firsts if first)
    names = "|".join(map(re.escape, sorted(rows, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![\w-])(?:{names})(?!\w|-\w)", re.IGNORECASE)
    return RowNames(pattern=pattern, rows=rows, words=words)


def _subject(text: str, result: StatsResult, named: set[int], sentence_named: set[int]) -> Subject | None:
    inherits = len(sentence_named) == 1 and not _SOMETHING_ELSE.search(text)
    rows = named or (sentence_named if inherits else set())
    if len(rows) == 1:
        row = next(iter(rows))
        return Subject(value=result.rows[row].value, before=result.rows[row].compare_value, row=row)
    if rows or sentence_named or (result.query.group_by and not _WHOLE.search(text)):
        return None
    return Subject(value=result.total, before=result.compare_total)


def _pieces(sentence: str) -> Iterator[tuple[int, str]]:
    start = 0
    for end in _CLAUSE_END.finditer(sentence):
        yield start, sentence[start : end.start()]
        start = end.end()
    yield start, sentence[start:]


def clauses_of(sentence: str, words: Collection[str], result: StatsResult, names: RowNames) -> list[Clause]:
    """The clauses of a sentence. One that names no row speaks of the only row its sentence names, if there is one."""
    everywhere = names.found(sentence, words)
    sentence_named = {row for _, row in everywhere}
    clauses = []
    for start, text in _pieces(sentence):
        rows = tuple((at - start, row) for at, row in everywhere if start <= at < start + len(text))
        subject = _subject(text, result, {row for _, row in rows}, sentence_named)
        if not rows and subject and subject.row is not None:
            rows = ((0, subject.row),)
        clauses.append(Clause(start=start, text=text, rows=rows, subject=subject, result=result))
    return clauses
