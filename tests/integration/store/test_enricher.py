"""The enricher: every message labelled once, whatever happens to the classifier or to a store (T09, T10)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from earshot.store.v1 import message_pb2, stats_pb2
from earshot.types.v1 import question_pb2
from services.runtime.labels import SENTIMENTS
from services.store.filters import category_mask, intent_mask
from services.store.pool import Connection
from services.store.repositories import message_changes, taxonomy
from tests.support.postgres import connection, fresh_database
from tests.support.scripted_classifier import KILLER, OTHER_LABEL, OTHER_MODEL, POISON, scripted_classifier
from tests.support.store import StoreRig, caller, chunk, ingest, new_message, running_store

PENDING, LABELLED, FAILED = (
    message_pb2.LABEL_STATUS_PENDING,
    message_pb2.LABEL_STATUS_LABELLED,
    message_pb2.LABEL_STATUS_FAILED,
)


@pytest_asyncio.fixture
async def own_database(postgres_url: str, migrated: str) -> AsyncIterator[str]:
    """A database for one test: the queue of a test is empty when it begins."""
    async with fresh_database(postgres_url, "enricher", template=migrated) as url:
        yield url


async def rows(database_url: str, sql: str) -> list[tuple[Any, ...]]:
    async with connection(database_url) as owner:
        return [tuple(row) for row in await owner.fetch(sql)]


async def until(database_url: str, sql: str, holds: Callable[[Any], bool]) -> None:
    """Returns when the single value of the query is right; TimeoutError after a minute."""
    async with connection(database_url) as owner, asyncio.timeout(60):
        while not holds(await owner.fetchval(sql)):  # noqa: ASYNC110 - a row has no event to wait for
            await asyncio.sleep(0.02)


async def until_queue_is_empty(database_url: str) -> None:
    await until(database_url, "SELECT count(*) FROM label_queue WHERE NOT failed", lambda left: left == 0)


@asynccontextmanager
async def two_stores(
    folder: Path, database_url: str, address: str, **settings: Any
) -> AsyncIterator[tuple[StoreRig, StoreRig]]:
    async with (
        running_store(folder / "a", database_url, classifier_address=address, **settings) as one,
        running_store(folder / "b", database_url, classifier_address=address, **settings) as two,
    ):
        yield one, two


async def test_labels_are_written_as_the_classifier_gave_them(tmp_path: Path, own_database: str) -> None:
    async with (
        scripted_classifier() as (_, address),
        running_store(tmp_path, own_database, classifier_address=address) as rig,
    ):
        sent = new_message("angry about my deposit and the bonus")
        answer = await rig.client.messages().IngestMessages(ingest(sent, wait_seconds=30))
        message = answer.messages[0]
        assert message.status == LABELLED
        labels = message.labels
        assert [(score.label, round(score.probability, 4)) for score in labels.intents] == [
            ("deposit_failed", 0.9),
            ("bonus_missing", 0.8),
            ("complaint", 0.7),
        ]
        assert [score.label for score in labels.categories] == ["deposit", "bonus", "anger_feedback"]
        assert labels.sentiment.label in SENTIMENTS
        assert (labels.language, labels.abstained, labels.model.name) == ("en", False, "scripted")
        assert labels.valid_from.ToNanoseconds() >= message.create_time.ToNanoseconds()
        stored = await rows(own_database, "SELECT intent_mask, category_mask, valid_to = 'infinity' FROM labels")
        intents = ["deposit_failed", "bonus_missing", "complaint"]
        assert stored == [(intent_mask(intents), category_mask(["deposit", "bonus", "anger_feedback"]), True)]
        assert await rows(own_database, "SELECT count(*) FROM message_search WHERE words @@ 'angry'") == [(1,)]
        assert rig.metric("earshot_enricher_messages_total", outcome="labelled") == 1
        assert rig.metric("earshot_enricher_abstained_messages_total") == 0
        await rig.client.messages().IngestMessages(ingest(new_message("hm"), sent, wait_seconds=30))
        assert rig.metric("earshot_enricher_messages_total", outcome="labelled") == 3
        assert rig.metric("earshot_enricher_abstained_messages_total") == 1


async def test_labels_are_written_after_all_else(
    tmp_path: Path, own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer of the instant they hold from lacks them until the commit, and has them when it is asked again."""
    before: list[int] = []
    judge, record = taxonomy.judge, message_changes.record

    async def judged(held: Connection, *given: Any) -> None:
        before.append(await held.fetchval("SELECT count(*) FROM labels"))
        await judge(held, *given)

    async def recorded(held: Connection, *given: Any) -> None:
        before.append(await held.fetchval("SELECT count(*) FROM labels"))
        await record(held, *given)

    monkeypatch.setattr(taxonomy, "judge", judged)
    monkeypatch.setattr(message_changes, "record", recorded)
    async with (
        scripted_classifier() as (_, address),
        running_store(tmp_path, own_database, classifier_address=address) as rig,
    ):
        answer = await rig.client.messages().IngestMessages(ingest(new_message(), wait_seconds=30))
    assert answer.messages[0].status == LABELLED
    assert before == [0, 0]


