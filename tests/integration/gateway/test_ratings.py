"""Thumbs on answers through HTTP and the command line: given by who asked, kept, listed for admins (D23)."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from gateway.shapes.conversation import RatedTurnPageAnswer, TurnPageAnswer
from gateway.shapes.ratings import TurnRatingAnswer
from tests.support.stack import StackRig

QUESTION = "how many deposit messages came in last week?"


async def asked(http: httpx.AsyncClient) -> tuple[str, str]:
    """Ids of a reply and of its session."""
    answer = (await http.post("/api/v1/chat", json={"text": QUESTION})).json()
    return answer["reply_id"], answer["session_id"]


async def rated(http: httpx.AsyncClient, reply_id: str, **body: str) -> httpx.Response:
    return await http.put(f"/api/v1/replies/{reply_id}/rating", json=body)


async def listed(http: httpx.AsyncClient, **params: str | int) -> list[dict[str, Any]]:
    answer = await http.get("/api/v1/ratings", params={"page_size": 200, **params})
    RatedTurnPageAnswer.model_validate(answer.json())
    turns: list[dict[str, Any]] = answer.json()["turns"]
    return turns


async def test_a_thumb_is_kept_with_its_turn_and_listed_with_its_reading(stack: StackRig) -> None:
    reply_id, session_id = await asked(stack.http)
    for body in ({"rating": "up"}, {"rating": "down", "comment": "I meant this week."}):
        answer = await rated(stack.http, reply_id, **body)
        assert answer.status_code == 200, answer.text
        TurnRatingAnswer.model_validate(answer.json())
        assert {name: answer.json()["rating"][name] for name in body} == body
    turns = (await stack.http.get(f"/api/v1/sessions/{session_id}/messages")).json()
    TurnPageAnswer.model_validate(turns)
    assert turns["messages"][0]["rating"] == answer.json()["rating"]
    (found,) = [item for item in await listed(stack.http, rating="down") if item["turn"]["id"] == reply_id]
    assert (found["session_id"], found["turn"]["text"]) == (session_id, QUESTION)
    assert found["turn"]["interpretation"]["filters"]["categories"]["any_of"] == ["deposit"]
    assert [item["rating"] for item in found["history"]] == ["down", "up"]
    cleared = await rated(stack.http, reply_id, rating="cleared")
    assert cleared.json() == {"reply_id": reply_id, "rating": None}
    assert reply_id not in {item["turn"]["id"] for item in await listed(stack.http)}


async def test_nobody_rates_the_answers_of_others(stack: StackRig) -> None:
    reply_id, _ = await asked(stack.http)
    name, password = f"u{uuid4().hex[:12]}", "a long password"
    made = await stack.http.post("/api/v1/users", json={"username": name, "password": password, "role": "viewer"})
    assert made.status_code == 201, made.text
    async with await stack.logged_in(name, password) as viewer:
        theirs = await rated(viewer, reply_id, rating="up")
        assert (theirs.status_code, theirs.json()["reason"]) == (404, "TURN_NOT_FOUND")
        own, _ = await asked(viewer)
        assert (await rated(viewer, own, rating="up", comment="thank you")).status_code == 200
        refused = await viewer.get("/api/v1/ratings")
        assert (refused.status_code, refused.json()["reason"]) == (403, "ROLE_MISSING")
    (found,) = [item for item in await listed(stack.http) if item["turn"]["id"] == own]
    assert found["turn"]["rating"]["author_name"] == name


async def test_a_bad_rating_is_a_problem(stack: StackRig) -> None:
    reply_id, _ = await asked(stack.http)
    for body, status in (
        ({"rating": "sideways"}, 400),
        ({"rating": "up", "comment": "x" * 1_001}, 400),
        ({"rating": "cleared", "comment": "why"}, 400),
        ({}, 400),
    ):
        assert (await rated(stack.http, reply_id, **body)).status_code == status, body
    assert (await rated(stack.http, str(uuid4()), rating="up")).status_code == 404


async def test_an_answer_is_rated_where_it_was_given(stack: StackRig) -> None:
    done = await stack.earshot("chat", "--json", stdin=f"/up\n{QUESTION}\n/down  it was the week before \n/up\n")
    assert done.code == 0, done.err
    assert "There is no answer to rate yet." in done.err
    *events, down, up = [json.loads(line) for line in done.out.splitlines()]
    assert (down["reply_id"], up["reply_id"]) == (events[-1]["reply_id"],) * 2
    assert (down["rating"]["rating"], down["rating"]["comment"]) == ("down", "it was the week before")
    assert (up["rating"]["rating"], up["rating"]["comment"]) == ("up", "")
    plain = await stack.earshot("chat", stdin=f"{QUESTION}\n/down {'x' * 1_001}\n/up\n")
    assert (plain.code, plain.err.count("Rated up.")) == (0, 1), plain.err


async def test_rated_answers_are_written_as_json_lines(stack: StackRig, tmp_path: Path) -> None:
    replies = [(await asked(stack.http))[0] for _ in range(3)]
    for reply_id in replies:
        done = await stack.earshot("review", "rate", reply_id, "down", "--comment", "wrong\nweek")
        assert (done.code, done.out) == (0, "Rated down.\n"), done.err
    file = tmp_path / "answers.jsonl"
    done = await stack.earshot("review", "answers", str(file), "--rating", "down")
    assert done.code == 0, done.err
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    found = {line["turn"]["id"]: line for line in lines}
    assert {found[reply_id]["turn"]["rating"]["comment"] for reply_id in replies} == {"wrong\nweek"}
    assert list(found)[:3] == replies[::-1]
    done = await stack.earshot("review", "rate", replies[0], "cleared", "--json")
    assert done.json == {"reply_id": replies[0], "rating": None}
