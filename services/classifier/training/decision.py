"""From logits to labels exactly as they are served, with what calibration.json holds beyond the server's needs.

A folder without calibration.json, as Optimum writes it, is taken at its word: softmax or sigmoid by its problem type,
and 0.5 as the threshold of several labels.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from services.classifier.scoring.calibration import Calibration, Floats, softmax
from services.classifier.scoring.rules import Verdict, apply_rules, ranked_intents
from services.runtime.labels import INTENTS

FILE: Final = "calibration.json"
_SINGLE: Final = "single_label_classification"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """Labels, calibration and conformal quantile of a model; arrays are in the order of its outputs."""

    labels: tuple[str, ...]
    sentiments: tuple[str, ...]
    multi_label: bool
    calibration: Calibration
    conformal: Mapping[str, float]
    """`coverage`, and `quantile` q: the set {labels with probability ≥ 1 − q} holds all true ones that often."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The one of the model in `folder`. Raises ValueError or KeyError when something is missing."""
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        labels = tuple(config["id2label"][str(index)] for index in range(len(config["id2label"])))
        path = folder / FILE
        content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return cls(
            labels=labels,
            sentiments=tuple(config.get("sentiment_labels", ())),
            multi_label=config.get("problem_type", _SINGLE) != _SINGLE,
            calibration=Calibration.from_json(content, labels) if content else untouched(labels),
            conformal=content.get("conformal", {}),
        )

    def save(self, folder: Path) -> None:
        """Write calibration.json."""
        (folder / FILE).write_text(json.dumps(self._as_json(), indent=2) + "\n", encoding="utf-8")

    def _as_json(self) -> dict[str, Any]:
        found = self.calibration
        columns = zip(self.labels, found.scale, found.bias, found.threshold, strict=True)
        intents = {
            name: {"scale": round(float(scale), 6), "bias": round(float(bias), 6), "threshold": round(float(limit), 4)}
            for name, scale, bias, limit in columns
        }
        temperature = {"temperature": round(found.temperature, 6)}
        return {"intents": intents, "sentiment": temperature, "conformal": dict(self.conformal)}

    @property
    def by_guide(self) -> bool:
        """Whether the labels are those of the label guide, whose rules then apply."""
        return sorted(self.labels) == sorted(INTENTS)

    def probabilities(self, logits: Floats) -> Floats:
        """Calibrated probability of each label, `[N, labels]`; those of a single-label model sum to 1."""
        if self.multi_label:
            return self.calibration.intent_probabilities(logits)
        return softmax(self.calibration.scale * logits + self.calibration.bias)

    def decided(self, probabilities: Floats) -> list[frozenset[str]]:
        """The labels of each row of `probabilities` `[N, labels]`.

        One label: the most probable. Several: those that reach their threshold, under the rules of the label guide
        where the labels are its own (the fallback alone when none reaches it).
        """
        if not self.multi_label:
            return [frozenset({self.labels[index]}) for index in probabilities.argmax(axis=1)]
        decide = self._by_rules if self.by_guide else self._reached
        return [decide(row) for row in probabilities]

    def _reached(self, row: Floats) -> frozenset[str]:
        return frozenset(
            label for label, p, limit in zip(self.labels, row, self.calibration.threshold, strict=True) if p >= limit
        )

    def _by_rules(self, row: Floats) -> frozenset[str]:
        probabilities = dict(zip(self.labels, map(float, row), strict=True))
        # The mood takes part in no rule but the one for blank texts, which no labelled file holds.
        verdict = Verdict(probabilities=probabilities, predicted=self._reached(row), sentiment="", blank=False)
        return frozenset(intent for intent, _ in ranked_intents(apply_rules(verdict)[0]))


def untouched(labels: Sequence[str], threshold: float = 0.5) -> Calibration:
    """The calibration that changes nothing."""
    ones = np.ones(len(labels), dtype=np.float32)
    return Calibration(scale=ones, bias=0 * ones, threshold=threshold * ones, temperature=1.0)
