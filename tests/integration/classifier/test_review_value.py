"""What the classifier calls worth a person's look is where it errs (B8, B13); the store's queue has its own order."""

from services.classifier.training.corpus import GOLDEN
from services.classifier.training.rows import read_rows
from tests.support.classifier import RunningClassifier

TEXTS = 256
HEAD = 5
"""The head is a fifth of them."""


async def test_wrong_labels_come_before_right_ones(classifier: RunningClassifier) -> None:
    rows = read_rows(GOLDEN)
    chosen = rows[:: len(rows) // TEXTS][:TEXTS]
    results = (await classifier.classify(*(row.text for row in chosen))).results
    wrong = [
        frozenset(score.label for score in result.intents) != row.intents
        for row, result in zip(chosen, results, strict=True)
    ]
    order = sorted(range(TEXTS), key=lambda place: -results[place].review_value)
    head = sum(wrong[place] for place in order[: TEXTS // HEAD])
    assert sum(wrong) > 10
    assert head * HEAD >= 2.5 * sum(wrong), "so many times more than chance would put there"
