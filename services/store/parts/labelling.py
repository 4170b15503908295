"""Everything about labels in one process: the enricher, who waits for it, and what is known of model and backlog."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from prometheus_client import CollectorRegistry

from services.store.classifier_client import ClassifierClient
from services.store.labelling.backlog_gauges import BacklogGauges
from services.store.labelling.enricher import Enricher, EnricherMetrics
from services.store.labelling.label_watch import LabelWatch
from services.store.labelling.model_watch import ModelWatch
from services.store.parts.part import Handlers, Part
from services.store.parts.pools import Pools
from services.store.repositories.label_queue import LABELLED_CHANNEL, PENDING_CHANNEL, ids_of_notification
from services.store.settings import StoreSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelling(Part):
    """The parts. `labelled` tells callers when their messages have labels."""

    enricher: Enricher
    labelled: LabelWatch
    model_watch: ModelWatch
    backlog: BacklogGauges

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
        return cls(
            enricher=enricher,
            labelled=LabelWatch(),
            model_watch=ModelWatch(pools.duties, classifier),
            backlog=BacklogGauges(pools.workers, registry),
        )

    def handlers(self) -> Handlers:
        """What to do on which notification."""
        return {
            PENDING_CHANNEL: lambda _: self.enricher.wake(),
            LABELLED_CHANNEL: lambda payload: self.labelled.done(ids_of_notification(payload)),
        }

    def look_again(self) -> None:
        """Notifications may have been missed."""
        self.enricher.wake()
        self.labelled.look_again()

    async def run(self) -> None:
        """Labels, and looks at model and backlog, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.enricher.run(), name="enricher")
            group.create_task(self.model_watch.run(), name="model watch")
            group.create_task(self.backlog.run(), name="backlog")
