"""What a language model is sent: the system prompt and the messages of a turn. Pure but for the prompts' files.

The system prompt of a version never changes by as much as a byte from turn to turn: questions, customers' words and
numbers travel in user messages only, where nothing can pass for an instruction of ours.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from services.chat.narration.comparison import coverage
from services.chat.narration.detail import Detail
from services.chat.narration.phrases import circumstances, period, subject
from services.chat.narration.rows import IN_NO_ROW, falls_short, figure
from services.chat.prompts.load import load
from services.chat.question import ExampleMessage, Interpretation, Measure, StatsResult, StatsRow
from services.chat.results.derivatives import has_shares, per_day, relative_change, rows_add_up, share, zone_of
from services.chat.results.row_names import row_name, source_name
from services.chat.results.wording import clock, day, number, percent, signed_percent

MAX_TABLE_ROWS: Final = 100
"""Rows of one result that are sent; the rest is said to be left out."""

_MAX_QUOTE: Final = 500
_CONTROL = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]+"
)
_FENCE = re.compile(r"(?i)</?\s*(?:statistics|question|customer_messages|memory)\s*>")
_LENGTH: Final = {
    Detail.BRIEF: "Be brief: the leading sentence and at most three bullet points.",
    Detail.NORMAL: "",
    Detail.FULL: "Be thorough: every row may have its bullet point, up to sixty.",
}


class Role(StrEnum):
    """Who speaks, in OpenAI's terms."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to or from a model.

    With a `function` it is the model's call of it, with the arguments (JSON) as content; what came of the call has the
    role TOOL. Both have its id.
    """

    role: Role
    content: str
    function: str = ""
    call_id: str = ""

    def body(self) -> dict[str, object]:
        """The message in OpenAI's protocol."""
        if self.function:
            function = {"name": self.function, "arguments": self.content}
            call = {"id": self.call_id, "type": "function", "function": function}
            return {"role": self.role.value, "content": None, "tool_calls": [call]}
        told: dict[str, object] = {"role": self.role.value, "content": self.content}
        return {**told, "tool_call_id": self.call_id} if self.call_id else told


def cleaned(text: str) -> str:
    """Untrusted text on one line, without invisible characters and without our own fences."""
    return _FENCE.sub(" ", _CONTROL.sub(" ", text)).strip()


def _row_fields(result: StatsResult, name: str, row: StatsRow) -> Iterator[str]:
    yield f"{figure(result, row.value)} ({{{{{name}.value}}}})"
    part = share(row.value, result.total) if has_shares(result) else None
    if part is not None:
        yield f"share of total {percent(part)} ({{{{{name}.share}}}})"
    if row.compare_value is not None:
        yield f"before {figure(result, row.compare_value)} ({{{{{name}.compare_value}}}})"
        change = relative_change(row.value, row.compare_value)
        if change is not None:
            yield f"change {signed_percent(change)} ({{{{{name}.change}}}})"


def _table(result: StatsResult, name: str) -> Iterator[str]:
    for position, row in enumerate(result.rows[:MAX_TABLE_ROWS]):
        names = [row_name(d, key) for d, (_, key) in zip(result.query.group_by, row.keys, strict=False)]
        fields = " | ".join(_row_fields(result, f"{name}.rows[{position}]", row))
        yield f"- {cleaned(' / '.join(names))} | {fields}"
    left_out = len(result.rows) - MAX_TABLE_ROWS
    if left_out > 0 or result.truncated:
        yield "Further rows are not listed here; the total counts everything."
    if falls_short(result):
        yield IN_NO_ROW
    elif len(result.rows) > 1 and not rows_add_up(result):
        yield "The rows do not add up to the total: one message or customer can stand in several."


def _statistics(result: StatsResult, index: int) -> Iterator[str]:
    name, query = f"q{index}", result.query
    what = cleaned(subject(query.filters, 2) + circumstances(query.filters))
    yield f"{name}: {query.measure.value.replace('_', ' ')} of {what}"
    yield f"period: {period(result.range, zone_of(result), result.as_of)} ({query.time_zone})"
    if query.measure is Measure.SHARE:
        whole = query.share_of
        yield f"share of: {cleaned(subject(whole, 2) + circumstances(whole)) if whole else 'all messages'}"
    yield (
        f"total: {figure(result, result.total)} ({{{{{name}.total}}}})" if result.total else "total: nothing was found"
    )
    if result.compare_total is not None:
        earlier = period(result.compare_range or query.compare_to, zone_of(result), result.as_of)
        before = figure(result, result.compare_total)
        yield f"compared with what came {earlier}: {before} ({{{{{name}.compare_total}}}})"
        gap = abs(result.total - result.compare_total)
        yield f"difference: {figure(result, gap)} ({{{{{name}.difference}}}})"
        change = relative_change(result.total, result.compare_total)
        yield f"change: {signed_percent(change)} ({{{{{name}.change}}}})" if change is not None else "change: from none"
    if warning := coverage(result):
        yield f"for the reader: {warning}"
    average = per_day(result)
    if average and result.total:
        yield f"average per day: {number(average)}"
    if query.group_by:
        yield f"by {' and '.join(dimension.value for dimension in query.group_by)}:"
        yield from _table(result, name)


def _quoted(examples: Sequence[ExampleMessage], zone: ZoneInfo | None) -> Iterator[str]:
    for example in examples:
        sent = example.event_time.astimezone(zone)
        text = cleaned(example.text)[:_MAX_QUOTE]
        yield f'- {day(sent.date())} {clock(sent)}, {source_name(example.source)}: "{text}"'


def statistics_block(
    interpretation: Interpretation,
    results: Sequence[StatsResult],
    examples: Sequence[ExampleMessage] = (),
    findings: Sequence[str] = (),
) -> str:
    """The exact numbers of a turn as the model sees them, each with the placeholder that stands for it."""
    lines = ["<statistics>", f"reading of the question: {cleaned(interpretation.explanation)}"]
    for index, result in enumerate(results, start=1):
        lines.extend(("", *_statistics(result, index)))
    for finding in findings:
        lines.extend(("", *(cleaned(line) for line in finding.splitlines() if line)))
    lines.append("</statistics>")
    if examples:
        zone = zone_of(results[0]) if results else None
        lines.extend(("<customer_messages>", *_quoted(examples, zone), "</customer_messages>"))
    return "\n".join(lines)


def analyst_messages(
    question: str,
    interpretation: Interpretation,
    results: Sequence[StatsResult],
    examples: Sequence[ExampleMessage] = (),
    *,
    findings: Sequence[str] = (),
    detail: Detail = Detail.NORMAL,
) -> list[Message]:
    """What the narrating model is sent: the fixed system prompt, then the statistics and the question."""
    parts = [
        "STATISTICS",
        statistics_block(interpretation, results, examples, findings),
        "QUESTION",
        f"<question>{cleaned(question)}</question>",
        _LENGTH[detail],
    ]
    return [
        Message(role=Role.SYSTEM, content=load("analyst").text),
        Message(role=Role.USER, content="\n".join(filter(None, parts))),
    ]


def assistant_messages(text: str, *, system_prompt: str = "") -> list[Message]:
    """What an assistant session sends: its own system prompt or the standard one, and the user's text."""
    system = Message(role=Role.SYSTEM, content=system_prompt or load("assistant").text)
    return [system, Message(role=Role.USER, content=text)]
