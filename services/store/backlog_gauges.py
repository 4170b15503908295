"""Shows the backlog of unlabelled messages as metrics. Every replica shows the same queue: take the maximum, no sum."""

import asyncio
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Gauge

from services.runtime.errors import EarshotError
from services.store.pool import WORKER_ROLE, Database
from services.store.repositories import backlog

LOOK_SECONDS: Final = 10.0

_logger = structlog.get_logger("earshot.backlog")


class BacklogGauges:
    """Looked at every ten seconds, not at every scrape: counting a long queue takes a while."""

    def __init__(self, database: Database, registry: CollectorRegistry) -> None:
        self._database = database
        self._pending = Gauge("earshot_pending_messages", "Messages that wait for labels.", registry=registry)
        self._failed = Gauge("earshot_failed_messages", "Messages nobody could label.", registry=registry)
        self._oldest = Gauge(
            "earshot_pending_oldest_seconds", "Age of the oldest message that waits for labels.", registry=registry
        )

    async def run(self) -> None:
        """Looks for ever."""
        while True:
            try:
                await self.look()
            except EarshotError as error:
                _logger.warning("the backlog could not be read", problem=error.message)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Reads the queue once."""
        async with self._database.transaction("", role=WORKER_ROLE) as connection:
            found = await backlog.read(connection)
        self._pending.set(found.pending)
        self._failed.set(found.failed)
        self._oldest.set(found.oldest_seconds)
