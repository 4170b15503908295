"""Everything an answer may say in numbers: cells, derivatives, the question and its interpretation. Pure.

A fact may be bound to a context: "the gap of 12" may be said of a difference between two rows, "12 messages" may not.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.chat.ledger.fact_collector import QUESTION, Context, DateParts, Fact, FactCollector
from services.chat.ledger.numerals.dates import WrittenDate
from services.chat.ledger.numerals.find import find
from services.chat.ledger.numerals.quantities import Kind
from services.chat.ledger.result_facts import add_across, add_result
from services.chat.question import ExampleMessage, Filters, Interpretation, StatsResult
from services.chat.results.derivatives import zone_of

_IDENTIFIER = re.compile(r"\w*\d\w*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The bound values of one turn, ready to be asked. Made by `facts_of`."""

    by_kind: dict[Kind, tuple[list[float], list[Fact]]]
    dates: frozenset[DateParts]
    weeks: frozenset[tuple[int, int]]
    minutes: frozenset[int]
    terms: frozenset[str]
    name_heads: frozenset[str]
    quoted: tuple[str, ...]
    list_length: int
    results: tuple[StatsResult, ...] = ()

    def near(self, kind: Kind, low: float, high: float) -> Sequence[Fact]:
        """Facts of a kind whose magnitude lies in [low, high]."""
        magnitudes, facts = self.by_kind.get(kind, ([], []))
        return facts[bisect_left(magnitudes, low) : bisect_right(magnitudes, high)]

    def has_date(self, written: WrittenDate) -> bool:
        """Whether the written parts of a date are those of a day that the answer may speak of."""
        if written.week is not None:
            return (written.year, written.week) in self.weeks
        return (written.year, written.month, written.day) in self.dates


def _filters_asked(interpretation: Interpretation, results: Sequence[StatsResult]) -> list[Filters]:
    queries = [interpretation.query, *(result.query for result in results)]
    return [part for query in queries for part in (query.filters, query.share_of) if part]


def _add_interpretation(out: FactCollector, interpretation: Interpretation, filters: Iterable[Filters]) -> None:
    for text in (interpretation.explanation, interpretation.reason, *interpretation.choices):
        out.text(text, "interpretation")
    for part in filters:
        out.text(part.text, "query.text")
        for hour in part.hours:
            out.hour(hour)
        if part.min_confidence is not None:
            out.add(part.min_confidence, "query.min_confidence")
            out.percent(part.min_confidence, "query.min_confidence")
    if interpretation.query.limit:
        out.add(float(interpretation.query.limit), "query.limit", context=Context.TOP)


def _terms(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from (match.group().lower() for match in _IDENTIFIER.finditer(text) if not match.group().isdecimal())


def _filter_values(filters: Iterable[Filters]) -> Iterator[str]:
    for part in filters:
        yield part.text
        for values in (part.categories, part.intents, part.sources, part.sentiments, part.languages, part.user_ids):
            yield from (*values.any_of, *values.none_of, *values.all_of)


def _name_heads(names: Iterable[str]) -> Iterator[str]:
    """Every name up to each number in it: what must stand before "2" for it to be the 2 of "tier 2"."""
    for name in names:
        words = name.replace("_", " ").lower()
        yield from (words[: numeral.end] for numeral in find(words) if numeral.start > 0)


def _indexed(facts: Iterable[Fact]) -> dict[Kind, tuple[list[float], list[Fact]]]:
    index: dict[Kind, list[Fact]] = {}
    for fact in facts:
        index.setdefault(fact.kind, []).append(fact)
    ordered = {kind: sorted(group, key=lambda fact: abs(fact.value)) for kind, group in index.items()}
    return {kind: ([abs(fact.value) for fact in group], group) for kind, group in ordered.items()}


def _add_examples(out: FactCollector, examples: Sequence[ExampleMessage], results: Sequence[StatsResult]) -> None:
    zone = zone_of(results[0]) if results else None
    for example in examples:
        out.instant(example.event_time.astimezone(zone))
    if examples:
        out.add(float(len(examples)), "examples.count")


def _list_length(
    interpretation: Interpretation, results: Sequence[StatsResult], examples: Sequence[ExampleMessage]
) -> int:
    return max([len(examples), len(interpretation.choices), *(len(result.rows) for result in results)])


def facts_of(
    question: str,
    interpretation: Interpretation,
    results: Sequence[StatsResult] = (),
    examples: Sequence[ExampleMessage] = (),
    *,
    computed: Sequence[str] = (),
) -> Facts:
    """What may be said in numbers in answer to `question`, read as `interpretation`, given what the store answered.

    `computed` are texts that code wrote from the results beyond the ledger's own derivatives; their numbers may be
    said.
    """
    out = FactCollector()
    out.text(question, QUESTION)
    for text in computed:
        out.text(text, "computed")
    filters = _filters_asked(interpretation, results)
    _add_interpretation(out, interpretation, filters)
    for index, result in enumerate(results):
        add_result(out, result, index)
    add_across(out, results)
    _add_examples(out, examples, results)
    names = {key for result in results for row in result.rows for _, key in row.keys} | set(_filter_values(filters))
    names |= {example.source for example in examples}
    return Facts(
        by_kind=_indexed(out.facts),
        dates=frozenset(out.dates),
        weeks=frozenset(out.weeks),
        minutes=frozenset(out.minutes),
        terms=frozenset(_terms((question, interpretation.explanation, *names))),
        name_heads=frozenset(_name_heads(names)),
        quoted=tuple(" ".join(example.text.lower().split()) for example in examples),
        list_length=_list_length(interpretation, results, examples),
        results=tuple(results),
    )
