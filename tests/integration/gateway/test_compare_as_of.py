"""The comparison of two instants through HTTP."""

from uuid import uuid4

from gateway.shapes.as_of import CompareAsOfAnswer
from tests.support.stack import StackRig


async def test_a_late_arrival_explains_the_difference(stack: StackRig) -> None:
    source = f"as-of-{uuid4().hex[:8]}"
    message = {"text": "my deposit failed", "source": source, "user_id": "u", "timestamp": "2026-03-01T09:30:00Z"}
    query = {
        "filters": {"sources": {"any_of": [source]}},
        "range": {"end": "2026-04-01T00:00:00Z"},
        "group_by": ["source"],
    }
    before = (await stack.http.post("/api/v1/stats", json=query)).json()["as_of"]
    await stack.http.post("/api/v1/messages?wait=30", json=message)
    answer = await stack.http.post("/api/v1/stats:compareAsOf", json={"query": query, "before": before})
    assert answer.status_code == 200, answer.text
    CompareAsOfAnswer.model_validate(answer.json())
    [row] = answer.json()["rows"]
    assert (row["keys"], row["before"], row["after"]) == ({"source": source}, 0, 1)
    assert row["parts"] == {"late_arrival": 1, "first_labels": 0, "new_model": 0, "correction": 0}
    wrong = await stack.http.post("/api/v1/stats:compareAsOf", json={"query": query, "before": "2200-01-01T00:00:00Z"})
    assert (wrong.status_code, wrong.json()["reason"]) == (400, "BAD_RANGE")
