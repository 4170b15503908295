"""The training loss: labels, mood, and staying near the original encoder."""

import torch
from torch.nn import functional
from transformers.utils import ModelOutput

from services.classifier.training.batches import Batch
from services.classifier.training.hyperparameters import Hyperparameters
from services.classifier.training.task import Task


def several_loss(logits: torch.Tensor, batch: Batch, smoothing: float) -> torch.Tensor:
    """Binary cross entropy summed over known labels, averaged over rows that know any; soft targets by `smoothing`."""
    soft = batch.labels * (1.0 - smoothing) + smoothing / batch.labels.shape[1]
    losses = functional.binary_cross_entropy_with_logits(logits, soft, reduction="none") * batch.label_mask
    known = (batch.label_mask.sum(1) > 0).sum().clamp(min=1)
    return losses.sum() / known


def one_loss(logits: torch.Tensor, batch: Batch, smoothing: float) -> torch.Tensor:
    """Cross entropy averaged over the rows, soft targets by `smoothing`."""
    return functional.cross_entropy(logits, batch.labels.argmax(1), label_smoothing=smoothing)


def sentiment_loss(logits: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Cross entropy averaged over the rows with a mood, by weight."""
    losses = functional.cross_entropy(logits, batch.sentiment, ignore_index=-100, reduction="none")
    weights = batch.sentiment_weight * (batch.sentiment >= 0)
    return (losses * weights).sum() / weights.sum().clamp(min=1.0)


def distillation_loss(embedding: torch.Tensor, batch: Batch) -> torch.Tensor:
    """One minus the cosine to the original encoder's embedding, averaged over the rows that have one."""
    distance = 1.0 - (embedding * batch.target).sum(1)
    return (distance * batch.has_target).sum() / batch.has_target.sum().clamp(min=1.0)


def total_loss(output: ModelOutput, batch: Batch, task: Task, settings: Hyperparameters) -> torch.Tensor:
    """The weighted sum that is minimised."""
    label_loss = several_loss if task.multi_label else one_loss
    loss = label_loss(output[task.label_output], batch, settings.label_smoothing)
    if task.sentiments:
        loss = loss + settings.sentiment_weight * sentiment_loss(output["sentiment_logits"], batch)
    if settings.distillation_weight:
        loss = loss + settings.distillation_weight * distillation_loss(output["embedding"], batch)
    return loss
