"""Shares: the part over the whole. The whole is stated in `share_of`, the part's own filters are added to it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.chat.lexicon.entry import TOPICS, Kind
from services.chat.planner.cues import is_comparative
from services.chat.planner.filters import FIELDS, MOODS, Edit, edited, part, with_part
from services.chat.planner.reading import Reading
from services.chat.planner.row_nouns import TIMES
from services.chat.planner.wishes import Item
from services.chat.question import Filters, LabelFilter, Measure, StatsQuery

_OF_THEM: Final = re.compile(r"\bof (?:them|those|these|that|it)\b")
_OF_ALL: Final = re.compile(r"\bof (?:all|any)\b")
_OF_EVERYTHING: Final = re.compile(
    r"\bof (?:everything|all(?: (?:the|our|of the))?(?: (?:messages|tickets|traffic|contacts|conversations))?)"
    r"(?= ?$| [?,]| (?:is|are|was|were|does|do|did|that|§))"
)
_OF_OTHERS: Final = re.compile(
    r"\bof (?:all|any|each|every|(?:the|their|its|that|those) (?:channel|source|language|month|week|day)s?)\b"
)
_AS_PART: Final = re.compile(r"^(?:(?:and|now|then|the|same) )*(?:as|in) (?:an? |the )?\w+ of\b")
_SPREAD: Final = re.compile(r"\b(?:breakdown|split|distribution|mix|composition|make ?up|spread)\b")
_ONE_VALUED: Final = frozenset({"sources", "sentiments", "languages", "user_ids"})


def shared(reading: Reading, items: Sequence[Item], old: StatsQuery) -> StatsQuery:
    """The query with both sides of the share set; a follow-up without a share word edits the share in force."""
    if reading.measure is not Measure.SHARE:
        return _followed(reading, items, old)
    if in_force := _in_force_in(reading, items, old):
        return in_force
    if _is_spread(reading):
        return _spread(edited(old.filters, items, Edit()), old)
    if not items and _is_told_by_labels(old) and not (_OF_OTHERS.search(reading.text) or _said(reading, ())):
        return _spread(old.filters, old)
    own = _own(reading, items)
    said = _said(reading, own)
    if said is not None:
        return _of_said(said, [] if reading.quoted_in_part else own, items, old)
    return _of_the_rest(reading, items, own, old)


def _in_force_in(reading: Reading, items: Sequence[Item], old: StatsQuery) -> StatsQuery | None:
    """What is in force as a share of another whole, where that is asked: "of all messages", "as part of deposits"."""
    if not items and not old.group_by and old.filters != Filters() and _OF_EVERYTHING.search(reading.text):
        return replace(old, share_of=Filters())
    another = _AS_PART.search(reading.text) and _names_another(items, old.filters)
    return _in_force_of(items, old) if another else None


def _of_the_rest(reading: Reading, items: Sequence[Item], own: Sequence[Item], old: StatsQuery) -> StatsQuery:
    """The share of the items of the part in what the others name; without such a part, of the filters in force."""
    rest = [item for item in items if item not in own]
    before = _before(reading, own, rest, old) if not tells_times(reading, items) else old.share_of or old.filters
    whole = edited(before, rest, Edit())
    if own:
        return replace(old, filters=both(whole, edited(Filters(), own, Edit())), share_of=whole)
    filters = _kept(old, whole, rest)
    if filters == whole and rest and not (reading.grouping or old.group_by or tells_times(reading, items)):
        whole = before if before != filters else _unsaid(before)
    return replace(old, filters=filters, share_of=whole)


def _spread(filters: Filters, old: StatsQuery) -> StatsQuery:
    """Each row as a part of all that `filters` hold."""
    return replace(old, filters=filters, share_of=filters)


def _names_another(rest: Sequence[Item], filters: Filters) -> bool:
    """Whether a topic is named that is not the one in force."""
    return any(item.kind in TOPICS and set(item.values) - set(part(filters, item.field).any_of) for item in rest)


def _in_force_of(rest: Sequence[Item], old: StatsQuery) -> StatsQuery:
    """What is in force as a share of the topic named: rejected payouts, "as a percentage of withdrawals"."""
    none = LabelFilter()
    base = old.share_of or replace(_unsaid(old.filters), categories=none, intents=none, sentiments=none)
    whole = edited(base, rest, Edit())
    return replace(old, filters=both(whole, old.filters), share_of=whole)


def tells_times(reading: Reading, items: Sequence[Item]) -> bool:
    """Whether the part of a share is told by hours or days alone: "what share of complaints come in at night"."""
    told = _own(reading, items) or reading.quoted or reading.user_ids
    return reading.measure is Measure.SHARE and bool(reading.times) and not told


def _is_spread(reading: Reading) -> bool:
    """Whether labels are to be told as parts of what they add up to: "language breakdown in percent"."""
    rows = reading.grouping.dimensions if reading.grouping else ()
    return bool(set(rows) - TIMES) and bool(_SPREAD.search(reading.text))


def _own(reading: Reading, items: Sequence[Item]) -> list[Item]:
    """The items of the part alone."""
    if is_comparative(reading.text) and reading.share is None:
        return [item for item in items if item.kind in {Kind.MOOD, Kind.SENTIMENT}]
    own = [item for item in items if reading.share and _is_in(item, reading.share.part)]
    told = [item for item in own if item.field not in {"sources", "languages"}]
    # What is compared is not the part: "telegram and e-mail negative share, compared".
    return told if reading.contrast and told else own


def _of_said(said: Filters, own: Sequence[Item], items: Sequence[Item], old: StatsQuery) -> StatsQuery:
    """The share of the messages that hold a passage or come from a user, in what else is asked about."""
    rest = [item for item in items if item not in own]
    whole = edited(old.share_of or _unsaid(old.filters), rest, Edit())
    return replace(old, filters=both(whole, edited(said, own, Edit())), share_of=whole)


def _unsaid(filters: Filters) -> Filters:
    return replace(filters, text="", user_ids=LabelFilter())


def _said(reading: Reading, own: Sequence[Item]) -> Filters | None:
    """The passage or the user that makes the part, where no label does; None where neither does."""
    text = reading.quoted if reading.quoted_in_part or not own else ""
    said = Filters(text=text, user_ids=LabelFilter() if own else reading.user_ids)
    return said if said != Filters() else None


def _is_told_by_labels(old: StatsQuery) -> bool:
    """Whether counts of labels are in force, which "as percentages" makes parts of all that were counted."""
    return old.share_of is None and bool(old.group_by) and not TIMES & set(old.group_by)


def _before(reading: Reading, own: Sequence[Item], rest: Sequence[Item], old: StatsQuery) -> Filters:
    """What of the filters in force belongs to the whole: all of it, unless the part itself is in force."""
    if old.share_of is not None:
        return old.share_of
    if not own and rest and _OF_ALL.search(reading.text):
        return Filters()
    if own or (rest and _OF_THEM.search(reading.text)) or any(item.kind in TOPICS for item in rest):
        return old.filters
    none = LabelFilter()
    return replace(_unsaid(old.filters), categories=none, intents=none, sentiments=none)


def _kept(old: StatsQuery, whole: Filters, rest: Sequence[Item]) -> Filters:
    return edited(old.filters, rest, Edit()) if old.filters != Filters() else whole


def _is_in(item: Item, span: tuple[int, int]) -> bool:
    return span[0] <= item.start < span[1]


def _followed(reading: Reading, items: Sequence[Item], old: StatsQuery) -> StatsQuery:
    whole = old.share_of or Filters()
    if reading.quoted and whole.text:
        whole = replace(whole, text=reading.quoted)
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
    return replace(whole, text=own.text or whole.text)


def _both(outer: LabelFilter, inner: LabelFilter, *, one_valued: bool) -> LabelFilter:
    none_of = tuple(dict.fromkeys(outer.none_of + inner.none_of))
    one_valued = one_valued or bool(inner.any_of and set(inner.any_of) < set(outer.any_of))
    if one_valued or not outer.any_of or not inner.any_of:
        all_of = tuple(dict.fromkeys(outer.all_of + inner.all_of))
        return LabelFilter(any_of=inner.any_of or outer.any_of, none_of=none_of, all_of=all_of)
    if len(inner.any_of) == 1 or len(outer.any_of) > 1:
        return LabelFilter(any_of=outer.any_of, none_of=none_of, all_of=outer.all_of + inner.all_of + inner.any_of)
    return LabelFilter(any_of=inner.any_of, none_of=none_of, all_of=outer.all_of + inner.all_of + outer.any_of)
