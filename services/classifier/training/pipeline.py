"""The stages of a training run that need torch. Each reads what the one before left in the work folder."""

import json
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from transformers import DistilBertConfig

from services.classifier.training.batches import load_tokenizer
from services.classifier.training.distil import distil
from services.classifier.training.encoder import load_encoder
from services.classifier.training.export import MAX_LENGTH, export_artefact
from services.classifier.training.hyperparameters import Hyperparameters
from services.classifier.training.inference import Outputs, outputs_of
from services.classifier.training.model import MultiTaskModel
from services.classifier.training.rows import Row, write_json_lines
from services.classifier.training.sources import Source, epoch_rows
from services.classifier.training.task import Task
from services.classifier.training.train import epochs_needed, fit


def fit_stage(weights: Path, source: Source, work: Path, settings: Hyperparameters) -> None:
    """Fit the model; leaves its weights, task, rows of both kinds and a record of the fit in `work`."""
    work.mkdir(parents=True, exist_ok=True)
    write_json_lines(work / "train.jsonl", source.split.train)
    write_json_lines(work / "validation.jsonl", source.split.validation)
    encoder = load_encoder(weights)
    tokenizer = load_tokenizer(weights / "tokenizer.json", settings.max_tokens)
    count = epochs_needed(len(epoch_rows(source, settings, 0)), settings)
    epochs = [epoch_rows(source, settings, epoch) for epoch in range(count)]
    started = time.monotonic()
    model = fit(encoder, tokenizer, source.task, epochs, settings, work / "checkpoint.pt")
    torch.save(model.state_dict(), work / "fitted.pt")
    _write(work / "encoder.json", json.loads(model.config.to_json_string()))
    _write(work / "task.json", asdict(source.task))
    _write(work / "fit.json", _describe(source, settings, count, time.monotonic() - started))


def distil_stage(
    weights: Path, source: Source, unlabelled: Sequence[Row], work: Path, settings: Hyperparameters
) -> Path:
    """Teach a student by the model that `fit_stage` left in `work`; answers the student's own work folder.

    It learns from the rows of the run and a new draw of `unlabelled` in each epoch.
    """
    folder = work / "student"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("train.jsonl", "validation.jsonl", "task.json"):
        shutil.copy(work / name, folder / name)
    teacher = load_fitted(work)
    tokenizer = load_tokenizer(weights / "tokenizer.json", settings.max_tokens)
    epochs = [_lesson(source, unlabelled, settings, number) for number in range(settings.student_epochs)]
    started = time.monotonic()
    student = distil(teacher, tokenizer, epochs, settings, folder / "checkpoint.pt")
    torch.save(student.state_dict(), folder / "fitted.pt")
    _write(folder / "encoder.json", json.loads(student.config.to_json_string()))
    training = json.loads((work / "fit.json").read_text(encoding="utf-8"))
    training["student"] = {
        "layers": settings.student_layers,
        "teacher_layers": teacher.config.n_layers,
        "unlabelled": dict(sorted(Counter(row.source for row in unlabelled).items())),
        "minutes": round((time.monotonic() - started) / 60, 1),
    }
    _write(folder / "fit.json", training)
    return folder


def _lesson(source: Source, unlabelled: Sequence[Row], settings: Hyperparameters, number: int) -> list[Row]:
    drawn = random.Random(settings.seed * 1000 + number).sample(
        list(unlabelled), min(settings.unlabelled_rows, len(unlabelled))
    )
    return [*epoch_rows(source, settings, number), *drawn]


def _describe(source: Source, settings: Hyperparameters, epochs: int, seconds: float) -> dict[str, object]:
    return {
        "intent_rows": dict(source.label_rows),
        "rows": dict(source.rows),
        "validation_rows": len(source.split.validation),
        "dropped_near_duplicates": dict(source.split.dropped),
        "notes": list(source.notes),
        "hyperparameters": asdict(settings) | {"epochs": epochs},
        "device": "GPU" if torch.cuda.is_available() else "CPU",
        "training_minutes": round(seconds / 60, 1),
    }


def _write(path: Path, content: dict[str, object]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def load_task(work: Path) -> Task:
    """The task of a work folder."""
    return Task.from_json(json.loads((work / "task.json").read_text(encoding="utf-8")))


def load_fitted(work: Path) -> MultiTaskModel:
    """The fitted model of a work folder, in evaluation mode."""
    config = DistilBertConfig.from_json_file(work / "encoder.json")
    # PyTorch's fused attention unfolds into more ONNX nodes than the plain one, for the same numbers.
    config._attn_implementation = "eager"  # noqa: SLF001 # the library's only way in
    model = MultiTaskModel(config, load_task(work))
    model.load_state_dict(torch.load(work / "fitted.pt", weights_only=True))
    model.eval()
    return model


def export_stage(weights: Path, model: MultiTaskModel, work: Path, output: Path) -> None:
    """Export a fitted model as an artefact in `output`; float.onnx stays in `work`."""
    tokenizer = load_tokenizer(weights / "tokenizer.json", MAX_LENGTH)
    export_artefact(model, tokenizer, output, work / "float.onnx")


def torch_outputs(model: MultiTaskModel, weights: Path, texts: Iterable[str]) -> Outputs:
    """Outputs of each text, as it is, by PyTorch, one at a time, to hold the exported artefact against."""
    tokenizer = load_tokenizer(weights / "tokenizer.json", MAX_LENGTH)
    names = model.task.outputs
    found = []
    for text in texts:
        ids = torch.tensor([tokenizer.encode(text).ids])
        with torch.no_grad():
            found.append(model(input_ids=ids, attention_mask=torch.ones_like(ids)))
    return outputs_of({name: np.concatenate([output[name].numpy() for output in found]) for name in names})
