"""The mathematics of the network's answers and of its losses."""

from itertools import product

import torch

from services.classifier.training.batches import Batch, bucketed
from services.classifier.training.losses import distillation_loss, intent_loss, sentiment_loss
from services.classifier.training.model import given_at_least_one


def batch(**changes: torch.Tensor) -> Batch:
    tensors = {
        "input_ids": torch.ones(2, 3, dtype=torch.long),
        "attention_mask": torch.ones(2, 3, dtype=torch.long),
        "intents": torch.tensor([[1.0, 0.0], [0.0, 1.0]]),
        "intent_mask": torch.ones(2, 2),
        "sentiment": torch.tensor([0, 2]),
        "sentiment_weight": torch.ones(2),
        "target": torch.tensor([[1.0, 0.0], [0.0, 1.0]]),
        "has_target": torch.ones(2),
    }
    return Batch(**(tensors | changes))


def test_conditioning_on_any_label_equals_counting_all_label_sets() -> None:
    logits = torch.tensor([[-3.0, -2.0, -4.0], [2.0, -1.0, 0.5]], dtype=torch.float64)
    for row, found in zip(torch.sigmoid(logits), torch.sigmoid(given_at_least_one(logits)), strict=True):
        sets = [chosen for chosen in product((0, 1), repeat=3) if any(chosen)]
        weights = torch.tensor([_weight(row, chosen) for chosen in sets], dtype=torch.float64)
        expected = [weights[[bool(chosen[i]) for chosen in sets]].sum() / weights.sum() for i in range(3)]
        torch.testing.assert_close(found, torch.stack(expected))


def _weight(probabilities: torch.Tensor, chosen: tuple[int, ...]) -> float:
    weight = 1.0
    for p, one in zip(probabilities.tolist(), chosen, strict=True):
        weight *= p if one else 1 - p
    return weight


def test_conditioning_stays_finite_at_the_extremes() -> None:
    logits = torch.tensor([[-80.0] * 26, [80.0] * 26, [-80.0] * 25 + [80.0]])
    assert torch.isfinite(given_at_least_one(logits)).all()


def test_what_is_unknown_adds_no_loss() -> None:
    wrong = torch.tensor([[-5.0, 5.0], [-5.0, 5.0]])
    first_row_unknown = batch(intent_mask=torch.tensor([[0.0, 0.0], [1.0, 1.0]]))
    assert intent_loss(wrong, first_row_unknown, 0.0) < 0.1 < intent_loss(wrong, batch(), 0.0)
    moods = torch.tensor([[-5.0, 0.0, 5.0], [-5.0, 0.0, 5.0]])
    assert sentiment_loss(moods, batch(sentiment=torch.tensor([-100, 2]))) < 0.1 < sentiment_loss(moods, batch())
    assert distillation_loss(torch.tensor([[0.0, 1.0], [0.0, 1.0]]), batch(has_target=torch.tensor([0.0, 1.0]))) == 0


def test_batches_hold_every_row_once_and_like_lengths_together() -> None:
    lengths = [index % 40 + 1 for index in range(1000)]
    batches = bucketed(lengths, 32, seed=1)
    assert sorted(index for one in batches for index in one) == list(range(1000))
    padding = sum(max(lengths[i] for i in one) * len(one) for one in batches) / sum(lengths)
    assert padding < 1.1
    assert batches == bucketed(lengths, 32, seed=1)
