"""A real Redis for the tests: one server for the session, append-only; EARSHOT_TEST_REDIS_URL names another one."""

import os
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

GIVEN_SERVER = "EARSHOT_TEST_REDIS_URL"


@asynccontextmanager
async def redis_server(folder: Path) -> AsyncIterator[str]:
    """URL of a server: the one EARSHOT_TEST_REDIS_URL names, else an embedded one over `folder`."""
    if given := os.environ.get(GIVEN_SERVER):
        yield given
        return
    with warnings.catch_warnings():
        # Importing it looks for a per-user runtime folder, which containers do not have.
        warnings.simplefilter("ignore")
        from deploy.local.servers import embedded_redis
    async with embedded_redis(folder) as url:
        yield url
