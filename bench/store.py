"""Statistics over 90 days of ten million labelled messages, and what surrounds them; prints one JSON line of ratios.

`python -m bench.store` makes its data once (`bench.store_data`) and keeps it under bench/.data; `--rows` makes less. A
tenth of the rows, made the same way, says how times grow. Every answer is compared with the one that is counted from
the messages themselves; the ratio of a group of questions is the smallest in it.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg
import psutil

from bench.stack import conditions
from bench.store_data import fill
from bench.store_questions import COMBINATIONS, DASHBOARD, USERS
from deploy.local.servers import embedded_postgres, free_port
from earshot.store.v1 import stats_pb2
from services.store.contract.convert_stats import stats_query_proto
from services.store.filters import Filters, TimeRange, ValueFilter
from services.store.message import LabelStatus
from services.store.migrations.runner import migrate
from services.store.pool import Connection, Database, DatabaseOptions
from services.store.repositories.messages import MessageList, list_page
from services.store.repositories.statistics import run_queries
from services.store.statistics.question import StatsQuery
from tests.support.store import StoreClient, store_process

DATA: Final = Path(__file__).parent / ".data" / "store"
ROWS: Final = 10_000_000
ROUNDS: Final = 3
PAGE: Final = 50
DEEP_PAGE: Final = 10_000
WALK: Final = 20
LISTED: Final = "telegram"
WORKSPACE: Final = "default"
TARGETS: Final = {
    "dashboard": 50,
    "combinations": 10,
    "unique_users": 5,
    "growth": 1.5,
    "rpc_to_sql": 0.7,
    "deep_page_to_first": 1.5,
    "store_resident_mb": 200,
}


async def _seconds(work: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started


async def _fastest(work: Callable[[], Awaitable[object]]) -> float:
    return min([await _seconds(work) for _ in range(ROUNDS)])


async def database(server: str, rows: int) -> str:
    """URL of the database with so many messages; made when it is not there."""
    name = f"bench_{rows}"
    url = urlsplit(server)._replace(path=f"/{name}").geturl()
    owner = await asyncpg.connect(server)
    if await owner.fetchval("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1", name):
        await owner.close()
        await migrate(DatabaseOptions(url=url))
        return url
    await owner.execute(f"DROP DATABASE IF EXISTS {name}")
    await owner.execute(f"CREATE DATABASE {name}")
    await migrate(DatabaseOptions(url=url))
    filler = await asyncpg.connect(url)
    await fill(filler, rows)
    await filler.close()
    await owner.execute(f"COMMENT ON DATABASE {name} IS 'whole'")
    await owner.close()
    return url


async def speedups(store: Database, questions: Mapping[str, StatsQuery]) -> tuple[dict[str, float], dict[str, float]]:
    """How many times faster the roll-ups answer each question, and their seconds; answers must be the same.

    Either way is asked once to warm up, which is compared, and then as often as the other; its fastest counts.
    """
    ratios, seconds = {}, {}
    for name, query in questions.items():
        quickly = partial(run_queries, store, WORKSPACE, [query])
        plainly = partial(quickly, rollups=False)
        (quick,), (plain,) = await quickly(), await plainly()
        assert (quick.rows, quick.total) == (plain.rows, plain.total), f"{name}: the roll-ups say something else"
        seconds[name] = await _fastest(quickly)
        ratios[name] = await _fastest(plainly) / seconds[name]
    return ratios, seconds


async def growth(small: Database, seconds: Mapping[str, float]) -> float:
    """Median over the dashboard's questions of the time on all rows to the time on a tenth of them."""
    return statistics.median(
        [
            seconds[name] / await _fastest(partial(run_queries, small, WORKSPACE, [query]))
            for name, query in DASHBOARD.items()
        ]
    )


async def rpc_to_sql(url: str, client: StoreClient, questions: Mapping[str, StatsQuery]) -> dict[str, float]:
    """Time of each question's SQL by asyncpg alone, to the time of QueryStats; medians of pairs."""
    noting = _Noting(DatabaseOptions(url=url))
    await noting.open()
    connection = await asyncpg.connect(url, server_settings={"jit": "off"})
    try:
        return {name: await _rpc_to_sql(noting, connection, client, query) for name, query in questions.items()}
    finally:
        await connection.close()
        await noting.close()


class _Noting(Database):
    """Notes what is selected."""

    def __init__(self, options: DatabaseOptions) -> None:
        super().__init__(options)
        self.selected: list[tuple[str, tuple[object, ...]]] = []

    @asynccontextmanager
    async def transaction(self, workspace_id: str, **options: Any) -> AsyncIterator[Connection]:  # noqa: ANN401
        async with super().transaction(workspace_id, **options) as connection:
            with connection.query_logger(self._note):
                yield connection

    def _note(self, query: Any) -> None:  # noqa: ANN401  # asyncpg's LoggedQuery, which it does not export
        if not query.query.startswith("COMMIT"):
            self.selected.append((query.query, query.args))


