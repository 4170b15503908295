"""The optimiser and its schedule: AdamW in one cycle, lower layers slower than upper ones, the heads fastest."""

from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from services.classifier.training.hyperparameters import Hyperparameters
from services.classifier.training.model import MultiTaskModel


def optimiser(model: MultiTaskModel, settings: Hyperparameters, steps: int) -> tuple[AdamW, OneCycleLR]:
    """AdamW and one cycle over `steps`; both remember their state for a checkpoint."""
    # The word embeddings stay as they are: half of all weights, and few of their rows ever get a gradient.
    model.distilbert.embeddings.word_embeddings.requires_grad_(requires_grad=False)
    layers: list[nn.Module] = [model.distilbert.embeddings, *model.distilbert.transformer.layer]
    top = settings.encoder_learning_rate
    rates = [top * settings.layer_decay ** (len(layers) - 1 - depth) for depth in range(len(layers))]
    groups = [[part for part in layer.parameters() if part.requires_grad] for layer in layers]
    rates.append(settings.head_learning_rate)
    groups.append(model.head_parameters())
    found = AdamW([{"params": group} for group in groups], lr=top, weight_decay=settings.weight_decay, fused=True)
    return found, OneCycleLR(found, max_lr=rates, total_steps=steps, pct_start=settings.warm_up)
