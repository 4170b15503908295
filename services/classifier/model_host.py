"""The model's life in the process: loaded in the background, tried again while it cannot be, closed at the end."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

import structlog

from services.classifier.answer_cache import AnswerCache
from services.classifier.artefact import ArtefactError, load_artefact
from services.classifier.batch_policy import BatchLimits
from services.classifier.batcher import Batcher
from services.classifier.classification import LoadedModel
from services.classifier.engine import Engine
from services.classifier.languages import LanguageOf, load_languages
from services.classifier.metrics import ClassifierMetrics
from services.classifier.predictor import Predictor
from services.classifier.settings import ClassifierSettings
from services.runtime.errors import ErrorReason, UnavailableError

_logger = structlog.get_logger("earshot.classifier")

_RETRY_SECONDS: Final = 5.0


class ModelHost:
    """Holds the model that serves. The process stays up without one, NOT_SERVING, until its files are right."""

    def __init__(self, settings: ClassifierSettings, metrics: ClassifierMetrics) -> None:
        self._settings = settings
        self._metrics = metrics
        capacity_bytes = round(settings.classifier_cache_mb * 1_000_000)
        self._cache = AnswerCache(capacity_bytes, kept_bytes=metrics.cache_bytes)
        self._model: LoadedModel | None = None
        self._problem = "it is still loading"
        self._loading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._loading = asyncio.create_task(self._load(), name="load-model")
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._loading is not None:
            self._loading.cancel()
            with suppress(asyncio.CancelledError):
                await self._loading
        if self._model is not None:
            await self._model.batcher.close()

    def model(self) -> LoadedModel:
        """The model that serves. Raises UnavailableError (MODEL_NOT_READY) while there is none."""
        if self._model is None:
            raise UnavailableError(
                "The classifier has no model to answer with.",
                reason=ErrorReason.MODEL_NOT_READY,
                hint="If it does not come up within seconds, its log names the file and the command that mends it.",
            )
        return self._model

    async def check(self) -> None:
        """The readiness check: raises, with the reason for the log, while no text can be labelled."""
        if self._model is None:
            raise UnavailableError(f"the model is not ready: {self._problem}", reason=ErrorReason.MODEL_NOT_READY)
        self._model.batcher.check()

    async def loaded(self) -> None:
        """Waits until the model serves."""
        if self._loading is not None:
            await self._loading

    async def _load(self) -> None:
        language_of = await asyncio.to_thread(load_languages)
        while (engine := await self._try_load()) is None:  # noqa: ASYNC110 - files send no event when they are mended
            await asyncio.sleep(_RETRY_SECONDS)
        self._model = self._serve(engine, language_of)
        _logger.info("model loaded", model=engine.artefact.name, version=engine.artefact.version)

    async def _try_load(self) -> Engine | None:
        try:
            return await asyncio.to_thread(_open, self._settings)
        except ArtefactError as error:
            if self._problem != str(error):
                _logger.error("no model to serve", problem=str(error))  # noqa: TRY400 - the text says it all
            self._problem = str(error)
            return None

    def _serve(self, engine: Engine, language_of: LanguageOf) -> LoadedModel:
        settings = self._settings
        cache = self._cache.of(engine.artefact.version)
        predictor = Predictor(engine, language_of, disabled_rules=settings.classifier_disabled_rules)
        batcher = Batcher(
            predictor.predict,
            limits=BatchLimits(max_texts=settings.classifier_batch_texts, max_tokens=settings.classifier_batch_tokens),
            worker_count=settings.worker_count,
            capacity=settings.classifier_queue_texts,
            cache=cache,
            metrics=self._metrics,
        )
        batcher.start()
        return LoadedModel(engine=engine, batcher=batcher, cache=cache, metrics=self._metrics)


def _open(settings: ClassifierSettings) -> Engine:
    return Engine(load_artefact(settings.classifier_model.expanduser()), device=settings.classifier_device)
