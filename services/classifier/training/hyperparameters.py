"""Every number that shapes a training run, in one place: one preset for the label guide, one for any other file."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperparameters:
    """Settings of one run; the command line overrides each of them by its own name."""

    epochs: int = 5
    least_steps: int = 300
    """A small file is gone through more often, until it gave this many steps."""
    batch_size: int = 32
    seed: int = 17
    public_rows: int = 800
    """Public rows drawn anew for each epoch."""
    variants: float = 0.4
    """Surface-changed copies per own row and epoch."""
    joins: float = 0.25
    """Attempted joins of two own rows per own row and epoch."""
    validation_share: float = 0.08
    encoder_learning_rate: float = 2e-4
    layer_decay: float = 1.0
    """Each encoder layer learns this much slower than the one above it (Howard and Ruder, ULMFiT, 2018)."""
    head_learning_rate: float = 2e-3
    name_start: float = 0.0
    """How far a label's own name points its output at the start, in logits; 0 starts at random."""
    weight_decay: float = 0.01
    warm_up: float = 0.15
    """Part of all steps in which the learning rate rises."""
    average: float = 0.0
    """Decay of the moving average of the weights that becomes the model; 0 keeps the last weights."""
    gradient_norm: float = 1.0
    label_smoothing: float = 0.005
    sentiment_weight: float = 1.0
    distillation_weight: float = 4.0
    public_sentiment_weight: float = 0.3
    """Weight of a public row's mood: what counts as neutral in support differs from social media."""
    word_rarity: float = 0.01
    """A word weighs this / (this + its share of all words) in the served embedding; 0 weighs all words alike."""
    max_tokens: int = 160
    """Texts are cut here while training; the position embeddings of the served model reach 512."""
    threads: int = 2
    student_layers: int = 0
    """Layers of a student that learns from the fitted model and ships in its place; 0: the fitted model ships."""
    student_epochs: int = 12
    student_learning_rate: float = 3e-4
    """Of its encoder; its heads learn three times as fast."""
    unlabelled_rows: int = 6000
    """Public texts without labels drawn anew for each epoch of a student."""


GUIDE: Final = Hyperparameters()
"""For the label guide: several intents at once, an embedding that stays searchable, a corpus augmentation helps."""

ANY_FILE: Final = Hyperparameters(
    epochs=7,
    variants=0.0,
    joins=0.0,
    validation_share=0.04,
    encoder_learning_rate=1.5e-4,
    layer_decay=0.9,
    name_start=12.0,
    average=0.998,
    label_smoothing=0.05,
    distillation_weight=0.0,
)
"""For a file of one's own; what was tried to find these is in `bench/README.md`."""
