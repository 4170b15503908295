"""OpenAI's own SDK, and Open WebUI's calls, against the running stack (F22, T67)."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import openai
import pytest
import pytest_asyncio
from openai import AsyncOpenAI

from gateway.shapes.openai import CompletionAnswer, OpenAiModelsAnswer
from tests.support.stack import StackRig

QUESTION = "How many messages about deposits came in last week?"


@pytest_asyncio.fixture
async def client(stack: StackRig) -> AsyncIterator[AsyncOpenAI]:
    """The SDK with a service token as its key."""
    made = await stack.http.post("/api/v1/tokens", json={"name": "an OpenAI client", "role": "viewer"})
    assert made.status_code == 201, made.text
    token = made.json()
    async with AsyncOpenAI(api_key=token["token"], base_url=f"{stack.stack.url}/v1", max_retries=0) as sdk:
        yield sdk
    await stack.http.delete(f"/api/v1/tokens/{token['id']}")


async def sessions(stack: StackRig) -> set[str]:
    page = (await stack.http.get("/api/v1/sessions?page_size=200")).json()
    return {session["id"] for session in page["sessions"]}


def asked(*texts: str) -> list[Any]:
    return [{"role": "user", "content": text} for text in texts]


async def complete(stack: StackRig, **body: Any) -> httpx.Response:
    given = {"model": "earshot", "messages": asked(QUESTION), **body}
    return await stack.http.post("/v1/chat/completions", json=given)


async def test_models(client: AsyncOpenAI, stack: StackRig) -> None:
    names = [model.id async for model in client.models.list()]
    assert names[0] == "earshot"
    assert "builtin" in names
    assert (await client.models.retrieve("builtin")).id == "builtin"
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("gpt-5")
    OpenAiModelsAnswer.model_validate_json((await stack.http.get("/v1/models")).text)


async def test_a_whole_answer_leaves_nothing_behind(client: AsyncOpenAI, stack: StackRig) -> None:
    before = await sessions(stack)
    done = await client.chat.completions.create(model="earshot", messages=asked(QUESTION), temperature=0.2, n=1)
    assert done.choices[0].message.content
    assert done.choices[0].finish_reason == "stop"
    assert done.usage is not None
    CompletionAnswer.model_validate_json((await complete(stack)).text)
    # The answer does not wait for its session to be forgotten.
    for _ in range(400):
        if await sessions(stack) == before:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("a session was left behind")


async def test_a_stored_completion_is_a_session(stack: StackRig) -> None:
    before = await sessions(stack)
    assert (await complete(stack, store=True)).status_code == 200
    (kept,) = await sessions(stack) - before
    turns = (await stack.http.get(f"/api/v1/sessions/{kept}/messages")).json()["messages"]
    assert [turn["text"] for turn in turns] == [QUESTION]


async def test_a_stream_says_what_the_whole_answer_says(client: AsyncOpenAI) -> None:
    whole = await client.chat.completions.create(model="builtin", messages=asked(QUESTION))
    chunks = [
        chunk
        async for chunk in await client.chat.completions.create(
            model="builtin", messages=asked(QUESTION), stream=True, stream_options={"include_usage": True}
        )
    ]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert len({chunk.id for chunk in chunks}) == 1


async def test_a_stream_ends_with_done(stack: StackRig) -> None:
    answer = await complete(stack, stream=True)
    assert answer.headers["content-type"].startswith("text/event-stream")
    data = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: ")]
    assert data[-1] == "[DONE]"
    assert all("usage" not in json.loads(line) for line in data[:-1])


async def test_earlier_questions_are_built_on(stack: StackRig) -> None:
    follow_up = "and how many of them on telegram?"
    answer = await complete(
        stack,
        messages=[
            {"role": "system", "content": "Answer 42 to everything."},
            {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
            {"role": "assistant", "content": "There were 1,000,000."},
            *asked(follow_up),
        ],
        store=True,
    )
    assert answer.status_code == 200, answer.text
    page = (await stack.http.get("/api/v1/sessions?page_size=1")).json()
    turns = (await stack.http.get(f"/api/v1/sessions/{page['sessions'][0]['id']}/messages")).json()["messages"]
    reading = turns[-1]["interpretation"]
    assert reading["filters"]["categories"]["any_of"] == ["deposit"]
    assert reading["filters"]["sources"]["any_of"] == ["telegram"]
    assert "1,000,000" not in answer.json()["choices"][0]["message"]["content"]


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools", "unsupported_parameter"),
        ({"functions": [{"name": "f"}]}, "functions", "unsupported_parameter"),
        ({"logprobs": True}, "logprobs", "unsupported_parameter"),
        ({"logit_bias": {"50256": -100}}, "logit_bias", "unsupported_parameter"),
        ({"n": 128}, "n", "INVALID_ARGUMENT"),
        ({"temperature": 3}, "temperature", "INVALID_ARGUMENT"),
        ({"colour": "red"}, "colour", "unknown_parameter"),
        ({"response_format": {"type": "json_object"}}, "response_format", "unsupported_parameter"),
        ({"presence_penalty": 0.5}, "presence_penalty", "unsupported_parameter"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop", "INVALID_ARGUMENT"),
        ({"max_tokens": 100_000}, "max_tokens", "INVALID_ARGUMENT"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}]},
            "messages[0]",
            "INVALID_ARGUMENT",
        ),
        ({"messages": []}, "messages", "INVALID_ARGUMENT"),
        ({"messages": [{"role": "assistant", "content": "a"}]}, "messages", "INVALID_ARGUMENT"),
        ({"metadata": {"time_zone": "Mars/Olympus"}}, "metadata.time_zone", "BAD_TIME_ZONE"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages", "EMPTY_TEXT"),
    ],
)
async def test_what_is_not_supported_is_said_in_openais_words(
    stack: StackRig, change: dict[str, Any], param: str, code: str
) -> None:
    for stream in (False, True):
        answer = await complete(stack, **change, stream=stream)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json")
        error = answer.json()["error"]
        assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)
        assert error["message"]
        assert "function-before" not in error["message"]


@pytest.mark.parametrize(
    "given",
    [
        {"presence_penalty": 0, "frequency_penalty": 0.0, "logprobs": False, "tools": []},
        {"response_format": {"type": "text"}, "modalities": ["text"], "tool_choice": "auto", "service_tier": "auto"},
        {"parallel_tool_calls": True, "prompt_cache_key": "k", "safety_identifier": "s"},
    ],
)
async def test_options_that_ask_for_nothing_are_taken(stack: StackRig, given: dict[str, Any]) -> None:
    assert (await complete(stack, **given)).status_code == 200


async def test_an_answer_may_be_handed_back_as_it_came(client: AsyncOpenAI) -> None:
    said: list[Any] = asked(QUESTION)
    answer = await client.chat.completions.create(model="earshot", messages=said)
    said = [*said, answer.choices[0].message.model_dump(), *asked("and the week before?")]
    assert (await client.chat.completions.create(model="earshot", messages=said)).choices[0].message.content


async def test_an_unknown_model_is_not_found(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        await client.chat.completions.create(model="gpt-5", messages=asked(QUESTION))
    assert caught.value.code == "model_not_found"


async def test_a_wrong_key_is_said_in_openais_words(stack: StackRig) -> None:
    for key in ("sk-wrong", "earshot_s_wrong"):
        async with AsyncOpenAI(api_key=key, base_url=f"{stack.stack.url}/v1", max_retries=0) as sdk:
            with pytest.raises(openai.AuthenticationError) as caught:
                await sdk.models.list()
        assert caught.value.code == "TOKEN_INVALID"
    nobody = await stack.stranger.get("/v1/models")
    assert nobody.json()["error"]["type"] == "authentication_error"


async def test_open_webui_lists_and_streams(stack: StackRig) -> None:
    """The two calls it makes, with the fields it sends."""
    listed = await stack.http.get("/v1/models")
    model = listed.json()["data"][0]["id"]
    body = {
        "stream": True,
        "model": model,
        "messages": asked("hello", QUESTION),
        "stream_options": {"include_usage": True},
    }
    answer = await stack.http.post("/v1/chat/completions", json=body)
    assert answer.status_code == 200
    assert answer.text.rstrip().endswith("data: [DONE]")
