"""The life of models over gRPC: shadow, gate, activation under load, rollback. No call is dropped on the way."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from earshot.classifier.v1 import categories_pb2, classifier_pb2, explanation_pb2, lifecycle_pb2, summary_pb2
from services.classifier.training.corpus import load_golden
from services.runtime.errors import ErrorReason
from services.runtime.keys import KeyFiles
from services.runtime.labels import INTENTS
from tests.support.classifier import RunningClassifier, Start
from tests.support.model_life import ACTIVE, CLEAR, OFF, ROLLBACK, SHADOW, Life, add_variant
from tests.support.store import error_of

EXPORT = Path(__file__).parents[2] / "support" / "optimum_export" / "export"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Variants of the shipped model: the same answers, sure of nothing, never sure of one intent; and another model."""
    add_variant(tmp_path, "same")
    add_variant(tmp_path, "timid", *INTENTS)
    add_variant(tmp_path, "shy", "login_failed")
    shutil.copytree(EXPORT, tmp_path / "optimum")
    return tmp_path


async def version(running: RunningClassifier) -> str:
    return str((await running.classify(CLEAR)).model.version)


async def first_comparison(running: RunningClassifier) -> lifecycle_pb2.ShadowComparison:
    """What the shadow has compared, as soon as that is something."""
    async with asyncio.timeout(30):
        while True:
            comparison = (await running.stub.GetModelStatus(lifecycle_pb2.GetModelStatusRequest())).status.comparison
            if comparison.texts:
                return comparison
            await asyncio.sleep(0.01)


