"""Two of each process, one after the other killed or restarted: `make cluster-check` (T06, T09, T28, T41, T42, T44).

Calls are spread over both; nothing acknowledged is lost, nothing is labelled twice, streams go on elsewhere.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
import pytest_asyncio

from gateway.cli.server_events import ServerEvent, read_events
from tests.support.cluster import ADMIN, Cluster, running_cluster
from tests.support.cluster_load import TERMINAL, Load
from tests.support.openai_server import Script, scripted_upstream
from tests.support.postgres import connection
from tests.support.redis import redis_server

SLOWLY = Script(
    deltas=("most ", "people ", "who wrote ", "today ", "asked ", "for ", "money. ") * 6, delay_seconds=0.05
)
"""Two seconds, so that replies are under way when a process dies."""
SENDERS, ASKERS = 2, 3
CALLS = 40
"""By which the spread is measured: ten of each gateway to each replica, if none is preferred."""

# Half a minute each by itself; eight processes on a busy machine take their time to come up.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest_asyncio.fixture(scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "redis").mkdir()
    async with redis_server(folder / "redis") as redis_url, scripted_upstream(SLOWLY) as upstream:
        model = {"EARSHOT_LLM_BASE_URL": upstream.base_url, "EARSHOT_LLM_MODEL": "scripted", "EARSHOT_LLM_API_KEY": "k"}
        async with running_cluster(folder, database_url, redis_url, model) as running:
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


@asynccontextmanager
async def at_work(load: Load) -> AsyncIterator[None]:
    """Senders and askers, until the block ends; each has been answered before it begins."""
    async with asyncio.TaskGroup() as group:
        for work in [load.send] * SENDERS + [load.ask] * ASKERS:
            group.create_task(work())
        await load.answered(2 * ASKERS)
        yield
        await load.answered(len(load.replies) + ASKERS)
        load.stop.set()


async def assert_all_there_once(cluster: Cluster, load: Load, seed: int) -> None:
    """What was acknowledged, and nothing else, is stored once and labelled once."""
    mine = f"{load.name}%"
    async with connection(cluster.database_url) as owner:
        async with asyncio.timeout(120):
            while await owner.fetchval("SELECT count(*) FROM label_queue"):  # noqa: ASYNC110  # rows have no event
                await asyncio.sleep(0.05)
        stored = await owner.fetch("SELECT external_id FROM messages WHERE external_id LIKE $1", mine)
        labelled = await owner.fetchrow(
            "SELECT count(*), count(DISTINCT message_id) FROM labels JOIN messages ON messages.id = message_id"
            " WHERE external_id LIKE $1",
            mine,
        )
    assert sorted(row["external_id"] for row in stored) == sorted(load.acknowledged), f"seed {seed}"
    assert tuple(labelled or ()) == (len(stored), len(stored)), f"seed {seed}"


async def assert_replies_are_whole(load: Load) -> None:
    for seen in load.replies:
        assert_lawful(seen)
        assert seen[-1].name == "completed" or seen[-1].data["retryable"], seen[-1]
        if seen[-1].name == "completed":
            assert await told_again(load.gateways[0], seen[0].data["reply_id"]) == seen


async def test_any_process_may_die_under_load(cluster: Cluster, load: Load) -> None:
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)
    async with at_work(load):
        spread = await answered(cluster)
        for name in in_some_order(cluster, seed):
            await chance.choice(cluster.replicas[name]).crash()
    assert all(all(pair) for pair in spread.values()), f"a replica was asked nothing: {spread}"
    await assert_all_there_once(cluster, load, seed)
    assert load.resumed, "no stream was cut"
    await assert_replies_are_whole(load)
    completed = [seen for seen in load.replies if seen[-1].name == "completed"]
    assert len(completed) > len(load.replies) / 2, f"seed {seed}"


async def answered(cluster: Cluster) -> dict[str, list[int]]:
    """Calls that the replicas of each gRPC service have answered."""
    asked = {name: pair for name, pair in cluster.replicas.items() if name != "gateway"}
    return {name: [await one.answered() for one in pair] for name, pair in asked.items()}


async def shares(cluster: Cluster, load: Load) -> dict[str, float]:
    """Of calls that both gateways make now, the part that the first replica of each service answers."""
    before = await answered(cluster)
    for number in range(CALLS):
        http = load.gateways[number % len(load.gateways)]
        for answer in (
            await http.post("/api/v1/classify", json={"texts": [f"deposit {number}"]}),
            await http.get("/api/v1/messages?page_size=1"),
            await http.get("/api/v1/sessions?page_size=1"),
        ):
            assert answer.is_success, answer.text
    after = await answered(cluster)
    gained = {name: [now - then for now, then in zip(after[name], before[name], strict=True)] for name in before}
    return {name: first / (first + second) for name, (first, second) in gained.items()}


async def test_a_rolling_restart_fails_no_call_and_leaves_the_load_spread(cluster: Cluster, load: Load) -> None:
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)
    async with at_work(load):
        load.most_tries = 0
        for name in in_some_order(cluster, seed):
            await chance.choice(cluster.replicas[name]).restart()
    assert load.most_tries <= 2, f"a call had to be repeated more than once, seed {seed}"
    await assert_all_there_once(cluster, load, seed)
    await assert_replies_are_whole(load)
    async with asyncio.timeout(60):
        while any(not 0.4 <= share <= 0.6 for share in (await shares(cluster, load)).values()):
            pass  # a channel that saw a replica go tries it again within seconds
