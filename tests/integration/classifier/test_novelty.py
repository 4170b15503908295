"""Novelty on the shipped model over gRPC: other subjects are novel, ordinary messages are not (C15)."""

from earshot.classifier.v1 import classifier_pb2, lifecycle_pb2
from services.classifier.training.rows import read_rows
from tests.support.classifier import GOLDEN, RunningClassifier

# Written for this test: questions that no support of an operator of games and payments is asked.
ELSEWHERE = [
    "how many calories are in a bowl of lentil soup",
    "what is the tallest mountain in south america",
    "write me a poem about autumn leaves",
    "which vaccines does my puppy need at ten weeks",
    "how do i prune an apple tree in winter",
    "convert three cups of flour to grams",
    "who painted the ceiling of the sistine chapel",
    "what size of screws do i need for plasterboard",
]


async def test_texts_about_other_things_are_novel_and_ordinary_ones_are_not(classifier: RunningClassifier) -> None:
    ordinary = [row.text for row in read_rows(GOLDEN)][:200]
    known = [result.novelty for result in (await classifier.classify(*ordinary)).results]
    strange = [result.novelty for result in (await classifier.classify(*ELSEWHERE)).results]
    assert all(0 <= value <= 1 for value in (*known, *strange))
    assert sum(value >= 0.95 for value in known) <= 0.12 * len(known)
    assert sum(value >= 0.95 for value in strange) >= 6
    assert 0.3 < sum(value >= 0.5 for value in known) / len(known) < 0.7


async def test_novelty_raises_the_worth_of_a_persons_look(classifier: RunningClassifier) -> None:
    results = (await classifier.classify(*ELSEWHERE, include_scores=True)).results
    farthest = max(results, key=lambda result: result.novelty)
    assert farthest.novelty > 0.99
    assert farthest.review_value >= 0.4


async def test_drift_is_held_against_training(classifier: RunningClassifier) -> None:
    response = await classifier.stub.GetModelStatus(lifecycle_pb2.GetModelStatusRequest())
    assert response.status.drift.reference == lifecycle_pb2.DRIFT_REFERENCE_TRAINING
    assert response.status.drift.reference_texts >= 400
    info = await classifier.stub.GetModelInfo(classifier_pb2.GetModelInfoRequest())
    assert (info.compute, bool(info.compute_reason)) == ("float32", True)
