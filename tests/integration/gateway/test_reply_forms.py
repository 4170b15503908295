"""One reply in three forms, by `Accept`: server-sent events, lines of JSON, one object (F21)."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.cli.server_events import ServerEvent, read_events
from gateway.reply_forms import Form, form_of
from gateway.shapes.conversation import ChatAnswer
from tests.integration.chat.test_replies import ENDLESS, rigs
from tests.support.chat_fixtures import World
from tests.support.chat_world import person
from tests.support.served_gateway import served_gateway
from tests.support.stack import StackRig

LINES = "application/x-ndjson"
QUESTION = {"text": "how many messages came in last week, by day?", "time_zone": "UTC"}


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", Form.EVENTS),
        ("*/*", Form.EVENTS),
        ("text/event-stream", Form.EVENTS),
        ("application/json, text/plain, */*", Form.EVENTS),
        ("application/json", Form.WHOLE),
        ("application/json;q=0.5, text/event-stream;q=0.4", Form.WHOLE),
        ("Application/X-NDJSON", Form.LINES),
        ("text/event-stream;q=0.1, application/x-ndjson; q=0.2", Form.LINES),
        ("application/x-ndjson;q=0", Form.EVENTS),
        ("application/x-ndjson;q=x", Form.LINES),
        ("image/png, ;;q, =", Form.EVENTS),
    ],
)
def test_what_weighs_most_is_the_form(accept: str, form: Form) -> None:
    assert form_of(accept) is form


async def as_lines(http: httpx.AsyncClient, method: str, path: str, **request: Any) -> list[dict[str, Any]]:
    async with http.stream(method, path, headers={"Accept": LINES}, **request) as answer:
        assert answer.headers["content-type"].startswith(LINES), await answer.aread()
        lines = [json.loads(line) async for line in answer.aiter_lines()]
    return [line for line in lines if line["event"] != "ping"]


async def as_events(http: httpx.AsyncClient, path: str) -> list[ServerEvent]:
    async with http.stream("GET", path, headers={"Accept": "text/event-stream"}) as answer:
        return [item async for item in read_events(answer.aiter_bytes())]


async def test_all_forms_say_the_same(stack: StackRig) -> None:
    session = (await stack.http.post("/api/v1/sessions", json={})).json()["id"]
    path = f"/api/v1/sessions/{session}/messages"
    lines = await as_lines(stack.http, "POST", path, json=QUESTION)
    resumed = f"/api/v1/replies/{lines[0]['reply_id']}/events"
    assert lines == await as_lines(stack.http, "GET", resumed)
    assert lines == [{"event": item.name, **item.data} for item in await as_events(stack.http, resumed)]
    assert (lines[0]["event"], lines[-1]["event"]) == ("started", "completed")
    whole = await stack.http.post("/api/v1/chat/stream", json=QUESTION, headers={"Accept": "application/json"})
    ChatAnswer.model_validate(whole.json())
    assert whole.json()["answer"] == "".join(line["text"] for line in lines if line["event"] == "delta")


async def test_lines_come_as_they_are_said_and_pings_are_lines(world: World, tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {world.store.signer.sign(person())}", "Accept": LINES}
    asked = {"text": "hello", "mode": "assistant", "on_disconnect": "cancel"}
    async with rigs(world, ENDLESS) as ((rig,), upstream):
        places = {"store_address": world.store.address, "chat_address": rig.client.address}
        async with served_gateway(tmp_path, world.keys, ping_seconds=1, **places) as port:
            url = f"http://127.0.0.1:{port}/api/v1/chat/stream"
            async with (
                httpx.AsyncClient(timeout=20) as http,
                http.stream("POST", url, json=asked, headers=headers) as answer,
            ):
                seen = []
                async for line in answer.aiter_lines():
                    seen.append(json.loads(line)["event"])
                    if seen[-1] == "ping":
                        break
            await upstream.wait_for(lambda server: server.open_sockets == 0)
    assert seen[0] == "started"
    assert "delta" in seen
