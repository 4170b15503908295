"""Fine-tuning: AdamW, one cycle, fixed seeds, resumable after each epoch, on a GPU where there is one."""

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from tokenizers import Tokenizer
from torch.nn.functional import normalize
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR
from tqdm import tqdm
from transformers import DistilBertModel

from services.classifier.training.augment import MADE
from services.classifier.training.batches import Batch, Batcher, padded
from services.classifier.training.checkpoint import Checkpoint, fingerprint
from services.classifier.training.hyperparameters import Hyperparameters
from services.classifier.training.losses import total_loss
from services.classifier.training.model import MultiTaskModel
from services.classifier.training.optimisation import optimiser
from services.classifier.training.rows import Row
from services.classifier.training.task import Task
from services.classifier.training.weight_average import WeightAverage
from services.classifier.training.word_weights import word_weights

CHECKPOINT_SECONDS: Final = 30.0
"""Epochs of a small file are shorter than writing 200 MB."""

_log = logging.getLogger(__name__)


def device() -> torch.device:
    """The first GPU, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def mean_hidden(encoder: DistilBertModel, tokenizer: Tokenizer, texts: Sequence[str], title: str) -> torch.Tensor:
    """Mean hidden state of each text, `[texts, dim]` on the CPU, by the encoder as it is."""
    ids = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    order = sorted(range(len(texts)), key=lambda index: len(ids[index]))
    found = torch.zeros(len(texts), encoder.config.dim)
    for start in tqdm(range(0, len(order), 64), desc=title, unit="batch"):
        chunk = order[start : start + 64]
        input_ids, mask = (part.to(encoder.device) for part in padded([ids[i] for i in chunk]))
        with torch.no_grad():
            hidden = encoder(input_ids=input_ids, attention_mask=mask).last_hidden_state
        found[chunk] = ((hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)).cpu()
    return found


def embed(encoder: DistilBertModel, tokenizer: Tokenizer, texts: Sequence[str]) -> dict[str, torch.Tensor]:
    """Mean-pooled embedding of length one for each text, by the encoder as it is."""
    found = normalize(mean_hidden(encoder, tokenizer, texts, "original embeddings"), dim=-1)
    return dict(zip(texts, found, strict=True))


def epochs_needed(rows: int, settings: Hyperparameters) -> int:
    """Epochs of the settings, or as many as it takes `rows` rows to give the least number of steps."""
    return max(settings.epochs, math.ceil(settings.least_steps / steps_of(rows, settings)))


def steps_of(rows: int, settings: Hyperparameters) -> int:
    """Steps that go through so many rows."""
    return max(1, -(-rows // settings.batch_size))


def _start(encoder: DistilBertModel, tokenizer: Tokenizer, task: Task, settings: Hyperparameters) -> MultiTaskModel:
    model = MultiTaskModel(encoder.config, task)
    model.distilbert.load_state_dict(encoder.state_dict())
    if settings.name_start:
        names = [label.replace("_", " ").replace("-", " ") for label in task.labels]
        model.start_from_names(mean_hidden(encoder, tokenizer, names, "label names"), settings.name_start)
    return model


def fit(
    encoder: DistilBertModel,
    tokenizer: Tokenizer,
    task: Task,
    epochs: Sequence[Sequence[Row]],
    settings: Hyperparameters,
    checkpoint: Path,
) -> MultiTaskModel:
    """The fitted model in evaluation mode, on the CPU, from the rows of each epoch.

    `checkpoint` is written after each epoch that ends later than half a minute after the last one written, and read at
    the start, so a run that was stopped goes on from there.
    Raises ValueError when it belongs to a run with other settings or other rows.
    """
    torch.manual_seed(settings.seed)
    torch.set_num_threads(settings.threads)
    encoder = encoder.to(device())
    model: MultiTaskModel = _start(encoder, tokenizer, task, settings).to(device())
    own = {row.text for rows in epochs for row in rows if row.source not in MADE and not row.public}
    model.weigh_words(torch.from_numpy(word_weights(tokenizer, sorted(own), settings.word_rarity)))
    steps = sum(steps_of(len(rows), settings) for rows in epochs)
    optimizer, schedule = optimiser(model, settings, steps)
    average = WeightAverage(model.parameters(), settings.average)
    parts = {"model": model, "optimizer": optimizer, "schedule": schedule, "average": average}
    saved = Checkpoint(checkpoint, fingerprint(epochs, settings), parts)
    done = saved.resume()
    real = {row.text for rows in epochs[done:] for row in rows if row.source not in MADE}
    targets = embed(encoder, tokenizer, sorted(real)) if settings.distillation_weight else {}
    batcher = Batcher(tokenizer, task, targets, encoder.config.dim, settings.public_sentiment_weight)

    def loss(batch: Batch) -> torch.Tensor:
        output = model(input_ids=batch.input_ids, attention_mask=batch.attention_mask)
        return total_loss(output, batch, task, settings)

    run = Run(
        model=model,
        loss=loss,
        batcher=batcher,
        settings=settings,
        optimizer=optimizer,
        schedule=schedule,
        average=average,
    )
    return run.through(epochs, saved, done)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything that steps touch. `loss` is of a batch on the model's device."""

    model: MultiTaskModel
    loss: Callable[[Batch], torch.Tensor]
    batcher: Batcher
    settings: Hyperparameters
    optimizer: AdamW
    schedule: OneCycleLR
    average: WeightAverage

    def through(self, epochs: Sequence[Sequence[Row]], saved: Checkpoint, done: int) -> MultiTaskModel:
        """The model in evaluation mode, on the CPU, after all epochs but the `done` first ones; kept on the way."""
        kept = time.monotonic()
        for epoch in range(done, len(epochs)):
            loss = self._epoch(epochs[epoch], epoch)
            _log.info("epoch %d of %d: %d rows, mean loss %.4f", epoch + 1, len(epochs), len(epochs[epoch]), loss)
            if epoch + 1 == len(epochs) or time.monotonic() - kept >= CHECKPOINT_SECONDS:
                saved.save(epoch + 1)
                kept = time.monotonic()
        self.average.apply()
        self.model.eval()
        self.model.cpu()
        return self.model

    def _epoch(self, rows: Sequence[Row], number: int) -> float:
        """Go through the rows once; the mean loss of a step."""
        self.model.train()
        total = 0.0
        settings, steps = self.settings, steps_of(len(rows), self.settings)
        batches = self.batcher.batches(rows, settings.batch_size, settings.seed * 1000 + number)
        for batch in tqdm(batches, total=steps, desc=f"epoch {number + 1}", unit="batch", mininterval=5):
            loss = self.loss(batch.to(self.model.device))
            loss.backward()
            clip_grad_norm_(self.model.parameters(), settings.gradient_norm)
            self.optimizer.step()
            self.schedule.step()
            self.average.step()
            self.optimizer.zero_grad(set_to_none=True)
            total += float(loss.detach())
        return total / steps
