"""A classifier in this process: the real model behind a real grpc.aio server on a free port.

Tests ask for the fixtures `classifier` (one shared server) or `start_classifier` (their own, with their own settings);
`serve_classifier` is for those who bring their own keys.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import pytest_asyncio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from earshot.classifier.v1 import classifier_pb2, classifier_pb2_grpc
from inference import grpc_predict_v2_pb2_grpc
from services.classifier.batching.answer_cache import AnswerCache
from services.classifier.batching.batch_policy import BatchLimits
from services.classifier.batching.batcher import Batcher
from services.classifier.batching.workers import Predict
from services.classifier.classification import LoadedModel
from services.classifier.contract.open_inference_servicer import SERVICE_NAME as OPEN_INFERENCE
from services.classifier.contract.open_inference_servicer import OpenInferenceServicer
from services.classifier.contract.servicer import SERVICE_NAME, ClassifierServicer
from services.classifier.language_model.opening import opened
from services.classifier.lifecycle import model_host
from services.classifier.lifecycle.model_host import ModelHost
from services.classifier.lifecycle.self_check import WantedCompute, open_engine
from services.classifier.metrics import classifier_metrics
from services.classifier.scoring.artefact import Artefact, load_artefact
from services.classifier.scoring.drift import DriftMonitor
from services.classifier.scoring.engine import Device, Engine, TokenizedText
from services.classifier.scoring.prediction import Prediction
from services.classifier.scoring.predictor import Predictor
from services.classifier.settings import DEFAULT_MODEL, ClassifierSettings
from services.classifier.text.languages import LanguageOf, load_languages
from services.runtime.auth import Identity, Role, TokenSigner, TokenVerifier
from services.runtime.channel import CallingChannel, open_channel
from services.runtime.grpc_server import GrpcServer, GrpcService, Listen
from services.runtime.keys import KeyFiles, generate_keys
from services.runtime.metrics import new_registry
from services.runtime.service_token import ServiceToken

if TYPE_CHECKING:
    from earshot.classifier.v1.classifier_pb2_grpc import ClassifierServiceAsyncStub

GOLDEN = Path(__file__).parents[2] / "services" / "classifier" / "training" / "golden.tsv"
AGENT = Identity(user_id="u-agent", workspace_id="default", role=Role.AGENT, name="Agnes")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningClassifier:
    """A server, and a caller with the role `agent`."""

    server: GrpcServer
    channel: CallingChannel
    stub: "ClassifierServiceAsyncStub"
    address: str

    async def classify(self, *texts: str, **fields: Any) -> classifier_pb2.ClassifyResponse:
        """Calls Classify."""
        response: classifier_pb2.ClassifyResponse = await self.stub.Classify(
            classifier_pb2.ClassifyRequest(texts=texts, **fields)
        )
        return response

    async def stream(self, items: Iterable[tuple[str, str]]) -> dict[str, classifier_pb2.ClassifyStreamResponse]:
        """Calls ClassifyStream with (correlation id, text); the answers by correlation id."""
        requests = [classifier_pb2.ClassifyStreamRequest(correlation_id=key, text=text) for key, text in items]
        return {answer.correlation_id: answer async for answer in self.stub.ClassifyStream(iter(requests))}

    async def health(self, service: str = SERVICE_NAME) -> "health_pb2.HealthCheckResponse.ServingStatus":
        """What the health service says after a fresh round of checks."""
        await self.server.readiness.check_now()
        stub = health_pb2_grpc.HealthStub(self.channel)
        response = await stub.Check(health_pb2.HealthCheckRequest(service=service))
        return response.status


Start: TypeAlias = Callable[..., AbstractAsyncContextManager[RunningClassifier]]


@asynccontextmanager
async def serve_classifier(keys: KeyFiles, *, wait: bool = True, **settings: Any) -> AsyncIterator[RunningClassifier]:
    """A classifier as its process builds it, with settings by name; `wait` for its model or not."""
    chosen = _settings(keys, **settings)
    registry = new_registry()
    metrics = classifier_metrics(registry)
    with _loading_once():
        async with ModelHost(chosen, metrics) as host, opened(chosen) as upstream:
            if wait:
                await host.loaded()
            servicer = ClassifierServicer(
                host.model, host=host, metrics=metrics, upstream=upstream, low_confidence=chosen.low_confidence
            )
            async with _serving(chosen, keys, servicer, host.check) as running:
                yield running


@contextmanager
def _loading_once() -> Iterator[None]:
    """What a classifier loads at its start and never changes is loaded once for all of this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model_host, "load_languages", _languages)
        if vars(model_host)["open_engine"] is open_engine:  # else a test looks at how it is called
            patch.setattr(model_host, "open_engine", _opened)
        yield


_languages = cache(load_languages)


@cache
def _shipped() -> Engine:
    return open_engine(load_artefact(DEFAULT_MODEL), wanted="float32")


def _opened(artefact: Artefact, *, device: Device, wanted: WantedCompute) -> Engine:
    shipped = (artefact.folder, device, wanted) == (DEFAULT_MODEL, "auto", "float32")
    return _shipped() if shipped else open_engine(artefact, device=device, wanted=wanted)


@asynccontextmanager
async def serve_model(keys: KeyFiles, model: LoadedModel, **settings: Any) -> AsyncIterator[RunningClassifier]:
    """A classifier over a model that the test built; closes the model's batcher at the end."""

    async def check() -> None:
        model.batcher.check()

    chosen = _settings(keys, **settings)
    servicer = ClassifierServicer(lambda: model, host=ModelHost(chosen, model.metrics), metrics=model.metrics)
    async with _serving(chosen, keys, servicer, check) as running:
        yield running
    await model.batcher.close()


