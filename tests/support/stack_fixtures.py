"""The fixture of the whole stack: started once, when the first test asks for it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.stack import StackRig, running_rig


@pytest_asyncio.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StackRig]:
    """Postgres, Redis and the four processes on free ports, without demo messages."""
    async with running_rig(tmp_path_factory.mktemp("stack")) as rig:
        yield rig
