"""Everything about alerts in one process: its loops, its service, and what wakes them."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self

from earshot.store.v1 import alert_pb2
from earshot.store.v1.alert_pb2_grpc import add_AlertServiceServicer_to_server
from services.runtime.grpc_server import GrpcService
from services.store.alerting.deliverer import Deliverer
from services.store.alerting.evaluator import Evaluator
from services.store.alerting.watchers import AlertWatchers
from services.store.alerting.webhook import Webhooks
from services.store.duty_metrics import DutyMetrics
from services.store.loop import Loop
from services.store.parts.part import Handlers, Part
from services.store.parts.pools import Pools
from services.store.repositories.alert_deliveries import DELIVERIES_CHANNEL
from services.store.repositories.alert_rules import RULES_CHANNEL
from services.store.repositories.alerts import EVENTS_CHANNEL
from services.store.servicers.alerts import AlertServicer
from services.store.settings import StoreSettings

_POSTING: Final = 4
"""Webhooks posted at a time: a receiver that does not answer holds one of them for 10 seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts(Part):
    """The parts. `handlers`: notification channel → what it wakes."""

    evaluating: Loop
    delivering: tuple[Loop, ...]
    watchers: AlertWatchers
    servicer: AlertServicer

    @classmethod
    def of(cls, settings: StoreSettings, pools: Pools, metrics: DutyMetrics) -> Self:
        """As the settings say; the duties' pool lends the loops six connections at a time."""
        evaluator = Evaluator(pools.duties, metrics)
        deliverer = Deliverer(
            pools.duties,
            Webhooks(private=settings.alert_private_webhooks),
            metrics,
            first_retry_delay=timedelta(seconds=settings.alert_retry_seconds),
        )
        # Beside the three in four places of those who watch messages, so that other calls always find one.
        watchers = AlertWatchers(pools.calls, max_watchers=max(settings.max_concurrent_rpcs // 8, 1))
        return cls(
            evaluating=Loop("alert rules", step=evaluator.step, next_seconds=evaluator.seconds_to_next),
            delivering=tuple(
                Loop("webhooks", step=deliverer.step, next_seconds=deliverer.seconds_to_next) for _ in range(_POSTING)
            ),
            watchers=watchers,
            servicer=AlertServicer(pools.calls, watchers, private_webhooks=settings.alert_private_webhooks),
        )

    async def run(self) -> None:
        """Evaluates and delivers for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.evaluating.run(), name="alert-rules")
            for loop in self.delivering:
                group.create_task(loop.run(), name="webhooks")

    def handlers(self) -> Handlers:
        """What to do on which notification."""
        return {
            RULES_CHANNEL: lambda _: self.evaluating.wake(),
            DELIVERIES_CHANNEL: lambda _: self._deliver(),
            EVENTS_CHANNEL: self.watchers.changed,
        }

    def look_again(self) -> None:
        """Notifications may have been missed."""
        self.evaluating.wake()
        self._deliver()
        self.watchers.look_again()

    def _deliver(self) -> None:
        for loop in self.delivering:
            loop.wake()

    def services(self, check: str) -> tuple[GrpcService, ...]:
        """What it serves, as long as the readiness check of this name holds."""
        return (
            GrpcService.of(
                alert_pb2.DESCRIPTOR, "AlertService", add_AlertServiceServicer_to_server, self.servicer, check
            ),
        )
