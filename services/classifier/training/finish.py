"""From a fitted model to a complete artefact: calibration, export, equality check, evaluation, card, manifest."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from tqdm import tqdm

from services.classifier.text.reading import read_of
from services.classifier.training.batches import load_tokenizer
from services.classifier.training.calibrate import calibrate
from services.classifier.training.card import write_card, write_manifest
from services.classifier.training.corpus import GOLDEN, load_golden, load_own
from services.classifier.training.decision import Decider
from services.classifier.training.describe import TRAINING, describe
from services.classifier.training.encoder import load_encoder
from services.classifier.training.evaluate import Evaluation, predict, score
from services.classifier.training.export import MAX_LENGTH
from services.classifier.training.inference import Outputs, as_read, open_tokenizer, run
from services.classifier.training.pipeline import export_stage, load_fitted, load_task, torch_outputs
from services.classifier.training.place import fresh_beside, put
from services.classifier.training.reference import write_reference
from services.classifier.training.report import as_text
from services.classifier.training.rows import Row, read_json_lines
from services.classifier.training.task import GUIDE, Task
from services.classifier.training.train import embed
from services.classifier.training.vocabulary import write_vocabulary

MAX_EXPORT_LOSS: Final = 0.003
"""Largest accepted loss of macro-F1 from PyTorch to the exported int8 weights."""
_CHECKED_ROWS: Final = 2000


def finish_stage(weights: Path, work: Path, output: Path) -> str:
    """Write the complete artefact of the model fitted in `work` to `output`; returns its scores as a table.

    Raises ValueError when the exported model scores more than 0.3 points below PyTorch, and FileNotFoundError when
    there is no golden set.
    """
    task = load_task(work)
    validation = read_json_lines(work / "validation.jsonl")
    training = json.loads((work / "fit.json").read_text(encoding="utf-8"))
    if task == GUIDE:
        return as_text(_finish_guide(weights, work, output, validation, training))
    return as_text(_finish_file(weights, work, output, validation, training))


def _finish_guide(
    weights: Path, work: Path, output: Path, validation: Sequence[Row], training: dict[str, Any]
) -> Evaluation:
    golden = load_golden()
    if not golden:
        raise FileNotFoundError(f"no golden set at {GOLDEN}")
    model = load_fitted(work)
    export_stage(weights, model, work, output)
    write_vocabulary(output, (read_of(row.text) for row in load_own()))
    held_out = run(output, [row.text for row in validation])
    decider = calibrate(GUIDE, validation, held_out).decider
    decider.save(output)
    texts = [row.text for row in golden]
    outputs = run(output, texts)
    read = as_read(output, open_tokenizer(output), texts)
    fitted = torch_outputs(model, weights, tqdm(read, desc="equality check", unit="text"))
    difference = _export_difference(golden, outputs, fitted, decider)
    names = ("category_macro_f1", "intent_macro_f1", "exact_match", "sentiment_macro_f1")
    summary = score(validation, predict(held_out, decider), decider).summary
    training["held_out"] = {name: round(summary[name], 4) for name in names}
    training |= {"export_difference": difference, "embedding_cosine": _embedding_cosine(weights, outputs, golden)}
    (output / TRAINING).write_text(json.dumps(training, indent=2) + "\n", encoding="utf-8")
    return describe(output)


def _finish_file(
    weights: Path, work: Path, output: Path, validation: Sequence[Row], training: dict[str, Any]
) -> Evaluation:
    """Calibration goes into the graph, so that softmax or sigmoid of its logits is the probability for any server."""
    task, model, fresh = load_task(work), load_fitted(work), fresh_beside(output)
    rows = validation[:_CHECKED_ROWS] or _some_text(task)
    raw = torch_outputs(model, weights, tqdm([read_of(row.text) for row in rows], desc="validation", unit="text"))
    fitted = calibrate(task, validation[:_CHECKED_ROWS], raw)
    model.fold_calibration(*(torch.from_numpy(part) for part in fitted.affine))
    export_stage(weights, model, work, fresh)
    fitted.folded.save(fresh)
    outputs = run(fresh, [row.text for row in rows])
    scaled = replace(raw, logits=raw.logits * fitted.affine[0] + fitted.affine[1])
    training["export_difference"] = _export_difference(rows, outputs, scaled, fitted.folded)
    (fresh / TRAINING).write_text(json.dumps(training, indent=2) + "\n", encoding="utf-8")
    evaluation = score(rows, predict(outputs, fitted.folded), fitted.folded)
    if (work / "train.jsonl").exists():  # a run that an earlier version began has none
        write_reference(fresh, read_json_lines(work / "train.jsonl"), validation)
    write_card(fresh, task, evaluation, training)
    write_manifest(fresh, task.name)
    put(fresh, output)
    return evaluation


def _some_text(task: Task) -> list[Row]:
    """The labels' own names, so that a file too small to hold rows back still has its export checked."""
    return [Row(text=label, intents=frozenset({label}), sentiment=None) for label in task.labels]


def _export_difference(rows: Sequence[Row], served: Outputs, fitted: Outputs, decider: Decider) -> float:
    """How far macro-F1 moves through the export. Raises ValueError when it falls too far."""
    name = "intent_macro_f1" if decider.by_guide else "label_macro_f1"
    before, after = (score(rows, predict(outputs, decider), decider).summary[name] for outputs in (fitted, served))
    # On few rows one text may weigh more than the limit.
    if before - after > max(MAX_EXPORT_LOSS, 1.5 / len(rows)):
        raise ValueError(f"export changes the macro-F1 by {after - before:+.4f}")
    return after - before


def _embedding_cosine(weights: Path, outputs: Outputs, rows: Sequence[Row]) -> float:
    texts = [row.text for row in rows]
    original = embed(load_encoder(weights), load_tokenizer(weights / "tokenizer.json", MAX_LENGTH), texts)
    if outputs.embedding is None:
        raise ValueError("the model has no embedding")
    return float(np.mean([outputs.embedding[i] @ original[text].numpy() for i, text in enumerate(texts)]))
