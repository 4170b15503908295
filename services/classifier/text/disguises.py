"""Latin words in disguise, as the words they stand for: look-alikes, letters apart, digits for letters. Pure.

Chats with word filters teach people to write like this, and so do fonts made for posts. Texts of another script stay as
they are: look-alikes are replaced only where every Cyrillic or Greek letter of the text is one and some word mixes them
with Latin letters.
"""

import re
from typing import Final

_LATIN: Final = "A-Za-z\u00c0-\u024f"
# Nothing to see; where a language joins its letters by them (Persian, Hindi), joiners stay.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u0335-\u0338]"
    f"|(?<=[{_LATIN}])[\u200c\u200d]+(?=[{_LATIN}])"
)
_LOOK_ALIKES: Final = dict(
    zip(
        "асеорхуіјѕԁһԛԝѵАВСЕНІЈКМОРЅТУХαοινκρυχγτηΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
        "aceopxyijsdhqwvABCEHIJKMOPSTYXaoivkpuxytnABEZHIKMNOPTYX",
        strict=True,
    )
)
_FOREIGN: Final = re.compile("[\u0370-\u03ff\u0400-\u052f]")
_MIXED: Final = re.compile("[A-Za-z][\u0370-\u03ff\u0400-\u052f]|[\u0370-\u03ff\u0400-\u052f][A-Za-z]")
_TO_LATIN: Final = str.maketrans(_LOOK_ALIKES)
_SHAPES: Final = str.maketrans(
    dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True))
    | {chr(first + place): chr(ord("a") + place) for first in (0x1F150, 0x1F170) for place in range(26)}
)
# Four letters or more, each by itself, and the same between any two of them.
_APART: Final = re.compile(rf"(?<![^\W_])[{_LATIN}]([^\w\s]{{1,3}}|[ _])[{_LATIN}](?:\1[{_LATIN}]){{2,}}(?![^\W_])")
_LETTERS_APART: Final = re.compile(rf"(?<![^\W_])[{_LATIN}](?: [{_LATIN}])+(?![^\W_])")
_LETTER: Final = re.compile(f"[{_LATIN}]")
_MOSTLY: Final = 0.6
_CODED: Final = re.compile(r"(?<![\w@$])(?=[\w@$]{0,19}[a-z])(?=[\w@$]{0,19}[013457@$])[\w@$]{3,20}(?![\w@$])", re.I)
_DIGITS: Final = "013457@$"
_DIGIT: Final = re.compile(f"[{_DIGITS}]")
_DECODED: Final = tuple(str.maketrans(_DIGITS, letters) for letters in ("oieastas", "oleastas"))
# What is hidden this way: the subject of the message, money and abuse. Other words keep their digits ("top5", "mp3").
_HIDDEN: Final = frozenset(
    """
    access account accounts address agent balance bank banned bet bets betting bitcoin blackjack blocked bonus
    bonuses card cash cashback cashout casino cheat cheated cheaters cheating closed code complaint country credit
    credited crook crooks crypto declined deposit deposited deposits document documents email error failed fake
    fraud frauds free freespins frozen fuck fucked fucking game games gone help idiot idiots jackpot lawyer liar
    liars limit limits live locked login lost lying manager missing money password pay payment payments payout
    payouts pending please poker police prize problem promo received refund refused rejected report rigged robbed
    roulette scam scammed scammer scammers scams security shit slot slots spin spins steal stealing stole stolen
    stupid support suspended thief thieves transaction transfer verification verified verify vip visa wager wagering
    wallet welcome when where win winnings wins withdraw withdrawal withdrawals withdrawn
    """.split()  # noqa: SIM905  # labels are named in one module, and some of these words are labels
)


def undisguised(text: str) -> str:
    """The text with its disguised words spelled out; the text itself where there are none. In linear time."""
    if not text.isascii():
        text = _in_latin_letters(_INVISIBLE.sub("", text).translate(_SHAPES))
    text = _together(text)
    return _CODED.sub(_decoded, text) if _DIGIT.search(text) else text


def _in_latin_letters(text: str) -> str:
    if not _MIXED.search(text) or any(letter not in _LOOK_ALIKES for letter in _FOREIGN.findall(text)):
        return text
    return text.translate(_TO_LATIN)


def _together(text: str) -> str:
    if not _APART.search(text):
        return text
    words = text.split()
    alone = sum(len(word) == 1 and bool(_LETTER.match(word)) for word in words)
    if alone > _MOSTLY * len(words):
        text = _LETTERS_APART.sub(lambda found: found.group().replace(" ", ""), text)
    return _APART.sub(lambda found: found.group().replace(found.group(1), ""), text)


def _decoded(found: re.Match[str]) -> str:
    """The word of the list that it stands for; otherwise as it is."""
    word = found.group()
    candidates = (word.casefold().translate(table) for table in _DECODED)
    return next((candidate for candidate in candidates if candidate in _HIDDEN), word)
