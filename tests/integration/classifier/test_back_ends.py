"""One contract for every back end: the model, the language model, and the cascade of both (C1, C5)."""

from typing import Any

import pytest

from services.runtime.labels import INTENTS, SCHEMES, SENTIMENTS, STANDALONE_INTENTS
from services.runtime.llm_settings import LlmSettings
from tests.support.classifier import Start
from tests.support.openai_server import Body, Script, scripted_upstream

TEXTS = (
    "my deposit of 50 euro was declined by the cashier",
    "the thing from last week is still not how we agreed",
    "hi there",
    "",
    "x" * 3_000,
)
MOST_TOKENS: int = LlmSettings.model_fields["llm_max_tokens"].default
ANSWERED_BY = {"model": {"model"}, "llm": {"llm", "model"}, "cascade": {"llm", "model"}}


@pytest.mark.parametrize("back_end", sorted(ANSWERED_BY))
async def test_every_back_end_answers_alike(start_classifier: Start, back_end: str) -> None:
    def label(_: Body) -> Script:
        return Script(deltas=('{"labels": ["suggestion"]}',))

    async with scripted_upstream(respond=label) as upstream:
        given: dict[str, Any] = {} if back_end == "model" else {"llm_base_url": upstream.base_url, "llm_model": "m"}
        async with start_classifier(classifier_back_end=back_end, **given) as running:
            results = (await running.classify(*TEXTS)).results
    assert len(results) == len(TEXTS)
    for result in results:
        named = {score.label for score in result.intents}
        assert named
        assert named <= set(INTENTS)
        assert len(named) == 1 or not named & STANDALONE_INTENTS
        assert {score.label for score in result.categories} == {SCHEMES["category"][name] for name in named}
        assert all(0 <= score.probability <= 1 for score in result.intents)
        assert result.sentiment.label in SENTIMENTS
        assert result.answered_by in ANSWERED_BY[back_end]
        assert result.answered_by == ("llm" if result.steps[-1] == "llm" else "model")
    assert any(result.answered_by == "llm" for result in results) == (back_end != "model")
    assert bool(upstream.requests) == (back_end != "model")
    assert all(body["max_tokens"] <= MOST_TOKENS for body in upstream.requests)
