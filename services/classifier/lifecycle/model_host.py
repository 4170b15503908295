"""The models' life in the process: the first is loaded in the background and tried again while it cannot be; others are
tried in the shadow, activated, rolled back; all are closed at the end.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import structlog

from services.classifier.batching.answer_cache import AnswerCache
from services.classifier.batching.batch_policy import BatchLimits
from services.classifier.batching.batcher import Batcher
from services.classifier.classification import LoadedModel
from services.classifier.lifecycle.download import fetched_model
from services.classifier.lifecycle.golden_gate import GoldenGate
from services.classifier.lifecycle.self_check import open_engine
from services.classifier.lifecycle.shadow import Comparison, Shadow
from services.classifier.metrics import ClassifierMetrics
from services.classifier.scoring.artefact import Artefact, ArtefactError, load_artefact
from services.classifier.scoring.drift import Drift, DriftMonitor
from services.classifier.scoring.engine import Engine
from services.classifier.scoring.predictor import Predictor
from services.classifier.settings import ClassifierSettings
from services.classifier.text.languages import LanguageOf, load_languages
from services.runtime.errors import ErrorReason, FailedPreconditionError, NotFoundError, UnavailableError

_logger = structlog.get_logger("earshot.classifier")

_RETRY_SECONDS: Final = 5.0
_LONGEST_RETRY_SECONDS: Final = 300.0
"""A server that has not got the model is asked ever more rarely; a folder is looked at every few seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStatus:
    """The models of a process."""

    active: Artefact
    shadow: Artefact | None
    previous: Artefact | None
    comparison: Comparison | None
    drift: Drift
    available: list[str]
    """Names that `activate` and `try_in_shadow` take."""


