"""Use cases of custom categories over one loaded model: fit one, judge texts by several. Keeps no category."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from services.classifier.categories.fitting import CategoryHead, FitQuality, fit_category, score_categories
from services.classifier.categories.logistic import Doubles
from services.classifier.classification import LoadedModel
from services.classifier.embedding import Background, embed_in_turn, require_embedding
from services.classifier.scoring.artefact import Artefact
from services.runtime.errors import ErrorReason, FailedPreconditionError, InvalidInputError

_CHANGED: Final = "The {what} was made by the encoder {theirs}, the model that serves has {ours}."


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryDescription:
    """A category as its owner describes it."""

    name: str
    description: str
    examples: Sequence[str] = ()
    negative_examples: Sequence[str] = ()
    background: Doubles = field(default_factory=lambda: np.zeros((0, 0)))
    """`[N, values]`; none: the background that ships with the classifier."""
    background_encoder_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryQuestion:
    """Texts and embeddings to be judged by heads."""

    texts: Sequence[str]
    embeddings: Doubles
    """`[N, values]`."""
    heads: Sequence[CategoryHead]


class OwnCategories:
    """Fits and scores; holds nothing but the background's embeddings."""

    def __init__(self) -> None:
        self._background = Background()

    async def fit(self, model: LoadedModel, wanted: CategoryDescription) -> tuple[CategoryHead, FitQuality]:
        """The head of a category and its quality. Raises FailedPreconditionError and what the model raises."""
        require_embedding(model.artefact)
        given = wanted.background
        if len(given):
            _check_encoder("background", wanted.background_encoder_version, model.artefact)
            _check_width("background", [given.shape[1]], model.artefact)
        described = [text for text in (wanted.name, wanted.description) if text.strip()]
        first, others = _first_of_each(wanted.examples), _first_of_each(wanted.negative_examples)
        examples = [wanted.examples[index] for index in first]
        texts = [*described, *examples, *(wanted.negative_examples[index] for index in others)]
        embedded = await embed_in_turn(model, texts)
        parts = np.split(embedded, np.cumsum([len(described), len(examples)]))
        ordinary = given if len(given) else await self._background.embeddings(model)
        head, quality = await asyncio.to_thread(
            fit_category,
            described=parts[0],
            examples=parts[1],
            background=np.vstack([parts[2], ordinary]),
            encoder_version=model.artefact.encoder_version,
        )
        doubtful = tuple(first[index] for index in quality.doubtful_examples)
        return head, replace(quality, doubtful_examples=doubtful)

    async def score(self, model: LoadedModel, question: CategoryQuestion) -> Doubles:
        """`[texts, then embeddings; heads]`. Raises FailedPreconditionError and what the model raises."""
        require_embedding(model.artefact)
        for head in question.heads:
            _check_encoder("category", head.encoder_version, model.artefact)
        _check_width("heads.weights", (len(head.weights) for head in question.heads), model.artefact)
        size = model.artefact.embedding_size
        rows = np.zeros((0, size))
        if len(question.embeddings):
            _check_width("embeddings", [question.embeddings.shape[1]], model.artefact)
            rows = question.embeddings
        answers = await model.classify(question.texts, live=False)
        fresh = np.array([answer.prediction.embedding for answer in answers]).reshape(len(answers), size)
        return score_categories(np.vstack([fresh, rows]), question.heads)


def _first_of_each(texts: Sequence[str]) -> list[int]:
    """Indices of the texts that are not there before: a text given again says nothing new, and vouches for itself."""
    first: dict[str, int] = {}
    for index, text in enumerate(texts):
        first.setdefault(" ".join(text.casefold().split()), index)
    return list(first.values())


def _check_encoder(what: str, theirs: str, artefact: Artefact) -> None:
    if theirs != artefact.encoder_version:
        raise FailedPreconditionError(
            _CHANGED.format(what=what, theirs=theirs or "(none named)", ours=artefact.encoder_version),
            reason=ErrorReason.ENCODER_CHANGED,
            hint="Embed the texts and fit the categories again with the model that serves.",
        )


def _check_width(where: str, widths: Iterable[int], artefact: Artefact) -> None:
    if any(width != artefact.embedding_size for width in widths):
        raise InvalidInputError.of_field(where, f"must have {artefact.embedding_size} values each")
