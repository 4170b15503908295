"""Shows the backlog of unlabelled messages as metrics. Every replica shows the same queue: take the maximum, no sum."""

from typing import Final

from prometheus_client import CollectorRegistry, Gauge

from services.store.loop import Loop
from services.store.pool import WORKER_ROLE, Database
from services.store.repositories import backlog

LOOK_SECONDS: Final = 10.0


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
        await Loop("backlog", step=self.look, longest_seconds=LOOK_SECONDS).run()

    async def look(self) -> bool:
        """Reads the queue once, which is all there is to do at once."""
        async with self._database.transaction("", role=WORKER_ROLE) as connection:
            found = await backlog.read(connection)
        self._pending.set(found.pending)
        self._failed.set(found.failed)
        self._oldest.set(found.oldest_seconds)
        return False
