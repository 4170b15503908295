"""The filters that a turn's own topics make: alternatives, a mood beside its topic, all of them together. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from services.chat.lexicon.entry import Kind
from services.chat.planner.wishes import Item
from services.chat.question import Filters, LabelFilter
from services.runtime.labels import CATEGORY_OF_INTENT, INTENTS


def wanted_topics(wanted: Sequence[Item], every: Sequence[Item]) -> Filters:
    """The filters of a turn's own topics. Chained topics are alternatives; a mood beside a topic holds with it."""
    chains = _chains(_mood_once(wanted))
    categories: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    for chain in chains:
        kinds = {item.kind for item in chain}
        values = joined(*(item.values for item in chain))
        if kinds == {Kind.MOOD}:
            moods = joined(moods, values)
        elif kinds == {Kind.CATEGORY}:
            categories = joined(categories, values)
        elif Kind.CATEGORY in kinds:
            intents = joined(intents, _leaves(chain))
        else:
            intents = joined(intents, values)
    all_categories = joined(*(item.values for item in every if item.field == "categories"))
    all_intents = joined(*(item.values for item in every if item.field == "intents"))
    if moods and len(intents) == 1:
        intents, moods, all_intents = (), (), joined(all_intents, intents, moods)
    if moods and intents:
        return Filters(
            categories=LabelFilter(any_of=categories, all_of=all_categories),
            intents=LabelFilter(any_of=intents, all_of=joined(all_intents, moods)),
        )
    if intents and {CATEGORY_OF_INTENT[intent] for intent in intents} <= set(categories):
        categories = ()
    return Filters(
        categories=LabelFilter(any_of=categories, all_of=all_categories),
        intents=LabelFilter(any_of=joined(intents, moods), all_of=all_intents),
    )


def _mood_once(items: Sequence[Item]) -> Sequence[Item]:
    """Read "deposit complaints and bonus complaints" as complaints about either."""
    pairs = list(zip(items[::2], items[1::2], strict=False))
    repeated = len(pairs) > 1 and len(items) % 2 == 0
    if not repeated or any(
        mood.kind is not Kind.MOOD or mood.values != items[1].values or mood.start != topic.end for topic, mood in pairs
    ):
        return items
    return [*(topic for topic, _ in pairs), replace(items[1], chained=False)]


def _chains(items: Sequence[Item]) -> list[list[Item]]:
    """Runs of chained items. An adjective stands outside: "angry deposit and withdrawal messages"."""
    chains: list[list[Item]] = []
    for item in items:
        if item.chained and chains and not _is_mood_before_topic(chains[-1], item):
            chains[-1].append(item)
        else:
            chains.append([item])
    return chains


def _is_mood_before_topic(chain: Sequence[Item], item: Item) -> bool:
    return item.adjective != chain[-1].adjective and Kind.MOOD in {item.kind, chain[-1].kind}


def _leaves(chain: Sequence[Item]) -> tuple[str, ...]:
    whole = [value for item in chain if item.kind is Kind.CATEGORY for value in item.values]
    return ordered(
        {*inside(whole), *(value for item in chain if item.kind is not Kind.CATEGORY for value in item.values)}
    )


def inside(categories: Iterable[str]) -> tuple[str, ...]:
    """The intents of the categories."""
    wanted = set(categories)
    return tuple(intent for intent in INTENTS if CATEGORY_OF_INTENT[intent] in wanted)


def ordered(intents: Iterable[str]) -> tuple[str, ...]:
    """The intents in the order of the label guide."""
    return tuple(sorted(intents, key=INTENTS.index))


def joined(*groups: Iterable[str]) -> tuple[str, ...]:
    """The values of all groups, each once."""
    return tuple(dict.fromkeys(value for group in groups for value in group))
