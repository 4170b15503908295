"""Turns: made of events, archived, remembered and in force."""

from datetime import UTC, datetime
from typing import Any

from earshot.chat.v1 import chat_pb2, memory_pb2
from earshot.store.v1 import message_pb2
from earshot.types.v1 import question_pb2
from services.chat.history.archive import title_of
from services.chat.history.turns import (
    context_from_stored,
    from_stored,
    last_in_force,
    puts_in_force,
    to_stored,
    turn_of,
)
from services.chat.stores.reply_record import ReplyStart

START = datetime(2026, 2, 1, tzinfo=UTC)


def events(*parts: dict[str, Any]) -> list[chat_pb2.ChatEvent]:
    return [chat_pb2.ChatEvent(seq=seq, reply_id="r", **part) for seq, part in enumerate(parts)]


def test_a_turn_is_made_of_its_events_and_survives_the_archive() -> None:
    start = ReplyStart(reply_id="r", session_id="s", text="how many?", start_time="2026-02-01T00:00:00Z")
    understood = chat_pb2.Interpretation(behaviour=chat_pb2.BEHAVIOUR_ANSWER, operation=chat_pb2.OPERATION_STATS)
    result = question_pb2.StatsResult(total=3, rows=[question_pb2.StatsRow(keys=["x" * 2_000], value=1)] * 1_000)
    told = events(
        {"started": chat_pb2.Started(interpretation=understood, model="m")},
        {"query": chat_pb2.QueryRun(name="q1", result=result)},
        {"delta": chat_pb2.Delta(text="three")},
        {"notice": chat_pb2.Notice(kind="fallback_used")},
        {"delta": chat_pb2.Delta(text=" messages")},
        {"usage": chat_pb2.Usage(prompt_tokens=4)},
        {"cancelled": chat_pb2.Cancelled(by="user")},
    )
    turn = turn_of(start, told, end_time=START)
    assert (turn.answer, turn.status, turn.model, turn.usage.prompt_tokens) == (
        "three messages",
        "cancelled",
        "builtin",
        4,
    )
    stored = to_stored(turn)
    assert len(stored.details_json.encode()) < 1 << 20
    back = from_stored(stored)
    assert (back.answer, back.status, back.text, back.interpretation) == (
        turn.answer,
        "cancelled",
        "how many?",
        understood,
    )
    assert back.queries[0].result.truncated
    assert len(back.queries[0].result.rows) == 100
    assert turn_of(start, told[:3], end_time=START).status == "failed"


def test_long_messages_and_prompts_leave_room_in_the_archive() -> None:
    shown = [message_pb2.Message(id=f"m{number}", text="長" * 20_000) for number in range(20)]
    sent = memory_pb2.ContextReport(messages=[memory_pb2.ContextMessage(role="user", content="x" * 1_200_000)])
    turn = chat_pb2.Turn(id="t", queries=[chat_pb2.QueryRun(name="q1", examples=shown)])
    for context in (None, sent):
        stored = to_stored(turn, context)
        assert len(stored.details_json.encode()) < 1 << 20
        kept = from_stored(stored).queries[0].examples
        assert [len(message.text) for message in kept] == [2_000] * 20
        assert all(message.text.endswith("長 …") for message in kept)
    assert context_from_stored(to_stored(turn, sent)) is None


def test_only_what_was_understood_comes_into_force() -> None:
    def turn(status: str, behaviour: Any) -> chat_pb2.Turn:
        return chat_pb2.Turn(status=status, interpretation=chat_pb2.Interpretation(behaviour=behaviour))

    answered = turn("completed", chat_pb2.BEHAVIOUR_ANSWER)
    assert puts_in_force(answered) is not None
    assert puts_in_force(turn("cancelled", chat_pb2.BEHAVIOUR_ANSWER)) is not None
    assert puts_in_force(turn("completed", chat_pb2.BEHAVIOUR_CLARIFY)) is not None
    assert puts_in_force(turn("completed", chat_pb2.BEHAVIOUR_REFUSE)) is None
    assert puts_in_force(turn("failed", chat_pb2.BEHAVIOUR_ANSWER)) is None
    assert puts_in_force(chat_pb2.Turn(status="completed")) is None
    assert last_in_force([answered, turn("failed", chat_pb2.BEHAVIOUR_ANSWER)]) == puts_in_force(answered)


def test_titles_are_one_short_line() -> None:
    assert title_of("  how\n many?  ") == "how many?"
    assert len(title_of("word " * 100)) <= 80
