"""The folder a trained model goes to: one of its own, and whole or not at all."""

import shutil
from pathlib import Path
from typing import Final

from services.classifier.scoring.artefact import MANIFEST

_FILES: Final = frozenset(
    {
        MANIFEST,
        "model.onnx",
        "config.json",
        "tokenizer.json",
        "calibration.json",
        "training.json",
        "evaluation.json",
        "reference.npz",
        "vocabulary.tsv",
        "MODEL_CARD.md",
    }
)
"""What a model folder of this pipeline holds."""


def require_own_folder(output: Path, work: Path) -> None:
    """Raises ValueError where a model written to `output` would take the place of anything but a model.

    `work` holds what the run leaves; it may not lie in `output`, which is emptied.
    """
    inside = work.resolve()
    if output.resolve() in {inside, *inside.parents}:
        raise ValueError(f"{work} lies in {output}, which the model replaces: name another folder with --work")
    if output.exists() and not output.is_dir():
        raise ValueError(f"{output} is a file: name a folder with --output")
    strange = sorted(path.name for path in output.iterdir() if path.name not in _FILES) if output.exists() else []
    if strange:
        named = ", ".join(strange[:3]) + (f" and {len(strange) - 3} more" if len(strange) > 3 else "")
        raise ValueError(f"{output} holds {named}, which a model would replace: name another folder with --output")


def fresh_beside(output: Path) -> Path:
    """An empty folder beside `output`, to write a model in."""
    place = output.resolve()
    fresh = place.with_name(f".{place.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    return fresh


def put(fresh: Path, output: Path) -> None:
    """Lets a finished model folder take the place of `output`."""
    shutil.rmtree(output.resolve(), ignore_errors=True)
    fresh.replace(output.resolve())
