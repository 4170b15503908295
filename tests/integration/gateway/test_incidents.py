"""Incidents through HTTP; answers hold what the document says."""

import asyncio
from uuid import uuid4

from gateway.shapes.incidents import IncidentPageAnswer
from tests.support.stack import StackRig


async def test_a_burst_is_listed_as_one_incident(stack: StackRig) -> None:
    source = f"burst-{uuid4().hex[:8]}"
    texts = (
        "crash game is stuck at 1.4x for everybody",
        "crash game stuck at 1.4x!",
        "the crash game is stuck at 1.4x",
    )
    body = {
        "messages": [
            {"text": text, "source": source, "user_id": f"player-{place}", "timestamp": f"2026-02-20T10:0{place}:00Z"}
            for place, text in enumerate(texts)
        ]
    }
    stored = await stack.http.post("/api/v1/messages?wait=30", json=body)
    assert stored.status_code == 201, stored.text
    async with asyncio.timeout(60):
        while True:
            answer = await stack.http.get(f"/api/v1/incidents?source={source}&start=2026-02-20T00:00:00Z")
            assert answer.status_code == 200, answer.text
            incidents = answer.json()["incidents"]
            if incidents and incidents[0]["messages"] == len(texts):
                break
            await asyncio.sleep(0.1)
    IncidentPageAnswer.model_validate(answer.json())
    (incident,) = incidents
    assert (incident["users"], incident["exemplar"]["text"]) == (len(texts), texts[0])
    assert (incident["first_seen"], incident["last_seen"]) == ("2026-02-20T10:00:00Z", "2026-02-20T10:02:00Z")


async def test_a_wrong_question_is_a_problem(stack: StackRig) -> None:
    answer = await stack.http.get("/api/v1/incidents?min_messages=-1")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
