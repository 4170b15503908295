"""E-mails: what their writer wrote this time, and that plain chat stays whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.classifier.text.email_parts import own_in_place, own_lines, own_words

NEED = "my deposit of 50 is missing"
NOTICE = "This e-mail is confidential and intended only for the addressee. Received in error? Notify the sender."


@pytest.mark.parametrize(
    "text",
    [
        f"Dear team,\n\n{NEED}",
        f"{NEED}\n\nKind regards,\nJohn Miller\nSales, Acme Ltd\n+44 20 7946 0000",
        f"{NEED}\n\nThanks\nMaria",
        f"{NEED}\nBest,\nTom Becker\nManager | Northwind Ltd\n\nSent from my iPhone",
        f"{NEED}\n--\nJohn\nwww.acme.example",
        f"{NEED}\n\nGet Outlook for Android",
        f"{NEED}\n\n{NOTICE}",
        f"{NEED}\n\nOn Mon, 10 Nov 2026 at 09:12, Support <s@casino.example> wrote:\n> send us proof\n> of payment",
        f"{NEED}\n\nOn Mon, 10 Nov 2026 at 09:12,\nSupport <s@casino.example> wrote:\nsend us proof",
        f"On 4 Nov 2026 at 10:00, Casino <help@casino.example> wrote:\n> it was cancelled\n\n{NEED}",
        f"{NEED}\n\n-----Original Message-----\nFrom: Support\nyour documents were refused",
        f"{NEED}\r\n\r\nFrom: Support\r\nSent: Monday\r\nTo: me\r\nyour documents were refused",
        f"Subject: RE: Ticket #8\nFrom: P <p@mail.example>\nDate: Tue, 11 Nov 2026\n\n{NEED}",
        f"From: P <p@mail.example>\nSubject: {NEED}\n",
        f"> hello, we got your documents\n\n{NEED}\n\nViele Grüße\nJörg",
    ],
)
def test_what_surrounds_the_message_is_left_out(text: str) -> None:
    assert own_words(text) == NEED


@pytest.mark.parametrize(
    "text",
    [
        "thanks",
        "hello\nhi",
        "thx\nmy id is 8837\ndeposit 50 skrill",
        "thanks\nand where is my bonus?",
        "regards\nis anyone there?",
        "one bet is open\n\nRegards\n\nSecond issue: withdrawal pending since monday",
        "> is this your mail",
        "from: 10\nto: 20 euro i paid",
        "please handle this confidential and see the attachments",
        "my limit:\n-----\n50 a day",
        "-----Original Message-----\nFrom: Support\nverify your account",
    ],
)
def test_a_message_that_only_looks_like_one_stays_whole(text: str) -> None:
    assert own_words(text).split() == text.split() or own_words(text) in text


def test_a_postscript_below_the_name_is_read() -> None:
    assert own_words(f"{NEED}\nRegards,\nTom\nPS: my card was stolen too") == f"{NEED}\nPS: my card was stolen too"


LINES = st.lists(
    st.sampled_from(["", "hi", NEED, "Regards", "--", "> old", "From: a", "To: b", "Sent: c", NOTICE, "x wrote:", " "])
)


@given(LINES, st.sampled_from(["\n", "\r\n"]))
def test_own_words_lie_where_they_lay_and_are_never_nothing(lines: list[str], ending: str) -> None:
    text = ending.join(lines)
    placed = own_in_place(text)
    assert len(placed) == len(text)
    assert all(now in {was, " "} for was, now in zip(text, placed, strict=True))
    assert bool(placed.strip()) == bool(text.strip()) or not any(character.isalnum() for character in text)
    for line in own_lines(text):
        assert text[line.start : line.end] == line.text
