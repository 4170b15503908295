"""Whether a numeral in an answer is bound to a fact: by its value as written, and by the words around it. Pure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from services.chat.ledger.contexts import Surroundings, carries
from services.chat.ledger.fact_collector import Context, Fact
from services.chat.ledger.facts import Facts
from services.chat.ledger.numerals.dates import WrittenTime
from services.chat.ledger.numerals.quantities import FRACTION_QUANTUM, Kind, Numeral, Quantity, Reading, Vague


class Verdict(Enum):
    """What becomes of a numeral."""

    BOUND = "bound"
    MASKED = "masked"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and the facts that carry it."""

    verdict: Verdict
    facts: tuple[Fact, ...] = ()


_ABOUT = re.compile(
    r"(?:\b(?:about|around|roughly|approximately|approx\.?|circa|ca\.|some|close to|nearly|almost|just (?:over|under))"
    r"|[~≈])"
    r"[ ]?(?:an?[ ])?[*_]*\Z",
    re.IGNORECASE,
)
_OVER = re.compile(
    r"\b(?:more than|over|above|at least|exceed(?:s|ed|ing)|upwards of)[ ](?:an?[ ])?[*_]*\Z", re.IGNORECASE
)
_UNDER = re.compile(
    r"\b(?:less than|fewer than|under|below|at most|up to|nearly|almost)[ ](?:an?[ ])?[*_]*\Z", re.IGNORECASE
)
_LONGEST_HEDGE: Final = 28
_ITEM = re.compile(r"[ \t]*(?:[-*•>][ \t]+)?[*_]{0,2}\Z")
_ITEM_END = re.compile(r"[.)][*_]{0,2}(?:[ \t]|\Z)")
_TOKEN_HEAD = re.compile(r"\w*\Z")
_TOKEN_TAIL = re.compile(r"\w*")
_QUARTER = re.compile(r"q([1-4])", re.IGNORECASE)
_HALF_YEAR = re.compile(r"h([12])", re.IGNORECASE)
_ZONE_OFFSET = re.compile(r"(?:UTC|GMT)[ ]?[+-]\Z")
_PRONOUN_ONE = re.compile(
    r"messages?|customers?|users?|people|persons?|players?|complaints?|questions?|tickets?|reports?|cases?|percent|hundred|thousand|"
    r"million|billion|dozen|times?|hours?|days?|weeks?|months?|in|out|incidents?",
    re.IGNORECASE,
)
_DIGIT_BEFORE = re.compile(r"\d[.,'’]?\Z")
_DIGIT_AFTER = re.compile(r"[.,'’]?\d")
_ROUNDING = 1e-9
_DISCOURSE_ORDINALS = 2


def _tolerances(quantity: Quantity, around: Surroundings) -> Iterator[tuple[float, float]]:
    """The intervals in which the true value may lie for the quantity to be rightly written."""
    slack = quantity.quantum / 2 + _ROUNDING * max(1.0, quantity.value)
    yield quantity.value - slack, quantity.value + slack
    is_round = quantity.kind is Kind.PERCENT and (quantity.value % 5 == 0 or quantity.quantum == FRACTION_QUANTUM)
    coarse = 5.0 if is_round else quantity.trailing
    step = max(quantity.quantum, min(coarse, quantity.value / 4))
    hedge = around.sentence[-_LONGEST_HEDGE:]
    if _OVER.search(hedge):
        yield quantity.value, quantity.value + step
    if _UNDER.search(hedge):
        yield quantity.value - step, quantity.value
    if _ABOUT.search(hedge):
        near = max(quantity.quantum / 2, min(coarse / 2, quantity.value / 10))
        yield quantity.value - near, quantity.value + near


def _agrees(quantity: Quantity, fact: Fact) -> bool:
    return quantity.sign == 0 or fact.value * quantity.sign > 0 or (fact.value == quantity.value == 0)


def _quantity_facts(quantity: Quantity, around: Surroundings, facts: Facts) -> tuple[Fact, ...]:
    contexts: dict[Context | None, bool] = {}
    for low, high in _tolerances(quantity, around):
        found: list[Fact] = []
        for fact in facts.near(quantity.kind, low, high):
            if fact.context not in contexts:
                contexts[fact.context] = carries(fact, around)
            if contexts[fact.context] and _agrees(quantity, fact):
                found.append(fact)
        if found:
            return tuple(found)
    return ()


def _is_date_part(quantity: Quantity, facts: Facts) -> bool:
    if quantity.quantum != 1 or quantity.sign:
        return False
    number = int(quantity.value)
    if quantity.kind is Kind.ORDINAL:
        return (None, None, number) in facts.dates
    return quantity.kind is Kind.NUMBER and 1900 <= number <= 2100 and (number, None, None) in facts.dates


