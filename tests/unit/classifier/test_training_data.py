"""The corpus and the golden set obey the label guide, and nothing leaks from one into the other."""

from collections import Counter
from pathlib import Path

import pytest

from services.classifier.training.agreement import agreement, read_second_pass
from services.classifier.training.augment import augment
from services.classifier.training.corpus import (
    GOLDEN,
    GOLDEN_SECOND_PASS,
    NEAR_DUPLICATE,
    load_golden,
    load_own,
    split_rows,
)
from services.classifier.training.coverage import coverage, empty_cells
from services.classifier.training.inference import open_tokenizer
from services.classifier.training.options import MODEL
from services.classifier.training.rows import Row, RowError, read_rows, write_rows
from services.classifier.training.similarity import near_groups, near_pairs, normalised
from services.classifier.training.word_weights import word_weights
from services.runtime.labels import INTENTS, SENTIMENTS, STANDALONE_INTENTS

OWN = load_own()
FEWEST_ROWS = 40


def texts(rows: list[Row]) -> list[str]:
    return [row.text for row in rows]


def test_every_row_is_labelled_by_the_guide() -> None:
    # Unknown names and stand-alone intents beside others are refused while reading.
    assert len(OWN) >= 3000
    assert all(row.text.strip() and row.intents and row.sentiment in SENTIMENTS for row in OWN)


def test_every_intent_is_covered() -> None:
    counts = Counter(intent for row in OWN for intent in row.intents or ())
    assert {intent for intent in INTENTS if counts[intent] < FEWEST_ROWS} == set()
    assert sum(len(row.intents or ()) > 1 for row in OWN) >= 0.2 * len(OWN)


def test_every_intent_comes_in_every_style() -> None:
    assert empty_cells(coverage(OWN, open_tokenizer(MODEL).get_vocab().keys())) == []


def test_every_intent_and_mood_is_in_the_golden_set() -> None:
    golden = load_golden()
    assert {intent for row in golden for intent in row.intents or ()} == set(INTENTS)
    assert {row.sentiment for row in golden} == set(SENTIMENTS)


def test_no_message_is_in_the_corpus_twice() -> None:
    seen = Counter(normalised(row.text) for row in OWN)
    assert [text for text, count in seen.items() if count > 1] == []


def test_no_message_is_in_the_golden_set_twice() -> None:
    seen = Counter(normalised(row.text) for row in load_golden())
    assert [text for text, count in seen.items() if count > 1] == []


def test_training_rows_are_near_to_no_golden_or_validation_text() -> None:
    golden = load_golden()
    split = split_rows(OWN, [], golden, share=0.12, seed=17)
    train, validation = texts(list(split.train)), texts(list(split.validation))
    assert list(near_pairs(train, texts(golden), NEAR_DUPLICATE)) == []
    assert list(near_pairs(validation, texts(golden), NEAR_DUPLICATE)) == []
    assert list(near_pairs(train, validation, NEAR_DUPLICATE)) == []
    assert {intent for row in split.validation for intent in row.intents or ()} == set(INTENTS)


def test_two_labellings_of_the_golden_set_agree_on_every_intent() -> None:
    golden = read_rows(GOLDEN)
    found = agreement(golden, read_second_pass(golden, GOLDEN_SECOND_PASS))
    assert found.low == []
    assert min(found.sentiments.values()) >= 0.7


def test_augmented_rows_obey_the_guide_and_repeat_for_a_seed() -> None:
    made = augment(OWN, variants=0.5, joins=0.5, seed=3)
    assert made == augment(OWN, variants=0.5, joins=0.5, seed=3)
    assert all(row.text.strip() for row in made)
    assert not [row for row in made if len(row.intents or ()) > 1 and (row.intents or set()) & STANDALONE_INTENTS]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("deposit_fail\tneutral\thi", "unknown intents"),
        ("smalltalk+login_failed\tneutral\thi", "must stand alone"),
        ("login_failed\tangry\thi", "unknown sentiment"),
        ("login_failed\tneutral", "2 cells for 3 columns"),
        ("\tneutral\thi", "no intent"),
    ],
)
def test_a_broken_line_is_named_with_file_and_number(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "broken.tsv"
    path.write_text(f"intents\tsentiment\ttext\nlogin_failed\tneutral\tok\n{line}\n", encoding="utf-8")
    with pytest.raises(RowError, match=rf"broken\.tsv:3: .*{reason}"):
        read_rows(path)


def test_rows_survive_being_written_and_read(tmp_path: Path) -> None:
    row = Row(text="one\\n\ttwo\nthree", intents=frozenset({"complaint", "login_failed"}), sentiment="negative")
    write_rows(tmp_path / "rows.tsv", [row])
    [found] = read_rows(tmp_path / "rows.tsv")
    assert (found.text, found.intents, found.sentiment) == (row.text, row.intents, row.sentiment)


def test_rare_words_weigh_more_and_unseen_ones_most() -> None:
    tokenizer = open_tokenizer(MODEL)
    weights = word_weights(tokenizer, ["my money", "my bet", "my account"], 0.01)
    weight = {word: weights[tokenizer.token_to_id(word)] for word in ("my", "money", "late")}
    assert 0 < weight["my"] < weight["money"] < weight["late"] == 1
    assert (word_weights(tokenizer, ["my bonus"], 0.0) == 1).all()


def test_near_duplicates_are_found_through_case_marks_and_chains() -> None:
    first = "my withdrawal has been pending for five days"
    second = "My withdrawal has been PENDING for five days!!"
    third = "hi my withdrawal has been pending for five days now"
    groups = near_groups([first, "the slot froze", second, third], NEAR_DUPLICATE)
    assert groups[0] == groups[2] == groups[3] != groups[1]
