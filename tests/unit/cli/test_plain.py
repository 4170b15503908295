"""Texts of elsewhere on a terminal."""

import pytest

from gateway.cli.plain import one_line, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x1b]0;title\x07", "]0;title"),
        ("\x9b2J", "2J"),
        ("a\rb\x08c\x00", "abc"),
        ("a\tb\nc", "a\tb\nc"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\u2066a\u2069", "a"),
        ("\ud800", ""),
        ("שלום 😀 naïve", "שלום 😀 naïve"),
    ],
)
def test_control_characters_are_taken_out(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_one_line_is_cut() -> None:
    assert one_line("a\n b\t\x1bc", 10) == "a b c"
    assert one_line("abcdefgh", 5) == "abcd…"
