"""Rows: by which dimensions they are grouped."""

from collections.abc import Iterator, Sequence
from typing import Final

from services.chat.lexicon.entry import Kind, Tag
from services.chat.lexicon.listing import word_set
from services.chat.lexicon.nouns import ADVERBS
from services.chat.planner.cues import asks_what_moved, changes
from services.chat.planner.patterns import MESSAGES, PEOPLE, anywhere, spoken
from services.chat.planner.ranking import (
    asks_for_one_reason,
    bound_order,
    is_bare_superlative,
    is_least,
    is_most,
    is_ranked,
    is_word_of_rank,
    ranked_order,
    ranks_reasons,
    row_limit,
    told_order,
)
from services.chat.planner.reading import Grouping
from services.chat.question import Dimension, Order

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
_OF_EACH: Final = frozenset({"each", "every", "per", "by"})
_NOT_ROWS: Final = frozenset({"this", "that", "same", "last", "forget", "about"})
_NOT_REASONS: Final = word_set("that this same other forget drop any all clear for")
_REASONS: Final = frozenset({"reason", "topic", "theme", "driver", "subject"})

_TREND: Final = spoken(
    r"trend(?:s|ing|line)?",
    r"over time",
    r"evol(?:ve|ved|ution|ving)",
    r"time ?line",
    r"time series",
    r"curve",
    r"develop(?:ed|ing|ments?)?",
    r"history of",
    r"progress(?:ion|ed)?",
    r"course of",
    r"chart",
    r"graph",
    r"plot",
)
_WHICH_ONE: Final = spoken(r"(?:which|what) (?:one|of (?:them|those|these))", r"which (?:is|was|has|had)")
_DAY_BY_DAY: Final = spoken(r"(hour|day|week|month) (?:by|to|for|over) \1")
_WHEN: Final = spoken(
    r"when (?:(?:in|during|of|on|over) (?:the |a |§)?\w+ )?(?:do|did|does|are|is|was|were)\b"
    r".*\b(?:most|mostly|busiest|peak|highest|usually|typically)",
    r"what time",
)
_THEY: Final = rf"(?:{PEOPLE}|they|everyone|messages|complaints|tickets|it|chats|angry|unhappy)"
_ASKING: Final = r"(?:complain|ask|writ|talk|want|need|messag|contact|report|angry|unhappy)(?:e|es|s|ing|ting)?"
_CONTACT: Final = r"(?:contact|writ|wrote|reach|messag|get|come|call)(?:e|es|s|ed|ing|ten|ting)?"
_ABOUT: Final = anywhere(
    rf"\bwhat (?:\w+ )?(?:are|is|were|was|did|do|does|have) (?:\w+ ){{0,3}}?{_THEY}\b.*"
    r"\b(?:about|for|with|over|regarding|mostly|most)(?= (?:§|on|in|via|from|by|most|mostly|the most|,|and)|$)",
    rf"\bwhy (?:do|did|are|were|have|would) (?:(?:our|the|most|these|those) )*{PEOPLE} (?:\w+ )?{_CONTACT}\b",
    rf"\bwhat (?:are|is|were|was|do|did|does) (?:\w+ )?{_THEY} (?:(?:mostly|mainly|usually) )?{_ASKING}\b",
    rf"\bwhat (?:do|did|does|are|were) (?:\w+ ){{1,4}}?{_ASKING}(?: us)? (?:mostly |most )?(?:about|for|over)(?= |$)",
    r"\b(?:what|which) (?:problems|issues)\b",
    r"\bwhat (?:did|do|have) we (?:get|got|receive|received|see|seen|have|had|hear|heard) (?:the )?most\b",
    r"\b(?:overview|summary|summari[sz]e|digest|recap|highlights?|headlines|tldr|rundown|dashboard)\b",
    r"(?:^|\b(?:give|show|get|want|need|have|send|do|see)(?: me| us)? )(?:(?:a|an|the|my|full|quick|short|brief"
    r"|complete|status|summary|good) )*report(?= (?:§|for|of|on|about|please)|$)",
    r"\bbreakdown\b",
    r"\b(?:tell me about|describe|what (?:(?:has|is|was) )?(?:happened|happening|going on|went on)(?! to)) .*§",
)
_THESE: Final = r"(?:them|both|these|those|the 2|(?:the|these|those) 2|the 2 of them|(?:these|those) 2)"
_APART: Final = spoken(
    r"separately|individually|one by one|side by side|each (?:on|by|for) (?:its|their) own"
    r"|each of (?:them|these|those)",
    rf"compare {_THESE}(?! (?:with|to|against))",
    rf"(?:split|divide) {_THESE}(?: (?:up|out|apart))?(?! (?:by|per))",
)
_LABELLED: Final = r"(?:label+ed|classified|categori[sz]ed|processed)(?! as\b)"
_STATUS: Final = spoken(
    rf"un ?{_LABELLED}",
    rf"(?:not|never) (?:(?:yet|been|being|be) )*{_LABELLED}",
    r"(?:without|no|have no|lack(?:ing)?) (?:(?:any|a) )*labels?",
    rf"(?:waiting|wait|pending|still) (?:(?:for|to|a|be) )*(?:labels?\b|labelling|classification|{_LABELLED})",
    rf"(?:already|fully) (?:been )?{_LABELLED}",
    rf"{MESSAGES} (?:that )?(?:is|are|were|was) (?:still )?pending",
    rf"pending {MESSAGES}",
)
"""Rows of both states answer what no filter can."""
_MOOD: Final = spoken(
    rf"how (?:do|did|does|are|were) (?:\w+ ){{0,2}}?(?:{PEOPLE}|they|everyone) feel(?:ing)?",
    r"how (?:did|has|have|does|do) (?:(?:the|our) )?(?:\w+ )?(?:mood|sentiment|tone)s?",
    r"(?:how|what) (?:is|was|were|are) (?:the )?(?:\w+ )?(?:mood|sentiment|tone|feeling)s?",
)


