"""Pieces of a text and the deletions that are tried."""

from hypothesis import given
from hypothesis import strategies as st

from services.classifier.explaining.deletions import (
    MAX_PIECES,
    first_round,
    longest_run,
    next_round,
    second_round,
    split_pieces,
    without,
)

TEXTS = st.lists(st.text(alphabet="ab?😀", min_size=1, max_size=4), min_size=1, max_size=120).map("  ".join)


@given(TEXTS)
def test_pieces_are_few_and_hold_every_word(text: str) -> None:
    pieces = split_pieces(text)
    assert 1 <= len(pieces) <= MAX_PIECES
    assert " ".join(text[piece.start : piece.end] for piece in pieces).split() == text.split()


@given(TEXTS, st.sets(st.integers(0, 47)))
def test_what_is_left_is_the_words_of_the_other_pieces(text: str, deletion: set[int]) -> None:
    pieces = split_pieces(text)
    left = [text[piece.start : piece.end] for index, piece in enumerate(pieces) if index not in deletion]
    assert without(text, pieces, deletion).split() == " ".join(left).split()


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=48))
def test_deletions_name_pieces_in_order_each_once(drops: list[float]) -> None:
    deletions = [*first_round(len(drops)), *second_round(drops)]
    assert all(list(deletion) == sorted(set(deletion)) for deletion in deletions)
    assert {index for deletion in deletions for index in deletion} <= set(range(len(drops)))
    assert [deletion for deletion in deletions if len(deletion) == 1] == [(index,) for index in range(len(drops))]
    assert len(deletions) < 250


@given(TEXTS, st.integers(1, 600))
def test_what_is_not_read_is_one_piece(text: str, end: int) -> None:
    pieces = split_pieces(text, end=end)
    assert 1 <= len(pieces) <= MAX_PIECES
    assert " ".join(text[piece.start : piece.end] for piece in pieces).split() == text.split()
    assert all(piece.start < end for piece in pieces[:-1])


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=48), st.data())
def test_a_step_leaves_out_one_piece_more_and_never_all(weights: list[float], data: st.DataObject) -> None:
    chosen = tuple(sorted(data.draw(st.sets(st.integers(0, len(weights) - 1), min_size=1))))
    deletions = next_round(chosen, weights)
    assert bool(deletions) == (len(chosen) + 1 < len(weights))
    for deletion in deletions:
        assert set(chosen) < set(deletion)
        assert len(deletion) == len(chosen) + 1 < len(weights)


def test_a_text_that_takes_long_has_finer_pieces_and_no_runs() -> None:
    assert longest_run(400, 200) > longest_run(400, 16) == 1
    assert longest_run(5, 16) > 1
    assert first_round(16, 1) == [(index,) for index in range(16)]
