"""Whether a model may serve: it is measured on the golden set and held against the one that serves (C27)."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.classifier.scoring.artefact import Artefact
from services.classifier.text.languages import LanguageOf


class GoldenGate:
    """Measures models on the golden set, each version once."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Any]] = {}

    def refusals(self, candidate: Artefact, served: Artefact, language_of: LanguageOf, *, margin: float) -> list[str]:
        """Why `candidate` should not follow `served`; empty when it may. Takes seconds: call it in a thread.

        Both are measured here, so neither's own word counts.
        """
        if served.by_guide and not candidate.by_guide:
            return ["has labels of its own, and filters, numbers and the chat know those of the label guide"]
        # Measuring belongs to training and is needed for a change of models only.
        from services.classifier.training.gate import regressions  # noqa: PLC0415

        for artefact in (candidate, served):
            if artefact.version not in self._known:
                self._known[artefact.version] = _measured(artefact.folder, language_of)
        found = regressions(self._known[candidate.version], self._known[served.version], margin)
        return [f"is worse on the golden set: {found[0]}", *found[1:]] if found else []


def _measured(folder: Path, language_of: LanguageOf) -> dict[str, Any]:
    from services.classifier.training.corpus import GOLDEN, load_golden  # noqa: PLC0415
    from services.classifier.training.decision import Decider  # noqa: PLC0415
    from services.classifier.training.evaluate import predict, score  # noqa: PLC0415
    from services.classifier.training.inference import run  # noqa: PLC0415
    from services.classifier.training.patterns import patterns  # noqa: PLC0415
    from services.classifier.training.report import as_json, measured  # noqa: PLC0415

    golden, decider = load_golden(), Decider.load(folder)
    predicted = predict(run(folder, [row.text for row in golden]), decider)
    found = patterns(golden, predicted.labels, language_of)
    what = measured(folder, GOLDEN, datetime.now(UTC))
    content: dict[str, Any] = json.loads(as_json(score(golden, predicted, decider), what, found))
    return content
