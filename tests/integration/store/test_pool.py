"""The pool: full, cut off, or on a Postgres that must not be trusted (T07, T17, T22, T33, T36)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import grpc
import pytest
import pytest_asyncio
from grpc_health.v1 import health_pb2

from earshot.store.v1 import message_pb2
from services.runtime.call_context import call_scope
from services.runtime.errors import (
    DeadlineExceededError,
    ErrorKind,
    ErrorReason,
    LimitExceededError,
    UnavailableError,
)
from services.runtime.status import from_rpc_error
from services.store.durability import UnsafeDatabaseError
from services.store.pool import Database, DatabaseOptions, connect
from services.store.startup import bring_up, check_durability
from tests.support.postgres import connection, fresh_database, killable_postgres, run_sql
from tests.support.store import StoreRig, error_of, ingest, new_message, running_store
from tests.support.tcp_proxy import TcpProxy, Wire, tcp_proxy

NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@pytest_asyncio.fixture
async def own_database(postgres_url: str, migrated: str) -> AsyncIterator[str]:
    async with fresh_database(postgres_url, "pool", template=migrated) as url:
        yield url


@pytest_asyncio.fixture
async def small_pool(own_database: str) -> AsyncIterator[Database]:
    """Two connections, patience for a fifth of a second, statements of half a second."""
    options = DatabaseOptions(url=own_database, max_size=2, acquire_seconds=0.2, command_seconds=0.5)
    database = Database(options)
    await bring_up(options, (database,), production=False)
    yield database
    await database.close()


async def test_a_full_pool_says_so_and_recovers(small_pool: Database) -> None:
    async with small_pool.transaction("default"), small_pool.transaction("default"):
        with pytest.raises(LimitExceededError):
            async with small_pool.transaction("default"):
                pytest.fail("there was no third connection")
        with call_scope(request_id="r", seconds=0.01), pytest.raises(LimitExceededError):
            async with small_pool.transaction("default"):
                pytest.fail("there was no third connection")
    async with small_pool.transaction("default") as transaction:
        assert await transaction.fetchval("SELECT 1") == 1


async def test_a_slow_statement_ends_at_its_limit_on_both_sides(small_pool: Database, own_database: str) -> None:
    with pytest.raises(DeadlineExceededError):
        async with small_pool.transaction("default") as transaction:
            await transaction.execute("SELECT pg_sleep(30)")
    async with connection(own_database) as owner, asyncio.timeout(5):
        sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        while await owner.fetchval(sleeping):  # noqa: ASYNC110 - the server announces nothing
            await asyncio.sleep(0.01)


async def test_a_pool_that_is_not_open_is_unavailable() -> None:
    with pytest.raises(UnavailableError) as caught:
        async with Database(DatabaseOptions(url="postgresql://x@127.0.0.1:1/x")).transaction("default"):
            pytest.fail("there is no database")
    assert caught.value.reason == ErrorReason.STORE_UNAVAILABLE


async def test_a_postgres_that_accepts_and_says_nothing_is_unavailable_and_waited_for() -> None:
    asked = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        options = DatabaseOptions(url=f"postgresql://somebody@127.0.0.1:{port}/any", connect_seconds=0.2)
        with pytest.raises(UnavailableError):
            await connect(options)
        asked.clear()
        waiting = asyncio.create_task(bring_up(options, [], production=False))
        for _ in range(2):
            async with asyncio.timeout(30):
                await asked.wait()
            asked.clear()
        assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def test_a_read_only_database_is_unavailable_for_writes_and_serves_reads(
    tmp_path: Path, own_database: str
) -> None:
    name = own_database.partition("?")[0].rpartition("/")[2]
    async with running_store(tmp_path, own_database, database_pool_min_size=0) as rig:
        await run_sql(own_database, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        await cut_connections(own_database)
        await rig.client.serving()
        stub = rig.client.messages()
        error = await error_of(stub.IngestMessages(ingest(new_message())))
        assert (error.kind, error.reason) == (ErrorKind.UNAVAILABLE, ErrorReason.STORE_UNAVAILABLE)
        assert not (await stub.ListMessages(message_pb2.ListMessagesRequest())).messages


async def cut_connections(url: str) -> None:
    async with connection(url) as owner:
        await owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def test_the_store_connects_again_by_itself(tmp_path: Path, own_database: str) -> None:
    """T02: backends are killed under load; calls are answered OK or UNAVAILABLE, none hangs, no restart is needed.

    What was answered OK is there, and of each request all or nothing.
    """
    async with running_store(tmp_path, own_database) as rig:
        stub = rig.client.messages()
        acknowledged: set[str] = set()
        for kill in range(3):
            calls = [asyncio.ensure_future(_outcome(rig, f"{kill}.{number}")) for number in range(20)]
            await cut_connections(own_database)
            ends = [await call for call in calls]
            assert set(ends) <= {None, ErrorKind.UNAVAILABLE}
            acknowledged |= {f"{kill}.{number}" for number, end in enumerate(ends) if end is None}
        await rig.client.serving()
        await stub.IngestMessages(ingest(new_message()))
    async with connection(own_database) as owner:
        stored = await owner.fetch("SELECT user_id, count(*) AS n FROM messages WHERE text = 'two' GROUP BY 1")
    assert {row["n"] for row in stored} <= {2}
    assert acknowledged <= {row["user_id"] for row in stored}


async def _outcome(rig: StoreRig, name: str) -> ErrorKind | None:
    two = ingest(new_message("two", user_id=name), new_message("two", user_id=name))
    try:
        await rig.client.messages().IngestMessages(two, timeout=10)
    except grpc.aio.AioRpcError as error:
        return from_rpc_error(error).kind
    return None


async def test_a_postgres_that_crashes_and_comes_back(tmp_path: Path) -> None:
    """T02: NOT_SERVING and UNAVAILABLE while it is away; back at work with everything acknowledged when it is back."""
    async with (
        killable_postgres(tmp_path / "postgres") as postgres,
        running_store(tmp_path, postgres.url, database_connect_seconds=1) as rig,
    ):
        stub = rig.client.messages()
        stored = (await stub.IngestMessages(ingest(new_message()))).messages[0]
        await postgres.crash()
        await rig.client.until_health(NOT_SERVING)
        error = await error_of(stub.ListMessages(message_pb2.ListMessagesRequest(), timeout=5))
        assert (error.kind, error.reason) == (ErrorKind.UNAVAILABLE, ErrorReason.STORE_UNAVAILABLE)
        await postgres.start()
        await rig.client.serving()
        found = await stub.GetMessage(message_pb2.GetMessageRequest(id=stored.id))
        assert found.message == stored


@asynccontextmanager
async def on_a_wire(url: str) -> AsyncIterator[tuple[str, TcpProxy]]:
    """The database by way of a proxy."""
    parts = urlsplit(url)
    folder = parse_qs(parts.query).get("host", [""])[0]
    host, port = (f"{folder}/.s.PGSQL.5432", 0) if folder else (parts.hostname or "127.0.0.1", parts.port or 5432)
    async with tcp_proxy(port, host=host) as wire:
        user = parts.netloc.rpartition("@")[0]
        yield parts._replace(netloc=f"{user}@127.0.0.1:{wire.port}", query="").geturl(), wire


async def test_a_postgres_that_falls_silent_holds_nobody_beyond_their_deadline(
    tmp_path: Path, own_database: str
) -> None:
    """T36: as one whose machine is cut off; what was stored is there when it speaks again, and so is the store."""
    async with (
        on_a_wire(own_database) as (url, wire),
        running_store(tmp_path, url, database_connect_seconds=1, health_timeout_seconds=0.5) as rig,
    ):
        stub = rig.client.messages()
        stored = (await stub.IngestMessages(ingest(new_message()))).messages[0]
        wire.become(Wire.BLACKHOLE)
        async with asyncio.timeout(5):
            for _ in range(3):
                error = await error_of(stub.IngestMessages(ingest(new_message("lost")), timeout=1))
                assert error.kind in {ErrorKind.UNAVAILABLE, ErrorKind.DEADLINE_EXCEEDED}
        await rig.client.until_health(NOT_SERVING)
        wire.become(Wire.OPEN)
        await rig.client.serving()
        async with asyncio.timeout(10):
            found = await stub.GetMessage(message_pb2.GetMessageRequest(id=stored.id))
            await stub.IngestMessages(ingest(new_message("again")))
    assert found.message == stored


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_a_postgres_that_may_forget_is_refused_in_production(setting: str) -> None:
    safe = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
    check_durability(safe, production=True)
    check_durability({**safe, setting: "off"}, production=False)
    with pytest.raises(UnsafeDatabaseError, match=f"{setting} = off"):
        check_durability({**safe, setting: "off"}, production=True)


async def test_a_database_with_synchronous_commit_off_is_not_opened_in_production(own_database: str) -> None:
    name = own_database.partition("?")[0].rpartition("/")[2]
    await run_sql(own_database, f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    options = DatabaseOptions(url=own_database)
    with pytest.raises(UnsafeDatabaseError):
        await bring_up(options, (), production=True)
    await bring_up(options, (), production=False)


async def test_connections_are_ours_by_name_and_do_not_compile_plans(own_database: str) -> None:
    opened = await connect(DatabaseOptions(url=own_database))
    try:
        assert await opened.fetchval("SHOW jit") == "off"
        assert await opened.fetchval("SHOW application_name") == "earshot-store"
    finally:
        await opened.close()


async def test_without_prepared_statements_everything_works(tmp_path: Path, own_database: str) -> None:
    """What PgBouncer in transaction mode needs."""
    async with running_store(tmp_path, own_database, database_statement_cache_size=0) as rig:
        stub = rig.client.messages()
        for _ in range(3):
            stored = (await stub.IngestMessages(ingest(new_message()))).messages[0]
            found = await stub.GetMessage(message_pb2.GetMessageRequest(id=stored.id))
            assert found.message == stored
