"""A kept answer of statistics: good as long as nothing that it counts has changed, and it says how old it is (D19)."""

from typing import Any
from uuid import uuid4

import httpx

from tests.support.stack import StackRig

START = "2026-02-01T00:00:00Z"


async def stored(stack: StackRig, source: str, text: str) -> None:
    body = {"text": text, "source": source, "user_id": "cache", "timestamp": "2026-03-01T09:30:00Z"}
    answer = await stack.http.post("/api/v1/messages?wait=30", json=body)
    assert answer.json()["status"] == "labelled", answer.text


async def counted(stack: StackRig, source: str, tag: str = "", **params: str) -> httpx.Response:
    headers = {"If-None-Match": tag} if tag else {}
    asked = {"source": source, "start": START, **params}
    return await stack.http.get("/api/v1/stats", params=asked, headers=headers)


async def uncached(stack: StackRig, source: str) -> dict[str, Any]:
    """The same question as a POST, which is never kept."""
    query = {"filters": {"sources": {"any_of": [source]}}, "range": {"start": START}, "group_by": ["category"]}
    answer: dict[str, Any] = (await stack.http.post("/api/v1/stats", json=query)).json()
    return answer


def numbers(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in ("query_id", "rows", "total", "rows_sum_to_total", "truncated")}


async def test_a_kept_answer_is_the_fresh_one_until_a_message_that_it_counts_comes(stack: StackRig) -> None:
    source, other = f"cache-{uuid4().hex[:8]}", f"cache-{uuid4().hex[:8]}"
    await stored(stack, source, "my deposit failed")
    kept = await counted(stack, source)
    tag = kept.headers["etag"]
    assert kept.headers["cache-control"] == "private, no-cache", "whoever keeps it has to ask whether it is still good"
    assert numbers(kept.json()) == numbers(await uncached(stack, source))
    again = await counted(stack, source, tag)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    await stored(stack, other, "my deposit failed")
    assert (await counted(stack, source, tag)).status_code == 304, "what it does not count changes nothing"
    await stored(stack, source, "where is my bonus")
    fresh = await counted(stack, source, tag)
    assert (fresh.status_code, fresh.json()["total"]) == (200, 2)
    assert fresh.headers["etag"] != tag
    assert numbers(fresh.json()) == numbers(await uncached(stack, source))
    assert fresh.json()["as_of"] > kept.json()["as_of"], "each says of when it is"


async def test_changed_labels_and_another_question_have_another_tag(stack: StackRig) -> None:
    source = f"cache-{uuid4().hex[:8]}"
    await stored(stack, source, "my deposit failed")
    tag = (await counted(stack, source)).headers["etag"]
    hourly = await counted(stack, source, tag, group_by="day")
    zoned = await counted(stack, source, tag, time_zone="Asia/Tokyo")
    ended = await counted(stack, source, tag, end="2026-03-02T00:00:00Z")
    assert {answer.status_code for answer in (hourly, zoned, ended)} == {200}
    (message,) = (await stack.http.get("/api/v1/messages", params={"source": source})).json()["messages"]
    corrected = await stack.http.post(f"/api/v1/messages/{message['id']}/labels", json={"intents": ["bonus_terms"]})
    assert corrected.status_code == 200, corrected.text
    fresh = await counted(stack, source, tag)
    assert (fresh.status_code, [row["keys"] for row in fresh.json()["rows"]]) == (200, [{"category": "bonus"}])
