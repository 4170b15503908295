"""Questions and answers over the real store, told by the built-in narrator."""

from collections.abc import AsyncIterator
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest_asyncio

from earshot.chat.v1 import chat_pb2
from earshot.store.v1 import message_pb2
from services.chat.convert import timestamp
from services.chat.replies.receipt import hash_of
from services.runtime.auth import Role
from tests.support.chat import ChatRig, collect, error_of, kinds, running_chat, text_of
from tests.support.chat_fixtures import World
from tests.support.chat_world import COMPLAINTS_ABOUT, DEPOSITS_YESTERDAY, NOW, WITHDRAWALS_ON_SPIKE, messages, person


@pytest_asyncio.fixture(scope="module")
async def rig(world: World) -> AsyncIterator[ChatRig]:
    async with running_chat(
        world.keys, store_address=world.store.address, redis_url=world.redis_url, signer=world.store.signer
    ) as running:
        yield running


def message(text: str, session_id: str = "", **fields: object) -> chat_pb2.SendMessageRequest:
    return chat_pb2.SendMessageRequest(text=text, session_id=session_id, now=timestamp(NOW), **fields)  # type: ignore[arg-type]


async def test_answers_with_interpretation_query_text_and_receipt(rig: ChatRig) -> None:
    asking = rig.client.stub(person())
    events = await collect(asking.SendMessage(message("how many deposit messages came in yesterday, by hour?")))
    assert kinds(events) == ["started", "query", "delta", "usage", "completed"]
    started, completed = events[0].started, events[-1].completed
    assert started.interpretation.behaviour == chat_pb2.BEHAVIOUR_ANSWER
    assert started.model == "builtin"
    result = events[1].query.result
    assert result.total == DEPOSITS_YESTERDAY
    assert {row.keys[0]: row.value for row in result.rows if row.value} == {"09": 3, "11": 3, "14": 2, "20": 2}
    assert f"{DEPOSITS_YESTERDAY} deposit messages" in text_of(events)
    assert completed.finish_reason == "stop"
    assert completed.verification.bound > 0
    assert completed.verification.masked == 0
    sample = rig.server.registry.get_sample_value
    assert sample("earshot_chat_replies_total", {"outcome": "completed"}) == 1
    assert sample("earshot_chat_first_text_seconds_count") == 1
    assert sample("earshot_chat_numerals_total", {"outcome": "bound"}) == completed.verification.bound
    assert len(completed.receipt.hash) == 64
    assert completed.receipt.queries[0] == result.query
    assert completed.receipt.as_of == result.as_of


async def test_a_follow_up_keeps_what_it_does_not_replace(rig: ChatRig) -> None:
    asking, session = rig.client.stub(person()), str(uuid4())
    await collect(asking.SendMessage(message("how many deposit messages came in yesterday?", session)))
    second = await collect(asking.SendMessage(message("and on telegram?", session)))
    assert second[1].query.result.total == 3
    third = await collect(asking.SendMessage(message("and how many withdrawals?", session)))
    query = third[1].query.result.query
    assert list(query.filters.categories.any_of) == ["withdraw"]
    assert list(query.filters.sources.any_of) == ["telegram"]
    assert query.range.start.ToJsonString() == "2026-03-17T00:00:00Z"


async def test_hours_and_weekdays_narrow_a_period(rig: ChatRig) -> None:
    asking = rig.client.stub(person())
    text = "how many messages between 9 and 12 on Tuesdays and Wednesdays this month?"
    events = await collect(asking.SendMessage(message(text, time_zone="Europe/Ljubljana")))
    local = [item.event_time.astimezone(ZoneInfo("Europe/Ljubljana")) for item in messages()]
    wanted = sum(
        moment.year == 2026 and moment.month == 3 and moment.hour in (9, 10, 11) and moment.isoweekday() in (2, 3)
        for moment in local
        if moment < NOW
    )
    result = events[1].query.result
    assert result.total == wanted > 0
    assert (list(result.query.filters.hours), list(result.query.filters.weekdays)) == ([9, 10, 11], [2, 3])
    assert "arrived on Tuesdays and Wednesdays between 09:00 and 12:00 from 1 to 18 March 2026 up to" in text_of(events)
    assert events[-1].completed.verification.masked == 0


async def test_a_refused_turn_leaves_no_trace(rig: ChatRig) -> None:
    asking, session = rig.client.stub(person()), str(uuid4())
    await collect(asking.SendMessage(message("how many deposit messages came in yesterday?", session)))
    refused = await collect(asking.SendMessage(message("how much money was deposited in euros?", session)))
    assert kinds(refused) == ["started", "delta", "usage", "completed"]
    assert refused[0].started.interpretation.behaviour == chat_pb2.BEHAVIOUR_REFUSE
    assert not refused[-1].completed.HasField("receipt")
    after = await collect(asking.SendMessage(message("only on telegram", session)))
    assert after[1].query.result.total == 3


