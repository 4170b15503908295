"""The built-in narrator: writes the answer from the results, without a language model, key or network. Pure.

Every number it writes is a cell or a derivative that the ledger knows; a property test holds that.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from services.chat.narration.comparison import comparison, coverage
from services.chat.narration.detail import Detail
from services.chat.narration.phrases import circumstances, period, quote, subject
from services.chat.narration.rows import bullets, group_noun, moves, notes
from services.chat.narration.series import highlights, is_series, silence, worth_listing
from services.chat.narration.shares import share_lead
from services.chat.question import (
    Behaviour,
    ExampleMessage,
    Interpretation,
    Measure,
    Operation,
    Order,
    StatsResult,
)
from services.chat.results.derivatives import zone_of
from services.chat.results.row_names import source_name
from services.chat.results.wording import clock, day, number, percent, plural

_MOST_ROWS: Final = {Detail.BRIEF: 3, Detail.NORMAL: 12, Detail.FULL: 60}
_MOST_STEPS: Final = {Detail.BRIEF: 3, Detail.NORMAL: 31, Detail.FULL: 120}
_LONGEST_QUOTE: Final = {Detail.BRIEF: 120, Detail.NORMAL: 300, Detail.FULL: 800}
_CHUNK = re.compile(r"\s*\S+\s*\Z|\s*\S+")
_CAPABILITIES = (
    "I can count messages and customers by topic, channel, mood, language and time, compare periods, and show examples."
)


def _count_lead(result: StatsResult) -> str:
    query = result.query
    where, when = circumstances(query.filters), _when(result)
    if result.total == 0:
        return f"No {subject(query.filters, 0)} arrived{where} {when}."
    return f"**{number(result.total)} {subject(query.filters, result.total)}** arrived{where} {when}."


def _users_lead(result: StatsResult) -> str:
    query = result.query
    count = result.total
    sent = f"sent {subject(query.filters, 2)}{circumstances(query.filters)} {_when(result)}."
    return f"**{number(count)} {plural(count, 'customer')}** {sent}" if count else f"No customer {sent}"


def _incidents_lead(result: StatsResult) -> str:
    count = result.total
    about = f"in {subject(result.query.filters, 2)}{circumstances(result.query.filters)} {_when(result)}."
    return (
        f"**{number(count)} separate {plural(count, 'incident')}** showed {about}"
        if count
        else f"No incident showed {about}"
    )


def _average_lead(result: StatsResult) -> str:
    query = result.query
    if result.total == 0:
        return _count_lead(result)
    what = f"{number(result.total)} {subject(query.filters, result.total)}"
    return f"On average **{what} a day** arrived{circumstances(query.filters)} {_when(result)}."


def _confidence_lead(result: StatsResult) -> str:
    what = f"{subject(result.query.filters, 2)}{circumstances(result.query.filters)}"
    return f"The labels of {what} {_when(result)} have a mean confidence of **{percent(result.total)}**."


_LEADS: Final[dict[Measure, Callable[[StatsResult], str]]] = {
    Measure.MESSAGE_COUNT: _count_lead,
    Measure.UNIQUE_USERS: _users_lead,
    Measure.DISTINCT_INCIDENTS: _incidents_lead,
    Measure.SHARE: share_lead,
    Measure.PER_DAY_AVERAGE: _average_lead,
    Measure.MEAN_CONFIDENCE: _confidence_lead,
}


def _when(result: StatsResult) -> str:
    return period(result.range, zone_of(result), result.as_of)


_ENDS: Final = {Order.VALUE_DESC: "most", Order.VALUE_ASC: "least"}


def _is_tie(result: StatsResult) -> bool:
    """Whether a ranking's rows all have as much as each other."""
    values = {row.value for row in result.rows}
    return bool(result.query.limit and result.query.order in _ENDS and len(result.rows) > 1 and len(values) == 1)


def _heading(result: StatsResult, listed: int, most: int) -> str:
    dimensions, count = result.query.group_by, len(result.rows)
    if _is_tie(result) and len(dimensions) == 1:
        end = f"the {_ENDS[result.query.order]}, as many each" if result.rows[0].value else "none"
        return f"{number(count)} {group_noun(dimensions[0], count)} have {end}:"
    if result.query.limit and result.truncated and len(dimensions) == 1 and count <= most:
        if count == 1 and result.query.order in _ENDS:
            return f"The {group_noun(dimensions[0])} with the {_ENDS[result.query.order]}:"
        first = {Order.VALUE_DESC: "largest", Order.VALUE_ASC: "smallest"}.get(result.query.order, "first")
        return f"The {number(count)} {first} {group_noun(dimensions[0], count)}:"
    if is_series(result) and listed > most:
        return f"The {group_noun(dimensions[0], 2)} with the most:"
    return f"By {' and '.join(group_noun(dimension) for dimension in dimensions)}:"


