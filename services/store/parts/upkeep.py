"""The housekeeping of one process: roll-ups, the planner's statistics, and what is too old to be kept."""

import asyncio
from dataclasses import dataclass
from typing import Self

from services.store.housekeeping.folding import Folding
from services.store.housekeeping.planner_statistics import PlannerStatistics
from services.store.housekeeping.retention import Retention
from services.store.parts.part import Handlers, Part, joined
from services.store.parts.pools import Pools
from services.store.repositories.label_queue import LABELLED_CHANNEL, PENDING_CHANNEL
from services.store.settings import StoreSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep(Part):
    """Its loops."""

    folding: Folding
    planner_statistics: PlannerStatistics
    retention: Retention

    @classmethod
    def of(cls, settings: StoreSettings, pools: Pools) -> Self:
        """As the settings say."""
        return cls(
            folding=Folding(pools.duties),
            planner_statistics=PlannerStatistics(pools.duties),
            retention=Retention(
                pools.duties,
                days=settings.store_retention_days,
                conversation_days=settings.store_conversation_days,
                audit_days=settings.store_audit_days,
            ),
        )

    def handlers(self) -> Handlers:
        """What to do on which notification."""
        grown: Handlers = {
            channel: lambda _: self.planner_statistics.wake() for channel in (PENDING_CHANNEL, LABELLED_CHANNEL)
        }
        return joined((self.folding.handlers(), grown))

    def look_again(self) -> None:
        """Notifications may have been missed."""
        self.folding.look_again()
        self.planner_statistics.wake()

    async def run(self) -> None:
        """Keeps house for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.folding.run(), name="folding")
            group.create_task(self.planner_statistics.run(), name="planner statistics")
            group.create_task(self.retention.run(), name="retention")
