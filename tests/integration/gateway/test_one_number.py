"""One number everywhere: statistics, series, list, export and the chat count the same messages alike (F31, H8)."""

from typing import Any
from uuid import uuid4

from tests.support.stack import StackRig

DAY = {"start": "2019-05-03T00:00:00Z", "end": "2019-05-04T00:00:00Z"}
"""On which no other test has messages."""
TEXTS = ("my deposit failed", "my deposit failed and I cannot log in", "where is my bonus", "hello", "thanks") * 5


async def stored(stack: StackRig) -> str:
    source = f"one-{uuid4().hex[:8]}"
    rows = [
        {"text": text, "source": source, "user_id": f"u{n % 7}", "timestamp": f"2019-05-03T{n % 24:02}:10:00Z"}
        for n, text in enumerate(TEXTS)
    ]
    # The edges: the first instant counts, the end does not.
    rows += [{**rows[0], "timestamp": DAY["start"]}, {**rows[0], "timestamp": DAY["end"]}]
    answer = await stack.http.post("/api/v1/messages?wait=30", json={"messages": rows})
    assert {item["status"] for item in answer.json()["messages"]} == {"labelled"}
    return source


async def counted(stack: StackRig, source: str, *group_by: str) -> Any:
    body = {"filters": {"sources": {"any_of": [source]}}, "range": DAY, "group_by": group_by}
    answer = await stack.http.post("/api/v1/stats", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_way_of_asking_gives_the_same_number(stack: StackRig) -> None:
    source, expected = await stored(stack), len(TEXTS) + 1
    for grouping in ((), ("hour",), ("day",), ("source",), ("sentiment",), ("language",)):
        result = await counted(stack, source, *grouping)
        assert (result["total"], sum(row["value"] for row in result["rows"])) == (expected, expected), grouping
    by_category = await counted(stack, source, "category")
    assert by_category["total"] == expected
    assert by_category["rows_sum_to_total"] is False
    filters = {"source": source, **DAY}
    listed = (await stack.http.get("/api/v1/messages", params={**filters, "page_size": 200})).json()["messages"]
    exported = await stack.http.get("/api/v1/export", params={**filters, "format": "jsonl"})
    assert len(listed) == len(exported.text.splitlines()) == expected
    # The chat is asked about the day itself, which holds no other messages than those of runs of this test.
    of_day = (await stack.http.post("/api/v1/stats", json={"range": DAY})).json()["total"]
    question = {"text": "how many messages came in on 3 May 2019?", "time_zone": "UTC"}
    asked = (await stack.http.post("/api/v1/chat", json=question)).json()
    assert asked["stats"]["total"] == of_day >= expected
    assert f"{of_day} messages" in asked["answer"]
