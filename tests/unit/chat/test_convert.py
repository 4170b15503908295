"""Protobuf ↔ question: nothing is lost either way, for every value of every enum."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from earshot.chat.v1 import chat_pb2
from earshot.store.v1 import message_pb2
from earshot.types.v1 import labels_pb2, question_pb2
from services.chat.convert import (
    example_from_proto,
    interpretation_from_proto,
    interpretation_to_proto,
    list_request,
    query_from_proto,
    query_to_proto,
    result_from_proto,
    timestamp,
)
from services.chat.question import (
    Behaviour,
    Dimension,
    Filters,
    Interpretation,
    LabelFilter,
    Measure,
    Operation,
    Order,
    StatsQuery,
    StatsRow,
    TimeRange,
)

_WORDS = st.lists(st.text(max_size=8), max_size=3).map(tuple)
_LABELS = st.builds(LabelFilter, any_of=_WORDS, none_of=_WORDS, all_of=_WORDS)
_FILTERS = st.builds(
    Filters,
    categories=_LABELS,
    intents=_LABELS,
    sources=_LABELS,
    sentiments=_LABELS,
    languages=_LABELS,
    user_ids=_LABELS,
    min_confidence=st.none() | st.sampled_from([0.0, 0.25, 0.8, 1.0]),
    text=st.text(max_size=20),
)
# Hypothesis wants its bounds naive and adds the zone itself.
_FIRST, _LAST = datetime.fromisoformat("1970-01-01"), datetime.fromisoformat("9998-12-31")
_INSTANTS = st.none() | st.datetimes(_FIRST, _LAST, timezones=st.just(UTC))
_RANGES = st.none() | st.builds(TimeRange, start=_INSTANTS, end=_INSTANTS)
_QUERIES = st.builds(
    StatsQuery,
    measure=st.sampled_from([measure for measure in Measure if measure is not Measure.DISTINCT_INCIDENTS]),
    filters=_FILTERS,
    share_of=st.none() | _FILTERS,
    range=_RANGES,
    time_zone=st.sampled_from(["UTC", "Europe/Ljubljana"]),
    group_by=st.lists(st.sampled_from(list(Dimension)), max_size=3, unique=True).map(tuple),
    order=st.sampled_from(list(Order)),
    limit=st.integers(0, 10_000),
    compare_to=_RANGES,
    as_of=_INSTANTS,
)


@given(_QUERIES)
def test_a_query_comes_back_as_it_went(query: StatsQuery) -> None:
    wire = question_pb2.StatsQuery.FromString(query_to_proto(query).SerializeToString())
    assert query_from_proto(wire) == query


@given(query=_QUERIES, behaviour=st.sampled_from(list(Behaviour)), operation=st.sampled_from(list(Operation)))
def test_an_interpretation_comes_back_without_the_query_of_a_refusal(
    query: StatsQuery, behaviour: Behaviour, operation: Operation
) -> None:
    reading = Interpretation(
        behaviour=behaviour, operation=operation, query=query, explanation="so", choices=("a", "b"), reason="why"
    )
    back = interpretation_from_proto(interpretation_to_proto(reading))
    expected = StatsQuery() if behaviour is Behaviour.REFUSE else query
    assert back == Interpretation(
        behaviour=behaviour, operation=operation, query=expected, explanation="so", choices=("a", "b"), reason="why"
    )


def test_what_is_not_said_gets_its_default() -> None:
    assert query_from_proto(question_pb2.StatsQuery()) == StatsQuery()
    unknown = question_pb2.StatsQuery.FromString(bytes([0x08, 99, 0x38, 99]))  # measure and order of a later version
    assert query_from_proto(unknown) == StatsQuery()
    assert interpretation_from_proto(chat_pb2.Interpretation()).behaviour is Behaviour.REFUSE


def test_rows_carry_the_names_of_their_keys() -> None:
    start, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    query = StatsQuery(group_by=(Dimension.DAY, Dimension.SOURCE), range=TimeRange(start=start, end=end))
    result = result_from_proto(
        question_pb2.StatsResult(
            rows=[question_pb2.StatsRow(keys=["2026-03-01", "telegram"], value=3, compare_value=0)],
            total=3,
            rows_sum_to_total=True,
            query=query_to_proto(query),
            as_of=timestamp(end),
            query_id="id",
        )
    )
    assert result.rows == (StatsRow(keys=(("day", "2026-03-01"), ("source", "telegram")), value=3, compare_value=0),)
    assert (result.range, result.compare_range, result.compare_total) == (query.range, None, None)
    assert result.as_of == end


def test_an_example_is_quoted_with_its_labels() -> None:
    sent = datetime(2026, 3, 1, tzinfo=UTC)
    labels = message_pb2.Labels(intents=[labels_pb2.LabelScore(label="complaint", probability=0.9)])
    message = message_pb2.Message(id="1", source="email", event_time=timestamp(sent), text="no!", labels=labels)
    example = example_from_proto(message)
    assert (example.message_id, example.source, example.event_time, example.text, example.intents) == (
        "1",
        "email",
        sent,
        "no!",
        ("complaint",),
    )


def test_a_list_has_the_filters_and_the_range_of_the_question() -> None:
    query = StatsQuery(filters=Filters(sources=LabelFilter(any_of=("email",))), range=TimeRange())
    request = list_request(query, page_size=7)
    assert list(request.filters.sources.any_of) == ["email"]
    assert request.HasField("range")
    assert request.page_size == 7
