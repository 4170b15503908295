"""Spelled numbers: the words of seven languages and the arithmetic that puts them together. Pure.

English is complete; German, Dutch, French, Spanish, Italian, Portuguese and Russian cover cardinals, so that a model
that answers in the customer's language cannot hide a count in words. Words that are something else in English ("once",
"due", "on") are left out. The libraries looked at (text2num, word2number, Recognizers-Text) read one known language and
whole texts; a ledger meets any language and half a word at a time.
"""

import re
from dataclasses import dataclass
from itertools import chain
from typing import Final

from services.chat.ledger.numerals.letters import LETTERS

_EN = (
    "zero 0 one 1 two 2 three 3 four 4 five 5 six 6 seven 7 eight 8 nine 9 ten 10 eleven 11 twelve 12 thirteen 13 "
    "fourteen 14 fifteen 15 sixteen 16 seventeen 17 eighteen 18 nineteen 19 twenty 20 thirty 30 forty 40 fourty 40 "
    "fifty 50 sixty 60 seventy 70 eighty 80 ninety 90 hundred *100 thousand *1000 million *1000000 billion *1000000000 "
    "dozen *12"
)
_DE = (
    "zwei 2 zwo 2 drei 3 vier 4 fünf 5 sechs 6 sieben 7 acht 8 neun 9 zehn 10 zwölf 12 dreizehn 13 vierzehn 14 "
    "fünfzehn 15 sechzehn 16 siebzehn 17 achtzehn 18 neunzehn 19 zwanzig 20 dreißig 30 dreissig 30 vierzig 40 fünfzig "
    "50 sechzig 60 siebzig 70 achtzig 80 neunzig 90 hundert *100 tausend *1000 millionen *1000000 dutzend *12"
)
_NL = (
    "twee 2 drie 3 vijf 5 zes 6 zeven 7 acht 8 negen 9 tien 10 twaalf 12 dertien 13 veertien 14 vijftien 15 "
    "zestien 16 zeventien 17 achttien 18 negentien 19 twintig 20 dertig 30 veertig 40 vijftig 50 zestig 60 zeventig 70 "
    "tachtig 80 negentig 90 honderd *100 duizend *1000 miljoen *1000000"
)
_FR = (
    "zéro 0 deux 2 trois 3 quatre 4 cinq 5 huit 8 neuf 9 dix 10 onze 11 douze 12 treize 13 quatorze 14 quinze 15 "
    "seize 16 vingt 20 trente 30 quarante 40 cinquante 50 soixante 60 cent *100 cents *100 mille *1000 "
    "millions *1000000 douzaine *12"
)
_ES = (
    "cero 0 cuatro 4 cinco 5 siete 7 ocho 8 nueve 9 diez 10 doce 12 trece 13 catorce 14 quince 15 dieciséis 16 "
    "diecisiete 17 dieciocho 18 diecinueve 19 veinte 20 veintiuno 21 veintiún 21 veintidós 22 veintitrés 23 "
    "veinticuatro 24 veinticinco 25 veintiséis 26 veintisiete 27 veintiocho 28 veintinueve 29 treinta 30 cuarenta 40 "
    "cincuenta 50 sesenta 60 setenta 70 ochenta 80 noventa 90 cien 100 ciento 100 doscientos 200 doscientas 200 "
    "trescientos 300 trescientas 300 cuatrocientos 400 cuatrocientas 400 quinientos 500 quinientas 500 seiscientos 600 "
    "seiscientas 600 setecientos 700 setecientas 700 ochocientos 800 ochocientas 800 novecientos 900 novecientas 900 "
    "mil *1000 millones *1000000 docena *12 tres 3 seis 6"
)
_PT = (
    "dois 2 duas 2 três 3 quatro 4 sete 7 oito 8 nove 9 dez 10 doze 12 treze 13 catorze 14 quinze 15 dezesseis 16 "
    "dezasseis 16 dezessete 17 dezassete 17 dezoito 18 dezenove 19 dezanove 19 vinte 20 trinta 30 quarenta 40 "
    "cinquenta 50 sessenta 60 setenta 70 oitenta 80 noventa 90 cem 100 cento 100 duzentos 200 duzentas 200 "
    "trezentos 300 trezentas 300 quatrocentos 400 quatrocentas 400 quinhentos 500 quinhentas 500 seiscentos 600 "
    "setecentos 700 oitocentos 800 novecentos 900 milhão *1000000 milhões *1000000 dúzia *12"
)
_IT = (
    "tre 3 quattro 4 cinque 5 sette 7 otto 8 nove 9 dieci 10 undici 11 dodici 12 tredici 13 quattordici 14 quindici 15 "
    "sedici 16 diciassette 17 diciotto 18 diciannove 19 venti 20 trenta 30 quaranta 40 cinquanta 50 sessanta 60 "
    "settanta 70 ottanta 80 novanta 90 cento *100 mila *1000 milioni *1000000 dozzina *12"
)
_RU = (
    "ноль 0 два 2 две 2 двух 2 три 3 трёх 3 трех 3 четыре 4 четырёх 4 четырех 4 пять 5 пяти 5 шесть 6 шести 6 семь 7 "
    "семи 7 восемь 8 восьми 8 девять 9 девяти 9 десять 10 десяти 10 "
    "одиннадцать 11 двенадцать 12 тринадцать 13 четырнадцать 14 пятнадцать 15 шестнадцать 16 семнадцать 17 "
    "восемнадцать 18 девятнадцать 19 двадцать 20 тридцать 30 сорок 40 пятьдесят 50 шестьдесят 60 семьдесят 70 "
    "восемьдесят 80 девяносто 90 сто 100 двести 200 триста 300 четыреста 400 пятьсот 500 шестьсот 600 семьсот 700 "
    "восемьсот 800 девятьсот 900 тысяча *1000 тысячи *1000 тысяч *1000 миллион *1000000 миллиона *1000000 "
    "миллионов *1000000 дюжина *12"
)
_COMPOUND_EXTRA = {
    "de": "ein 1 ",
    "nl": "een 1 vier 4 ",
    "it": "uno 1 un 1 due 2 sei 6 vent 20 trent 30 quarant 40 cinquant 50 ",
}
_COMPOUND_LINKS = {"de": "und", "nl": "en|ën", "it": "(?!)"}
_LONGEST_WORD = 64
_NEVER_FIRST = frozenset({"cent", "cents", "seize"})  # English words; French numbers only after another one


