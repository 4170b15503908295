"""History labelled anew, through HTTP and from the command line; answers hold what the document says."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx

from gateway.shapes.relabelling import RelabellingAnswer, RelabellingsAnswer
from services.runtime.errors import ErrorReason
from tests.support.stack import StackRig

PATH = "/api/v1/relabellings"
SPAN = {"start": "2026-02-01T00:00:00Z", "end": "2026-02-02T00:00:00Z"}


async def begun(stack: StackRig, body: Any, **headers: str) -> httpx.Response:
    """The answer, when no other one of the workspace runs any more."""
    async with asyncio.timeout(60):
        while True:
            answer = await stack.http.post(PATH, json=body, headers=headers)
            if answer.json().get("reason") != ErrorReason.RELABELLING_RUNNING:
                return answer
            await asyncio.sleep(0.1)


async def ended(stack: StackRig, found: Any) -> Any:
    """The same, when it has ended."""
    async with asyncio.timeout(60):
        while found["state"] == "running":
            await asyncio.sleep(0.05)
            found = (await stack.http.get(f"{PATH}/{found['id']}")).json()
    return found


async def store_one(stack: StackRig) -> None:
    message = {"text": "my bonus is missing", "source": "web", "user_id": "u", "timestamp": "2026-02-01T10:00:00Z"}
    assert (await stack.http.post("/api/v1/messages?wait=30", json=message)).status_code == 201


async def test_a_range_is_labelled_anew(stack: StackRig) -> None:
    await store_one(stack)
    key = str(uuid4())
    answer = await begun(stack, {"range": SPAN}, **{"Idempotency-Key": key})
    assert answer.status_code == 202, answer.text
    RelabellingAnswer.model_validate(answer.json())
    done = await ended(stack, answer.json())
    RelabellingAnswer.model_validate(done)
    assert done["state"] == "done"
    assert done["range"] == {"start": "2026-02-01T00:00:00+00:00", "end": "2026-02-02T00:00:00+00:00"}
    # One model labelled them all: each had its turn, and none needed another set.
    assert done["considered_messages"] == done["messages"] >= 1
    assert (done["relabelled_messages"], done["refused_messages"]) == (0, 0)
    again = await stack.http.post(PATH, json={"range": SPAN}, headers={"Idempotency-Key": key})
    assert again.json() == done
    assert (await stack.http.post(f"{PATH}/{done['id']}:cancel")).json() == done
    listed = (await stack.http.get(PATH, params={"page_size": 200})).json()
    RelabellingsAnswer.model_validate(listed)
    assert done in listed["relabellings"]


async def test_what_is_wrong_is_named(stack: StackRig) -> None:
    backwards = await begun(stack, {"range": {"start": SPAN["end"], "end": SPAN["start"]}})
    assert (backwards.status_code, backwards.json()["reason"]) == (400, "BAD_RANGE")
    unknown = await stack.http.get(f"{PATH}/{uuid4()}")
    assert (unknown.status_code, unknown.json()["reason"]) == (404, "RELABELLING_NOT_FOUND")


async def test_from_the_command_line(stack: StackRig) -> None:
    await store_one(stack)
    await ended(stack, (await begun(stack, {"range": SPAN})).json())
    span = ("--start", SPAN["start"], "--end", SPAN["end"])
    followed = await stack.earshot("relabel", "start", *span, "--follow")
    assert followed.code == 0, followed.err
    assert "Done: 0 messages labelled anew, 0 of them otherwise; 0 that people judged stay as they are." in followed.out
    started = await stack.earshot("relabel", "start", *span, "--json")
    assert started.json["state"] in {"running", "done"}
    done = await ended(stack, started.json)
    ending = await stack.earshot("relabel", "cancel", done["id"])
    assert ending.out.startswith("Done:")
    listed = await stack.earshot("relabel", "list")
    assert done["id"] in listed.out
    assert "2026-02-01 00:00Z" in listed.out
