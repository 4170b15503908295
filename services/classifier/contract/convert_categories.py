"""Between the contract's messages about embeddings and custom categories and the domain."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from earshot.classifier.v1 import categories_pb2
from services.classifier.categories.fitting import CategoryHead, FitQuality
from services.classifier.categories.logistic import Doubles
from services.classifier.categories.own_categories import CategoryDescription, CategoryQuestion
from services.classifier.contract.convert import MAX_DESCRIPTION_CHARACTERS, MAX_NAME_CHARACTERS, model_ref, read_texts
from services.classifier.scoring.artefact import Artefact
from services.classifier.scoring.prediction import Answer
from services.runtime.errors import ErrorReason, InvalidInputError

MAX_EXAMPLES: Final = 50
MAX_NEGATIVE_EXAMPLES: Final = 1_000
MAX_EMBEDDINGS: Final = 2_000
MAX_HEADS: Final = 256


def embed_response(answers: Sequence[Answer], artefact: Artefact) -> categories_pb2.EmbedResponse:
    """The embeddings of a request's texts."""
    return categories_pb2.EmbedResponse(
        embeddings=[categories_pb2.Embedding(values=answer.prediction.embedding) for answer in answers],
        encoder_version=artefact.encoder_version,
        model=model_ref(artefact),
    )


def read_fit_request(request: categories_pb2.FitCategoryRequest) -> CategoryDescription:
    """The category to fit. Raises InvalidInputError naming the field."""
    if not request.name.strip():
        raise InvalidInputError.of_field("name", "must say what people call it", reason=ErrorReason.MISSING_FIELD)
    _check_size("name", request.name, MAX_NAME_CHARACTERS)
    _check_size("description", request.description, MAX_DESCRIPTION_CHARACTERS)
    return CategoryDescription(
        name=request.name,
        description=request.description,
        examples=_examples("examples", request.examples, MAX_EXAMPLES),
        negative_examples=_examples("negative_examples", request.negative_examples, MAX_NEGATIVE_EXAMPLES),
        background=_embeddings("background", request.background),
        background_encoder_version=request.background_encoder_version,
    )


def _check_size(field: str, text: str, limit: int) -> None:
    if len(text) > limit:
        description = f"must have at most {limit} characters, not {len(text)}"
        raise InvalidInputError.of_field(field, description, reason=ErrorReason.TEXT_TOO_LONG)


def _examples(field: str, texts: Sequence[str], limit: int) -> list[str]:
    for index, text in enumerate(texts):
        if not text.strip():
            raise InvalidInputError.of_field(f"{field}[{index}]", "must not be blank", reason=ErrorReason.EMPTY_TEXT)
    return read_texts(field, texts, at_least=0, at_most=limit)


def _embeddings(field: str, messages: Sequence[categories_pb2.Embedding]) -> Doubles:
    """`[N, values]`; raises InvalidInputError when there are too many, of several lengths, or not of finite numbers."""
    if len(messages) > MAX_EMBEDDINGS:
        raise InvalidInputError.of_field(
            field, f"must hold at most {MAX_EMBEDDINGS}, not {len(messages)}", reason=ErrorReason.TOO_MANY_TEXTS
        )
    if len({len(message.values) for message in messages}) > 1:
        raise InvalidInputError.of_field(field, "must all have the same number of values")
    rows = np.array([message.values for message in messages], dtype=np.float64)
    _check_finite(field, rows)
    return rows


def _check_finite(field: str, values: Doubles) -> None:
    if not np.isfinite(values).all():
        raise InvalidInputError.of_field(field, "must be finite numbers")


def fit_response(head: CategoryHead, quality: FitQuality) -> categories_pb2.FitCategoryResponse:
    """The fitted category."""
    return categories_pb2.FitCategoryResponse(
        head=categories_pb2.CategoryHead(
            weights=head.weights, bias=head.bias, threshold=head.threshold, encoder_version=head.encoder_version
        ),
        quality=categories_pb2.FitQuality(
            recall=quality.recall,
            background_share=quality.background_share,
            separation=quality.separation,
            doubtful_examples=quality.doubtful_examples,
            background_size=quality.background_size,
        ),
    )


def read_score_request(request: categories_pb2.ScoreCategoryRequest) -> CategoryQuestion:
    """What to judge, and by what. Raises InvalidInputError naming the field."""
    embeddings = _embeddings("embeddings", request.embeddings)
    texts = read_texts("texts", request.texts, at_least=0 if len(embeddings) else 1)
    if not 1 <= len(request.heads) <= MAX_HEADS:
        raise InvalidInputError.of_field("heads", f"must hold 1 to {MAX_HEADS} categories, not {len(request.heads)}")
    return CategoryQuestion(
        texts=texts, embeddings=embeddings, heads=[_head(index, head) for index, head in enumerate(request.heads)]
    )


def _head(index: int, message: categories_pb2.CategoryHead) -> CategoryHead:
    weights = np.array(message.weights, dtype=np.float64)
    _check_finite(f"heads[{index}]", np.array([*weights, message.bias, message.threshold]))
    return CategoryHead(
        weights=weights, bias=message.bias, threshold=message.threshold, encoder_version=message.encoder_version
    )


def score_response(
    probabilities: Doubles, heads: Sequence[CategoryHead], artefact: Artefact
) -> categories_pb2.ScoreCategoryResponse:
    """What the heads say, `probabilities` being `[N, heads]`."""
    return categories_pb2.ScoreCategoryResponse(
        results=[
            categories_pb2.CategoryScores(
                scores=[
                    categories_pb2.CategoryScore(probability=value, matched=value >= head.threshold)
                    for value, head in zip(row, heads, strict=True)
                ]
            )
            for row in probabilities.tolist()
        ],
        encoder_version=artefact.encoder_version,
    )
