"""What `earshot evaluate chat` measures: the bars are held, and the harness finds what is wrong."""

import json
import random

import pytest

from services.chat.evaluation.__main__ import MOST_WRONGLY_MASKED, main
from services.chat.evaluation.lying import lie
from services.chat.evaluation.numerals_written import in_words, lies_of
from services.chat.ledger.number_ledger import NumberLedger
from services.chat.ledger.numerals.find import find


def test_no_lie_passes_and_hardly_a_truth_is_masked() -> None:
    score = lie(1_000)
    assert score.missed == ()
    assert score.masked == score.lies > 2_000
    assert score.truths > 2_000
    assert score.part_wrongly_masked <= MOST_WRONGLY_MASKED, score.wrongly_masked


def test_the_harness_sees_a_ledger_that_lets_everything_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NumberLedger, "feed", lambda _, text: text)
    score = lie(5)
    assert len(score.missed) == score.lies > 0
    assert score.wrongly_masked == ()


@pytest.mark.parametrize("value", [8, 19, 21, 100, 105, 999, 1_000, 1_019, 45_678, 999_999])
def test_words_say_the_number(value: int) -> None:
    (numeral,) = find(in_words(value))
    assert getattr(numeral.readings[0], "value", None) == value


@pytest.mark.parametrize("value", [12, 412, 56_789])
def test_every_way_of_writing_is_found(value: int) -> None:
    assert all(find(f"It was {written} then.") for written in lies_of(value, random.Random(1)))


def test_the_command_tells_accuracy_per_tag(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["questions", "--set", "held_out"]) == 0
    assert "turns read exactly" in capsys.readouterr().out
    assert main(["questions", "--set", "held_out", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["held_out"]
    assert told["accuracy"] >= 0.9
    assert all(counts["right"] <= counts["turns"] for counts in told["tags"].values())


def test_the_command_tells_lies(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lying", "--answers", "20", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["answers"], told["missed"], told["masked"]) == (20, 0, told["lies"])
    assert main(["lying", "--answers", "5"]) == 0
    assert "wrongly masked" in capsys.readouterr().out
