"""Finds out about tickets: category, summary, similar ones that were settled, and a reply to begin with.

The rows of ticket_queue are the queue. A ticket is analysed and its claim cleared in the claim's own transaction, so a
process that dies leaves the ticket waiting. Where the classifier is away nothing is counted; where it refuses a text or
does not answer, that is an attempt.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import structlog

from services.runtime.errors import UnavailableError
from services.runtime.ids import new_id
from services.runtime.labels import CATEGORY_OF_INTENT, roll_up_scored
from services.store.auditing.event import ActorKind, done_by
from services.store.classifier_client import ClassifierAwayError, ClassifierLostError, TextsRefusedError
from services.store.duty_metrics import DutyMetrics
from services.store.embedding import Embedding, Enrichment
from services.store.pool import WORKER_ROLE, Connection, Database
from services.store.repositories import audit_events, ticket_queue, ticket_replies
from services.store.repositories.ticket_queue import WaitingTicket
from services.store.ticketing.reply import reply_by_rule
from services.store.ticketing.ticket import SIMILAR_ENOUGH, Analysis, SimilarTicket, analysed_text

_logger = structlog.get_logger("earshot.tickets")


class Classifier(Protocol):
    """What labels, embeds and summarises; raises the three errors of `classifier_client`."""

    async def ready(self) -> None:
        """Returns when it takes calls."""

    async def classify(self, texts: Sequence[str]) -> list[Enrichment]:
        """Labels and embeddings, one of each per text."""

    async def summarize(self, text: str) -> str:
        """A few sentences; empty where the model cannot."""


class Analyst:
    """Works off the tickets of all workspaces, one after the other."""

    def __init__(
        self, database: Database, classifier: Classifier, metrics: DutyMetrics, *, first_retry_delay: timedelta
    ) -> None:
        """`database` lends two connections at a time: one holds the claim, one looks for similar tickets."""
        self._database = database
        self._metrics = metrics
        self._classifier = classifier
        self._first_retry_delay = first_retry_delay

    async def step(self) -> bool:
        """Analyses the ticket that waits longest; False when none is due. UnavailableError: the classifier is away."""
        await self._classifier.ready()
        async with self._database.transaction("", role=WORKER_ROLE) as connection:
            waiting = await ticket_queue.claim(connection)
            if waiting is None:
                return False
            try:
                analysis, embedding = await self._analysis(waiting)
            except ClassifierAwayError as error:
                raise UnavailableError("The classifier takes no work just now.") from error
            except (TextsRefusedError, ClassifierLostError) as error:
                _logger.warning("a ticket could not be analysed", ticket_id=str(waiting.id), problem=str(error))
                failed = await ticket_queue.count_attempt(connection, waiting, first_delay=self._first_retry_delay)
                self._metrics.tickets.labels("failed" if failed else "retried").inc()
                return True
            waited_seconds = await ticket_queue.write(connection, waiting, analysis, embedding)
            await _reply_by_rule(connection, waiting, analysis)
        self._metrics.tickets.labels("done").inc()
        if waited_seconds is not None:
            self._metrics.analysis_seconds.observe(waited_seconds)
        return True

    async def seconds_to_next(self) -> float | None:
        """Time until a ticket is due."""
        async with self._database.transaction("", role=WORKER_ROLE, readonly=True) as connection:
            return await ticket_queue.seconds_to_next(connection)

    async def _analysis(self, waiting: WaitingTicket) -> tuple[Analysis, Embedding | None]:
        text = analysed_text(waiting.ticket)
        (found,) = await self._classifier.classify([text])
        summary = await self._classifier.summarize(text)
        near: list[SimilarTicket] = []
        if found.embedding is not None:
            async with self._database.transaction(waiting.workspace_id, readonly=True) as connection:
                near = await ticket_queue.similar(connection, waiting, found.embedding)
        return analysis_of(found, summary, near), found.embedding


async def _reply_by_rule(connection: Connection, waiting: WaitingTicket, analysis: Analysis) -> None:
    """Replies where a rule of the workspace wants it and nobody has replied yet."""
    rules = await ticket_replies.rules_of(connection, waiting.workspace_id, analysis.category)
    reply = reply_by_rule(analysis, rules)
    if reply is None or not await ticket_replies.is_unanswered(connection, waiting.workspace_id, waiting.id):
        return
    if await ticket_replies.send(connection, waiting.workspace_id, UUID(new_id()), waiting.id, reply):
        event = done_by(
            ActorKind.RULE,
            reply.author_id,
            "SendReply",
            workspace_id=waiting.workspace_id,
            resource_kind="ticket",
            resource_id=waiting.id,
        )
        await audit_events.insert(connection, [event])
        _logger.info("a rule replied to a ticket", ticket_id=str(waiting.id), rule_id=reply.author_id)


def analysis_of(found: Enrichment, summary: str, near: list[SimilarTicket]) -> Analysis:
    """What is kept. Nothing is suggested for a text that the classifier could not place."""
    labels = found.labels
    known = [(score.label, score.probability) for score in labels.intents if score.label in CATEGORY_OF_INTENT]
    categories = [] if labels.abstained else roll_up_scored(known)
    category, confidence = categories[0] if categories else ("", 0.0)
    return Analysis(
        category=category,
        confidence=confidence,
        intents=labels.intents,
        summary=summary,
        suggested_reply="" if labels.abstained else _suggested({label for label, _ in known}, near),
        similar=tuple(near),
        model_name=labels.model_name,
        model_version=labels.model_version,
    )


def _suggested(intents: AbstractSet[str], near: Sequence[SimilarTicket]) -> str:
    """The resolution of the most similar ticket that is of the same kind; empty where none is similar enough.

    Words alone mislead: a declined deposit and a declined withdrawal are 0.78 alike. On the golden set as tickets 95 of
    100 suggestions are of the right intent with this condition, 74 without.
    """
    alike = (item for item in near if item.similarity >= SIMILAR_ENOUGH and intents & set(item.intents))
    return next((item.resolution for item in alike), "")
