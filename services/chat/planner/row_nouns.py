"""Which nouns for kinds of rows ("channel", "days") ask for rows, by the words around them. Pure."""

from collections.abc import Sequence
from typing import Final

from services.chat.lexicon.entry import FILTERS, Kind, Tag
from services.chat.lexicon.listing import word_set
from services.chat.planner.ranking import is_word_of_rank
from services.chat.question import Dimension

TIMES: Final = frozenset({Dimension.HOUR, Dimension.DAY, Dimension.WEEK, Dimension.MONTH, Dimension.WEEKDAY})

_BY: Final = frozenset({"by", "per", "each", "every", "across", "into"})
_ASKED: Final = frozenset({"which", "what", "whichever"})
_LISTED: Final = frozenset({"rank", "list", "compare", "heatmap", "matrix", "grid", "table"})
_SPREAD: Final = word_set(
    "breakdown split distribution mix ranking spread composition shares trend trends distributed sorted ordered ranked"
)
_ARTICLES: Final = word_set(
    "the a an our single all different individual of in over for to calendar their contact message"
)
_SHOWN: Final = frozenset({"show", "give", "me", "what", "is", "are"})
_CHAIN: Final = _ARTICLES | {"and", ",", "by", "&", "then", "per", "each", "every", "which", "how"}
_TELLING_OF: Final = (["with"], ["without"], ["had"], ["have"], ["having"], ["that"])
_ALONE: Final = word_set("and then now also plus please instead too , ? or ok only with add")
_KINDS: Final = frozenset({"category", "topic", "label", "intent", "channel", "source", "language"})
_ONE: Final = frozenset({"a", "an"})
_NOT_ROWS: Final = frozenset({"this", "that", "same", "last", "forget", "about"})
_NOT_REASONS: Final = word_set("that this same other forget drop any all clear for")
_REASONS: Final = frozenset({"reason", "topic", "theme", "driver", "subject"})


def names_a_label(words: Sequence[str], tags: Sequence[Tag], tag: Tag) -> bool:
    """Whether the noun only says what a label is: "the category bonus", "a withdrawal topic", "negative sentiment"."""
    moods = (other for other in tags if other.kind is Kind.SENTIMENT)
    if words[tag.start] == "sentiment" and any(mood.end == tag.start for mood in moods):
        return True
    if words[tag.start] not in _KINDS or words[max(tag.start - 1, 0)] in _BY | _ASKED:
        return False
    return any(
        other.kind in FILTERS
        and (other.start == tag.end or (other.end == tag.start and words[other.start - 1] in _ONE))
        for other in tags
    )


def is_all_time(words: Sequence[str], tag: Tag) -> bool:
    """Whether "time" is that of "all time"."""
    return tag.text == "time" and words[max(tag.start - 1, 0)] in {"all", "any"}


def is_chained(words: Sequence[str], previous: Tag | None, tag: Tag) -> bool:
    """Whether the noun goes on the list that the one before it began: "by channel and day"."""
    return previous is not None and set(words[previous.end : tag.start]) <= _CHAIN


def is_grouped(words: Sequence[str], tag: Tag) -> bool:
    """Whether a dimension's noun asks for rows: led by "by" or "which", ranked, spread, or a noun of reasons."""
    before = list(words[max(tag.start - 4, 0) : tag.start])
    if before and (before[-1] in _NOT_ROWS or before[-2:] == ["across", "all"]):
        return False
    return (
        _is_heading(words, tag)
        or _is_heading_of_rows(words, tag)
        or _is_led(before, words)
        or _is_rank(before, words[tag.start])
        or _has_most(words[tag.end : tag.end + 3])
        or _is_spread(words, tag)
        or _is_reason(words, tag)
        or _is_told_of(words, tag)
        or _is_how_many(words, tag)
        or _is_alone(words, tag)
    )


