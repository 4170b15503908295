"""Messages through HTTP: stored, labelled, listed, counted; answers hold what the document says."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
from pydantic import BaseModel

from gateway.shapes.classifier import ClassifiedAnswer, ModelInfoAnswer
from gateway.shapes.health import ReadyAnswer
from gateway.shapes.message import IngestedAnswer, MessageDetailAnswer, MessagePageAnswer, StoredAnswer
from gateway.shapes.stats import StatsAnswer
from tests.support.stack import StackRig

Params = dict[str, str | list[str | int | float | bool | None]]


def message(**change: object) -> dict[str, object]:
    return {
        "text": "my withdrawal is pending since five days and now I can't log in",
        "source": "livechat",
        "user_id": "player-1",
        "timestamp": "2026-03-01T09:30:00.123456+01:00",
        **change,
    }


def as_documented(model: type[BaseModel], answer: Any) -> Any:
    """The answer, after it was held against its documented shape."""
    model.model_validate(answer)
    return answer


async def test_a_message_is_stored_labelled_and_read_back(stack: StackRig) -> None:
    await stack.all_labelled()
    external_id = str(uuid4())
    answer = await stack.http.post("/api/v1/messages", json=message(external_id=external_id, conversation_id="c"))
    assert answer.status_code == 201, answer.text
    stored = as_documented(StoredAnswer, answer.json())
    assert stored.pop("acknowledgement") == "durable"
    assert (stored["status"], stored["category"]) == ("labelled", stored["categories"][0]["label"])
    assert stored["timestamp"] == "2026-03-01T08:30:00.123456Z"
    assert stored["external_id"] == external_id
    assert {score["label"] for score in stored["intents"]} >= {"withdrawal_delayed"}
    read = as_documented(MessageDetailAnswer, (await stack.http.get(f"/api/v1/messages/{stored['id']}")).json())
    assert len(read.pop("history")) == 1
    assert read == stored


async def test_a_message_known_already_is_not_stored_again(stack: StackRig) -> None:
    body = message(external_id=str(uuid4()))
    first = (await stack.http.post("/api/v1/messages?wait=0", json=body)).json()
    again = await stack.http.post("/api/v1/messages", json={"messages": [body]})
    counted = as_documented(IngestedAnswer, again.json())
    assert (counted["created"], counted["existing"]) == (0, 1)
    assert counted["messages"][0]["id"] == first["id"]
    other = await stack.http.post("/api/v1/messages", json={**body, "text": "something else"})
    assert (other.status_code, other.json()["reason"]) == (409, "MESSAGE_EXISTS")


async def test_durable_is_the_default_and_accepted_is_202(stack: StackRig) -> None:
    one = await stack.http.post("/api/v1/messages?wait=0", json=message())
    assert (one.status_code, as_documented(StoredAnswer, one.json())["acknowledgement"]) == (201, "durable")
    many = await stack.http.post("/api/v1/messages?wait=0", json={"messages": [message()]})
    assert (many.status_code, as_documented(IngestedAnswer, many.json())["acknowledgement"]) == (201, "durable")
    accepted = await stack.http.post("/api/v1/messages?acknowledgement=accepted", json=message())
    assert (accepted.status_code, as_documented(StoredAnswer, accepted.json())["acknowledgement"]) == (202, "accepted")
    assert accepted.json()["status"] == "pending"
    assert (await stack.http.get(f"/api/v1/messages/{accepted.json()['id']}")).status_code == 200
    waiting = await stack.http.post("/api/v1/messages?acknowledgement=accepted&wait=5", json=message())
    assert (waiting.status_code, waiting.json()["violations"][0]["field"]) == (400, "wait")
    unknown = await stack.http.post("/api/v1/messages?acknowledgement=maybe", json=message())
    assert unknown.status_code == 400


async def test_aliases_of_other_systems_are_taken(stack: StackRig) -> None:
    body = {"message": "hello", "id_user": 42, "source": "telegram", "timestamp": 1772366400}
    stored = (await stack.http.post("/api/v1/messages/", json=body)).json()
    assert (stored["text"], stored["user_id"], stored["timestamp"]) == ("hello", "42", "2026-03-01T12:00:00Z")


async def test_pages_give_every_message_once(stack: StackRig) -> None:
    source = f"pages-{uuid4().hex[:8]}"
    rows = [message(source=source, external_id=str(place), text=f"message {place}") for place in range(25)]
    assert (await stack.http.post("/api/v1/messages?wait=0", json={"messages": rows})).status_code == 201
    seen: list[str] = []
    token = ""
    while True:
        params: dict[str, str | int] = {"source": source, "page_size": 10, "page_token": token}
        page = as_documented(MessagePageAnswer, (await stack.http.get("/api/v1/messages", params=params)).json())
        seen += [item["text"] for item in page["messages"]]
        token = page["next_page_token"]
        if not token:
            break
    assert sorted(seen) == sorted(str(row["text"]) for row in rows)
    reused = await stack.http.get("/api/v1/messages", params={"source": "web", "page_token": "x" + str(token)})
    assert (reused.status_code, reused.json()["reason"]) == (400, "BAD_PAGE_TOKEN")


async def test_a_list_an_export_and_a_search_of_customers_hold_what_is_counted(stack: StackRig) -> None:
    source = f"sides-{uuid4().hex[:8]}"
    said = [("customer", "my deposit is lost"), ("agent", "your deposit is booked"), ("customer", "thank you")]
    rows = [message(source=source, author=author, text=text) for author, text in said]
    assert (await stack.http.post("/api/v1/messages?wait=30", json={"messages": rows})).status_code == 201
    counted = (await stack.http.get("/api/v1/stats", params={"source": source, "start": "2020-01-01T00:00:00Z"})).json()
    customers = {"source": source, "author": "customer"}
    listed = as_documented(MessagePageAnswer, (await stack.http.get("/api/v1/messages", params=customers)).json())
    assert len(listed["messages"]) == counted["total"] == 2
    exported = await stack.http.get("/api/v1/export", params={**customers, "format": "jsonl"})
    assert [json.loads(line)["author"] for line in exported.text.splitlines()] == ["customer"] * 2
    body = {"text": "deposit", "filters": {"sources": {"any_of": [source]}}}
    found = {
        side: [hit["text"] for hit in answer.json()["messages"]]
        for side in ("customer", "agent")
        for answer in [await stack.http.post("/api/v1/messages:search", json={**body, "authors": [side]})]
    }
    assert ("your deposit is booked" in found["customer"], found["agent"]) == (False, ["your deposit is booked"])
    assert "my deposit is lost" in found["customer"]
    told = await stack.earshot("messages", "list", "--source", source, "--author", "agent", "--json")
    assert [item["text"] for item in told.json["messages"]] == ["your deposit is booked"]
    sought = await stack.earshot("search", "deposit", "--source", source, "--author", "agent", "--json")
    assert [item["text"] for item in sought.json["messages"]] == ["your deposit is booked"]
    refused = await stack.http.get("/api/v1/messages", params={"author": "bot"})
    assert (refused.status_code, "author" in refused.text) == (400, True)


async def test_statistics_by_body_and_by_parameters_agree(stack: StackRig) -> None:
    source = f"stats-{uuid4().hex[:8]}"
    rows = [message(source=source, timestamp=f"2026-03-0{1 + place % 3}T10:00:00Z") for place in range(9)]
    await stack.http.post("/api/v1/messages", json={"messages": rows})
    body = {
        "filters": {"sources": {"any_of": [source]}},
        "range": {"start": "2026-03-01T00:00:00Z", "end": "2026-03-04T00:00:00Z"},
        "time_zone": "UTC",
        "group_by": ["day"],
    }
    by_body = as_documented(StatsAnswer, (await stack.http.post("/api/v1/stats", json=body)).json())
    assert {row["keys"]["day"]: row["value"] for row in by_body["rows"]} == {
        "2026-03-01": 3,
        "2026-03-02": 3,
        "2026-03-03": 3,
    }
    params = {"source": source, "start": "2026-03-01T00:00:00Z", "end": "2026-03-04T00:00:00Z", "group_by": "day"}
    by_parameters = (await stack.http.get("/api/v1/stats", params=params)).json()
    assert (by_parameters["rows"], by_parameters["total"]) == (by_body["rows"], 9)
    again = await stack.http.post("/api/v1/stats", json=by_body["query"])
    assert again.json()["query_id"] == by_body["query_id"]


async def test_hours_and_weekdays_narrow_counts_and_lists_alike(stack: StackRig) -> None:
    source = f"hours-{uuid4().hex[:8]}"
    # Around 09:00 of Monday, 30 March 2026, in Ljubljana; the day before, the clocks went forward.
    moments = ("2026-03-29T07:30:00Z", "2026-03-30T06:59:59Z", "2026-03-30T07:00:00Z", "2026-03-30T07:59:59Z")
    messages = [message(source=source, timestamp=moment) for moment in moments]
    await stack.http.post("/api/v1/messages?wait=0", json={"messages": messages})
    asked: Params = {"source": source, "hour": [9, 22], "weekday": ["monday"], "time_zone": "Europe/Ljubljana"}
    listed = (await stack.http.get("/api/v1/messages", params=asked)).json()["messages"]
    assert [item["timestamp"] for item in listed] == ["2026-03-30T07:59:59Z", "2026-03-30T07:00:00Z"]
    counting: Params = {**asked, "start": "2026-03-01T00:00:00Z", "group_by": ["weekday", "hour"]}
    counted = as_documented(StatsAnswer, (await stack.http.get("/api/v1/stats", params=counting)).json())
    assert (counted["total"], counted["query"]["filters"]["hours"]) == (2, [9, 22])
    assert {tuple(row["keys"].values()): row["value"] for row in counted["rows"]} == {
        ("monday", "09"): 2,
        ("monday", "22"): 0,
    }
    again = await stack.http.post("/api/v1/stats", json=counted["query"])
    assert (again.json()["rows"], again.json()["query_id"]) == (counted["rows"], counted["query_id"])
    in_utc = await stack.http.get("/api/v1/messages", params={**asked, "time_zone": "UTC"})
    assert in_utc.json()["messages"] == []
    refused = await stack.http.get("/api/v1/messages", params={**asked, "time_zone": "Mars"})
    assert (refused.status_code, refused.json()["reason"]) == (400, "BAD_TIME_ZONE")


async def test_recent_statistics_have_a_default(stack: StackRig) -> None:
    answer = as_documented(StatsAnswer, (await stack.http.get("/api/v1/stats")).json())
    assert answer["query"]["group_by"] == ["category"]


async def test_classifying_stores_nothing(stack: StackRig) -> None:
    before = (await stack.http.get("/api/v1/stats", params={"start": "1970-01-01T00:00:00Z"})).json()["total"]
    texts = ["deposit failed again", "", "😀", "kje je moj denar"]
    answer = await stack.http.post("/api/v1/classify", json={"texts": texts})
    results = as_documented(ClassifiedAnswer, answer.json())["results"]
    assert len(results) == len(texts)
    assert results[0]["categories"][0]["label"] == "deposit"
    after = (await stack.http.get("/api/v1/stats", params={"start": "1970-01-01T00:00:00Z"})).json()["total"]
    assert after == before


@pytest.mark.parametrize(("path", "model"), [("/api/v1/model", ModelInfoAnswer), ("/readyz", ReadyAnswer)])
async def test_other_answers_are_as_documented(stack: StackRig, path: str, model: type[BaseModel]) -> None:
    answer = await stack.http.get(path)
    assert answer.status_code == 200
    as_documented(model, answer.json())


async def test_many_callers_at_once(stack: StackRig) -> None:
    bodies = [message(external_id=f"many-{place}", source="web") for place in range(40)]
    answers = await asyncio.gather(*(stack.http.post("/api/v1/messages?wait=0", json=body) for body in bodies))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 40


async def test_metrics_count_routes_by_their_template(stack: StackRig) -> None:
    text = (await stack.stranger.get("/metrics")).text
    assert 'route="/api/v1/messages"' in text
    assert "00000000-" not in text
