"""What the classifier is asked and answers as JSON: labels, explanations, summaries."""

from typing import Annotated, Literal

from pydantic import Field

from earshot_client.earshot.classifier.v1 import (
    CandidateLabel,
    Classification,
    ClassifyRequest,
    ClassifyResponse,
    ExplainRequest,
    ExplainResponse,
    IntentExplanation,
    SummarizeRequest,
    SummarizeResponse,
    SummaryMethod,
    TextContext,
)
from earshot_client.earshot.types.v1 import ModelRef
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Json, Strict, Text, enum_json
from gateway.shapes.message import LabelScoreAnswer, ModelAnswer, score_json


class ClassificationAnswer(Answer):
    """The labels of one text."""

    intents: list[LabelScoreAnswer]
    categories: list[LabelScoreAnswer]
    abstained: bool
    sentiment: LabelScoreAnswer | None
    language: str
    truncated: bool
    rules: list[str]
    prediction_set: list[LabelScoreAnswer]
    review_value: float
    novelty: float | None
    answered_by: str
    steps: list[str]
    unsupported_language: bool
    candidate: str | None
    candidates: list[LabelScoreAnswer]


class ClassifiedAnswer(Answer):
    """The labels of each text, in the order asked, and the model that gave them."""

    results: list[ClassificationAnswer]
    model: ModelAnswer


class SchemeAnswer(Answer):
    """A set of categories, and the category that each intent belongs to."""

    labels: list[str]
    label_of_intent: dict[str, str]


class ModelInfoAnswer(Answer):
    """The model that answers, what it tells apart, and how good it was when it was measured."""

    model: ModelAnswer
    architecture: str
    created_at: str | None
    intents: list[str]
    schemes: dict[str, SchemeAnswer]
    max_tokens: int
    embedding_size: int
    quantization: str
    metrics: dict[str, float]
    max_texts: int
    encoder_version: str
    prediction_set_coverage: float
    compute: str
    compute_reason: str
    training_rows: dict[str, int]


class CandidateJson(Strict):
    """A label of the caller's own."""

    name: Text = Field(min_length=1, max_length=100)
    description: Text = Field(default="", max_length=2_000)


class ClassifyBody(Strict):
    """Texts to label."""

    texts: Annotated[list[Text], Field(min_length=1, max_length=256)]
    scheme: Text = Field(default="category", max_length=64)
    languages: list[Text] = Field(default_factory=list, max_length=64)
    contexts: list[Annotated[list[Text], Field(max_length=10)]] = Field(default_factory=list, max_length=256)
    candidates: list[CandidateJson] = Field(default_factory=list, max_length=50)

    def to_request(self) -> ClassifyRequest:
        """The request for the classifier."""
        return ClassifyRequest(
            texts=self.texts,
            # Not named, it is the service's own default, which a model with labels of its own has none of.
            scheme=self.scheme if "scheme" in self.model_fields_set else "",
            languages=self.languages,
            contexts=[TextContext(previous=previous) for previous in self.contexts],
            candidates=[CandidateLabel(name=item.name, description=item.description) for item in self.candidates],
        )


def classified_json(answer: ClassifyResponse) -> Json:
    """The answer to texts."""
    return {"results": [_classification(result) for result in answer.results], "model": model_json(answer.model)}


def model_json(model: ModelRef | None) -> Json:
    """Name and version of a model; empty where none is named."""
    return {"name": model.name if model else "", "version": model.version if model else ""}


def _classification(result: Classification) -> Json:
    return {
        "intents": [score_json(score) for score in result.intents],
        "categories": [score_json(score) for score in result.categories],
        "abstained": result.abstained,
        "sentiment": score_json(result.sentiment) if result.sentiment else None,
        "language": result.language,
        "truncated": result.truncated,
        "rules": list(result.rules),
        "prediction_set": [score_json(score) for score in result.prediction_set],
        "review_value": round(result.review_value, 6),
        "novelty": None if result.novelty is None else round(result.novelty, 6),
        "answered_by": result.answered_by,
        "steps": list(result.steps),
        "unsupported_language": result.unsupported_language,
        "candidate": result.candidate or None,
        "candidates": [score_json(score) for score in result.candidates],
    }


class ExplainBody(Strict):
    """A text whose labels are to be explained."""

    text: Text = Field(min_length=1, max_length=20_000)
    intents: list[Text] = Field(default_factory=list, max_length=26)

    def to_request(self) -> ExplainRequest:
        """The request for the classifier."""
        return ExplainRequest(text=self.text, intents=self.intents)


class PieceAnswer(Answer):
    """A part of the text and where it stands, in characters."""

    text: str
    start: int
    end: int


class FlipAnswer(Answer):
    """The smallest deletion found that turns a label around, and the text that is left."""

    pieces: list[int]
    text: str
    probability: float


class IntentExplanationAnswer(Answer):
    """What carries one intent; `weights` says by how much its probability falls without each piece."""

    intent: str
    probability: float
    threshold: float
    holds: bool
    weights: list[float]
    flip: FlipAnswer | None


class ExplainedAnswer(Answer):
    """What carries the labels of a text; not `complete` when the time was over first."""

    intents: list[IntentExplanationAnswer]
    pieces: list[PieceAnswer]
    complete: bool
    variants: int
    model: ModelAnswer


def explained_json(answer: ExplainResponse) -> Json:
    """The explanation of a text."""
    return {
        "intents": [_intent_explanation(one) for one in answer.intents],
        "pieces": [{"text": piece.text, "start": piece.start, "end": piece.end} for piece in answer.pieces],
        "complete": answer.complete,
        "variants": answer.variants,
        "model": model_json(answer.model),
    }


def _intent_explanation(one: IntentExplanation) -> Json:
    flip = one.flip
    return {
        "intent": one.intent,
        "probability": round(one.probability, 6),
        "threshold": round(one.threshold, 6),
        "holds": one.holds,
        "weights": [round(weight, 6) for weight in one.weights],
        "flip": {"pieces": list(flip.pieces), "text": flip.text, "probability": round(flip.probability, 6)}
        if flip
        else None,
    }


class SummarizeBody(Strict):
    """A text to summarise."""

    text: Text = Field(min_length=1, max_length=20_000)
    max_sentences: Annotated[int, Field(ge=1, le=3)] = 3
    method: Literal["extractive", "llm"] = "extractive"

    def to_request(self) -> SummarizeRequest:
        """The request for the classifier."""
        return SummarizeRequest(
            text=self.text, max_sentences=self.max_sentences, method=SummaryMethod[self.method.upper()]
        )


class SummarySentenceAnswer(Answer):
    """A sentence of an extract and where it stands, in characters."""

    text: str
    start: int
    end: int
    centrality: float


class SummaryAnswer(Answer):
    """A summary; `fallback_reason` says why the language model's words were not used."""

    summary: str
    method: str
    fallback_reason: str
    sentences: list[SummarySentenceAnswer]
    model: ModelAnswer


def summary_json(answer: SummarizeResponse) -> Json:
    """A summary."""
    return {
        "summary": answer.summary,
        "method": enum_json(answer.method),
        "fallback_reason": answer.fallback_reason,
        "sentences": [
            {"text": item.text, "start": item.start, "end": item.end, "centrality": round(item.centrality, 6)}
            for item in answer.sentences
        ],
        "model": model_json(answer.model),
    }