async def test_labels_of_a_model_without_sentiment_are_kept_and_hold_nothing_up(
    tmp_path: Path, own_database: str
) -> None:
    async with (
        scripted_classifier() as (_, address),
        running_store(tmp_path, own_database, classifier_address=address) as rig,
    ):
        sent = [new_message(f"{OTHER_MODEL}: where is my card"), new_message("the deposit")]
        answer = await rig.client.messages().IngestMessages(ingest(*sent, wait_seconds=30))
        assert [message.status for message in answer.messages] == [LABELLED, LABELLED]
        labels = answer.messages[0].labels
        assert ([score.label for score in labels.intents], list(labels.categories)) == ([OTHER_LABEL], [])
        assert (labels.HasField("sentiment"), labels.unsupported_language, labels.language) == (False, False, "en")
        total = stats_pb2.QueryStatsRequest(query=question_pb2.StatsQuery())
        assert (await rig.client.stats().QueryStats(total)).result.total == 2
        by_mood = question_pb2.StatsQuery(group_by=[question_pb2.DIMENSION_SENTIMENT])
        found = (await rig.client.stats().QueryStats(stats_pb2.QueryStatsRequest(query=by_mood))).result
        assert [(list(row.keys), row.value) for row in found.rows] == [(["neutral"], 1)]


async def test_waiting_for_labels_ends_with_the_time(tmp_path: Path, own_database: str) -> None:
    async with (
        scripted_classifier(held=True) as (script, address),
        running_store(tmp_path, own_database, classifier_address=address) as rig,
    ):
        stub = rig.client.messages()
        answer = await stub.IngestMessages(ingest(new_message(), wait_seconds=1))
        assert answer.messages[0].status == PENDING
        waiting = [asyncio.ensure_future(stub.IngestMessages(ingest(new_message(), wait_seconds=30))) for _ in range(5)]
        script.open.set()
        assert [(await call).messages[0].status for call in waiting] == [LABELLED] * 5


async def test_a_waiter_hears_of_labels_another_process_wrote(tmp_path: Path, own_database: str) -> None:
    async with (
        scripted_classifier() as (_, address),
        running_store(tmp_path / "a", own_database, enricher_concurrency=0) as front,
        running_store(tmp_path / "b", own_database, classifier_address=address),
    ):
        messages = [new_message(f"deposit {n}") for n in range(700)]
        answer = await front.client.messages().IngestMessages(ingest(*messages, wait_seconds=30))
        assert {message.status for message in answer.messages} == {LABELLED}


async def test_processes_share_the_work_of_every_workspace_and_none_is_done_twice(
    tmp_path: Path, own_database: str
) -> None:
    async with (
        scripted_classifier(held=True) as (script, address),
        two_stores(tmp_path, own_database, address, enricher_batch_size=16) as (one, two),
    ):
        for number, rig in enumerate((one, two, one)):
            stub = rig.client.messages(caller(workspace_id=f"w{number}"))
            await stub.IngestMessages(ingest(*(new_message(f"bonus w{number} {n}") for n in range(200))))
        await script.entered.wait()
        script.open.set()
        await until_queue_is_empty(own_database)
        counted = await rows(own_database, "SELECT workspace_id, count(*) FROM labels GROUP BY 1 ORDER BY 1")
        assert counted == [("w0", 200), ("w1", 200), ("w2", 200)]
        assert not script.doubles
        assert set(script.seen.values()) == {1}
        assert script.largest <= 16


async def test_a_stalled_classifier_never_gets_an_item_twice(tmp_path: Path, own_database: str) -> None:
    """T10: while a batch is out, no other worker and no other process takes what is in it."""
    async with (
        scripted_classifier(held=True) as (script, address),
        two_stores(tmp_path, own_database, address, enricher_batch_size=8) as (one, _),
    ):
        await one.client.messages().IngestMessages(ingest(*(new_message(f"login {n}") for n in range(32))))
        async with asyncio.timeout(30):
            while script.calls < 4:  # noqa: ASYNC110 - the script counts, it announces only the first
                await asyncio.sleep(0.01)
        for number in range(3):
            await one.client.messages().IngestMessages(ingest(new_message(f"later {number}")))
        assert not script.doubles
        script.open.set()
        await until_queue_is_empty(own_database)
        assert not script.doubles
        in_force = await rows(own_database, "SELECT count(*) FROM labels GROUP BY message_id HAVING count(*) > 1")
        assert in_force == []


