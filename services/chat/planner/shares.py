"""Shares: the part over the whole. The whole is stated in `share_of`, the part's own filters are added to it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.chat.lexicon.entry import TOPICS, Kind
from services.chat.planner.cues import is_comparative
from services.chat.planner.filters import FIELDS, MOODS, Edit, edited, part, with_part
from services.chat.planner.grouping import TIMES
from services.chat.planner.items import Item
from services.chat.planner.reading import Reading
from services.chat.question import Filters, LabelFilter, Measure, StatsQuery

_OF_THEM: Final = re.compile(r"\bof (?:them|those|these|that|it)\b")
_OF_ALL: Final = re.compile(r"\bof (?:all|any)\b")
_OF_OTHERS: Final = re.compile(r"\bof (?:all|any|each|every)\b")
_ONE_VALUED: Final = frozenset({"sources", "sentiments", "languages", "user_ids"})


def shared(reading: Reading, items: Sequence[Item], old: StatsQuery) -> StatsQuery:
    """The query with both sides of the share set; a follow-up without a share word edits the share in force."""
    if reading.measure is not Measure.SHARE:
        return _followed(reading, items, old)
    if is_comparative(reading.text) and reading.share is None:
        own = [item for item in items if item.kind in {Kind.MOOD, Kind.SENTIMENT}]
    else:
        own = [item for item in items if reading.share and _is_in(item, reading.share.part)]
    rest = [item for item in items if item not in own]
    if not items and _is_told_by_labels(old) and not _OF_OTHERS.search(reading.text):
        return replace(old, share_of=old.filters)
    before = _before(reading, own, rest, old)
    whole = edited(before, rest, Edit())
    if own:
        return replace(old, filters=both(whole, edited(Filters(), own, Edit())), share_of=whole)
    filters = _kept(old, whole, rest)
    of_itself = bool(rest) and filters == whole and reading.grouping is None and not old.group_by
    return replace(old, filters=filters, share_of=before if of_itself else whole)


def _is_told_by_labels(old: StatsQuery) -> bool:
    """Whether counts of labels are in force, which "as percentages" makes parts of all that were counted."""
    return old.share_of is None and bool(old.group_by) and not TIMES & set(old.group_by)


def _before(reading: Reading, own: Sequence[Item], rest: Sequence[Item], old: StatsQuery) -> Filters:
    """What of the filters in force belongs to the whole: all of it, unless the part itself is in force."""
    if old.share_of is not None:
        return old.share_of
    if not own and rest and _OF_ALL.search(reading.text):
        return Filters()
    if own or _OF_THEM.search(reading.text) or any(item.kind in TOPICS for item in rest):
        return old.filters
    return replace(old.filters, categories=LabelFilter(), intents=LabelFilter(), sentiments=LabelFilter())


def _kept(old: StatsQuery, whole: Filters, rest: Sequence[Item]) -> Filters:
    return edited(old.filters, rest, Edit()) if old.filters != Filters() else whole


def _is_in(item: Item, span: tuple[int, int]) -> bool:
    return span[0] <= item.start < span[1]


def _followed(reading: Reading, items: Sequence[Item], old: StatsQuery) -> StatsQuery:
    whole = old.share_of or Filters()
    edit = Edit(narrows=reading.narrows, adds=reading.adds)
    if old.group_by and old.filters == old.share_of:
        parts = edited(whole, items, edit)
        return replace(old, filters=parts, share_of=parts)
    own_topic = old.filters.categories or set(old.filters.intents.any_of) - MOODS
    topical = bool(whole.categories or whole.intents or not own_topic)
    common = [
        item for item in items if item.field in {"sources", "languages"} or (topical and item.kind is Kind.CATEGORY)
    ]
    own = [item for item in items if item not in common or item.kind in TOPICS]
    filters = edited(old.filters, [item for item in items if item in own or item in common], edit)
    return replace(old, filters=filters, share_of=edited(whole, common, edit))


def both(whole: Filters, own: Filters) -> Filters:
    """Messages that meet both filters. Where a message has many labels, two either-ors need `all_of`."""
    for field in FIELDS:
        outer, inner = part(whole, field), part(own, field)
        if inner:
            whole = with_part(whole, field, _both(outer, inner, one_valued=field in _ONE_VALUED))
    return whole


def _both(outer: LabelFilter, inner: LabelFilter, *, one_valued: bool) -> LabelFilter:
    none_of = tuple(dict.fromkeys(outer.none_of + inner.none_of))
    if one_valued or not outer.any_of or not inner.any_of:
        all_of = tuple(dict.fromkeys(outer.all_of + inner.all_of))
        return LabelFilter(any_of=inner.any_of or outer.any_of, none_of=none_of, all_of=all_of)
    if len(inner.any_of) == 1 or len(outer.any_of) > 1:
        return LabelFilter(any_of=outer.any_of, none_of=none_of, all_of=outer.all_of + inner.all_of + inner.any_of)
    return LabelFilter(any_of=inner.any_of, none_of=none_of, all_of=outer.all_of + inner.all_of + outer.any_of)
