"""A model that scores live texts silently, and how its answers differ from those that were given (B18)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from services.classifier.batching.waiting_line import Outcome
from services.classifier.classification import LoadedModel
from services.classifier.scoring.prediction import Answer, Prediction

_MAX_WAITING: Final = 32
"""Texts the shadow may owe; more are left out, so that it never holds up the model that serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelChange:
    """One intent under both models, in texts."""

    intent: str
    active: int
    shadow: int
    both: int


@dataclass(slots=True, kw_only=True)
class Comparison:
    """Counts of two models' answers to the same texts."""

    texts: int = 0
    same: int = 0
    _active: Counter[str] = field(default_factory=Counter)
    _shadow: Counter[str] = field(default_factory=Counter)
    _both: Counter[str] = field(default_factory=Counter)

    def add(self, active: Prediction, shadow: Prediction) -> None:
        """Counts one text."""
        ours, theirs = ({name for name, _ in prediction.intents} for prediction in (active, shadow))
        self.texts += 1
        self.same += ours == theirs
        self._active.update(ours)
        self._shadow.update(theirs)
        self._both.update(ours & theirs)

    def changes(self) -> Sequence[LabelChange]:
        """Every intent that either gave, the most changed first."""
        found = [
            LabelChange(intent=name, active=self._active[name], shadow=self._shadow[name], both=self._both[name])
            for name in self._active | self._shadow
        ]
        return sorted(found, key=lambda one: (2 * one.both - one.active - one.shadow, one.intent))


class Shadow:
    """Feeds a model with the texts that another one has labelled. For one event loop."""

    def __init__(self, model: LoadedModel) -> None:
        """`model` has a batcher of its own, with one worker."""
        self.model = model
        self.comparison = Comparison()

    def see(self, text: str, active: Prediction) -> None:
        """Lets the shadow label a text as well, if it has time."""
        if self.model.batcher.admitted >= _MAX_WAITING:
            return

        def compare(_: int, outcome: Outcome) -> None:
            if isinstance(outcome, Answer):
                self.comparison.add(active, outcome.prediction)

        self.model.batcher.admit(1)
        self.model.batcher.submit(self.model.engine.tokenize([text]), compare)
