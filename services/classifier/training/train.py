"""Fine-tuning: AdamW, one cycle, fixed seeds, resumable after each epoch."""

import hashlib
import json
import logging
import random
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch.nn.functional import normalize
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR
from tqdm import tqdm
from transformers import DistilBertModel

from services.classifier.training.augment import augment
from services.classifier.training.batches import Batcher, padded
from services.classifier.training.corpus import Split
from services.classifier.training.hyperparameters import Hyperparameters
from services.classifier.training.losses import total_loss
from services.classifier.training.model import MultiTaskModel
from services.classifier.training.rows import Row

_log = logging.getLogger(__name__)


def embed(encoder: DistilBertModel, tokenizer: Tokenizer, texts: Sequence[str]) -> dict[str, torch.Tensor]:
    """Mean-pooled embedding of length one for each text, by the encoder as it is."""
    ids = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    order = sorted(range(len(texts)), key=lambda index: len(ids[index]))
    found: dict[str, torch.Tensor] = {}
    for start in tqdm(range(0, len(order), 64), desc="original embeddings", unit="batch"):
        chunk = order[start : start + 64]
        input_ids, mask = padded([ids[i] for i in chunk])
        with torch.no_grad():
            hidden = encoder(input_ids=input_ids, attention_mask=mask).last_hidden_state
        mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        found.update(zip((texts[i] for i in chunk), normalize(mean, dim=-1), strict=True))
    return found


def epoch_rows(split: Split, settings: Hyperparameters, epoch: int) -> list[Row]:
    """Rows of one epoch: all own rows, new augmented ones, and a new draw of public ones."""
    seed = settings.seed * 1000 + epoch
    own = [row for row in split.train if row.source.endswith(".tsv")]
    public = [row for row in split.train if not row.source.endswith(".tsv")]
    drawn = random.Random(seed).sample(public, min(settings.public_rows, len(public)))
    return [*own, *augment(own, variants=settings.variants, joins=settings.joins, seed=seed), *drawn]


def _optimizer(model: MultiTaskModel, settings: Hyperparameters, steps: int) -> tuple[AdamW, OneCycleLR]:
    # The word embeddings stay as they are: half of all weights, and few of their rows ever get a gradient.
    model.distilbert.embeddings.word_embeddings.requires_grad_(requires_grad=False)
    encoder = [parameter for parameter in model.distilbert.parameters() if parameter.requires_grad]
    groups = [{"params": encoder}, {"params": model.head_parameters()}]
    optimizer = AdamW(groups, lr=settings.encoder_learning_rate, weight_decay=settings.weight_decay)
    rates = [settings.encoder_learning_rate, settings.head_learning_rate]
    return optimizer, OneCycleLR(optimizer, max_lr=rates, total_steps=steps, pct_start=settings.warm_up)


class _Checkpoint:
    """State after the last finished epoch, in one file, with the fingerprint of the run it belongs to."""

    def __init__(self, path: Path, run: str, parts: dict[str, Any]) -> None:
        self._path = path
        self._run = run
        self._parts = parts

    def save(self, epoch: int) -> None:
        state = {name: part.state_dict() for name, part in self._parts.items()}
        partial = self._path.with_suffix(".partial")
        torch.save({"run": self._run, "epoch": epoch, "random": torch.get_rng_state(), **state}, partial)
        partial.replace(self._path)

    def resume(self) -> int:
        """Epochs already done; 0 without a checkpoint. Raises ValueError when it belongs to another run."""
        if not self._path.exists():
            return 0
        saved = torch.load(self._path, weights_only=True)
        if saved["run"] != self._run:
            raise ValueError(f"{self._path} belongs to another run: delete it, or name another folder with --work")
        for name, part in self._parts.items():
            part.load_state_dict(saved[name])
        torch.set_rng_state(saved["random"])
        return int(saved["epoch"])


def _fingerprint(epochs: Sequence[Sequence[Row]], settings: Hyperparameters) -> str:
    labelled = [(row.text, sorted(row.intents or ()), row.sentiment) for rows in epochs for row in rows]
    return hashlib.sha256(json.dumps([asdict(settings), labelled]).encode()).hexdigest()


def fit(
    encoder: DistilBertModel, tokenizer: Tokenizer, split: Split, settings: Hyperparameters, checkpoint: Path
) -> MultiTaskModel:
    """The fitted model in evaluation mode.

    `checkpoint` is written after each epoch and read at the start, so a run that was stopped goes on from there.
    Raises ValueError when it belongs to a run with other settings or other rows.
    """
    torch.manual_seed(settings.seed)
    torch.set_num_threads(settings.threads)
    targets = embed(encoder, tokenizer, [row.text for row in split.train])
    model = MultiTaskModel(encoder.config)
    model.distilbert.load_state_dict(encoder.state_dict())
    batcher = Batcher(tokenizer, targets, encoder.config.dim, settings.public_sentiment_weight)
    epochs = [epoch_rows(split, settings, epoch) for epoch in range(settings.epochs)]
    steps = sum(-(-len(rows) // settings.batch_size) for rows in epochs)
    optimizer, schedule = _optimizer(model, settings, steps)
    saved = _Checkpoint(
        checkpoint, _fingerprint(epochs, settings), {"model": model, "optimizer": optimizer, "schedule": schedule}
    )
    for epoch in range(saved.resume(), settings.epochs):
        loss = _run_epoch(model, optimizer, schedule, batcher, epochs[epoch], settings, epoch)
        _log.info("epoch %d of %d: %d rows, mean loss %.4f", epoch + 1, settings.epochs, len(epochs[epoch]), loss)
        saved.save(epoch + 1)
    model.eval()
    return model


def _run_epoch(
    model: MultiTaskModel,
    optimizer: AdamW,
    schedule: OneCycleLR,
    batcher: Batcher,
    rows: Sequence[Row],
    settings: Hyperparameters,
    epoch: int,
) -> float:
    model.train()
    total = 0.0
    steps = -(-len(rows) // settings.batch_size)
    batches = batcher.batches(rows, settings.batch_size, settings.seed * 1000 + epoch)
    for batch in tqdm(batches, total=steps, desc=f"epoch {epoch + 1}", unit="batch", mininterval=5):
        output = model(input_ids=batch.input_ids, attention_mask=batch.attention_mask)
        loss = total_loss(output, batch, settings)
        loss.backward()
        clip_grad_norm_(model.parameters(), settings.gradient_norm)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        total += float(loss.detach())
    return total / max(1, steps)
