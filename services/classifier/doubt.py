"""How sure an answer is: its prediction set, and what a person's look at it is worth. Pure."""

import math
from collections.abc import Mapping, Sequence

from services.classifier.prediction import Scored


def prediction_set(probabilities: Mapping[str, float], intents: Sequence[Scored], border: float) -> tuple[Scored, ...]:
    """Every intent with a probability of at least `border`, and those that hold, most probable first."""
    predicted = {name for name, _ in intents}
    held = [(name, value) for name, value in probabilities.items() if value >= border or name in predicted]
    return tuple(sorted(held, key=lambda item: (-item[1], item[0])))


def review_value(probabilities: Mapping[str, float], intents: Sequence[Scored]) -> float:
    """Probability that at least one decision is wrong, were the intents independent of each other, in [0, 1]."""
    predicted = {name for name, _ in intents}
    return 1 - math.prod(value if name in predicted else 1 - value for name, value in probabilities.items())