def grouping_of(text: str, tags: Sequence[Tag]) -> Grouping | None:
    """The rows the text asks for; None where it asks for one number."""
    words = text.split()
    dimensions = tuple(dict.fromkeys(_dimensions(words, text, tags)))
    trend, limit = bool(_TREND.search(text)), row_limit(text)
    if not dimensions and ranks_reasons(text):
        # Within a topic its own problems are ranked.
        within = any(tag.kind is Kind.CATEGORY for tag in tags)
        dimensions = (Dimension.INTENT if within else Dimension.CATEGORY,)
    if _APART.search(text) and set(dimensions) <= TIMES:
        return Grouping(dimensions=dimensions, apart=True, trend=trend, order=told_order(text))
    if not dimensions and not trend and not asks_what_moved(text):
        return _of_rows_in_force(text, limit)
    if asks_what_moved(text):
        return Grouping(dimensions=dimensions or (Dimension.CATEGORY,), order=Order.VALUE_DESC, ranked=True)
    single = _is_single(words, tags) or _WHEN.search(text) or asks_for_one_reason(text)
    if not limit and single and (is_most(text) or is_least(text)):
        limit = 1
    ranked = is_ranked(text) or _is_asked(words, tags)
    order = told_order(text) or ranked_order(text) or bound_order(text)
    each = _each(words, tags) if limit else ()
    if each and set(dimensions) - set(each):
        # A limit would count over the rows of all of them together.
        dimensions = tuple(dict.fromkeys((*each, *dimensions)))
        return Grouping(dimensions=dimensions, order=order, ranked=ranked, of_each=True)
    return Grouping(dimensions=dimensions, order=order, limit=limit, trend=trend, ranked=ranked)


def _each(words: Sequence[str], tags: Sequence[Tag]) -> tuple[Dimension, ...]:
    """The dimensions of whose every row the top is asked: "the top category on each channel"."""
    kinds = (tag for tag in tags if tag.kind is Kind.DIMENSION)
    return tuple(Dimension(tag.values[0]) for tag in kinds if words[max(tag.start - 1, 0)] in _OF_EACH)


def _of_rows_in_force(text: str, limit: int) -> Grouping | None:
    """Another order or number of the rows in force: "top 5", "which one is the biggest?", "lowest first"."""
    if (_WHICH_ONE.search(text) or is_bare_superlative(text)) and (is_most(text) or is_least(text)):
        return None if changes(text) else Grouping(order=ranked_order(text), limit=limit or 1)
    order = told_order(text) or (ranked_order(text) if limit else None)
    return Grouping(order=order, limit=limit) if limit or order else None


def default_order(dimensions: Sequence[Dimension]) -> Order:
    """Time rows run in time, label rows from the most to the least."""
    return Order.KEY_ASC if any(dimension in TIMES for dimension in dimensions) else Order.VALUE_DESC


def _dimensions(words: Sequence[str], text: str, tags: Sequence[Tag]) -> Iterator[Dimension]:
    previous: Tag | None = None
    for tag in tags:
        if tag.kind is not Kind.DIMENSION or _is_all_time(words, tag):
            continue
        if _is_chained(words, previous, tag) or _is_grouped(words, tag):
            previous = tag
            yield Dimension(tag.values[0])
    yield from (Dimension(ADVERBS[word]) for word in words if word in ADVERBS)
    if found := _DAY_BY_DAY.search(text):
        yield Dimension(found[1])
    if _STATUS.search(text):
        yield Dimension.STATUS
    if _WHEN.search(text):
        yield Dimension.HOUR
    elif _MOOD.search(text):
        yield Dimension.SENTIMENT
    elif _ABOUT.search(text) and previous is None:
        yield Dimension.CATEGORY


def _is_all_time(words: Sequence[str], tag: Tag) -> bool:
    return tag.text == "time" and words[max(tag.start - 1, 0)] in {"all", "any"}


def _is_chained(words: Sequence[str], previous: Tag | None, tag: Tag) -> bool:
    return previous is not None and set(words[previous.end : tag.start]) <= _CHAIN


def _is_grouped(words: Sequence[str], tag: Tag) -> bool:
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
    )


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
    while trimmed and trimmed[-1] in _ARTICLES:
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


def _is_asked(words: Sequence[str], tags: Sequence[Tag]) -> bool:
    """Whether it is asked "which channel": rows in the order of their numbers, even for hours and days."""
    return any(tag.kind is Kind.DIMENSION and set(words[max(tag.start - 2, 0) : tag.start]) & _ASKED for tag in tags)


def _is_single(words: Sequence[str], tags: Sequence[Tag]) -> bool:
    """Whether the superlative asks for one row: "the busiest day", "which channel has the most"."""
    grouped = [tag for tag in tags if tag.kind is Kind.DIMENSION and _is_grouped(words, tag)]
    noun = words[grouped[0].end - 1] if grouped else "s"
    return not noun.endswith("s") or noun == "status"
