"""What the shipped model's evaluation says of its errors comes back as whole numbers."""

import json

from services.classifier.scoring.confusion import LabelKind, confusions
from services.classifier.settings import DEFAULT_MODEL
from services.runtime.labels import CATEGORIES, INTENTS, SENTIMENTS


def test_the_confusions_give_the_evaluations_quotients_again() -> None:
    evaluation = json.loads((DEFAULT_MODEL / "evaluation.json").read_text(encoding="utf-8"))
    found = {(one.kind, one.label): one for one in confusions(evaluation)}
    assert {label for kind, label in found if kind is LabelKind.INTENT} == set(INTENTS)
    assert {label for kind, label in found if kind is LabelKind.CATEGORY} >= set(CATEGORIES) - {"other"}
    assert {label for kind, label in found if kind is LabelKind.SENTIMENT} == set(SENTIMENTS)
    for part, kind in (("labels", LabelKind.INTENT), ("sentiments", LabelKind.SENTIMENT)):
        for label, score in evaluation[part].items():
            one = found[kind, label]
            assert round(one.true_positives / (one.true_positives + one.false_positives), 4) == score["precision"]
            assert round(one.true_positives / (one.true_positives + one.false_negatives), 4) == score["recall"]
            assert (
                sum((one.true_positives, one.false_negatives, one.false_positives, one.true_negatives))
                == evaluation["rows"]
            )


def test_what_cannot_be_told_is_left_out() -> None:
    never = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 7}
    assert confusions({"rows": 100, "labels": {"praise": never}}) == ()
    assert confusions({}) == ()
