"""Prediction sets, review value, candidates, closed sets and the cache: the pure parts."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.classifier.batching.answer_cache import AnswerCache, size_bytes
from services.classifier.labelling.candidates import candidate_probabilities, label_point, surest
from services.classifier.language_model.second_opinion import RefusedError, read_labels
from services.classifier.scoring.doubt import prediction_set, review_value
from services.classifier.scoring.prediction import Prediction

PROBABILITIES = {"a": 0.9, "b": 0.3, "c": 0.02}
LABELS = {"bonus": "", "deposit": ""}


def prediction(size: int = 384) -> Prediction:
    return Prediction(
        intents=(("other", 0.5),),
        abstained=False,
        sentiment=("neutral", 1.0),
        language="en",
        truncated=False,
        rules=(),
        probabilities=(0.5,) * 26,
        embedding=np.zeros(size, dtype=np.float32),
    )


def test_a_prediction_set_holds_what_is_probable_enough_and_what_is_predicted() -> None:
    assert prediction_set(PROBABILITIES, [("a", 0.9)], 0.25) == (("a", 0.9), ("b", 0.3))
    assert prediction_set(PROBABILITIES, [("c", 0.02)], 0.95) == (("c", 0.02),)


@given(st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 1), min_size=1), st.integers(0, 6))
def test_review_value_is_a_probability_and_least_when_every_decision_is_the_likelier_one(
    probabilities: dict[str, float], held: int
) -> None:
    intents = list(probabilities.items())[:held]
    value = review_value(probabilities, intents)
    likely = [item for item in probabilities.items() if item[1] > 0.5]
    assert 0 <= review_value(probabilities, likely) <= value <= 1


def test_doubt_is_worth_more_than_certainty() -> None:
    assert review_value({"a": 0.55, "b": 0.4}, [("a", 0.55)]) > review_value({"a": 0.99, "b": 0.01}, [("a", 0.99)])


def test_candidates_sum_to_one_and_the_nearest_is_first() -> None:
    points = [label_point(np.array([[1.0, 0.0], [1.0, 0.2]])), label_point(np.array([[0.0, 1.0]]))]
    rows = candidate_probabilities(np.array([[0.9, 0.1], [0.0, 1.0], [0.7, 0.7]]), points)
    assert rows.sum(axis=1) == pytest.approx(1)
    assert rows.argmax(axis=1).tolist()[:2] == [0, 1]


def test_a_candidate_holds_where_it_is_near_and_stands_out() -> None:
    near, other, opposite = np.eye(3)[0], np.eye(3)[1], -np.eye(3)[0]
    between = np.array([0.71, 0.71, 0.0])
    assert surest(np.stack([near, other, opposite]), [near, other]) == [0, 1, None]
    assert surest(np.array([[0.1, 0.0, 0.99]]), [near, other]) == [None]
    assert surest(between[None], [near, other, np.array([0.8, 0.6, 0.0])]) == [2]


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "bonus",
        "null",
        "[]",
        "{}",
        '{"labels": []}',
        '{"labels": ["Bonus"]}',
        '{"labels": ["bonus", "jackpot"]}',
        '{"labels": "bonus"}',
        '{"labels": [1]}',
        '{"labels": [["bonus"]]}',
        '{"labels": ["bonus", "deposit", "bonus"]}',
        "[" * 100_000,
    ],
)
def test_anything_but_labels_of_the_list_is_refused(answer: str) -> None:
    with pytest.raises(RefusedError):
        read_labels(answer, LABELS, 2)


@given(
    st.text(max_size=50) | st.lists(st.text(max_size=10), max_size=5).map(lambda found: json.dumps({"labels": found}))
)
def test_no_answer_whatever_brings_in_a_foreign_label(answer: str) -> None:
    try:
        found = read_labels(answer, LABELS, 2)
    except RefusedError:
        return
    assert set(found) <= set(LABELS)


def test_labels_of_the_list_are_taken_once_each() -> None:
    assert read_labels('{"labels": ["deposit", "bonus"]}', LABELS, 2) == ["deposit", "bonus"]
    assert read_labels('{"labels": ["deposit", "deposit"]}', LABELS, 2) == ["deposit"]


@pytest.mark.parametrize(
    "answer",
    [
        '```json\n{"labels": ["bonus"]}\n```',
        'The customer misses a bonus.\n\n{"labels": ["bonus"]}',
        '<think>{"labels": ["deposit"]}? No.</think>\n{"labels": ["bonus"]}\n',
    ],
)
def test_labels_may_stand_in_a_fence_or_after_thoughts(answer: str) -> None:
    assert read_labels(answer, LABELS, 2) == ["bonus"]


def test_the_cache_keeps_within_its_bytes_and_drops_what_was_not_asked_for_the_longest() -> None:
    size = size_bytes("a", prediction())
    cache = AnswerCache(2 * size).of("v1")
    for text in "ab":
        cache.put(text, prediction())
    assert cache.get("a") is not None
    cache.put("c", prediction())
    assert [cache.get(text) is not None for text in "abc"] == [True, False, True]
    cache.put("a", prediction())
    assert cache.get("c") is not None


def test_the_cache_tells_versions_apart_and_takes_nothing_larger_than_itself() -> None:
    whole = AnswerCache(10_000)
    whole.of("v1").put("a", prediction())
    assert whole.of("v2").get("a") is None
    assert whole.of("v1").get("a") is not None
    whole.of("v1").put("b" * 20_000, prediction())
    assert whole.of("v1").get("b" * 20_000) is None
    empty = AnswerCache(0).of("v1")
    empty.put("a", prediction())
    assert empty.get("a") is None


@given(st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 1), min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_review_value_never_falls_with_novelty_and_rises_only_for_the_strangest(
    probabilities: dict[str, float], one: float, other: float
) -> None:
    less, more = sorted((one, other))
    plain = review_value(probabilities, [])
    assert review_value(probabilities, [], less) <= review_value(probabilities, [], more) <= 1
    assert review_value(probabilities, [], min(more, 0.99)) == plain
    assert review_value(probabilities, [], 1.0) == pytest.approx(0.5 + plain / 2)
