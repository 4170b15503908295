"""Every number that shapes a training run, in one place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperparameters:
    """Settings of one run; the command line overrides epochs, batch size, public rows and seed."""

    epochs: int = 7
    batch_size: int = 32
    seed: int = 17
    public_rows: int = 1000
    """Public rows drawn anew for each epoch."""
    variants: float = 0.5
    """Surface-changed copies per own row and epoch."""
    joins: float = 0.45
    """Attempted joins of two own rows per own row and epoch."""
    validation_share: float = 0.11
    encoder_learning_rate: float = 2e-4
    head_learning_rate: float = 2e-3
    weight_decay: float = 0.01
    warm_up: float = 0.15
    """Part of all steps in which the learning rate rises."""
    gradient_norm: float = 1.0
    label_smoothing: float = 0.005
    sentiment_weight: float = 1.0
    distillation_weight: float = 4.0
    public_sentiment_weight: float = 0.3
    """Weight of a public row's mood: what counts as neutral in support differs from social media."""
    max_tokens: int = 160
    """Texts are cut here while training; the position embeddings of the served model reach 512."""
    threads: int = 2
