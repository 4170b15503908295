"""Writes what a reader must know about an artefact: MODEL_CARD.md, and manifest.json with the hash of every file."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import Any, Final

from services.classifier.training.evaluate import Evaluation
from services.classifier.training.scores import LabelScore
from services.runtime.labels import CATEGORY_OF_INTENT, INTENTS

MODEL_NAME: Final = "earshot-minilm-l6"
MANIFEST: Final = "manifest.json"
LOW_KAPPA: Final = 0.8
"""Intents on which two labellings agree less than this are flagged in the card."""

_TEMPLATE: Final = Path(__file__).with_name("card_template.md")
_PUBLIC_SETS: Final = {
    "banking77": "Banking77 (PolyAI, CC BY 4.0, PolyAI-LDN/task-specific-datasets)",
    "nlupp": "NLU++ (PolyAI, CC BY 4.0, PolyAI-LDN/task-specific-datasets)",
    "clinc150": "CLINC150 (Larson et al. 2019, CC BY 3.0, clinc/oos-eval)",
    "goemotions": "GoEmotions (Google, CC BY 4.0, google-research/goemotions), mood only",
}


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def model_version(folder: Path, created: datetime) -> str:
    """Date and the first eight digits of the model file's hash: two different models never share a version."""
    return f"{created:%Y.%m.%d}-{sha256(folder / 'model.onnx')[:8]}"


def _headline(evaluation: Evaluation) -> str:
    lines = [
        ("category macro-F1", evaluation.category_macro_f1, "≥ 0.92"),
        ("intent macro-F1", evaluation.intent_macro_f1, "≥ 0.85"),
        ("exact match of the label set", evaluation.exact_match, "≥ 0.75"),
        ("sentiment macro-F1", evaluation.sentiment_macro_f1, "≥ 0.80"),
        ("calibration error, all 26 probabilities", evaluation.calibration_error, "≤ 0.03"),
        ("calibration error, predicted intents only", evaluation.predicted_calibration_error, ""),
        ("calibration error, sentiment", evaluation.sentiment_calibration_error, ""),
        ("texts without any intent over its threshold", evaluation.abstained, ""),
        ("conformal sets: texts whose true intents are all inside", evaluation.conformal_coverage, "0.95"),
    ]
    table = [f"| {name} | {value:.3f} | {target} |" for name, value, target in lines]
    size = f"| conformal sets: mean size | {evaluation.conformal_mean_size:.2f} | |"
    return "\n".join(["| measure | value | target |", "|---|---|---|", *table, size])


def _table(scores: Mapping[str, LabelScore], kappa: Mapping[str, float]) -> str:
    agreement = " kappa |" if kappa else ""
    rule = "|---|---|---|---|---|" + ("---|" if kappa else "")
    lines = [f"| label | precision | recall | F1 | support |{agreement}", rule]
    for name, one in scores.items():
        cell = f" {kappa[name]:.2f}{' (low)' if kappa[name] < LOW_KAPPA else ''} |" if kappa else ""
        lines.append(f"| {name} | {one.precision:.3f} | {one.recall:.3f} | {one.f1:.3f} | {one.support} |{cell}")
    return "\n".join(lines)


def _sources(rows: Mapping[str, int]) -> str:
    own = sum(count for source, count in rows.items() if source.endswith(".tsv"))
    lines = [f"| own corpus, written for this project (`services/classifier/training/corpus/`) | {own} | MIT |"]
    lines += [f"| {_PUBLIC_SETS[name]} | {rows[name]} | see name |" for name in _PUBLIC_SETS if name in rows]
    return "\n".join(["| source | rows | licence |", "|---|---|---|", *lines])


def _example_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{intent} {counts.get(intent, 0)}" for intent in INTENTS)


def write_card(folder: Path, evaluation: Evaluation, kappa: Mapping[str, float], training: Mapping[str, Any]) -> None:
    """Write MODEL_CARD.md from the evaluation on the golden set, rater agreement and the description of the run."""
    created = datetime.now(UTC)
    text = Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        name=MODEL_NAME,
        version=model_version(folder, created),
        created=f"{created:%Y-%m-%d}",
        size_mb=f"{(folder / 'model.onnx').stat().st_size / 1e6:.1f}",
        headline=_headline(evaluation),
        categories=_table(evaluation.categories, {}),
        intents=_table(evaluation.intents, kappa),
        sentiments=_table(evaluation.sentiments, {}),
        golden_rows=str(evaluation.rows),
        sources=_sources(training["rows"]),
        intent_counts=_example_counts(training["intent_rows"]),
        synthetic=", ".join(name for name in INTENTS if CATEGORY_OF_INTENT[name] in ("bonus", "game_issue")),
        validation_rows=str(training["validation_rows"]),
        held_out=", ".join(f"{name} {value:.3f}" for name, value in training["held_out"].items()),
        agreed_rows=str(training["agreed_rows"]),
        minutes=str(training["training_minutes"]),
        hyperparameters=", ".join(f"{name} {value}" for name, value in training["hyperparameters"].items()),
        export_difference=f"{100 * training['export_difference']:.2f}",
        embedding_cosine=f"{training['embedding_cosine']:.3f}",
    )
    (folder / "MODEL_CARD.md").write_text(text, encoding="utf-8")


def write_manifest(folder: Path) -> None:
    """Write manifest.json: name, version, time, and the SHA-256 of every other file of the artefact."""
    created = datetime.now(UTC)
    files = {path.name: sha256(path) for path in sorted(folder.iterdir()) if path.name != MANIFEST}
    content = {
        "name": MODEL_NAME,
        "version": model_version(folder, created),
        "created": created.isoformat(timespec="seconds"),
        "files": files,
    }
    (folder / MANIFEST).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
