"""`inference.GRPCInferenceService`: the same model for clients of the Open Inference Protocol: tritonclient, KServe."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any, Final, TypeAlias

import grpc

from inference import grpc_predict_v2_pb2 as v2
from inference import grpc_predict_v2_pb2_grpc as v2_grpc
from services.classifier.classification import LoadedModel
from services.classifier.contract.convert import read_texts
from services.classifier.contract.open_inference import (
    infer_response,
    model_metadata,
    read_texts_tensor,
    requested_outputs,
)
from services.classifier.scoring.artefact import Artefact
from services.runtime.errors import EarshotError, ErrorReason, NotFoundError, UnavailableError
from services.runtime.status import public_message

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

SERVICE_NAME: Final = v2.DESCRIPTOR.services_by_name["GRPCInferenceService"].full_name
SERVER_NAME: Final = "earshot-classifier"
ALIAS: Final = "classifier"
"""A model name that always works, whichever artefact serves."""

_MAX_OPEN_REQUESTS: Final = 32
"""Requests of one stream that are read and not yet answered."""


class OpenInferenceServicer(v2_grpc.GRPCInferenceServiceServicer):
    """Any caller with a valid token may infer."""

    def __init__(self, current_model: Callable[[], LoadedModel]) -> None:
        """`current_model` returns the model that serves, or raises UnavailableError (MODEL_NOT_READY)."""
        self._current_model = current_model

    async def ServerLive(self, request: v2.ServerLiveRequest, context: Context) -> v2.ServerLiveResponse:
        """It answers, so it lives."""
        return v2.ServerLiveResponse(live=True)

    async def ServerReady(self, request: v2.ServerReadyRequest, context: Context) -> v2.ServerReadyResponse:
        """Whether a model serves."""
        return v2.ServerReadyResponse(ready=self._is_ready())

    async def ModelReady(self, request: v2.ModelReadyRequest, context: Context) -> v2.ModelReadyResponse:
        """Whether this model, in this version, serves."""
        ready = self._is_ready() and _is_served(self._current_model().artefact, request.name, request.version)
        return v2.ModelReadyResponse(ready=ready)

    async def ServerMetadata(self, request: v2.ServerMetadataRequest, context: Context) -> v2.ServerMetadataResponse:
        """Name of the server; the version is that of its model, the one thing that changes."""
        version = self._current_model().artefact.version if self._is_ready() else ""
        return v2.ServerMetadataResponse(name=SERVER_NAME, version=version)

    async def ModelMetadata(self, request: v2.ModelMetadataRequest, context: Context) -> v2.ModelMetadataResponse:
        """What goes in and comes out."""
        artefact = self._served(request.name, request.version).artefact
        return model_metadata(request.name, artefact)

    async def ModelInfer(self, request: v2.ModelInferRequest, context: Context) -> v2.ModelInferResponse:
        """Labels 1 to 256 texts."""
        model = self._served(request.model_name, request.model_version)
        texts = read_texts("inputs[0]", read_texts_tensor(request))
        requested_outputs(request, model.artefact)
        return infer_response(request, await model.classify(texts), model.artefact)

    async def ModelStreamInfer(
        self, request_iterator: AsyncIterator[v2.ModelInferRequest], context: Context
    ) -> AsyncIterator[v2.ModelStreamInferResponse]:
        """Answers in the order of the requests; what is wrong with one is its `error_message`."""
        open_requests: asyncio.Queue[asyncio.Task[v2.ModelStreamInferResponse] | None] = asyncio.Queue()
        places = asyncio.Semaphore(_MAX_OPEN_REQUESTS)

        async def read() -> None:
            try:
                async for request in request_iterator:
                    await places.acquire()
                    open_requests.put_nowait(asyncio.create_task(self._answer(request, context)))
            finally:
                open_requests.put_nowait(None)

        reader = asyncio.create_task(read())
        try:
            while (task := await open_requests.get()) is not None:
                yield await task
                places.release()
            await reader
        finally:
            reader.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await reader
            while not open_requests.empty():
                if (task := open_requests.get_nowait()) is not None:
                    task.cancel()

    async def _answer(self, request: v2.ModelInferRequest, context: Context) -> v2.ModelStreamInferResponse:
        try:
            return v2.ModelStreamInferResponse(infer_response=await self.ModelInfer(request, context))
        except EarshotError as error:
            failed = v2.ModelInferResponse(model_name=request.model_name, id=request.id)
            return v2.ModelStreamInferResponse(error_message=public_message(error), infer_response=failed)

    def _is_ready(self) -> bool:
        try:
            self._current_model().batcher.check()
        except UnavailableError:
            return False
        return True

    def _served(self, name: str, version: str) -> LoadedModel:
        model = self._current_model()
        if not _is_served(model.artefact, name, version):
            raise NotFoundError(
                f"There is no model {name} {version}".strip() + ".",
                reason=ErrorReason.UNKNOWN_MODEL,
                hint=f"The model that serves is {model.artefact.name} {model.artefact.version}; {ALIAS} names it too.",
            )
        return model


def _is_served(artefact: Artefact, name: str, version: str) -> bool:
    return name in {artefact.name, ALIAS} and version in {"", artefact.version}
