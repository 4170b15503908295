"""Everything about tickets in one process: the loop that analyses them, the service, and what wakes them."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Self
from uuid import UUID

from earshot.store.v1 import ticket_pb2
from earshot.store.v1.ticket_pb2_grpc import add_TicketServiceServicer_to_server
from services.runtime.grpc_server import GrpcService
from services.store.duty_metrics import DutyMetrics
from services.store.labelling.label_watch import LabelWatch
from services.store.loop import Loop
from services.store.parts.part import Handlers, Part
from services.store.parts.pools import Pools
from services.store.repositories.ticket_queue import ANALYSED_CHANNEL, TICKETS_CHANNEL
from services.store.servicers.tickets import TicketServicer
from services.store.settings import StoreSettings
from services.store.ticketing.analyst import Analyst, Classifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Tickets(Part):
    """The parts. `works`: whether this process analyses; else others do."""

    analysing: Loop
    analysed: LabelWatch
    servicer: TicketServicer
    works: bool

    @classmethod
    def of(cls, settings: StoreSettings, pools: Pools, metrics: DutyMetrics, *, classifier: Classifier) -> Self:
        """As the settings say; the duties' pool lends the loop two connections at a time."""
        analyst = Analyst(
            pools.duties, classifier, metrics, first_retry_delay=timedelta(seconds=settings.enricher_retry_seconds)
        )
        analysed = LabelWatch()
        return cls(
            analysing=Loop("tickets", step=analyst.step, next_seconds=analyst.seconds_to_next),
            analysed=analysed,
            servicer=TicketServicer(pools.calls, analysed),
            works=settings.enricher_concurrency > 0,
        )

    async def run(self) -> None:
        """Analyses for ever; where others do, it only waits to be cancelled."""
        if self.works:
            await self.analysing.run()
        await asyncio.Event().wait()

    def handlers(self) -> Handlers:
        """What to do on which notification."""
        return {
            TICKETS_CHANNEL: lambda _: self.analysing.wake(),
            ANALYSED_CHANNEL: lambda payload: self.analysed.done([UUID(payload)]),
        }

    def look_again(self) -> None:
        """Notifications may have been missed."""
        self.analysing.wake()
        self.analysed.look_again()

    def services(self, check: str) -> tuple[GrpcService, ...]:
        """What it serves, as long as the readiness check of this name holds."""
        return (
            GrpcService.of(
                ticket_pb2.DESCRIPTOR, "TicketService", add_TicketServiceServicer_to_server, self.servicer, check
            ),
        )
