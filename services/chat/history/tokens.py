"""How many tokens a text has for a model, estimated and corrected by what its upstream reports. Pure but for its state.

The vocabularies of most models cannot be had without their maker (tiktoken fetches them from the net), so a text is
estimated on the safe side from its characters, and each model's factor follows the counts that its upstream reports.
"""

import math
from typing import Final

_ASCII_PER_TOKEN: Final = 3.5
_OTHERS_PER_TOKEN: Final = 1.2
_PER_MESSAGE: Final = 6
_MARGIN: Final = 1.05
_LEAST, _MOST = 0.5, 4.0
_WEIGHT: Final = 0.2


class TokenCounter:
    """Counts tokens for the models of one upstream."""

    def __init__(self) -> None:
        self._factors: dict[str, float] = {}

    def message(self, model: str, text: str) -> int:
        """Tokens of one message, its frame included."""
        return math.ceil(_raw(text) * self._factors.get(model, 1.0)) + _PER_MESSAGE

    def learn(self, model: str, estimated: int, reported: int) -> None:
        """Moves the model's factor towards what the upstream counted; upwards at once, downwards slowly."""
        if estimated <= 0 or reported <= 0:
            return
        factor = self._factors.get(model, 1.0)
        seen = min(max(factor * reported / estimated * _MARGIN, _LEAST), _MOST)
        self._factors[model] = seen if seen > factor else factor + _WEIGHT * (seen - factor)


def _raw(text: str) -> float:
    others = 0 if text.isascii() else sum(not character.isascii() for character in text)
    return (len(text) - others) / _ASCII_PER_TOKEN + others / _OTHERS_PER_TOKEN
