"""Hypothesis strategies for statistics: small worlds around a change of the clocks, and questions about them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from services.runtime.labels import CATEGORIES, INTENTS, SENTIMENTS
from services.store.filters import Filters, TimeRange, ValueFilter
from services.store.statistics.question import Dimension, Measure, Order, StatsQuery
from tests.support.statistics_world import WorldLabels, WorldMessage

# Zones with an instant at which each changes its clock (or, the first two, with a plain midnight).
ANCHORS: tuple[tuple[str, datetime], ...] = (
    ("UTC", datetime(2026, 1, 1, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 2, 28, 18, 15, tzinfo=UTC)),
    ("Europe/Ljubljana", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Ljubljana", datetime(2025, 10, 26, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2025, 11, 2, 6, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2025, 10, 4, 15, 30, tzinfo=UTC)),
    ("Pacific/Chatham", datetime(2026, 4, 4, 14, tzinfo=UTC)),
    ("Africa/Casablanca", datetime(2026, 2, 15, 2, tzinfo=UTC)),
    ("America/Havana", datetime(2025, 11, 2, 5, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),  # a whole day is left out
    ("America/St_Johns", datetime(2010, 11, 7, 2, 31, tzinfo=UTC)),  # back into the day before, a minute past midnight
    ("America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),  # a day without a midnight
)

_USED_INTENTS = ("deposit_failed", "deposit_info", "withdrawal_delayed", "complaint", "other")
_USED_CATEGORIES = ("deposit", "withdraw", "anger_feedback", "other")
_SOURCES = ("livechat", "telegram", "email")
_LANGUAGES = ("en", "de", "und")
_USERS = ("u1", "u2", "u3", "O'Brien; DROP TABLE messages --")
_WORDS = ("card", "money", "slow", "bonus", "help")

_JITTER = (timedelta(0), timedelta(0), timedelta(microseconds=-1), timedelta(microseconds=1), timedelta(seconds=30))

_shares_of_64 = st.integers(0, 64).map(lambda part: part / 64)
"""Probabilities that are exact as 32-bit floats and as billionths, so that oracle and store agree to the last bit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A world and questions about it."""

    world: list[WorldMessage]
    queries: list[StatsQuery]


def _instants(anchor: datetime) -> st.SearchStrategy[datetime]:
    near = st.integers(-3 * 1440, 3 * 1440).map(lambda minutes: anchor + timedelta(minutes=minutes))
    edge = st.integers(-80, 80).map(lambda hours: anchor + timedelta(hours=hours))
    far = st.integers(-400, 400).map(lambda hours: anchor + timedelta(hours=hours))
    return st.builds(lambda instant, by: instant + by, st.one_of(near, edge, far), st.sampled_from(_JITTER))


def _messages(anchor: datetime) -> st.SearchStrategy[WorldMessage]:
    """One number makes a whole message: with a draw for each of its parts, worlds would be too large for hypothesis."""
    return st.integers(0, 2**32 - 1).map(lambda seed: _message(Random(seed), anchor))


def _message(random: Random, anchor: datetime) -> WorldMessage:
    # The few instants at which things become known: equal ones have to meet.
    known = sorted(anchor + timedelta(hours=6 * (step - 3)) for step in random.sample(range(7), random.randint(1, 4)))
    created, changes = known[0], known[random.randint(0, 1) :]
    return WorldMessage(
        event_time=_event_time(random, anchor),
        create_time=created,
        source=random.choice(_SOURCES),
        user_id=random.choice(_USERS),
        text=" ".join(random.choices(_WORDS, k=random.randint(1, 4))),
        labels=tuple(
            _labels(random, valid_from=start, valid_to=end)
            for start, end in zip_longest(changes, changes[1:], fillvalue=None)
            if start is not None
        ),
        indexed=random.random() < 0.5,
        custom=tuple((category, random.choice(known)) for category in (1, 2, 3) if random.random() < 0.4),
        incident=(random.randint(1, 3), random.choice(known)) if random.random() < 0.6 else None,
        author=random.choice(("customer", "customer", "agent")),
    )


def _event_time(random: Random, anchor: datetime) -> datetime:
    hours = random.randint(*random.choice([(-3, 3), (-80, 80), (-400, 400), (-1100, 1100)]))
    return anchor + timedelta(hours=hours, minutes=random.choice([0, 0, 15, 30, 59])) + random.choice(_JITTER)


def _labels(random: Random, *, valid_from: datetime, valid_to: datetime | None) -> WorldLabels:
    intents = random.sample(_USED_INTENTS, random.randint(1, 3))
    return WorldLabels(
        valid_from=valid_from,
        valid_to=valid_to,
        intents=tuple(intents),
        scores=tuple(sorted((random.randint(0, 64) / 64 for _ in intents), reverse=True)),
        sentiment=random.choice(SENTIMENTS),
        language=random.choice(_LANGUAGES),
    )


def _value_filters(values: tuple[str, ...]) -> st.SearchStrategy[ValueFilter]:
    some = st.lists(st.sampled_from(values), min_size=1, max_size=2).map(tuple)
    anything = st.lists(st.sampled_from(values), max_size=2).map(tuple)
    return st.one_of(
        st.builds(ValueFilter, any_of=some),
        st.builds(ValueFilter, none_of=some),
        st.builds(ValueFilter, any_of=anything, none_of=anything, all_of=anything),
    )


_TEXTS = st.sampled_from(
    [
        "",
        "card",
        "money slow",
        '"card money"',
        "card or bonus",
        "-help",
        'bonus -"slow help"',
        "card help or -money slow",
    ]
)


def filters_with(filters: Filters, field: str, value: ValueFilter) -> Filters:
    """The filters with another condition on one field of values."""
    changes: dict[str, Any] = {field: value}
    return replace(filters, **changes)


_HOURS = st.one_of(
    st.lists(st.integers(0, 23), min_size=1, max_size=4, unique=True).map(tuple),
    st.sampled_from([(0, 1, 2, 3), (22, 23, 0), tuple(range(9, 17)), tuple(range(24))]),
)
_WEEKDAYS = st.lists(st.integers(1, 7), min_size=1, max_size=5, unique=True).map(tuple)


@st.composite
def _filters(draw: st.DrawFn, zone: str) -> Filters:
    """Mostly one or two conditions, so that something is left to count."""
    fields: dict[str, tuple[str, ...]] = {
        "categories": (*_USED_CATEGORIES, CATEGORIES[0]),
        "intents": (*_USED_INTENTS, INTENTS[0]),
        "sources": (*_SOURCES, "fax"),
        "sentiments": SENTIMENTS,
        "languages": (*_LANGUAGES, "fr"),
        "user_ids": (*_USERS, "nobody"),
        "custom_categories": tuple(str(UUID(int=category)) for category in (1, 2, 3, 4)),
    }
    names = ["categories", *fields, "min_confidence", "text", "hours", "hours", "weekdays", "weekdays"]
    chosen = {draw(st.sampled_from(names)) for _ in range(draw(st.sampled_from([1, 0, 2, 0, 1])))}
    filters = Filters()
    for name in sorted(chosen & set(fields)):
        filters = filters_with(filters, name, draw(_value_filters(fields[name])))
    if "min_confidence" in chosen:
        filters = replace(filters, min_confidence=draw(_shares_of_64))
    if "hours" in chosen:
        filters = replace(filters, hours=draw(_HOURS), time_zone=zone)
    if "weekdays" in chosen:
        filters = replace(filters, weekdays=draw(_WEEKDAYS), time_zone=zone)
    return replace(filters, text=draw(_TEXTS)) if "text" in chosen else filters


@st.composite
def _ranges(draw: st.DrawFn, anchor: datetime, as_of: datetime | None) -> TimeRange:
    days = draw(st.sampled_from([9, 9, 9, 45]))  # 45 reach over whole months
    start: datetime | None = draw(st.one_of(st.none(), st.just(anchor - timedelta(days=days)), _instants(anchor)))
    end: datetime | None = draw(st.one_of(st.just(anchor + timedelta(days=days)), _instants(anchor)))
    # Up to this day only now and then: the oracle looks at every quarter of an hour.
    is_open = draw(st.booleans()) if as_of else anchor.year == 2026 and draw(st.integers(0, 9)) == 9
    if is_open:
        end = None
    if start is not None and end is not None and start > end:
        start, end = end, start
    if start is not None and end is None and as_of is not None and start > as_of:
        start = None
    return TimeRange(start=start, end=end)


def _share_of(draw: st.DrawFn, filters: Filters, zone: str) -> Filters:
    without_categories = replace(filters, categories=ValueFilter())
    return draw(st.one_of(st.just(Filters()), st.just(filters), st.just(without_categories), _filters(zone)))


def _groupings() -> st.SearchStrategy[tuple[Dimension, ...]]:
    sizes = st.sampled_from([1, 2, 3, 2, 1, 0])
    return sizes.flatmap(
        lambda size: st.lists(st.sampled_from(Dimension), min_size=size, max_size=size, unique=True).map(tuple)
    )


@st.composite
def _queries(draw: st.DrawFn, zone: str, anchor: datetime) -> StatsQuery:
    measure = draw(st.sampled_from([*Measure, Measure.SHARE]))
    filters = draw(_filters(zone))
    as_of = draw(
        st.one_of(st.none(), st.none(), st.integers(-3, 3).map(lambda step: anchor + timedelta(hours=6 * step)))
    )
    return StatsQuery(
        measure=measure,
        filters=filters,
        share_of=_share_of(draw, filters, zone) if measure is Measure.SHARE else Filters(),
        range=draw(_ranges(anchor, as_of)),
        time_zone=zone,
        group_by=draw(_groupings()),
        order=draw(st.sampled_from(Order)),
        limit=draw(st.sampled_from([1, 3, 20, 10_000, 10_000])),
        compare_to=draw(st.one_of(st.none(), _ranges(anchor, as_of))),
        as_of=as_of,
    )


@st.composite
def cases(draw: st.DrawFn, *, questions: int) -> Case:
    """A world of up to 40 messages and `questions` questions in its zone."""
    zone, anchor = draw(st.sampled_from(ANCHORS))
    least = draw(st.sampled_from([15, 25, 10, 0]))
    world = draw(st.lists(_messages(anchor), min_size=least, max_size=40))
    return Case(world=world, queries=[draw(_queries(zone, anchor)) for _ in range(questions)])
