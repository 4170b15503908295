"""Between the contract's messages and the domain: the only module here that knows both."""

import re
from collections.abc import Sequence
from typing import Final

from earshot.classifier.v1 import classifier_pb2
from earshot.types.v1 import labels_pb2
from services.classifier.embedding import require_embedding
from services.classifier.labelling.candidates import CandidateLabel
from services.classifier.labelling.labeller import Shown, Texts
from services.classifier.scoring.artefact import Artefact
from services.classifier.scoring.confusion import LabelConfusion
from services.classifier.scoring.engine import Compute
from services.classifier.settings import MAX_TEXTS_PER_REQUEST
from services.classifier.stream import BadItem, StreamText
from services.runtime.errors import ErrorReason, FailedPreconditionError, InvalidInputError
from services.runtime.labels import DEFAULT_SCHEME, SCHEMES

MAX_TEXT_CHARACTERS: Final = 20_000
MAX_CORRELATION_ID_BYTES: Final = 128
MAX_PREVIOUS: Final = 10
MAX_LANGUAGES: Final = 200
MAX_CANDIDATES: Final = 50
MAX_NAME_CHARACTERS: Final = 100
MAX_DESCRIPTION_CHARACTERS: Final = 2_000

# RFC 5646, section 2.1, without its irregular and private codes; texts are told apart by the first part.
_LANGUAGE: Final = re.compile("([a-z]{2,3})(-[a-z0-9]{1,8})*", re.IGNORECASE)


def read_classify_request(request: classifier_pb2.ClassifyRequest) -> tuple[Texts, Shown]:
    """What to label, and what to show of it. Raises InvalidInputError naming the field."""
    wanted = Texts(
        texts=read_texts("texts", request.texts),
        languages=_languages(request.languages),
        contexts=_contexts(request),
        candidates=_candidates(request.candidates),
    )
    return wanted, _shown(request)


def _shown(request: classifier_pb2.ClassifyRequest | classifier_pb2.ClassifyStreamRequest) -> Shown:
    return Shown(
        scheme=_scheme(request.scheme),
        include_embedding=request.include_embedding,
        include_scores=request.include_scores,
    )


def _languages(codes: Sequence[str]) -> frozenset[str]:
    """The languages of BCP-47 codes: "en" of "en-GB" too. Raises InvalidInputError naming what is none."""
    if len(codes) > MAX_LANGUAGES:
        raise InvalidInputError.of_field(
            "languages", f"must hold at most {MAX_LANGUAGES}", reason=ErrorReason.BAD_LIMIT
        )
    found = [_LANGUAGE.fullmatch(code) for code in codes]
    if None in found:
        raise InvalidInputError.of_field(
            f"languages[{found.index(None)}]", 'must be a BCP-47 code such as "en" or "pt-BR"'
        )
    return frozenset(match[1].lower() for match in found if match)


def _contexts(request: classifier_pb2.ClassifyRequest) -> list[list[str]]:
    if request.contexts and len(request.contexts) != len(request.texts):
        raise InvalidInputError.of_field("contexts", "must hold one per text, or none", reason=ErrorReason.BAD_LIMIT)
    return [_previous(f"contexts[{index}].previous", item) for index, item in enumerate(request.contexts)]


def _previous(field: str, context: classifier_pb2.TextContext) -> list[str]:
    return read_texts(field, context.previous, at_least=0, at_most=MAX_PREVIOUS)


def _candidates(messages: Sequence[classifier_pb2.CandidateLabel]) -> list[CandidateLabel]:
    if messages and not 2 <= len(messages) <= MAX_CANDIDATES:
        raise InvalidInputError.of_field(
            "candidates", f"must hold 2 to {MAX_CANDIDATES}, or none", reason=ErrorReason.BAD_LIMIT
        )
    for index, message in enumerate(messages):
        if not message.name.strip() or len(message.name) > MAX_NAME_CHARACTERS:
            raise InvalidInputError.of_field(
                f"candidates[{index}].name", f"must have 1 to {MAX_NAME_CHARACTERS} characters"
            )
        if len(message.description) > MAX_DESCRIPTION_CHARACTERS:
            raise InvalidInputError.of_field(
                f"candidates[{index}].description",
                f"must have at most {MAX_DESCRIPTION_CHARACTERS} characters",
                reason=ErrorReason.TEXT_TOO_LONG,
            )
    if len({message.name for message in messages}) < len(messages):
        raise InvalidInputError.of_field("candidates", "must have names that differ")
    return [CandidateLabel(name=message.name, description=message.description) for message in messages]