class ModelHost:
    """Holds the model that serves. The process stays up without one, NOT_SERVING, until its files are right."""

    def __init__(self, settings: ClassifierSettings, metrics: ClassifierMetrics) -> None:
        self._settings = settings
        self._metrics = metrics
        capacity_bytes = round(settings.classifier_cache_mb * 1_000_000)
        for kind in ("labels", "confidence", "novelty", "embedding"):
            metrics.drift.labels(kind).set_function(partial(self._drift_of, kind))
        self._cache = AnswerCache(capacity_bytes, kept_bytes=metrics.cache_bytes)
        self._model: LoadedModel | None = None
        self._problem = "it is still loading"
        self._loading: asyncio.Task[None] | None = None
        self._language_of: LanguageOf | None = None
        self._previous: LoadedModel | None = None
        self._shadow: Shadow | None = None
        self._gate = GoldenGate()
        self._step = asyncio.Lock()
        self._retired: set[LoadedModel] = set()
        self._retiring: set[asyncio.Task[None]] = set()

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
        for task in self._retiring:
            task.cancel()
        shadow = self._shadow.model if self._shadow else None
        for model in (self._model, self._previous, shadow, *self._retired):
            if model is not None:
                await model.batcher.close()

    def model(self) -> LoadedModel:
        """The model that serves. Raises UnavailableError (MODEL_NOT_READY) while there is none."""
        if self._model is None:
            raise UnavailableError(
                "The classifier has no model to answer with.",
                reason=ErrorReason.MODEL_NOT_READY,
                hint="If it does not come up within seconds, its log names the file and the command that mends it.",
            )
        return self._model

    def shadow_model(self) -> LoadedModel:
        """The model that is tried out. Raises FailedPreconditionError while there is none."""
        if self._shadow is None:
            raise FailedPreconditionError(
                "There is no model in the shadow.", hint="Try one first: ActivateModel, MODEL_STAGE_SHADOW, its name."
            )
        return self._shadow.model

    def _drift_of(self, kind: str) -> float:
        return float(getattr(self._model.drift.drift(), kind)) if self._model else 0.0

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
        self._language_of = await asyncio.to_thread(load_languages)
        pause = _RETRY_SECONDS
        while (engine := await self._try_load()) is None:
            await asyncio.sleep(pause)  # files send no event when they are mended
            pause = min(2 * pause, _LONGEST_RETRY_SECONDS) if self._settings.model_source else pause
        self._model = self._serve(engine, self._settings.worker_count)
        _logger.info("model loaded", model=engine.artefact.name, version=engine.artefact.version)

    async def _try_load(self) -> Engine | None:
        try:
            source = self._settings.model_source
            folder = await fetched_model(source) if source else self._settings.classifier_model.expanduser()
            return await asyncio.to_thread(self._open, folder)
        except ArtefactError as error:
            if self._problem != str(error):
                _logger.error("no model to serve", problem=str(error))  # noqa: TRY400 - the text says it all
            self._problem = str(error)
            return None

    def _serve(self, engine: Engine, worker_count: int) -> LoadedModel:
        settings, language_of = self._settings, self._languages()
        cache = self._cache.of(engine.artefact.version)
        predictor = Predictor(engine, language_of, disabled_rules=settings.classifier_disabled_rules)
        batcher = Batcher(
            predictor.predict,
            limits=BatchLimits(max_texts=settings.classifier_batch_texts, max_tokens=settings.classifier_batch_tokens),
            worker_count=worker_count,
            capacity=settings.classifier_queue_texts,
            cache=cache,
            metrics=self._metrics,
        )
        artefact = engine.artefact
        drift = DriftMonitor(artefact.intents, artefact.embedding_size, artefact.reference)
        batcher.observe(drift.see)
        batcher.start()
        return LoadedModel(engine=engine, batcher=batcher, cache=cache, metrics=self._metrics, drift=drift)

    def _languages(self) -> LanguageOf:
        if self._language_of is None:
            raise UnavailableError("The languages are not loaded yet.", reason=ErrorReason.MODEL_NOT_READY)
        return self._language_of

    def status(self) -> ModelStatus:
        """The models that are loaded. Raises UnavailableError while none serves."""
        return ModelStatus(
            active=self.model().artefact,
            shadow=self._shadow.model.artefact if self._shadow else None,
            previous=self._previous.artefact if self._previous else None,
            comparison=self._shadow.comparison if self._shadow else None,
            drift=self.model().drift.drift(),
            available=self._available(),
        )

    async def try_in_shadow(self, name: str) -> None:
        """Lets the model in the folder `name` label live texts silently, in place of the shadow there is.

        Raises NotFoundError, FailedPreconditionError.
        """
        async with self._step:
            active = self.model()
            engine = await self._load_further(name)
            self._end_shadow()
            self._shadow = Shadow(self._serve(engine, 1))
            active.batcher.observe(self._shadow.see)

    async def end_shadow(self) -> None:
        """Ends the shadow, if there is one."""
        async with self._step:
            self._end_shadow()

    async def activate(self, name: str, *, force: bool) -> None:
        """Lets the model in the folder `name`, or the shadow, serve; calls in progress end with the one before.

        Raises NotFoundError, FailedPreconditionError (MODEL_WORSE when it falls behind on the golden set).
        """
        async with self._step:
            active = self.model()
            engine = await self._load_further(name) if name else self.shadow_model().engine
            if engine.artefact.version == active.artefact.version:
                return
            if not force:
                await self._check_gate(engine, active)
            self._end_shadow()
            self._swap(self._serve(engine, self._settings.worker_count))

    async def roll_back(self) -> None:
        """Lets the model serve that served before. Raises FailedPreconditionError when there is none."""
        async with self._step:
            previous = self._previous
            if previous is None:
                raise FailedPreconditionError("There is no model to go back to.")
            self._end_shadow()
            self._previous = None
            self._swap(previous)

    async def _check_gate(self, engine: Engine, active: LoadedModel) -> None:
        found = await asyncio.to_thread(
            self._gate.refusals,
            engine.artefact,
            active.artefact,
            self._languages(),
            margin=self._settings.classifier_gate_margin,
        )
        if found:
            raise FailedPreconditionError(
                f"The model {engine.artefact.name} {engine.artefact.version} {'; '.join(found[:5])}.",
                reason=ErrorReason.MODEL_WORSE,
                hint="Set `force` to let it serve all the same.",
            )

    def _swap(self, new: LoadedModel) -> None:
        old, oldest = self.model(), self._previous
        self._model, self._previous = new, old
        _logger.info("model activated", version=new.artefact.version, before=old.artefact.version)
        if oldest is not None:
            self._retire(oldest)

    def _retire(self, model: LoadedModel) -> None:
        """Closes a model that no new call gets, when the calls that have it must be over."""
        self._retired.add(model)
        task = asyncio.create_task(self._close_later(model), name="retire-model")
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def _close_later(self, model: LoadedModel) -> None:
        await asyncio.sleep(self._settings.default_deadline_seconds)
        while model.batcher.admitted:  # noqa: ASYNC110 - a number that nothing announces
            await asyncio.sleep(_RETRY_SECONDS)
        self._retired.discard(model)
        await model.batcher.close()

    def _end_shadow(self) -> None:
        if self._shadow is None:
            return
        shadow, self._shadow = self._shadow, None
        self.model().batcher.forget(shadow.see)
        self._retire(shadow.model)

    def _available(self) -> list[str]:
        folder = self._settings.classifier_models
        return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder and folder.is_dir() else []

    async def _load_further(self, name: str) -> Engine:
        folder, known = self._settings.classifier_models, self._available()
        if folder is None or name not in known:
            raise NotFoundError(
                f"There is no model {name}.",
                reason=ErrorReason.UNKNOWN_MODEL,
                hint=f"EARSHOT_CLASSIFIER_MODELS holds: {', '.join(known) or 'nothing'}.",
            )
        try:
            return await asyncio.to_thread(self._open, folder / name)
        except ArtefactError as error:
            raise FailedPreconditionError(str(error)) from error

    def _open(self, folder: Path) -> Engine:
        settings = self._settings
        return open_engine(load_artefact(folder), device=settings.classifier_device, wanted=settings.classifier_compute)
