"""Questions over HTTP: one answer, a stream under its law, resumption, cancellation, sessions of their own users."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from gateway.cli.server_events import ServerEvent, read_events
from gateway.shapes.conversation import (
    CancelAnswer,
    ChatAnswer,
    InterpretationAnswer,
    ProvenAnswer,
    ReplayAnswer,
    SessionAnswer,
    SessionPageAnswer,
    TurnPageAnswer,
)
from gateway.shapes.memory import ContextAnswer, MemoryAnswer, MemoryEntryAnswer
from tests.support.stack import StackRig

QUESTION = "how many deposit messages came in yesterday, by hour?"
NOW = "2025-07-02T12:00:00Z"


@pytest_asyncio.fixture(scope="module", autouse=True)
async def yesterday(stack: StackRig) -> None:
    """Messages of the day before NOW, on which no other test has any."""
    await stack.all_labelled()
    rows = [
        {
            "text": "my deposit failed again",
            "source": "livechat",
            "user_id": f"u{place}",
            "timestamp": f"2025-07-01T{8 + place % 3:02d}:15:00Z",
            "external_id": f"chat-{place}",
        }
        for place in range(7)
    ]
    answer = await stack.http.post("/api/v1/messages?wait=30", json={"messages": rows})
    assert {item["status"] for item in answer.json()["messages"]} == {"labelled"}


def asked(**change: object) -> dict[str, object]:
    return {"text": QUESTION, "now": NOW, "time_zone": "UTC", **change}


async def events(client: httpx.AsyncClient, method: str, path: str, **request: Any) -> list[ServerEvent]:
    async with client.stream(method, path, **request) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        return [item async for item in read_events(answer.aiter_bytes())]


def assert_lawful(seen: list[ServerEvent]) -> None:
    assert seen[0].name == "started"
    assert [item.name for item in seen if item.name in {"completed", "cancelled", "failed"}] == [seen[-1].name]
    numbers = [int(item.id) for item in seen]
    assert numbers == sorted(set(numbers))
    assert [item.data["seq"] for item in seen] == numbers
    assert len({item.data["reply_id"] for item in seen}) == 1


async def test_an_answer_comes_with_its_reading_numbers_and_receipt(stack: StackRig) -> None:
    answer = await stack.http.post("/api/v1/chat", json=asked())
    assert answer.status_code == 200, answer.text
    body = answer.json()
    ChatAnswer.model_validate(body)
    assert body["stats"]["total"] == 7
    assert {row["keys"]["hour"]: row["value"] for row in body["stats"]["rows"] if row["value"]} == {
        "08": 3,
        "09": 2,
        "10": 2,
    }
    assert "7" in body["answer"]
    assert body["interpretation"]["filters"]["categories"]["any_of"] == ["deposit"]
    assert body["receipt_id"]
    assert body["verification"]["masked"] == 0


async def test_a_session_is_named_by_header_or_body_and_never_by_two(stack: StackRig) -> None:
    session = (await stack.http.post("/api/v1/sessions")).json()["id"]
    header = {"X-Session-Id": session}
    named = await stack.http.post("/api/v1/chat", json=asked(), headers=header)
    assert named.json()["session_id"] == session
    both = await stack.http.post("/api/v1/chat", json=asked(session_id=session), headers=header)
    assert both.json()["session_id"] == session
    for path in ("/api/v1/chat", "/api/v1/chat/stream"):
        differing = await stack.http.post(path, json=asked(session_id=str(uuid4())), headers=header)
        assert differing.status_code == 400
        assert "X-Session-Id" in differing.text
    path = f"/api/v1/sessions/{session}/messages"
    elsewhere = await stack.http.post(path, json=asked(session_id=str(uuid4())))
    assert (elsewhere.status_code, elsewhere.json()["violations"][0]["field"]) == (400, "session_id")
    assert (await stack.http.post(path, json=asked(session_id=session.upper()))).status_code == 200


async def test_an_answer_is_watched_recorded_and_replayed_by_the_command_line(stack: StackRig, tmp_path: Path) -> None:
    answer = (await stack.http.post("/api/v1/chat", json=asked())).json()
    watched = await stack.earshot("alerts", "subscribe", answer["receipt_id"], "--change", "0.2", "--json")
    assert watched.code == 0, watched.err
    assert watched.json["condition"] == {"kind": "change", "threshold": 0.2}
    assert watched.json["query"]["filters"]["categories"]["any_of"] == ["deposit"]
    file = tmp_path / "session.jsonl"
    kept = await stack.earshot("record", answer["session_id"], str(file), "--json")
    assert kept.json == {"file": str(file), "turns": 1}
    replayed = await stack.earshot_process("replay", str(file), "--json")
    assert replayed.code == 0, replayed.err
    assert replayed.json["turns"][0]["same_text"]
    assert replayed.json["turns"][0]["same_numbers"]


async def test_a_stream_keeps_the_law_and_tells_what_the_whole_answer_tells(stack: StackRig) -> None:
    seen = await events(stack.http, "POST", "/api/v1/chat/stream", json=asked())
    assert_lawful(seen)
    assert seen[-1].name == "completed"
    whole = (await stack.http.post("/api/v1/chat", json=asked())).json()
    assert "".join(item.data["text"] for item in seen if item.name == "delta") == whole["answer"]


async def test_a_stream_is_resumed_after_any_event(stack: StackRig) -> None:
    seen = await events(stack.http, "POST", "/api/v1/chat/stream", json=asked())
    path = f"/api/v1/replies/{seen[0].data['reply_id']}/events"
    assert await events(stack.http, "GET", path) == seen
    for place in (0, len(seen) // 2, len(seen) - 2):
        headers = {"Last-Event-ID": seen[place].id}
        assert await events(stack.http, "GET", path, headers=headers) == seen[place + 1 :]
    after_the_last = await stack.http.get(path, headers={"Last-Event-ID": seen[-1].id})
    assert (after_the_last.status_code, after_the_last.content) == (204, b"")


async def test_a_reply_whose_reader_went_away_can_be_read_to_its_end(stack: StackRig) -> None:
    async with stack.http.stream("POST", "/api/v1/chat/stream", json=asked()) as answer:
        first = await anext(read_events(answer.aiter_bytes()))
    path = f"/api/v1/replies/{first.data['reply_id']}/events"
    rest = await events(stack.http, "GET", path, headers={"Last-Event-ID": first.id})
    assert rest[-1].name == "completed"


async def test_a_reply_that_has_ended_stays_as_it_is(stack: StackRig) -> None:
    reply = (await stack.http.post("/api/v1/chat", json=asked())).json()["reply_id"]
    answer = await stack.http.post(f"/api/v1/replies/{reply}:cancel")
    CancelAnswer.model_validate(answer.json())
    assert answer.json() == {"reply_id": reply, "cancelled": False}


async def test_a_receipt_is_found_and_gives_the_same_numbers_again(stack: StackRig) -> None:
    answer = (await stack.http.post("/api/v1/chat", json=asked())).json()
    path = f"/api/v1/receipts/{answer['receipt_id']}"
    proven = (await stack.http.get(path)).json()
    ProvenAnswer.model_validate(proven)
    assert (proven["receipt"], proven["session_id"]) == (answer["receipt"], answer["session_id"])
    assert proven["turn"]["answer"] == answer["answer"]
    replay = (await stack.http.post(f"{path}:replay")).json()
    ReplayAnswer.model_validate(replay)
    assert (replay["identical"], replay["hash"]) == (True, answer["receipt"]["hash"])
    assert replay["queries"][0]["then"]["rows"] == answer["stats"]["rows"]
    assert (await stack.http.get(f"/api/v1/receipts/{uuid4()}")).json()["reason"] == "RECEIPT_NOT_FOUND"


async def test_a_receipt_run_again_shows_what_has_changed_since(stack: StackRig) -> None:
    question = {"text": "how many deposit messages came in on 3 June 2025, by source?", "time_zone": "UTC"}
    row = {
        "text": "my deposit failed again",
        "source": "livechat",
        "user_id": "u1",
        "timestamp": "2025-06-03T08:15:00Z",
    }
    early = await stack.http.post("/api/v1/messages?wait=30", json=row)
    assert early.json()["category"] == "deposit"
    answer = (await stack.http.post("/api/v1/chat", json=question)).json()
    late = {**row, "source": "telegram"}
    assert (await stack.http.post("/api/v1/messages?wait=30", json=late)).json()["category"] == "deposit"
    replay = (await stack.http.post(f"/api/v1/receipts/{answer['receipt_id']}:replay")).json()
    (query,) = replay["queries"]
    assert replay["identical"]
    assert query["then"]["rows"] == answer["stats"]["rows"]
    assert query["now"]["total"] == query["then"]["total"] + 1
    changed = {row["keys"]["source"]: row["value"] for row in query["now"]["rows"]}
    before = {row["keys"]["source"]: row["value"] for row in query["then"]["rows"]}
    assert {source: changed[source] - before.get(source, 0) for source in changed} == {"livechat": 0, "telegram": 1}


async def test_a_sessions_memory_is_shown_corrected_and_forgotten(stack: StackRig) -> None:
    said = (await stack.http.post("/api/v1/chat", json={"text": "Remember that our canary is called Koko."})).json()
    assert [notice["kind"] for notice in said["notices"]] == ["remembered"]
    path = f"/api/v1/sessions/{said['session_id']}/memory"
    shown = (await stack.http.get(path)).json()
    MemoryAnswer.model_validate(shown)
    (entry,) = [entry for entry in shown["entries"] if entry["kind"] == "fact"]
    assert (entry["text"], entry["turn_number"]) == ("our canary is called Koko.", 1)
    mended = (await stack.http.post(path, json={"id": entry["id"], "text": "It is called Pip."})).json()
    MemoryEntryAnswer.model_validate(mended)
    assert (mended["id"], mended["text"]) == (entry["id"], "It is called Pip.")
    assert (await stack.http.post(f"{path}:forget", json={"entry_id": entry["id"]})).status_code == 204
    assert not [entry for entry in (await stack.http.get(path)).json()["entries"] if entry["kind"] == "fact"]
    assert (await stack.http.post(f"{path}:forget", json={})).status_code == 400
    context = (await stack.http.get(f"/api/v1/replies/{said['reply_id']}/context")).json()
    ContextAnswer.model_validate(context)
    assert context == {"report": None}


async def test_a_turn_is_asked_again_and_in_other_words(stack: StackRig) -> None:
    first = (await stack.http.post("/api/v1/chat", json=asked())).json()
    path = f"/api/v1/sessions/{first['session_id']}/messages"
    again = {"replaces_turn_id": first["reply_id"], "now": NOW, "detail": "brief", "when_busy": "queue"}
    assert (await events(stack.http, "POST", path, json=again))[-1].name == "completed"
    other = {**again, "text": "how many bonus messages came in yesterday?", "generation": {"temperature": 0.5}}
    assert (await events(stack.http, "POST", path, json=other))[-1].name == "completed"
    listed = (await stack.http.get(path)).json()["messages"]
    assert [(turn["number"], turn["previous_number"]) for turn in listed] == [(1, 0), (2, 0), (3, 0)]
    assert [turn["replaces_turn_id"] for turn in listed] == [None, first["reply_id"], first["reply_id"]]
    assert listed[1]["text"] == QUESTION


@pytest.mark.parametrize(
    "generation", [{"temperature": 3}, {"top_p": 0}, {"stop": ["a"] * 5}, {"max_tokens": 0}, {"logit_bias": {}}]
)
async def test_options_out_of_bounds_are_refused(stack: StackRig, generation: dict[str, Any]) -> None:
    answer = await stack.http.post("/api/v1/chat", json=asked(generation=generation))
    assert (answer.status_code, answer.json()["reason"]) == (400, "INVALID_ARGUMENT")


async def test_an_interpretation_can_be_asked_of_the_store(stack: StackRig) -> None:
    answer = await stack.http.post("/api/v1/interpret", json={"text": QUESTION, "now": NOW, "time_zone": "UTC"})
    InterpretationAnswer.model_validate(answer.json())
    stats = await stack.http.post("/api/v1/stats", json=answer.json())
    assert stats.json()["total"] == 7


async def test_a_session_keeps_its_turns_and_filters(stack: StackRig) -> None:
    made = await stack.http.post("/api/v1/sessions", json={"title": "about deposits"})
    assert made.status_code == 201
    SessionAnswer.model_validate(made.json())
    session = made.json()["id"]
    path = f"/api/v1/sessions/{session}/messages"
    assert (await events(stack.http, "POST", path, json=asked()))[-1].name == "completed"
    follow_up = await stack.http.post("/api/v1/chat", json=asked(text="and by source?", session_id=session))
    assert follow_up.json()["stats"]["total"] == 7
    assert [row["keys"] for row in follow_up.json()["stats"]["rows"]] == [{"source": "livechat"}]
    turns = (await stack.http.get(path)).json()
    TurnPageAnswer.model_validate(turns)
    assert [turn["text"] for turn in turns["messages"]] == [QUESTION, "and by source?"]
    assert turns["messages"][1]["answer"] == follow_up.json()["answer"]
    listed = (await stack.http.get("/api/v1/sessions")).json()
    SessionPageAnswer.model_validate(listed)
    assert (listed["sessions"][0]["id"], listed["sessions"][0]["turn_count"]) == (session, 2)
    renamed = await stack.http.patch(f"/api/v1/sessions/{session}", json={"title": "other"})
    assert renamed.json()["title"] == "other"
    assert (await stack.http.delete(f"/api/v1/sessions/{session}")).status_code == 204
    assert (await stack.http.get(f"/api/v1/sessions/{session}")).status_code == 404


@pytest_asyncio.fixture(scope="module")
async def stranger(stack: StackRig) -> AsyncIterator[httpx.AsyncClient]:
    """Another user of the same workspace."""
    body = {"username": "sam.stranger", "password": "a long password", "role": "agent"}
    await stack.http.post("/api/v1/users", json=body)
    async with await stack.logged_in(body["username"], body["password"]) as client:
        yield client


async def test_what_is_anothers_answers_exactly_like_what_is_missing(
    stack: StackRig, stranger: httpx.AsyncClient
) -> None:
    session = (await stack.http.post("/api/v1/sessions")).json()["id"]
    reply = (await stack.http.post("/api/v1/chat", json=asked(session_id=session))).json()["reply_id"]
    missing = str(uuid4())
    calls: list[tuple[str, str, str, dict[str, object] | None]] = [
        ("GET", "/api/v1/sessions/{}", session, None),
        ("PATCH", "/api/v1/sessions/{}", session, {"title": "mine"}),
        ("DELETE", "/api/v1/sessions/{}", session, None),
        ("GET", "/api/v1/sessions/{}/messages", session, None),
        ("GET", "/api/v1/sessions/{}/memory", session, None),
        ("POST", "/api/v1/sessions/{}/memory", session, {"text": "mine"}),
        ("POST", "/api/v1/sessions/{}/memory:forget", session, {"everything": True}),
        ("GET", "/api/v1/sessions/{}/recording", session, None),
        ("GET", "/api/v1/replies/{}/events", reply, None),
        ("GET", "/api/v1/replies/{}/context", reply, None),
        ("POST", "/api/v1/replies/{}:cancel", reply, None),
        ("PUT", "/api/v1/replies/{}/rating", reply, {"rating": "up"}),
        ("PUT", "/api/v1/replies/{}/verified", reply, {}),
        ("GET", "/api/v1/receipts/{}", reply, None),
        ("POST", "/api/v1/receipts/{}:replay", reply, None),
    ]
    for method, path, own, body in calls:
        answers = [await stranger.request(method, path.format(name), json=body) for name in (own, missing)]
        bodies = [{**answer.json(), "request_id": ""} for answer in answers]
        assert bodies[0] == bodies[1], path
        if method != "DELETE":
            assert answers[0].status_code == 404
    assert (await stack.http.get(f"/api/v1/sessions/{session}")).status_code == 200
    # A session id nobody has makes a session, and so does another user's: each has ids of their own.
    question = {"text": "how many messages?"}
    for name in (session, missing):
        foreign = await stranger.post("/api/v1/chat", json={**question, "session_id": name})
        assert (foreign.status_code, foreign.json()["session_id"]) == (200, name)
    assert (await stack.http.get(f"/api/v1/sessions/{session}")).json()["turn_count"] == 1
    turns = (await stack.http.get(f"/api/v1/sessions/{session}/messages")).json()["messages"]
    assert [turn["text"] for turn in turns] == [QUESTION]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"text": ""}, "EMPTY_TEXT"),
        ({"text": "   "}, "EMPTY_TEXT"),
        ({"text": "a" * 4001}, "INVALID_ARGUMENT"),
        ({"query": "twice"}, "INVALID_ARGUMENT"),
        ({"model": "no-such-model"}, "UNKNOWN_MODEL"),
        ({"mode": "assistant"}, "CHAT_MODEL_NOT_CONFIGURED"),
        ({"mode": "poet"}, "INVALID_ARGUMENT"),
        ({"session_id": "not-an-id"}, "BAD_ID"),
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/chat", "/api/v1/chat/stream"])
async def test_what_cannot_be_answered_is_refused_with_its_status(
    stack: StackRig, path: str, change: dict[str, object], reason: str
) -> None:
    answer = await stack.http.post(path, json=asked(**change))
    assert (answer.status_code, answer.json()["reason"]) == (400, reason), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_now_is_for_admins(stranger: httpx.AsyncClient) -> None:
    for path in ("/api/v1/chat", "/api/v1/chat/stream", "/api/v1/interpret"):
        body = asked() if path != "/api/v1/interpret" else {"text": QUESTION, "now": NOW}
        answer = await stranger.post(path, json=body)
        assert (answer.status_code, answer.json()["reason"]) == (403, "ROLE_MISSING"), path
