"""The small pure parts of the chat: peaks, runs, turns, endings, titles, settings."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from earshot.chat.v1 import chat_pb2
from earshot.types.v1 import question_pb2
from services.chat.admission import admitted
from services.chat.archive import title_of
from services.chat.endings import error_of, failed_of, not_archived
from services.chat.keyspace import Owner
from services.chat.peaks import peaks_of, tell_peaks
from services.chat.question import (
    Behaviour,
    Dimension,
    Filters,
    Interpretation,
    LabelFilter,
    Measure,
    Operation,
    Order,
    StatsQuery,
    StatsResult,
    StatsRow,
    TimeRange,
)
from services.chat.receipt import hash_of
from services.chat.reply_record import ReplyStart
from services.chat.runs import example_count, queries_of, step_of
from services.chat.settings import GEMINI_BASE_URL, OPENAI_BASE_URL, ChatSettings
from services.chat.turns import from_stored, last_in_force, puts_in_force, to_stored, turn_of
from services.chat.upstream import UpstreamError
from services.runtime.auth import Identity, Role
from services.runtime.errors import ConflictError, InternalError, NotFoundError

START = datetime(2026, 2, 1, tzinfo=UTC)


def daily(*values: float) -> StatsResult:
    days = [START + timedelta(days=number) for number in range(len(values))]
    span = TimeRange(start=START, end=START + timedelta(days=len(values)))
    query = StatsQuery(group_by=(Dimension.DAY,), order=Order.KEY_ASC, range=span)
    rows = [StatsRow(keys=(("day", str(day.date())),), value=value) for day, value in zip(days, values, strict=True)]
    return StatsResult(
        query=query,
        query_id="q",
        rows=tuple(rows),
        total=sum(values),
        compare_total=None,
        rows_sum_to_total=True,
        range=span,
        compare_range=None,
        as_of=START + timedelta(days=60),
    )


def test_a_peak_is_three_times_the_median_and_clearly_above_it() -> None:
    found = peaks_of(daily(10, 12, 11, 40, 10, 33))
    assert [row.value for row in found.rows] == [40]
    assert found.median == 11.5
    assert peaks_of(daily(1, 1, 1, 4, 1)).rows == ()
    assert peaks_of(daily(0, 0, 0, 11)).rows[0].value == 11
    assert peaks_of(daily(1, 50)).rows == ()
    assert peaks_of(daily()).rows == ()


def test_peaks_are_told_with_their_rule() -> None:
    told = tell_peaks(daily(10, 12, 11, 40, 10, 33))
    assert "4 February 2026" in told
    assert "median" in told
    assert "No day stood out" in tell_peaks(daily(10, 11, 12))
    assert "too few days" in tell_peaks(daily(10, 11))


def reading(operation: Operation, **query: Any) -> Interpretation:
    return Interpretation(operation=operation, query=StatsQuery(**query))


def test_every_operation_has_its_queries() -> None:
    week = TimeRange(start=START, end=START + timedelta(days=7))
    by_label = queries_of(reading(Operation.EXPLAIN_CHANGE, range=week, compare_to=week))
    assert [query.group_by for query in by_label] == [(Dimension.CATEGORY,), (Dimension.SOURCE,)]
    inside = Filters(categories=LabelFilter(any_of=("deposit",)))
    assert queries_of(reading(Operation.EXPLAIN_CHANGE, filters=inside))[0].group_by == (Dimension.INTENT,)
    assert queries_of(reading(Operation.STATS, limit=3))[0].limit == 3
    own = reading(Operation.STATS, limit=3, filters=inside, group_by=(Dimension.CATEGORY,))
    assert queries_of(own)[0].limit == 4
    examples = reading(Operation.EXAMPLES, group_by=(Dimension.DAY,), limit=3)
    assert queries_of(examples) == (StatsQuery(),)
    assert example_count(examples) == 3
    assert example_count(reading(Operation.EXAMPLES, limit=1_000)) == 20
    assert step_of(StatsQuery(range=week)) is Dimension.DAY
    assert step_of(StatsQuery(range=TimeRange(start=START, end=START + timedelta(days=1)))) is Dimension.HOUR
    assert step_of(StatsQuery()) is Dimension.DAY


def test_roles_and_the_version_decide_what_is_admitted() -> None:
    def who(role: Role) -> Identity:
        return Identity(user_id="u", workspace_id="w", role=role, name="")

    examples = reading(Operation.EXAMPLES)
    assert admitted(examples, who(Role.AGENT)) == examples
    assert admitted(examples, who(Role.VIEWER)).behaviour is Behaviour.REFUSE
    for incidents in (reading(Operation.INCIDENTS), reading(Operation.STATS, measure=Measure.DISTINCT_INCIDENTS)):
        # Asking back about what no answer can be given to would only put the refusal off.
        for behaviour in (Behaviour.ANSWER, Behaviour.CLARIFY):
            refused = admitted(replace(incidents, behaviour=behaviour), who(Role.ADMIN))
            assert refused.behaviour is Behaviour.REFUSE
            assert "incident" in refused.reason
    asks = replace(examples, behaviour=Behaviour.CLARIFY)
    assert admitted(asks, who(Role.VIEWER)) == asks


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


def test_ends_say_what_may_be_tried_again() -> None:
    assert failed_of(UpstreamError()).retryable
    assert not failed_of(UpstreamError(retryable=False)).retryable
    assert failed_of(ConflictError()).code == "ABORTED"
    internal = failed_of(InternalError("the secret cause"))
    assert (internal.code, internal.retryable) == ("INTERNAL", False)
    assert "secret" not in internal.message
    missing = not_archived(NotFoundError("gone"))
    assert (error_of(missing).kind, error_of(missing).reason) == ("not_found", "NOT_FOUND")


def test_the_same_answer_has_the_same_hash() -> None:
    one = [question_pb2.StatsResult(total=3, query_id="a")]
    assert hash_of(one) == hash_of([question_pb2.StatsResult(query_id="a", total=3)])
    assert hash_of(one) != hash_of([question_pb2.StatsResult(total=4, query_id="a")])


def test_titles_are_one_short_line() -> None:
    assert title_of("  how\n many?  ") == "how many?"
    assert len(title_of("word " * 100)) <= 80


def test_no_user_can_name_anothers_keys() -> None:
    one = Owner(workspace_id="w", user_id="a}:session:x")
    two = Owner(workspace_id="w", user_id="a")
    assert not one.turns("s").startswith(two.turns("s").partition(":session")[0] + ":")
    assert one.turns("s").count("{") == 1


def settings(**values: Any) -> ChatSettings:
    given: dict[str, Any] = {"public_key_file": __file__, "redis_url": SecretStr("redis://x"), **values}
    return ChatSettings(**given)


def test_the_upstream_is_the_one_named_or_the_one_whose_key_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    nothing = settings()
    assert (nothing.upstream_base_url, nothing.default_model) == ("", "builtin")
    assert nothing.allowed_models == {"builtin"}
    named = settings(llm_base_url="http://localhost:11434/v1", llm_model="a", llm_models="b, c")
    assert named.default_model == "a"
    assert named.allowed_models == {"builtin", "a", "b", "c"}
    assert named.upstream_api_key == "none"
    monkeypatch.setenv("GEMINI_API_KEY", "g")
    assert (settings().upstream_base_url, settings().upstream_api_key) == (GEMINI_BASE_URL, "g")
    monkeypatch.setenv("OPENAI_API_KEY", "o")
    assert (settings().upstream_base_url, settings().upstream_api_key) == (OPENAI_BASE_URL, "o")
    assert settings(llm_api_key=SecretStr("x")).upstream_api_key == "x"
    with pytest.raises(ValidationError):
        settings(llm_base_url="http://localhost/v1")
