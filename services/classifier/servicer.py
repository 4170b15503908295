"""The gRPC servicer: check → convert → call → convert."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, TypeAlias

import grpc

from earshot.classifier.v1 import classifier_pb2, classifier_pb2_grpc
from services.classifier import convert
from services.classifier.classification import LoadedModel
from services.classifier.stream import BadItem, StreamText, classify_stream

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

SERVICE_NAME: str = classifier_pb2.DESCRIPTOR.services_by_name["ClassifierService"].full_name


class ClassifierServicer(classifier_pb2_grpc.ClassifierServiceServicer):
    """Any caller with a valid token may classify: the service keeps nothing and knows no workspace."""

    def __init__(self, current_model: Callable[[], LoadedModel]) -> None:
        """`current_model` returns the model that serves, or raises UnavailableError (MODEL_NOT_READY)."""
        self._current_model = current_model

    async def Classify(
        self, request: classifier_pb2.ClassifyRequest, context: Context
    ) -> classifier_pb2.ClassifyResponse:
        """Labels 1 to 256 texts."""
        texts, scheme = convert.read_classify_request(request)
        model = self._current_model()
        answers = await model.classify(texts)
        return convert.classify_response(
            answers,
            model.artefact,
            scheme=scheme,
            include_embedding=request.include_embedding,
            include_scores=request.include_scores,
        )

    async def ClassifyStream(
        self, request_iterator: AsyncIterator[classifier_pb2.ClassifyStreamRequest], context: Context
    ) -> AsyncIterator[classifier_pb2.ClassifyStreamResponse]:
        """Labels texts as they come."""
        async with aclosing(classify_stream(self._current_model(), _read(request_iterator))) as answers:
            async for answer in answers:
                yield convert.stream_response(answer)

    async def GetModelInfo(
        self, request: classifier_pb2.GetModelInfoRequest, context: Context
    ) -> classifier_pb2.GetModelInfoResponse:
        """Describes the model."""
        return convert.model_info(self._current_model().artefact)


async def _read(
    requests: AsyncIterator[classifier_pb2.ClassifyStreamRequest],
) -> AsyncIterator[StreamText | BadItem]:
    async for request in requests:
        yield convert.read_stream_request(request)
