"""Fixtures of the chat's tests: one Redis, and one store with a few labelled messages of known days."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.chat_world import fill
from tests.support.redis import redis_server
from tests.support.store import StoreClient, running_store


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Where the things are that a chat needs."""

    keys: Path
    store: StoreClient
    redis_url: str


@pytest_asyncio.fixture(scope="session")
async def redis_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """URL of a real Redis, the same for the whole session."""
    async with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest_asyncio.fixture(scope="module")
async def world(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A running store with messages in it, and Redis."""
    folder = tmp_path_factory.mktemp("chat")
    async with running_store(folder, database_url) as rig:
        await fill(database_url)
        yield World(keys=folder / "keys", store=rig.client, redis_url=redis_url)
