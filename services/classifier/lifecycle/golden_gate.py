"""Whether a model may serve: it is measured on the golden set and on the texts that every model must label rightly, and
held against the one that serves (C27).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.classifier.scoring.artefact import Artefact
from services.classifier.text.languages import LanguageOf


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """What a model does on rows that it was not trained on."""

    scores: Mapping[str, Any]
    """Contents of evaluation.json."""
    failed_musts: Mapping[str, str]
    """Texts that must come out right and do not → a sentence on each."""


class GoldenGate:
    """Measures models on the golden set, each version once."""

    def __init__(self) -> None:
        self._known: dict[str, _Measured] = {}

    def refusals(self, candidate: Artefact, served: Artefact, language_of: LanguageOf, *, margin: float) -> list[str]:
        """Why `candidate` should not follow `served`; empty when it may. Takes seconds: call it in a thread.

        Both are measured here, so neither's own word counts. A text that `served` labels wrongly too is no reason.
        """
        if served.by_guide and not candidate.by_guide:
            return ["has labels of its own, and filters, numbers and the chat know those of the label guide"]
        # Measuring belongs to training and is needed for a change of models only.
        from services.classifier.training.gate import regressions  # noqa: PLC0415

        for artefact in (candidate, served):
            if artefact.version not in self._known:
                self._known[artefact.version] = _measured(artefact.folder, language_of)
        new, old = self._known[candidate.version], self._known[served.version]
        fallen = regressions(new.scores, old.scores, margin)
        wrong = [sentence for text, sentence in new.failed_musts.items() if text not in old.failed_musts]
        return _told("is worse on the golden set", fallen) + _told("gets wrong what it must get right", wrong)


def _told(how: str, found: list[str]) -> list[str]:
    return [f"{how}: {found[0]}", *found[1:]] if found else []


def _measured(folder: Path, language_of: LanguageOf) -> _Measured:
    from services.classifier.training.corpus import GOLDEN, MUST_PASS, load_golden  # noqa: PLC0415
    from services.classifier.training.decision import Decider  # noqa: PLC0415
    from services.classifier.training.evaluate import predict, score  # noqa: PLC0415
    from services.classifier.training.gate import failed_musts  # noqa: PLC0415
    from services.classifier.training.inference import run  # noqa: PLC0415
    from services.classifier.training.patterns import patterns  # noqa: PLC0415
    from services.classifier.training.report import as_json, measured  # noqa: PLC0415
    from services.classifier.training.rows import read_rows  # noqa: PLC0415

    golden, musts, decider = load_golden(), read_rows(MUST_PASS), Decider.load(folder)
    predicted = predict(run(folder, [row.text for row in golden]), decider)
    found = patterns(golden, predicted.labels, language_of)
    what = measured(folder, GOLDEN, datetime.now(UTC))
    content: dict[str, Any] = json.loads(as_json(score(golden, predicted, decider), what, found))
    labels = predict(run(folder, [row.text for row in musts]), decider).labels
    failed = {
        row.text: sentence
        for row, given in zip(musts, labels, strict=True)
        for sentence in failed_musts([row], [given])
    }
    return _Measured(scores=content, failed_musts=failed)
