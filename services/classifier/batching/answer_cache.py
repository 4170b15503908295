"""The last answers by model version and text: customers paste the same message again and again, above all during an
incident, and a model that is rolled back to finds its answers again.

cachetools' LRUCache with `getsizeof` has the same, for one dependency more.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from prometheus_client import Gauge

from services.classifier.scoring.prediction import Prediction

_OBJECT_BYTES: Final = 1_500
"""What a prediction's objects take beside numbers and text: measured 1.3 to 1.6 KB."""
_NUMBER_BYTES: Final = 32
"""A Python float and the place that points to it."""


def size_bytes(text: str, prediction: Prediction) -> int:
    """Memory a kept prediction takes, estimated."""
    numbers = len(prediction.probabilities) + 4 * len(prediction.prediction_set)
    return _OBJECT_BYTES + 4 * len(text) + prediction.embedding.nbytes + _NUMBER_BYTES * numbers


class AnswerCache:
    """The most recently used predictions, as many as fit into the memory given."""

    def __init__(self, capacity_bytes: int, *, kept_bytes: Gauge | None = None) -> None:
        """0 bytes keep none. `kept_bytes` shows how much is in use."""
        self._capacity = capacity_bytes
        self._shown = kept_bytes
        self._used = 0
        self._kept: OrderedDict[tuple[str, str], Prediction] = OrderedDict()

    def of(self, version: str) -> "VersionCache":
        """The part of one model version."""
        return VersionCache(cache=self, version=version)

    def get(self, key: tuple[str, str]) -> Prediction | None:
        """The prediction for a version and exactly this text, if it is still kept."""
        prediction = self._kept.get(key)
        if prediction is not None:
            self._kept.move_to_end(key)
        return prediction

    def put(self, key: tuple[str, str], prediction: Prediction) -> None:
        """Keeps a prediction, in place of those that were not asked for the longest."""
        size = size_bytes(key[1], prediction)
        if size > self._capacity:
            return
        if (before := self._kept.pop(key, None)) is not None:
            self._used -= size_bytes(key[1], before)
        self._kept[key] = prediction
        self._used += size
        while self._used > self._capacity:
            oldest, dropped = self._kept.popitem(last=False)
            self._used -= size_bytes(oldest[1], dropped)
        if self._shown is not None:
            self._shown.set(self._used)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionCache:
    """The cache as one model sees it."""

    cache: AnswerCache
    version: str

    def get(self, text: str) -> Prediction | None:
        """The prediction of exactly this text, if it is still kept."""
        return self.cache.get((self.version, text))

    def put(self, text: str, prediction: Prediction) -> None:
        """Keeps a prediction of this model."""
        self.cache.put((self.version, text), prediction)
