"""The classifier as the enricher sees it: texts in, labels and embeddings out, and three ways for that to go wrong."""

from collections.abc import Iterator, Sequence
from typing import Final

import grpc

from earshot.classifier.v1 import categories_pb2, classifier_pb2, classifier_pb2_grpc, lifecycle_pb2, summary_pb2
from services.runtime.channel import CallingChannel
from services.runtime.errors import ErrorReason, FailedPreconditionError, UnavailableError
from services.runtime.status import from_rpc_error
from services.store.embedding import EMBEDDING_SIZE, Embedding, Enrichment
from services.store.message import LabelScore, LabelSet
from services.store.statistics.correction import Confusion
from services.store.statistics.estimates import Model
from services.store.taxonomy.category import Definition, Head

MAX_TEXTS: Final = 256
_MAX_BYTES: Final = 3 * 1024 * 1024
"""Of the texts in one call. 256 of the longest take 20 MiB, a gRPC message 8 MiB, and what else stands in it little."""

_KIND_NAMES: Final = {
    classifier_pb2.LABEL_KIND_INTENT: "intent",
    classifier_pb2.LABEL_KIND_CATEGORY: "category",
    classifier_pb2.LABEL_KIND_SENTIMENT: "sentiment",
}
_REFUSED: Final = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.DATA_LOSS,
        grpc.StatusCode.OUT_OF_RANGE,
    }
)
_LOST: Final = frozenset({grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED})


class ClassifierAwayError(Exception):
    """The classifier takes no work just now, whatever the texts: not ready, full, shutting down, or no token."""


class ClassifierLostError(Exception):
    """The call went out and no answer came: the connection broke or the time was over. The texts may be why."""


class TextsRefusedError(Exception):
    """The classifier answered that it cannot label these texts; at least one of them is at fault."""


