"""Whether a summary keeps to its text: every number and every name in it must occur there. Pure.

It errs on the strict side: what is refused costs a summary of lesser style, what is let through costs trust.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, TypeAlias

Said: TypeAlias = "Decimal | tuple[str, ...]"
"""What a number may say: a value, or groups of digits such as those of a date."""

_DIGITS: Final = re.compile(r"\d+(?:[.,:/\u00a0\u202f' ]\d+)*")
_GROUPS: Final = re.compile(r"\d+")
_SEPARATOR: Final = re.compile(r"\D")
_PAIR, _DATE_PARTS = 2, 3
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# fmt: off
_NUMBER_WORDS: Final = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14",
    "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20",
    "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80",
    "ninety": "90", "hundred": "100", "thousand": "1000", "million": "1000000", "billion": "1000000000",
    "dozen": "12", "twice": "2", "half": "2", "third": "3", "quarter": "4",
}
# Words that a summary begins its sentences with or writes large although they are no names.
_NO_NAMES: Final = frozenset({
    "the", "a", "an", "this", "that", "these", "those", "customer", "customers", "user", "player", "players",
    "client", "they", "he", "she", "it", "their", "his", "her", "its", "after", "before", "when", "while",
    "because", "since", "although", "despite", "and", "but", "or", "so", "if", "in", "on", "at", "for", "from",
    "by", "with", "as", "no", "not", "also", "however", "additionally", "there", "i", "they're", "it's",
})
# fmt: on


def unfaithful_parts(summary: str, text: str) -> list[str]:
    """Numbers and names of `summary` that `text` does not hold, in their order."""
    known_numbers, known_words = _numbers(text), {word.casefold() for word in _WORD.findall(text)}
    strange = [found for found in _DIGITS.findall(summary) if known_numbers.isdisjoint(_said(found))]
    for word in _WORD.findall(summary):
        small = word.casefold()
        if small in _NUMBER_WORDS:
            # "one" is a pronoun as often as a number.
            known = small in known_words or Decimal(_NUMBER_WORDS[small]) in known_numbers or small == "one"
        else:
            known = (
                not word[0].isupper() or small in known_words or small in _NO_NAMES or _possessed(small, known_words)
            )
        if not known:
            strange.append(word)
    return strange


def _numbers(text: str) -> set[Said]:
    found = {said for number in _DIGITS.findall(text) for said in _said(number)}
    words = (word for word in map(str.casefold, _WORD.findall(text)) if word in _NUMBER_WORDS)
    return found | {Decimal(_NUMBER_WORDS[word]) for word in words}


def _said(number: str) -> set[Said]:
    """Everything a number may say: 1,250.00 and 1250 are one, 12.50 and 1250 are not; 12 is not in 12.50.

    1.250 may be of thousands or of decimals, and is both.
    """
    groups, separators = _GROUPS.findall(number), _SEPARATOR.findall(number)
    if not separators:
        return {Decimal(number)} if not number.startswith("0") else {(number,)}
    found: set[Said] = {tuple(groups) if len(groups) < _DATE_PARTS else tuple(str(int(group)) for group in groups)}
    if _by_thousands(groups, separators):
        found.add(Decimal("".join(groups)))
    if separators[-1] in ".," and (len(groups) == _PAIR or _by_thousands(groups[:-1], separators[:-1])):
        found.add(Decimal("".join(groups[:-1]) + "." + groups[-1]))
    return found


def _by_thousands(groups: Sequence[str], separators: Sequence[str]) -> bool:
    return len(set(separators)) == 1 and len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])


def _possessed(word: str, known: set[str]) -> bool:
    return word.endswith(("'s", "’s")) and word[:-2] in known
