"""The steps of low confidence: what the settings accept, and what the operator's words mean."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from services.classifier.labelling.low_confidence import Labelled, WordRules
from services.classifier.scoring.prediction import Answer, Prediction, Timing
from services.classifier.settings import ClassifierSettings

INTENTS = ("bonus_request", "deposit_failed")
UPSTREAM = {"llm_base_url": "http://127.0.0.1:1/v1", "llm_model": "m"}
WORDS = {"classifier_word_rules": {"pix": "deposit_failed"}}


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "public-key.pem"
    path.touch()
    return path


def in_doubt(text: str, *, abstained: bool = True) -> Labelled:
    prediction = Prediction(
        intents=(("other", 0.1),),
        abstained=abstained,
        sentiment=None,
        language="en",
        truncated=False,
        rules=("standalone_intents",),
        probabilities=(0.2, 0.3),
        embedding=np.zeros(2, dtype=np.float32),
        prediction_set=(("deposit_failed", 0.3), ("other", 0.1)),
    )
    timing = Timing(queue_seconds=0, tokenize_seconds=0, inference_seconds=0, batch_texts=1)
    return Labelled(text=text, answer=Answer(prediction=prediction, timing=timing))


@pytest.mark.parametrize(
    ("given", "steps"),
    [
        ({}, ("review",)),
        (WORDS, ("rules", "review")),
        (UPSTREAM | {"classifier_back_end": "cascade"}, ("llm", "review")),
        (UPSTREAM | WORDS | {"classifier_back_end": "llm"}, ("rules", "llm", "review")),
        (UPSTREAM | WORDS | {"classifier_doubt_steps": ("llm", "review", "rules")}, ("llm", "review", "rules")),
    ],
)
def test_steps_are_those_chosen_or_those_set_up(key: Path, given: dict[str, Any], steps: tuple[str, ...]) -> None:
    assert ClassifierSettings.model_validate({"public_key_file": key, **given}).low_confidence.steps == steps


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"classifier_doubt_steps": ("review", "review")}, "names a step twice"),
        ({"classifier_doubt_steps": ()}, "must name review"),
        ({"classifier_doubt_steps": ("prayer", "review")}, "'rules', 'llm' or 'review'"),
        ({"classifier_doubt_steps": ("llm", "review")}, "needs EARSHOT_LLM_BASE_URL"),
        (UPSTREAM | {"classifier_back_end": "cascade", "classifier_doubt_steps": ("review",)}, "needs llm among"),
        ({"classifier_doubt_steps": ("rules", "review")}, "EARSHOT_CLASSIFIER_WORD_RULES need each other"),
        (WORDS | {"classifier_doubt_steps": ("review",)}, "EARSHOT_CLASSIFIER_WORD_RULES need each other"),
        ({"classifier_word_rules": {"pix": "jackpot"}}, "no intent"),
        ({"classifier_word_rules": {" ": "praise"}}, "a phrase without a word"),
    ],
)
def test_steps_that_cannot_be_taken_are_refused_at_the_start(key: Path, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ClassifierSettings.model_validate({"public_key_file": key, **given})


def test_the_first_phrase_that_occurs_decides_with_the_models_own_probability() -> None:
    rules = WordRules({"Pix  recusado": "deposit_failed", "presente": "bonus_request"})
    one = rules.applied(in_doubt("um presente? PIX\nrecusado!"), INTENTS)
    assert one.answer.prediction.intents == (("deposit_failed", 0.3),)
    assert not one.in_doubt
    assert (one.answered_by, one.steps) == ("rules", ("model", "rules"))
    assert one.answer.prediction.rules == ("standalone_intents", "words:Pix  recusado")


@pytest.mark.parametrize(("text", "met"), [("my pix!", True), ("pixel", False), ("epix", False), ("", False)])
def test_words_are_met_whole(text: str, met: bool) -> None:
    one = WordRules({"pix": "deposit_failed"}).applied(in_doubt(text), INTENTS)
    assert (one.in_doubt, one.steps) == (not met, ("model", "rules"))


@pytest.mark.parametrize(
    ("text", "met"),
    [("no p\u200bi\u200bx", True), ("hm\n\n-----Original Message-----\nFrom: a\nSent: b\nSubject: pix\n\npix?", False)],
)
def test_words_are_met_in_what_is_read_of_a_text(text: str, met: bool) -> None:
    assert WordRules({"pix": "deposit_failed"}).applied(in_doubt(text), INTENTS).in_doubt != met


def test_a_text_that_the_model_is_sure_of_is_left_alone() -> None:
    sure = in_doubt("pix", abstained=False)
    assert WordRules({"pix": "deposit_failed"}).applied(sure, INTENTS) is sure