async def _rpc_to_sql(
    noting: _Noting, connection: "asyncpg.Connection[asyncpg.Record]", client: StoreClient, query: StatsQuery
) -> float:
    noting.selected.clear()
    await run_queries(noting, WORKSPACE, [query])
    stub, request = client.stats(), stats_pb2.QueryStatsRequest(query=stats_query_proto(query))

    async def sql() -> None:
        for statement, arguments in noting.selected:
            await connection.fetch(statement, *arguments)

    await sql()
    await stub.QueryStats(request)
    pairs = [(await _seconds(sql), await _seconds(lambda: stub.QueryStats(request))) for _ in range(3 * ROUNDS)]
    return statistics.median(alone / ours for alone, ours in pairs)


async def deep_page_to_first(store: Database, rows: int) -> float:
    """Time of a page far down a filtered list to the time of one of its first; `WALK` pages each, by turns.

    A page's time follows from how many messages the filter passes over on its way, so one page alone says little.
    """
    async with store.transaction(WORKSPACE, readonly=True) as connection:
        places = [await _places(connection, page) for page in (1, min(DEEP_PAGE, rows // PAGE // 10))]
        pairs = [
            [await _fastest(partial(_page, connection, place)) for place in at_page]
            for at_page in zip(*places, strict=True)
        ]
    first, deep = (sum(seconds) for seconds in zip(*pairs, strict=True))
    return float(deep / first)


async def _places(connection: Connection, page: int) -> list[tuple[Any, Any]]:
    """Where this page of the list, and each of those after it, begins."""
    rows = await connection.fetch(
        "SELECT event_time, id FROM (SELECT event_time, id, row_number() OVER () AS place FROM (SELECT event_time, id"
        " FROM messages WHERE workspace_id = $1 AND source = $2 ORDER BY event_time DESC, id DESC OFFSET $3 LIMIT $4)"
        " AS walked) AS numbered WHERE place % $5 = 0",
        WORKSPACE,
        LISTED,
        PAGE * (page - 1),
        PAGE * WALK,
        PAGE,
    )
    assert len(rows) == WALK
    return [(row["event_time"], row["id"]) for row in rows]


async def _page(connection: Connection, after: tuple[Any, Any]) -> object:
    wanted = MessageList(
        filters=Filters(sources=ValueFilter(any_of=(LISTED,))),
        time_range=TimeRange(),
        status=LabelStatus.LABELLED,
        conversation_id="",
        authors=frozenset(),
        newest_first=True,
        after=after,
        limit=PAGE,
    )
    return await list_page(connection, WORKSPACE, wanted)


async def measure(server: str, rows: int, folder: Path) -> dict[str, object]:
    """Every ratio."""
    url, small_url = await database(server, rows), await database(server, rows // 10)
    store = Database(DatabaseOptions(url=url, command_seconds=600))
    small = Database(DatabaseOptions(url=small_url, command_seconds=600))
    await store.open()
    await small.open()
    try:
        (dashboard, seconds), (combinations, _), (users, _) = [
            await speedups(store, questions) for questions in (DASHBOARD, COMBINATIONS, USERS)
        ]
        async with store_process(folder, url, free_port()) as process:
            rpc = await rpc_to_sql(url, process.client, {**DASHBOARD, **COMBINATIONS, **USERS})
            children = psutil.Process().children()
            resident = max(child.memory_info().rss for child in children if "services.store" in child.cmdline())
        return {
            "dashboard": round(min(dashboard.values()), 1),
            "combinations": round(min(combinations.values()), 1),
            "unique_users": round(min(users.values()), 1),
            "growth": round(await growth(small, seconds), 2),
            "rpc_to_sql": round(statistics.median(rpc.values()), 3),
            "deep_page_to_first": round(await deep_page_to_first(store, rows), 2),
            "store_resident_mb": round(resident / 1e6),
            "answers_identical": True,
            "every_ratio": {name: round(ratio, 1) for name, ratio in (dashboard | combinations | users).items()},
            "every_rpc_to_sql": {name: round(ratio, 2) for name, ratio in rpc.items()},
            "dashboard_ms": {name: round(value * 1e3, 1) for name, value in seconds.items()},
        }
    finally:
        await store.close()
        await small.close()


async def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="messages over the year")
    rows: int = parser.parse_args().rows
    DATA.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with embedded_postgres(DATA) as server:
            found = await measure(server, rows, Path(folder))
    print(json.dumps({"bench": "store", "rows": rows, **found, "targets": TARGETS, **conditions()}))


if __name__ == "__main__":
    asyncio.run(main())
