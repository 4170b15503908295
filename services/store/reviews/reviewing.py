"""Judging labels: one person at a time, nothing erased, and what people disagree over comes back into the queue."""

from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Counter

from services.runtime.errors import (
    AlreadyExistsError,
    ConflictError,
    ErrorReason,
    FailedPreconditionError,
    NotFoundError,
    Resource,
)
from services.store.ingesting.ingest import with_retries
from services.store.message import LabelAuthor, LabelSet, StoredMessage
from services.store.pool import Connection, Database
from services.store.repositories import label_queue, label_sets, message_changes, messages, reviews
from services.store.repositories.message_changes import Kind
from services.store.repositories.reviews import Judged
from services.store.reviews.review import (
    Opinion,
    Review,
    Verdict,
    completed,
    disagree,
    is_unsure,
    label_set_of,
    missing_parts,
    opinion_of,
    same_labels,
)
from services.store.validation import refuse

_SEPARATOR: Final = "\x1f"
_SURE: Final = "sure"
_UNSURE: Final = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOutcome:
    """The message as it now stands, and how the verdict was taken."""

    message: StoredMessage
    verdict: Verdict
    judged: LabelSet | None = None
    """The labels that were judged; None where there were none, or the request was answered before."""


class Reviewing:
    """Writes reviews, in one workspace at a time."""

    def __init__(self, database: Database, registry: CollectorRegistry) -> None:
        self._database = database
        self._judged = Counter(
            "earshot_reviews",
            "Judgements of labels that the model gave, by what was said and whether the model was sure.",
            ("verdict", "model"),
            registry=registry,
        )
        for verdict in Verdict:
            for model in (_SURE, _UNSURE):
                self._judged.labels(verdict, model)

    async def judge(self, workspace_id: str, review: Review) -> ReviewOutcome:
        """Keeps a valid review and puts its labels in force.

        Raises NotFoundError, ConflictError (LABELS_CHANGED), FailedPreconditionError (NOT_LABELLED),
        AlreadyExistsError (REQUEST_ID_REUSED), InvalidInputError (MISSING_FIELD).
        """
        outcome = await with_retries(lambda: self._judge(workspace_id, review))
        if outcome is None:
            raise ConflictError(
                "The labels of this message have changed since they were looked at; nothing was written.",
                reason=ErrorReason.LABELS_CHANGED,
                hint="Read the message again and judge the labels that are in force now.",
            )
        self._count(outcome)
        return outcome

    def _count(self, outcome: ReviewOutcome) -> None:
        labels = outcome.judged
        if labels is not None and labels.author is LabelAuthor.MODEL and not labels.unsupported_language:
            self._judged.labels(outcome.verdict, _UNSURE if is_unsure(labels) else _SURE).inc()

    async def _judge(self, workspace_id: str, review: Review) -> ReviewOutcome | None:
        """None where other labels are in force than those looked at."""
        asked = canonical(review)
        async with self._database.transaction(workspace_id) as connection:
            await label_sets.lock(connection, workspace_id, review.message_id)
            before = await _message(connection, workspace_id, review)
            if await _answered_before(connection, workspace_id, review, asked):
                return ReviewOutcome(message=before, verdict=review.verdict)
            if review.expected_valid_from not in {None, before.labels_valid_from}:
                return None
            judged = await _put_in_force(connection, workspace_id, review, before, asked)
            await reviews.insert(connection, workspace_id, judged)
            if judged.made_from is not None:
                await message_changes.record(connection, Kind.LABELLED, [workspace_id], [review.message_id])
                await label_queue.notify_done(connection, [review.message_id])
            words = await reviews.latest_words(connection, workspace_id, review.message_id)
            await reviews.flag(connection, workspace_id, review.message_id, disagreement=disagree(words))
            after = await _message(connection, workspace_id, review)
            return ReviewOutcome(message=after, verdict=judged.verdict, judged=before.labels)


def canonical(review: Review) -> str:
    """Everything a request asks for, as one text."""
    opinion = review.opinion
    parts = (review.verdict, ",".join(opinion.intents), opinion.sentiment, opinion.language)
    expected = review.expected_valid_from.isoformat() if review.expected_valid_from else ""
    return _SEPARATOR.join((*parts, expected))


async def _message(connection: Connection, workspace_id: str, review: Review) -> StoredMessage:
    found = await messages.read(connection, workspace_id, [review.message_id])
    if review.message_id not in found:
        raise message_not_found(str(review.message_id))
    return found[review.message_id]


async def _put_in_force(
    connection: Connection, workspace_id: str, review: Review, before: StoredMessage, asked: str
) -> Judged:
    opinion = _judgement(review, before)
    verdict = review.verdict
    if verdict is Verdict.CORRECTED and before.labels is not None and same_labels(opinion, opinion_of(before.labels)):
        verdict = Verdict.CONFIRMED
    by_person = before.labels is not None and before.labels.author is LabelAuthor.HUMAN
    made_from = None
    # A person's set that is confirmed stays as it is; the model's becomes a person's, so that no model replaces it.
    if verdict is Verdict.CORRECTED or (verdict is Verdict.CONFIRMED and not by_person):
        labels = label_set_of(opinion, before.labels)
        made_from = await label_sets.append(
            connection, workspace_id, review.message_id, labels, after=before.labels_valid_from
        )
    return Judged(review=review, asked=asked, verdict=verdict, opinion=opinion, made_from=made_from)


def _judgement(review: Review, before: StoredMessage) -> Opinion:
    """What the person holds to be right. Raises where that needs labels and there are none."""
    if before.labels is None or before.labels.unsupported_language:
        if review.verdict is not Verdict.CORRECTED:
            raise FailedPreconditionError(
                "This message has no labels.", reason=ErrorReason.NOT_LABELLED, hint="Give it labels instead."
            )
        refuse(list(missing_parts(review.opinion)))
    opinion = review.opinion if review.verdict is Verdict.CORRECTED else Opinion()
    return completed(opinion, before.labels)


async def _answered_before(connection: Connection, workspace_id: str, review: Review, asked: str) -> bool:
    """Whether this very request was answered before. Raises AlreadyExistsError where its id stood for another one."""
    if review.request_id is None:
        return False
    await label_sets.lock(connection, workspace_id, review.request_id)
    first = await reviews.first_answer(connection, workspace_id, review.request_id)
    if first is None:
        return False
    if (first.message_id, first.reviewer_id, first.asked) != (review.message_id, review.reviewer.id, asked):
        raise AlreadyExistsError.of_request_id("another judgement")
    return True


def message_not_found(message_id: str) -> NotFoundError:
    """The answer for a message that is not there, or not the caller's."""
    return NotFoundError(
        "There is no message with this id.",
        reason=ErrorReason.MESSAGE_NOT_FOUND,
        resource=Resource(type="message", name=message_id),
    )
