"""What a model is asked: its labels, whether several may hold, and whether it also gives a mood."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from services.classifier.training.rows import Row
from services.runtime.labels import INTENTS, SENTIMENTS

LABEL_OUTPUT: Final = "logits"
"""Name of the label output that every Optimum export uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The answers of a model, in the order of its outputs."""

    name: str
    labels: tuple[str, ...]
    multi_label: bool
    at_least_one: bool = True
    """Every text carries a label; only a multi-label file may say otherwise."""
    sentiments: tuple[str, ...] = ()
    label_output: str = LABEL_OUTPUT

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the graph's outputs."""
        return (self.label_output, *(("sentiment_logits",) if self.sentiments else ()), "embedding")

    @property
    def problem_type(self) -> str:
        """As config.json states it."""
        return "multi_label_classification" if self.multi_label else "single_label_classification"

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """The task `dataclasses.asdict` made `content` of."""
        return cls(**{**content, "labels": tuple(content["labels"]), "sentiments": tuple(content["sentiments"])})


GUIDE: Final = Task(
    name="earshot-minilm-l6",
    labels=INTENTS,
    multi_label=True,
    sentiments=SENTIMENTS,
    label_output="intent_logits",
)
"""The task of the model that ships with Earshot: the label guide."""


def task_of(rows: Sequence[Row], name: str, *, multi_label: bool) -> Task:
    """The task a labelled file describes. Raises ValueError when it has fewer than two labels."""
    counts = Counter(label for row in rows for label in row.intents or ())
    if len(counts) < 2:
        raise ValueError(f"a classifier needs at least two labels, found {sorted(counts)}")
    moods = {row.sentiment for row in rows}
    return Task(
        name=name,
        labels=tuple(sorted(counts)),
        multi_label=multi_label,
        at_least_one=all(row.intents for row in rows),
        sentiments=SENTIMENTS if moods == set(SENTIMENTS) else (),
    )
