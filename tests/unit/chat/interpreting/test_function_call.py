"""What a language model may say when it reads a question, and what is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chat.interpreting.function_call import BadCallError, Call, function, parse_call, to_filters
from services.chat.question import Dimension, Order
from services.runtime.labels import CATEGORIES, INTENTS

QUESTION = "How many deposit messages came in Last  Week?"


def arguments(**given_arguments: Any) -> str:
    return json.dumps(given_arguments)


def test_a_good_call_is_read() -> None:
    call = parse_call(
        arguments(
            measure="unique_users",
            filters={"categories": {"any_of": ["deposit"]}, "sources": {"none_of": ["email"]}},
            group_by=["day"],
            order="key_asc",
            limit=3,
            period_quote="last week",
        ),
        QUESTION,
    )
    assert (call.measure, call.group_by, call.order, call.limit) == ("unique_users", (Dimension.DAY,), Order.KEY_ASC, 3)
    filters = to_filters(call.filters)
    assert (filters.categories.any_of, filters.sources.none_of) == (("deposit",), ("email",))


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "not json",
        "[]",
        arguments(measure="revenue"),
        arguments(measure="distinct_people"),
        arguments(filters={"categories": {"any_of": ["payments"]}}),
        arguments(filters={"intents": {"none_of": ["deposit"]}}),
        arguments(share_of={"sentiments": {"any_of": ["furious"]}}),
        arguments(filters={"amount": {"any_of": ["100"]}}),
        arguments(filters={"sources": {"any_of": ["Live chat"]}}),
        arguments(filters={"sources": {"any_of": ["carrier-pigeon"]}}),
        arguments(filters={"sources": {"any_of": ["messages\0"]}}),
        arguments(filters={"languages": {"none_of": ["English"]}}),
        arguments(filters={"languages": {"any_of": ["e" * 300]}}),
        arguments(group_by=["customer"]),
        arguments(group_by=["day", "week", "month", "hour"]),
        arguments(limit=-1),
        arguments(limit=100_000),
        arguments(range={"start": "2026-01-01"}),
        arguments(start="2026-01-01"),
        arguments(period_quote="last month"),
        arguments(earlier_period_quote="2025"),
        arguments(sql="drop table messages"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_reason(bad: str) -> None:
    with pytest.raises(BadCallError) as refused:
        parse_call(bad, QUESTION)
    assert str(refused.value)


@pytest.mark.parametrize(
    ("source", "question", "in_force", "known"),
    [
        ("telegram", QUESTION, (), True),
        ("shop-app", "how many on shop-app yesterday?", (), True),
        ("shop-app", "and yesterday?", ("shop-app",), True),
        ("shop-app", "and yesterday?", (), False),
        ("webchat", "how many on webchat yesterday?", (), False),
    ],
)
def test_a_channel_is_one_of_ours_or_the_askers(
    source: str, question: str, in_force: tuple[str, ...], *, known: bool
) -> None:
    said = arguments(filters={"sources": {"any_of": [source]}})
    if known:
        assert parse_call(said, question, sources=in_force).filters.sources.any_of == (source,)
        return
    with pytest.raises(BadCallError, match="livechat, telegram"):
        parse_call(said, question, sources=in_force)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_JSON)
def test_no_json_breaks_the_check(value: Any) -> None:
    try:
        call = parse_call(json.dumps(value), QUESTION)
    except BadCallError:
        return
    assert isinstance(call, Call)


def test_the_schema_lists_every_label_and_nothing_open() -> None:
    parameters: Any = function()["parameters"]
    assert parameters["additionalProperties"] is False
    assert set(parameters["properties"]) == set(Call.model_fields)
    filters = parameters["properties"]["filters"]["properties"]
    assert filters["categories"]["properties"]["any_of"]["items"]["enum"] == list(CATEGORIES)
    assert filters["intents"]["properties"]["any_of"]["items"]["enum"] == list(INTENTS)
    assert "date" not in json.dumps(parameters)
