"""Faithfulness of a summary: numbers and names that the text does not hold are found."""

import pytest

from services.classifier.summaries.faithfulness import unfaithful_parts

TEXT = "hi its Marta, i sent 1,250.00 EUR via Skrill on 3 march and after five days nothing, order A-77"


@pytest.mark.parametrize(
    "summary",
    [
        "The customer sent 1,250.00 EUR via Skrill.",
        "The customer sent 1250.00 EUR on 3 March.",
        "The customer Marta waits since 5 days.",
        "Marta's transfer is missing after five days.",
        "The customer asks about order A-77.",
    ],
)
def test_what_the_text_holds_may_be_said(summary: str) -> None:
    assert unfaithful_parts(summary, TEXT) == []


@pytest.mark.parametrize(
    ("summary", "strange"),
    [
        ("The customer sent 1,350.00 EUR.", ["1,350.00"]),
        ("The customer sent 125 EUR.", ["125"]),
        ("The customer waits six days.", ["six"]),
        ("The customer uses Neteller.", ["Neteller"]),
        ("Peter waits for 7 days.", ["7", "Peter"]),
        ("The customer asks about order A-77 twice.", ["twice"]),
    ],
)
def test_what_it_does_not_hold_is_named(summary: str, strange: list[str]) -> None:
    assert unfaithful_parts(summary, TEXT) == strange


@pytest.mark.parametrize(
    ("summary", "text", "holds"),
    [
        ("1,250.00", "1250", True),
        ("1.250,00", "1,250.00", True),
        ("12 500", "12500", True),
        ("12/3/2026", "12.03.2026", True),
        ("10:30", "10.30", True),
        ("١٢", "12", True),
        ("1250", "12.50", False),
        ("15", "1.5", False),
        ("12.50", "1250", False),
        ("1030", "10:30", False),
        ("1.5", "1.05", False),
        ("7", "007", False),
        ("2", "1.2.3", False),
    ],
)
def test_a_number_keeps_its_decimals_and_may_change_its_marks(summary: str, text: str, holds: bool) -> None:
    assert (unfaithful_parts(f"the customer wrote {summary}", f"i wrote {text}") == []) is holds
