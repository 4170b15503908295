"""Fixtures that many tests share. What they are made of lives in tests/support."""

import os
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import structlog
from hypothesis import settings
from threadpoolctl import threadpool_limits

from tests.support.postgres import fresh_database, migrated_database, postgres_server

# The tests start processes beside live gRPC calls: between fork and exec its handlers can only do harm (SIGSEGV).
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

# Choosing the arithmetic takes two thirds of a classifier's start; the choice has tests of its own.
os.environ.setdefault("EARSHOT_CLASSIFIER_COMPUTE", "float32")

pytest_plugins = [
    "tests.support.chat_fixtures",
    "tests.support.classifier",
    "tests.support.hearing_store",
    "tests.support.quick_passwords",
    "tests.support.stack_fixtures",
]


def pytest_configure() -> None:
    """Plain tracebacks: the default's, with every local variable, take a second each and block the event loop."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
        # Not sys.stderr, nor stdout: those of the moment may be a command's, whose output a test reads.
        logger_factory=structlog.PrintLoggerFactory(sys.__stderr__),
    )
    # As the classifier's process has it: threads of small products spin beside the model's own.
    threadpool_limits(limits=1, user_api="blas")
    # How long an example takes says more about the machine than about the code.
    settings.register_profile("untimed", settings(settings(), deadline=None))
    settings.load_profile("untimed")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Ours in place of that of `--dist loadfile`."""
    if config.getvalue("dist") != "loadfile":
        return None
    from tests.support.scheduling import FilesAndBrowser

    return FilesAndBrowser(config, log)


@pytest_asyncio.fixture(scope="session")
async def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """URL of a real Postgres server, the same for the whole session."""
    async with postgres_server(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest_asyncio.fixture(scope="session")
async def migrated(postgres_url: str) -> AsyncIterator[str]:
    """Name of the database that `database_url` and others copy: to migrate each would take a second."""
    async with migrated_database(postgres_url) as name:
        yield name


@pytest_asyncio.fixture(scope="module")
async def database_url(postgres_url: str, migrated: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """URL of a migrated database without messages that only this test module has."""
    module = request.node.name.rpartition("/")[2].removesuffix(".py")
    async with fresh_database(postgres_url, module, template=migrated) as url:
        yield url
