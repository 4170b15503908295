"""Fixtures that many tests share. What they are made of lives in tests/support."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.postgres import fresh_database, postgres_server

pytest_plugins = ["tests.support.classifier"]


@pytest_asyncio.fixture(scope="session")
async def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """URL of a real Postgres server, the same for the whole session."""
    async with postgres_server(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest_asyncio.fixture(scope="module")
async def database_url(postgres_url: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """URL of an empty database that only this test module has."""
    module = request.node.name.rpartition("/")[2].removesuffix(".py")
    async with fresh_database(postgres_url, module) as url:
        yield url
