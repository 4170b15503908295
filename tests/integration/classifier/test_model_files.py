"""The process without a sound model: up, NOT_SERVING, saying what is wrong, and mended without a restart."""

import asyncio
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2

from earshot.classifier.v1 import classifier_pb2
from services.classifier.lifecycle import model_host
from services.classifier.lifecycle.self_check import open_engine
from services.classifier.scoring.artefact import Artefact
from services.classifier.scoring.engine import Engine
from services.classifier.settings import DEFAULT_MODEL
from services.runtime.errors import ErrorReason
from services.runtime.status import from_rpc_error
from tests.support.classifier import RunningClassifier, Start

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def becomes(running: RunningClassifier, status: int) -> None:
    """Returns when health has this status."""
    async with asyncio.timeout(30):
        while await running.health() != status:  # noqa: ASYNC110 - asking anew is how health is learnt
            await asyncio.sleep(0.05)


async def problem_logged(capfd: pytest.CaptureFixture[str], text: str) -> None:
    """Returns when a log line holds the text."""
    seen = ""
    async with asyncio.timeout(30):
        while text not in seen:
            await asyncio.sleep(0.05)
            seen += "".join(capfd.readouterr())


async def refused(running: RunningClassifier) -> None:
    """Labels are refused as not ready."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await running.classify("hello")
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert from_rpc_error(caught.value).reason == ErrorReason.MODEL_NOT_READY


async def test_a_missing_folder_is_named_and_the_process_stays_up(
    start_classifier: Start, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with start_classifier(wait=False, classifier_model=tmp_path / "nothing") as running:
        await problem_logged(capfd, f"{tmp_path / 'nothing' / 'manifest.json'} is missing")
        assert await running.health() == NOT_SERVING
        await refused(running)


async def test_an_altered_file_is_named_and_serving_begins_once_it_is_mended(
    start_classifier: Start, copied_model: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_host, "_RETRY_SECONDS", 0.05)
    altered = copied_model / "tokenizer.json"
    altered.unlink()
    altered.write_text("{}", encoding="utf-8")
    async with start_classifier(wait=False, classifier_model=copied_model) as running:
        await problem_logged(capfd, f"{altered} is not the file of this model")
        await refused(running)
        altered.unlink()
        altered.symlink_to(DEFAULT_MODEL / "tokenizer.json")
        await becomes(running, SERVING)
        assert (await running.classify("hello")).results


async def test_first_calls_at_once_load_one_model(start_classifier: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    def counted(artefact: Artefact, **options: Any) -> Engine:
        loaded.append(artefact)
        return open_engine(artefact, **options)

    monkeypatch.setattr(model_host, "open_engine", counted)
    async with start_classifier(wait=False) as running:
        calls = [running.classify("where is my bonus") for _ in range(100)]
        early = await asyncio.gather(*calls, return_exceptions=True)
        refused = [from_rpc_error(answer) for answer in early if isinstance(answer, grpc.aio.AioRpcError)]
        assert {error.reason for error in refused} <= {ErrorReason.MODEL_NOT_READY}
        assert len(refused) + sum(isinstance(answer, classifier_pb2.ClassifyResponse) for answer in early) == 100
        await becomes(running, SERVING)
        await asyncio.gather(*(running.classify("where is my bonus") for _ in range(100)))
    assert len(loaded) == 1


async def test_identical_texts_are_answered_from_the_cache(start_classifier: Start) -> None:
    async with start_classifier(classifier_cache_mb=1) as running:
        first = await running.classify("the site is down again", include_embedding=True)
        again = await running.classify("the site is down again", include_embedding=True)
        assert (first.timing.batch_size, again.timing.batch_size) == (1, 0)
        assert again.results == first.results


async def test_a_rule_can_be_switched_off_by_a_setting(start_classifier: Start, classifier: RunningClassifier) -> None:
    text, rule = "how does side bet 21+3 work", "standalone_intents"
    (ruled,) = (await classifier.classify(text)).results
    assert (list(ruled.rules), len(ruled.intents)) == ([rule], 1)
    async with start_classifier(classifier_disabled_rules=frozenset({rule})) as running:
        (free,) = (await running.classify(text)).results
    assert list(free.rules) == []
    assert {score.label for score in ruled.intents} < {score.label for score in free.intents}
