"""WatchMessages: what happens is told at once, each change once, and a cursor goes on where a watch was cut (D17)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from earshot.store.v1 import message_pb2, stats_pb2
from earshot.types.v1 import question_pb2
from services.runtime.auth import Identity, Role
from services.runtime.errors import ErrorReason
from services.store.live import hub
from services.store.live.cursor import decoded
from services.store.servicers import live
from tests.support.postgres import connection
from tests.support.scripted_classifier import scripted_classifier
from tests.support.store import StoreRig, caller, error_of, ingest, new_message, running_store

STORED, LABELLED = message_pb2.CHANGE_KIND_STORED, message_pb2.CHANGE_KIND_LABELLED


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    async with (
        scripted_classifier() as (_, address),
        running_store(tmp_path_factory.mktemp("store"), database_url, classifier_address=address) as running,
    ):
        yield running


@dataclass(slots=True)
class Watch:
    """A watch under way."""

    call: Any
    cursor: str = ""
    seen: list[tuple[int, str]] = field(default_factory=list)
    changes: list[message_pb2.MessageChange] = field(default_factory=list)

    async def until(self, count: int) -> list[tuple[int, str]]:
        """The first `count` changes, as kind and text."""
        async with asyncio.timeout(30):
            while len(self.changes) < count:
                await self.next()
        return [(change.kind, change.message.text) for change in self.changes]

    async def next(self) -> message_pb2.WatchMessagesResponse:
        response: message_pb2.WatchMessagesResponse = await self.call.read()
        self.cursor = response.cursor
        self.changes += response.changes
        return response


@asynccontextmanager
async def watching(rig: StoreRig, who: Identity, **request: Any) -> AsyncIterator[Watch]:
    """A watch whose first response has come."""
    call = rig.client.messages(who).WatchMessages(message_pb2.WatchMessagesRequest(**request))
    watch = Watch(call)
    await watch.next()
    assert not watch.changes or request.get("cursor")
    try:
        yield watch
    finally:
        call.cancel()


async def store(rig: StoreRig, who: Identity, *texts: str, wait: int = 30) -> None:
    await rig.client.messages(who).IngestMessages(ingest(*(new_message(text) for text in texts), wait_seconds=wait))


async def test_a_message_is_told_when_it_is_stored_and_when_it_is_labelled(rig: StoreRig) -> None:
    mine = caller(workspace_id="telling")
    async with watching(rig, mine) as watch:
        await store(rig, mine, "my deposit")
        assert await watch.until(2) == [(STORED, "my deposit"), (LABELLED, "my deposit")]
        labelled = watch.changes[1].message
        assert [score.label for score in labelled.labels.intents] == ["deposit_failed"]
        await rig.client.messages(mine).CorrectLabels(
            message_pb2.CorrectLabelsRequest(id=labelled.id, intents=["deposit_info"])
        )
        await watch.until(3)
        assert watch.changes[2].message.labels.author == message_pb2.LABEL_AUTHOR_HUMAN


async def test_signs_of_life_come_where_others_never_cease_to_write(
    rig: StoreRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A silent stream is ended, so a quiet workspace beside a busy one must be told that it goes on."""

    async def woken_at_once(_hub: hub.ChangeHub, _woken: asyncio.Event, _seconds: float) -> None:
        await asyncio.sleep(0.01)

    monkeypatch.setattr(hub.ChangeHub, "wait", woken_at_once)
    monkeypatch.setattr(live, "SIGN_OF_LIFE_SECONDS", 0.1)
    async with watching(rig, caller(workspace_id="quiet")) as watch, asyncio.timeout(20):
        for _ in range(3):
            assert not (await watch.next()).changes


async def counted(rig: StoreRig, who: Identity) -> tuple[float, dict[str, float]]:
    """All messages, and those of each category."""
    query = question_pb2.StatsQuery(group_by=[question_pb2.DIMENSION_CATEGORY])
    result = (await rig.client.stats(who).QueryStats(stats_pb2.QueryStatsRequest(query=query))).result
    return result.total, {row.keys[0]: row.value for row in result.rows if row.keys[0]}


