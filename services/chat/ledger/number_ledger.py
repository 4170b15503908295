"""The number ledger: text streams in as a model writes it and leaves with every numeral bound to the data or masked.

What is released never depends on how the text was cut into pieces: a piece is held back while a numeral, or the words
that decide its meaning, could still go on in the next one, and for no longer. In plain prose that is at most a word.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from services.chat.ledger.binding import Judgement, Verdict, judge
from services.chat.ledger.claims.sentences import Claims, Mention
from services.chat.ledger.contexts import LOOK_BEHIND, Surroundings
from services.chat.ledger.facts import Facts
from services.chat.ledger.numerals.find import REACH, ends_in_unit, find
from services.chat.ledger.numerals.quantities import Numeral
from services.chat.ledger.numerals.vocabulary import (
    GAP,
    LETTER,
    TOKEN,
    continues_numeral,
    is_month,
    is_plain_word,
    may_become_numeral,
    starts_numeral,
)
from services.chat.ledger.placeholders import Placeholders

MASK: Final = "[unverified]"
"""What a reader sees instead of a number that nothing supports."""

_CACHED_LENGTH: Final = 24
_MAX_KEPT_TEXTS: Final = 100
_KEPT_HISTORY: Final = 1_000
_TRIM_ABOVE: Final = 6_000
_NEXT_WORD = re.compile(rf"[ \t\u00a0*_~-]{{0,4}}((?:{LETTER.pattern})+)")
_SENTENCE = re.compile(r"[.!?][*_\"”’)]{0,3}[ \t]")
_QUOTES = re.compile('["“”«»„]')
_MORE_DIGITS = re.compile(r"[0-9.,:%/-]+")
_SOFT_HYPHEN, _ZERO_WIDTH_SPACE, _BYTE_ORDER_MARK = 0xAD, 0x200B, 0xFEFF
_JOINER, _ARABIC_MARK, _MONGOLIAN = 0x34F, 0x61C, range(0x180B, 0x1810)
_DIRECTION_AND_FORMAT = (0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2065), *range(0x2066, 0x206A))
_TAGS = (*range(0xE0000, 0xE0080), *range(0xE0100, 0xE01F0))
_INVISIBLE: Final[dict[int, None]] = dict.fromkeys(
    (
        *(_SOFT_HYPHEN, _ZERO_WIDTH_SPACE, _BYTE_ORDER_MARK, _JOINER, _ARABIC_MARK, ord(GAP)),
        *(*_DIRECTION_AND_FORMAT, *_MONGOLIAN, *_TAGS),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How the numbers of an answer were checked. The texts are the first hundred of each."""

    bound: int = 0
    masked: int = 0
    contradicted: int = 0
    masked_texts: tuple[str, ...] = ()
    contradicted_texts: tuple[str, ...] = ()


