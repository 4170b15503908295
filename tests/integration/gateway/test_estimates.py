"""Estimates of true counts through HTTP, over the model that ships."""

import asyncio
from uuid import uuid4

from gateway.shapes.estimates import EstimateCountsAnswer
from gateway.shapes.fields import Json
from tests.support.stack import StackRig


async def measured(stack: StackRig, body: Json) -> EstimateCountsAnswer:
    """The estimates, once the store has asked the classifier which model serves."""
    async with asyncio.timeout(60):
        while True:
            answer = await stack.http.post("/api/v1/stats:estimate", json=body)
            assert answer.status_code == 200, answer.text
            found = EstimateCountsAnswer.model_validate(answer.json())
            if not found.unmeasured_messages:
                return found
            await asyncio.sleep(0.2)


async def test_the_shipped_model_is_measured_and_corrected_for(stack: StackRig) -> None:
    source = f"estimate-{uuid4().hex[:8]}"
    texts = [
        "my card deposit was declined",
        "where is my withdrawal, it takes days",
        "the deposit failed again",
    ]
    messages = [{"text": text, "source": source, "user_id": "u", "timestamp": "2026-03-01T09:30:00Z"} for text in texts]
    assert (await stack.http.post("/api/v1/messages?wait=30", json={"messages": messages})).status_code < 300
    body = {"filters": {"sources": {"any_of": [source]}}, "dimension": "category"}
    found = await measured(stack, body)
    rows = {row.key: row for row in found.rows}
    assert (found.labelled_messages, found.unmeasured_messages) == (3, 0)
    assert [model.measured for model in found.models] == [True]
    assert (rows["deposit"].count, rows["withdraw"].count) == (2, 1)
    assert all(row.low <= row.estimate <= row.high <= 3 for row in found.rows)
    refused = await stack.http.post("/api/v1/stats:estimate", json={"filters": {"min_confidence": 0.5}})
    assert (refused.status_code, refused.json()["reason"]) == (400, "BAD_FILTER")


async def test_the_command_line_shows_them(stack: StackRig) -> None:
    done = await stack.earshot("estimate", "--by", "intent")
    assert done.code == 0, done.err
    assert "estimates from the model's errors" in done.out
    assert set((await stack.earshot("estimate", "--json")).json) == set(EstimateCountsAnswer.model_fields)
