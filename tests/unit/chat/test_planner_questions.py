"""The planner on its question sets: a gate against regressions, and against being fitted to its own set."""

import pytest

from services.chat.evaluation.cases import EXAMINER, HELD_OUT, QUESTIONS, load
from services.chat.evaluation.score import Score, evaluate
from services.chat.planner import plan


@pytest.fixture(scope="module")
def questions() -> Score:
    return evaluate(load(QUESTIONS), plan)


def _told(score: Score) -> str:
    return "\n".join(f"{miss.case_id}.{miss.turn} {miss.text!r}: {miss.differences}" for miss in score.misses)


def test_own_questions_are_read_exactly(questions: Score) -> None:
    assert questions.turns >= 300
    assert questions.accuracy >= 0.99, _told(questions)


def test_no_kind_of_question_is_left_behind(questions: Score) -> None:
    weak = {tag: counts for tag, counts in questions.by_tag.items() if counts[0] < 0.9 * counts[1]}
    assert not weak, _told(questions)


def test_questions_kept_aside_are_read_exactly() -> None:
    score = evaluate(load(HELD_OUT), plan)
    assert score.turns >= 60
    assert score.accuracy >= 0.9, _told(score)


def test_questions_of_another_author_are_read_exactly() -> None:
    score = evaluate(load(EXAMINER), plan)
    assert score.turns >= 700
    assert score.accuracy >= 0.95, _told(score)


def test_ids_are_unique() -> None:
    ids = [case.id for path in (QUESTIONS, HELD_OUT, EXAMINER) for case in load(path)]
    assert len(ids) == len(set(ids))
