"""Claims of direction in an answer ("rose", "most", "doubled", "A more than B"), checked against the data. Pure.

A claim is contradicted only where the data says otherwise and the sentence leaves no doubt what it is about; everything
else passes. English only: a sentence in another language makes no claim here, its numbers are checked all the same.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from services.chat.derivatives import TIME_DIMENSIONS, has_shares, relative_change, share
from services.chat.facts import Fact, Facts
from services.chat.question import Order, StatsResult
from services.chat.row_names import spellings

_MAX_SENTENCE: Final = 1_000
_MAX_TEXTS: Final = 100
_SENTENCE_END = re.compile(r"[.!?][*_\"”’)]{0,3}[ \t]|\n")
_NEAR_END = re.compile(r"[.!?\n]")
_LONGEST_END: Final = 6
_CLAUSE_END = re.compile(r"[;,—]|\b(?:while|whereas|but|although|though)\b", re.IGNORECASE)
_ANY_LETTER = re.compile(r"[A-Za-z]")


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE)


_DOUBTFUL = _pattern(
    r"\b(?:not|never|neither|nor|without|if|would|could|might|may|whether|unless|cannot|no longer)\b|n['’]t\b|\?"
)
_AMOUNT = r"(?:[ ](?:by|from|to|on|over|against|compared|versus|vs)\b|[ ](?:about|around|roughly|nearly|almost|slightly|sharply|some)\b|[ ]?[\d~+(])"
_UP = _pattern(
    rf"\b(?:rose|risen|rises|rising|increase[sd]?|increasing|grew|grown|grows|growing|climb(?:s|ed|ing)?|jump(?:s|ed|ing)?|"
    rf"surg(?:e|es|ed|ing)|went up|gone up|up(?={_AMOUNT}))(?![\w-])"
)
_DOWN = _pattern(
    rf"\b(?:fell|fallen|falls|falling|drop(?:s|ped|ping)?|decrease[sd]?|decreasing|declin(?:e|es|ed|ing)|shr(?:ank|unk|inks)|"
    rf"slump(?:s|ed)|went down|gone down|down(?={_AMOUNT}))(?![\w-])"
)
_SAME = _pattern(r"\b(?:unchanged|no change|stayed the same|remained the same)\b")
_FACTORS = {"doubled": 2.0, "tripled": 3.0, "trebled": 3.0, "quadrupled": 4.0, "halved": 0.5}
_MULTIPLIED = _pattern(
    r"(?P<hedge>\b(?:more than|over|nearly|almost|about|roughly) )?\b(?P<word>doubled|tripled|trebled|quadrupled|halved)\b"
)
_CHANGE_NOUN = (
    r"(?:[ ]\w+)?[ ](?:rise|increase|jump|growth|gain|drop|fall|decrease|decline|change|difference|share of the)"
)
_MOST = _pattern(
    rf"(?<!at )\b(?:most|highest|largest|biggest|busiest|greatest|peak(?:ed)?|leading|number one)\b(?!{_CHANGE_NOUN}|[ ]?\d|"
    r"[ ](?:of|recent\w*|likely|probabl\w*|two|three|four|five|people|customers|often said)\b|-recent)"
)
_LEAST = _pattern(
    rf"(?<!at )\b(?:least|lowest|fewest|smallest|quietest)\b(?!{_CHANGE_NOUN}|[ ]?\d|[ ](?:two|three|four|five|likely)\b)"
)
_RANKED = _pattern(
    r"\b(?P<rank>second|third|fourth|fifth|2nd|3rd|4th|5th|next)[ -](?P<what>most|highest|largest|biggest|busiest|place)\b"
)
_RANKS = {"second": 2, "2nd": 2, "next": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5}
_MAJORITY = _pattern(r"\b(?:majority of|most of|more than half|over half)\b")
_MINORITY = _pattern(r"\b(?:minority of|less than half|under half)\b")
_ABOVE = _pattern(
    r"\b(?:more|higher|greater|larger|bigger|busier)\b[^.;,]{0,60}\bthan\b|\b(?:exceed(?:s|ed)?|outnumber(?:s|ed)?|ahead of)\b"
)
_BELOW = _pattern(r"\b(?:fewer|less|lower|smaller|quieter)\b[^.;,]{0,60}\bthan\b|\b(?:behind|trails|trailed)\b")
_NOTHING = _pattern(
    r"^\W*(?:there (?:were|was|are|is)|we (?:received|had|got)|you (?:received|had|got)) no (?:\w+ ){0,2}(?:messages?|customers?|users?)\b"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A numeral of the text: half-open span and the facts it is bound to."""

    start: int
    end: int
    facts: tuple[Fact, ...] = ()

    def moved(self, distance: int) -> "Mention":
        """The same numeral in a text that begins elsewhere."""
        return Mention(self.start + distance, self.end + distance, self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """What a clause speaks of: one row, or the total where `row` is None."""

    value: float
    before: float | None
    row: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clause:
    """A clause with the rows it names, in order, each with the position of its name."""

    text: str
    rows: tuple[tuple[int, int], ...]
    subject: _Subject | None
    result: StatsResult


@dataclass(slots=True)
class _Names:
    """Finds the rows of a result by the names people give them."""

    pattern: re.Pattern[str] | None = None
    rows: dict[str, int] = field(default_factory=dict)

    def found(self, text: str) -> tuple[tuple[int, int], ...]:
        """(position, row) of every name in the text."""
        if self.pattern is None:
            return ()
        return tuple((match.start(), self.rows[match.group().lower()]) for match in self.pattern.finditer(text))


def _names_of(result: StatsResult) -> _Names:
    if len(result.query.group_by) != 1:
        return _Names()
    rows: dict[str, int] = {}
    for index, row in enumerate(result.rows):
        for name in spellings(result.query.group_by[0], row.keys[0][1]) if row.keys else ():
            rows.setdefault(name.lower(), index)
    if not rows:
        return _Names()
    longest_first = sorted(rows, key=len, reverse=True)
    pattern = rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w])(?!-\w)"
    return _Names(_pattern(pattern), rows)


