"""Somebody else's model, as Optimum exports it: labels of its own, no embedding, no sentiment, no manifest."""

import json
import shutil
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio

from earshot.classifier.v1 import categories_pb2, classifier_pb2, explanation_pb2, summary_pb2
from inference import grpc_predict_v2_pb2 as v2
from inference import grpc_predict_v2_pb2_grpc as v2_grpc
from services.classifier.scoring.artefact import ArtefactError, load_artefact
from services.classifier.scoring.engine import Engine
from services.runtime.errors import ErrorReason
from services.runtime.keys import KeyFiles
from services.runtime.status import from_rpc_error
from tests.support.classifier import RunningClassifier, serve_classifier

EXPORT = Path(__file__).parents[2] / "support" / "optimum_export" / "export"
GOOD, BAD = "this is very good thanks", "awful scam, i hate it"


@pytest_asyncio.fixture(scope="module")
async def exported(classifier_keys: KeyFiles) -> AsyncIterator[RunningClassifier]:
    """A classifier that serves the export; the language model, which knows the guide's labels only, is never asked."""
    nobody: dict[str, Any] = {"classifier_back_end": "llm", "llm_base_url": "http://127.0.0.1:1/v1", "llm_model": "m"}
    async with serve_classifier(classifier_keys, classifier_model=EXPORT, **nobody) as running:
        yield running


@pytest.fixture
def copied_export(tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(EXPORT, tmp_path / "export"))


def change_config(folder: Path, **changed: object) -> Path:
    """Changes config.json."""
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changed), encoding="utf-8")
    return folder


async def test_its_labels_are_served_with_what_does_not_need_our_own_outputs(exported: RunningClassifier) -> None:
    response = await exported.classify(GOOD, BAD, include_scores=True)
    assert [result.intents[0].label for result in response.results] == ["POSITIVE", "NEGATIVE"]
    for result in response.results:
        assert sum(item.probability for item in result.scores) == pytest.approx(1, abs=1e-5)
        assert (len(result.intents), result.language, list(result.steps)) == (1, "en", ["model"])
        assert not result.categories
        assert not result.HasField("sentiment")
    info = await exported.stub.GetModelInfo(classifier_pb2.GetModelInfoRequest())
    assert (list(info.intents), info.embedding_size, info.max_tokens) == (["NEGATIVE", "POSITIVE"], 0, 64)
    assert (info.model.name, info.encoder_version, len(info.schemes)) == ("export", "", 0)
    assert info.quantization == "float32 weights, float32 compute"


async def test_explanations_and_the_open_inference_protocol_work_with_it(exported: RunningClassifier) -> None:
    explained = await exported.stub.Explain(explanation_pb2.ExplainRequest(text="it is great"))
    assert explained.intents[0].intent == "POSITIVE"
    assert explained.pieces[list(explained.intents[0].weights).index(max(explained.intents[0].weights))].text == "great"
    contents = v2.InferTensorContents(bytes_contents=[GOOD.encode()])
    inputs = [v2.ModelInferRequest.InferInputTensor(name="text", datatype="BYTES", shape=[1], contents=contents)]
    answer = await v2_grpc.GRPCInferenceServiceStub(exported.channel).ModelInfer(
        v2.ModelInferRequest(model_name="export", inputs=inputs)
    )
    assert [output.name for output in answer.outputs] == ["labels", "probabilities", "predicted"]


async def test_what_needs_our_own_outputs_says_so(exported: RunningClassifier) -> None:
    sentences = "One is good. Two is bad. Three is great. Four is awful."
    calls: list[Awaitable[Any]] = [
        exported.classify(GOOD, include_embedding=True),
        exported.classify(GOOD, scheme="helpdesk3"),
        exported.classify(GOOD, candidates=[{"name": "a"}, {"name": "b"}]),
        exported.stub.Embed(categories_pb2.EmbedRequest(texts=[GOOD])),
        exported.stub.FitCategory(categories_pb2.FitCategoryRequest(name="a")),
        exported.stub.Summarize(summary_pb2.SummarizeRequest(text=sentences)),
    ]
    for call in calls:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call
        assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert from_rpc_error(caught.value).reason == ErrorReason.MODEL_LACKS_OUTPUT
        assert from_rpc_error(caught.value).hint


async def test_a_streams_item_that_needs_them_harms_no_other(exported: RunningClassifier) -> None:
    async def requests() -> AsyncIterator[classifier_pb2.ClassifyStreamRequest]:
        yield classifier_pb2.ClassifyStreamRequest(correlation_id="a", text=GOOD, include_embedding=True)
        yield classifier_pb2.ClassifyStreamRequest(correlation_id="b", text=GOOD)

    answers = {answer.correlation_id: answer async for answer in exported.stub.ClassifyStream(requests())}
    assert answers["a"].error.reason == ErrorReason.MODEL_LACKS_OUTPUT
    assert answers["b"].result.intents[0].label == "POSITIVE"


def test_several_labels_hold_where_the_problem_type_says_so(copied_export: Path) -> None:
    change_config(copied_export, problem_type="multi_label_classification")
    engine = Engine(load_artefact(copied_export))
    probabilities = engine.score(engine.tokenize([GOOD])).intents[0]
    assert probabilities.sum() != pytest.approx(1, abs=1e-3)
    assert engine.artefact.calibration.threshold.tolist() == [0.5, 0.5]


@pytest.mark.parametrize("name", ["model.onnx", "config.json", "tokenizer.json"])
def test_a_missing_file_is_named(copied_export: Path, name: str) -> None:
    (copied_export / name).unlink()
    with pytest.raises(ArtefactError, match=f"{name} is missing"):
        load_artefact(copied_export)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"id2label": {"0": "a", "1": "b", "2": "c"}}, "has the outputs"),
        ({"id2label": {"0": "a", "1": "a"}}, "not all different"),
        ({"id2label": {"0": "a", "2": "b"}}, "lacks '1'"),
    ],
)
def test_labels_that_do_not_fit_are_refused(copied_export: Path, changed: dict[str, Any], text: str) -> None:
    change_config(copied_export, **changed)
    with pytest.raises(ArtefactError, match=text):
        Engine(load_artefact(copied_export))


def test_cuda_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(ArtefactError, match="EARSHOT_CLASSIFIER_DEVICE"):
        Engine(load_artefact(EXPORT), device="cuda")