def _is_alone(words: Sequence[str], tag: Tag) -> bool:
    """Whether the text is nothing but a kind of row: "and hour", "channel instead"."""
    rest = {*words[: tag.start], *words[tag.end :]}
    return words[tag.start] not in {"time", "date"} and rest <= _ALONE


def _is_heading(words: Sequence[str], tag: Tag) -> bool:
    """Whether the text opens with the plural of a kind of label: "channels last month"."""
    plural = words[0].endswith("s") and words[0] != "status"
    return tag.start == 0 and plural and len(words) > 1 and Dimension(tag.values[0]) not in TIMES


def _is_heading_of_rows(words: Sequence[str], tag: Tag) -> bool:
    """Whether the text opens with a kind of label that is told by another kind: "category per channel"."""
    begins = all(word in _ARTICLES or word in _SHOWN for word in words[: tag.start])
    return begins and words[tag.end : tag.end + 1] in (["by"], ["per"]) and Dimension(tag.values[0]) not in TIMES


def _is_led(before: Sequence[str], words: Sequence[str]) -> bool:
    trimmed = list(before)
    while trimmed and (trimmed[-1] in _ARTICLES or trimmed[-1].isdigit()):
        trimmed.pop()
    if before[-1:] in (["with"], ["for"]) and {"replace", "swap", "exchange"} & set(words):
        return True
    over = "over" in before[-2:] and bool(_SPREAD & set(words))
    return over or (bool(trimmed) and trimmed[-1] in _BY | _ASKED | _LISTED)


def _is_rank(before: Sequence[str], noun: str) -> bool:
    near = before if before and before[-1].isdigit() else before[-2:]
    return is_word_of_rank(" ".join((*near, noun)))


def _has_most(after: Sequence[str]) -> bool:
    """Whether a superlative picks the rows: "the day with the most complaints"."""
    return after[:1] == ["with"] and is_word_of_rank(" ".join(after[1:]))


def _is_told_of(words: Sequence[str], tag: Tag) -> bool:
    """Whether something is said of steps of time: "days with no complaints", "how many weeks had over 50"."""
    steps = Dimension(tag.values[0]) in TIMES and words[tag.end - 1] != "times" and words[tag.end - 1].endswith("s")
    return steps and words[tag.end : tag.end + 1] in _TELLING_OF


def _is_how_many(words: Sequence[str], tag: Tag) -> bool:
    """Whether the kinds of label themselves are counted, which their rows tell: "how many languages"."""
    before = [word for word in words[max(tag.start - 4, 0) : tag.start] if word not in {"different", "distinct", "of"}]
    counted = before[-2:] == ["how", "many"] or before[-1:] in (["number"], ["count"])
    return counted and words[tag.end - 1].endswith("s") and Dimension(tag.values[0]) not in TIMES


def _is_spread(words: Sequence[str], tag: Tag) -> bool:
    return bool(_SPREAD & {*words[max(tag.start - 3, 0) : tag.start], *words[tag.end : tag.end + 1]})


def _is_reason(words: Sequence[str], tag: Tag) -> bool:
    free = tag.start == 0 or words[tag.start - 1] not in _NOT_REASONS
    return free and words[tag.start].removesuffix("s") in _REASONS


def is_asked(words: Sequence[str], tags: Sequence[Tag]) -> bool:
    """Whether it is asked "which channel": rows in the order of their numbers, even for hours and days."""
    return any(tag.kind is Kind.DIMENSION and set(words[max(tag.start - 2, 0) : tag.start]) & _ASKED for tag in tags)


def is_single(words: Sequence[str], tags: Sequence[Tag]) -> bool:
    """Whether the superlative asks for one row: "the busiest day", "which channel has the most"."""
    grouped = [tag for tag in tags if tag.kind is Kind.DIMENSION and is_grouped(words, tag)]
    noun = words[grouped[0].end - 1] if grouped else "s"
    return not noun.endswith("s") or noun == "status"
