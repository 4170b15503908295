"""From a fitted model to a complete artefact: export, equality check, calibration, evaluation, card, manifest."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from tqdm import tqdm

from services.classifier.training.batches import load_tokenizer
from services.classifier.training.calibrate import calibrate
from services.classifier.training.card import write_card, write_manifest
from services.classifier.training.corpus import GOLDEN, GOLDEN_SECOND_PASS, load_golden
from services.classifier.training.decision import Decider
from services.classifier.training.encoder import load_encoder
from services.classifier.training.evaluate import Evaluation, agreement, as_json, read_second_pass, score
from services.classifier.training.export import MAX_LENGTH
from services.classifier.training.inference import Outputs, run
from services.classifier.training.pipeline import export_stage, load_fitted, torch_outputs
from services.classifier.training.rows import Row, read_rows
from services.classifier.training.train import embed

MAX_EXPORT_LOSS: Final = 0.003
"""Largest accepted loss of golden intent macro-F1 from PyTorch to the exported int8 weights."""


def _export_difference(served: Evaluation, fitted: Outputs, golden: Sequence[Row], decider: Decider) -> float:
    return served.intent_macro_f1 - score(golden, fitted, decider).intent_macro_f1


def _summary(evaluation: Evaluation) -> dict[str, float]:
    names = ("category_macro_f1", "intent_macro_f1", "exact_match", "sentiment_macro_f1")
    return {name: round(getattr(evaluation, name), 4) for name in names}


def _embedding_cosine(weights: Path, outputs: Outputs, rows: Sequence[Row]) -> float:
    texts = [row.text for row in rows]
    original = embed(load_encoder(weights), load_tokenizer(weights / "tokenizer.json", MAX_LENGTH), texts)
    return float(np.mean([outputs.embedding[i] @ original[text].numpy() for i, text in enumerate(texts)]))


def finish_stage(weights: Path, work: Path, output: Path) -> Evaluation:
    """Write the complete artefact of the model fitted in `work` to `output`; returns its golden scores.

    Raises ValueError when the exported model scores more than 0.3 points below PyTorch on the golden set, and
    FileNotFoundError when there is no golden set.
    """
    export_stage(weights, work, output)
    validation = read_rows(work / "validation.tsv")
    held_out = run(output, [row.text for row in validation])
    decider = calibrate(validation, held_out)
    decider.save(output)
    golden = load_golden()
    if not golden:
        raise FileNotFoundError(f"no golden set at {GOLDEN}")
    outputs = run(output, [row.text for row in golden])
    evaluation = score(golden, outputs, decider)
    fitted = torch_outputs(load_fitted(work), weights, tqdm(golden, desc="equality check", unit="text"))
    difference = _export_difference(evaluation, fitted, golden, decider)
    if difference < -MAX_EXPORT_LOSS:
        raise ValueError(f"export changes the golden macro-F1 by {difference:+.4f}")
    training = json.loads((work / "fit.json").read_text(encoding="utf-8"))
    training["held_out"] = _summary(score(validation, held_out, decider))
    training |= {"export_difference": difference, "embedding_cosine": _embedding_cosine(weights, outputs, golden)}
    (output / "evaluation.json").write_text(as_json(evaluation), encoding="utf-8")
    (output / "training.json").write_text(json.dumps(training, indent=2) + "\n", encoding="utf-8")
    second = read_second_pass(golden, GOLDEN_SECOND_PASS)
    kappa = agreement(golden, second)
    training["agreed_rows"] = sum(row.intents == other for row, other in zip(golden, second, strict=True))
    write_card(output, evaluation, kappa, training)
    write_manifest(output)
    return evaluation