async def test_sessions_do_not_share_filters(rig: ChatRig) -> None:
    asking = rig.client.stub(person())
    await collect(asking.SendMessage(message("how many deposit messages came in yesterday?", str(uuid4()))))
    other = await collect(asking.SendMessage(message("how many messages on telegram?", str(uuid4()))))
    assert not other[1].query.result.query.filters.categories.any_of


async def test_examples_come_with_their_count(rig: ChatRig) -> None:
    events = await collect(
        rig.client.stub(person(Role.AGENT)).SendMessage(_without_now("show me examples of deposits"))
    )
    assert kinds(events) == ["started", "query", "query", "delta", "usage", "completed"]
    assert len(events[2].query.examples) == 5
    assert all(example.author == message_pb2.AUTHOR_CUSTOMER for example in events[2].query.examples)
    assert all(example.labels.categories[0].label == "deposit" for example in events[2].query.examples)
    assert events[-1].completed.verification.masked == 0


async def test_a_viewer_sees_numbers_but_no_words_of_customers(rig: ChatRig) -> None:
    viewer = rig.client.stub(person(Role.VIEWER))
    refused = await collect(viewer.SendMessage(_without_now("show me examples of deposits")))
    assert refused[0].started.interpretation.behaviour == chat_pb2.BEHAVIOUR_REFUSE
    counted = await collect(viewer.SendMessage(_without_now("how many deposit messages are there?")))
    assert counted[1].query.result.total == DEPOSITS_YESTERDAY + 4


async def test_what_changed_is_split_by_label_and_channel_at_one_instant(rig: ChatRig) -> None:
    events = await collect(rig.client.stub(person()).SendMessage(message("why did messages rise yesterday?")))
    runs = [event.query.result for event in events if event.HasField("query")]
    assert [list(run.query.group_by) for run in runs] == [[1], [3]]
    assert runs[0].as_of == runs[1].as_of
    assert all(run.HasField("compare_total") for run in runs)
    assert len(events[-1].completed.receipt.queries) == 2
    text = text_of(events)
    change = runs[0].total - runs[0].compare_total
    assert f"The change of +{change:.0f} adds up from these parts:" in text
    assert "Deposits, live chat, negative, English: +7" in text
    assert events[-1].completed.verification.masked == 0


async def test_spikes_are_set_against_what_their_weekdays_let_expect(rig: ChatRig) -> None:
    events = await collect(
        rig.client.stub(person()).SendMessage(message("were there any spikes in withdrawals in February?"))
    )
    text = text_of(events)
    assert "14 February 2026" in text
    assert f"{WITHDRAWALS_ON_SPIKE}" in text
    assert "**1 day** stood out" in text
    assert "expected" in text
    assert (events[-1].completed.verification.masked, events[-1].completed.verification.bound > 0) == (0, True)


async def test_reasons_leave_the_filters_own_label_out(rig: ChatRig) -> None:
    asking = rig.client.stub(person())
    answer = await asking.Ask(message("what were the top 2 reasons for complaints in January?"))
    result = answer.queries[0].result
    assert [(row.keys[0], row.value) for row in result.rows] == [("game_issue", 3), ("bonus", 2)]
    assert (result.total, result.total_rows) == (sum(COMPLAINTS_ABOUT.values()), 3)
    assert (result.truncated, result.rows_sum_to_total) == (True, False)
    assert (answer.interpretation.query.limit, result.query.limit) == (2, 3)
    assert "The 2 largest categories:" in answer.answer
    assert "- **Game issues**: 3 (50%)\n- **Bonuses**: 2 (33.3%)\n\n" in answer.answer
    assert "Anger and feedback, which all these messages carry, is left out of the rows." in answer.answer
    assert (answer.verification.masked, answer.verification.contradicted) == (0, 0)
    assert list(answer.receipt.queries) == [result.query]
    assert answer.receipt.hash == hash_of([result])


async def test_equals_are_all_named_the_top(rig: ChatRig) -> None:
    answer = await rig.client.stub(person()).Ask(message("what was the busiest hour for deposits yesterday?"))
    result = answer.queries[0].result
    assert [(row.keys[0], row.value) for row in result.rows] == [("09", 3), ("11", 3)]
    assert (answer.interpretation.query.limit, result.query.limit, result.truncated) == (1, 2, True)
    assert "2 hours have the most, as many each:\n- **09:00–10:00**: 3\n- **11:00–12:00**: 3" in answer.answer
    assert (answer.verification.masked, answer.verification.contradicted) == (0, 0)
    assert list(answer.receipt.queries) == [result.query]
    assert answer.receipt.hash == hash_of([result])


