"""Personal data replaced by marks before a text goes to an upstream, and put back in what comes from it. Pure (B20).

E-mail addresses, IBANs, card and phone numbers are found by their form and, where they have one, by their check digits;
names of customers are those that the question itself filters by. Presidio was looked at: its recognisers need a
language model of hundreds of megabytes for names and are no better for these forms.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import product
from typing import Final

_EMAIL: Final = r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}"
_IBAN: Final = r"\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]{2,4}){3,8}\b"
_CARD: Final = r"(?<![\d.,])\d(?:[ -]?\d){12,18}(?![\d]|[.,]\d)"
_PHONE: Final = (
    r"(?<![\w.,])(?:\+|00)[1-9]\d{0,2}(?:[ ./-]?\(0\))?(?:[ ./-]?\(?\d{1,4}\)?){2,6}(?![\d]|[.,]\d)"
    r"|(?<![\w.,/-])\(?0\d{1,4}\)?(?:[ ./-]\d{2,5}){2,5}(?![\d]|[.,]\d)"
    r"|(?<![\w.,/-])0\d{8,11}(?![\d]|[.,]\d)"
)
# In this order: a mark has no digits, so what one form has taken no other one finds.
_FORMS: Final = {
    kind: re.compile(form) for kind, form in (("EMAIL", _EMAIL), ("IBAN", _IBAN), ("CARD", _CARD), ("PHONE", _PHONE))
}
_PHONE_DIGITS: Final = range(8, 16)
_IBAN_LENGTHS: Final = range(15, 35)
_CARD_LENGTHS: Final = range(13, 20)

# No letters that Roman numerals, scales or units are made of: nothing in a mark may pass for a number.
_LETTERS: Final = "FGHJNQRSWZ"
_MARK: Final = re.compile(r"\[(?:EMAIL|IBAN|CARD|PHONE|CUSTOMER)_[FGHJNQRSWZ]{2,3}\]")
_MARK_NAME: Final = re.compile(r"_([FGHJNQRSWZ]{2,3})\]")
_LONGEST_MARK: Final = len("[CUSTOMER_FFF]")


class Redaction:
    """The marks of one reply: the same text has the same mark throughout. Not for concurrent use."""

    def __init__(self, customers: Iterable[str] = (), *, marks: Mapping[str, str] | None = None) -> None:
        """`marks` are marks that stand already, as `marks` gave them."""
        self.marks: Final = dict(marks or {})
        """Original → mark, of everything that was hidden so far."""
        self._originals = {mark: original for original, mark in self.marks.items()}
        self._names = _names(_MARK_NAME.findall(" ".join(self._originals)))
        known = sorted(filter(None, customers), key=len, reverse=True)
        self._customers = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in known)) if known else None

    @property
    def counts(self) -> Mapping[str, int]:
        """How many different ones of each kind were replaced, by the kind in lower case."""
        return Counter(mark[1:].partition("_")[0].lower() for mark in self._originals)

    def hide(self, text: str) -> str:
        """The text with a mark in place of everything personal."""
        hidden = text
        for kind, form in _FORMS.items():
            hidden = form.sub(partial(self._replaced, kind), hidden)
        return (
            self._customers.sub(lambda match: self._mark("CUSTOMER", match[0]), hidden) if self._customers else hidden
        )

    def restore(self, text: str, *, in_json: bool = False) -> str:
        """The text with the originals in place of their marks; escaped where the text is JSON."""
        if not self._originals:
            return text

        def original(mark: re.Match[str]) -> str:
            value = self._originals.get(mark[0], mark[0])
            return json.dumps(value)[1:-1] if in_json else value

        return _MARK.sub(original, text)

    def _replaced(self, kind: str, match: re.Match[str]) -> str:
        found = match[0]
        personal = _iban_in(found) if kind == "IBAN" else found if _is_real(kind, found) else ""
        return self._mark(kind, personal) + found[len(personal) :] if personal else found

    def _mark(self, kind: str, original: str) -> str:
        if original not in self.marks:
            mark = f"[{kind}_{next(self._names)}]"
            self.marks[original], self._originals[mark] = mark, original
        return self.marks[original]


class Restoring:
    """Puts originals back into a text that streams: a mark may be cut anywhere."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._held = ""

    def feed(self, text: str) -> str:
        """Takes the next piece; what can be shown now."""
        whole = self._held + text
        start = whole.rfind("[", max(0, len(whole) - _LONGEST_MARK + 1))
        cut = start if start >= 0 and "]" not in whole[start:] else len(whole)
        self._held = whole[cut:]
        return self._redaction.restore(whole[:cut])

    def finish(self) -> str:
        """The rest."""
        rest, self._held = self._held, ""
        return rest


def _names(taken: Iterable[str]) -> Iterator[str]:
    used = frozenset(taken)
    for length in (2, 3):
        names = map("".join, product(_LETTERS, repeat=length))
        yield from (name for name in names if name not in used)


def _is_real(kind: str, text: str) -> bool:
    digits = [int(character) for character in text if character.isdecimal()]
    match kind:
        case "CARD":
            return len(digits) in _CARD_LENGTHS and _luhn(digits)
        case "PHONE":
            return len(digits) in _PHONE_DIGITS
    return True


def _luhn(digits: list[int]) -> bool:
    """ISO/IEC 7812-1, annex B."""
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _iban_in(text: str) -> str:
    """The IBAN that `text` begins with, where words follow it that look like more of it; else nothing."""
    words = re.split(r"(?=[ -])", text)
    begun = ("".join(words[:count]) for count in range(len(words), 0, -1))
    return next((part for part in begun if _is_iban(re.sub(r"[ -]", "", part))), "")


def _is_iban(text: str) -> bool:
    """ISO 13616: the number is 1 modulo 97."""
    if len(text) not in _IBAN_LENGTHS or not text.isascii():
        return False
    return int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97 == 1
