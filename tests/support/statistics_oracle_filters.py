"""Which messages count, for the statistics oracle: filters and label sets by plain Python."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.runtime.labels import CATEGORY_OF_INTENT
from services.store.filters import Filters, ValueFilter
from tests.support.statistics_world import WorldLabels, WorldMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A message and the labels it has at the instant asked about."""

    message: WorldMessage
    labels: WorldLabels | None
    custom: frozenset[str] = frozenset()
    """Ids of the custom categories that were known to hold for it."""
    incident: str | None = None
    """The incident it was known to belong to."""

    @property
    def intents(self) -> set[str]:
        return set(self.labels.intents) if self.labels else set()

    @property
    def categories(self) -> set[str]:
        return {CATEGORY_OF_INTENT[intent] for intent in self.intents}


def known_at(message: WorldMessage, as_of: datetime | None) -> Known:
    """What was known of a message at an instant; None: what is."""

    def was_known(since: datetime) -> bool:
        return as_of is None or since <= as_of

    incident = None
    if message.incident is not None and was_known(message.incident[1]):
        incident = str(UUID(int=message.incident[0]))
    custom = frozenset(str(UUID(int=category)) for category, since in message.custom if was_known(since))
    return Known(message=message, labels=labels_at(message, as_of), custom=custom, incident=incident)


def labels_at(message: WorldMessage, as_of: datetime | None) -> WorldLabels | None:
    for labels in message.labels:
        if as_of is None:
            if labels.valid_to is None:
                return labels
        elif labels.valid_from <= as_of and (labels.valid_to is None or as_of < labels.valid_to):
            return labels
    return None


def matches(known: Known, filters: Filters) -> bool:
    labels = known.labels
    return (
        _holds(known.categories, filters.categories)
        and _holds(known.intents, filters.intents)
        and _holds({known.message.source}, filters.sources)
        and _holds({labels.sentiment} if labels else set(), filters.sentiments)
        and _holds({labels.language} if labels else set(), filters.languages)
        and _holds({known.message.user_id}, filters.user_ids)
        and _holds(known.custom, filters.custom_categories)
        and (filters.min_confidence is None or (labels is not None and max(labels.scores) >= filters.min_confidence))
        and _is_sent_at(known.message, filters)
        and (not filters.text or _has_words(known.message.text, filters.text))
    )


def _is_sent_at(message: WorldMessage, filters: Filters) -> bool:
    local = message.event_time.astimezone(ZoneInfo(filters.time_zone))
    return (not filters.hours or local.hour in filters.hours) and (
        not filters.weekdays or local.isoweekday() in filters.weekdays
    )


def _holds(values: Collection[str], wanted: ValueFilter) -> bool:
    return (
        (not wanted.any_of or any(value in values for value in wanted.any_of))
        and not any(value in values for value in wanted.none_of)
        and all(value in values for value in wanted.all_of)
    )


def _has_words(text: str, condition: str) -> bool:
    """Web search syntax over lower-case words: `a b` both, `a or b`, `-a`, `"a b"` next to each other."""
    words = text.lower().split()
    return any(all(_has_term(words, term) for term in _terms(part)) for part in condition.split(" or "))


def _terms(part: str) -> Iterable[str]:
    pieces = part.split('"')
    for position, piece in enumerate(pieces):
        if position % 2:
            sign = "-" if pieces[position - 1].endswith("-") else ""
            yield sign + piece
        else:
            yield from (word for word in piece.split() if word != "-")


def _has_term(words: list[str], term: str) -> bool:
    phrase = term.removeprefix("-").split()
    found = any(words[start : start + len(phrase)] == phrase for start in range(len(words)))
    return found is not term.startswith("-")
