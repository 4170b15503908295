"""The last answers by text: customers paste the same message again and again, above all during an incident."""

from collections import OrderedDict

from services.classifier.prediction import Prediction


class AnswerCache:
    """The most recently used predictions of one model version. cachetools has the same, for one dependency more."""

    def __init__(self, capacity: int) -> None:
        """`capacity` in texts; 0 keeps none."""
        self._capacity = capacity
        self._kept: OrderedDict[str, Prediction] = OrderedDict()

    def get(self, text: str) -> Prediction | None:
        """The prediction of exactly this text, if it is still kept."""
        prediction = self._kept.get(text)
        if prediction is not None:
            self._kept.move_to_end(text)
        return prediction

    def put(self, text: str, prediction: Prediction) -> None:
        """Keeps a prediction, in place of the one that was not asked for the longest."""
        if not self._capacity:
            return
        self._kept[text] = prediction
        self._kept.move_to_end(text)
        if len(self._kept) > self._capacity:
            self._kept.popitem(last=False)
