"""The regression gate: a candidate must not be worse than the model in service, label by label (C27).

F1 of a rare label moves much on a single text. So a label may fall by the margin, or by as much as two of its texts
make, whichever is more; macro-F1 and the share of wholly right rows may fall by half the margin.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.classifier.training.rows import Row
from services.classifier.training.scores import LabelSets

_WHOLE: Final = (
    "intent_macro_f1",
    "label_macro_f1",
    "category_macro_f1",
    "exact_match",
    "accuracy",
    "sentiment_macro_f1",
)
_TEXTS: Final = 2


def allowed_fall(support: int, margin: float) -> float:
    """How far the F1 of a label with `support` rows may fall."""
    return max(margin, _TEXTS / (support + 1))


def regressions(candidate: Mapping[str, Any], served: Mapping[str, Any], margin: float) -> list[str]:
    """Why the candidate is refused, one sentence each; empty when it may serve. Both are contents of evaluation.json.

    Raises ValueError when they were not measured on the same rows.
    """
    if candidate["data"]["sha256"] != served["data"]["sha256"]:
        raise ValueError("the two evaluations were not made on the same file")
    return [*_label_falls(candidate["labels"], served["labels"], margin), *_whole_falls(candidate, served, margin / 2)]


def _label_falls(candidate: Mapping[str, Any], served: Mapping[str, Any], margin: float) -> list[str]:
    found = []
    for label, before in served.items():
        after = candidate.get(label)
        if after is None:
            found.append(f"{label} is not among the candidate's labels")
        elif before["f1"] - after["f1"] > allowed_fall(before["support"], margin):
            found.append(_fall(f"F1 of {label}", before["f1"], after["f1"], allowed_fall(before["support"], margin)))
    return found


def _whole_falls(candidate: Mapping[str, Any], served: Mapping[str, Any], limit: float) -> list[str]:
    shared = [name for name in _WHOLE if name in served and name in candidate]
    fallen = [name for name in shared if served[name] - candidate[name] > limit]
    return [_fall(name, served[name], candidate[name], limit) for name in fallen]


def _fall(what: str, before: float, after: float, limit: float) -> str:
    return f"{what} falls from {before:.3f} to {after:.3f}, by more than {limit:.3f}"


def failed_musts(rows: Sequence[Row], predicted: LabelSets) -> list[str]:
    """A sentence for each text that must come out right and does not."""
    return [
        f"{row.text!r} must be {'+'.join(sorted(row.intents or ()))}, not {'+'.join(sorted(found)) or 'nothing'}"
        for row, found in zip(rows, predicted, strict=True)
        if row.intents != found
    ]
