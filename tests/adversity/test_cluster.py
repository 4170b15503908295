"""Two of each process, one of them killed at a time under load: `make cluster-check` (T06, T09, T28, T42, T44).

Calls are spread over both; nothing acknowledged is lost, nothing is labelled twice, streams go on elsewhere.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from gateway.cli.server_events import ServerEvent, read_events
from tests.support.cluster import ADMIN, Cluster, running_cluster
from tests.support.cluster_load import TERMINAL, Load
from tests.support.openai_server import Script, scripted_upstream
from tests.support.postgres import connection, fresh_database
from tests.support.redis import redis_server

SLOWLY = Script(
    deltas=("most ", "people ", "who wrote ", "today ", "asked ", "for ", "money. ") * 6, delay_seconds=0.05
)
"""Two seconds, so that replies are under way when a process dies."""
SENDERS, ASKERS = 2, 3


@pytest_asyncio.fixture
async def cluster(tmp_path: Path, postgres_url: str) -> AsyncIterator[Cluster]:
    (tmp_path / "redis").mkdir()
    async with (
        fresh_database(postgres_url, "cluster") as database_url,
        redis_server(tmp_path / "redis") as redis_url,
        scripted_upstream(SLOWLY) as upstream,
    ):
        model = {"EARSHOT_LLM_BASE_URL": upstream.base_url, "EARSHOT_LLM_MODEL": "scripted", "EARSHOT_LLM_API_KEY": "k"}
        async with running_cluster(tmp_path, database_url, redis_url, model) as running:
            yield running


@pytest_asyncio.fixture
async def load(cluster: Cluster) -> AsyncIterator[Load]:
    """Clients of both gateways, at work."""
    async with AsyncExitStack() as exits:
        gateways = [
            await exits.enter_async_context(httpx.AsyncClient(base_url=url, timeout=30)) for url in cluster.urls
        ]
        token = (await gateways[0].post("/api/v1/auth/token", data=ADMIN)).json()["access_token"]
        for http in gateways:
            http.headers["Authorization"] = f"Bearer {token}"
        yield Load(gateways)


def in_some_order(cluster: Cluster, seed: int) -> Sequence[str]:
    names = list(cluster.replicas)
    random.Random(seed).shuffle(names)
    return names


def assert_lawful(seen: Sequence[ServerEvent]) -> None:
    numbers = [int(event.id) for event in seen]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "an event is missing, or came twice"
    assert seen[0].name == "started"
    assert [event.name for event in seen if event.name in TERMINAL] == [seen[-1].name]


async def told_again(http: httpx.AsyncClient, reply_id: str) -> list[ServerEvent]:
    async with http.stream("GET", f"/api/v1/replies/{reply_id}/events") as answer:
        return [event async for event in read_events(answer.aiter_bytes())]


@pytest.mark.slow
@pytest.mark.timeout(400)  # half a minute by itself; eight processes on a busy machine take their time to come up
async def test_any_process_may_die_under_load(cluster: Cluster, load: Load) -> None:
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)
    async with asyncio.TaskGroup() as at_work:
        for work in [load.send] * SENDERS + [load.ask] * ASKERS:
            at_work.create_task(work())
        await load.answered(2 * ASKERS)
        spread = [await one.answered() for name, pair in cluster.replicas.items() if name != "gateway" for one in pair]
        for name in in_some_order(cluster, seed):
            await chance.choice(cluster.replicas[name]).crash()
        await load.answered(len(load.replies) + ASKERS)
        load.stop.set()
    assert all(spread), f"a replica was asked nothing: {spread}"

    async with connection(cluster.database_url) as owner:
        async with asyncio.timeout(120):
            while await owner.fetchval("SELECT count(*) FROM label_queue"):  # noqa: ASYNC110  # rows have no event
                await asyncio.sleep(0.05)
        stored = [row["external_id"] for row in await owner.fetch("SELECT external_id FROM messages")]
        labelled = await owner.fetchrow("SELECT count(*), count(DISTINCT message_id) FROM labels")
    assert sorted(stored) == sorted(load.acknowledged), f"seed {seed}"
    assert tuple(labelled or ()) == (len(stored), len(stored)), f"seed {seed}"

    assert load.resumed, "no stream was cut"
    for seen in load.replies:
        assert_lawful(seen)
        assert seen[-1].name == "completed" or seen[-1].data["retryable"], seen[-1]
        if seen[-1].name == "completed":
            assert await told_again(load.gateways[0], seen[0].data["reply_id"]) == seen
    completed = [seen for seen in load.replies if seen[-1].name == "completed"]
    assert len(completed) > len(load.replies) / 2, f"seed {seed}"