def _judge_quantity(quantity: Quantity, around: Surroundings, facts: Facts) -> Judgement:
    found = _quantity_facts(quantity, around, facts)
    if found or _is_date_part(quantity, facts):
        return Judgement(Verdict.BOUND, found)
    if quantity.kind is Kind.ORDINAL and quantity.value <= _DISCOURSE_ORDINALS:
        return Judgement(Verdict.NEUTRAL)
    return Judgement(Verdict.MASKED)


def _judge_reading(reading: Reading, around: Surroundings, facts: Facts) -> Judgement:
    if isinstance(reading, Quantity):
        return _judge_quantity(reading, around, facts)
    if isinstance(reading, Vague):
        found = tuple(fact for fact in facts.near(Kind.NUMBER, reading.low, reading.high) if fact.context is None)
        return Judgement(Verdict.BOUND if found else Verdict.MASKED, found)
    known = reading.minutes in facts.minutes if isinstance(reading, WrittenTime) else facts.has_date(reading)
    return Judgement(Verdict.BOUND if known else Verdict.MASKED)


def _is_item_number(text: str, around: Surroundings, facts: Facts) -> bool:
    """A "2." at the beginning of a line, up to the number of rows there are."""
    return (
        text.isdecimal()
        and len(text) <= 3
        and int(text) <= facts.list_length
        and bool(_ITEM.fullmatch(around.line))
        and bool(_ITEM_END.match(around.after))
    )


def _is_known_name(text: str, around: Surroundings, facts: Facts) -> bool:
    """A name with a digit in it ("classic7", "Q1") that the question, the interpretation or a row key brought up."""
    head, tail = _TOKEN_HEAD.search(around.line), _TOKEN_TAIL.match(around.after)
    token = (head.group() if head else "") + text + (tail.group() if tail else "")
    if token == text:
        return bool(_ZONE_OFFSET.search(around.line)) and int(text) * 60 in facts.minutes if text.isdecimal() else False
    quarter, half = _QUARTER.fullmatch(token), _HALF_YEAR.fullmatch(token)
    months = {month for _, month, _ in facts.dates if month}
    if quarter:
        return any((month + 2) // 3 == int(quarter[1]) for month in months)
    if half:
        return any((month + 5) // 6 == int(half[1]) for month in months)
    return token.lower() in facts.terms


def _is_in_name(text: str, around: Surroundings, facts: Facts) -> bool:
    """The "2" of a row, source or category called "tier 2"."""
    written = (around.line[-64:] + text).lower()
    return any(written.endswith(head) for head in facts.name_heads)


def _is_pronoun(text: str, around: Surroundings, _: Facts) -> bool:
    """The word "one" without anything counted after it."""
    return text.lower() == "one" and not _PRONOUN_ONE.fullmatch(around.next_word)


_NEUTRAL: Final[tuple[Callable[[str, Surroundings, Facts], bool], ...]] = (
    _is_item_number,
    _is_known_name,
    _is_in_name,
    _is_pronoun,
)


def _is_glued(text: str, around: Surroundings) -> bool:
    """Digits that continue other digits, so that the reader would see another number than the one judged."""
    before, after = around.line[-1:], around.after[:1]
    return text[:1].isnumeric() and (before.isnumeric() or (after.isnumeric() and text[-1:].isnumeric()))


def _is_quoted(text: str, around: Surroundings, facts: Facts) -> bool:
    """Whether a customer's message has the numeral whole: 41 is not in 412, nor 250 in 1,250.

    Of a number that is read in pieces ("1.2.3") each must be there; the quote itself has more of it beside the piece.
    """
    words = " ".join(text.lower().split())
    before = r"(?<!\d)(?<!\d[.,'’])" if words[:1].isdigit() else r"(?<![^\W\d_])(?<![^\W\d_]-)"
    after = r"(?![.,'’]?\d)" if words[-1:].isdigit() else r"(?![^\W\d_])"
    goes_on_before, goes_on_after = _DIGIT_BEFORE.search(around.line), _DIGIT_AFTER.match(around.after)
    whole = re.compile(("" if goes_on_before else before) + re.escape(words) + ("" if goes_on_after else after))
    return any(words in example and whole.search(example) for example in facts.quoted)


def judge(numeral: Numeral, text: str, around: Surroundings, facts: Facts) -> Judgement:
    """What becomes of `numeral`, written as `text`."""
    if around.quoted and _is_quoted(text, around, facts):
        return Judgement(Verdict.BOUND)
    if _is_glued(text, around):
        return Judgement(Verdict.MASKED)
    if any(rule(text, around, facts) for rule in _NEUTRAL):
        return Judgement(Verdict.NEUTRAL)
    judgements = [_judge_reading(reading, around, facts) for reading in numeral.readings]
    for verdict in (Verdict.BOUND, Verdict.NEUTRAL):
        if any(judgement.verdict is verdict for judgement in judgements):
            return Judgement(verdict, tuple(fact for judgement in judgements for fact in judgement.facts))
    return Judgement(Verdict.MASKED)
