"""The mathematics of the network's answers and of its losses."""

from dataclasses import replace
from itertools import product

import pytest
import torch
from torch.nn.functional import normalize
from transformers import DistilBertConfig

from services.classifier.training.batches import Batch, bucketed
from services.classifier.training.hyperparameters import ANY_FILE
from services.classifier.training.losses import distillation_loss, one_loss, sentiment_loss, several_loss
from services.classifier.training.model import MultiTaskModel, given_at_least_one
from services.classifier.training.optimisation import optimiser
from services.classifier.training.task import Task
from services.classifier.training.train import epochs_needed
from services.classifier.training.weight_average import WeightAverage


def batch(**changes: torch.Tensor) -> Batch:
    tensors = {
        "input_ids": torch.ones(2, 3, dtype=torch.long),
        "attention_mask": torch.ones(2, 3, dtype=torch.long),
        "labels": torch.tensor([[1.0, 0.0], [0.0, 1.0]]),
        "label_mask": torch.ones(2, 2),
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
    first_row_unknown = batch(label_mask=torch.tensor([[0.0, 0.0], [1.0, 1.0]]))
    assert several_loss(wrong, first_row_unknown, 0.0) < 0.1 < several_loss(wrong, batch(), 0.0)
    moods = torch.tensor([[-5.0, 0.0, 5.0], [-5.0, 0.0, 5.0]])
    assert sentiment_loss(moods, batch(sentiment=torch.tensor([-100, 2]))) < 0.1 < sentiment_loss(moods, batch())
    assert distillation_loss(torch.tensor([[0.0, 1.0], [0.0, 1.0]]), batch(has_target=torch.tensor([0.0, 1.0]))) == 0


def test_one_label_is_learnt_by_cross_entropy() -> None:
    assert one_loss(torch.tensor([[9.0, -9.0], [-9.0, 9.0]]), batch(), 0.0) < 1e-6
    assert one_loss(torch.tensor([[-9.0, 9.0], [9.0, -9.0]]), batch(), 0.0) > 10


TASK = Task(name="test", labels=("red", "blue", "late delivery"), multi_label=False)
TINY = DistilBertConfig(vocab_size=20, dim=8, hidden_dim=16, n_layers=2, n_heads=2, max_position_embeddings=16)


def logits(model: MultiTaskModel) -> torch.Tensor:
    ids = torch.tensor([[3, 4, 5], [6, 7, 0]])
    with torch.no_grad():
        found: torch.Tensor = model(input_ids=ids, attention_mask=(ids > 0).long())["logits"]
    return found


def test_folded_calibration_is_scale_times_logit_plus_bias() -> None:
    model = MultiTaskModel(TINY, TASK).eval()
    before, scale, bias = logits(model), torch.tensor([0.5, 2.0, 1.0]), torch.tensor([0.0, -1.0, 3.0])
    model.fold_calibration(scale, bias)
    torch.testing.assert_close(logits(model), before * scale + bias)


def test_a_mean_hidden_state_like_a_labels_name_starts_towards_that_label() -> None:
    model = MultiTaskModel(TINY, TASK)
    names = torch.randn(3, 8)
    before = model.intent_pooled.weight[:, 8:16].clone()
    model.start_from_names(names, strength=10.0)
    gained = names @ (model.intent_pooled.weight[:, 8:16] - before).T
    assert gained.argmax(1).tolist() == [0, 1, 2]


def test_words_weigh_differently_in_the_served_embedding_and_alike_in_training() -> None:
    model = MultiTaskModel(DistilBertConfig(**TINY.to_dict() | {"dropout": 0.0, "attention_dropout": 0.0}), TASK)
    model.weigh_words(torch.tensor([1.0] * 5 + [0.0] + [1.0] * 14))
    ids = torch.tensor([[3, 4, 5]])
    with torch.no_grad():
        hidden = model.distilbert(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0]
        served = model.eval()(input_ids=ids, attention_mask=torch.ones_like(ids))["embedding"][0]
        trained = model.train()(input_ids=ids, attention_mask=torch.ones_like(ids))["embedding"][0]
    torch.testing.assert_close(served, normalize(hidden[:2].mean(0), dim=0))
    torch.testing.assert_close(trained, normalize(hidden.mean(0), dim=0))


def test_lower_layers_learn_slower_and_word_embeddings_not_at_all() -> None:
    model = MultiTaskModel(TINY, TASK)
    settings = replace(ANY_FILE, layer_decay=0.5)
    _, schedule = optimiser(model, settings, steps=10)
    rates = [group["max_lr"] for group in schedule.optimizer.param_groups]
    top = settings.encoder_learning_rate
    assert rates == pytest.approx([top / 4, top / 2, top, settings.head_learning_rate])
    assert not model.distilbert.embeddings.word_embeddings.weight.requires_grad


def test_the_average_lies_between_first_and_last_weights_and_survives_a_checkpoint() -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    average, again = WeightAverage([weight], 0.9), WeightAverage([weight], 0.9)
    for value in range(1, 6):
        weight.data.fill_(float(value))
        average.step()
    again.load_state_dict(average.state_dict())
    again.apply()
    assert 1 < weight.item() < 5
    off = WeightAverage([weight], 0.0)
    off.step()
    off.apply()


def test_a_small_file_is_gone_through_more_often() -> None:
    assert epochs_needed(100_000, ANY_FILE) == ANY_FILE.epochs
    assert epochs_needed(320, ANY_FILE) == ANY_FILE.least_steps / 10


def test_batches_hold_every_row_once_and_like_lengths_together() -> None:
    lengths = [index % 40 + 1 for index in range(1000)]
    batches = bucketed(lengths, 32, seed=1)
    assert sorted(index for one in batches for index in one) == list(range(1000))
    padding = sum(max(lengths[i] for i in one) * len(one) for one in batches) / sum(lengths)
    assert padding < 1.1
    assert batches == bucketed(lengths, 32, seed=1)
