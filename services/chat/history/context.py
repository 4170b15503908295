"""What a model is sent beside the question: chosen within a budget of tokens, with a report of what was left out. Pure.

First what the user told, then the last turns word by word, newest first, then earlier ones that are close to the
question, then one line for each turn before the window. Every line names its turn; the turns themselves are never
changed (H5, H17, H23, H25, H26, B19).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from earshot.chat.v1 import memory_pb2
from services.chat.history.remembered import Recollection, RememberedTurn, SessionMemory
from services.chat.narration.model_messages import Message, Role, cleaned
from services.chat.upstream.answer import UpstreamError

MOST_LINES: Final = 40
_SUMMARY_FRACTION: Final = 0.25
_LONGEST_QUESTION: Final = 140
_LONGEST_ANSWER: Final = 200
_LONGEST_RECALLED: Final = 1_000
_NOTHING_RECALLED: Final = Recollection()

Count = Callable[[str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The messages to send, and the report about them; its texts are filled in by whoever sends them."""

    messages: tuple[Message, ...]
    report: memory_pb2.ContextReport


@dataclass(slots=True, kw_only=True)
class _Room:
    """Tokens that are left."""

    tokens: int

    def take(self, tokens: int) -> bool:
        """Whether there was room."""
        if tokens > self.tokens:
            return False
        self.tokens -= tokens
        return True


def context_of(
    memory: SessionMemory,
    system: Message,
    last: Message,
    *,
    budget_tokens: int,
    window_turns: int,
    count: Count,
    recollection: Recollection = _NOTHING_RECALLED,
) -> Context:
    """What to send between `system` and `last`. Raises UpstreamError where these two alone are too long."""
    fixed = count(system.content) + count(last.content)
    room = _Room(tokens=budget_tokens - fixed)
    if room.tokens < 0:
        raise UpstreamError("The question and what belongs to it are too long for the model.", retryable=False)
    told, told_parts = _told(memory, room, count)
    window, window_parts = _window(memory, room, count, window_turns)
    recalled, recalled_parts = _recalled(recollection, window, room, count)
    shown = [*window, *(turn for turn, _ in recalled)]
    lines, line_parts = _summary(memory, shown, room, int(budget_tokens * _SUMMARY_FRACTION), count)
    block = _block(told, [line for _, line in recalled], lines)
    messages = (system, *(message for turn in window for message in _messages(turn)))
    messages += (replace(last, content=block + last.content),)
    parts = [_part("system", count(system.content)), *told_parts, *recalled_parts, *line_parts, *window_parts]
    parts.append(_part("question", count(last.content)))
    report = memory_pb2.ContextReport(
        budget_tokens=budget_tokens, estimated_tokens=sum(part.tokens for part in parts if part.sent), parts=parts
    )
    return Context(messages=messages, report=report)


def digest_of(turn: RememberedTurn) -> str:
    """A turn in one line: what was asked, and how the answer began."""
    return f"“{_short(turn.question, _LONGEST_QUESTION)}” – {_short(turn.answer, _LONGEST_ANSWER)}"


def summary_of(memory: SessionMemory, window_turns: int) -> list[RememberedTurn]:
    """The turns that stand in the summary when everything fits."""
    return list(memory.usable[:-window_turns])[-MOST_LINES:]


def _told(memory: SessionMemory, room: _Room, count: Count) -> tuple[list[str], list[memory_pb2.ContextPart]]:
    lines, parts = [], []
    for note in reversed(memory.entries):
        line = f"- {cleaned(note.text)}" + (f" (turn {note.turn_number})" if note.turn_number else "")
        tokens = count(line)
        sent = room.take(tokens)
        lines += [line] if sent else []
        parts.append(_part("memory", tokens, [note.turn_number] if note.turn_number else [], sent=sent))
    return lines[::-1], parts[::-1]


