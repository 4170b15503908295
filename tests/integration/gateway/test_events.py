"""Live events through HTTP and the command line: told at once, resumed by Last-Event-ID."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx

from gateway.cli.server_events import ServerEvent, read_events
from gateway.shapes.message import MessageAnswer
from services.runtime.auth import Identity, Role, TokenSigner
from tests.support.stack import StackRig

TOLD_WITHIN_SECONDS = 30.0


def message(source: str, text: str) -> dict[str, object]:
    return {"text": text, "source": source, "user_id": "live", "timestamp": "2026-03-01T09:30:00Z"}


@asynccontextmanager
async def events(
    client: httpx.AsyncClient, source: str, last_event_id: str = ""
) -> AsyncIterator[AsyncIterator[ServerEvent]]:
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    async with client.stream("GET", "/api/v1/events", params={"source": source}, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield read_events(answer.aiter_bytes())


async def take(stream: AsyncIterator[ServerEvent], count: int) -> list[ServerEvent]:
    """The next events that are about messages."""
    found: list[ServerEvent] = []
    async with asyncio.timeout(TOLD_WITHIN_SECONDS):
        while len(found) < count:
            event = await anext(stream)
            if event.name != "position":
                found.append(event)
    return found


async def test_a_message_is_told_and_a_stream_goes_on_where_it_was_cut(stack: StackRig) -> None:
    source = f"live-{uuid4().hex[:8]}"
    async with events(stack.http, source) as stream:
        assert (await anext(stream)).name == "position"
        await stack.http.post("/api/v1/messages", json=message(source, "my deposit\u2028failed"))
        found = await take(stream, 2)
        await stack.http.post("/api/v1/messages", json=message(source, "where is my bonus"))
        rest = await take(stream, 2)
    assert [event.name for event in [*found, *rest]] == ["stored", "labelled"] * 2
    MessageAnswer.model_validate(found[1].data["message"])
    assert found[1].data["message"]["text"] == "my deposit\u2028failed"
    async with events(stack.http, source, last_event_id=found[0].id) as stream:
        again = await take(stream, 3)
    assert [event.name for event in again] == ["labelled", "stored", "labelled"]
    assert [event.data["message"]["text"] for event in again] == ["my deposit\u2028failed"] + ["where is my bonus"] * 2


async def test_nothing_is_shown_once_the_token_is_over(stack: StackRig) -> None:
    source = f"over-{uuid4().hex[:8]}"
    signer = TokenSigner.from_file(stack.stack.home.private_key)
    me = (await stack.http.get("/api/v1/users/me")).json()
    caller = Identity(user_id=me["id"], workspace_id=me["workspace_id"], role=Role.ADMIN, name=me["username"])
    # Within the tolerance for clocks, for some seconds more.
    short = {"Authorization": f"Bearer {signer.sign(caller, lifetime_seconds=-55)}"}
    client = httpx.AsyncClient(base_url=stack.stack.url, headers=short, timeout=60)
    async with client as visitor, events(visitor, source) as stream:
        place = await anext(stream)
        async with asyncio.timeout(TOLD_WITHIN_SECONDS):
            while (await visitor.get("/api/v1/users/me")).status_code == 200:  # noqa: ASYNC110  # another process's clock
                await asyncio.sleep(0.2)
        await stack.http.post("/api/v1/messages", json=message(source, "not for you any more"))
        (last,) = await take(stream, 1)
        assert (last.name, last.data["reason"]) == ("failed", "TOKEN_EXPIRED")
    async with events(stack.http, source, last_event_id=place.id) as stream:
        assert [event.name for event in await take(stream, 2)] == ["stored", "labelled"]


async def test_on_an_event_the_numbers_have_changed(stack: StackRig) -> None:
    source = f"live-{uuid4().hex[:8]}"
    asked = {"source": source, "start": "2026-01-01T00:00:00Z"}
    before = await stack.http.get("/api/v1/stats", params=asked)
    async with events(stack.http, source) as stream:
        assert (await anext(stream)).name == "position"
        body = message(source, "my deposit failed")
        accepted = await stack.http.post("/api/v1/messages?acknowledgement=accepted", json=body)
        assert (accepted.status_code, accepted.json()["status"]) == (202, "pending")
        stored, labelled = await take(stream, 2)
        kept = {"If-None-Match": before.headers["etag"]}
        after = await stack.http.get("/api/v1/stats", params=asked, headers=kept)
    assert [event.data["message"]["id"] for event in (stored, labelled)] == [accepted.json()["id"]] * 2
    assert (before.json()["total"], after.status_code, after.json()["total"]) == (0, 200, 1)
    assert [(row["keys"], row["value"]) for row in after.json()["rows"]] == [({"category": "deposit"}, 1)]


async def test_a_bad_place_is_a_problem_and_not_a_stream(stack: StackRig) -> None:
    answer = await stack.http.get("/api/v1/events", headers={"Last-Event-ID": "17"})
    assert (answer.status_code, answer.json()["reason"]) == (400, "BAD_CURSOR")
    assert (await stack.stranger.get("/api/v1/events")).status_code == 401


async def test_tail_shows_messages_as_they_come(stack: StackRig) -> None:
    source = f"live-{uuid4().hex[:8]}"
    async with events(stack.http, source) as stream:
        cursor = (await anext(stream)).id
    await stack.http.post("/api/v1/messages", json=message(source, "my deposit\nfailed"))
    done = await stack.earshot("tail", "--source", source, "--limit", "1", "--cursor", cursor)
    assert (done.code, done.out) == (0, f"2026-03-01 09:30:00  {source}  [deposit_failed]  my deposit failed\n"), (
        done.err
    )
    as_json = await stack.earshot("tail", "--source", source, "--limit", "1", "--cursor", cursor, "--json")
    assert as_json.json["message"]["source"] == source
    later = {**message(source, "my bonus is gone"), "timestamp": "2026-03-02T08:15:00Z"}
    await stack.http.post("/api/v1/messages", json=later)
    times = ["--weekday", "monday", "--hour", "9", "--time-zone", "Europe/Ljubljana"]
    of_monday = await stack.earshot("tail", "--source", source, "--limit", "1", "--cursor", cursor, *times, "--json")
    assert of_monday.json["message"]["text"] == "my bonus is gone"
