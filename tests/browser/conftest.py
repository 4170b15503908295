"""A browser, and a stack with an inbox to look at."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.support.browser import chromium_path, running_chromium
from tests.support.inbox import FORM, write_inbox
from tests.support.stack import StackRig

ROWS = 700
PATIENCE_MS = 20_000
"""How long a state may take to come. Only what never comes costs this; a busy machine must fail no test."""


@pytest_asyncio.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The system's Chromium."""
    path = chromium_path()
    if path is None:
        pytest.skip("there is no chromium on the PATH")
    expect.set_options(timeout=PATIENCE_MS)
    async with running_chromium(path) as browser:
        yield browser


@pytest_asyncio.fixture(scope="session")
async def inbox(stack: StackRig, tmp_path_factory: pytest.TempPathFactory) -> StackRig:
    """The stack, with labelled messages of the last nine days."""
    made = write_inbox(tmp_path_factory.mktemp("inbox") / "export.csv", ROWS, now=datetime.now(UTC), days=9)
    files = {"file": ("export.csv", made.file.read_bytes())}
    answer = await stack.http.post("/api/v1/import", data={**FORM, "source": "livechat"}, files=files)
    assert answer.json()["created"] == ROWS, answer.text
    await stack.all_labelled()
    return stack
