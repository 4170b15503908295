"""State after the last finished epoch, in one file, so that a run that was stopped goes on from there."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from services.classifier.training.hyperparameters import Hyperparameters
from services.classifier.training.rows import Row


def fingerprint(epochs: Sequence[Sequence[Row]], settings: Hyperparameters) -> str:
    """Tells one run from another: its rows in their order, and every setting."""
    labelled = [(row.text, sorted(row.intents or ()), row.sentiment) for rows in epochs for row in rows]
    return hashlib.sha256(json.dumps([asdict(settings), labelled]).encode()).hexdigest()


class Checkpoint:
    """One file with the state of every part and the fingerprint of the run it belongs to."""

    def __init__(self, path: Path, run: str, parts: Mapping[str, Any]) -> None:
        """`parts` have `state_dict` and `load_state_dict`."""
        self._path = path
        self._run = run
        self._parts = parts

    def save(self, epoch: int) -> None:
        """Replace the file; a crash on the way leaves the one before."""
        state = {name: part.state_dict() for name, part in self._parts.items()}
        partial = self._path.with_suffix(".partial")
        random = [torch.get_rng_state(), *(torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [])]
        torch.save({"run": self._run, "epoch": epoch, "random": random, **state}, partial)
        partial.replace(self._path)

    def resume(self) -> int:
        """Epochs already done; 0 without a checkpoint. Raises ValueError when it belongs to another run."""
        if not self._path.exists():
            return 0
        saved = torch.load(self._path, weights_only=True, map_location="cpu")
        if saved["run"] != self._run:
            raise ValueError(f"{self._path} belongs to another run: delete it, or name another folder with --work")
        for name, part in self._parts.items():
            part.load_state_dict(saved[name])
        torch.set_rng_state(saved["random"][0])
        if torch.cuda.is_available():
            torch.cuda.set_rng_state_all(saved["random"][1:])
        return int(saved["epoch"])