async def test_what_comes_during_an_import_is_labelled_before_the_rest_of_it(tmp_path: Path, own_database: str) -> None:
    settings: dict[str, Any] = {"enricher_batch_size": 8, "enricher_concurrency": 1}
    async with (
        scripted_classifier(held=True) as (script, address),
        running_store(tmp_path, own_database, classifier_address=address, **settings) as rig,
    ):
        stub = rig.client.messages()
        history = chunk(1, [(n, new_message(f"deposit {n}")) for n in range(1, 41)], uuid4())
        async for answer in stub.ImportMessages(iter([history])):
            assert answer.created == 40
        await script.entered.wait()
        await stub.IngestMessages(ingest(new_message("bonus")))
        script.open.set()
        await until_queue_is_empty(own_database)
        assert list(script.seen).index("bonus") == 2, "right after the batch that was out, a small one"
        assert (script.seen.total(), script.calls) == (41, 21), "and alone"


async def test_what_comes_during_an_import_is_compared_before_the_rest_of_it(tmp_path: Path, own_database: str) -> None:
    settings: dict[str, Any] = {"enricher_retry_seconds": 3600}
    async with (
        scripted_classifier() as (script, address),
        running_store(tmp_path, own_database, classifier_address=address, **settings) as rig,
    ):
        stub = rig.client.messages()
        async for answer in stub.ImportMessages(iter([chunk(1, [(1, new_message(POISON))], uuid4())])):
            assert answer.created == 1
        await until(own_database, "SELECT count(*) FROM label_queue WHERE attempts > 0", bool)
        await stub.IngestMessages(ingest(*(new_message("bonus", user_id=f"u{n}") for n in range(3))))
        await until(own_database, "SELECT count(*) FROM incident_members", lambda members: members == 3)
        assert script.seen[POISON] == 1, "the import still waits"


@pytest.mark.parametrize("word", [POISON, KILLER])
async def test_one_bad_text_is_set_aside_and_costs_its_mates_nothing(
    tmp_path: Path, own_database: str, word: str
) -> None:
    settings: dict[str, Any] = {"enricher_batch_size": 32, "enricher_retry_seconds": 0.05}
    async with (
        scripted_classifier() as (script, address),
        running_store(tmp_path, own_database, classifier_address=address, **settings) as rig,
    ):
        texts = [f"deposit {n}" for n in range(40)]
        texts[17] = word
        request = ingest(*(new_message(text) for text in texts), wait_seconds=30)
        answer = await rig.client.messages().IngestMessages(request)
        await until(own_database, "SELECT bool_or(failed) FROM label_queue", bool)
        assert await rows(own_database, "SELECT attempts, failed FROM label_queue") == [(5, True)]
        assert await rows(own_database, "SELECT count(*) FROM labels") == [(39,)]
        bad = await rig.client.messages().GetMessage(message_pb2.GetMessageRequest(id=answer.messages[17].id))
        assert bad.message.status == FAILED
        assert script.seen[word] >= 5
        await rig.client.messages().IngestMessages(ingest(new_message("after"), wait_seconds=30))
        assert script.seen["after"] == 1


async def test_messages_wait_while_the_classifier_is_away(tmp_path: Path, own_database: str) -> None:
    async with scripted_classifier() as (_, address):
        port = int(address.rpartition(":")[2])
    async with running_store(tmp_path, own_database, classifier_address=address) as rig:
        stub = rig.client.messages()
        answer = await stub.IngestMessages(ingest(*(new_message(f"bonus {n}") for n in range(10)), wait_seconds=1))
        assert {message.status for message in answer.messages} == {PENDING}
        await rig.store.labelling.backlog.look()
        assert rig.metric("earshot_pending_messages") == 10
        assert (rig.metric("earshot_pending_oldest_seconds") or 0) > 0
        async with scripted_classifier(port=port) as (script, _):
            await until_queue_is_empty(own_database)
            await rig.store.labelling.backlog.look()
            assert (rig.metric("earshot_pending_messages"), rig.metric("earshot_pending_oldest_seconds")) == (0, 0)
            assert set(script.seen.values()) == {1}
        assert await rows(own_database, "SELECT count(*) FROM labels") == [(10,)]
        assert rig.metric("earshot_enricher_messages_total", outcome="retried") in {None, 0}


async def test_a_store_that_dies_leaves_nothing_claimed(tmp_path: Path, own_database: str) -> None:
    """T09 within one process: the connection is cut while the batch is out; the labels come once."""
    async with (
        scripted_classifier(held=True) as (script, address),
        running_store(tmp_path, own_database, classifier_address=address) as rig,
    ):
        await rig.client.messages().IngestMessages(ingest(*(new_message(f"deposit {n}") for n in range(100))))
        await script.entered.wait()
        async with connection(own_database) as owner:
            await owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle in transaction'"
            )
            assert await owner.fetchval("SELECT count(*) FROM label_queue") == 100
        script.open.set()
        await until_queue_is_empty(own_database)
        assert await rows(own_database, "SELECT count(*), count(DISTINCT message_id) FROM labels") == [(100, 100)]
