"""The enricher: gives every stored message its labels, as long as the process lives.

The rows of label_queue are the queue. Each worker claims a batch, has it labelled, and writes labels and clears the
claim in the claim's own transaction: a message is labelled once or still waiting, never in between. Several workers
keep the classifier busy while others read and write; any number of processes share the work.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol

import structlog
from prometheus_client import CollectorRegistry, Counter

from services.runtime.errors import EarshotError
from services.store.classifier_client import ClassifierAwayError, ClassifierLostError, TextsRefusedError
from services.store.embedding import Enrichment
from services.store.pool import WORKER_ROLE, Connection, Database
from services.store.repositories import embeddings, incidents, label_queue, taxonomy
from services.store.repositories.label_queue import WaitingMessage

_logger = structlog.get_logger("earshot.enricher")

_FIRST_PAUSE_SECONDS: Final = 0.2
_LONGEST_PAUSE_SECONDS: Final = 10.0
# Notifications wake the workers; this only bounds the harm of one that went missing.
_LONGEST_SLEEP_SECONDS: Final = 30.0


class Classifier(Protocol):
    """What labels texts; raises the three errors of `classifier_client`."""

    async def ready(self) -> None:
        """Returns when it takes calls."""

    async def classify(self, texts: Sequence[str]) -> list[Enrichment]:
        """Labels and embedding of each text, in their order."""


@dataclass(slots=True)
class _Labelled:
    """What became of a claimed batch."""

    done: list[tuple[WaitingMessage, Enrichment]] = field(default_factory=list)
    refused: list[WaitingMessage] = field(default_factory=list)


class EnricherMetrics:
    """What the enricher counts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.messages = Counter(
            "earshot_enricher_messages",
            "Messages the enricher finished, by outcome: labelled, retried, failed.",
            ("outcome",),
            registry=registry,
        )


class Enricher:
    """The workers of one process."""

    def __init__(
        self,
        database: Database,
        classifier: Classifier,
        *,
        workers: int,
        batch_size: int,
        metrics: EnricherMetrics,
        first_retry_delay: timedelta,
    ) -> None:
        """`database` needs one connection per worker."""
        self._database = database
        self._classifier = classifier
        self._workers = workers
        self._batch_size = batch_size
        self._metrics = metrics
        self._first_retry_delay = first_retry_delay
        self._size = batch_size
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Messages may be waiting."""
        self._woken.set()

    async def run(self) -> None:
        """Works for ever; with no worker it only waits to be cancelled."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._workers):
                group.create_task(self._work(), name=f"enricher-{number}")
            group.create_task(asyncio.Event().wait())

    async def _work(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while True:
            await self._classifier.ready()
            self._woken.clear()
            if await self._went_well():
                pause = _FIRST_PAUSE_SECONDS
                continue
            # Jitter, so that many replicas do not come back in step.
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, guards nothing
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _went_well(self) -> bool:
        """One step, and the sleep after it where nothing waits; whatever fails in them ends no worker."""
        try:
            if not await self._step():
                await self._sleep_until_woken()
        except (ClassifierAwayError, ClassifierLostError) as error:
            _logger.warning("classifier is away, messages wait", problem=str(error))
        except EarshotError as error:
            _logger.warning("labels could not be written, messages wait", problem=error.message)
        except Exception:
            _logger.exception("enricher failed, messages wait")
        else:
            return True
        return False

    async def _step(self) -> bool:
        """Whether there was something to label."""
        size = self._size
        async with self._database.transaction("", role=WORKER_ROLE) as connection:
            batch = await label_queue.claim(connection, size)
            if not batch:
                return False
            if len(batch) == size:
                self.wake()
            labelled = await self._label(batch)
            await self._write(connection, labelled)
        return True

    async def _label(self, batch: Sequence[WaitingMessage]) -> _Labelled:
        """Labels a batch; where the classifier stays silent, the next batches are smaller, down to single messages.

        So a text that kills or stalls the classifier is found too: alone in its batch it is taken for the culprit.
        """
        labelled = _Labelled()
        try:
            await self._label_part(batch, labelled)
        except ClassifierLostError:
            self._size = max(1, len(batch) // 2)
            if len(batch) > 1:
                raise
            return _Labelled(refused=list(batch))
        self._size = min(self._batch_size, self._size * 2)
        return labelled

    async def _label_part(self, part: Sequence[WaitingMessage], labelled: _Labelled) -> None:
        """Halves what is refused until single messages are left, so that one bad text costs its batch mates nothing."""
        try:
            enrichments = await self._classifier.classify([message.text for message in part])
        except TextsRefusedError as error:
            if len(part) == 1:
                _logger.warning("classifier refused a message", message_id=str(part[0].id), problem=str(error))
                labelled.refused.extend(part)
                return
            middle = len(part) // 2
            await self._label_part(part[:middle], labelled)
            await self._label_part(part[middle:], labelled)
            return
        labelled.done.extend(zip(part, enrichments, strict=True))

    async def _write(self, connection: Connection, labelled: _Labelled) -> None:
        await label_queue.write_labels(connection, [(message, made.labels) for message, made in labelled.done])
        await embeddings.write(connection, [(message, made.embedding) for message, made in labelled.done])
        embedded = [message for message, made in labelled.done if made.embedding]
        await incidents.enqueue(connection, embedded)
        await taxonomy.judge(connection, embedded)
        failed = await label_queue.count_attempt(connection, labelled.refused, first_delay=self._first_retry_delay)
        self._metrics.messages.labels("labelled").inc(len(labelled.done))
        self._metrics.messages.labels("retried").inc(len(labelled.refused) - len(failed))
        self._metrics.messages.labels("failed").inc(len(failed))

    async def _sleep_until_woken(self) -> None:
        async with self._database.transaction("", role=WORKER_ROLE, readonly=True) as connection:
            retry_seconds = await label_queue.seconds_to_next_retry(connection)
        longest = _LONGEST_SLEEP_SECONDS if retry_seconds is None else min(retry_seconds, _LONGEST_SLEEP_SECONDS)
        try:
            async with asyncio.timeout(longest):
                await self._woken.wait()
        except TimeoutError:
            return
