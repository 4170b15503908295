"""The Open Inference Protocol, by the real tritonclient in a process of its own, and by bare messages."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2

from inference import grpc_predict_v2_pb2 as v2
from inference import grpc_predict_v2_pb2_grpc as v2_grpc
from services.classifier.contract.open_inference_servicer import SERVICE_NAME
from services.runtime.auth import TokenSigner
from services.runtime.keys import KeyFiles
from services.runtime.labels import INTENTS
from services.runtime.status import from_rpc_error
from tests.support.classifier import AGENT, RunningClassifier, Start

CLIENT = Path(__file__).parents[2] / "support" / "triton_labels.py"
TEXTS = ["my deposit was declined", "thanks, you are great", "withdrawal pending 5 days and now I can't log in"]


def request(*texts: bytes, **fields: Any) -> v2.ModelInferRequest:
    tensor = v2.ModelInferRequest.InferInputTensor(
        name="text", datatype="BYTES", shape=[len(texts)], contents=v2.InferTensorContents(bytes_contents=texts)
    )
    return v2.ModelInferRequest(**{"model_name": "classifier", "inputs": [tensor], **fields})


async def test_tritonclient_labels_messages(classifier: RunningClassifier, classifier_keys: KeyFiles) -> None:
    token = TokenSigner.from_file(classifier_keys.private_key).sign(AGENT)
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(CLIENT), classifier.address, token, stdout=asyncio.subprocess.PIPE
    )
    answer = json.loads((await process.communicate())[0])
    assert [answer[name] for name in ("live", "ready", "model_ready", "other_ready")] == [True, True, True, False]
    assert answer["id"] == "r-1"
    assert answer["embedding"] == [1, 384]
    assert "another" in answer["refused"] or "NOT_FOUND" in answer["refused"]
    own = (await classifier.classify(*TEXTS, include_scores=True)).results
    for index, result in enumerate(own):
        labels = {item.label for item in result.intents}
        assert set(answer["predicted"][index]) == set(answer["streamed"][index]) == labels
        scores = {item.label: item.probability for item in result.scores}
        assert answer["probabilities"][index] == pytest.approx([scores[intent] for intent in INTENTS], abs=1e-4)
        assert answer["sentiment"][index] == result.sentiment.label


async def test_contents_come_back_as_they_went_in(classifier: RunningClassifier) -> None:
    stub = v2_grpc.GRPCInferenceServiceStub(classifier.channel)
    response = await stub.ModelInfer(request(TEXTS[0].encode(), id="7"))
    assert response.id == "7"
    assert not response.raw_output_contents
    outputs = {output.name: output for output in response.outputs}
    assert set(outputs) == {"labels", "probabilities", "predicted", "sentiment", "sentiment_probability"}
    assert len(outputs["probabilities"].contents.fp32_contents) == len(INTENTS)


BAD = {
    "no input": v2.ModelInferRequest(model_name="classifier"),
    "no text": request(),
    "other type": request(b"a", inputs=[{"name": "text", "datatype": "FP32", "shape": [1]}]),
    "wrong shape": request(inputs=[{"name": "text", "datatype": "BYTES", "shape": [2]}]),
    "not utf-8": request(b"\xff"),
    "too many": request(*[b"a"] * 257),
    "too long": request(b"a" * 20_001),
    "unknown output": request(b"a", outputs=[{"name": "weather"}]),
    "half a length": request(
        inputs=[{"name": "text", "datatype": "BYTES", "shape": [1]}], raw_input_contents=[b"\x01\x00"]
    ),
    "half a text": request(
        inputs=[{"name": "text", "datatype": "BYTES", "shape": [1]}], raw_input_contents=[b"\xff\xff\xff\x7fa"]
    ),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
async def test_what_does_not_fit_is_refused(classifier: RunningClassifier, bad: v2.ModelInferRequest) -> None:
    stub = v2_grpc.GRPCInferenceServiceStub(classifier.channel)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.ModelInfer(bad)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert from_rpc_error(caught.value).violations


async def test_a_bad_request_of_a_stream_harms_no_other(classifier: RunningClassifier) -> None:
    async def requests() -> AsyncIterator[v2.ModelInferRequest]:
        for number in range(80):
            bad = number % 7 == 3
            yield request(b"hi", id=str(number), model_name="another" if bad else "classifier")

    stub = v2_grpc.GRPCInferenceServiceStub(classifier.channel)
    answers = [answer async for answer in stub.ModelStreamInfer(requests())]
    assert [answer.infer_response.id for answer in answers] == [str(number) for number in range(80)]
    assert [bool(answer.error_message) for answer in answers] == [number % 7 == 3 for number in range(80)]


async def test_without_a_model_it_lives_and_is_not_ready(start_classifier: Start, tmp_path: Path) -> None:
    async with start_classifier(wait=False, classifier_model=tmp_path) as running:
        stub = v2_grpc.GRPCInferenceServiceStub(running.channel)
        assert (await stub.ServerLive(v2.ServerLiveRequest())).live
        assert not (await stub.ServerReady(v2.ServerReadyRequest())).ready
        assert not (await stub.ModelReady(v2.ModelReadyRequest(name="classifier"))).ready
        assert await running.health(SERVICE_NAME) == health_pb2.HealthCheckResponse.NOT_SERVING