async def test_what_is_told_has_changed_the_statistics_already(rig: StoreRig) -> None:
    """Numbers and events become visible together: asking on an event needs no waiting, and no number changes untold."""
    mine = caller(workspace_id="counting")
    viewer = caller(Role.VIEWER, workspace_id="counting")
    async with watching(rig, viewer) as watch:
        assert await counted(rig, viewer) == (0, {})
        for number, (text, category) in enumerate([("my deposit", "deposit"), ("my bonus", "bonus")], start=1):
            acknowledged = (await rig.client.messages(mine).IngestMessages(ingest(new_message(text)))).messages[0]
            await watch.until(2 * number - 1)
            assert (watch.changes[-1].message.id, (await counted(rig, viewer))[0]) == (acknowledged.id, number)
            await watch.until(2 * number)
            labelled = watch.changes[-1]
            assert (labelled.kind, labelled.message.id) == (LABELLED, acknowledged.id)
            total, categories = await counted(rig, viewer)
            assert (total, categories[category]) == (number, 1)
        correction = message_pb2.CorrectLabelsRequest(id=acknowledged.id, intents=["deposit_info"])
        await rig.client.messages(mine).CorrectLabels(correction)
        await watch.until(5)
        assert await counted(rig, viewer) == (2, {"deposit": 2})


async def test_a_watch_goes_on_from_any_change_without_a_gap_or_a_repetition(
    rig: StoreRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "PAGE_CHANGES", 4)  # so that pages are cut too
    mine = caller(workspace_id="resuming")
    async with watching(rig, mine) as watch:
        begin = watch.cursor
        for number in range(4):
            await store(rig, mine, *(f"{number}-{place} bonus" for place in range(3)))
        everything = await watch.until(24)
        cursors = [change.cursor for change in watch.changes]
    for place, cursor in enumerate(cursors):
        async with watching(rig, mine, cursor=cursor) as again:
            assert await again.until(24 - place - 1) == everything[place + 1 :]
    async with watching(rig, mine, cursor=begin, kinds=[LABELLED]) as labelled:
        found = await labelled.until(12)
    assert found == [item for item in everything if item[0] == LABELLED]


