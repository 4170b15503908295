"""From tokens to predictions: the engine's scores, decided, ruled and given a language. Runs in a worker thread."""

import math
from collections.abc import Collection, Sequence

import numpy as np

from services.classifier.doubt import prediction_set, review_value
from services.classifier.engine import BatchScores, Engine, TokenizedText
from services.classifier.languages import LanguageOf
from services.classifier.prediction import Prediction
from services.classifier.rules import Verdict, apply_rules, is_blank, ranked_intents


class Predictor:
    """Labels batches of tokenised texts."""

    def __init__(self, engine: Engine, language_of: LanguageOf, *, disabled_rules: Collection[str] = ()) -> None:
        self._engine = engine
        self._language_of = language_of
        self._disabled_rules = frozenset(disabled_rules)
        self._intents = engine.artefact.intents
        self._sentiments = engine.artefact.sentiments
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
        moods = scores.sentiments.argmax(axis=-1).tolist()
        predictions = [
            self._prediction(text, probabilities, predicted, moods[index], scores, index)
            for index, (text, probabilities, predicted) in enumerate(zip(texts, rows, held, strict=True))
        ]
        return predictions, scores.inference_seconds

    def _held(self, scores: BatchScores, count: int) -> list[list[str]]:
        """The intents that reach their threshold, per text."""
        held: list[list[str]] = [[] for _ in range(count)]
        for row, column in np.argwhere(scores.intents >= self._threshold).tolist():
            held[row].append(self._intents[column])
        return held

    def _prediction(
        self,
        text: TokenizedText,
        probabilities: list[float],
        predicted: list[str],
        mood: int,
        scores: BatchScores,
        index: int,
    ) -> Prediction:
        verdict, fired = apply_rules(
            Verdict(
                probabilities=dict(zip(self._intents, probabilities, strict=True)),
                predicted=frozenset(predicted),
                sentiment=self._sentiments[mood],
                blank=is_blank(text.text),
            ),
            self._disabled_rules,
        )
        sentiment = self._sentiments.index(verdict.sentiment)
        intents = ranked_intents(verdict)
        return Prediction(
            intents=intents,
            abstained=not verdict.predicted,
            sentiment=(verdict.sentiment, float(scores.sentiments[index, sentiment])),
            language=self._language_of(text.text),
            truncated=text.truncated,
            rules=fired,
            probabilities=tuple(probabilities),
            # A copy, or one cached prediction would keep the outputs of its whole batch in memory.
            embedding=scores.embeddings[index].copy(),
            prediction_set=prediction_set(verdict.probabilities, intents, self._border),
            review_value=review_value(verdict.probabilities, intents),
        )
