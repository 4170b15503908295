"""Between the contract's messages and the domain: the only module here that knows both."""

from collections.abc import Sequence
from typing import Final

from google.protobuf.duration_pb2 import Duration

from earshot.classifier.v1 import classifier_pb2
from earshot.types.v1 import labels_pb2
from services.classifier.artefact import Artefact
from services.classifier.candidates import CandidateLabel
from services.classifier.embedding import require_embedding
from services.classifier.labelling import MODEL, Labelled, Texts
from services.classifier.prediction import Answer, Prediction, Scored
from services.classifier.settings import MAX_TEXTS_PER_REQUEST
from services.classifier.stream import BadItem, StreamAnswer, StreamText
from services.runtime.errors import EarshotError, ErrorReason, FailedPreconditionError, InvalidInputError
from services.runtime.labels import DEFAULT_SCHEME, SCHEMES, roll_up_scored
from services.runtime.status import public_message

MAX_TEXT_CHARACTERS: Final = 20_000
MAX_CORRELATION_ID_BYTES: Final = 128
MAX_PREVIOUS: Final = 10
MAX_CANDIDATES: Final = 50
MAX_NAME_CHARACTERS: Final = 100
MAX_DESCRIPTION_CHARACTERS: Final = 2_000


def read_classify_request(request: classifier_pb2.ClassifyRequest) -> tuple[Texts, str]:
    """What to label, and the scheme of its categories. Raises InvalidInputError naming the field."""
    wanted = Texts(
        texts=read_texts("texts", request.texts),
        languages=frozenset(request.languages),
        contexts=_contexts(request),
        candidates=_candidates(request.candidates),
    )
    return wanted, _scheme(request.scheme)


def _contexts(request: classifier_pb2.ClassifyRequest) -> list[list[str]]:
    if request.contexts and len(request.contexts) != len(request.texts):
        raise InvalidInputError.of_field("contexts", "must hold one per text, or none", reason=ErrorReason.BAD_LIMIT)
    return [
        read_texts(f"contexts[{index}].previous", item.previous, at_least=0, at_most=MAX_PREVIOUS)
        for index, item in enumerate(request.contexts)
    ]


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
            text=request.text,
            scheme=_scheme(request.scheme),
            include_embedding=request.include_embedding,
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


def classify_response(
    labelled: Sequence[Labelled], artefact: Artefact, *, scheme: str, include_embedding: bool, include_scores: bool
) -> classifier_pb2.ClassifyResponse:
    """The answer to a request; its timing is that of the slowest text."""
    answers = [one.answer for one in labelled]
    shown = scheme if artefact.by_guide else None
    results = [_labelled(one, shown, include_embedding=include_embedding) for one in labelled]
    if include_scores:
        for answer, result in zip(answers, results, strict=True):
            result.scores.extend(_label_scores(_ranked(answer.prediction, artefact.intents)))
    slowest = max((answer.timing for answer in answers), key=lambda timing: timing.total_seconds)
    return classifier_pb2.ClassifyResponse(
        results=results,
        model=model_ref(artefact),
        timing=classifier_pb2.Timing(
            queue=_duration(slowest.queue_seconds),
            tokenize=_duration(slowest.tokenize_seconds),
            inference=_duration(slowest.inference_seconds),
            batch_size=slowest.batch_texts,
        ),
        encoder_version=artefact.encoder_version,
    )


def stream_response(answer: StreamAnswer | BadItem, artefact: Artefact) -> classifier_pb2.ClassifyStreamResponse:
    """The answer to one item of a stream."""
    if isinstance(answer, BadItem):
        return _item_error(answer.correlation_id, answer.error)
    item, outcome = answer.item, answer.outcome
    if isinstance(outcome, Answer):
        return classifier_pb2.ClassifyStreamResponse(
            correlation_id=item.correlation_id,
            result=classification(
                outcome.prediction,
                item.scheme if artefact.by_guide else None,
                include_embedding=item.include_embedding,
            ),
        )
    return _item_error(item.correlation_id, outcome if isinstance(outcome, EarshotError) else EarshotError())


def _item_error(correlation_id: str, error: EarshotError) -> classifier_pb2.ClassifyStreamResponse:
    message = " ".join(filter(None, (public_message(error), error.hint)))
    return classifier_pb2.ClassifyStreamResponse(
        correlation_id=correlation_id, error=classifier_pb2.ItemError(reason=error.reason, message=message)
    )


def _labelled(one: Labelled, scheme: str | None, *, include_embedding: bool) -> classifier_pb2.Classification:
    prediction = one.answer.prediction
    if one.unsupported_language:
        return classifier_pb2.Classification(
            language=prediction.language,
            truncated=prediction.truncated,
            embedding=prediction.embedding if include_embedding else None,
            answered_by=one.answered_by,
            unsupported_language=True,
        )
    message = classification(prediction, scheme, include_embedding=include_embedding)
    message.answered_by = one.answered_by
    del message.steps[:]
    message.steps.extend(one.steps)
    message.candidate = one.candidate
    message.candidates.extend(_label_scores(one.candidates))
    return message


def classification(
    prediction: Prediction, scheme: str | None, *, include_embedding: bool
) -> classifier_pb2.Classification:
    """One text's labels, rolled up in `scheme`; None for labels that are not the guide's and have no categories."""
    return classifier_pb2.Classification(
        intents=_label_scores(prediction.intents),
        categories=_label_scores(roll_up_scored(prediction.intents, scheme)) if scheme else (),
        abstained=prediction.abstained,
        sentiment=_label_scores([prediction.sentiment])[0] if prediction.sentiment else None,
        language=prediction.language,
        truncated=prediction.truncated,
        rules=prediction.rules,
        embedding=prediction.embedding if include_embedding else None,
        prediction_set=_label_scores(prediction.prediction_set),
        review_value=prediction.review_value,
        answered_by=MODEL,
        steps=[MODEL],
    )


def model_ref(artefact: Artefact) -> labels_pb2.ModelRef:
    """Name and version of a model."""
    return labels_pb2.ModelRef(name=artefact.name, version=artefact.version)


def model_info(artefact: Artefact) -> classifier_pb2.GetModelInfoResponse:
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
    )
    response.create_time.FromDatetime(artefact.created)
    return response


def _scheme_message(name: str) -> classifier_pb2.Scheme:
    table = SCHEMES[name]
    return classifier_pb2.Scheme(name=name, labels=list(dict.fromkeys(table.values())), label_of_intent=table)


def _ranked(prediction: Prediction, intents: Sequence[str]) -> list[Scored]:
    return sorted(zip(intents, prediction.probabilities, strict=True), key=lambda item: -item[1])


def _label_scores(scored: Sequence[Scored]) -> list[labels_pb2.LabelScore]:
    return [labels_pb2.LabelScore(label=label, probability=probability) for label, probability in scored]


def _duration(seconds: float) -> Duration:
    nanoseconds = round(seconds * 1_000_000_000)
    return Duration(seconds=nanoseconds // 1_000_000_000, nanos=nanoseconds % 1_000_000_000)
