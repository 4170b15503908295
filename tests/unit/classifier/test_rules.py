"""The label guide's rules after the model."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.classifier.scoring.rules import RULES, Verdict, apply_rules, is_blank, ranked_intents
from services.classifier.settings import ClassifierSettings
from services.runtime.labels import FALLBACK_INTENT, INTENTS, SENTIMENTS, STANDALONE_INTENTS


def verdict(predicted: dict[str, float], *, blank: bool = False, sentiment: str = "negative") -> Verdict:
    """A verdict in which every other intent is improbable."""
    return Verdict(
        probabilities=dict.fromkeys(INTENTS, 0.01) | predicted,
        predicted=frozenset(predicted),
        sentiment=sentiment,
        blank=blank,
    )


verdicts = st.builds(
    Verdict,
    probabilities=st.fixed_dictionaries({intent: st.floats(0, 1) for intent in INTENTS}),
    predicted=st.frozensets(st.sampled_from(INTENTS)),
    sentiment=st.sampled_from(SENTIMENTS),
    blank=st.booleans(),
)


def test_a_real_intent_sends_smalltalk_away() -> None:
    after, fired = apply_rules(verdict({"deposit_failed": 0.8, "smalltalk": 0.6}))
    assert after.predicted == {"deposit_failed"}
    assert fired == ("standalone_intents",)


def test_a_more_probable_standalone_intent_stays_alone() -> None:
    after, _ = apply_rules(verdict({"human_agent": 0.9, "complaint": 0.5, "smalltalk": 0.6}))
    assert after.predicted == {"human_agent"}


def test_on_a_tie_the_real_intent_stays() -> None:
    after, _ = apply_rules(verdict({"other": 0.5, "praise": 0.5}))
    assert after.predicted == {"praise"}


def test_real_intents_stay_together() -> None:
    both = {"withdrawal_delayed": 0.9, "login_failed": 0.8}
    after, fired = apply_rules(verdict(both))
    assert after.predicted == set(both)
    assert fired == ()


def test_a_blank_text_is_neutral_smalltalk_with_the_models_own_probability() -> None:
    after, fired = apply_rules(verdict({"complaint": 0.7}, blank=True))
    assert ranked_intents(after) == (("smalltalk", 0.01),)
    assert after.sentiment == "neutral"
    assert fired == ("blank_is_smalltalk",)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_that_is_switched_off_changes_nothing(name: str) -> None:
    before = verdict({"deposit_failed": 0.8, "smalltalk": 0.6}, blank=True)
    _, fired = apply_rules(before, disabled=[name])
    assert name not in fired
    assert apply_rules(before, disabled=list(RULES)) == (before, ())


def test_every_rule_can_be_named_in_the_settings(tmp_path: Path) -> None:
    key = tmp_path / "public-key.pem"
    key.touch()
    settings = ClassifierSettings.model_validate({"public_key_file": key, "classifier_disabled_rules": list(RULES)})
    assert settings.classifier_disabled_rules == set(RULES)
    with pytest.raises(ValidationError, match="classifier_disabled_rules"):
        ClassifierSettings.model_validate({"public_key_file": key, "classifier_disabled_rules": ["no_such_rule"]})


@given(verdicts)
def test_standalone_intents_never_stand_beside_another(before: Verdict) -> None:
    after, _ = apply_rules(before)
    assert len(after.predicted) <= 1 or not after.predicted & STANDALONE_INTENTS
    assert bool(after.predicted) == bool(before.predicted) or before.blank


@given(verdicts)
def test_rules_never_touch_a_probability_and_name_themselves_only_for_a_change(before: Verdict) -> None:
    after, fired = apply_rules(before)
    assert after.probabilities == before.probabilities
    assert bool(fired) == (after != before)
    assert apply_rules(after) == (after, ())


@given(verdicts)
def test_intents_are_never_empty_and_ranked(before: Verdict) -> None:
    ranked = ranked_intents(before)
    assert [probability for _, probability in ranked] == sorted((p for _, p in ranked), reverse=True)
    assert {name for name, _ in ranked} == (before.predicted or {FALLBACK_INTENT})


@pytest.mark.parametrize("text", ["", " ", "\n\t \r\n", "\u200b\u200d", "\x00\x01", "\u3000", "\ufeff"])
def test_nothing_to_read_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "?", "👍", "0", " . ", "\u202eא", "ok\x00"])
def test_anything_to_read_is_not_blank(text: str) -> None:
    assert not is_blank(text)
