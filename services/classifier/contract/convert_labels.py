"""From labels to the contract's messages: the one place where a Classification is made, for requests and streams."""

from collections.abc import Sequence

from google.protobuf.duration_pb2 import Duration

from earshot.classifier.v1 import classifier_pb2
from earshot.types.v1 import labels_pb2
from services.classifier.contract.convert import model_ref
from services.classifier.labelling.labeller import Shown
from services.classifier.labelling.low_confidence import Labelled
from services.classifier.scoring.artefact import Artefact
from services.classifier.scoring.prediction import Prediction, Scored, Timing
from services.classifier.stream import BadItem, StreamAnswer
from services.runtime.errors import EarshotError
from services.runtime.labels import roll_up_scored
from services.runtime.status import public_message


def classify_response(
    labelled: Sequence[Labelled], artefact: Artefact, shown: Shown
) -> classifier_pb2.ClassifyResponse:
    """The answer to a request; its timing is that of the slowest text."""
    slowest = max((one.answer.timing for one in labelled), key=lambda timing: timing.total_seconds)
    return classifier_pb2.ClassifyResponse(
        results=[classification(one, artefact, shown) for one in labelled],
        model=model_ref(artefact),
        timing=_timing(slowest),
        encoder_version=artefact.encoder_version,
    )


def stream_response(answer: StreamAnswer | BadItem) -> classifier_pb2.ClassifyStreamResponse:
    """The answer to one item of a stream."""
    if isinstance(answer, BadItem):
        return _item_error(answer.correlation_id, answer.error)
    correlation_id, outcome = answer.item.correlation_id, answer.outcome
    if isinstance(outcome, Exception):
        return _item_error(correlation_id, outcome if isinstance(outcome, EarshotError) else EarshotError())
    return classifier_pb2.ClassifyStreamResponse(
        correlation_id=correlation_id, result=classification(outcome, answer.artefact, answer.item.shown)
    )


def _item_error(correlation_id: str, error: EarshotError) -> classifier_pb2.ClassifyStreamResponse:
    message = " ".join(filter(None, (public_message(error), error.hint)))
    return classifier_pb2.ClassifyStreamResponse(
        correlation_id=correlation_id, error=classifier_pb2.ItemError(reason=error.reason, message=message)
    )


def classification(one: Labelled, artefact: Artefact, shown: Shown) -> classifier_pb2.Classification:
    """One text's labels as far as its caller wants to see them; none in a language that is not asked for."""
    prediction = one.answer.prediction
    message = classifier_pb2.Classification(
        language=prediction.language,
        truncated=prediction.truncated,
        embedding=prediction.embedding if shown.include_embedding else None,
        answered_by=one.answered_by,
        novelty=prediction.novelty,
    )
    if one.unsupported_language:
        message.unsupported_language = True
        return message
    message.MergeFrom(_labels(prediction, shown.scheme if artefact.by_guide else ""))
    message.steps.extend(one.steps)
    message.candidate = one.candidate
    message.candidates.extend(_label_scores(one.candidates))
    if shown.include_scores:
        message.scores.extend(_label_scores(_ranked(prediction, artefact.intents)))
    return message


def _labels(prediction: Prediction, scheme: str) -> classifier_pb2.Classification:
    """What was decided; without a scheme, labels are not the guide's and have no categories."""
    return classifier_pb2.Classification(
        intents=_label_scores(prediction.intents),
        categories=_label_scores(roll_up_scored(prediction.intents, scheme)) if scheme else (),
        abstained=prediction.abstained,
        sentiment=_label_scores([prediction.sentiment])[0] if prediction.sentiment else None,
        rules=prediction.rules,
        prediction_set=_label_scores(prediction.prediction_set),
        review_value=prediction.review_value,
    )


def _ranked(prediction: Prediction, intents: Sequence[str]) -> list[Scored]:
    return sorted(zip(intents, prediction.probabilities, strict=True), key=lambda item: -item[1])


def _label_scores(scored: Sequence[Scored]) -> list[labels_pb2.LabelScore]:
    return [labels_pb2.LabelScore(label=label, probability=probability) for label, probability in scored]


def _timing(timing: Timing) -> classifier_pb2.Timing:
    return classifier_pb2.Timing(
        queue=_duration(timing.queue_seconds),
        tokenize=_duration(timing.tokenize_seconds),
        inference=_duration(timing.inference_seconds),
        batch_size=timing.batch_texts,
    )


def _duration(seconds: float) -> Duration:
    nanoseconds = round(seconds * 1_000_000_000)
    return Duration(seconds=nanoseconds // 1_000_000_000, nanos=nanoseconds % 1_000_000_000)
