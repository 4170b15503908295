"""Between the contract's messages about explanations and the domain."""

from earshot.classifier.v1 import explanation_pb2
from services.classifier.contract.convert import check_length, model_ref
from services.classifier.explaining.explain import Explanation, IntentExplanation
from services.classifier.scoring.artefact import Artefact
from services.runtime.errors import ErrorReason, InvalidInputError


def read_explain_request(request: explanation_pb2.ExplainRequest, artefact: Artefact) -> tuple[str, list[str]]:
    """The text and the intents asked for, each once. Raises InvalidInputError naming the field."""
    if not request.text.strip():
        raise InvalidInputError.of_field("text", "must not be blank", reason=ErrorReason.EMPTY_TEXT)
    check_length("text", request.text)
    for index, intent in enumerate(request.intents):
        if intent not in artefact.intents:
            raise InvalidInputError.of_field(
                f"intents[{index}]", "is no intent of the model", reason=ErrorReason.UNKNOWN_LABEL
            )
    return request.text, list(dict.fromkeys(request.intents))


def explain_response(text: str, explanation: Explanation, artefact: Artefact) -> explanation_pb2.ExplainResponse:
    """What carries the labels of a text."""
    return explanation_pb2.ExplainResponse(
        intents=[_intent(one) for one in explanation.intents],
        pieces=[
            explanation_pb2.TextPiece(text=text[piece.start : piece.end], start=piece.start, end=piece.end)
            for piece in explanation.pieces
        ],
        complete=explanation.complete,
        variants=explanation.variants,
        model=model_ref(artefact),
    )


def _intent(one: IntentExplanation) -> explanation_pb2.IntentExplanation:
    flip = one.flip
    return explanation_pb2.IntentExplanation(
        intent=one.intent,
        probability=one.probability,
        threshold=one.threshold,
        holds=one.holds,
        weights=one.weights,
        flip=explanation_pb2.Flip(pieces=flip.pieces, text=flip.text, probability=flip.probability) if flip else None,
    )