async def test_models_are_swapped_under_load_and_back_without_losing_a_call(
    start_classifier: Start, classifier_keys: KeyFiles, models: Path
) -> None:
    async with start_classifier(classifier_models=models, classifier_cache_mb=0) as running:
        life, stop, met = Life(running, classifier_keys), asyncio.Event(), asyncio.Event()

        async def caller(number: int) -> int:
            calls = 0
            while not stop.is_set():
                response = await running.classify(f"{CLEAR} {number} {calls}")
                calls += 1
                if response.model.version == "timid":
                    met.set()
            return calls

        async def requests() -> AsyncIterator[classifier_pb2.ClassifyStreamRequest]:
            number = 0
            while not stop.is_set():
                yield classifier_pb2.ClassifyStreamRequest(correlation_id=str(number), text=CLEAR)
                number += 1
                await asyncio.sleep(0.01)

        async def streamed() -> int:
            answers = [answer async for answer in running.stub.ClassifyStream(requests())]
            assert all(answer.HasField("result") for answer in answers)
            return len(answers)

        first = await version(running)
        work = asyncio.gather(streamed(), *(caller(number) for number in range(4)))
        status = await life.step(ACTIVE, "timid", force=True)
        assert (status.active.version, status.previous.version) == ("timid", first)
        assert (await running.classify(CLEAR)).results[0].abstained
        await asyncio.wait_for(met.wait(), 60)
        status = await life.step(ACTIVE, "same", force=True)
        assert (status.active.version, status.previous.version) == ("same", "timid")
        status = await life.step(ROLLBACK)
        assert (status.active.version, status.previous.version) == ("timid", "same")
        stop.set()
        assert all(await work)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_worse_model_is_refused_unless_forced_and_an_equal_one_may_serve(
    start_classifier: Start, classifier_keys: KeyFiles, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = load_golden()[::3]  # three models are measured
    monkeypatch.setattr("services.classifier.training.corpus.load_golden", lambda: part)
    async with start_classifier(classifier_models=models) as running:
        life, first = Life(running, classifier_keys), await version(running)
        worse = await life.refused(ACTIVE, "timid")
        assert worse.reason == ErrorReason.MODEL_WORSE
        assert "is worse on the golden set: F1 of" in worse.message
        assert "falls from" in worse.message
        strange = await life.refused(ACTIVE, "optimum")
        assert strange.reason == ErrorReason.MODEL_WORSE
        assert "has labels of its own" in strange.message
        assert await version(running) == first
        assert (await life.step(ACTIVE, "same")).active.version == "same"


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_model_that_gets_wrong_what_it_must_get_right_is_refused(
    start_classifier: Start, classifier_keys: KeyFiles, models: Path
) -> None:
    async with start_classifier(classifier_models=models, classifier_gate_margin=1.0) as running:
        life, first = Life(running, classifier_keys), await version(running)
        wrong = await life.refused(ACTIVE, "shy")
        assert wrong.reason == ErrorReason.MODEL_WORSE
        assert "gets wrong what it must get right: " in wrong.message
        assert "'I forgot my password and the reset email never comes' must be login_failed" in wrong.message
        assert "golden set" not in wrong.message
        assert await version(running) == first
        assert (await life.step(ACTIVE, "shy", force=True)).active.version == "shy"


async def test_a_shadow_labels_silently_and_can_be_promoted(
    start_classifier: Start, classifier_keys: KeyFiles, models: Path
) -> None:
    async with start_classifier(classifier_models=models, classifier_cache_mb=0) as running:
        life, first = Life(running, classifier_keys), await version(running)
        loaded = await life.step(SHADOW, "timid")
        assert (loaded.shadow.version, list(loaded.available)) == ("timid", ["optimum", "same", "shy", "timid"])
        assert not (await running.classify(CLEAR)).results[0].abstained
        comparison = lifecycle_pb2.ShadowComparison()
        async with asyncio.timeout(30):
            while comparison.texts < 1:
                await asyncio.sleep(0.01)
                status = await running.stub.GetModelStatus(lifecycle_pb2.GetModelStatusRequest())
                comparison = status.status.comparison
        assert status.status.active.version == first
        assert comparison.same == 0
        assert status.status.drift.reference_texts >= 2
        changes = {change.intent: change for change in comparison.changes}
        assert (changes["deposit_failed"].active_texts, changes["deposit_failed"].shadow_texts) == (1, 0)
        assert not (await life.step(OFF)).HasField("shadow")
        await life.step(SHADOW, "same")
        promoted = await life.step(ACTIVE, force=True)
        assert (promoted.active.version, promoted.HasField("shadow")) == ("same", False)


async def test_steps_that_cannot_be_are_refused_by_name(
    start_classifier: Start, classifier_keys: KeyFiles, models: Path
) -> None:
    (models / "same" / "tokenizer.json").unlink()
    async with start_classifier(classifier_models=models) as running:
        life = Life(running, classifier_keys)
        assert (await life.refused(ACTIVE, "nothing")).reason == ErrorReason.UNKNOWN_MODEL
        assert (await life.refused(ACTIVE, "../model")).reason == ErrorReason.UNKNOWN_MODEL
        assert (await life.refused(SHADOW)).reason == ErrorReason.MISSING_FIELD
        assert (await life.refused(lifecycle_pb2.MODEL_STAGE_UNSPECIFIED)).reason == ErrorReason.UNKNOWN_ENUM_VALUE
        for step in ((ROLLBACK,), (ACTIVE,)):
            assert (await life.refused(*step)).reason == ErrorReason.FAILED_PRECONDITION
        assert "tokenizer.json is missing" in (await life.refused(SHADOW, "same")).message
        request = lifecycle_pb2.ActivateModelRequest(stage=ROLLBACK)
        assert (await error_of(running.stub.ActivateModel(request))).reason == ErrorReason.ROLE_MISSING
        assert await version(running)


async def test_only_messages_are_compared_and_held_against_training(
    start_classifier: Start, classifier_keys: KeyFiles, models: Path
) -> None:
    async with start_classifier(classifier_models=models, classifier_cache_mb=0) as running:
        await Life(running, classifier_keys).step(SHADOW, "same")
        before = [classifier_pb2.TextContext(previous=["hello", CLEAR])]
        await running.stub.Explain(explanation_pb2.ExplainRequest(text="my bonus is missing since monday"))
        await running.stub.Summarize(summary_pb2.SummarizeRequest(text="I paid. It is gone. Where is it? Thank you."))
        await running.stub.FitCategory(categories_pb2.FitCategoryRequest(name="parking", description="where to park"))
        await running.stub.Embed(categories_pb2.EmbedRequest(texts=["what somebody searched for", "an old message"]))
        desk = [classifier_pb2.CandidateLabel(name=name) for name in ("billing", "technical")]
        await running.classify("and still nothing?", contexts=before, candidates=desk)
        assert (await first_comparison(running)).texts == 1
        status = (await running.stub.GetModelStatus(lifecycle_pb2.GetModelStatusRequest())).status
        assert status.drift.recent_texts == 1
