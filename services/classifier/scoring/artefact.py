"""A model artefact on disk: its manifest, checksums, labels and calibration, checked before anything is served.

A folder as Optimum exports it (model.onnx, config.json, tokenizer.json, no manifest) is taken at its word: softmax or
sigmoid by its problem type, 0.5 as the threshold of several labels.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from services.classifier.scoring.calibration import Calibration
from services.classifier.scoring.confusion import LabelConfusion, confusions
from services.classifier.scoring.reference import REFERENCE, Reference, encoder_version
from services.classifier.settings import DEFAULT_MODEL
from services.runtime.labels import INTENTS, SENTIMENTS

MANIFEST: Final = "manifest.json"
_EXPORTED: Final = ("model.onnx", "tokenizer.json", "config.json")
_NEEDED: Final = (*_EXPORTED, "calibration.json")
_SINGLE: Final = "single_label_classification"
_MAX_TOKENS: Final = 512
_POSITIONS_BEHIND_PADDING: Final = frozenset(
    {
        "roberta",
        "xlm-roberta",
        "xlm-roberta-xl",
        "roberta-prelayernorm",
        "camembert",
        "mpnet",
        "data2vec-text",
        "longformer",
    }
)


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
    """Its labels in the order of the model's outputs: the label guide's intents, or labels of its own."""
    by_guide: bool
    """Whether the labels are those of the label guide: rules and schemes are for these alone."""
    multi_label: bool
    """Several labels may hold (sigmoid), or exactly one (softmax)."""
    sentiments: tuple[str, ...]
    """Empty when the model gives none."""
    declares_outputs: bool
    """The manifest vouches for embedding and sentiment; else the graph says what it gives."""
    pad_token_id: int
    max_tokens: int
    embedding_size: int
    stored_as: Literal["int8", "float32"]
    """How the weights are kept."""
    quantization: str
    """How they are kept and computed."""
    calibration: Calibration
    encoder_version: str
    """Changes when an embedding may change; empty when the model gives none."""
    metrics: Mapping[str, float]
    """Measured quality on the golden set."""
    confusions: tuple[LabelConfusion, ...]
    """How it errs there, label by label; empty where it was not measured."""
    training_rows: Mapping[str, int]
    """What it was trained on: source → rows; empty where the artefact does not say."""
    reference: Reference | None = None
    """What the texts were like that it was trained on; None where the artefact does not say."""


def load_artefact(folder: Path) -> Artefact:
    """Reads and checks the artefact in `folder`. Raises ArtefactError."""
    manifest = _exported_manifest(folder) if _is_export(folder) else _read_json(folder, MANIFEST)
    _check_files(folder, manifest, _EXPORTED if _is_export(folder) else _NEEDED)
    config = _read_json(folder, "config.json")
    try:
        return _artefact(folder, manifest, config)
    except (KeyError, TypeError, ValueError) as error:
        problem = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        raise ArtefactError(f"The model in {folder} does not fit this server: {problem}. {_mend(folder)}") from error


def _is_export(folder: Path) -> bool:
    """Whether the folder is somebody else's export. One with a calibration is ours and needs its manifest."""
    ours = any((folder / name).exists() for name in (MANIFEST, "calibration.json"))
    return not ours and any((folder / name).exists() for name in _EXPORTED)


def _exported_manifest(folder: Path) -> dict[str, Any]:
    """What a manifest would say of the files as they are."""
    for name in _EXPORTED:
        if not (folder / name).is_file():
            raise ArtefactError(f"{folder / name} is missing. {_mend(folder)}")
    sums = {name: _sha256(folder / name) for name in _EXPORTED}
    created = datetime.fromtimestamp((folder / "model.onnx").stat().st_mtime, UTC)
    version = f"{created:%Y.%m.%d}-{sums['model.onnx'][:8]}"
    return {"name": folder.resolve().name, "version": version, "created": created.isoformat(), "files": sums}