def _direction(clause: _Clause) -> bool:
    up, down = _UP.search(clause.text), _DOWN.search(clause.text)
    if bool(up) == bool(down) or clause.subject is None:
        return False
    change = _change_of(clause)
    return change is not None and (change <= 0 if up else change >= 0)


def _change_of(clause: _Clause) -> float | None:
    subject = clause.subject
    if subject is not None and subject.before is not None:
        return subject.value - subject.before
    dimensions = clause.result.query.group_by
    if clause.rows or len(dimensions) != 1 or dimensions[0] not in TIME_DIMENSIONS or len(clause.result.rows) < 2:
        return None
    return _trend([row.value for row in sorted(clause.result.rows, key=lambda row: row.keys)])


def _trend(values: Sequence[float]) -> float | None:
    """Direction of a series: None where its slope and its two ends disagree or say nothing."""
    middle = (len(values) - 1) / 2
    slope = sum((i - middle) * value for i, value in enumerate(values))
    ends = values[-1] - values[0]
    return ends if slope * ends > 0 else None


def _sameness(clause: _Clause) -> bool:
    subject = clause.subject
    if subject is None or subject.before is None or not _SAME.search(clause.text):
        return False
    change = relative_change(subject.value, subject.before)
    return subject.value != subject.before and (change is None or abs(change) >= 0.01)


def _multiple(clause: _Clause) -> bool:
    match, subject = _MULTIPLIED.search(clause.text), clause.subject
    if match is None or subject is None or not subject.before:
        return False
    factor, hedge = _FACTORS[match["word"].lower()], (match["hedge"] or "").strip().lower()
    ratio = subject.value / subject.before
    if hedge in ("more than", "over"):
        return ratio <= factor if factor > 1 else ratio >= factor
    slack = 0.2 if hedge else 0.1
    return not factor * (1 - slack) <= ratio <= factor * (1 + slack)


def _shown_whole(result: StatsResult) -> bool:
    return not result.truncated


def _only_row(clause: _Clause) -> float | None:
    named = {row for _, row in clause.rows}
    return clause.result.rows[named.pop()].value if len(named) == 1 else None


def _extreme(clause: _Clause) -> bool:
    value, result = _only_row(clause), clause.result
    if value is None or len(result.rows) < 2 or _RANKED.search(clause.text) or _MAJORITY.search(clause.text):
        return False
    values = [row.value for row in result.rows]
    most, least = _MOST.search(clause.text), _LEAST.search(clause.text)
    if bool(most) == bool(least):
        return False
    if most:
        known = _shown_whole(result) or result.query.order is Order.VALUE_DESC
        return known and value < max(values)
    known = _shown_whole(result) or result.query.order is Order.VALUE_ASC
    return known and value > min(values)


def _rank(clause: _Clause) -> bool:
    match, value = _RANKED.search(clause.text), _only_row(clause)
    if (
        match is None
        or value is None
        or not (_shown_whole(clause.result) or clause.result.query.order is Order.VALUE_DESC)
    ):
        return False
    values = [row.value for row in clause.result.rows]
    rank = _RANKS[match["rank"].lower()]
    return not sum(v > value for v in values) < rank <= sum(v >= value for v in values)


def _part(clause: _Clause) -> bool:
    value, result = _only_row(clause), clause.result
    part = share(value, result.total) if value is not None and has_shares(result) else None
    if part is None:
        return False
    return bool(_MAJORITY.search(clause.text) and part <= 0.5) or bool(_MINORITY.search(clause.text) and part >= 0.5)