class NumberLedger:
    """Verifies one answer as it streams. Not for concurrent use."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._placeholders = Placeholders(facts.results)
        self._claims = Claims(facts)
        self._text = ""
        self._released = 0
        self._bound = 0
        self._masked: list[str] = []
        self._masked_count = 0

    @property
    def verification(self) -> Verification:
        """What has been checked so far."""
        return Verification(
            bound=self._bound,
            masked=self._masked_count,
            contradicted=self._claims.contradicted,
            masked_texts=tuple(self._masked),
            contradicted_texts=tuple(self._claims.texts[:_MAX_KEPT_TEXTS]),
        )

    def feed(self, delta: str) -> str:
        """Takes the next piece; returns the verified text that can be shown now, often empty, never half a number."""
        text = self._placeholders.feed(delta if delta.isascii() else delta.translate(_INVISIBLE))
        nothing_held = self._released == len(self._text)
        if nothing_held and len(text) <= _CACHED_LENGTH and _is_plain(self._text[-1:], text):
            return self._pass(text)
        goes_on = not nothing_held and not self._text[-1].isalpha() and _MORE_DIGITS.fullmatch(text)
        self._text += text
        if goes_on and len(self._text) - self._released < REACH:
            return ""
        return self._release(_settled(self._text, self._released))

    def finish(self) -> tuple[str, Verification]:
        """The rest of the text and the verdict on the whole. Nothing may be fed afterwards."""
        self._text += self._placeholders.finish()
        rest = self._release(len(self._text))
        self._claims.finish()
        return rest, self.verification

    def cut_short(self) -> Verification:
        """The verdict where the text ends in the middle; what is held back is dropped: 1,2 is not what 1,234 says."""
        self._claims.finish()
        return self.verification

    def _pass(self, text: str) -> str:
        self._text += text
        self._released = len(self._text)
        self._claims.read(text, ())
        self._trim()
        return text

    def _release(self, end: int) -> str:
        if end <= self._released:
            return ""
        start, pieces, mentions = self._released, [], []
        position = start
        for numeral in find(self._text, _past_word(self._text, start), end):
            for part, judgement in self._judged(numeral):
                pieces.append(self._text[position : part.start])
                pieces.append(self._written(part, judgement))
                mentions.append(Mention(part.start, part.end, judgement.facts))
                position = part.end
        end = max(end, position)
        pieces.append(self._text[position:end])
        self._claims.read(self._text[start:end], [mention.moved(-start) for mention in mentions])
        self._released = end
        self._trim()
        return "".join(pieces)

    def _judged(self, numeral: Numeral) -> list[tuple[Numeral, Judgement]]:
        judgement = self._judge(numeral)
        if judgement.verdict is Verdict.MASKED and numeral.parts:
            return [(part, self._judge(part)) for part in numeral.parts]
        return [(numeral, judgement)]

    def _judge(self, numeral: Numeral) -> Judgement:
        around = _surroundings(self._text, numeral)
        return judge(numeral, self._text[numeral.start : numeral.end], around, self._facts)

    def _written(self, numeral: Numeral, judgement: Judgement) -> str:
        text = self._text[numeral.start : numeral.end]
        if judgement.verdict is not Verdict.MASKED:
            self._bound += judgement.verdict is Verdict.BOUND
            return text
        if text == GAP:
            text = self._placeholders.unresolved.popleft()
        self._masked_count += 1
        if len(self._masked) < _MAX_KEPT_TEXTS:
            self._masked.append(text)
        return MASK

    def _trim(self) -> None:
        if self._released > _TRIM_ABOVE:
            surplus = self._released - _KEPT_HISTORY
            self._text = self._text[surplus:]
            self._released -= surplus


def _past_word(text: str, position: int) -> int:
    """`position`, or the end of the harmless word of which a part has been released already."""
    if position == 0 or not LETTER.match(text, position - 1):
        return position
    token = TOKEN.match(text, position)
    return token.end() if token and token.lastgroup == "word" else position


class _Scan:
    """Walks over unreleased text and remembers up to where nothing that follows can change it."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.cut = start
        self.pending = False
        self.month = False
        self.held: int | None = None

    def take(self, token: re.Match[str]) -> None:
        """Looks at the next token."""
        kind = token.lastgroup
        if kind == "word":
            self._word(token)
        elif kind == "line":
            self._settle(token.end())
        elif kind == "item":
            if self.pending and not self.month and self.text[token.start() - 1 : token.start()].isnumeric():
                self._settle(token.end())
        elif kind != "inert" or (self.pending and continues_numeral(token.group())):
            self._begin(token.start())
        else:
            self._settle(token.end())

    def _begin(self, start: int) -> None:
        if not self.pending:
            self.pending, self.cut = True, start

    def _settle(self, end: int) -> None:
        self.pending, self.month, self.cut = False, False, end

    def _word(self, token: re.Match[str]) -> None:
        word, complete = token.group(), token.end() < len(self.text)
        if not complete and (self.pending or may_become_numeral(word)):
            self._begin(token.start())
        elif starts_numeral(word):
            self._begin(token.start())
            self.month = self.month or is_month(word)
        elif not (self.pending and continues_numeral(word)):
            self._settle(token.end())


def _settled(text: str, start: int) -> int:
    """End of the part of `text` from `start` on that can be judged whatever comes next."""
    scan = _Scan(text, start)
    for token in TOKEN.finditer(text, _past_word(text, start)):
        if scan.pending or token.end() == len(text) or not is_plain_word(token):
            scan.take(token)
    return max(scan.cut if scan.pending else len(text), len(text) - REACH)


@lru_cache(maxsize=8_192)
def _is_plain(before: str, text: str) -> bool:
    """Whether `text` can be shown at once wherever it follows the character `before` and nothing is held back.

    Models repeat their tokens; the cache makes the common ones cost next to nothing.
    """
    whole, start = before + text, len(before)
    return _settled(whole, start) == len(whole) and not find(whole, _past_word(whole, start))


def _surroundings(text: str, numeral: Numeral) -> Surroundings:
    line_start = max(text.rfind("\n", 0, numeral.start) + 1, numeral.start - _KEPT_HISTORY)
    line = text[line_start : numeral.start]
    recent = line[-LOOK_BEHIND:]
    sentence_start = max((end.end() for end in _SENTENCE.finditer(recent)), default=0)
    next_word = None if ends_in_unit(text, numeral) else _NEXT_WORD.match(text, numeral.end)
    return Surroundings(
        line=line,
        sentence=recent[sentence_start:],
        after=text[numeral.end : numeral.end + 16],
        next_word=next_word[1] if next_word else "",
        quoted=line.lstrip().startswith(">") or len(_QUOTES.findall(line)) % 2 == 1,
    )
