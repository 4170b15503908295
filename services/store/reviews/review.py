"""A person's judgement of a message's labels, and the rules it follows. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.runtime.errors import ErrorReason
from services.runtime.labels import INTENTS, SENTIMENTS, STANDALONE_INTENTS, UNDETERMINED_LANGUAGE
from services.store.message import LabelAuthor, LabelScore, LabelSet
from services.store.validation import Violation, text_violations

MAX_LANGUAGE_LENGTH: Final = 35
# RFC 5646, section 2.1, without its irregular and private codes; rows of statistics are told apart by it.
_LANGUAGE: Final = re.compile("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
LOW_CONFIDENCE: Final = 0.7
"""A first intent below this probability is worth a look; the review queue's indexes name the number too."""


class Verdict(StrEnum):
    """What is said, as the column `label_reviews.verdict` has it."""

    CORRECTED = "corrected"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """The person who judges."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a person holds to be right; empty parts in a request mean those in force."""

    intents: tuple[str, ...] = ()
    sentiment: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A request to judge one message. `expected_valid_from` None: whatever labels are in force."""

    message_id: UUID
    reviewer: Reviewer
    verdict: Verdict
    opinion: Opinion
    expected_valid_from: datetime | None
    request_id: UUID | None


def is_unsure(labels: LabelSet) -> bool:
    """Whether a set of the model's is worth a look; it names an intent."""
    return labels.abstained or labels.intents[0].probability < LOW_CONFIDENCE


def opinion_violations(opinion: Opinion) -> Iterator[Violation]:
    """Every rule of the label guide and of the contract that an opinion breaks."""
    intents = opinion.intents
    if unknown := [name for name in intents if name not in INTENTS]:
        yield _unknown("intents", f"do not know {unknown[0][:64]!r}; known are {', '.join(INTENTS)}")
    if len(set(intents)) != len(intents):
        yield _wrong("intents", "must name each intent once")
    if len(set(intents)) > 1 and (alone := sorted(STANDALONE_INTENTS.intersection(intents))):
        yield _wrong("intents", f"must not set {alone[0]} beside others: it stands alone")
    if opinion.sentiment and opinion.sentiment not in SENTIMENTS:
        yield _unknown("sentiment", f"must be one of {', '.join(SENTIMENTS)}")
    if opinion.language:
        yield from _language_violations(opinion.language)


def _language_violations(language: str) -> Iterator[Violation]:
    if wrong := list(text_violations("language", language, maximum=MAX_LANGUAGE_LENGTH)):
        yield from wrong
    elif _LANGUAGE.fullmatch(language) is None:
        yield _wrong("language", 'must be a BCP-47 code such as "en", "pt-BR" or "und", its first part in lower case')


def missing_parts(opinion: Opinion) -> Iterator[Violation]:
    """What an opinion must say where a message has no labels yet."""
    for field, value in (("intents", opinion.intents), ("sentiment", opinion.sentiment)):
        if not value:
            yield Violation(
                field=field, reason=ErrorReason.MISSING_FIELD, description="must be given: the message has no labels"
            )


def opinion_of(labels: LabelSet) -> Opinion:
    """What a label set says."""
    intents = tuple(score.label for score in labels.intents)
    return Opinion(intents=intents, sentiment=labels.sentiment.label, language=labels.language)


def completed(opinion: Opinion, labels: LabelSet | None) -> Opinion:
    """The opinion with its empty parts taken from the labels in force."""
    known = Opinion(language=UNDETERMINED_LANGUAGE) if labels is None else opinion_of(labels)
    return Opinion(
        intents=opinion.intents or known.intents,
        sentiment=opinion.sentiment or known.sentiment,
        language=opinion.language or known.language,
    )


def same_labels(one: Opinion, other: Opinion) -> bool:
    """Whether two opinions name the same labels; the order of intents is no difference."""
    return replace(one, intents=tuple(sorted(one.intents))) == replace(other, intents=tuple(sorted(other.intents)))


def label_set_of(opinion: Opinion, before: LabelSet | None) -> LabelSet:
    """A person's label set. It keeps the name of the model that spoke last."""
    return LabelSet(
        intents=tuple(LabelScore(label=name, probability=1.0) for name in opinion.intents),
        sentiment=LabelScore(label=opinion.sentiment, probability=1.0),
        language=opinion.language,
        abstained=False,
        model_name=before.model_name if before else "",
        model_version=before.model_version if before else "",
        author=LabelAuthor.HUMAN,
    )


def disagree(latest: Sequence[tuple[str, Verdict, Opinion]]) -> bool:
    """Whether a message needs another look. `latest`: each reviewer's last word (id, verdict, opinion), newest first.

    It does after a rejection, and while the last two people who named labels named different ones.
    """
    if latest and latest[0][1] is Verdict.REJECTED:
        return True
    opinions = [opinion for _, verdict, opinion in latest if verdict is not Verdict.REJECTED]
    return len(opinions) > 1 and not same_labels(opinions[0], opinions[1])


def _unknown(field: str, description: str) -> Violation:
    return Violation(field=field, reason=ErrorReason.UNKNOWN_LABEL, description=description)


def _wrong(field: str, description: str) -> Violation:
    return Violation(field=field, reason=ErrorReason.INVALID_ARGUMENT, description=description)