def _window(
    memory: SessionMemory, room: _Room, count: Count, window_turns: int
) -> tuple[list[RememberedTurn], list[memory_pb2.ContextPart]]:
    """The last turns, as many as fit and none behind one that does not; the report names those that are left out."""
    window: list[RememberedTurn] = []
    parts: list[memory_pb2.ContextPart] = []
    usable = memory.usable
    for turn in reversed(usable[-window_turns:]):
        tokens = sum(count(message.content) for message in _messages(turn))
        sent = len(window) == len(parts) and room.take(tokens)
        window += [turn] if sent else []
        parts.append(_part("turn", tokens, [turn.number], sent=sent))
    numbers = {turn.number for turn in usable}
    parts += [
        _part("turn", 0, [turn.number], sent=False, reason="forgotten")
        for turn in reversed(memory.turns)
        if turn.number not in numbers and turn.answer
    ]
    return window[::-1], parts[::-1]


def _recalled(
    recollection: Recollection, window: Sequence[RememberedTurn], room: _Room, count: Count
) -> tuple[list[tuple[RememberedTurn, str]], list[memory_pb2.ContextPart]]:
    """The lines of earlier turns, oldest first, the closest chosen first where there is not room for all."""
    lines: list[tuple[RememberedTurn, str]] = []
    parts = []
    in_window = {turn.number for turn in window}
    for item in recollection.turns:
        if item.turn.number in in_window:
            continue
        turn = item.turn
        answer = cleaned(_short(turn.answer, _LONGEST_RECALLED))
        line = f"- turn {turn.number}: the user asked “{cleaned(turn.question)}”, the answer was “{answer}”"
        tokens = count(line)
        sent = room.take(tokens)
        lines += [(turn, line)] if sent else []
        part = _part("recalled", tokens, [turn.number], sent=sent)
        part.closeness = item.closeness
        parts.append(part)
    if recollection.unavailable:
        parts.append(_part("recalled", 0, sent=False, reason="unavailable"))
    return sorted(lines, key=lambda line: line[0].number), parts


def _summary(
    memory: SessionMemory, shown: Sequence[RememberedTurn], room: _Room, most_tokens: int, count: Count
) -> tuple[list[str], list[memory_pb2.ContextPart]]:
    own = _Room(tokens=min(room.tokens, most_tokens))
    lines: list[str] = []
    parts = []
    numbers = {turn.number for turn in shown}
    before = [turn for turn in memory.usable if turn.number not in numbers]
    for place, turn in enumerate(reversed(before)):
        line = f"- turn {turn.number}: {cleaned(digest_of(turn))}"
        tokens = count(line)
        sent = place < MOST_LINES and own.take(tokens)
        lines += [line] if sent else []
        reason = "" if sent else "window" if place >= MOST_LINES else "budget"
        parts.append(_part("summary", tokens, [turn.number], sent=sent, reason=reason))
    room.tokens -= min(room.tokens, most_tokens) - own.tokens
    return lines[::-1], parts[::-1]


def _block(told: Sequence[str], recalled: Sequence[str], lines: Sequence[str]) -> str:
    def parts() -> Iterator[str]:
        if told:
            yield from ("What the user asked to be remembered:", *told)
        if recalled:
            yield from ("Earlier turns that are close to this question:", *recalled)
        if lines:
            yield from ("Earlier in this conversation:", *lines)

    content = list(parts())
    return "\n".join(["<memory>", *content, "</memory>", ""]) if content else ""


def _messages(turn: RememberedTurn) -> Iterator[Message]:
    """A turn as it went: the question, the function that the model called for it and what came of that, the answer."""
    yield Message(role=Role.USER, content=turn.question)
    if turn.call_name:
        call_id = f"call_{turn.id.replace('-', '')}"
        yield Message(role=Role.ASSISTANT, content=turn.call_arguments, function=turn.call_name, call_id=call_id)
        yield Message(role=Role.TOOL, content=cleaned(turn.call_result), call_id=call_id)
    yield Message(role=Role.ASSISTANT, content=turn.answer)


def _part(
    kind: str, tokens: int, turns: Sequence[int] = (), *, sent: bool = True, reason: str = "budget"
) -> memory_pb2.ContextPart:
    return memory_pb2.ContextPart(
        kind=kind, tokens=tokens, sent=sent, reason="" if sent else reason, turn_numbers=list(turns)
    )


def _short(text: str, longest: int) -> str:
    words = " ".join(text.split())
    return words if len(words) <= longest else words[:longest].rpartition(" ")[0] + " …"