async def test_a_place_is_as_old_as_what_it_follows(rig: StoreRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows an old place may be forgotten any moment: who comes back to one later must be told."""
    monkeypatch.setattr(hub, "PAGE_CHANGES", 2)
    mine = caller(workspace_id="aging")
    async with watching(rig, mine) as watch:
        begin = decoded(watch.cursor, now=datetime.now(UTC))
    await store(rig, mine, "one", "two", "three")
    old = replace(begin, time=begin.time - timedelta(days=6))
    async with watching(rig, mine, cursor=old.encoded()) as again:
        assert again.cursor == old.encoded()
        await again.until(6)
    times = {decoded(change.cursor, now=datetime.now(UTC)).time for change in again.changes}
    assert times == {old.time}


async def test_transactions_that_end_in_another_order_are_all_told(rig: StoreRig, database_url: str) -> None:
    mine = caller(workspace_id="overtaking")
    await store(rig, mine, "one", "two")
    listed = await rig.client.messages(mine).ListMessages(message_pb2.ListMessagesRequest())
    ids = {message.text: message.id for message in listed.messages}
    note = (
        "INSERT INTO message_changes (workspace_id, kind, message_ids) VALUES ('overtaking', 'stored', ARRAY[$1::uuid])"
    )
    async with connection(database_url) as early, connection(database_url) as late, watching(rig, mine) as watch:
        open_one = early.transaction()
        await open_one.start()
        await early.execute(note, ids["one"])
        async with late.transaction():
            await late.execute(note, ids["two"])
            await late.execute("SELECT pg_notify('earshot_pending', '')")
        assert await watch.until(1) == [(STORED, "two")]
        cursor = watch.cursor
        await early.execute("SELECT pg_notify('earshot_pending', '')")
        await open_one.commit()
        assert await watch.until(2) == [(STORED, "two"), (STORED, "one")]
    async with watching(rig, mine, cursor=cursor) as again:
        assert await again.until(1) == [(STORED, "one")]


async def test_filters_let_through_what_matches_as_it_stands(rig: StoreRig) -> None:
    mine = caller(workspace_id="filtering")
    filters = question_pb2.Filters(categories=question_pb2.ValueFilter(any_of=["bonus"]))
    async with watching(rig, mine, filters=filters) as watch:
        await store(rig, mine, "my deposit", wait=30)
        await store(rig, mine, "my bonus", wait=30)
        found = await watch.until(1)
    assert found[-1][1] == "my bonus"
    assert {text for _, text in found} == {"my bonus"}


async def test_many_watchers_ask_the_database_as_one(rig: StoreRig, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = caller(workspace_id="crowd")
    reads: list[object] = []
    read = hub.ChangeHub._read

    async def counted(self: hub.ChangeHub, *given: Any) -> Any:
        reads.append(given)
        return await read(self, *given)

    monkeypatch.setattr(hub.ChangeHub, "_read", counted)
    watchers = [watching(rig, mine) for _ in range(50)]
    opened = await asyncio.gather(*(one.__aenter__() for one in watchers))
    try:
        await store(rig, mine, "login")
        answers = await asyncio.gather(*(one.until(2) for one in opened))
    finally:
        for one in watchers:
            await one.__aexit__(None, None, None)
    assert all(answer == [(STORED, "login"), (LABELLED, "login")] for answer in answers)
    assert len(reads) <= 10, "fifty watchers at the same place must share their reads"


async def test_a_viewer_sees_no_personal_data(rig: StoreRig) -> None:
    mine = caller(workspace_id="viewing")
    viewer = caller(Role.VIEWER, workspace_id="viewing")
    async with watching(rig, viewer) as watch:
        await store(rig, mine, "call me: bonus")
        await watch.until(2)
        message = watch.changes[1].message
    assert (message.text, message.user_id, message.external_id, message.conversation_id) == ("", "", "", "")
    assert [score.label for score in message.labels.intents] == ["bonus_missing"]
    for filters in (
        question_pb2.Filters(text="bonus"),
        question_pb2.Filters(user_ids=question_pb2.ValueFilter(any_of=["u-1"])),
    ):
        call = rig.client.messages(viewer).WatchMessages(message_pb2.WatchMessagesRequest(filters=filters))
        assert (await error_of(call.read())).reason == ErrorReason.ROLE_MISSING


async def test_nothing_of_another_workspace_is_told(rig: StoreRig) -> None:
    mine, rival = caller(workspace_id="mine"), caller(workspace_id="theirs")
    async with watching(rig, mine) as watch:
        start = watch.cursor
        await store(rig, rival, "theirs")
        await store(rig, mine, "mine")
        assert {text for _, text in await watch.until(2)} == {"mine"}
    async with watching(rig, rival, cursor=start) as other:
        assert {text for _, text in await other.until(2)} == {"theirs"}


@pytest.mark.parametrize(
    "cursor", ["nonsense", "W10", "WyI1OjM6IiwxXQ", "WyI5OTk5OTk5OTk6OTk5OTk5OTk5OiIsNDAwMDAwMDAwMF0", "ä"]
)
async def test_a_cursor_that_is_none_is_refused(rig: StoreRig, cursor: str) -> None:
    call = rig.client.messages().WatchMessages(message_pb2.WatchMessagesRequest(cursor=cursor))
    assert (await error_of(call.read())).reason in {ErrorReason.BAD_CURSOR, ErrorReason.CURSOR_EXPIRED}


async def test_a_slow_watcher_misses_nothing(rig: StoreRig) -> None:
    mine = caller(workspace_id="dawdling")
    async with watching(rig, mine, kinds=[STORED]) as watch:
        for number in range(30):
            await store(rig, mine, *(f"{number:02}-{place:02} " + "x" * 2_000 for place in range(20)), wait=0)
        found: Sequence[tuple[int, str]] = await watch.until(600)
    assert [text[:5] for _, text in found] == [f"{number:02}-{place:02}" for number in range(30) for place in range(20)]


async def test_watchers_are_sent_on_when_the_server_drains(tmp_path: Path, database_url: str) -> None:
    async with running_store(tmp_path, database_url, enricher_concurrency=0) as lone, watching(lone, caller()) as watch:
        lone.store.draining.set()
        assert (await error_of(watch.call.read())).reason == ErrorReason.SHUTTING_DOWN


async def test_there_is_room_for_other_calls(tmp_path: Path, database_url: str) -> None:
    async with running_store(tmp_path, database_url, enricher_concurrency=0, max_concurrent_rpcs=4) as lone:
        watchers = [watching(lone, caller()) for _ in range(3)]
        for one in watchers:
            await one.__aenter__()
        call = lone.client.messages().WatchMessages(message_pb2.WatchMessagesRequest())
        assert (await error_of(call.read())).reason == ErrorReason.TOO_MANY_STREAMS
        await lone.client.messages().ListMessages(message_pb2.ListMessagesRequest())
        for one in watchers:
            await one.__aexit__(None, None, None)
