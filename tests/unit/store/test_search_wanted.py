"""What a search text asks for: phrases, exclusions, alternatives, and numbers that name something."""

import pytest

from services.store.search.wanted import wanted


@pytest.mark.parametrize(
    ("text", "meaning", "required", "phrases"),
    [
        ("my card", "my card", "", False),
        ('my "exchange rate" is bad', "my exchange rate is bad", '"exchange rate"', True),
        ('card -refund -"lost card"', "card", '-refund -"lost card"', False),
        ('"new" card -old', "new card", '"new" -old', True),
        ("-refund", "-refund", "-refund", False),
        ('refund or "exchange rate"', "refund or exchange rate", "", False),
        ('"or else" card', "or else card", '"or else"', True),
        ("self-exclusion", "self-exclusion", "", False),
        ('an open " quote', "an open quote", "", False),
        ('"" "?"', "?", "", False),
    ],
)
def test_phrases_and_exclusions_are_required(text: str, meaning: str, required: str, phrases: bool) -> None:
    read = wanted(text)
    assert (read.meaning, read.required, read.phrases) == (meaning, required, phrases)


def test_a_dash_between_words_excludes_nothing() -> None:
    assert wanted("deposit - not credited").words.split() == ["deposit", "not", "credited"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("transaction 8842731 missing", ["8842731"]),
        ("XJ-4471", ["4471"]),
        ("code WELCOME100 in 2026", ["WELCOME100", "2026"]),
        ("50 euro, error 502, 3 weeks, v7", []),
        ("card -12345", []),
    ],
)
def test_numbers_and_codes_name_something(text: str, found: list[str]) -> None:
    named = wanted(text).identifiers
    assert [part.partition("'")[2].partition("'")[0] for part in named.split(" & ") if part] == found
