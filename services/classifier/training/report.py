"""An evaluation as JSON, as a table for a terminal, and kept under its date, so that a trend can be seen (C23, C26)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from services.classifier.training.checksums import sha256
from services.classifier.training.evaluate import Evaluation
from services.classifier.training.patterns import Patterns
from services.classifier.training.scores import LabelScore

FILE: Final = "evaluation.json"
_SHOWN: Final = 15
_TREND: Final = (
    "accuracy",
    "exact_match",
    "label_macro_f1",
    "intent_macro_f1",
    "category_macro_f1",
    "calibration_error",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured, on what, and when."""

    model: str
    version: str
    data: str
    data_sha256: str
    created: datetime


def measured(model: Path, data: Path, created: datetime) -> Measured:
    """Name and version of the model folder (those of its files where it has no manifest), and the file's hash."""
    manifest = model / "manifest.json"
    told = json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else {}
    return Measured(
        model=told.get("name", model.resolve().name),
        version=told.get("version") or f"unversioned-{sha256(model / 'model.onnx')[:8]}",
        data=data.name,
        data_sha256=sha256(data),
        created=created,
    )


def as_json(evaluation: Evaluation, what: Measured, patterns: Patterns, extra: Mapping[str, Any] | None = None) -> str:
    """Everything as indented JSON, ratios rounded to four digits."""
    content = {
        "model": what.model,
        "version": what.version,
        "created": what.created.isoformat(timespec="seconds"),
        "data": {"file": what.data, "sha256": what.data_sha256},
        "rows": evaluation.rows,
        **evaluation.summary,
        **(extra or {}),
        "labels": {name: asdict(one) for name, one in evaluation.labels.items()},
        "categories": {name: asdict(one) for name, one in evaluation.categories.items()},
        "sentiments": {name: asdict(one) for name, one in evaluation.sentiments.items()},
        "calibration_curve": [asdict(one) for one in evaluation.curve],
        "patterns": asdict(patterns),
    }
    rounded = json.loads(json.dumps(content), parse_float=lambda digits: round(float(digits), 4))
    return json.dumps(rounded, indent=2, ensure_ascii=False) + "\n"


def as_text(evaluation: Evaluation, patterns: Patterns | None = None) -> str:
    """The evaluation as a table for a terminal."""
    lines = [f"rows {evaluation.rows}", *(f"{name:30} {value:.4f}" for name, value in evaluation.summary.items())]
    for title, scores in (
        ("categories", evaluation.categories),
        ("labels", evaluation.labels),
        ("sentiments", evaluation.sentiments),
    ):
        lines += _table(title, scores) if scores else []
    if patterns is not None:
        lines += _errors(patterns)
    return "\n".join(lines)


def _table(title: str, scores: Mapping[str, LabelScore]) -> list[str]:
    width = max(24, *(len(name) for name in scores))
    head = f"{title:{width}} precision  recall      f1  support"
    rows = [
        f"{name:{width}} {one.precision:9.3f} {one.recall:7.3f} {one.f1:7.3f} {one.support:8d}"
        for name, one in scores.items()
    ]
    return ["", head, *rows]


def _errors(patterns: Patterns) -> list[str]:
    shown = [f"{one.count:5d}  {one.predicted} → {one.true}" for one in patterns.confusions[:_SHOWN]]
    lines = ["", "most frequent errors: predicted → true", *shown] if shown else []
    for name, shares in patterns.groups.items():
        cells = [f"{value} {one.wrong}/{one.rows}" for value, one in list(shares.items())[:_SHOWN]]
        lines += ["", f"wrong rows by {name}: " + ", ".join(cells)]
    return lines


def folder_of(results: Path, what: Measured) -> Path:
    """Where the result of this measurement is kept."""
    return results / Path(what.data).stem / f"{what.created:%Y-%m-%dT%H%M%S}-{what.model}-{what.version}"


def trend(results: Path, what: Measured) -> list[str]:
    """A line for each result kept for the same rows, oldest first."""
    kept = sorted((results / Path(what.data).stem).glob(f"*/{FILE}"))
    found = [json.loads(path.read_text(encoding="utf-8")) for path in kept]
    return [_trend_line(one) for one in found if one["data"]["sha256"] == what.data_sha256]


def _trend_line(content: Mapping[str, Any]) -> str:
    values: Sequence[str] = [f"{name} {content[name]:.4f}" for name in _TREND if name in content]
    return f"{content['created'][:16]}  {content['model']} {content['version']}  {'  '.join(values)}"
