"""The stages of a training run that need torch. Each reads what the one before left in the work folder."""

import json
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from transformers import DistilBertConfig

from services.classifier.training.batches import load_tokenizer
from services.classifier.training.corpus import Split, load_golden, load_own, split_rows
from services.classifier.training.encoder import load_encoder
from services.classifier.training.export import MAX_LENGTH, export_artefact
from services.classifier.training.hyperparameters import Hyperparameters
from services.classifier.training.inference import OUTPUTS, Outputs
from services.classifier.training.model import MultiTaskModel
from services.classifier.training.public import load_public
from services.classifier.training.rows import Row, write_rows
from services.classifier.training.train import fit


def _describe(split: Split, settings: Hyperparameters, seconds: float) -> dict[str, object]:
    sources = Counter(row.source for row in split.train)
    return {
        "intent_rows": dict(Counter(intent for row in split.train for intent in row.intents or ())),
        "rows": dict(sorted(sources.items())),
        "validation_rows": len(split.validation),
        "dropped_near_duplicates": dict(split.dropped),
        "hyperparameters": asdict(settings),
        "training_minutes": round(seconds / 60, 1),
    }


def fit_stage(weights: Path, public: Path | None, work: Path, settings: Hyperparameters) -> None:
    """Fit the model; leaves fitted.pt, encoder.json, validation.tsv and fit.json in `work`."""
    work.mkdir(parents=True, exist_ok=True)
    rows = load_public(public, settings.seed) if public else []
    split = split_rows(load_own(), rows, load_golden(), share=settings.validation_share, seed=settings.seed)
    write_rows(work / "validation.tsv", split.validation)
    encoder = load_encoder(weights)
    tokenizer = load_tokenizer(weights / "tokenizer.json", settings.max_tokens)
    started = time.monotonic()
    model = fit(encoder, tokenizer, split, settings, work / "checkpoint.pt")
    torch.save(model.state_dict(), work / "fitted.pt")
    (work / "encoder.json").write_text(model.config.to_json_string(), encoding="utf-8")
    description = _describe(split, settings, time.monotonic() - started)
    (work / "fit.json").write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")


def load_fitted(work: Path) -> MultiTaskModel:
    """The fitted model of a work folder, in evaluation mode."""
    config = DistilBertConfig.from_json_file(work / "encoder.json")
    # PyTorch's fused attention unfolds into more ONNX nodes than the plain one, for the same numbers.
    config._attn_implementation = "eager"  # noqa: SLF001 # the library's only way in
    model = MultiTaskModel(config)
    model.load_state_dict(torch.load(work / "fitted.pt", weights_only=True))
    model.eval()
    return model


def export_stage(weights: Path, work: Path, output: Path) -> None:
    """Export the fitted model of `work` as an artefact in `output`; float.onnx stays in `work`."""
    tokenizer = load_tokenizer(weights / "tokenizer.json", MAX_LENGTH)
    export_artefact(load_fitted(work), tokenizer, output, work / "float.onnx")


def torch_outputs(model: MultiTaskModel, weights: Path, rows: Iterable[Row]) -> Outputs:
    """Outputs of each row by PyTorch, one text at a time, to hold the exported artefact against."""
    tokenizer = load_tokenizer(weights / "tokenizer.json", MAX_LENGTH)
    found = []
    for row in rows:
        ids = torch.tensor([tokenizer.encode(row.text).ids])
        with torch.no_grad():
            found.append(model(input_ids=ids, attention_mask=torch.ones_like(ids)))
    named = {name: np.concatenate([output[name].numpy() for output in found]) for name in OUTPUTS}
    return Outputs(**named)
