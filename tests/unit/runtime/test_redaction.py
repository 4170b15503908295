"""Personal data is hidden, everything else is not, and what was hidden comes back whatever way the text is cut."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chat.ledger.numerals.find import find
from services.runtime.redaction import Redaction, Restoring

PERSONAL = (
    "ana.novak+bets@mail.example.co.uk", "jörg@beispiel.de", "4111 1111 1111 1111", "5500-0000-0000-0004",
    "378282246310005", "DE89 3704 0044 0532 0130 00", "SI56191000000123438", "gb29nwbk60161331926819",
    "+386 41 123 456", "+49 (0)171 2345678", "0041 79 123 45 67", "041 123 456", "(030) 123 45 67", "+1-202-555-0143",
    "4111\u00a01111\u00a01111\u00a01111", "4111\u20111111\u20111111\u20111111", "4111.1111.1111.1111", "0171 1234567",
    "07911 123456", "089 12345678", "(030) 12345678", "+49\u00a0171\u00a01234567", "(212) 555-0198", "212-555-0198",
    "1 212 555 0198",
)  # fmt: skip
HARMLESS = (
    "412", "1,741 messages", "100 000 deposits", "1.234.567", "12.5 %", "+12.3%", "2026-03-17", "17.03.2026",
    "1–28 February 2026", "14:00–15:00", "between 10 and 20", "+1,234 more", "0.8", "web2 100,000", "week 2026-W12",
    "order 1234567890123", "from 01.02.2026 to 05.02.26", "01/02/2026", "05-03-2026",
    "@support", "a [link] and {{q1.total}}", "09:15 to 10:45", "2025/2026",
)  # fmt: skip


@pytest.mark.parametrize("text", PERSONAL)
def test_what_is_personal_is_hidden_and_comes_back(text: str) -> None:
    redaction = Redaction()
    said = f"how many messages did {text} write last week?"
    hidden = redaction.hide(said)
    assert text not in hidden
    assert not any(character.isdecimal() for character in hidden)
    assert redaction.restore(hidden) == said
    assert redaction.hide(said) == hidden
    assert sum(redaction.counts.values()) == 1


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        ("4111 1111 1111 1111 12/27 123", "[CARD_FF] 12/27 123"),
        ("4111111111111111 12/27", "[CARD_FF] 12/27"),
        ("order 12 5500 0000 0000 0004", "order 12 [CARD_FF]"),
        ("5500-0000-0000-0004-03-28", "[CARD_FF]-03-28"),
        ("5500 0000 0000 0004 378282246310005 4111 1111 1111 1111", "[CARD_FF] [CARD_FG] [CARD_FH]"),
    ],
)
def test_a_card_is_found_among_other_digits(said: str, hidden: str) -> None:
    redaction = Redaction()
    assert redaction.hide(said) == hidden
    assert redaction.restore(hidden) == said


def test_there_are_marks_for_a_long_list_of_addresses() -> None:
    redaction, said = Redaction(), " ".join(f"a{number}@example.com" for number in range(3_000))
    hidden = redaction.hide(said)
    assert "@" not in hidden
    restoring = Restoring(redaction)
    assert (
        "".join([restoring.feed(hidden[at : at + 7]) for at in range(0, len(hidden), 7)]) + restoring.finish() == said
    )


def test_a_page_of_digits_takes_no_time() -> None:
    assert Redaction().hide("0 1 " * 1_000)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_not_personal_stays(text: str) -> None:
    assert Redaction().hide(f"it says {text} there") == f"it says {text} there"


def test_customers_the_question_names_are_hidden_as_words() -> None:
    redaction = Redaction(["user-3", 'o"neill'])
    assert redaction.hide("user-3 and user-31") == "[CUSTOMER_FF] and user-31"
    redaction.hide('o"neill')
    arguments = redaction.restore('{"quote": "[CUSTOMER_FG]"}', in_json=True)
    assert json.loads(arguments) == {"quote": 'o"neill'}
    assert redaction.counts == {"customer": 2}


def test_no_mark_passes_for_a_number() -> None:
    redaction = Redaction()
    for number in range(300):
        assert find(redaction.hide(f"so a{number}@example.com wrote")) == []


@given(
    st.lists(st.sampled_from(["a@b.example", " ", "[", "]", "[EMAIL_", "FF]", "x", "é", "41"]), max_size=12), st.data()
)
def test_cuts_do_not_matter(pieces: list[str], data: st.DataObject) -> None:
    redaction, text = Redaction(), "".join(pieces)
    hidden = redaction.hide(text)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(hidden)), max_size=6)))
    restoring = Restoring(redaction)
    parts = [hidden[a:b] for a, b in zip([0, *cuts], [*cuts, len(hidden)], strict=True)]
    assert "".join([*map(restoring.feed, parts), restoring.finish()]) == redaction.restore(hidden)
