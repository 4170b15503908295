"""The main job: a customer's file goes in while processes die, every row is kept once and labelled, and a question
about it is answered with the number that Postgres itself gives.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from gateway.cli.outcomes import ExitCode
from gateway.cli.server_events import read_events
from services.runtime.labels import CATEGORY_OF_INTENT
from services.store.repositories.label_queue import LABELLED_CHANNEL, PENDING_CHANNEL
from tests.support.inbox import FORM, OPTIONS, Inbox, write_inbox
from tests.support.postgres import connection
from tests.support.restarts import crash, crash_and_recover
from tests.support.stack import StackRig

ROWS = 1500
QUESTION = "how many deposit messages came in yesterday, by hour?"
DEPOSIT = [intent for intent, category in CATEGORY_OF_INTENT.items() if category == "deposit"]

BY_HOUR = """
SELECT extract(hour FROM m.event_time AT TIME ZONE 'UTC')::int AS hour, count(DISTINCT m.id) AS messages
FROM messages m JOIN labels l ON l.workspace_id = m.workspace_id AND l.message_id = m.id AND l.valid_to = 'infinity'
WHERE l.intents && $1::text[] AND m.event_time >= $2 AND m.event_time < $3
GROUP BY hour
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What was imported, and what was known while it went in."""

    inbox: Inbox
    source: str
    summary: Mapping[str, Any]
    """What the command said in the end."""
    committed: frozenset[UUID]
    """Messages that were in Postgres when the store was killed."""


@asynccontextmanager
async def notified(url: str, channel: str) -> AsyncIterator[asyncio.Event]:
    """An event that is set whenever Postgres notifies on the channel."""
    heard = asyncio.Event()
    async with connection(url) as listener:
        await listener.add_listener(channel, lambda *_: heard.set())
        yield heard


async def fetch(stack: StackRig, sql: str, *values: object) -> list[asyncpg.Record]:
    async with connection(stack.stack.database_url) as owner:
        return await owner.fetch(sql, *values)


async def ids(stack: StackRig, source: str) -> frozenset[UUID]:
    return frozenset(row["id"] for row in await fetch(stack, "SELECT id FROM messages WHERE source = $1", source))


@pytest_asyncio.fixture(scope="module")
async def job(stack: StackRig, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """The import, during which the store is killed; then, while labels are made, the classifier."""
    inbox = write_inbox(tmp_path_factory.mktemp("inbox") / "export.csv", ROWS, now=datetime.now(UTC))
    source = f"job-{uuid4().hex[:8]}"
    async with notified(stack.stack.database_url, PENDING_CHANNEL) as pending:
        command = stack.earshot("--json", "import", str(inbox.file), *OPTIONS, "--source", source)
        importing = asyncio.create_task(command)
        async with asyncio.timeout(60):
            await pending.wait()
        stack.stack.processes["store"].kill()
        committed = await ids(stack, source)
        done = await importing
    assert done.code == ExitCode.OK, done.err
    async with notified(stack.stack.database_url, LABELLED_CHANNEL) as labelled:
        await crash(stack.stack.processes["classifier"])
        async with asyncio.timeout(100):
            while await fetch(stack, "SELECT 1 FROM label_queue WHERE NOT failed LIMIT 1"):
                labelled.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        await labelled.wait()
    return Job(inbox=inbox, source=source, summary=done.json, committed=committed)


async def counted(stack: StackRig, source: str, *group_by: str) -> Any:
    body = {"filters": {"sources": {"any_of": [source]}}, "group_by": group_by}
    answer = await stack.http.post("/api/v1/stats", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_row_is_stored_exactly_once_though_the_store_was_killed(stack: StackRig, job: Job) -> None:
    assert (job.summary["rows"], job.summary["failed"]) == (ROWS, 0)
    assert job.summary["created"] + job.summary["existing"] == ROWS
    rows = await fetch(stack, "SELECT text, import_row FROM messages WHERE source = $1", job.source)
    assert Counter(row["text"] for row in rows) == Counter(job.inbox.texts)
    assert sorted(row["import_row"] for row in rows) == list(range(1, ROWS + 1))
    assert 0 < len(job.committed) < ROWS
    assert job.committed <= await ids(stack, job.source)
    assert (await counted(stack, job.source))["total"] == ROWS


async def test_every_row_is_labelled_though_the_classifier_was_killed(stack: StackRig, job: Job) -> None:
    by_status = await counted(stack, job.source, "status")
    assert {row["keys"]["status"]: row["value"] for row in by_status["rows"]} == {"labelled": ROWS}
    sql = (
        "SELECT count(*) AS sets, count(DISTINCT l.message_id) AS messages FROM labels l "
        "JOIN messages m ON m.workspace_id = l.workspace_id AND m.id = l.message_id WHERE m.source = $1"
    )
    found = (await fetch(stack, sql, job.source))[0]
    assert (found["sets"], found["messages"]) == (ROWS, ROWS)


async def test_the_same_import_again_finds_every_row_there(stack: StackRig, job: Job) -> None:
    form = {**FORM, "source": job.source, "import_id": job.summary["import_id"]}
    files = {"file": ("export.csv", job.inbox.file.read_bytes())}
    again = (await stack.http.post("/api/v1/import", data=form, files=files)).json()
    assert (again["created"], again["existing"], again["failed"]) == (0, ROWS, 0)
    assert (await counted(stack, job.source))["total"] == ROWS


async def truth(stack: StackRig, interpretation: Mapping[str, Any]) -> dict[int, int]:
    """Hour of yesterday → deposit messages, straight from the rows; the reading must mean yesterday."""
    start, end = (datetime.fromisoformat(interpretation["range"][side]) for side in ("start", "end"))
    assert end - start == timedelta(days=1)
    assert end <= datetime.now(UTC) < end + timedelta(days=1, minutes=5)
    assert (start.hour, start.minute) == (0, 0)
    return {row["hour"]: row["messages"] for row in await fetch(stack, BY_HOUR, DEPOSIT, start, end)}


def hours(stats: Mapping[str, Any]) -> dict[int, int]:
    return {int(row["keys"]["hour"]): int(row["value"]) for row in stats["rows"] if row["value"]}


async def test_the_question_is_answered_over_http_with_postgres_own_number(stack: StackRig, job: Job) -> None:
    body = (await stack.http.post("/api/v1/chat", json={"text": QUESTION, "time_zone": "UTC"})).json()
    expected = await truth(stack, body["interpretation"])
    total = sum(expected.values())
    assert total > ROWS / 100
    assert hours(body["stats"]) == expected
    assert body["stats"]["total"] == total
    assert body["answer"].startswith(f"**{total:,} deposit messages**")
    assert body["interpretation"]["filters"]["categories"]["any_of"] == ["deposit"]
    assert body["interpretation"]["group_by"] == ["hour"]
    assert (body["verification"]["masked"], body["verification"]["contradicted"]) == (0, 0)
    replayed = await stack.http.post("/api/v1/stats", json=body["receipt"]["queries"][0])
    assert hours(replayed.json()) == expected


async def test_the_question_is_answered_as_a_stream(stack: StackRig, job: Job) -> None:
    body = {"text": QUESTION, "time_zone": "UTC"}
    async with stack.http.stream("POST", "/api/v1/chat/stream", json=body) as answer:
        events = [event async for event in read_events(answer.aiter_bytes())]
    expected = await truth(stack, events[0].data["interpretation"])
    told = "".join(event.data["text"] for event in events if event.name == "delta")
    assert told.startswith(f"**{sum(expected.values()):,} deposit messages**")
    assert [hours(event.data["stats"]) for event in events if event.name == "query"] == [expected]
    assert events[-1].name == "completed"
    assert events[-1].data["receipt"]["queries"]


async def test_the_question_is_answered_by_the_command(stack: StackRig, job: Job) -> None:
    shown = await stack.earshot("ask", QUESTION)
    assert shown.code == ExitCode.OK, shown.err
    as_json = (await stack.earshot("ask", "--json", QUESTION)).json
    total = sum((await truth(stack, as_json["interpretation"])).values())
    assert f"{total:,} deposit messages" in shown.out.partition("understood as:")[0]
    assert "understood as:" in shown.out
    assert "receipt" in shown.out
    assert as_json["stats"]["total"] == total


@pytest.mark.parametrize("name", ["chat", "gateway"])
async def test_a_killed_process_comes_back_and_nothing_is_forgotten(stack: StackRig, job: Job, name: str) -> None:
    before = (await stack.http.post("/api/v1/chat", json={"text": QUESTION, "time_zone": "UTC"})).json()
    await crash_and_recover(stack.stack, name)
    path = f"/api/v1/sessions/{before['session_id']}/messages"
    turns = (await stack.http.get(path)).json()["messages"]
    assert [turn["answer"] for turn in turns] == [before["answer"]]
    follow_up = {"text": "and by source?", "session_id": before["session_id"], "time_zone": "UTC"}
    after = (await stack.http.post("/api/v1/chat", json=follow_up)).json()
    assert after["interpretation"]["filters"]["categories"]["any_of"] == ["deposit"]
    assert after["stats"]["total"] == before["stats"]["total"]
