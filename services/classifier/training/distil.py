"""A student of fewer layers, taught by a fitted model: what that makes of texts, whether or not anybody labelled them.

It begins as the teacher without some of its layers (DistilBERT's way: Sanh et al., 2019) and learns the last hidden
states (TinyBERT: Jiao et al., 2020), the logits of every label, the mood and the embedding, each by a loss of its own.
`bench/README.md` says what it gains and loses.
"""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from tokenizers import Tokenizer
from torch.nn import functional
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from services.classifier.training.batches import Batch, Batcher
from services.classifier.training.checkpoint import Checkpoint, fingerprint
from services.classifier.training.hyperparameters import Hyperparameters
from services.classifier.training.model import MultiTaskModel, View
from services.classifier.training.rows import Row
from services.classifier.training.train import Run, device, steps_of
from services.classifier.training.weight_average import WeightAverage

HIDDEN_WEIGHT: Final = 10.0
LOGIT_WEIGHT: Final = 0.02
EMBEDDING_WEIGHT: Final = 8.0
_HEADS_FASTER: Final = 3.0
_DROPOUT: Final = 0.05
_AVERAGE: Final = 0.998
_WARM_UP: Final = 0.08
_WEIGHT_DECAY: Final = 0.01


def kept_layers(count: int, of: int) -> list[int]:
    """Which layers a student keeps: the first, the last, and evenly between. 3 of 6: 0, 2, 5."""
    return [round(place * (of - 1) / max(count - 1, 1)) for place in range(count)]


def student_of(teacher: MultiTaskModel, layers: int) -> MultiTaskModel:
    """The teacher with only so many of its encoder's layers, and less dropout: it has no rows to overfit to."""
    config = copy.deepcopy(teacher.config)
    kept = kept_layers(layers, config.n_layers)
    config.n_layers, config.dropout, config.attention_dropout = layers, _DROPOUT, _DROPOUT
    student = MultiTaskModel(config, teacher.task)
    student.dropout.p = _DROPOUT
    for name, part in teacher.distilbert.named_children():
        if name != "transformer":
            getattr(student.distilbert, name).load_state_dict(part.state_dict())
    for own, theirs in zip(student.distilbert.transformer.layer, kept, strict=True):
        own.load_state_dict(teacher.distilbert.transformer.layer[theirs].state_dict())
    heads = {name: value for name, value in teacher.state_dict().items() if not name.startswith("distilbert.")}
    student.load_state_dict(heads, strict=False)
    return student


def lesson_loss(student: View, teacher: View, attention_mask: torch.Tensor, *, several: bool) -> torch.Tensor:
    """How far the student is from the teacher, 0 where they are one. `several`: a text may have several labels."""
    tokens = attention_mask.to(student.hidden.dtype)
    apart = ((student.hidden - teacher.hidden) ** 2).mean(-1) * tokens
    loss = HIDDEN_WEIGHT * apart.sum() / tokens.sum()
    labels = _of_several if several else _of_one
    loss = loss + labels(student.logits, teacher.logits)
    loss = loss + LOGIT_WEIGHT * functional.mse_loss(student.logits, teacher.logits)
    if student.sentiment is not None and teacher.sentiment is not None:
        loss = loss + _of_one(student.sentiment, teacher.sentiment)
    return loss + EMBEDDING_WEIGHT * (1 - functional.cosine_similarity(student.mean, teacher.mean)).mean()


def _of_several(student: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    """Kullback-Leibler divergence of independent labels, summed over them, averaged over the texts."""
    certain = teacher.sigmoid()
    cross = functional.binary_cross_entropy_with_logits(student, certain, reduction="none")
    own = functional.binary_cross_entropy_with_logits(teacher, certain, reduction="none")
    return (cross - own).sum(1).mean()


def _of_one(student: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    """The same of labels that exclude one another."""
    certain = functional.softmax(teacher, -1)
    return functional.kl_div(functional.log_softmax(student, -1), certain, reduction="batchmean")


def distil(
    teacher: MultiTaskModel,
    tokenizer: Tokenizer,
    epochs: Sequence[Sequence[Row]],
    settings: Hyperparameters,
    checkpoint: Path,
) -> MultiTaskModel:
    """The student in evaluation mode, on the CPU, from the texts of each epoch. `checkpoint` as in `train.fit`.

    Raises ValueError when it belongs to a run with other settings or other rows.
    """
    torch.manual_seed(settings.seed)
    torch.set_num_threads(settings.threads)
    teacher = teacher.to(device()).eval()
    student = student_of(teacher, settings.student_layers).to(device())
    optimizer, schedule = _optimiser(student, settings, sum(steps_of(len(rows), settings) for rows in epochs))
    average = WeightAverage(student.parameters(), _AVERAGE)
    parts = {"model": student, "optimizer": optimizer, "schedule": schedule, "average": average}
    saved = Checkpoint(checkpoint, fingerprint(epochs, settings), parts)

    def loss(batch: Batch) -> torch.Tensor:
        with torch.no_grad():
            shown = teacher.view(batch.input_ids, batch.attention_mask)
        seen = student.view(batch.input_ids, batch.attention_mask)
        return lesson_loss(seen, shown, batch.attention_mask, several=teacher.task.multi_label)

    run = Run(
        model=student,
        loss=loss,
        batcher=Batcher(tokenizer, teacher.task, {}, teacher.config.dim, 0.0),
        settings=settings,
        optimizer=optimizer,
        schedule=schedule,
        average=average,
    )
    return run.through(epochs, saved, saved.resume())


def _optimiser(student: MultiTaskModel, settings: Hyperparameters, steps: int) -> tuple[AdamW, OneCycleLR]:
    rates = [settings.student_learning_rate, settings.student_learning_rate * _HEADS_FASTER]
    groups = [list(student.distilbert.parameters()), student.head_parameters()]
    found = AdamW([{"params": group} for group in groups], lr=rates[0], weight_decay=_WEIGHT_DECAY, fused=True)
    return found, OneCycleLR(found, max_lr=rates, total_steps=max(steps, 2), pct_start=_WARM_UP)
