"""Between the contract's messages about summaries and the domain."""

from earshot.classifier.v1 import summary_pb2
from earshot.types.v1 import labels_pb2
from services.classifier.contract.convert import check_length, model_ref
from services.classifier.scoring.artefact import Artefact
from services.classifier.summaries.summarizer import MAX_SENTENCES, Summary
from services.runtime.errors import ErrorReason, InvalidInputError


def read_summarize_request(request: summary_pb2.SummarizeRequest) -> tuple[str, int, bool]:
    """Text, most sentences, and whether the language model is asked. Raises InvalidInputError naming the field."""
    if not request.text.strip():
        raise InvalidInputError.of_field("text", "must not be blank", reason=ErrorReason.EMPTY_TEXT)
    check_length("text", request.text)
    if not 0 <= request.max_sentences <= MAX_SENTENCES:
        raise InvalidInputError.of_field("max_sentences", f"must be 0 to {MAX_SENTENCES}", reason=ErrorReason.BAD_LIMIT)
    if request.method not in summary_pb2.SummaryMethod.values():
        raise InvalidInputError.of_field("method", "is not known", reason=ErrorReason.UNKNOWN_ENUM_VALUE)
    by_llm = request.method == summary_pb2.SUMMARY_METHOD_LLM
    return request.text, request.max_sentences or MAX_SENTENCES, by_llm


def summarize_response(summary: Summary, artefact: Artefact) -> summary_pb2.SummarizeResponse:
    """The summary."""
    by_llm = bool(summary.written_by)
    return summary_pb2.SummarizeResponse(
        summary=summary.text,
        method=summary_pb2.SUMMARY_METHOD_LLM if by_llm else summary_pb2.SUMMARY_METHOD_EXTRACTIVE,
        fallback_reason=summary.fallback_reason,
        sentences=[
            summary_pb2.SummarySentence(
                text=item.sentence.text,
                start=item.sentence.start,
                end=item.sentence.end,
                centrality=item.centrality,
            )
            for item in summary.sentences
        ],
        model=labels_pb2.ModelRef(name=summary.written_by) if by_llm else model_ref(artefact),
    )
