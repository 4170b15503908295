"""From logits to labels exactly as they are served, with what calibration.json holds beyond the server's needs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from services.classifier.calibration import Calibration, Floats
from services.classifier.rules import Verdict, apply_rules, ranked_intents
from services.runtime.labels import INTENTS

FILE = "calibration.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """Calibration and conformal quantile of an artefact, intents in the order of `INTENTS`."""

    calibration: Calibration
    conformal: Mapping[str, float]
    """`coverage`, and `quantile` q: the set {intents with probability ≥ 1 − q} holds all true ones that often."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The one of the artefact in `folder`. Raises ValueError or KeyError when something is missing."""
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return cls(calibration=Calibration.from_json(content, INTENTS), conformal=content["conformal"])

    def save(self, folder: Path) -> None:
        """Write calibration.json."""
        (folder / FILE).write_text(json.dumps(self._as_json(), indent=2) + "\n", encoding="utf-8")

    def _as_json(self) -> dict[str, Any]:
        found = self.calibration
        columns = zip(INTENTS, found.scale, found.bias, found.threshold, strict=True)
        intents = {
            name: {"scale": round(float(scale), 6), "bias": round(float(bias), 6), "threshold": round(float(limit), 4)}
            for name, scale, bias, limit in columns
        }
        temperature = {"temperature": round(found.temperature, 6)}
        return {"intents": intents, "sentiment": temperature, "conformal": dict(self.conformal)}

    def intents(self, probabilities: Floats) -> list[frozenset[str]]:
        """The intents of each row of `probabilities` `[N, 26]`; the fallback alone when none reaches its threshold."""
        return [_decide(row, self.calibration.threshold) for row in probabilities]


def _decide(row: Floats, threshold: Floats) -> frozenset[str]:
    predicted = frozenset(intent for intent, p, limit in zip(INTENTS, row, threshold, strict=True) if p >= limit)
    probabilities = dict(zip(INTENTS, map(float, row), strict=True))
    # The mood takes part in no rule but the one for blank texts, which no labelled file holds.
    verdict = Verdict(probabilities=probabilities, predicted=predicted, sentiment="", blank=False)
    return frozenset(intent for intent, _ in ranked_intents(apply_rules(verdict)[0]))
