"""Rows to tensors: tokenised once, batched with texts of like length, the same order for the same seed."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, Self

import torch
from tokenizers import Tokenizer

from services.classifier.text.reading import read_of
from services.classifier.training.rows import Row
from services.classifier.training.task import Task
from services.runtime.labels import SENTIMENTS

_NO_CLASS: Final = -100
_BATCHES_PER_BUCKET: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Tensors of one step; `label_mask` is 0 where a label is unknown, `sentiment` is -100 where the mood is."""

    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    labels: torch.Tensor
    label_mask: torch.Tensor
    sentiment: torch.Tensor
    sentiment_weight: torch.Tensor
    target: torch.Tensor
    has_target: torch.Tensor

    def to(self, device: torch.device) -> Self:
        """The same batch on another device."""
        return type(self)(**{field.name: getattr(self, field.name).to(device) for field in fields(self)})


def load_tokenizer(path: Path, max_tokens: int) -> Tokenizer:
    """A tokenizer that cuts at `max_tokens` and does not pad."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def padded(ids: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and attention mask `[batch, longest]`, padded with 0 on the right."""
    longest = max(len(row) for row in ids)
    input_ids = torch.tensor([[*row, *[0] * (longest - len(row))] for row in ids])
    mask = torch.tensor([[*[1] * len(row), *[0] * (longest - len(row))] for row in ids])
    return input_ids, mask


def bucketed(lengths: Sequence[int], batch_size: int, seed: int) -> list[list[int]]:
    """Indices in batches of like length, batches in random order."""
    random_ = random.Random(seed)
    order = list(range(len(lengths)))
    random_.shuffle(order)
    batches = []
    bucket = batch_size * _BATCHES_PER_BUCKET
    for start in range(0, len(order), bucket):
        chunk = sorted(order[start : start + bucket], key=lambda index: lengths[index])
        batches += [chunk[i : i + batch_size] for i in range(0, len(chunk), batch_size)]
    random_.shuffle(batches)
    return batches


class Batcher:
    """Makes batches of rows. `targets` holds the original encoder's embedding of texts that have one."""

    def __init__(
        self, tokenizer: Tokenizer, task: Task, targets: Mapping[str, torch.Tensor], width: int, mood_weight: float
    ) -> None:
        """`width` is the length of an embedding, `mood_weight` the weight of a public row's mood."""
        self._tokenizer = tokenizer
        self._task = task
        self._targets = targets
        self._nothing = torch.zeros(width)
        self._mood_weight = mood_weight

    def batches(self, rows: Sequence[Row], batch_size: int, seed: int) -> Iterator[Batch]:
        """All rows once."""
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch([read_of(row.text) for row in rows])]
        for indices in bucketed([len(row) for row in ids], batch_size, seed):
            yield self._batch([rows[i] for i in indices], [ids[i] for i in indices])

    def _batch(self, rows: Sequence[Row], ids: Sequence[Sequence[int]]) -> Batch:
        input_ids, attention_mask = padded(ids)
        labels = self._task.labels
        return Batch(
            input_ids=input_ids,
            attention_mask=attention_mask,
            labels=torch.tensor([[float(label in (row.intents or ())) for label in labels] for row in rows]),
            label_mask=torch.tensor([self._mask(row) for row in rows]),
            sentiment=torch.tensor([SENTIMENTS.index(row.sentiment) if row.sentiment else _NO_CLASS for row in rows]),
            sentiment_weight=torch.tensor([self._mood_weight if row.source == "goemotions" else 1.0 for row in rows]),
            target=torch.stack([self._targets.get(row.text, self._nothing) for row in rows]),
            has_target=torch.tensor([float(row.text in self._targets) for row in rows]),
        )

    def _mask(self, row: Row) -> list[float]:
        if row.intents is None:
            return [0.0] * len(self._task.labels)
        return [float(label not in row.unsure) for label in self._task.labels]