class ClassifierClient:
    """Labels and embeds texts over gRPC."""

    def __init__(self, channel: CallingChannel, *, timeout_seconds: float, embeddings: bool) -> None:
        """`embeddings`: ask for them together with the labels."""
        self._channel = channel
        self._embeddings = embeddings
        self._stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
        self._timeout_seconds = timeout_seconds

    async def ready(self) -> None:
        """Returns when there is a connection to the classifier."""
        await self._channel.channel_ready()

    async def classify(self, texts: Sequence[str], languages: Sequence[str] = ()) -> list[Enrichment]:
        """Labels, and embeddings where they are switched on, one of each per text, in their order. At most 256 texts.

        `languages`: those to label; none means all. Raises ClassifierAwayError, ClassifierLostError, TextsRefusedError.
        """
        return [made for part in _parts(texts) for made in await self._classify(part, languages)]

    async def _classify(self, texts: Sequence[str], languages: Sequence[str]) -> list[Enrichment]:
        request = classifier_pb2.ClassifyRequest(texts=texts, include_embedding=self._embeddings, languages=languages)
        try:
            response = await self._stub.Classify(request, timeout=self._timeout_seconds)
        except grpc.aio.AioRpcError as error:
            raise _translated(error) from error
        if len(response.results) != len(texts):
            raise TextsRefusedError(f"{len(response.results)} results for {len(texts)} texts")
        return [
            Enrichment(
                labels=_label_set(result, response), embedding=_embedding(result.embedding, response.encoder_version)
            )
            for result in response.results
        ]

    async def embed(self, texts: Sequence[str]) -> list[Embedding]:
        """One embedding per text, in their order; none at all where the model gives none that fits. At most 256 texts.

        Raises as `classify`.
        """
        found = [embedding for part in _parts(texts) for embedding in await self._embed(part)]
        return found if len(found) == len(texts) else []

    async def _embed(self, texts: Sequence[str]) -> list[Embedding]:
        request = categories_pb2.EmbedRequest(texts=texts)
        try:
            response = await self._stub.Embed(request, timeout=self._timeout_seconds)
        except grpc.aio.AioRpcError as error:
            if from_rpc_error(error).reason == ErrorReason.MODEL_LACKS_OUTPUT:
                return []
            raise _translated(error) from error
        embeddings = [_embedding(item.values, response.encoder_version) for item in response.embeddings]
        return [embedding for embedding in embeddings if embedding is not None]

    async def summarize(self, text: str) -> str:
        """A few sentences of a text, word for word; empty where the model cannot weigh them. Raises as `classify`."""
        if not text.strip():
            return ""
        request = summary_pb2.SummarizeRequest(text=text)
        try:
            response = await self._stub.Summarize(request, timeout=self._timeout_seconds)
        except grpc.aio.AioRpcError as error:
            if from_rpc_error(error).reason == ErrorReason.MODEL_LACKS_OUTPUT:
                return ""
            raise _translated(error) from error
        return response.summary

    async def fit_category(self, definition: Definition, negative_examples: Sequence[str]) -> Head | None:
        """What recognises a custom category; None where the model gives no embedding that fits. Raises as `classify`.

        `negative_examples`: at most 1,000 messages that do not belong to it; of very long ones the first are enough.
        """
        request = categories_pb2.FitCategoryRequest(
            name=definition.name,
            description=definition.description,
            examples=definition.examples,
            negative_examples=next(_parts(negative_examples), ()),
        )
        try:
            response = await self._stub.FitCategory(request, timeout=self._timeout_seconds)
        except grpc.aio.AioRpcError as error:
            if from_rpc_error(error).reason == ErrorReason.MODEL_LACKS_OUTPUT:
                return None
            raise _translated(error) from error
        head = response.head
        fits = head.encoder_version and len(head.weights) == EMBEDDING_SIZE
        return (
            Head(encoder=head.encoder_version, weights=list(head.weights), bias=head.bias, threshold=head.threshold)
            if fits
            else None
        )

    async def encoder(self) -> str:
        """Version of the encoder that serves now; empty where the model gives no embedding that fits.

        Raises as `classify`.
        """
        info = await self._model_info()
        return info.encoder_version if info.embedding_size == EMBEDDING_SIZE else ""

    async def model(self) -> Model:
        """The model that serves. Raises as `classify`."""
        info = await self._model_info()
        return Model(info.model.name, info.model.version)

    async def confusions(self) -> tuple[Model, list[tuple[str, str, Confusion]]]:
        """The model that serves, and how it errs on the golden set: (kind, label, confusion) each.

        None where it was not measured. Raises as `classify`.
        """
        info = await self._model_info()
        found = [
            (_KIND_NAMES[one.kind], one.label, _confusion(one)) for one in info.confusions if one.kind in _KIND_NAMES
        ]
        return Model(info.model.name, info.model.version), found

    async def _model_info(self) -> classifier_pb2.GetModelInfoResponse:
        try:
            return await self._stub.GetModelInfo(classifier_pb2.GetModelInfoRequest(), timeout=self._timeout_seconds)
        except grpc.aio.AioRpcError as error:
            raise _translated(error) from error

    async def shadow(self) -> Model:
        """The model in the shadow. Raises FailedPreconditionError without one, and what the classifier answers."""
        try:
            answer = await self._stub.GetModelStatus(
                lifecycle_pb2.GetModelStatusRequest(), timeout=self._timeout_seconds
            )
        except grpc.aio.AioRpcError as error:
            raise _as_answered(error) from error
        if not answer.status.HasField("shadow"):
            raise FailedPreconditionError(
                "There is no model in the shadow.",
                hint="Try one first: the classifier's ActivateModel, MODEL_STAGE_SHADOW, in each of its processes.",
            )
        return Model(answer.status.shadow.name, answer.status.shadow.version)

    async def classify_by_shadow(self, texts: Sequence[str]) -> tuple[Model, list[LabelSet]]:
        """The model that answered, and the labels of each text, in their order. At most 256 texts.

        Raises what the classifier answers.
        """
        request = classifier_pb2.ClassifyRequest(texts=texts, by_shadow=True)
        try:
            response = await self._stub.Classify(request, timeout=self._timeout_seconds)
        except grpc.aio.AioRpcError as error:
            raise _as_answered(error) from error
        return Model(response.model.name, response.model.version), [
            _label_set(result, response) for result in response.results
        ]


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts in their order, as many to a part as one call may carry; a part is never empty."""
    begin = size_bytes = 0
    for place, text in enumerate(texts):
        size_bytes += len(text.encode())
        if size_bytes > _MAX_BYTES and place > begin:
            yield texts[begin:place]
            begin, size_bytes = place, len(text.encode())
    if texts:
        yield texts[begin:]


def _as_answered(error: grpc.aio.AioRpcError) -> Exception:
    """For those whose caller is to know how the classifier answered."""
    away = UnavailableError(
        "The classifier cannot be reached.", reason=ErrorReason.CLASSIFIER_UNAVAILABLE, retry_after_seconds=1
    )
    return from_rpc_error(error, unreachable=away)


def _confusion(one: classifier_pb2.LabelConfusion) -> Confusion:
    return Confusion(one.true_positives, one.false_negatives, one.false_positives, one.true_negatives)


def _translated(error: grpc.aio.AioRpcError) -> Exception:
    text = f"{error.code().name}: {from_rpc_error(error).reason}"
    if error.code() in _REFUSED:
        return TextsRefusedError(text)
    # A reason of the classifier's own says that it is alive and does not want the work.
    named = from_rpc_error(error).reason not in {ErrorReason.UNAVAILABLE, ErrorReason.CANCELLED}
    if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED or (error.code() in _LOST and not named):
        return ClassifierLostError(text)
    return ClassifierAwayError(text)


def _embedding(values: Sequence[float], encoder: str) -> Embedding | None:
    """None without an encoder's name: what cannot be told apart from another encoder's must not be compared."""
    return Embedding(encoder=encoder, values=list(values)) if encoder and len(values) == EMBEDDING_SIZE else None


def _label_set(result: classifier_pb2.Classification, response: classifier_pb2.ClassifyResponse) -> LabelSet:
    return LabelSet(
        intents=tuple(LabelScore(label=score.label, probability=score.probability) for score in result.intents),
        sentiment=LabelScore(label=result.sentiment.label, probability=result.sentiment.probability),
        language=result.language,
        abstained=result.abstained,
        model_name=response.model.name,
        model_version=response.model.version,
        review_value=result.review_value,
    )
