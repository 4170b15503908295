"""The enricher: gives every stored message its labels, as long as the process lives.

The rows of label_queue are the queue. Each worker claims a batch, has it labelled, and writes labels and clears the
claim in the claim's own transaction: a message is labelled once or still waiting, never in between. Several workers
keep the classifier busy while others read and write; any number of processes share the work.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

import structlog
from prometheus_client import CollectorRegistry, Counter

from services.runtime.errors import UnavailableError
from services.store.classifier_client import ClassifierAwayError, ClassifierLostError
from services.store.incidents.grouping import is_smalltalk
from services.store.labelling.batches import Batches, Labelled, Labeller
from services.store.loop import Loop
from services.store.pool import WORKER_ROLE, Connection, Database
from services.store.repositories import embeddings, incidents, label_queue, taxonomy

_logger = structlog.get_logger("earshot.enricher")


class Classifier(Labeller, Protocol):
    """What labels texts; raises the three errors of `classifier_client`."""

    async def ready(self) -> None:
        """Returns when it takes calls."""


class EnricherMetrics:
    """What the enricher counts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.messages = Counter(
            "earshot_enricher_messages",
            "Messages the enricher finished, by outcome: labelled, retried, failed.",
            ("outcome",),
            registry=registry,
        )
        self.abstained = Counter(
            "earshot_enricher_abstained_messages",
            "Labelled messages of which the model was sure of no intent.",
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
        languages: Sequence[str] = (),
    ) -> None:
        """`database` needs one connection per worker. `languages`: those classified where a workspace says nothing."""
        self._database = database
        self._classifier = classifier
        self._loops = [
            Loop(f"enricher {number}", step=self._step, next_seconds=self._seconds_to_next_retry)
            for number in range(workers)
        ]
        self._batches = Batches(classifier, size=batch_size, languages=languages)
        self._metrics = metrics
        self._first_retry_delay = first_retry_delay

    def wake(self) -> None:
        """Messages may be waiting."""
        for loop in self._loops:
            loop.wake()

    async def run(self) -> None:
        """Works for ever; with no worker it only waits to be cancelled."""
        async with asyncio.TaskGroup() as group:
            for loop in self._loops:
                group.create_task(loop.run())
            group.create_task(asyncio.Event().wait())

    async def _step(self) -> bool:
        """Whether there was something to label. UnavailableError: the classifier is away, and messages wait."""
        await self._classifier.ready()
        try:
            return await self._labelled_some()
        except ClassifierAwayError as error:
            raise UnavailableError(f"The classifier is away: {error}") from error
        except ClassifierLostError as error:
            _logger.warning("classifier lost a batch, the next ones are smaller", problem=str(error))
            return True

    async def _labelled_some(self) -> bool:
        size = self._batches.size
        async with self._database.transaction("", role=WORKER_ROLE) as connection:
            batch = await label_queue.claim(connection, size)
            if not batch:
                return False
            if len(batch) == size or batch[0].bulk:
                self.wake()
            labelled = await self._batches.label(batch)
            await self._write(connection, labelled)
        return True

    async def _write(self, connection: Connection, labelled: Labelled) -> None:
        await embeddings.write(connection, [(message, made.embedding) for message, made in labelled.done])
        embedded = [message for message, made in labelled.done if made.embedding]
        smalltalk = {message.id for message, made in labelled.done if is_smalltalk(made.labels)}
        await incidents.enqueue(connection, [message for message in embedded if message.id not in smalltalk])
        unsupported = {message.id for message, made in labelled.done if made.labels.unsupported_language}
        await taxonomy.judge(connection, [message for message in embedded if message.id not in unsupported])
        failed = await label_queue.count_attempt(connection, labelled.refused, first_delay=self._first_retry_delay)
        # Last: they hold from the instant they are written, and an answer of that instant lacks them until the commit.
        await label_queue.write_labels(connection, [(message, made.labels) for message, made in labelled.done])
        self._metrics.messages.labels("labelled").inc(len(labelled.done))
        self._metrics.abstained.inc(sum(made.labels.abstained for _, made in labelled.done))
        self._metrics.messages.labels("retried").inc(len(labelled.refused) - len(failed))
        self._metrics.messages.labels("failed").inc(len(failed))

    async def _seconds_to_next_retry(self) -> float | None:
        async with self._database.transaction("", role=WORKER_ROLE, readonly=True) as connection:
            return await label_queue.seconds_to_next_retry(connection)
