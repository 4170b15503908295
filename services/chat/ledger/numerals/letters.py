"""The characters that words are made of, apart from those that are numbers by themselves. Pure."""

from typing import Final

SPECIAL: Final = "²³¹⁰⁴-⁹₀-₉¼-¾⅐-⅞Ⅰ-ↈ①-⓿❶-➓"
"""Characters that say a number alone, as the inside of a character class."""

LETTERS: Final = rf"[^\W\d_\u2e80-\u9fff{SPECIAL}]"
"""One letter of a word, as a pattern; Han characters are not among them, they stand alone."""

WORD_END: Final = rf"(?!{LETTERS})"
"""Where a word or unit is over, as a pattern: also before a character that says a number of its own ("412st½")."""
