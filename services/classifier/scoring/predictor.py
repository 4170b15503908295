"""From tokens to predictions: the engine's scores, decided, ruled and given a language. Runs in a worker thread."""

import math
from collections.abc import Collection, Sequence

import numpy as np

from services.classifier.scoring.doubt import prediction_set, review_value
from services.classifier.scoring.engine import BatchScores, Engine, TokenizedText
from services.classifier.scoring.prediction import Prediction, Scored
from services.classifier.scoring.rules import Verdict, apply_rules, is_blank, ranked_intents
from services.classifier.text.languages import LanguageOf
from services.runtime.labels import FALLBACK_INTENT


class Predictor:
    """Labels batches of tokenised texts."""

    def __init__(self, engine: Engine, language_of: LanguageOf, *, disabled_rules: Collection[str] = ()) -> None:
        self._engine = engine
        self._language_of = language_of
        self._disabled_rules = frozenset(disabled_rules)
        self._intents = engine.artefact.intents
        self._sentiments = engine.artefact.sentiments
        self._multi_label = engine.artefact.multi_label
        self._fallback = FALLBACK_INTENT if engine.artefact.by_guide else ""
        self._reference = engine.artefact.reference
        calibration = engine.artefact.calibration
        self._threshold = calibration.threshold
        # Without calibrated sets, a set is what is predicted.
        self._border = 1 - calibration.quantile if calibration.coverage else math.inf

    def predict(self, texts: Sequence[TokenizedText]) -> tuple[list[Prediction], float]:
        """One prediction per text, in order, and the seconds the forward pass took."""
        scores = self._engine.score(texts)
        # Plain Python numbers, once per run: numpy scalars would cost more than everything else here.
        rows = scores.intents.tolist()
        held = self._held(scores, len(rows))
        novelties = self._reference.novelty(scores.embeddings).tolist() if self._reference else [None] * len(rows)
        predictions = [
            self._prediction(text, probabilities, predicted, scores, index, novelties[index])
            for index, (text, probabilities, predicted) in enumerate(zip(texts, rows, held, strict=True))
        ]
        return predictions, scores.inference_seconds

    def _held(self, scores: BatchScores, count: int) -> list[list[str]]:
        """The intents that reach their threshold, per text; at most one where exactly one can hold."""
        held: list[list[str]] = [[] for _ in range(count)]
        reached = scores.intents >= self._threshold
        if not self._multi_label:
            reached &= scores.intents == scores.intents.max(axis=1, keepdims=True)
        for row, column in np.argwhere(reached).tolist():
            held[row].append(self._intents[column])
        return held

    def _prediction(
        self,
        text: TokenizedText,
        probabilities: list[float],
        predicted: list[str],
        scores: BatchScores,
        index: int,
        novelty: float | None,
    ) -> Prediction:
        mood = self._sentiments[scores.sentiments[index].argmax()] if self._sentiments else ""
        verdict, fired = self._ruled(
            Verdict(
                probabilities=dict(zip(self._intents, probabilities, strict=True)),
                predicted=frozenset(predicted),
                sentiment=mood,
                blank=is_blank(text.text),
            )
        )
        intents = ranked_intents(verdict, self._fallback)
        return Prediction(
            intents=intents,
            abstained=not verdict.predicted,
            sentiment=self._sentiment(verdict.sentiment, scores, index),
            language=self._language_of(text.read),
            truncated=text.truncated,
            rules=fired,
            probabilities=tuple(probabilities),
            # A copy, or one cached prediction would keep the outputs of its whole batch in memory.
            embedding=scores.embeddings[index].copy(),
            prediction_set=prediction_set(verdict.probabilities, intents, self._border),
            review_value=review_value(verdict.probabilities, intents, novelty),
            novelty=novelty,
        )

    def _ruled(self, verdict: Verdict) -> tuple[Verdict, tuple[str, ...]]:
        """The rules speak of the label guide's intents; a model with labels of its own has none."""
        return apply_rules(verdict, self._disabled_rules) if self._fallback else (verdict, ())

    def _sentiment(self, label: str, scores: BatchScores, index: int) -> Scored | None:
        if not self._sentiments:
            return None
        return label, float(scores.sentiments[index, self._sentiments.index(label)])
