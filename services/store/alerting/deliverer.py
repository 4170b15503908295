"""Posts what the outbox holds until it is answered with 2xx: at least once, always with the same id."""

import time
from datetime import timedelta

import structlog

from services.store.alerting.signature import DELIVERY_HEADER, EVENT_HEADER, SIGNATURE_HEADER, signature
from services.store.alerting.webhook import WebhookError, Webhooks
from services.store.duty_metrics import DutyMetrics
from services.store.pool import WORKER_ROLE, Connection, Database
from services.store.repositories import alert_deliveries
from services.store.repositories.alert_deliveries import Posting

_logger = structlog.get_logger("earshot.alerts")


class Deliverer:
    """Works off the outbox of all workspaces."""

    def __init__(
        self, database: Database, webhooks: Webhooks, metrics: DutyMetrics, *, first_retry_delay: timedelta
    ) -> None:
        self._database = database
        self._metrics = metrics
        self._webhooks = webhooks
        self._first_retry_delay = first_retry_delay

    async def step(self) -> bool:
        """Posts the message that waits longest; False when none is due. The claim lasts as long as the attempt."""
        async with self._database.transaction("", role=WORKER_ROLE) as connection:
            posting = await alert_deliveries.claim(connection)
            if posting is None:
                return False
            outcome = await self._note(connection, posting, *await self._attempt(posting))
        self._metrics.deliveries.labels(outcome).inc()
        return True

    async def seconds_to_next(self) -> float | None:
        """Time until a message is due."""
        async with self._database.transaction("", role=WORKER_ROLE, readonly=True) as connection:
            return await alert_deliveries.seconds_to_next(connection)

    async def _note(self, connection: Connection, posting: Posting, status: int, problem: str) -> str:
        """What became of an attempt: delivered, retried, dead."""
        if not problem:
            await alert_deliveries.delivered(connection, posting, status=status)
            return "delivered"
        delay = self._first_retry_delay
        if not await alert_deliveries.failed(connection, posting, status=status, problem=problem, delay=delay):
            return "retried"
        _logger.warning("a webhook was given up", delivery_id=str(posting.id), problem=problem)
        return "dead"

    async def _attempt(self, posting: Posting) -> tuple[int, str]:
        """Status of the answer, 0 without one, and why the attempt failed."""
        body = posting.body.encode()
        headers = {
            SIGNATURE_HEADER: signature(posting.secret, body, unix_seconds=int(time.time())),
            DELIVERY_HEADER: str(posting.id),
            EVENT_HEADER: posting.event.value,
        }
        try:
            status = await self._webhooks.post(posting.url, body, headers)
        except WebhookError as error:
            return 0, str(error)
        return status, "" if 200 <= status < 300 else f"answered {status}"
