"""Writes what a reader must know about an artefact: MODEL_CARD.md, and manifest.json with the hash of every file."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from types import MappingProxyType
from typing import Any, Final

from services.classifier.training.agreement import LOW_KAPPA, Agreement
from services.classifier.training.checksums import sha256
from services.classifier.training.evaluate import Evaluation
from services.classifier.training.public import PUBLIC_SETS
from services.classifier.training.scores import LabelScore
from services.classifier.training.sources import CORRECTIONS
from services.classifier.training.task import Task
from services.runtime.labels import CATEGORY_OF_INTENT, DEFAULT_SCHEME, INTENTS, SCHEMES

MANIFEST: Final = "manifest.json"

_GUIDE_TEMPLATE: Final = Path(__file__).with_name("card_template.md")
_FILE_TEMPLATE: Final = Path(__file__).with_name("file_card_template.md")


def model_version(folder: Path, created: datetime) -> str:
    """Date and the first eight digits of the model file's hash: two different models never share a version."""
    return f"{created:%Y.%m.%d}-{sha256(folder / 'model.onnx')[:8]}"


def _headline(summary: Mapping[str, float]) -> str:
    lines = [
        ("category macro-F1", "category_macro_f1", "≥ 0.92"),
        ("intent macro-F1", "intent_macro_f1", "≥ 0.85"),
        *((f"macro-F1 of the scheme {name}", f"{name}_macro_f1", "") for name in SCHEMES if name != DEFAULT_SCHEME),
        ("exact match of the label set", "exact_match", "≥ 0.75"),
        ("sentiment macro-F1", "sentiment_macro_f1", "≥ 0.80"),
        ("calibration error, all 26 probabilities", "calibration_error", "≤ 0.03"),
        ("calibration error, predicted intents only", "predicted_calibration_error", ""),
        ("calibration error, sentiment", "sentiment_calibration_error", ""),
        ("texts without any intent over its threshold", "abstained", ""),
        ("conformal sets: texts whose true intents are all inside", "conformal_coverage", "0.95"),
        ("conformal sets: mean size", "conformal_mean_size", ""),
    ]
    table = [f"| {title} | {summary[name]:.3f} | {target} |" for title, name, target in lines]
    return "\n".join(["| measure | value | target |", "|---|---|---|", *table])


def _table(scores: Mapping[str, LabelScore], kappa: Mapping[str, float] = MappingProxyType({})) -> str:
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
    if CORRECTIONS in rows:
        lines.append(f"| corrections of labelled messages | {rows[CORRECTIONS]} | the operator's |")
    lines += [f"| {one.title} | {rows[name]} | {one.licence} |" for name, one in PUBLIC_SETS.items() if name in rows]
    return "\n".join(["| source | rows | licence |", "|---|---|---|", *lines])


def _student(training: Mapping[str, Any]) -> str:
    """How a student came by its weights; empty of a model that was fitted itself."""
    if "student" not in training:
        return ""
    lesson = training["student"]
    sets = [(PUBLIC_SETS[name], count) for name, count in lesson["unlabelled"].items()]
    texts = [f"{one.title} ({count:,}, {one.licence})" for one, count in sets]
    further = f" and on public texts whose labels nobody looked at: {'; '.join(texts)}" if texts else ""
    return (
        f" It is a student: a model of {lesson['teacher_layers']} layers was fitted on the rows below, and this one"
        f" learned what that makes of them{further}."
    )


def _settings(training: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in training["hyperparameters"].items())


def _common(folder: Path, evaluation: Evaluation, training: Mapping[str, Any]) -> dict[str, str]:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return {
        "name": manifest["name"],
        "version": manifest["version"],
        "created": manifest["version"][:10].replace(".", "-"),
        "student": _student(training),
        "layers": str(json.loads((folder / "config.json").read_text(encoding="utf-8"))["n_layers"]),
        "size_mb": f"{(folder / 'model.onnx').stat().st_size / 1e6:.1f}",
        "labels": _table(evaluation.labels),
        "rows": str(evaluation.rows),
        "validation_rows": str(training["validation_rows"]),
        "minutes": str(training["training_minutes"]),
        "hyperparameters": _settings(training),
        "notes": "".join(f"- {note}\n" for note in training.get("notes", ())),
        "export_difference": f"{100 * training['export_difference']:.2f}",
    }


def write_guide_card(
    folder: Path, evaluation: Evaluation, blind: Evaluation, raters: Agreement, training: Mapping[str, Any]
) -> None:
    """Write MODEL_CARD.md from the evaluations on both sets, rater agreement and the description of the run."""
    flagged = (
        f" Low (under {LOW_KAPPA}): {', '.join(raters.low)}." if raters.low else f" No intent is under {LOW_KAPPA}."
    )
    values = _common(folder, evaluation, training) | {
        "headline": _headline(evaluation.summary),
        "categories": _table(evaluation.categories),
        "labels": _table(evaluation.labels, raters.intents),
        "sentiments": _table(evaluation.sentiments, raters.sentiments),
        "sources": _sources(training["rows"]),
        "intent_counts": ", ".join(f"{intent} {training['intent_rows'].get(intent, 0)}" for intent in INTENTS),
        "synthetic": ", ".join(name for name in INTENTS if CATEGORY_OF_INTENT[name] in ("bonus", "game_issue")),
        "held_out": ", ".join(f"{name} {value:.3f}" for name, value in training["held_out"].items()),
        "blind_rows": str(blind.rows),
        "blind": ", ".join(f"{name} {blind.summary[name]:.3f}" for name in training["held_out"]),
        "agreed_rows": str(raters.agreed_rows),
        "alpha": f"{raters.alpha:.3f}",
        "flagged": flagged,
        "embedding_cosine": f"{training['embedding_cosine']:.3f}",
    }
    text = Template(_GUIDE_TEMPLATE.read_text(encoding="utf-8")).substitute(values)
    (folder / "MODEL_CARD.md").write_text(text, encoding="utf-8")


def write_card(folder: Path, task: Task, evaluation: Evaluation, training: Mapping[str, Any]) -> None:
    """Write MODEL_CARD.md of a model trained on a file of one's own; needs the manifest for the version."""
    write_manifest(folder, task.name)
    headline = [f"| {name.replace('_', ' ')} | {value:.4f} |" for name, value in evaluation.summary.items()]
    values = _common(folder, evaluation, training) | {
        "problem_type": task.problem_type,
        "count": str(len(task.labels)),
        "headline": "\n".join(["| measure | value |", "|---|---|", *headline]),
        "outputs": ", ".join(f"`{name}`" for name in task.outputs),
        "device": str(training["device"]),
    }
    text = Template(_FILE_TEMPLATE.read_text(encoding="utf-8")).substitute(values)
    (folder / "MODEL_CARD.md").write_text(text, encoding="utf-8")


def write_manifest(folder: Path, name: str, now: datetime | None = None) -> None:
    """Write manifest.json: name, version, time, and the SHA-256 of every other file of the artefact.

    Version and time of a model whose weights did not change stay what they were.
    """
    path, now = folder / MANIFEST, now or datetime.now(UTC)
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"version": "", "created": ""}
    version, created = model_version(folder, now), now.isoformat(timespec="seconds")
    if before["version"][-8:] == version[-8:]:
        version, created = before["version"], before["created"]
    content = {
        "name": name,
        "version": version,
        "created": created,
        "files": {one.name: sha256(one) for one in sorted(folder.iterdir()) if one.name != MANIFEST},
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
