"""Filters as SQL: every value is bound, and the bits are those the labels are stored with."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.labels import CATEGORIES, INTENTS, SENTIMENTS, roll_up
from services.store.filters import (
    Bindings,
    Filters,
    TimeRange,
    ValueFilter,
    category_mask,
    filter_sql,
    intent_mask,
)
from services.store.message import Author

NOW = datetime(2026, 3, 1, tzinfo=UTC)
INTENT_NAMES = st.lists(st.sampled_from(INTENTS), unique=True)
HOSTILE = "'; DROP TABLE messages; -- $1 %s"


def values(names: st.SearchStrategy[str]) -> st.SearchStrategy[ValueFilter]:
    parts = st.lists(names, max_size=3).map(tuple)
    return st.builds(ValueFilter, any_of=parts, none_of=parts, all_of=parts)


FILTERS = st.builds(
    Filters,
    categories=values(st.sampled_from(CATEGORIES)),
    intents=values(st.sampled_from(INTENTS)),
    sources=values(st.just(HOSTILE)),
    sentiments=values(st.sampled_from(SENTIMENTS)),
    languages=values(st.just(HOSTILE)),
    user_ids=values(st.just(HOSTILE)),
    min_confidence=st.none() | st.floats(0, 1),
    text=st.sampled_from(["", HOSTILE]),
)
RANGES = st.builds(TimeRange, start=st.none() | st.just(NOW), end=st.none() | st.just(NOW))


AUTHORS = st.frozensets(st.sampled_from(Author))


@given(FILTERS, RANGES, st.none() | st.just(NOW), st.booleans(), AUTHORS)
def test_no_value_is_ever_part_of_the_sql(
    filters: Filters, time_range: TimeRange, as_of: datetime | None, join_labels: bool, authors: frozenset[Author]
) -> None:
    bindings = Bindings()
    parts = filter_sql(
        bindings,
        workspace_id=HOSTILE,
        filters=filters,
        time_range=time_range,
        as_of=as_of,
        join_labels=join_labels,
        authors=authors,
    )
    sql = f"{parts.from_} {parts.where}"
    assert "DROP" not in sql
    assert {name for name in Author if f"'{name}'" in sql} == authors
    placeholders = {int(number) for number in re.findall(r"\$(\d+)", sql)}
    assert placeholders == set(range(1, len(bindings.values) + 1))
    assert (" l " in parts.from_) == (join_labels or filters.uses_labels())
    assert re.search(r"\bl\.", parts.where) is None or filters.uses_labels()


@given(INTENT_NAMES, INTENT_NAMES)
def test_masks_are_sets(one: list[str], two: list[str]) -> None:
    both = set(one) & set(two)
    assert intent_mask(one) & intent_mask(two) == intent_mask(both)
    assert intent_mask(one).bit_count() == len(one)
    assert category_mask(roll_up(one)).bit_count() == len(set(roll_up(one)))


def test_bits_that_are_stored_never_move() -> None:
    """Rows in the field hold these bits: a name may be appended to the vocabulary, never inserted or moved."""
    assert intent_mask(["bonus_missing"]) == 1
    assert intent_mask(["deposit_failed"]) == 1 << 3
    assert intent_mask(["complaint"]) == 1 << 18
    assert intent_mask(["other"]) == 1 << 25
    assert [category_mask([name]) for name in ("bonus", "deposit", "withdraw", "game_issue")] == [1, 2, 4, 8]
    assert [category_mask([name]) for name in ("login_account", "geo_restriction", "anger_feedback", "other")] == [
        16,
        32,
        64,
        128,
    ]


def test_unknown_names_have_no_bit() -> None:
    with pytest.raises(KeyError):
        intent_mask(["money"])
    with pytest.raises(KeyError):
        category_mask(["money"])
