"""Every rule, switched on alone, leaves the golden set's macro-F1 at least where it was."""

from collections.abc import Collection, Sequence
from typing import cast

import pytest

from services.classifier.scoring.engine import BatchScores, Engine, TokenizedText
from services.classifier.scoring.predictor import Predictor
from services.classifier.scoring.rules import RULES
from services.classifier.text.languages import LanguageOf
from services.classifier.training.rows import Row, read_rows
from services.runtime.labels import INTENTS
from tests.support.classifier import GOLDEN


def macro_f1(truth: list[frozenset[str]], found: list[frozenset[str]]) -> float:
    """Mean F1 over intents."""
    pairs = list(zip(truth, found, strict=True))
    scores = []
    for intent in INTENTS:
        hits = sum(intent in right and intent in said for right, said in pairs)
        scores.append(2 * hits / max(sum((intent in right) + (intent in said) for right, said in pairs), 1))
    return sum(scores) / len(scores)


class Remembering:
    """An engine that scores a batch once, however many sets of rules look at it."""

    def __init__(self, engine: Engine) -> None:
        self.artefact = engine.artefact
        self._engine = engine
        self._scored: dict[tuple[str, ...], BatchScores] = {}

    def score(self, texts: Sequence[TokenizedText]) -> BatchScores:
        key = tuple(text.text for text in texts)
        if key not in self._scored:
            self._scored[key] = self._engine.score(texts)
        return self._scored[key]

    def tokenize(self, texts: Sequence[str]) -> list[TokenizedText]:
        return self._engine.tokenize(texts)


@pytest.fixture(scope="module")
def golden() -> list[Row]:
    """The golden set."""
    return read_rows(GOLDEN)


def score(golden: list[Row], engine: Engine, language_of: LanguageOf, disabled: Collection[str]) -> float:
    """Macro-F1 with these rules switched off."""
    predictor = Predictor(engine, language_of, disabled_rules=disabled)
    tokenized = sorted(engine.tokenize([row.text for row in golden]), key=lambda text: len(text.token_ids))
    found: dict[str, frozenset[str]] = {}
    for start in range(0, len(tokenized), 16):
        batch = tokenized[start : start + 16]
        predictions, _ = predictor.predict(batch)
        for text, prediction in zip(batch, predictions, strict=True):
            found[text.text] = frozenset(label for label, _ in prediction.intents)
    return macro_f1([row.intents or frozenset() for row in golden], [found[row.text] for row in golden])


def test_no_rule_costs_quality(golden: list[Row], engine: Engine, language_of: LanguageOf) -> None:
    engine = cast("Engine", Remembering(engine))
    without = score(golden, engine, language_of, disabled=RULES)
    for rule in RULES:
        others = [name for name in RULES if name != rule]
        assert score(golden, engine, language_of, disabled=others) >= without, rule