def _artefact(folder: Path, manifest: Mapping[str, Any], config: Mapping[str, Any]) -> Artefact:
    labels = tuple(str(config["id2label"][str(index)]) for index in range(len(config["id2label"])))
    multi_label = config.get("problem_type", _SINGLE) != _SINGLE
    evaluation, stored_as = _told(folder, manifest, "evaluation.json"), _stored_as(folder / "model.onnx")
    calibrated = (folder / "calibration.json").exists()
    return Artefact(
        folder=folder,
        name=manifest["name"],
        version=manifest["version"],
        created=datetime.fromisoformat(manifest["created"]),
        architecture=_architecture(config),
        intents=labels,
        by_guide=_is_by_guide(labels),
        multi_label=multi_label,
        sentiments=_sentiments(config),
        declares_outputs=calibrated,
        pad_token_id=int(config.get("pad_token_id") or 0),
        max_tokens=max_tokens_of(folder, config),
        embedding_size=int(config["embedding_size"]) if calibrated else 0,
        stored_as=stored_as,
        quantization=f"{stored_as} weights, float32 compute",
        calibration=Calibration.from_json(_read_json(folder, "calibration.json"), labels)
        if calibrated
        else Calibration.untouched(len(labels), threshold=0.5 if multi_label else 0.0),
        encoder_version=encoder_version(manifest["files"]) if calibrated else "",
        metrics={name: float(value) for name, value in evaluation.items() if isinstance(value, int | float)},
        confusions=confusions(evaluation) if _is_by_guide(labels) else (),
        training_rows=_told(folder, manifest, "training.json").get("rows", {}),
        reference=_reference(folder, manifest["files"], len(labels)),
    )


def _architecture(config: Mapping[str, Any]) -> str:
    layers = config.get("n_layers") or config.get("num_hidden_layers")
    size = config.get("dim") or config.get("hidden_size")
    return f"{config['model_type']}, {layers} layers, hidden size {size}"


def _is_by_guide(labels: tuple[str, ...]) -> bool:
    """Whether these are the label guide's intents. Raises ValueError when they are almost those: something is wrong."""
    if len(set(labels)) < len(labels):
        raise ValueError("its labels are not all different")
    odd = sorted(set(labels) ^ set(INTENTS))
    if odd and 2 * len(set(labels) & set(INTENTS)) > len(labels):
        raise ValueError(f"its labels are not those of the label guide ({', '.join(odd)})")
    return not odd


def _sentiments(config: Mapping[str, Any]) -> tuple[str, ...]:
    found = tuple(config.get("sentiment_labels", ()))
    if found and sorted(found) != sorted(SENTIMENTS):
        raise ValueError(f"its sentiments are {', '.join(found)}, not {', '.join(SENTIMENTS)}")
    return found


def max_tokens_of(folder: Path, config: Mapping[str, Any]) -> int:
    """What the model reads of a text; exports say it in tokenizer_config.json, or only as the number of positions.

    Models of RoBERTa's kind count positions from behind that of padding (`create_position_ids_from_input_ids`).
    """
    if "max_length" in config and (folder / MANIFEST).exists():
        return int(config["max_length"])
    unused = int(config.get("pad_token_id") or 0) + 1 if config.get("model_type") in _POSITIONS_BEHIND_PADDING else 0
    known = [_MAX_TOKENS, int(config.get("max_position_embeddings", _MAX_TOKENS)) - unused]
    if (folder / "tokenizer_config.json").exists():
        known.append(int(_read_json(folder, "tokenizer_config.json").get("model_max_length", _MAX_TOKENS)))
    return min(known)


def _stored_as(model: Path) -> Literal["int8", "float32"]:
    return "int8" if b"DequantizeLinear" in model.read_bytes() else "float32"


def _reference(folder: Path, sums: Mapping[str, str], labels: int) -> Reference | None:
    if REFERENCE not in sums:
        return None
    return Reference.load(folder / REFERENCE, encoder_version=encoder_version(sums), labels=labels)


def _told(folder: Path, manifest: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """What a file says that a model may come without: how it was measured, how it was trained."""
    return _read_json(folder, name) if name in manifest["files"] else {}


def _check_files(folder: Path, manifest: Mapping[str, Any], needed: tuple[str, ...]) -> None:
    sums = manifest.get("files")
    if not isinstance(sums, dict):
        raise ArtefactError(f"{folder / MANIFEST} lists no files. {_mend(folder)}")
    for name in (*needed, *(other for other in sorted(sums) if other not in needed)):
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
    return (
        "Put the whole artefact there (one that was fetched is fetched again when its folder is removed), or unset "
        "EARSHOT_CLASSIFIER_MODEL to serve the one that ships with Earshot."
    )
