"""Everything about labels in one process: making them, making them anew, and what is known of model and backlog."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from prometheus_client import CollectorRegistry

from earshot.store.v1 import relabelling_pb2
from earshot.store.v1.relabelling_pb2_grpc import add_RelabellingServiceServicer_to_server
from services.runtime.grpc_server import GrpcService
from services.store.classifier_client import ClassifierClient
from services.store.labelling.backlog_gauges import BacklogGauges
from services.store.labelling.enricher import Enricher, EnricherMetrics
from services.store.labelling.label_watch import LabelWatch
from services.store.labelling.model_watch import ModelWatch
from services.store.labelling.relabeller import Relabeller
from services.store.labelling.relabelling import Relabellings
from services.store.loop import Loop
from services.store.parts.part import Handlers, Part
from services.store.parts.pools import Pools
from services.store.pool import Database
from services.store.repositories.label_queue import LABELLED_CHANNEL, PENDING_CHANNEL, ids_of_notification
from services.store.repositories.relabellings import RELABELLING_CHANNEL
from services.store.servicers.relabellings import RelabellingServicer
from services.store.settings import StoreSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelling(Part):
    """The parts. `labelled` tells callers when their messages have labels."""

    enricher: Enricher
    labelled: LabelWatch
    model_watch: ModelWatch
    backlog: BacklogGauges
    relabelling: Loop
    works: bool
    """False where other processes do the background work."""
    database: Database

    @classmethod
    def of(
        cls, settings: StoreSettings, registry: CollectorRegistry, pools: Pools, *, classifier: ClassifierClient
    ) -> Self:
        """As the settings say."""
        enricher = Enricher(
            pools.workers,
            classifier,
            workers=settings.enricher_concurrency,
            batch_size=settings.enricher_batch_size,
            metrics=EnricherMetrics(registry),
            first_retry_delay=timedelta(seconds=settings.enricher_retry_seconds),
            languages=settings.store_accepted_languages,
        )
        relabeller = Relabeller(pools.workers, classifier, languages=settings.store_accepted_languages)
        return cls(
            enricher=enricher,
            labelled=LabelWatch(),
            model_watch=ModelWatch(pools.duties, classifier),
            backlog=BacklogGauges(pools.workers, registry),
            relabelling=Loop("relabelling", step=relabeller.step),
            works=settings.enricher_concurrency > 0,
            database=pools.calls,
        )

    def services(self, check: str) -> tuple[GrpcService, ...]:
        """What it serves, as long as the readiness check of this name holds."""
        return (
            GrpcService.of(
                relabelling_pb2.DESCRIPTOR,
                "RelabellingService",
                add_RelabellingServiceServicer_to_server,
                RelabellingServicer(Relabellings(self.database)),
                check,
            ),
        )

    def handlers(self) -> Handlers:
        """What to do on which notification."""
        return {
            PENDING_CHANNEL: lambda _: self.enricher.wake(),
            LABELLED_CHANNEL: lambda payload: self.labelled.done(ids_of_notification(payload)),
            RELABELLING_CHANNEL: lambda _: self.relabelling.wake(),
        }

    def look_again(self) -> None:
        """Notifications may have been missed."""
        self.enricher.wake()
        self.labelled.look_again()
        self.relabelling.wake()

    async def run(self) -> None:
        """Labels, and looks at model and backlog, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.enricher.run(), name="enricher")
            group.create_task(self.model_watch.run(), name="model watch")
            group.create_task(self.backlog.run(), name="backlog")
            if self.works:
                group.create_task(self.relabelling.run(), name="relabelling")
