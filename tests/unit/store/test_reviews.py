"""Agreement beyond chance, what is hidden from training, when a message needs another look."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.store.reviews.agreement import Agreement
from services.store.reviews.redaction import redacted
from services.store.reviews.review import Opinion, Verdict, disagree

CORRECTED, REJECTED = Verdict.CORRECTED, Verdict.REJECTED
counts = st.integers(0, 50)


def test_kappa_of_a_known_table() -> None:
    # Cohen's textbook case: 20 yes-yes, 5, 10, 15 no-no: observed 0.7, expected 0.5.
    assert Agreement(both=20, first_only=5, second_only=10, neither=15).kappa() == pytest.approx(0.4)


@given(both=counts, first_only=counts, second_only=counts, neither=counts)
def test_kappa_lies_between_its_ends_and_does_not_care_who_is_first(
    both: int, first_only: int, second_only: int, neither: int
) -> None:
    one = Agreement(both=both, first_only=first_only, second_only=second_only, neither=neither).kappa()
    other = Agreement(both=both, first_only=second_only, second_only=first_only, neither=neither).kappa()
    assert one == (None if other is None else pytest.approx(other))
    if one is not None:
        assert -1 - 1e-9 <= one <= 1 + 1e-9


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("write to ana.b+c@mail.example.com!", "write to [email]!"),
        ("card 4242 4242 4242 4242, please", "card [number], please"),
        ("+386 (40) 123-456", "[number]"),
        ("see https://example.com/x?y=1 now", "see [link] now"),
        ("5 days, 50 EUR, code SPRUCE50", "5 days, 50 EUR, code SPRUCE50"),
        ("@" * 20_000, "@" * 20_000),
    ],
)
def test_names_and_numbers_are_hidden(text: str, hidden: str) -> None:
    assert redacted(text) == hidden


def test_when_a_message_needs_another_look() -> None:
    praise, bonus = Opinion(intents=("praise",)), Opinion(intents=("bonus_terms",))
    assert not disagree([])
    assert not disagree([("a", CORRECTED, praise)])
    assert disagree([("a", REJECTED, praise)])
    assert disagree([("b", CORRECTED, praise), ("a", CORRECTED, bonus)])
    assert not disagree([("c", CORRECTED, praise), ("b", CORRECTED, praise), ("a", CORRECTED, bonus)])
    assert not disagree([("b", CORRECTED, praise), ("a", REJECTED, bonus)])