def _listing(result: StatsResult, operation: Operation, detail: Detail) -> tuple[str, ...]:
    """The paragraphs of the rows: a list under its heading, and what its silence means."""
    most = (_MOST_STEPS if is_series(result) else _MOST_ROWS)[detail]
    rows = worth_listing(result)
    lines = bullets(result, rows, most, by_change=operation is Operation.EXPLAIN_CHANGE)
    closing = silence(result) if len(rows) <= most else ""
    return "\n".join((_heading(result, len(rows), most), *lines)), closing


def _told(result: StatsResult, operation: Operation, detail: Detail, *, led: bool = True) -> str:
    """The paragraphs of a result; without its leading sentence where one before it has `led` to the same total."""
    said = (_LEADS[result.query.measure](result), comparison(result), coverage(result)) if led else ()
    lead = " ".join(filter(None, said))
    if not result.query.group_by or not (result.total or result.compare_total):
        return lead
    told = highlights(result) or ("" if operation is Operation.EXPLAIN_CHANGE else moves(result))
    rows = (told, *_listing(result, operation, detail)) if result.rows else ()
    return "\n\n".join(filter(None, (lead, *rows, *notes(result))))


def _examples_told(result: StatsResult | None, examples: Sequence[ExampleMessage], detail: Detail) -> str:
    query = result.query if result else None
    what = subject(query.filters, 2) + circumstances(query.filters) if query else "messages"
    when = f" {_when(result)}" if result else ""
    if not examples:
        return f"No {what} were found{when}."
    zone = zone_of(result) if result else None
    count = len(examples)
    lines = [f"Here {'is' if count == 1 else 'are'} {number(count)} {plural(count, 'example')} of {what}{when}:"]
    for example in examples:
        sent = example.event_time.astimezone(zone)
        words = quote(example.text, _LONGEST_QUOTE[detail])
        lines.append(f"- {day(sent.date())}, {clock(sent)}, {source_name(example.source)}: {words}")
    if result and result.query.measure is Measure.MESSAGE_COUNT and result.total > count:
        lines.append(f"\nThere are {number(result.total)} in all.")
    return "\n".join(lines)


def _is_told(before: Sequence[StatsResult], result: StatsResult) -> bool:
    """Whether a result has the totals of one before it, told by other rows."""
    return any(_counted(other) == _counted(result) for other in before)


def _counted(result: StatsResult) -> tuple[object, ...]:
    query = result.query
    return query.measure, query.filters, query.share_of, result.range, result.total, result.compare_total


def _reading(interpretation: Interpretation) -> str:
    words = " ".join(interpretation.explanation.split())
    return f"_Read as: {words}_" if words else ""


def _clarification(interpretation: Interpretation) -> str:
    why = " ".join((interpretation.reason or interpretation.explanation).split())
    lines = [why or "I am not sure what you would like to know."]
    if interpretation.choices:
        lines.append("\nDid you mean:" if why.endswith("?") else "\nYou can ask:")
        lines.extend(f"- {choice}" for choice in interpretation.choices)
    elif not why:
        lines.append(_CAPABILITIES)
    return "\n".join(lines)


def _refusal(interpretation: Interpretation) -> str:
    why = " ".join((interpretation.reason or interpretation.explanation).split())
    return f"{why or 'The messages cannot answer that.'}\n\n{_CAPABILITIES}"


def _answer(
    interpretation: Interpretation,
    results: Sequence[StatsResult],
    examples: Sequence[ExampleMessage],
    findings: Sequence[str],
    detail: Detail,
) -> str:
    operation = interpretation.operation
    if operation is Operation.EXAMPLES:
        paragraphs = [_examples_told(results[0] if results else None, examples, detail)]
    else:
        told = (
            _told(result, operation, detail, led=not _is_told(results[:i], result)) for i, result in enumerate(results)
        )
        paragraphs = [*told, *findings]
    if operation is Operation.EXPLAIN_CHANGE:
        paragraphs.append("The messages show what changed; they cannot prove why.")
    return "\n\n".join(filter(None, (*paragraphs, _reading(interpretation))))


def compose(
    interpretation: Interpretation,
    results: Sequence[StatsResult],
    examples: Sequence[ExampleMessage] = (),
    *,
    findings: Sequence[str] = (),
    detail: Detail = Detail.NORMAL,
) -> str:
    """The whole answer as Markdown: one leading sentence, bullet points, notes, findings in words, and the reading."""
    if interpretation.behaviour is Behaviour.CLARIFY:
        return _clarification(interpretation)
    if interpretation.behaviour is Behaviour.REFUSE:
        return _refusal(interpretation)
    return _answer(interpretation, results, examples, findings, detail)


def narrate(
    interpretation: Interpretation,
    results: Sequence[StatsResult],
    examples: Sequence[ExampleMessage] = (),
    *,
    findings: Sequence[str] = (),
    detail: Detail = Detail.NORMAL,
) -> Iterator[str]:
    """The answer in chunks of a word each, for streaming; joined they are `compose`'s text."""
    yield from words_of(compose(interpretation, results, examples, findings=findings, detail=detail))


def words_of(text: str) -> list[str]:
    """The words of a text, each with the white space before it; joined they are the text."""
    return _CHUNK.findall(text)
