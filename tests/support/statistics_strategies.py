"""Hypothesis strategies for statistics: small worlds around a change of the clocks, and questions about them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

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
    jitter = st.sampled_from(
        [timedelta(0), timedelta(microseconds=-1), timedelta(microseconds=1), timedelta(seconds=30)]
    )
    return st.builds(lambda instant, by: instant + by, st.one_of(near, edge, far), jitter)


def _knowledge(anchor: datetime) -> st.SearchStrategy[datetime]:
    """The few instants at which things become known: equal ones have to meet."""
    return st.integers(0, 6).map(lambda step: anchor + timedelta(hours=6 * (step - 3)))


@st.composite
def _messages(draw: st.DrawFn, anchor: datetime) -> WorldMessage:
    created = draw(_knowledge(anchor))
    changes = sorted(draw(st.lists(_knowledge(anchor).filter(lambda known: known >= created), max_size=3, unique=True)))
    ends = [*changes[1:], None]
    labels = tuple(
        draw(_labels(valid_from=start, valid_to=end)) for start, end in zip(changes, ends, strict=False) if start
    )
    return WorldMessage(
        event_time=draw(_instants(anchor)),
        create_time=created,
        source=draw(st.sampled_from(_SOURCES)),
        user_id=draw(st.sampled_from(_USERS)),
        text=" ".join(draw(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=4))),
        labels=labels,
        indexed=draw(st.booleans()),
    )


@st.composite
def _labels(draw: st.DrawFn, *, valid_from: datetime, valid_to: datetime | None) -> WorldLabels:
    intents = draw(st.lists(st.sampled_from(_USED_INTENTS), min_size=1, max_size=3, unique=True))
    scores = sorted((draw(_shares_of_64) for _ in intents), reverse=True)
    return WorldLabels(
        valid_from=valid_from,
        valid_to=valid_to,
        intents=tuple(intents),
        scores=tuple(scores),
        sentiment=draw(st.sampled_from(SENTIMENTS)),
        language=draw(st.sampled_from(_LANGUAGES)),
    )


def _value_filters(values: tuple[str, ...]) -> st.SearchStrategy[ValueFilter]:
    some = st.lists(st.sampled_from(values), max_size=2).map(tuple)
    nothing: st.SearchStrategy[tuple[str, ...]] = st.just(())
    part = st.one_of(nothing, some)
    return st.builds(ValueFilter, any_of=part, none_of=part, all_of=part)


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


@st.composite
def _filters(draw: st.DrawFn) -> Filters:
    """Mostly one or two conditions, so that something is left to count."""
    fields: dict[str, tuple[str, ...]] = {
        "categories": (*_USED_CATEGORIES, CATEGORIES[0]),
        "intents": (*_USED_INTENTS, INTENTS[0]),
        "sources": (*_SOURCES, "fax"),
        "sentiments": SENTIMENTS,
        "languages": (*_LANGUAGES, "fr"),
        "user_ids": (*_USERS, "nobody"),
    }
    chosen = draw(st.lists(st.sampled_from([*fields, "min_confidence", "text"]), max_size=2, unique=True))
    filters = Filters()
    for name in sorted(set(chosen) & set(fields)):
        filters = filters_with(filters, name, draw(_value_filters(fields[name])))
    if "min_confidence" in chosen:
        filters = replace(filters, min_confidence=draw(_shares_of_64))
    return replace(filters, text=draw(_TEXTS)) if "text" in chosen else filters


@st.composite
def _ranges(draw: st.DrawFn, anchor: datetime, as_of: datetime | None) -> TimeRange:
    start: datetime | None = draw(st.one_of(st.none(), _instants(anchor)))
    end: datetime | None = draw(_instants(anchor))
    # Up to this day only now and then: the oracle looks at every quarter of an hour.
    is_open = draw(st.booleans()) if as_of else anchor.year == 2026 and draw(st.integers(0, 9)) == 9
    if is_open:
        end = None
    if start is not None and end is not None and start > end:
        start, end = end, start
    if start is not None and end is None and as_of is not None and start > as_of:
        start = None
    return TimeRange(start=start, end=end)


@st.composite
def _queries(draw: st.DrawFn, zone: str, anchor: datetime) -> StatsQuery:
    measure = draw(st.sampled_from(Measure))
    filters = draw(_filters())
    as_of = draw(st.one_of(st.none(), _knowledge(anchor)))
    return StatsQuery(
        measure=measure,
        filters=filters,
        share_of=draw(st.one_of(st.just(Filters()), st.just(filters), _filters()))
        if measure is Measure.SHARE
        else Filters(),
        range=draw(_ranges(anchor, as_of)),
        time_zone=zone,
        group_by=tuple(draw(st.lists(st.sampled_from(Dimension), max_size=3, unique=True))),
        order=draw(st.sampled_from(Order)),
        limit=draw(st.sampled_from([1, 3, 20, 10_000, 10_000])),
        compare_to=draw(st.one_of(st.none(), _ranges(anchor, as_of))),
        as_of=as_of,
    )


@st.composite
def cases(draw: st.DrawFn, *, questions: int) -> Case:
    """A world of up to 25 messages and `questions` questions in its zone."""
    zone, anchor = draw(st.sampled_from(ANCHORS))
    world = draw(st.lists(_messages(anchor), max_size=25))
    return Case(world=world, queries=[draw(_queries(zone, anchor)) for _ in range(questions)])
