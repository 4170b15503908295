"""The training loss: intents, mood, and staying near the original encoder."""

import torch
from torch.nn import functional
from transformers.utils import ModelOutput

from services.classifier.training.batches import Batch
from services.classifier.training.hyperparameters import Hyperparameters


def intent_loss(logits: torch.Tensor, batch: Batch, smoothing: float) -> torch.Tensor:
    """Binary cross entropy summed over known intents, averaged over rows that know any; soft targets by `smoothing`."""
    soft = batch.intents * (1.0 - smoothing) + smoothing / batch.intents.shape[1]
    losses = functional.binary_cross_entropy_with_logits(logits, soft, reduction="none") * batch.intent_mask
    known = (batch.intent_mask.sum(1) > 0).sum().clamp(min=1)
    return losses.sum() / known


def sentiment_loss(logits: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Cross entropy averaged over the rows with a mood, by weight."""
    losses = functional.cross_entropy(logits, batch.sentiment, ignore_index=-100, reduction="none")
    weights = batch.sentiment_weight * (batch.sentiment >= 0)
    return (losses * weights).sum() / weights.sum().clamp(min=1.0)


def distillation_loss(embedding: torch.Tensor, batch: Batch) -> torch.Tensor:
    """One minus the cosine to the original encoder's embedding, averaged over the rows that have one."""
    distance = 1.0 - (embedding * batch.target).sum(1)
    return (distance * batch.has_target).sum() / batch.has_target.sum().clamp(min=1.0)


def total_loss(output: ModelOutput, batch: Batch, settings: Hyperparameters) -> torch.Tensor:
    """The weighted sum that is minimised."""
    return (
        intent_loss(output.intent_logits, batch, settings.label_smoothing)
        + settings.sentiment_weight * sentiment_loss(output.sentiment_logits, batch)
        + settings.distillation_weight * distillation_loss(output.embedding, batch)
    )
