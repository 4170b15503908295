"""The classifier as the enricher sees it: texts in, label sets out, and three ways for that to go wrong."""

from collections.abc import Sequence
from typing import Final

import grpc

from earshot.classifier.v1 import classifier_pb2, classifier_pb2_grpc
from services.runtime.channel import CallingChannel
from services.runtime.errors import ErrorReason
from services.runtime.status import from_rpc_error
from services.store.message import LabelScore, LabelSet

MAX_TEXTS: Final = 256

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
    """Labels texts over gRPC."""

    def __init__(self, channel: CallingChannel, *, timeout_seconds: float) -> None:
        self._channel = channel
        self._stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
        self._timeout_seconds = timeout_seconds

    async def ready(self) -> None:
        """Returns when there is a connection to the classifier."""
        await self._channel.channel_ready()

    async def classify(self, texts: Sequence[str]) -> list[LabelSet]:
        """One label set per text, in their order. At most 256 texts.

        Raises ClassifierAwayError, ClassifierLostError or TextsRefusedError.
        """
        request = classifier_pb2.ClassifyRequest(texts=texts)
        try:
            response = await self._stub.Classify(request, timeout=self._timeout_seconds)
        except grpc.aio.AioRpcError as error:
            raise _translated(error) from error
        if len(response.results) != len(texts):
            raise TextsRefusedError(f"{len(response.results)} results for {len(texts)} texts")
        return [_label_set(result, response) for result in response.results]


def _translated(error: grpc.aio.AioRpcError) -> Exception:
    text = f"{error.code().name}: {from_rpc_error(error).reason}"
    if error.code() in _REFUSED:
        return TextsRefusedError(text)
    # A reason of the classifier's own says that it is alive and does not want the work.
    named = from_rpc_error(error).reason not in {ErrorReason.UNAVAILABLE, ErrorReason.CANCELLED}
    if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED or (error.code() in _LOST and not named):
        return ClassifierLostError(text)
    return ClassifierAwayError(text)


def _label_set(result: classifier_pb2.Classification, response: classifier_pb2.ClassifyResponse) -> LabelSet:
    return LabelSet(
        intents=tuple(LabelScore(label=score.label, probability=score.probability) for score in result.intents),
        sentiment=LabelScore(label=result.sentiment.label, probability=result.sentiment.probability),
        language=result.language,
        abstained=result.abstained,
        model_name=response.model.name,
        model_version=response.model.version,
    )
