"""kill -9 of the store at work: nothing acknowledged is lost, nothing is there twice (T01, T06, T09)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import grpc
import pytest
import pytest_asyncio

from deploy.local.servers import free_port
from earshot.store.v1 import message_pb2
from services.runtime.keys import generate_keys
from tests.support.postgres import connection, fresh_database
from tests.support.scripted_classifier import scripted_classifier
from tests.support.store import StoreProcess, chunk, ingest, new_message, store_process

KILLS = 3
CHUNKS = 60
ROWS = 100


@pytest_asyncio.fixture
async def own_database(postgres_url: str, migrated: str) -> AsyncIterator[str]:
    async with fresh_database(postgres_url, "crash", template=migrated) as url:
        yield url


def import_chunk(import_id: UUID, number: int) -> message_pb2.ImportMessagesRequest:
    rows = [(number * ROWS + row + 1, new_message(f"deposit {number}.{row}")) for row in range(ROWS)]
    return chunk(number, rows, import_id)


async def import_from(
    process: StoreProcess, import_id: UUID, first: int, acknowledged: list[int], kill_after: int | None
) -> None:
    """Sends chunks from `first` on and notes each acknowledgement; kills the store after so many of them."""
    call = process.client.messages().ImportMessages(import_chunk(import_id, n) for n in range(first, CHUNKS))
    async for answer in call:
        acknowledged.append(answer.chunk)
        if kill_after is not None and len(acknowledged) >= kill_after:
            await process.kill()
            kill_after = None


@pytest.mark.slow
async def test_an_import_survives_the_death_of_its_store(tmp_path: Path, own_database: str) -> None:
    import_id = uuid4()
    acknowledged: list[int] = []
    async with (
        store_process(tmp_path, own_database, free_port()) as process,
        connection(own_database) as owner,
    ):
        for kill in range(KILLS):
            first = len(acknowledged)
            with pytest.raises(grpc.aio.AioRpcError):
                await import_from(process, import_id, first, acknowledged, kill_after=first + 5 * (kill + 1))
            assert acknowledged == list(range(len(acknowledged)))
            stored = await owner.fetchval("SELECT count(DISTINCT import_row) FROM messages")
            assert stored >= len(acknowledged) * ROWS, "acknowledged means on disk"
            assert stored % ROWS == 0, "a chunk is there or it is not"
            await process.start()
        await import_from(process, import_id, len(acknowledged), acknowledged, kill_after=None)
        assert acknowledged == list(range(CHUNKS))
        counted = await owner.fetchrow("SELECT count(*), count(DISTINCT import_row), max(import_row) FROM messages")
        assert tuple(counted or ()) == (CHUNKS * ROWS,) * 3


@pytest.mark.slow
async def test_a_client_that_retries_by_request_id_stores_everything_once(tmp_path: Path, own_database: str) -> None:
    """Twenty requests of a hundred messages, the store killed while they are under way."""
    requests = [ingest(*(new_message(f"{n}.{m}") for m in range(ROWS)), request_id=uuid4()) for n in range(20)]
    async with (
        store_process(tmp_path, own_database, free_port()) as process,
        connection(own_database) as owner,
    ):
        under_way = [asyncio.ensure_future(process.client.messages().IngestMessages(request)) for request in requests]
        await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
        await process.kill()
        first = await asyncio.gather(*under_way, return_exceptions=True)
        sizes = await owner.fetch("SELECT count(*) AS n FROM messages GROUP BY split_part(text, '.', 1)")
        assert {row["n"] for row in sizes} == {ROWS}, "a request is there or it is not"
        await process.start()
        again = [await process.client.messages().IngestMessages(request) for request in requests]
        for before, after in zip(first, again, strict=True):
            assert isinstance(before, grpc.aio.AioRpcError) or before == after
            assert after.created == ROWS
        assert await owner.fetchval("SELECT count(*) FROM messages") == 20 * ROWS


@pytest.mark.slow
async def test_a_store_killed_while_messages_are_labelled_leaves_the_rest_to_others(
    tmp_path: Path, own_database: str
) -> None:
    keys = generate_keys(tmp_path / "keys")
    async with scripted_classifier(held=True) as (script, address), connection(own_database) as owner:
        settings = {"EARSHOT_CLASSIFIER_ADDRESS": address, "EARSHOT_ENRICHER_BATCH_SIZE": "50"}
        async with store_process(tmp_path, own_database, free_port(), keys=keys, **settings) as victim:
            messages = [new_message(f"bonus {n}") for n in range(1000)]
            await victim.client.messages().IngestMessages(ingest(*messages))
            await script.entered.wait()
            await victim.kill()
        claimed = "SELECT count(*) FROM label_queue"
        assert await owner.fetchval(claimed) == 1000
        async with store_process(tmp_path, own_database, free_port(), keys=keys, **settings):
            script.open.set()
            async with asyncio.timeout(60):
                while await owner.fetchval(claimed):  # noqa: ASYNC110 - a row has no event to wait for
                    await asyncio.sleep(0.05)
        counted = await owner.fetchrow("SELECT count(*), count(DISTINCT message_id) FROM labels")
        assert tuple(counted or ()) == (1000, 1000)


@pytest.mark.slow
async def test_a_store_told_to_stop_finishes_what_it_has_begun(tmp_path: Path, own_database: str) -> None:
    async with store_process(tmp_path, own_database, free_port()) as process, connection(own_database) as owner:
        requests = [ingest(*(new_message(f"{n}") for _ in range(1000))) for n in range(6)]
        stub = process.client.messages()
        calls = [asyncio.ensure_future(stub.IngestMessages(request)) for request in requests]
        await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        code, outcomes = await asyncio.gather(process.terminate(), asyncio.gather(*calls, return_exceptions=True))
        assert code == 0
        assert [outcome for outcome in outcomes if isinstance(outcome, BaseException)] == []
        assert await owner.fetchval("SELECT count(*) FROM messages") == 1000 * len(requests)
