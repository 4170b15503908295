"""Everything about messages in one process: taking them in, counting them, and telling those who watch."""

import asyncio
from dataclasses import dataclass
from typing import Self

from prometheus_client import CollectorRegistry

from earshot.store.v1 import message_pb2, stats_pb2, thread_pb2
from earshot.store.v1.message_pb2_grpc import add_MessageServiceServicer_to_server
from earshot.store.v1.stats_pb2_grpc import add_StatsServiceServicer_to_server
from earshot.store.v1.thread_pb2_grpc import add_ThreadServiceServicer_to_server
from services.runtime.grpc_server import GrpcService
from services.store.classifier_client import ClassifierClient
from services.store.ingesting.announcing import Announcer
from services.store.ingesting.ingest import Ingest
from services.store.labelling.label_watch import LabelWatch
from services.store.labelling.model_previewing import ModelPreviewing
from services.store.live.hub import ChangeHub
from services.store.live.retention import forget_old_changes
from services.store.loop import Loop
from services.store.parts.part import Handlers, Part
from services.store.parts.pools import Pools
from services.store.repositories.label_queue import LABELLED_CHANNEL, PENDING_CHANNEL
from services.store.reviews.reviewing import Reviewing
from services.store.servicers.messages import MessageServicer
from services.store.servicers.stats import StatsServicer
from services.store.servicers.threads import ThreadServicer
from services.store.settings import StoreSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages(Part):
    """Its servicers, and what runs behind them."""

    pools: Pools
    announcing: Loop
    hub: ChangeHub
    messages: MessageServicer
    stats: StatsServicer

    @classmethod
    def of(
        cls,
        settings: StoreSettings,
        registry: CollectorRegistry,
        pools: Pools,
        *,
        classifier: ClassifierClient,
        labelled: LabelWatch,
        draining: asyncio.Event,
    ) -> Self:
        """`labelled` tells callers that wait for labels; those who watch are sent on when `draining` is set."""
        announcing = Loop("announcements", step=Announcer(pools.workers).step)
        hub = ChangeHub(pools.calls, max_watchers=max_watchers(settings), draining=draining)
        ingest = Ingest(pools.calls, labelled, stored=announcing.wake)
        previewing = ModelPreviewing(pools.calls, classifier, most_messages=settings.store_preview_messages)
        return cls(
            pools=pools,
            announcing=announcing,
            hub=hub,
            messages=MessageServicer(pools.calls, ingest, hub, Reviewing(pools.calls, registry)),
            stats=StatsServicer(pools.calls, previewing),
        )

    def services(self, check: str) -> tuple[GrpcService, ...]:
        """What it serves, as long as the readiness check of this name holds."""
        threads = ThreadServicer(self.pools.calls)
        return (
            GrpcService.of(
                message_pb2.DESCRIPTOR, "MessageService", add_MessageServiceServicer_to_server, self.messages, check
            ),
            GrpcService.of(stats_pb2.DESCRIPTOR, "StatsService", add_StatsServiceServicer_to_server, self.stats, check),
            GrpcService.of(thread_pb2.DESCRIPTOR, "ThreadService", add_ThreadServiceServicer_to_server, threads, check),
        )

    def handlers(self) -> Handlers:
        """What to do on which notification."""
        return {channel: lambda _: self.hub.changed() for channel in (PENDING_CHANNEL, LABELLED_CHANNEL)}

    def look_again(self) -> None:
        """Notifications may have been missed."""
        self.hub.changed()

    async def run(self) -> None:
        """Announces what was stored, and forgets old changes, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.announcing.run(), name="announcements")
            group.create_task(forget_old_changes(self.pools.workers), name="forget old changes")


def max_watchers(settings: StoreSettings) -> int:
    """Callers that may watch at the same time: three in four places, so that other calls always find one."""
    return max(settings.max_concurrent_rpcs * 3 // 4, 1)