async def test_no_incident_is_said_and_not_invented(rig: ChatRig) -> None:
    for question in ("how many separate incidents were there last week?", "what were the biggest incidents last week?"):
        answer = await rig.client.stub(person()).Ask(message(question))
        assert answer.interpretation.behaviour == chat_pb2.BEHAVIOUR_ANSWER
        assert answer.answer.startswith("No incident showed in messages")
        assert answer.verification.masked == 0


async def test_ask_is_the_stream_in_one_piece(rig: ChatRig) -> None:
    asking = rig.client.stub(person())
    question = "how many deposit messages came in yesterday?"
    events = await collect(asking.SendMessage(message(question)))
    answer = await asking.Ask(message(question))
    assert answer.answer == text_of(events)
    assert answer.queries[0].result.total == DEPOSITS_YESTERDAY
    assert answer.receipt.hash != ""
    assert answer.model == "builtin"


async def test_the_same_question_about_the_same_instant_has_the_same_hash(rig: ChatRig) -> None:
    asking = rig.client.stub(person())
    first = await asking.Ask(message("how many deposit messages came in yesterday?"))
    again = hash_of([run.result for run in first.queries])
    assert again == first.receipt.hash


async def test_interpreting_in_a_session_updates_its_filters(rig: ChatRig) -> None:
    asking, session = rig.client.stub(person()), str(uuid4())
    request = chat_pb2.InterpretQuestionRequest(
        text="how many deposit messages came in yesterday?", now=timestamp(NOW), session_id=session
    )
    reading = (await asking.InterpretQuestion(request)).interpretation
    assert reading.behaviour == chat_pb2.BEHAVIOUR_ANSWER
    follow_up = chat_pb2.InterpretQuestionRequest(text="and on telegram?", now=timestamp(NOW), session_id=session)
    second = (await asking.InterpretQuestion(follow_up)).interpretation
    assert list(second.query.filters.categories.any_of) == ["deposit"]
    asked = await collect(asking.SendMessage(message("and by hour?", session)))
    assert asked[1].query.result.total == 3


async def test_turns_are_listed_as_they_were_answered(rig: ChatRig) -> None:
    asking, session = rig.client.stub(person()), str(uuid4())
    events = await collect(asking.SendMessage(message("how many deposit messages came in yesterday?", session)))
    await collect(asking.SendMessage(message("and on telegram?", session)))
    turns = (await asking.ListTurns(chat_pb2.ListTurnsRequest(session_id=session))).turns
    assert [turn.number for turn in turns] == [1, 2]
    assert turns[0].answer == text_of(events)
    assert turns[0].interpretation == events[0].started.interpretation
    assert turns[0].queries[0] == events[1].query
    assert turns[0].receipt == events[-1].completed.receipt
    assert turns[0].status == "completed"
    assert turns[0].id == events[0].reply_id


async def test_bad_messages_are_refused_before_anything_happens(rig: ChatRig) -> None:
    asking = rig.client.stub(person())
    refused = {
        "EMPTY_TEXT": message("  \n"),
        "TEXT_TOO_LONG": message("a" * 4001),
        "BAD_TIME_ZONE": message("how many", time_zone="Mars/Olympus"),
        "UNKNOWN_MODEL": message("how many", model="gpt-nowhere"),
        "BAD_ID": message("how many", session_id="not-a-uuid"),
        "UNKNOWN_ENUM_VALUE": message("how many", mode=77),
    }
    for reason, request in refused.items():
        assert (await error_of(asking.SendMessage(request))).reason == reason
    assert (await error_of(asking.SendMessage(message("how many \0 messages")))).kind == "invalid_input"
    assert (await asking.ListSessions(chat_pb2.ListSessionsRequest())).sessions == []


async def test_only_admins_say_what_time_it_is(rig: ChatRig) -> None:
    asking = rig.client.stub(person(Role.AGENT))
    assert (await error_of(asking.SendMessage(message("how many deposits yesterday?")))).kind == "permission_denied"


async def test_an_assistant_needs_a_model(rig: ChatRig) -> None:
    asking = rig.client.stub(person())
    error = await error_of(asking.SendMessage(message("hello", mode=chat_pb2.MODE_ASSISTANT)))
    assert error.reason == "CHAT_MODEL_NOT_CONFIGURED"


def _without_now(text: str) -> chat_pb2.SendMessageRequest:
    return chat_pb2.SendMessageRequest(text=text)
