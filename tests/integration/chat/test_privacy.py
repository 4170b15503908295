"""Nothing personal leaves to a language model, and the reader sees it all the same (B20)."""

import json
import re

from earshot.chat.v1 import chat_pb2
from services.chat.convert import timestamp
from tests.integration.chat.test_replies import message, turns
from tests.support.chat import collect, running_chat, text_of, upstream_settings
from tests.support.chat_fixtures import World
from tests.support.chat_world import NOW, person
from tests.support.openai_server import Body, Script, scripted_upstream

SECRETS = ("ana.novak@example.com", "+386 41 123 456", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00")
SAID = "I am {}, call {}; I paid with {} from {}."


def received(requests: list[Body]) -> str:
    return json.dumps(requests, ensure_ascii=False)


def echo(body: Body) -> Script:
    """Says the last message again, in pieces that cut marks apart."""
    text = str(body["messages"][-1]["content"])
    return Script(deltas=tuple(text[at : at + 5] for at in range(0, len(text), 5)))


async def test_an_assistants_upstream_never_sees_what_its_user_reads_again(world: World) -> None:
    who, said = person(), SAID.format(*SECRETS)
    async with scripted_upstream(respond=echo) as upstream:
        places = {"store_address": world.store.address, "redis_url": world.redis_url}
        given = upstream_settings(upstream.base_url)
        async with running_chat(world.keys, signer=world.store.signer, **places, **given) as rig:
            stub = rig.client.stub(who)
            first = await collect(stub.SendMessage(message(said, mode=chat_pb2.MODE_ASSISTANT)))
            session = first[0].started.session_id
            await collect(stub.SendMessage(message("and again?", session_id=session)))
            kept = await turns(rig, who, session)
    assert text_of(first) == said
    assert (kept[0].text, kept[0].answer) == (said, said)
    assert not any(secret in received(upstream.requests) for secret in SECRETS)
    assert re.search(r"\[EMAIL_\w+\]", received(upstream.requests))


async def test_an_analysts_question_and_customers_words_are_hidden(world: World) -> None:
    who = person()
    question = f"how many deposit messages came in yesterday? {SECRETS[0]} asks, reach me at {SECRETS[1]}"
    call = (
        "ask_statistics",
        json.dumps({"filters": {"categories": {"any_of": ["deposit"]}}, "period_quote": "yesterday"}),
    )
    scripts = (Script(tool_call=call), Script(deltas=("There were {{q1.total}}; I told [EMAIL_FF].",)))

    async with scripted_upstream(*scripts) as upstream:
        places = {"store_address": world.store.address, "redis_url": world.redis_url}
        given = upstream_settings(upstream.base_url, chat_interpreter="llm")
        async with running_chat(world.keys, signer=world.store.signer, **places, **given) as rig:
            asking = chat_pb2.SendMessageRequest(text=question, now=timestamp(NOW))
            events = await collect(rig.client.stub(who).SendMessage(asking))
    assert len(upstream.requests) == 2
    assert not any(secret in received(upstream.requests) for secret in SECRETS)
    assert text_of(events) == f"There were 10; I told {SECRETS[0]}."


async def test_a_customer_of_an_earlier_question_stays_hidden(world: World) -> None:
    who = person()
    async with scripted_upstream(Script(deltas=("Fine.",))) as upstream:
        places = {"store_address": world.store.address, "redis_url": world.redis_url}
        given = upstream_settings(upstream.base_url)
        async with running_chat(world.keys, signer=world.store.signer, **places, **given) as rig:
            stub = rig.client.stub(who)
            first = await collect(stub.SendMessage(message("how many messages did user u-123 write yesterday?")))
            session = first[0].started.session_id
            last = await collect(stub.SendMessage(message("and user u-456?", session_id=session)))
    assert list(first[0].started.interpretation.query.filters.user_ids.any_of) == ["u-123"]
    assert list(last[0].started.interpretation.query.filters.user_ids.any_of) == ["u-456"]
    assert "did user [CUSTOMER_" in received(upstream.requests[1:])
    assert not any(name in received(upstream.requests) for name in ("u-123", "u-456"))


async def test_customers_left_out_of_a_question_are_hidden_from_the_model_that_reads_it(world: World) -> None:
    who, nothing = person(), ("ask_statistics", "{not json")
    async with scripted_upstream(*[Script(tool_call=nothing)] * 2, Script(deltas=("Fine.",))) as upstream:
        places = {"store_address": world.store.address, "redis_url": world.redis_url}
        given = upstream_settings(upstream.base_url, chat_interpreter="llm")
        async with running_chat(world.keys, signer=world.store.signer, **places, **given) as rig:
            stub = rig.client.stub(who)
            first = await collect(stub.SendMessage(message("how many messages not from user u-123 yesterday?")))
            session = first[0].started.session_id
            await collect(stub.SendMessage(message("and on telegram?", session_id=session)))
    assert list(first[0].started.interpretation.query.filters.user_ids.none_of) == ["u-123"]
    assert sum("tools" in body for body in upstream.requests) >= 2
    assert "u-123" not in received(upstream.requests)
