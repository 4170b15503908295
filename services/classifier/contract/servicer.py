"""The gRPC servicer: check → convert → call → convert."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, TypeAlias

import grpc

from earshot.classifier.v1 import (
    categories_pb2,
    classifier_pb2,
    classifier_pb2_grpc,
    explanation_pb2,
    lifecycle_pb2,
    summary_pb2,
)
from services.classifier.categories.own_categories import OwnCategories
from services.classifier.classification import LoadedModel
from services.classifier.contract import (
    convert,
    convert_categories,
    convert_explanation,
    convert_labels,
    convert_lifecycle,
    convert_summary,
)
from services.classifier.embedding import require_embedding
from services.classifier.explaining.explain import explain
from services.classifier.labelling.labeller import Labeller
from services.classifier.labelling.low_confidence import LowConfidence
from services.classifier.language_model.upstream import Upstream
from services.classifier.lifecycle.model_host import ModelHost
from services.classifier.metrics import ClassifierMetrics
from services.classifier.stream import BadItem, StreamText, classify_stream
from services.classifier.summaries.summarizer import Summarizer
from services.runtime.auth import Role
from services.runtime.call_context import require_role

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

SERVICE_NAME: str = classifier_pb2.DESCRIPTOR.services_by_name["ClassifierService"].full_name


class ClassifierServicer(classifier_pb2_grpc.ClassifierServiceServicer):
    """Any caller with a valid token may classify: the service keeps nothing and knows no workspace."""

    def __init__(
        self,
        current_model: Callable[[], LoadedModel],
        *,
        host: ModelHost,
        metrics: ClassifierMetrics,
        upstream: Upstream | None = None,
        low_confidence: LowConfidence = LowConfidence(),  # noqa: B008 # a frozen value
    ) -> None:
        """`current_model` returns the model that serves, or raises UnavailableError (MODEL_NOT_READY).

        `host` is whose model it is.
        """
        self.current_model = current_model
        self._host = host
        self._labeller = Labeller(upstream, low_confidence, metrics)
        self._own_categories = OwnCategories()
        self._summarizer = Summarizer(upstream)

    async def Classify(
        self, request: classifier_pb2.ClassifyRequest, context: Context
    ) -> classifier_pb2.ClassifyResponse:
        """Labels 1 to 256 texts."""
        wanted, shown = convert.read_classify_request(request)
        model = self._shadow_model() if request.by_shadow else self.current_model()
        convert.check_offered(model.artefact, scheme=request.scheme, include_embedding=request.include_embedding)
        labelled = await self._labeller.label(model, wanted)
        return convert_labels.classify_response(labelled, model.artefact, shown)

    def _shadow_model(self) -> LoadedModel:
        require_role(Role.ADMIN, Role.SERVICE)
        return self._host.shadow_model()

    async def ClassifyStream(
        self, request_iterator: AsyncIterator[classifier_pb2.ClassifyStreamRequest], context: Context
    ) -> AsyncIterator[classifier_pb2.ClassifyStreamResponse]:
        """Labels texts as they come."""
        self.current_model()
        items = self._read(request_iterator)
        async with aclosing(classify_stream(self.current_model, self._labeller, items)) as answers:
            async for answer in answers:
                yield convert_labels.stream_response(answer)

    async def _read(
        self, requests: AsyncIterator[classifier_pb2.ClassifyStreamRequest]
    ) -> AsyncIterator[StreamText | BadItem]:
        async for request in requests:
            yield convert.read_stream_request(request, self.current_model().artefact)

    async def Embed(self, request: categories_pb2.EmbedRequest, context: Context) -> categories_pb2.EmbedResponse:
        """Embeds 1 to 256 texts, which are searches, turns of a chat and old messages: none that has just come."""
        texts = convert.read_texts("texts", request.texts)
        model = self.current_model()
        require_embedding(model.artefact)
        return convert_categories.embed_response(await model.classify(texts, live=False), model.artefact)

    async def FitCategory(
        self, request: categories_pb2.FitCategoryRequest, context: Context
    ) -> categories_pb2.FitCategoryResponse:
        """Fits a custom category."""
        description = convert_categories.read_fit_request(request)
        head, quality = await self._own_categories.fit(self.current_model(), description)
        return convert_categories.fit_response(head, quality)

    async def ScoreCategory(
        self, request: categories_pb2.ScoreCategoryRequest, context: Context
    ) -> categories_pb2.ScoreCategoryResponse:
        """Judges texts by custom categories."""
        question = convert_categories.read_score_request(request)
        model = self.current_model()
        probabilities = await self._own_categories.score(model, question)
        return convert_categories.score_response(probabilities, question.heads, model.artefact)

    async def Explain(
        self, request: explanation_pb2.ExplainRequest, context: Context
    ) -> explanation_pb2.ExplainResponse:
        """Tells which words carry each intent, and what would turn it around."""
        model = self.current_model()
        text, intents = convert_explanation.read_explain_request(request, model.artefact)
        explanation = await explain(model, text, intents)
        return convert_explanation.explain_response(text, explanation, model.artefact)

    async def Summarize(self, request: summary_pb2.SummarizeRequest, context: Context) -> summary_pb2.SummarizeResponse:
        """Summarises a text."""
        text, count, by_llm = convert_summary.read_summarize_request(request)
        model = self.current_model()
        summary = await self._summarizer.summarize(model, text, count=count, by_llm=by_llm)
        return convert_summary.summarize_response(summary, model.artefact)

    async def GetModelInfo(
        self, request: classifier_pb2.GetModelInfoRequest, context: Context
    ) -> classifier_pb2.GetModelInfoResponse:
        """Describes the model."""
        model = self.current_model()
        return convert.model_info(model.artefact, model.engine.compute)

    async def ActivateModel(
        self, request: lifecycle_pb2.ActivateModelRequest, context: Context
    ) -> lifecycle_pb2.ActivateModelResponse:
        """Tries a model in the shadow, lets it serve, or goes back."""
        require_role(Role.ADMIN)
        await convert_lifecycle.take_step(self._host, request)
        return lifecycle_pb2.ActivateModelResponse(status=convert_lifecycle.status_message(self._host.status()))

    async def GetModelStatus(
        self, request: lifecycle_pb2.GetModelStatusRequest, context: Context
    ) -> lifecycle_pb2.GetModelStatusResponse:
        """Tells which models are loaded."""
        return lifecycle_pb2.GetModelStatusResponse(status=convert_lifecycle.status_message(self._host.status()))
