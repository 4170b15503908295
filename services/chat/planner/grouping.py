"""Rows: by which dimensions they are grouped."""

from collections.abc import Iterator, Sequence
from typing import Final

from services.chat.lexicon.entry import Kind, Tag
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
    ranked_order,
    ranks_reasons,
    row_limit,
    told_order,
)
from services.chat.planner.reading import Grouping
from services.chat.planner.row_nouns import (
    TIMES,
    is_all_time,
    is_asked,
    is_chained,
    is_grouped,
    is_single,
    names_a_label,
)
from services.chat.question import Dimension, Order

_OF_EACH: Final = frozenset({"each", "every", "per", "by"})
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
_DAY_BY_DAY: Final = spoken(r"(hour|day|week|month) (?:by|to|for|over) \1", r"(month) on month")
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
    rf"\bwhat (?:are|is|were|was|do|did|does) (?:\w+ ){{0,3}}?{_THEY} (?:(?:mostly|mainly|usually) )?{_ASKING}\b",
    rf"\bwhat (?:do|did|does|are|were) (?:\w+ ){{1,4}}?{_ASKING}(?: us)? (?:mostly |most )?(?:about|for|over)(?= |$)",
    r"\b(?:what|which) (?:problems|issues)\b",
    r"\bwhat (?:did|do|have) we (?:get|got|receive|received|see|seen|have|had|hear|heard) (?:the )?most\b",
    r"\b(?:overview|summary|summari[sz]e|digest|recap|highlights?|headlines|tldr|rundown|dashboard)\b",
    r"(?:^|\b(?:give|show|get|want|need|have|send|do|see)(?: me| us)? )(?:(?:a|an|the|my|full|quick|short|brief"
    r"|complete|status|summary|good) )*report(?= (?:§|for|of|on|about|please)|$)",
    r"\bbreakdown\b",
    r"^(?:so |and )?how did (?:(?:our|the) )?§\d+ (?:go|look)(?= ?$| [?,])",
    r"\b(?:tell me about|describe|what (?:(?:has|is|was) )?(?:happened|happening|going(?: on)?|went(?: on)?)(?! to))"
    r" .*§",
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
    single = is_single(words, tags) or _WHEN.search(text) or asks_for_one_reason(text)
    if not limit and single and (is_most(text) or is_least(text)):
        limit = 1
    ranked = is_ranked(text) or is_asked(words, tags)
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
        if tag.kind is not Kind.DIMENSION or is_all_time(words, tag) or names_a_label(words, tags, tag):
            continue
        if is_chained(words, previous, tag) or is_grouped(words, tag):
            previous = tag
            yield Dimension(tag.values[0])
    yield from (Dimension(ADVERBS[word]) for word in words if word in ADVERBS)
    if found := _DAY_BY_DAY.search(text):
        yield Dimension(found[1] or found[2])
    if _STATUS.search(text):
        yield Dimension.STATUS
    if _WHEN.search(text):
        yield Dimension.HOUR
    elif _MOOD.search(text):
        yield Dimension.SENTIMENT
    elif _ABOUT.search(text) and previous is None:
        yield Dimension.CATEGORY
