"""The moving average of the weights over the steps, which generalises better than where the last step happened to end.

Polyak averaging with a decay that rises to its value, so that a short run is not an average with the untrained start.
`torch.optim.swa_utils.AveragedModel` was looked at: its decay is constant and it copies the frozen word embeddings.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import nn


class WeightAverage:
    """Average of the parameters that learn."""

    def __init__(self, parameters: Iterable[nn.Parameter], decay: float) -> None:
        """`decay` 0 keeps the last weights and costs nothing."""
        self._parameters = [parameter for parameter in parameters if parameter.requires_grad] if decay else []
        self._decay = decay
        self._steps = 0
        self._averages = [parameter.detach().clone() for parameter in self._parameters]

    def step(self) -> None:
        """Take in the weights after an optimiser step."""
        self._steps += 1
        decay = min(self._decay, (1 + self._steps) / (10 + self._steps))
        with torch.no_grad():
            for average, parameter in zip(self._averages, self._parameters, strict=True):
                average.lerp_(parameter, 1.0 - decay)

    def apply(self) -> None:
        """Put the averages into the model."""
        with torch.no_grad():
            for average, parameter in zip(self._averages, self._parameters, strict=True):
                parameter.copy_(average)

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"steps": self._steps, "averages": self._averages}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint."""
        self._steps = int(state["steps"])
        for average, saved in zip(self._averages, state["averages"], strict=True):
            average.copy_(saved)