def _comparison(clause: _Clause) -> bool:
    above, below = _ABOVE.search(clause.text), _BELOW.search(clause.text)
    match = above or below
    if match is None or (above and below) or len(clause.rows) != 2:
        return False
    (first_at, first), (second_at, second) = clause.rows
    if not first_at < match.start() < match.end() <= second_at or first == second:
        return False
    gap = clause.result.rows[first].value - clause.result.rows[second].value
    return gap <= 0 if above else gap >= 0


def _nothing(clause: _Clause) -> bool:
    result = clause.result
    return bool(not result.query.group_by and result.total > 0 and _NOTHING.search(clause.text))


_CHECKS: Final[tuple[Callable[[_Clause], bool], ...]] = (
    _direction,
    _sameness,
    _multiple,
    _extreme,
    _rank,
    _part,
    _comparison,
    _nothing,
)
_MAYBE = _pattern(
    "|".join(
        p.pattern for p in (_UP, _DOWN, _SAME, _MOST, _LEAST, _RANKED, _MAJORITY, _MINORITY, _ABOVE, _BELOW, _NOTHING)
    )
    + "|doubled|tripled|trebled|quadrupled|halved"
)


def _subject_of(result: StatsResult, named: set[int], sentence_named: set[int]) -> _Subject | None:
    rows = named or (sentence_named if len(sentence_named) == 1 else set())
    if len(rows) == 1:
        row = next(iter(rows))
        return _Subject(value=result.rows[row].value, before=result.rows[row].compare_value, row=row)
    if rows or sentence_named:
        return None
    return _Subject(value=result.total, before=result.compare_total)


def _clauses(sentence: str) -> Iterator[tuple[int, str]]:
    start = 0
    for end in _CLAUSE_END.finditer(sentence):
        yield start, sentence[start : end.start()]
        start = end.end()
    yield start, sentence[start:]


def _read(result: StatsResult, names: _Names, sentence: str) -> list[_Clause]:
    everywhere = names.found(sentence)
    sentence_named = {row for _, row in everywhere}
    clauses = []
    for start, text in _clauses(sentence):
        rows = tuple((at - start, row) for at, row in everywhere if start <= at < start + len(text))
        subject = _subject_of(result, {row for _, row in rows}, sentence_named)
        if not rows and subject and subject.row is not None:
            rows = ((0, subject.row),)
        clauses.append(_Clause(text=text, rows=rows, subject=subject, result=result))
    return clauses


def _misattributed(index: int, clauses: Iterable[_Clause], sentence: str, mentions: Iterable[Mention]) -> bool:
    """A number of one row written beside the name of another one, where only one name is near."""
    spans = [(start, start + len(text)) for start, text in _clauses(sentence)]
    for clause, (start, end) in zip(clauses, spans, strict=True):
        named = {(index, row) for _, row in clause.rows}
        if len(named) != 1 or re.search(r"\bthan\b|\bof\b.*\bwere\b", clause.text):
            continue
        for mention in mentions:
            rows = [fact.rows for fact in mention.facts]
            if start <= mention.start < end and rows and all(r and not r & named for r in rows):
                return True
    return False


class Claims:
    """Collects a streamed answer sentence by sentence and counts the sentences that the data contradicts."""

    def __init__(self, facts: Facts) -> None:
        self._results = [(index, result, _names_of(result)) for index, result in enumerate(facts.results)]
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
        end = match.end() if match else len(self._buffer) + 1
        if min(end, len(self._buffer)) >= _MAX_SENTENCE:
            return min(end, _MAX_SENTENCE)
        return match.end() if match else None

    def _close(self, end: int) -> None:
        sentence, self._buffer = self._buffer[:end], self._buffer[end:]
        inside = [mention for mention in self._mentions if mention.start < end]
        self._mentions = [mention.moved(-end) for mention in self._mentions if mention.start >= end]
        if _ANY_LETTER.search(sentence) and self._is_contradicted(sentence, inside):
            self.contradicted += 1
            if len(self.texts) < _MAX_TEXTS:
                self.texts.append(sentence.strip())

    def _is_contradicted(self, sentence: str, mentions: list[Mention]) -> bool:
        checks = _CHECKS if _MAYBE.search(sentence) and not _DOUBTFUL.search(sentence) else ()
        if not checks and not any(fact.rows for mention in mentions for fact in mention.facts):
            return False
        verdicts = []
        for index, result, names in self._results:
            clauses = _read(result, names, sentence)
            wrong = any(check(clause) for clause in clauses for check in checks)
            verdicts.append(wrong or _misattributed(index, clauses, sentence, mentions))
        return bool(verdicts) and all(verdicts)
