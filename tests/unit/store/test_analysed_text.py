"""What of a ticket the classifier reads."""

import pytest

from services.store.ticketing.ticket import NewTicket, analysed_text


@pytest.mark.parametrize(
    ("subject", "body", "text"),
    [
        ("Card", "My deposit was declined.", "Card.\n\nMy deposit was declined."),
        ("Where is it?", "My deposit", "Where is it?\n\nMy deposit"),
        ("Card (visa) ", "Declined", "Card (visa)\n\nDeclined"),
        ("", "My deposit", "My deposit"),
        ("My deposit", "", "My deposit"),
    ],
)
def test_a_subject_is_a_sentence_of_its_own(subject: str, body: str, text: str) -> None:
    ticket = NewTicket(subject=subject, body=body, metadata={}, message_ids=(), user_id="")
    assert analysed_text(ticket) == text
