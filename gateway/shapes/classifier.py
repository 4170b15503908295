"""The classifier's further answers as JSON: summaries, explanations."""

from typing import Annotated, Literal

from pydantic import Field

from earshot_client.earshot.classifier.v1 import SummarizeRequest, SummarizeResponse, SummaryMethod
from gateway.shapes.answers import Answer, ModelAnswer
from gateway.shapes.fields import Json, Strict, Text, enum_json


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
    model: ModelAnswer | None


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
        "model": {"name": answer.model.name, "version": answer.model.version} if answer.model else None,
    }