@dataclass(frozen=True, slots=True)
class Atom:
    """What one number word adds, or multiplies by."""

    value: int
    multiplies: bool = False


@dataclass(frozen=True, slots=True)
class Spelled:
    """One spelled number in a text: half-open span and value."""

    start: int
    end: int
    value: int


def _atoms(table: str) -> dict[str, Atom]:
    words = table.split()
    return {
        word: Atom(int(value.lstrip("*")), value.startswith("*"))
        for word, value in zip(words[::2], words[1::2], strict=True)
    }


_ATOMS: Final[dict[str, Atom]] = {
    word: atom for table in (_DE, _NL, _FR, _ES, _PT, _IT, _RU, _EN) for word, atom in _atoms(table).items()
}
_COMPOUND_ATOMS = {
    language: _atoms(_COMPOUND_EXTRA[language] + table) for language, table in (("de", _DE), ("nl", _NL), ("it", _IT))
}


def _alternatives(words: dict[str, Atom]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_PIECE = {
    language: re.compile(f"(?P<link>{_COMPOUND_LINKS[language]})?(?P<atom>{_alternatives(atoms)})")
    for language, atoms in _COMPOUND_ATOMS.items()
}
_COMPOUND = {
    language: re.compile(
        f"(?:{_alternatives(atoms)})(?:(?:{_COMPOUND_LINKS[language]})?(?:{_alternatives(atoms)})){{1,8}}"
    )
    for language, atoms in _COMPOUND_ATOMS.items()
}
_COMPOUND_HEADS = frozenset(word[:3] for atoms in _COMPOUND_ATOMS.values() for word in atoms) | {"un", "ein"}

WORDS: Final = frozenset(_ATOMS)
"""Every word, in lower case, that is a number by itself."""

JOINERS: Final = frozenset({"and", "und", "et", "y", "e", "en", "и"})
"""Words that may stand inside one spelled number."""

_RUN_GAP = re.compile(r"(?:[ \t\u00a0\u202f]{1,2}|[-‐‑])(?:(?P<link>and|et|y|e|и)[ \t-]{1,2})?")
_WORD = re.compile(rf"(?:{LETTERS})+")
_EIGHTY = re.compile(r"quatre-vingts?", re.IGNORECASE)


def could_be_number(head: str) -> bool:
    """Whether a word that starts with `head` (lower case) may turn out to be a number in several pieces."""
    return head[:3] in _COMPOUND_HEADS


def _compound(word: str) -> int | None:
    for language, pattern in _COMPOUND.items():
        if pattern.fullmatch(word):
            pieces = [
                (0, 0, _COMPOUND_ATOMS[language][m["atom"]], bool(m["link"])) for m in _PIECE[language].finditer(word)
            ]
            sums = _add_up(pieces)
            return sums[0].value if len(sums) == 1 else None
    return None


def is_number_word(word: str) -> bool:
    """Whether the complete lower-case `word` spells a number."""
    return word in _ATOMS or (could_be_number(word) and 5 < len(word) <= _LONGEST_WORD and _compound(word) is not None)


def _atom(word: str) -> Atom | None:
    known = _ATOMS.get(word)
    if known is not None or len(word) > _LONGEST_WORD or not could_be_number(word):
        return known
    value = _compound(word)
    return None if value is None else Atom(value)


def _may_add(current: int, value: int, *, linked: bool) -> bool:
    if current == 0:
        return value > 0
    if linked and 0 < current % 100 < 10 and 20 <= value < 100:
        return value % 10 == 0
    if 60 <= current % 100 <= 80 and current % 20 == 0 and 10 <= value < 20:
        return True  # soixante-dix, quatre-vingt-dix
    return (value < 100 and current % 100 == 0) or (0 < value < 10 and current % 10 == 0 and current % 100 >= 20)


class _Sum:
    """One spelled number while its words arrive."""

    def __init__(self, start: int) -> None:
        self.start, self.end = start, start
        self.total, self.current, self.scale, self.words = 0, 0, 10**12, 0

    def take(self, end: int, atom: Atom, *, linked: bool) -> bool:
        """Adds `atom` if it can belong to this number; False if it begins another one."""
        if not self._fits(atom, linked=linked):
            return False
        if not atom.multiplies:
            self.current += atom.value
        elif atom.value < 1000:
            self.current = max(self.current, 1) * atom.value
        else:
            self.total, self.current, self.scale = self.total + max(self.current, 1) * atom.value, 0, atom.value
        self.end, self.words = end, self.words + 1
        return True

    def _fits(self, atom: Atom, *, linked: bool) -> bool:
        if self.words == 0:
            return True
        if atom.multiplies and atom.value < 1000:
            return 0 < self.current < 100
        if atom.multiplies:
            return self.current > 0 and atom.value < self.scale
        return (self.current > 0 or self.total > 0) and _may_add(self.current, atom.value, linked=linked)

    def spelled(self) -> Spelled:
        return Spelled(self.start, self.end, self.total + self.current)


def _add_up(pieces: list[tuple[int, int, Atom, bool]]) -> list[Spelled]:
    sums: list[_Sum] = []
    for start, end, atom, linked in pieces:
        if not sums or not sums[-1].take(end, atom, linked=linked):
            sums.append(_Sum(start))
            sums[-1].take(end, atom, linked=False)
    return [number.spelled() for number in sums]


def _piece_at(text: str, start: int) -> tuple[int, Atom] | None:
    eighty = _EIGHTY.match(text, start)
    if eighty:
        return eighty.end(), Atom(80)
    word = _WORD.match(text, start)
    atom = _atom(word.group().lower()) if word else None
    return (word.end(), atom) if word and atom else None


def spelled_at(text: str, start: int, limit: int = 12) -> list[Spelled]:
    """The spelled numbers in the run of at most `limit` number words at `start`; empty if none begins there.

    "five and ten" is two numbers, "a hundred and ten" one.
    """
    pieces: list[tuple[int, int, Atom, bool]] = []
    position, linked = start, False
    first = _WORD.match(text, start)
    if first is None or first.group().lower() in _NEVER_FIRST:
        return []
    while len(pieces) < limit:
        piece = _piece_at(text, position)
        if piece is None:
            break
        end, atom = piece
        pieces.append((position, end, atom, linked))
        gap = _RUN_GAP.match(text, end)
        if gap is None:
            break
        position, linked = gap.end(), gap["link"] is not None
    return _add_up(pieces)


PREFIXES: Final = frozenset(chain.from_iterable((word[:n] for n in range(1, len(word) + 1)) for word in _ATOMS))
"""Every beginning of a number word: what a stream must hold until the word is complete."""