def load_model(
    engine: Engine, predict: Predict, *, capacity: int = 1024, worker_count: int = 2, max_texts: int = 32
) -> LoadedModel:
    """A model whose runs go through `predict`; its cache is off. Must be called in the event loop."""
    metrics = classifier_metrics(new_registry())
    batcher = Batcher(
        predict,
        limits=BatchLimits(max_texts=max_texts, max_tokens=512),
        worker_count=worker_count,
        capacity=capacity,
        cache=AnswerCache(0).of("test"),
        metrics=metrics,
    )
    batcher.start()
    drift = DriftMonitor(engine.artefact.intents, engine.artefact.embedding_size, engine.artefact.reference)
    return LoadedModel(engine=engine, batcher=batcher, cache=AnswerCache(0).of("test"), metrics=metrics, drift=drift)


class HeldModel:
    """Wraps the model so that a test decides when a run may happen: each run waits until `release` was called."""

    def __init__(self, predict: Predict) -> None:
        self._predict = predict
        self._model: LoadedModel
        self._may_run = threading.Event()
        self.runs: list[list[str]] = []
        self.first_run = threading.Event()

    def __call__(self, texts: Sequence[TokenizedText]) -> tuple[list[Prediction], float]:
        self.runs.append([text.text for text in texts])
        self.first_run.set()
        self._may_run.wait(30)
        return self._predict(texts)

    def release(self) -> None:
        """Lets this and every later run go on."""
        self._may_run.set()

    def watch(self, model: LoadedModel) -> None:
        """The model whose admitted texts `admits` looks at."""
        self._model = model

    async def admits(self, texts: int) -> None:
        """Returns when exactly so many texts are waiting or running."""
        async with asyncio.timeout(10):
            while self._model.batcher.admitted != texts:  # noqa: ASYNC110 - a number that nothing announces
                await asyncio.sleep(0.002)

    async def busy(self) -> None:
        """Returns when a worker has begun its first run."""
        await asyncio.to_thread(self.first_run.wait, 30)


def _settings(keys: KeyFiles, **settings: Any) -> ClassifierSettings:
    # The check at the start takes a second of each server; test_self_check looks at it.
    chosen = {"classifier_compute": "float32", **settings}
    return ClassifierSettings(public_key_file=keys.public_key, classifier_port=0, **chosen)


@asynccontextmanager
async def _serving(
    settings: ClassifierSettings, keys: KeyFiles, servicer: ClassifierServicer, check: Callable[[], Any]
) -> AsyncIterator[RunningClassifier]:
    service = GrpcService(
        name=SERVICE_NAME,
        register=partial(classifier_pb2_grpc.add_ClassifierServiceServicer_to_server, servicer),
        requires=("model",),
    )
    open_inference = GrpcService(
        name=OPEN_INFERENCE,
        register=partial(
            grpc_predict_v2_pb2_grpc.add_GRPCInferenceServiceServicer_to_server,
            OpenInferenceServicer(servicer.current_model),
        ),
        requires=("model",),
    )
    server = GrpcServer(
        settings=settings,
        listen=Listen(host=settings.classifier_host, port=settings.classifier_port, setting="EARSHOT_CLASSIFIER_PORT"),
        services=[service, open_inference],
        verifier=TokenVerifier.from_file(keys.public_key),
        registry=new_registry(),
        checks={"model": check},
    )
    async with server:
        address = f"127.0.0.1:{server.port}"
        # Good for the whole session, however long a busy machine makes it.
        signed = TokenSigner.from_file(keys.private_key).sign(AGENT, lifetime_seconds=86_400)
        async with open_channel(address, service_token=ServiceToken(value=signed)) as channel:
            stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
            yield RunningClassifier(server=server, channel=channel, stub=stub, address=address)


@pytest.fixture(scope="session")
def classifier_keys(tmp_path_factory: pytest.TempPathFactory) -> KeyFiles:
    """Keys that the classifiers of these fixtures accept."""
    return generate_keys(tmp_path_factory.mktemp("classifier-keys"))


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine with the shipped model."""
    return _shipped()


@pytest.fixture(scope="session")
def language_of() -> LanguageOf:
    """The language detector."""
    return _languages()


@pytest.fixture(scope="session")
def predictor(engine: Engine, language_of: LanguageOf) -> Predictor:
    """The real model with every rule."""
    return Predictor(engine, language_of)


@pytest_asyncio.fixture(scope="session")
async def classifier(classifier_keys: KeyFiles) -> AsyncIterator[RunningClassifier]:
    """One classifier for all tests that do not change it; its cache is off, so every answer comes from the model."""
    async with serve_classifier(classifier_keys, classifier_cache_mb=0) as running:
        yield running


@pytest.fixture
def start_classifier(classifier_keys: KeyFiles) -> Start:
    """`async with start_classifier(classifier_model=..., ...) as running`: a classifier of the test's own."""
    return partial(serve_classifier, classifier_keys)


@pytest.fixture
def copied_model(tmp_path: Path) -> Path:
    """A copy of the shipped artefact that a test may damage; unchanged files are links."""
    folder = tmp_path / "model"
    folder.mkdir()
    for path in DEFAULT_MODEL.iterdir():
        (folder / path.name).symlink_to(path)
    return folder
