"""Request models: strict, bounded; and what values become in JSON."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from earshot_client.earshot.chat.v1 import ChatEvent, Completed, ContextReport, Delta, Started, Usage
from earshot_client.earshot.store.v1 import Labels, Message
from earshot_client.earshot.types.v1 import (
    Dimension,
    Measure,
    StatsQuery,
    StatsResult,
    StatsRow,
    TimeRange,
)
from gateway.shapes.chat import ChatBody, NewSessionBody, event_json, usage_json
from gateway.shapes.classifier import ClassifyBody
from gateway.shapes.fields import Instant, enum_json, instant_json
from gateway.shapes.memory import ContextAnswer, context_json
from gateway.shapes.message import NewMessageJson, NewMessagesJson, message_json
from gateway.shapes.openai import usage_json as openai_usage_json
from gateway.shapes.question import StatsQueryJson, range_json, result_json
from services.chat.history.context import context_of
from services.chat.history.remembered import NoteKind, Recalled, Recollection
from tests.unit.chat.history.test_context import LAST, SYSTEM, memory, note

MESSAGE: dict[str, Any] = {"text": "a", "source": "web", "user_id": "u", "timestamp": "2026-03-01T09:30:00Z"}
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Moment(BaseModel):
    at: Instant


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-01T12:00:00Z", NOON),
        ("2026-03-01T13:00:00+01:00", NOON),
        ("2026-03-01 12:00Z", NOON),
        (1772366400, NOON),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("9998-12-31T23:59:59.999999Z", datetime(9998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_instants(value: object, expected: datetime) -> None:
    assert Moment.model_validate({"at": value}).at == expected


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01T12:00:00",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "10000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        -1,
        2**63,
        2**64,
        float("inf"),
        float("nan"),
        True,
        None,
        [],
        "",
        "\ud800",
        "\x00",
    ],
)
def test_what_is_no_instant_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        Moment.model_validate({"at": value})


def test_a_message_takes_its_aliases_and_numbers_as_ids() -> None:
    given = {"message": "a", "source": "web", "id_user": 2**63, "timestamp": 0, "external_id": 7}
    message = NewMessageJson.model_validate(given).to_message()
    assert (message.text, message.user_id, message.external_id) == ("a", str(2**63), "7")


@pytest.mark.parametrize(
    "change",
    [
        {"text": 1},
        {"text": "\ud800"},
        {"text": "a\x00b"},
        {"text": "a" * 20_001},
        {"source": None},
        {"user_id": True},
        {"user_id": 1.0},
        {"user_id": "u" * 257},
        {"external_id": "e" * 513},
        {"author": "bot"},
        {"author": "AGENT"},
        {"id": "x"},
        {"workspace_id": "other"},
    ],
)
def test_a_message_is_strict(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        NewMessageJson.model_validate({**MESSAGE, **change})


def test_messages_come_in_limited_numbers() -> None:
    for count in (0, 1001):
        with pytest.raises(ValidationError):
            NewMessagesJson.model_validate({"messages": [MESSAGE] * count})


@pytest.mark.parametrize(
    "change",
    [
        {"measure": "MESSAGE_COUNT"},
        {"measure": "sum"},
        {"group_by": ["colour"]},
        {"group_by": ["day"] * 4},
        {"order": "value"},
        {"limit": -1},
        {"limit": 2**63},
        {"limit": True},
        {"limit": 1.0},
        {"limit": "1"},
        {"filters": {"categories": ["deposit"]}},
        {"filters": {"categories": {"any_of": [""]}}},
        {"filters": {"categories": {"any_of": ["x"] * 101}}},
        {"filters": {"min_confidence": 1.5}},
        {"filters": {"min_confidence": float("nan")}},
        {"behaviour": "refuse"},
    ],
)
def test_a_question_is_strict(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        StatsQueryJson.model_validate(change)


def test_an_interpretation_can_be_asked_as_it_is() -> None:
    shown = {
        "behaviour": "answer",
        "operation": "stats",
        "measure": "share",
        "filters": {"categories": {"any_of": ["deposit"], "none_of": [], "all_of": []}, "text": ""},
        "share_of": None,
        "range": {"start": "2026-03-01T00:00:00+01:00", "end": None},
        "time_zone": "Europe/Ljubljana",
        "group_by": ["day"],
        "order": "key_asc",
        "limit": 5,
        "compare_to": None,
        "explanation": "deposit",
        "choices": [],
        "reason": None,
    }
    query = StatsQueryJson.model_validate(shown).to_message()
    assert (query.measure, query.group_by, query.limit) == (Measure.SHARE, [Dimension.DAY], 5)
    assert query.range is not None
    assert query.range.start == datetime(2026, 2, 28, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize("body", [{}, {"text": "a", "query": "b"}, {"text": None}])
def test_a_chat_message_has_one_text(body: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="exactly one"):
        ChatBody.model_validate(body).to_message()


def test_a_chat_message_takes_its_aliases() -> None:
    request = ChatBody.model_validate({"prompt": "a", "model_name": "m", "on_disconnect": "cancel"}).to_message("s")
    assert (request.text, request.model, request.session_id) == ("a", "m", "s")
    assert NewSessionBody.model_validate({"session_id": "x"}).id == "x"


def test_unknown_enum_values_have_a_name() -> None:
    assert enum_json(Measure.UNIQUE_USERS) == "unique_users"
    assert enum_json(Measure(99)) == "unknown_99"


def test_instants_are_written_in_utc() -> None:
    assert instant_json(NOON) == "2026-03-01T12:00:00Z"
    assert instant_json(None) is None


def test_ranges_carry_the_offset_of_their_zone() -> None:
    shown = range_json(TimeRange(start=NOON), "Europe/Ljubljana")
    assert shown == {"start": "2026-03-01T13:00:00+01:00", "end": None}
    assert range_json(TimeRange(), "UTC") is None


def test_counts_are_whole_numbers_and_shares_are_not() -> None:
    query = StatsQuery(measure=Measure.MESSAGE_COUNT, group_by=[Dimension.CATEGORY])
    result = StatsResult(query=query, rows=[StatsRow(keys=["deposit"], value=3.0)], total=3.0)
    shown = result_json(result)
    assert shown is not None
    assert shown["rows"] == [{"keys": {"category": "deposit"}, "value": 3}]
    assert isinstance(shown["total"], int)
    share = result_json(StatsResult(query=StatsQuery(measure=Measure.SHARE), rows=[StatsRow(value=0.5)], total=0.5))
    assert share is not None
    assert share["rows"] == [{"keys": {}, "value": 0.5}]


def test_events_are_named_by_their_oneof_and_carry_seq_and_reply() -> None:
    assert event_json(ChatEvent(seq=1, reply_id="r", delta=Delta(text="a"))) == (
        "delta",
        {"seq": 1, "reply_id": "r", "text": "a"},
    )
    name, data = event_json(ChatEvent(seq=0, reply_id="r", started=Started(session_id="s", turn_id="t", model="m")))
    assert (name, data["session_id"], data["interpretation"]) == ("started", "s", None)
    name, data = event_json(ChatEvent(seq=2, reply_id="r", completed=Completed(finish_reason="stop")))
    assert (name, data["receipt_id"], data["verification"]["bound"]) == ("completed", None, 0)
    with pytest.raises(ValueError, match="does not know"):
        event_json(ChatEvent(seq=3, reply_id="r"))


def test_a_message_in_a_language_that_is_not_accepted_says_so_and_has_no_labels() -> None:
    shown = message_json(Message(labels=Labels(language="de", unsupported_language=True)))
    assert (shown["unsupported_language"], shown["language"]) == (True, "de")
    assert (shown["category"], shown["intents"], shown["sentiment"]) == (None, [], None)
    assert message_json(Message())["unsupported_language"] is False


def test_a_scheme_is_asked_for_only_where_it_is_named() -> None:
    assert ClassifyBody(texts=["a"]).to_request().scheme == ""
    assert ClassifyBody(texts=["a"], scheme="category").to_request().scheme == "category"


def test_every_part_of_what_a_model_was_sent_is_documented() -> None:
    session = memory(6, note(NoteKind.FACT, "our canary sings"))
    recollection = Recollection(turns=(Recalled(turn=session.turns[0], closeness=0.5),))
    sent = context_of(session, SYSTEM, LAST, budget_tokens=5_000, window_turns=2, count=len, recollection=recollection)
    report = context_json(ContextReport.parse(sent.report.SerializeToString()))
    shown = ContextAnswer.model_validate({"report": report}).report
    assert shown is not None
    assert {part.kind for part in shown.parts} == {"system", "memory", "recalled", "summary", "turn", "question"}


def test_tokens_from_the_cache_are_told_apart_in_both_faces() -> None:
    used = Usage(prompt_tokens=900, completion_tokens=2, cached_prompt_tokens=768)
    assert usage_json(used) == {
        "prompt_tokens": 900,
        "cached_prompt_tokens": 768,
        "completion_tokens": 2,
        "total_tokens": 902,
        "estimated": False,
    }
    assert openai_usage_json(used)["prompt_tokens_details"] == {"cached_tokens": 768}
