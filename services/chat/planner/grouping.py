"""Rows: by which dimensions, in which order, how many."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from services.chat.lexicon.entry import Kind, Tag
from services.chat.lexicon.listing import word_set
from services.chat.lexicon.nouns import ADVERBS
from services.chat.planner.reading import Grouping
from services.chat.question import Dimension, Order

TIMES: Final = frozenset({Dimension.HOUR, Dimension.DAY, Dimension.WEEK, Dimension.MONTH, Dimension.WEEKDAY})

_BY: Final = frozenset({"by", "per", "each", "every", "across", "into"})
_SMALL: Final = word_set(
    "the a an each every our single all different individual of in over for to calendar by per how which"
    " their contact message"
)
_ASKED: Final = frozenset({"which", "what", "whichever"})
_RANKED: Final = frozenset({Dimension.CATEGORY, Dimension.INTENT})
_MOST: Final = re.compile(
    r"\b(?:most|top|biggest|largest|highest|main|commonest|busiest|peak|greatest|worst|leading|hottest"
    r"|strongest|chief|principal|dominant"
    r"|angriest|unhappiest|happiest|loudest|heaviest|number 1|key|major|prevalent|frequent|predominant)\b(?! recent)"
)
_LEAST: Final = re.compile(r"\b(?:least|fewest|lowest|smallest|rarest|quietest|bottom|calmest|slowest|slackest)\b")
_COUNTED: Final = re.compile(
    r"\b(?:top|bottom|first|biggest|best|worst|leading|main|the|most) (\d{1,3})\b(?! (?:percent"
    r"|examples?|messages?|complaints?|days? of|weeks? of))"
    r"|\b(\d{1,3}) (?:\w+ )?(?:most|least|biggest|largest|top|busiest|quietest|main|highest|lowest"
    r"|fewest|commonest|rarest|leading|smallest|peak|worst)\b"
)
_TREND: Final = re.compile(
    r"\b(?:trends?|trending|trendline|over time|evol(?:ve|ved|ution|ving)|timeline|time series"
    r"|time line|curve|developments?|develop(?:ed|ing)?"
    r"|history of|progress(?:ion|ed)?|course of|chart|graph|plot)\b"
)
_DAY_BY_DAY: Final = re.compile(r"\b(hour|day|week|month) (?:by|to|for) \1\b")
_WHEN: Final = re.compile(
    r"\bwhen (?:do|did|does|are|is|was|were)\b.*\b(?:most|mostly|busiest|peak|highest|usually"
    r"|typically)\b|\bwhat time\b|\bwhen (?:is|was) it busiest\b"
)
_REASONS: Final = re.compile(
    r"\bwhat (?:\w+ )?(?:are|is|were|was|did|do|does|have) (?:\w+ ){0,3}?(?:people|users|customers"
    r"|players|they|clients|members|everyone|folks|messages|complaints|tickets|it|punters|gamblers"
    r"|guests|chats|angry|unhappy)\b.*\b(?:about|for|with|over|regarding|mostly|most)(?= (?:§|on|in"
    r"|via|from|by|most|mostly|the most|,|and)|$)"
    r"|\bwhy (?:do|did|are|were|have|would) (?:(?:our|the|most|these|those) )*(?:people|users"
    r"|customers|players|members|clients|folks) (?:\w+ )?(?:contact|contacting|contacted|write|writing"
    r"|written|wrote|reach|reaching|message|messaging|get|getting|come|call|calling)\b"
    r"|\bwhat (?:are|is|were|was) (?:\w+ )?(?:everyone|people|customers|users|players) (?:complaining"
    r"|asking|writing|talking|messaging|angry|unhappy)\b"
    r"|\bwhat (?:do|did|does) (?:\w+ )?(?:people|customers|users|players|they) (?:mostly |mainly "
    r"|usually )?(?:complain|ask|write|talk|want|need|message|contact|report)\b"
    r"|\bwhat problems\b|\bwhich problems\b|\bwhat issues\b|\bwhich issues\b|\b(?:most common|top"
    r"|biggest|main) (?:\d+ )?(?:problems|issues|complaints|questions|concerns)\b"
    r"|\b(?:overview|summary|summari[sz]e|digest|recap)\b"
)
_MOODS: Final = re.compile(
    r"\bhow (?:do|did|does|are|were|is|was) (?:\w+ ){0,2}?(?:people|customers|users|players|they"
    r"|the mood|the sentiment|the tone|everyone|clients|members) ?(?:feel|feeling)?\b.*|\b(?:how"
    r"|what) (?:is|was|were|are) (?:the )?(?:\w+ )?(?:mood|sentiment|tone|feeling)s?\b"
)
_RANK: Final = re.compile(
    r"\b(?:rank(?:ed|ing|s)?|sort(?:ed)? by (?:count|number|volume|value)|order(?:ed)? by (?:count"
    r"|number|volume|value)|leaderboard)\b"
)
_ASCENDING: Final = re.compile(
    r"\b(?:ascending|lowest first|least first|smallest first|fewest first|from low to high"
    r"|increasing order)\b"
)
_DESCENDING: Final = re.compile(
    r"\b(?:descending|highest first|most first|largest first|biggest first|from high to low"
    r"|decreasing order)\b"
)
_NEWEST: Final = re.compile(r"\b(?:newest first|latest first|most recent first|reverse chronological|backwards)\b")
_OLDEST: Final = re.compile(
    r"\b(?:oldest first|chronological(?:ly)?|alphabetical(?:ly)?|in order of time|earliest first)\b"
)
_SPREAD: Final = frozenset({"breakdown", "split", "distribution", "mix", "ranking", "spread", "composition", "shares"})


def grouping_of(text: str, tags: Sequence[Tag]) -> Grouping | None:
    """The rows the text asks for; None where it asks for one number."""
    words = text.split()
    dimensions = tuple(dict.fromkeys(_dimensions(words, text, tags)))
    trend = bool(_TREND.search(text))
    most, least = _MOST.search(text), _LEAST.search(text)
    limit = _limit(text)
    if not dimensions and (limit or _MOST.search(text) is not None) and _ranks_reasons(text, limit):
        dimensions = (Dimension.CATEGORY,)
    if not dimensions and not trend:
        return Grouping(order=_order(text), limit=limit) if limit or _order(text) else None
    ranked = bool(most or least or limit or _RANK.search(text) or _is_asked(words, tags))
    if (most or least) and not limit and (_is_single(words, tags) or _WHEN.search(text)):
        limit = 1
    order = _order(text) or _by_rank(
        dimensions, ranked=ranked, most=most is not None, least=least is not None, text=text
    )
    return Grouping(dimensions=dimensions, order=order, limit=limit, trend=trend, ranked=ranked)


def default_order(dimensions: Sequence[Dimension]) -> Order:
    """Time rows run in time, label rows from the most to the least."""
    return Order.KEY_ASC if any(dimension in TIMES for dimension in dimensions) else Order.VALUE_DESC


def _dimensions(words: Sequence[str], text: str, tags: Sequence[Tag]) -> Iterator[Dimension]:
    previous: Tag | None = None
    for tag in tags:
        if tag.kind is not Kind.DIMENSION:
            continue
        chained = previous is not None and set(words[previous.end : tag.start]) <= (
            _SMALL | {"and", ",", "by", "&", "then"}
        )
        if chained or _is_grouped(words, tag):
            previous = tag
            yield Dimension(tag.values[0])
    yield from (Dimension(ADVERBS[word]) for word in words if word in ADVERBS)
    if found := _DAY_BY_DAY.search(text):
        yield Dimension(found[1])
    if _WHEN.search(text):
        yield Dimension.HOUR
    elif _MOODS.search(text):
        yield Dimension.SENTIMENT
    elif _REASONS.search(text) and previous is None:
        yield Dimension.CATEGORY


def _is_grouped(words: Sequence[str], tag: Tag) -> bool:
    before = list(words[max(tag.start - 4, 0) : tag.start])
    after = words[tag.end] if tag.end < len(words) else ""
    word = words[tag.start]
    if before and before[-1] in {"this", "that", "same", "last", "forget", "about"}:
        return False
    if "all" in before[-1:] and "across" in before[-2:]:
        return False
    trimmed = list(before)
    while trimmed and trimmed[-1] in _SMALL - {"by", "per", "each", "every", "which", "what", "how"}:
        trimmed.pop()
    led = bool(trimmed) and (trimmed[-1] in _BY or trimmed[-1] in _ASKED or trimmed[-1] in {"rank", "list"})
    measured = bool(_MOST.search(" ".join(before[-2:])) or _LEAST.search(" ".join(before[-2:])))
    numbered = (
        bool(before)
        and before[-1].isdigit()
        and bool(_MOST.search(" ".join(before)) or _LEAST.search(" ".join(before)))
    )
    spread = after in _SPREAD or bool(trimmed and trimmed[-1] in _SPREAD) or any(w in _SPREAD for w in before[-2:])
    reasons = word.rstrip("s") in {"reason", "topic", "theme", "driver", "subject"} and _is_free(before)
    return led or measured or numbered or spread or reasons


def _is_free(before: Sequence[str]) -> bool:
    return not before or before[-1] not in {
        "that",
        "this",
        "same",
        "other",
        "forget",
        "drop",
        "any",
        "all",
        "clear",
        "for",
    }


def _is_asked(words: Sequence[str], tags: Sequence[Tag]) -> bool:
    """Whether it is asked "which channel": rows in the order of their numbers, even for hours and days."""
    return any(tag.kind is Kind.DIMENSION and set(words[max(tag.start - 2, 0) : tag.start]) & _ASKED for tag in tags)


def _is_single(words: Sequence[str], tags: Sequence[Tag]) -> bool:
    """Whether the superlative asks for one row: "the busiest day", "which channel has the most"."""
    for tag in tags:
        if tag.kind is not Kind.DIMENSION or not _is_grouped(words, tag):
            continue
        noun = words[tag.end - 1]
        return not noun.endswith("s") or noun == "status"
    return False


def _limit(text: str) -> int:
    found = _COUNTED.search(text)
    return int(found[1] or found[2]) if found else 0


def _ranks_reasons(text: str, limit: int) -> bool:
    topless = re.search(r"\b(?:top|most common|most frequent|main|biggest)\b", text)
    return bool(topless) and (
        limit > 0 or bool(re.search(r"\b(?:problems|issues|complaints|questions|concerns)\b", text))
    )


def _order(text: str) -> Order | None:
    for pattern, order in (
        (_ASCENDING, Order.VALUE_ASC),
        (_DESCENDING, Order.VALUE_DESC),
        (_NEWEST, Order.KEY_DESC),
        (_OLDEST, Order.KEY_ASC),
    ):
        if pattern.search(text):
            return order
    return None


def _by_rank(dimensions: Sequence[Dimension], *, ranked: bool, most: bool, least: bool, text: str) -> Order | None:
    if least and not most:
        return Order.VALUE_ASC
    if most or _RANK.search(text):
        return Order.VALUE_DESC
    return None if any(dimension in TIMES for dimension in dimensions) or not ranked else Order.VALUE_DESC
