"""Which words of a share question name the part and which the whole."""

from collections.abc import Iterable, Sequence
from typing import Final

from services.chat.lexicon.entry import Kind, Tag
from services.chat.lexicon.listing import word_set
from services.chat.planner.measuring import is_share_word
from services.chat.planner.reading import ShareSides

_VERBS: Final = word_set(
    "are is was were be come came comes have had has mention mentioned mentions contain contains contained concern"
    " concerned concerns made get got express expressed complain complained relate related belong turn turned being"
    " represent arrive arrives arrived occur occurs occurred happen happens happened fall falls"
)
_WHOLE: Final = word_set(
    "outside excluding except without on in from via among amongst within for through across out by compared relative"
    " during"
)
_LEADS: Final = word_set(
    "what which the a an how in many much give show me as my our and is was of tell us by percent percentage"
    " their total overall , for with highest lowest biggest largest smallest same only now about"
)
_PREDICATES: Final = word_set("failed fail bounced disappeared vanished not did do does never has have can went")
_HUNDRED: Final = frozenset({"100", "1000"})
_HOW: Final = frozenset({"what", "which", "how"})
_DO: Final = frozenset({"do", "does", "did"})
_MAKE_UP: Final = frozenset({"make", "have", "of", "account", "represent"})
_SAID_AFTER: Final = word_set("are is was were be come came express expressed complain complained turn turned")
"""Behind a passage, these say what its messages are."""


def share_sides(words: Sequence[str], tags: Sequence[Tag]) -> ShareSides:
    """The span of the part.

    "Share of [whole] are [part]", "what share do [part] make up of [whole]", "share of [part] on [whole]",
    "[part] rate on [whole]", "[part] as a share of [whole]", "[part]'s share of [whole]",
    "of [whole], what share is [part]", "[part] per 100 [whole]".
    """
    per = _first(words, 0, _HUNDRED)
    if "per" in words[max(per - 1, 0) : per]:
        return ShareSides(part=(0, per))
    return _around(words, tags, next((index for index, word in enumerate(words) if is_share_word(word)), 0))


def _around(words: Sequence[str], tags: Sequence[Tag], cue: int) -> ShareSides:
    """The span of the part before or behind the word that asks for the share."""
    if set(words[:2]) & {"of", "among"} and _first(words, 0, _HOW) < cue:
        return ShareSides(part=(cue, len(words)))
    if "as" in words[max(cue - 2, 0) : cue] or (cue and words[cue - 1] not in _LEADS and not words[cue - 1].isdigit()):
        return ShareSides(part=(0, cue))
    verb, of, does = (_first(words, cue + 1, named) for named in (_VERBS, {"of"}, _DO))
    verb = min(verb, _predicate(words, tags))
    if of < verb - 1 and verb < len(words):
        return ShareSides(part=(verb, len(words)))
    if does < len(words):
        return ShareSides(part=(does, _first(words, does, _MAKE_UP)))
    if of == len(words):
        return ShareSides(part=(0, _first(words, cue, _WHOLE)))
    return ShareSides(part=(of, _first(words, of + 1, _WHOLE | {"of"})))


def _predicate(words: Sequence[str], tags: Sequence[Tag]) -> int:
    """Where a state is said of a topic, as in "deposits failed"; the length of the text where none is."""
    after = {tag.end for tag in tags if tag.kind in {Kind.CATEGORY, Kind.MESSAGE}}
    told = (tag for tag in tags if tag.kind is Kind.STATE and tag.start in after and words[tag.start] in _PREDICATES)
    return next((tag.start for tag in told), len(words))


def _first(words: Sequence[str], start: int, named: Iterable[str]) -> int:
    """The place of the first named word from `start` on, the length of the text where there is none."""
    wanted = set(named)
    return next((index for index in range(start, len(words)) if words[index] in wanted), len(words))


def tells_the_part(after: str) -> bool:
    """Whether the part is what holds a passage, by the words behind it: "share of complaints that mention X", not
    "share of messages with X that are complaints" or "of those with X, what share …".
    """
    words = after.split()
    if any(is_share_word(word) for word in words):
        return "as" in words
    return not _SAID_AFTER & set(words)
