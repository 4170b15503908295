"""Filters as edits: what a turn's items make of the filters in force."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from services.chat.lexicon.entry import TOPICS, Kind
from services.chat.planner.own_topics import inside, joined, ordered, wanted_topics
from services.chat.planner.wishes import Item, Wish
from services.chat.question import Filters, LabelFilter
from services.runtime.labels import CATEGORY_OF_INTENT

FIELDS: Final = ("categories", "intents", "sources", "sentiments", "languages", "user_ids")
MOODS: Final = frozenset({"complaint", "praise"})


def part(filters: Filters, field: str) -> LabelFilter:
    """One field's filter by its name."""
    found: LabelFilter = getattr(filters, field)
    return found


def with_part(filters: Filters, field: str, label: LabelFilter) -> Filters:
    """`filters` with one field replaced."""
    changed: dict[str, Any] = {field: label}
    return replace(filters, **changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """How items meet the filters in force: `narrows` keeps the topic in force, `adds` widens its values."""

    narrows: bool = False
    adds: bool = False


def edited(filters: Filters, items: Sequence[Item], edit: Edit) -> Filters:
    """The filters after a turn's items."""
    others = any(item.kind in TOPICS and item.wish is not Wish.FORGET for item in items)
    items = [item if others and item.kind in TOPICS else _left_out(filters, item) for item in items]
    for item in items:
        if item.wish is Wish.FORGET:
            filters = _without(filters, item)
    asked = [item for item in items if item.wish is not Wish.FORGET]
    filters = _topics(filters, [item for item in asked if item.kind in TOPICS], edit)
    filters = _without_contradiction(filters, asked)
    for field in ("sources", "sentiments", "languages"):
        filters = _values(filters, field, [item for item in asked if item.field == field], edit)
    return filters


_OPPOSITE: Final = {"complaint": "positive", "praise": "negative"}


def _without_contradiction(filters: Filters, items: Sequence[Item]) -> Filters:
    """A mood named anew takes the place of the opposite sentiment in force: "were they happy?", "how many angry?"."""
    opposite = {_OPPOSITE[value] for item in items if item.kind is Kind.MOOD for value in item.values}
    if not opposite & set(filters.sentiments.any_of):
        return filters
    return with_part(filters, "sentiments", LabelFilter())


def _left_out(filters: Filters, item: Item) -> Item:
    """An item to forget that nothing in force restricts to is one to leave out: "drop e-mail" after rows by channel."""
    leaves_out = item.wish is Wish.FORGET and not _restricts(filters, item)
    return replace(item, wish=Wish.NONE) if leaves_out else item


def _restricts(filters: Filters, item: Item) -> bool:
    """Whether the filters in force name what the item names, so that it can be taken back."""
    label = part(filters, item.field)
    if item.kind not in TOPICS:
        return bool(label)
    named = {*label.any_of, *label.none_of, *label.all_of}
    if item.kind is Kind.CATEGORY:
        named |= {CATEGORY_OF_INTENT[intent] for intent in filters.intents.any_of}
    return bool(named & set(item.values))


def _without(filters: Filters, item: Item) -> Filters:
    label = part(filters, item.field)
    kept = LabelFilter(
        any_of=_less(label.any_of, item.values),
        none_of=_less(label.none_of, item.values),
        all_of=_less(label.all_of, item.values),
    )
    filters = with_part(filters, item.field, kept)
    if item.kind is Kind.CATEGORY:
        inside = [intent for intent in filters.intents.any_of if CATEGORY_OF_INTENT[intent] in item.values]
        filters = with_part(filters, "intents", replace(filters.intents, any_of=_less(filters.intents.any_of, inside)))
    return filters


def _less(values: Iterable[str], gone: Iterable[str]) -> tuple[str, ...]:
    out = set(gone)
    return tuple(value for value in values if value not in out)


def _values(filters: Filters, field: str, items: Sequence[Item], edit: Edit) -> Filters:
    if not items:
        return filters
    label = part(filters, field)
    wanted = joined(*(item.values for item in items if item.wish is not Wish.NONE))
    unwanted = joined(*(item.values for item in items if item.wish is Wish.NONE))
    any_of = joined(label.any_of, wanted) if edit.adds and wanted else wanted or _left(label.any_of, unwanted, edit)
    if edit.adds and not label.any_of and set(wanted) <= set(label.none_of):
        any_of = ()
    none_of = joined(() if wanted and not edit.adds else label.none_of, unwanted)
    return with_part(filters, field, LabelFilter(any_of=any_of, none_of=_less(none_of, wanted)))


def _left(values: tuple[str, ...], unwanted: tuple[str, ...], edit: Edit) -> tuple[str, ...]:
    """Of the values in force. "Not in English" after "in German" says nothing of German, unless it narrows."""
    kept = _less(values, unwanted)
    return kept if kept != values or edit.narrows or edit.adds else ()


def _topics(filters: Filters, items: Sequence[Item], edit: Edit) -> Filters:
    unwanted = [item for item in items if item.wish is Wish.NONE]
    every = [item for item in items if item.wish is Wish.ALL]
    wanted = [item for item in items if item.wish is Wish.ANY]
    if wanted or every:
        fresh = wanted_topics(wanted, every)
        filters = _added(filters, fresh) if edit.adds and not every else _set(filters, fresh, items, edit)
    for field in ("categories", "intents"):
        gone = joined(*(item.values for item in unwanted if item.field == field))
        if gone:
            label = part(filters, field)
            any_of = _less(label.any_of, gone)
            filters = with_part(filters, field, replace(label, any_of=any_of, none_of=joined(label.none_of, gone)))
    return filters


def _added(filters: Filters, fresh: Filters) -> Filters:
    """The topics in force or the new ones, told in intents where both kinds meet; one left out before comes back."""
    for field in ("categories", "intents"):
        label, back = part(filters, field), part(fresh, field)
        if back.any_of and not label.any_of and set(back.any_of) <= set(label.none_of):
            filters = with_part(filters, field, replace(label, none_of=_less(label.none_of, back.any_of)))
            fresh = with_part(fresh, field, LabelFilter())
    old = filters.categories.any_of, filters.intents.any_of
    new = fresh.categories.any_of, fresh.intents.any_of
    if not old[1] and not new[1]:
        return with_part(filters, "categories", replace(filters.categories, any_of=joined(old[0], new[0])))
    if not old[0] and not new[0]:
        return with_part(filters, "intents", replace(filters.intents, any_of=joined(old[1], new[1])))
    intents = ordered({*inside(old[0]), *old[1], *inside(new[0]), *new[1]})
    filters = with_part(filters, "categories", replace(filters.categories, any_of=()))
    return with_part(filters, "intents", replace(filters.intents, any_of=intents))


def _set(filters: Filters, fresh: Filters, items: Sequence[Item], edit: Edit) -> Filters:
    """Replace the topic in force, or narrow it. A mood beside a topic stays when only the topic is replaced."""
    only_mood = all(item.kind is Kind.MOOD for item in items)
    adjective = all(item.adjective for item in items)
    if only_mood and (adjective or edit.narrows):
        return with_part(filters, "intents", _narrowed(filters.intents, fresh.intents))
    mood = tuple(intent for intent in filters.intents.any_of if intent in MOODS)
    subject = filters.categories or set(filters.intents.any_of) - MOODS
    keeps_mood = bool(mood) and not fresh.intents.any_of and (bool(subject) or edit.narrows)
    if edit.narrows and fresh.intents and not fresh.categories and _is_inside(fresh.intents.any_of, filters):
        return with_part(with_part(filters, "intents", fresh.intents), "categories", LabelFilter())
    intents = replace(fresh.intents, any_of=mood) if keeps_mood else fresh.intents
    return with_part(with_part(filters, "categories", fresh.categories), "intents", intents)


def _narrowed(old: LabelFilter, fresh: LabelFilter) -> LabelFilter:
    """A mood beside other intents cannot be an either-or: then all of them must hold with it."""
    others = tuple(intent for intent in old.any_of if intent not in MOODS)
    if len(others) == 1 and fresh.any_of:
        return LabelFilter(all_of=joined(old.all_of, others, fresh.any_of), none_of=old.none_of)
    if others and fresh.any_of:
        return LabelFilter(any_of=others, all_of=joined(old.all_of, fresh.any_of), none_of=old.none_of)
    return LabelFilter(any_of=fresh.any_of, all_of=joined(old.all_of, fresh.all_of), none_of=old.none_of)


def _is_inside(intents: Sequence[str], filters: Filters) -> bool:
    return all(CATEGORY_OF_INTENT[intent] in filters.categories.any_of for intent in intents)
