"""What a model is sent: never beyond its budget, newest first, every turn accounted for."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chat.history.context import MOST_LINES, context_of
from services.chat.history.remembered import Note, NoteKind, RememberedTurn, SessionMemory
from services.chat.history.tokens import TokenCounter
from services.chat.narration.model_messages import Message, Role
from services.chat.upstream.answer import UpstreamError

SYSTEM = Message(role=Role.SYSTEM, content="You are an analyst.")
LAST = Message(role=Role.USER, content="How many?")


def count(text: str) -> int:
    return len(text)


def memory(turns: int, *notes: Note, length: int = 10) -> SessionMemory:
    made = tuple(
        RememberedTurn(id=str(n), number=n, question=f"q{n}", answer=f"a{n} " + "x" * length, status="completed")
        for n in range(1, turns + 1)
    )
    return SessionMemory(turns=made, notes=notes)


def note(kind: NoteKind, text: str = "", turn_number: int = 0) -> Note:
    return Note(id=f"{kind}{turn_number}", kind=kind, text=text, turn_number=turn_number)


@given(
    st.integers(0, 50),
    st.integers(0, 400),
    st.integers(1, 10),
    st.integers(28, 3_000),
    st.lists(st.text(max_size=60), max_size=4),
    st.sets(st.integers(1, 50), max_size=5),
    st.integers(0, 50),
)
def test_the_budget_holds_and_every_turn_is_accounted_for(
    turns: int, length: int, window: int, budget: int, told: list[str], forgotten: set[int], start: int
) -> None:
    notes = [note(NoteKind.FACT, text) for text in told]
    notes += [note(NoteKind.FORGOTTEN_TURN, turn_number=number) for number in sorted(forgotten)]
    notes += [note(NoteKind.START, turn_number=start)] if start else []
    session = memory(turns, *notes, length=length)
    context = context_of(session, SYSTEM, LAST, budget_tokens=budget, window_turns=window, count=count)
    report = context.report
    assert report.estimated_tokens == sum(part.tokens for part in report.parts if part.sent) <= budget
    told_of = [part for part in report.parts if part.kind in {"turn", "summary"}]
    assert {number for part in told_of for number in part.turn_numbers} == set(range(1, turns + 1))
    numbers = [number for part in told_of if part.sent for number in part.turn_numbers]
    assert len(numbers) == len(set(numbers))
    assert all(bool(part.reason) != part.sent for part in report.parts)
    sent = "\n".join(message.content for message in context.messages)
    for number in range(1, turns + 1):
        if number <= start or number in forgotten:
            assert f"a{number} " not in sent
    assert [message.role for message in context.messages] == [
        Role.SYSTEM,
        *[Role.USER, Role.ASSISTANT] * ((len(context.messages) - 2) // 2),
        Role.USER,
    ]
    assert context.messages[0] == SYSTEM
    assert context.messages[-1].content.endswith(LAST.content)


@pytest.mark.parametrize(("budget", "roles"), [(400, ["user", "assistant", "tool", "assistant"]), (200, [])])
def test_a_call_goes_with_what_came_of_it_or_not_at_all(budget: int, roles: list[str]) -> None:
    turn = replace(memory(1).turns[0], call_name="ask", call_arguments="{}", call_result="9" * 200)
    session = SessionMemory(turns=(turn,))
    context = context_of(session, SYSTEM, LAST, budget_tokens=budget, window_turns=3, count=count)
    assert [message.role for message in context.messages[1:-1]] == roles
    assert [part.sent for part in context.report.parts if part.kind == "turn"] == [bool(roles)]
    assert context.report.estimated_tokens <= budget


def test_the_last_turns_are_whole_and_those_before_a_line_each() -> None:
    session = memory(8, note(NoteKind.FACT, "the relaunch was in March", 2))
    context = context_of(session, SYSTEM, LAST, budget_tokens=10_000, window_turns=3, count=count)
    assert [message.content for message in context.messages[1:-1:2]] == ["q6", "q7", "q8"]
    last = context.messages[-1].content
    assert "- the relaunch was in March (turn 2)" in last
    assert "- turn 5: “q5” – a5 xxxxxxxxxx" in last
    assert "q6" not in last


def test_a_summary_has_its_bounds() -> None:
    context = context_of(memory(50), SYSTEM, LAST, budget_tokens=100_000, window_turns=2, count=count)
    reasons = [part.reason for part in context.report.parts if part.kind == "summary" and not part.sent]
    assert reasons == ["window"] * (50 - 2 - MOST_LINES)


def test_what_cannot_fit_is_an_error() -> None:
    with pytest.raises(UpstreamError):
        context_of(memory(1), SYSTEM, LAST, budget_tokens=20, window_turns=1, count=count)


def test_a_counter_learns_what_the_upstream_counts() -> None:
    counter = TokenCounter()
    text = "twelve words of plain text " * 40
    before = counter.message("m", text)
    counter.learn("m", before, before * 2)
    assert counter.message("m", text) >= before * 2
    for _ in range(40):
        counter.learn("m", counter.message("m", text), before)
    assert before <= counter.message("m", text) <= math.ceil(before * 1.1)
    assert counter.message("other", text) == before
    assert counter.message("m", "日本語" * 10) > counter.message("m", "abc" * 10)


def test_a_thousand_turns_fit_a_small_model() -> None:
    context = context_of(memory(1_000, length=4_000), SYSTEM, LAST, budget_tokens=1_500, window_turns=5, count=count)
    told_of = [part for part in context.report.parts if part.kind in {"turn", "summary"}]
    assert {number for part in told_of for number in part.turn_numbers} == set(range(1, 1_001))
    assert context.report.estimated_tokens <= 1_500
    assert context.messages[-1].content.endswith(LAST.content)
