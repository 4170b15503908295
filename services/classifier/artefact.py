"""A model artefact on disk: its manifest, checksums, labels and calibration, checked before anything is served."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from services.classifier.calibration import Calibration
from services.classifier.settings import DEFAULT_MODEL
from services.runtime.labels import INTENTS, SENTIMENTS

MANIFEST: Final = "manifest.json"
_NEEDED: Final = ("model.onnx", "tokenizer.json", "config.json", "calibration.json")


class ArtefactError(Exception):
    """The artefact cannot be served; the text names the file and the command that mends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """What is known of a model without running it."""

    folder: Path
    name: str
    version: str
    created: datetime
    architecture: str
    intents: tuple[str, ...]
    """In the order of the model's outputs."""
    sentiments: tuple[str, ...]
    max_tokens: int
    embedding_size: int
    quantization: str
    calibration: Calibration
    encoder_version: str
    """Changes when an embedding may change; empty when the model gives none."""
    metrics: Mapping[str, float]
    """Measured quality on the golden set."""


def load_artefact(folder: Path) -> Artefact:
    """Reads and checks the artefact in `folder`. Raises ArtefactError."""
    manifest = _read_json(folder, MANIFEST)
    _check_files(folder, manifest)
    config = _read_json(folder, "config.json")
    try:
        return _artefact(folder, manifest, config)
    except (KeyError, TypeError, ValueError) as error:
        problem = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        raise ArtefactError(f"The model in {folder} does not fit this server: {problem}. {_mend(folder)}") from error


def _artefact(folder: Path, manifest: Mapping[str, Any], config: Mapping[str, Any]) -> Artefact:
    intents = _labels([config["id2label"][str(index)] for index in range(len(config["id2label"]))], INTENTS)
    return Artefact(
        folder=folder,
        name=manifest["name"],
        version=manifest["version"],
        created=datetime.fromisoformat(manifest["created"]),
        architecture=f"{config['model_type']}, {config['n_layers']} layers, hidden size {config['dim']}",
        intents=intents,
        sentiments=_labels(config["sentiment_labels"], SENTIMENTS),
        max_tokens=int(config["max_length"]),
        embedding_size=int(config["embedding_size"]),
        quantization=_quantization(folder / "model.onnx"),
        calibration=Calibration.from_json(_read_json(folder, "calibration.json"), intents),
        encoder_version=_encoder_version(manifest["files"]),
        metrics=_metrics(folder, manifest),
    )


def _labels(found: list[str], vocabulary: tuple[str, ...]) -> tuple[str, ...]:
    """The model's labels in its own order, if they are exactly those of the label guide."""
    if sorted(found) != sorted(vocabulary):
        odd = sorted(set(found) ^ set(vocabulary)) or ["one twice"]
        raise ValueError(f"its labels are not those of the label guide ({', '.join(odd)})")
    return tuple(found)


def _quantization(model: Path) -> str:
    stored = "int8" if b"DequantizeLinear" in model.read_bytes() else "float32"
    return f"{stored} weights, float32 compute"


def _encoder_version(sums: Mapping[str, str]) -> str:
    """Weights and tokenizer make an embedding; labels and calibration do not."""
    return hashlib.sha256("".join(sums[name] for name in ("model.onnx", "tokenizer.json")).encode()).hexdigest()[:16]


def _metrics(folder: Path, manifest: Mapping[str, Any]) -> dict[str, float]:
    if "evaluation.json" not in manifest["files"]:
        return {}
    values = _read_json(folder, "evaluation.json")
    return {name: float(value) for name, value in values.items() if isinstance(value, int | float)}


def _check_files(folder: Path, manifest: Mapping[str, Any]) -> None:
    sums = manifest.get("files")
    if not isinstance(sums, dict):
        raise ArtefactError(f"{folder / MANIFEST} lists no files. {_mend(folder)}")
    for name in (*_NEEDED, *(other for other in sorted(sums) if other not in _NEEDED)):
        path = folder / name
        if name not in sums:
            raise ArtefactError(f"{folder / MANIFEST} does not list {name}. {_mend(folder)}")
        if not path.is_file():
            raise ArtefactError(f"{path} is missing. {_mend(folder)}")
        if _sha256(path) != sums[name]:
            raise ArtefactError(f"{path} is not the file of this model (its SHA-256 differs). {_mend(folder)}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_json(folder: Path, name: str) -> dict[str, Any]:
    path = folder / name
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ArtefactError(f"{path} is missing. {_mend(folder)}") from error
    except (OSError, ValueError) as error:
        raise ArtefactError(f"{path} cannot be read: {error}. {_mend(folder)}") from error
    if not isinstance(content, dict):
        raise ArtefactError(f"{path} holds no JSON object. {_mend(folder)}")
    return content


def _mend(folder: Path) -> str:
    if folder.resolve() == DEFAULT_MODEL.resolve():
        return "Restore it with `git checkout -- services/classifier/model`, or train anew with `make train`."
    return "Put the whole artefact there, or unset EARSHOT_CLASSIFIER_MODEL to serve the one that ships with Earshot."
