"""The sentences of a streamed answer, each checked as it ends: what it claims against what the data says. Pure.

A claim is contradicted only where the data says otherwise and the sentence leaves no doubt what it is about; everything
else passes. English only: a sentence in another language makes no claim here, its numbers are checked all the same.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.chat.ledger.claims import patterns
from services.chat.ledger.claims.checks import checks_for
from services.chat.ledger.claims.clauses import Clause, RowNames, clauses_of, row_names
from services.chat.ledger.fact_collector import QUESTION, Fact
from services.chat.ledger.facts import Facts
from services.chat.question import StatsResult
from services.chat.results.wording import MONTHS, WEEKDAYS

_MAX_SENTENCE: Final = 1_000
_MAX_TEXTS: Final = 100
_LONGEST_END: Final = 6
_SENTENCE_END = re.compile(r"[.!?][*_\"”’)]{0,3}[ \t]|\n")
_NEAR_END = re.compile(r"[.!?\n]")
_ANY_LETTER = re.compile(r"[A-Za-z]")
_TWO_SUBJECTS = re.compile(r"\bthan\b|\bof\b.*\bwere\b")


@dataclass(frozen=True, slots=True)
class Mention:
    """A numeral of the text: half-open span and the facts it is bound to."""

    start: int
    end: int
    facts: tuple[Fact, ...] = ()

    def moved(self, distance: int) -> "Mention":
        """The same numeral in a text that begins elsewhere."""
        return Mention(self.start + distance, self.end + distance, self.facts)


def _is_misattributed(index: int, clauses: Iterable[Clause], mentions: Sequence[Mention]) -> bool:
    """A number of one row beside the name of another one, where only that name is near."""
    for clause in clauses:
        named = {(index, row) for _, row in clause.rows}
        if len(named) != 1 or _TWO_SUBJECTS.search(clause.text):
            continue
        for mention in mentions:
            rows = [fact.rows for fact in mention.facts]
            inside = clause.start <= mention.start < clause.start + len(clause.text)
            if inside and rows and all(r and not r & named for r in rows):
                return True
    return False


def _is_echo(sentence: str, mentions: Iterable[Mention]) -> bool:
    """A number that only the question brought up, told as a count of messages or people."""
    echoed = [m for m in mentions if m.facts and all(fact.cell == QUESTION for fact in m.facts)]
    if not echoed or patterns.ECHO.search(sentence) or patterns.DOUBTFUL.search(sentence):
        return False
    return any(patterns.COUNTED.match(sentence, mention.end) for mention in echoed)


class Claims:
    """Collects a streamed answer sentence by sentence and counts the sentences that the data contradicts."""

    def __init__(self, facts: Facts) -> None:
        self._results: list[tuple[int, StatsResult, RowNames]] = [
            (index, result, row_names(result)) for index, result in enumerate(facts.results)
        ]
        self._dates = facts.dates
        self._months = {MONTHS[month - 1] for _, month, _ in facts.dates if month}
        self._buffer = ""
        self._mentions: list[Mention] = []
        self._near_end = False
        self.contradicted = 0
        self.texts: list[str] = []

    def read(self, text: str, mentions: Sequence[Mention]) -> None:
        """Takes released text as the model wrote it, with its numerals, and checks the sentences it completes."""
        if not self._results:
            return
        offset = len(self._buffer)
        self._buffer += text
        if mentions:
            self._mentions.extend(mention.moved(offset) for mention in mentions)
        if not self._near_end and not _NEAR_END.search(text) and len(self._buffer) < _MAX_SENTENCE:
            return
        end = self._sentence_end(max(0, offset - _LONGEST_END))
        while end is not None:
            self._close(end)
            end = self._sentence_end(0)
        self._near_end = bool(_NEAR_END.search(self._buffer[-_LONGEST_END:]))

    def finish(self) -> None:
        """Checks what is left as a sentence."""
        self._close(len(self._buffer))

    def _sentence_end(self, search_from: int) -> int | None:
        match = _SENTENCE_END.search(self._buffer, search_from)
        if match and match.end() <= _MAX_SENTENCE:
            return match.end()
        return _MAX_SENTENCE if len(self._buffer) >= _MAX_SENTENCE else None

    def _close(self, end: int) -> None:
        sentence, self._buffer = self._buffer[:end], self._buffer[end:]
        inside = [mention for mention in self._mentions if mention.start < end]
        self._mentions = [mention.moved(-end) for mention in self._mentions if mention.start >= end]
        if _ANY_LETTER.search(sentence) and self._is_contradicted(sentence, inside):
            self.contradicted += 1
            if len(self.texts) < _MAX_TEXTS:
                self.texts.append(sentence.strip())

    def _is_contradicted(self, sentence: str, mentions: list[Mention]) -> bool:
        words = patterns.WORD.findall(sentence.lower())
        names_month = not patterns.MONTH_WORDS.isdisjoint(words) and self._names_other_month(sentence)
        return (
            names_month
            or self._names_other_weekday(sentence)
            or _is_echo(sentence, mentions)
            or self._claims_otherwise(sentence, words, mentions)
        )

    def _names_other_month(self, sentence: str) -> bool:
        if not self._months or patterns.DOUBTFUL.search(sentence):
            return False
        return any((match[1] or match[2]) not in self._months for match in patterns.MONTH.finditer(sentence))

    def _names_other_weekday(self, sentence: str) -> bool:
        """Whether a date stands beside a weekday that it is not, in any year it may be of."""
        for found in patterns.WEEKDAY_AND_DATE.finditer(sentence):
            month, number = MONTHS.index(found["month"] or found["named"]) + 1, int(found["day"] or found["dated"])
            years = [y for y, m, d in self._dates if y is not None and (m, d) == (month, number)]
            weekday = WEEKDAYS.index(found["weekday"])
            if years and all(date(year, month, number).weekday() != weekday for year in years):
                return True
        return False

    def _claims_otherwise(self, sentence: str, words: list[str], mentions: list[Mention]) -> bool:
        checks = checks_for(words)
        if checks and patterns.DOUBTFUL.search(sentence):
            checks = ()
        if not checks and not any(fact.rows for mention in mentions for fact in mention.facts):
            return False
        verdicts = []
        for index, result, names in self._results:
            clauses = clauses_of(sentence, words, result, names)
            wrong = any(check.is_wrong(clause) for clause in clauses for check in checks)
            verdicts.append(wrong or _is_misattributed(index, clauses, mentions))
        return bool(verdicts) and all(verdicts)