def read_texts(
    field: str, texts: Sequence[str], *, at_least: int = 1, at_most: int = MAX_TEXTS_PER_REQUEST
) -> list[str]:
    """The texts of a repeated field. Raises InvalidInputError naming what is wrong."""
    if len(texts) < at_least:
        raise InvalidInputError.of_field(
            field, "must hold at least one text", reason=ErrorReason.EMPTY_REQUEST, hint=f"Send 1 to {at_most} texts."
        )
    if len(texts) > at_most:
        raise InvalidInputError.of_field(
            field,
            f"must hold at most {at_most} texts, not {len(texts)}",
            reason=ErrorReason.TOO_MANY_TEXTS,
            hint="Send them in several requests, or use ClassifyStream." if field == "texts" else "Send fewer.",
        )
    for index, text in enumerate(texts):
        check_length(f"{field}[{index}]", text)
    return list(texts)


def read_stream_request(request: classifier_pb2.ClassifyStreamRequest, artefact: Artefact) -> StreamText | BadItem:
    """The text to label, or what is wrong with this item."""
    try:
        if len(request.correlation_id.encode()) > MAX_CORRELATION_ID_BYTES:
            raise InvalidInputError.of_field("correlation_id", f"must be at most {MAX_CORRELATION_ID_BYTES} bytes")
        check_length("text", request.text)
        check_offered(artefact, scheme=request.scheme, include_embedding=request.include_embedding)
        return StreamText(
            correlation_id=request.correlation_id,
            wanted=Texts(
                texts=[request.text],
                languages=_languages(request.languages),
                contexts=[_previous("context.previous", request.context)] if request.context.previous else (),
                candidates=_candidates(request.candidates),
            ),
            shown=_shown(request),
        )
    except (InvalidInputError, FailedPreconditionError) as error:
        return BadItem(correlation_id=request.correlation_id, error=error)


def check_offered(artefact: Artefact, *, scheme: str, include_embedding: bool) -> None:
    """Raises FailedPreconditionError (MODEL_LACKS_OUTPUT) when the model cannot give what is asked for."""
    if include_embedding:
        require_embedding(artefact)
    if scheme and not artefact.by_guide:
        raise FailedPreconditionError(
            f"The model {artefact.name} has labels of its own, which no scheme rolls up.",
            reason=ErrorReason.MODEL_LACKS_OUTPUT,
            hint="Leave the scheme out, or serve a model with the labels of the label guide.",
        )


def check_length(field: str, text: str) -> None:
    """Raises InvalidInputError (TEXT_TOO_LONG) for a text of more than 20,000 characters."""
    if len(text) > MAX_TEXT_CHARACTERS:
        raise InvalidInputError.of_field(
            field,
            f"must have at most {MAX_TEXT_CHARACTERS} characters, not {len(text)}",
            reason=ErrorReason.TEXT_TOO_LONG,
            hint="Cut the text; the model reads only its first few hundred words anyway.",
        )


def _scheme(name: str) -> str:
    scheme = name or DEFAULT_SCHEME
    if scheme not in SCHEMES:
        raise InvalidInputError.of_field(
            "scheme", f"must be one of {', '.join(SCHEMES)}", reason=ErrorReason.UNKNOWN_SCHEME
        )
    return scheme


def model_ref(artefact: Artefact) -> labels_pb2.ModelRef:
    """Name and version of a model."""
    return labels_pb2.ModelRef(name=artefact.name, version=artefact.version)


def model_info(artefact: Artefact, compute: Compute) -> classifier_pb2.GetModelInfoResponse:
    """The model's description."""
    response = classifier_pb2.GetModelInfoResponse(
        model=model_ref(artefact),
        architecture=artefact.architecture,
        intents=artefact.intents,
        schemes=[_scheme_message(name) for name in SCHEMES] if artefact.by_guide else (),
        max_tokens=artefact.max_tokens,
        embedding_size=artefact.embedding_size,
        quantization=artefact.quantization,
        metrics=artefact.metrics,
        max_texts=MAX_TEXTS_PER_REQUEST,
        encoder_version=artefact.encoder_version,
        prediction_set_coverage=artefact.calibration.coverage,
        confusions=[_confusion(one) for one in artefact.confusions],
        compute=compute.kind,
        compute_reason=compute.reason,
    )
    response.create_time.FromDatetime(artefact.created)
    return response


def _confusion(one: LabelConfusion) -> classifier_pb2.LabelConfusion:
    return classifier_pb2.LabelConfusion(
        kind=classifier_pb2.LabelKind.Value(f"LABEL_KIND_{one.kind.name}"),
        label=one.label,
        true_positives=one.true_positives,
        false_negatives=one.false_negatives,
        false_positives=one.false_positives,
        true_negatives=one.true_negatives,
    )


def _scheme_message(name: str) -> classifier_pb2.Scheme:
    table = SCHEMES[name]
    return classifier_pb2.Scheme(name=name, labels=list(dict.fromkeys(table.values())), label_of_intent=table)
