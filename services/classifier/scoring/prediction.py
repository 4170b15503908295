"""What the model says of one text, before and after the rules."""

from dataclasses import dataclass

from services.classifier.scoring.calibration import Floats

Scored = tuple[str, float]
"""A label and its probability."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The labels of one text. Immutable, so that the cache may hand the same one to many callers."""

    intents: tuple[Scored, ...]
    """Never empty, most probable first."""
    abstained: bool
    """No intent reached its threshold, and `intents` is the fallback (the best label, without the label guide)."""
    sentiment: Scored | None
    """None when the model gives none."""
    language: str
    truncated: bool
    rules: tuple[str, ...]
    """Names of the rules that changed the model's answer."""
    probabilities: tuple[float, ...]
    """Of every intent, in the order of the model's outputs."""
    embedding: Floats
    """`[embedding_size]`, mean-pooled, L2-normalised; empty when the model gives none."""
    prediction_set: tuple[Scored, ...] = ()
    """Every intent that may hold, most probable first: conformal, and always with `intents` in it."""
    review_value: float = 0.0
    """Probability that at least one intent is wrong or missing, were they independent; more for what is novel."""
    novelty: float | None = None
    """Share of held-out messages that lie nearer to the training messages, in [0, 1]; None without a reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Where the time of one text went, in seconds, and how many texts shared its model run."""

    queue_seconds: float
    tokenize_seconds: float
    inference_seconds: float
    batch_texts: int

    @property
    def total_seconds(self) -> float:
        """All stages together."""
        return self.queue_seconds + self.tokenize_seconds + self.inference_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A prediction and where its time went."""

    prediction: Prediction
    timing: Timing
