"""QueryStats through gRPC: exact counts, local time, refused questions, one snapshot."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp

from earshot.store.v1 import stats_pb2
from earshot.types.v1 import question_pb2
from services.runtime.auth import Role
from services.runtime.errors import ErrorReason, InvalidInputError, PermissionDeniedError
from services.store.statistics.sql import MAX_GROUPS
from services.store.statistics.user_counts import UserCount
from tests.support.postgres import connection
from tests.support.statistics_world import WorldLabels, WorldMessage, load
from tests.support.store import StoreRig, caller, error_of, ingest, new_message, running_store, timestamp

WORKSPACE = "casino"
BEFORE = datetime(2026, 3, 1, tzinfo=UTC)
RELABELLED = datetime(2026, 4, 10, tzinfo=UTC)

StatsQuery = question_pb2.StatsQuery
D = question_pb2


def labels(
    *intents: str, sentiment: str = "neutral", since: datetime = BEFORE, until: datetime | None = None
) -> WorldLabels:
    scores = tuple(0.75 / (place + 1) for place, _ in enumerate(intents))
    return WorldLabels(
        valid_from=since, valid_to=until, intents=intents, scores=scores, sentiment=sentiment, language="en"
    )


def message(event_time: str, *given: WorldLabels, source: str = "livechat", user_id: str = "u1") -> WorldMessage:
    return WorldMessage(
        event_time=datetime.fromisoformat(event_time),
        create_time=BEFORE,
        source=source,
        user_id=user_id,
        text="where is my money",
        labels=given,
    )


# Around the night of 28 to 29 March 2026, when Ljubljana goes from +01:00 to +02:00.
WORLD = [
    message("2026-03-28T22:59:59.999999+00:00", labels("deposit_failed", "complaint", sentiment="negative")),
    message("2026-03-28T23:00:00+00:00", labels("deposit_failed"), source="telegram", user_id="u2"),
    message("2026-03-29T00:59:59+00:00", labels("withdrawal_delayed")),
    message("2026-03-29T01:00:00+00:00", labels("other", until=RELABELLED), labels("bonus_terms", since=RELABELLED)),
    message("2026-03-29T21:59:59+00:00", source="telegram", user_id="u3"),
    message("2026-03-31T12:00:00+00:00", labels("deposit_info"), user_id="u4"),
]


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    async with running_store(tmp_path_factory.mktemp("store"), database_url) as running:
        async with connection(database_url) as owner:
            await load(owner, WORKSPACE, WORLD)
        yield running


async def ask(rig: StoreRig, workspace_id: str = WORKSPACE, **query: Any) -> question_pb2.StatsResult:
    request = stats_pb2.QueryStatsRequest(query=StatsQuery(**query))
    stub = rig.client.stats(caller(Role.VIEWER, workspace_id=workspace_id))
    return (await stub.QueryStats(request)).result


def rows(result: question_pb2.StatsResult) -> dict[str, float]:
    return {" ".join(row.keys): row.value for row in result.rows}


def between(start: str, end: str) -> question_pb2.TimeRange:
    return question_pb2.TimeRange(
        start=timestamp(datetime.fromisoformat(start)), end=timestamp(datetime.fromisoformat(end))
    )


MARCH_27_TO_31 = between("2026-03-26T23:00:00+00:00", "2026-03-31T22:00:00+00:00")


async def test_a_question_without_words_counts_everything(rig: StoreRig) -> None:
    result = await ask(rig)
    assert [(list(row.keys), row.value) for row in result.rows] == [([], 6)]
    assert (result.total, result.rows_sum_to_total, result.truncated, result.total_rows) == (6, True, False, 1)


async def test_the_answer_states_the_question_with_its_defaults(rig: StoreRig) -> None:
    result = await ask(rig, group_by=[D.DIMENSION_SOURCE])
    assert (result.query.measure, result.query.order) == (D.MEASURE_MESSAGE_COUNT, D.ORDER_VALUE_DESC)
    assert (result.query.limit, result.query.time_zone) == (10_000, "UTC")
    assert not result.query.range.HasField("start")
    assert result.query.range.end == result.query.as_of == result.as_of
    assert len(bytes.fromhex(result.query_id)) == 32


async def test_the_query_of_an_answer_gives_the_answer_again(rig: StoreRig) -> None:
    first = await ask(rig, group_by=[D.DIMENSION_CATEGORY], compare_to=MARCH_27_TO_31)
    stub = rig.client.stats(caller(Role.ADMIN, workspace_id=WORKSPACE))
    assert (await stub.QueryStats(stats_pb2.QueryStatsRequest(query=first.query))).result == first


@pytest.mark.parametrize(
    ("earlier", "is_told"),
    [
        (between("2026-03-01T00:00:00+00:00", "2026-03-29T00:00:00+00:00"), True),
        (between("2026-01-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00"), True),
        (between("2026-03-28T23:00:00+00:00", "2026-03-29T00:00:00+00:00"), False),
        (None, False),
    ],
)
async def test_a_period_that_begins_before_the_first_message_is_told(
    rig: StoreRig, earlier: question_pb2.TimeRange | None, *, is_told: bool
) -> None:
    later = between("2026-03-29T00:00:00+00:00", "2026-04-01T00:00:00+00:00")
    result = await ask(rig, range=later, compare_to=earlier)
    assert result.HasField("first_event_time") is is_told
    if is_told:
        assert result.first_event_time == timestamp(WORLD[0].event_time)


async def test_the_first_message_is_the_same_by_filters_and_by_the_roll_ups(rig: StoreRig) -> None:
    long_before = between("2026-01-01T00:00:00+00:00", "2026-03-30T00:00:00+00:00")
    narrow = question_pb2.Filters(sources=question_pb2.ValueFilter(any_of=["telegram"]))
    result = await ask(rig, range=long_before, filters=narrow)
    assert result.first_event_time == timestamp(WORLD[0].event_time)
    assert not (await ask(rig, "nobody's", range=long_before)).HasField("first_event_time")


async def test_days_are_cut_in_the_zone_that_is_asked(rig: StoreRig) -> None:
    local = await ask(rig, group_by=[D.DIMENSION_DAY], time_zone="Europe/Ljubljana", range=MARCH_27_TO_31)
    assert rows(local) == {"2026-03-27": 0, "2026-03-28": 1, "2026-03-29": 4, "2026-03-30": 0, "2026-03-31": 1}
    utc = await ask(rig, group_by=[D.DIMENSION_DAY], range=between("2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z"))
    assert rows(utc) == {"2026-03-28": 2, "2026-03-29": 3}


async def test_the_spring_day_has_no_hour_02(rig: StoreRig) -> None:
    day = between("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")
    result = rows(await ask(rig, group_by=[D.DIMENSION_HOUR], time_zone="Europe/Ljubljana", range=day))
    assert len(result) == 23
    assert {hour: count for hour, count in result.items() if count} == {"00": 1, "01": 1, "03": 1, "23": 1}


async def test_a_message_counts_once_in_each_category_and_once_in_the_total(rig: StoreRig) -> None:
    result = await ask(rig, group_by=[D.DIMENSION_CATEGORY])
    assert rows(result) == {"deposit": 3, "anger_feedback": 1, "bonus": 1, "withdraw": 1}
    assert result.total == 6
    labelled = await ask(rig, group_by=[D.DIMENSION_CATEGORY], filters=D.Filters(min_confidence=0))
    assert (labelled.total, labelled.rows_sum_to_total) == (5, False)
    assert rows(labelled) == rows(result)


async def test_intents_stand_under_their_own_category(rig: StoreRig) -> None:
    result = await ask(rig, group_by=[D.DIMENSION_CATEGORY, D.DIMENSION_INTENT], order=D.ORDER_KEY_ASC, limit=2)
    assert rows(result) == {"anger_feedback complaint": 1, "bonus bonus_terms": 1}
    assert (result.truncated, result.total_rows, result.total) == (True, 5, 6)


async def test_messages_without_labels_are_counted_as_such(rig: StoreRig) -> None:
    assert rows(await ask(rig, group_by=[D.DIMENSION_STATUS])) == {"labelled": 5, "pending": 1}


async def test_other_measures(rig: StoreRig) -> None:
    assert (await ask(rig, measure=D.MEASURE_UNIQUE_USERS)).total == 4
    assert (await ask(rig, measure=D.MEASURE_MEAN_CONFIDENCE)).total == 0.75
    average = await ask(
        rig, measure=D.MEASURE_PER_DAY_AVERAGE, range=MARCH_27_TO_31, time_zone="Europe/Ljubljana", group_by=[]
    )
    assert average.total == 6 / 5
    since_first = await ask(rig, measure=D.MEASURE_PER_DAY_AVERAGE, range=D.TimeRange(end=MARCH_27_TO_31.end))
    assert since_first.total == 6 / 4


async def test_users_are_told_apart_beside_the_event_loop(rig: StoreRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Millions of messages take seconds, in which other calls are to be answered."""
    threads: set[int] = set()
    distinct = UserCount.distinct

    def noted(users: UserCount) -> int:
        threads.add(threading.get_ident())
        return distinct(users)

    monkeypatch.setattr(UserCount, "distinct", noted)
    assert (await ask(rig, measure=D.MEASURE_UNIQUE_USERS)).total == 4
    assert threads
    assert threading.get_ident() not in threads


async def test_shares(rig: StoreRig) -> None:
    deposits = D.Filters(categories=D.ValueFilter(any_of=["deposit"]))
    by_source = await ask(rig, measure=D.MEASURE_SHARE, filters=deposits, group_by=[D.DIMENSION_SOURCE])
    assert rows(by_source) == {"livechat": 0.5, "telegram": 0.5}
    assert by_source.total == 0.5
    negative = D.Filters(sentiments=D.ValueFilter(any_of=["negative"]))
    within = await ask(
        rig, measure=D.MEASURE_SHARE, filters=negative, share_of=deposits, group_by=[D.DIMENSION_SENTIMENT]
    )
    assert rows(within) == {"negative": 1 / 3}


async def test_an_earlier_period_beside_the_range(rig: StoreRig) -> None:
    result = await ask(
        rig,
        group_by=[D.DIMENSION_DAY],
        range=between("2026-03-30T00:00:00Z", "2026-04-01T00:00:00Z"),
        compare_to=between("2026-03-28T00:00:00Z", "2026-03-29T00:00:00Z"),
    )
    assert [(row.value, row.HasField("compare_value"), row.compare_value) for row in result.rows] == [
        (0, True, 2),
        (1, False, 0),
    ]
    assert (result.total, result.compare_total) == (1, 2)


async def test_as_it_was_known_at_an_instant(rig: StoreRig) -> None:
    then = timestamp(RELABELLED - timedelta(microseconds=1))
    assert rows(await ask(rig, group_by=[D.DIMENSION_CATEGORY], as_of=then))["other"] == 1
    at = timestamp(RELABELLED)
    assert "other" not in rows(await ask(rig, group_by=[D.DIMENSION_CATEGORY], as_of=at))
    assert (await ask(rig, as_of=timestamp(BEFORE - timedelta(microseconds=1)))).total == 0


async def test_nanoseconds_are_cut_to_microseconds(rig: StoreRig) -> None:
    last = timestamp(WORLD[0].event_time)
    inside = D.TimeRange(start=Timestamp(seconds=last.seconds, nanos=last.nanos + 999), end=timestamp(RELABELLED))
    assert (await ask(rig, range=inside)).total == 6


async def test_an_empty_workspace_has_nothing_to_count(rig: StoreRig) -> None:
    for measure in D.Measure.values():
        result = await ask(rig, "nobody", measure=measure, group_by=[D.DIMENSION_DAY])
        assert (list(result.rows), result.total, result.rows_sum_to_total) == ([], 0, True)


def one_of(field: str, *values: str) -> question_pb2.Filters:
    return question_pb2.Filters(**{field: question_pb2.ValueFilter(any_of=values)})  # type: ignore[arg-type]  # a field of values


@pytest.mark.parametrize(
    ("query", "field", "reason"),
    [
        ({"filters": one_of("categories", "dreams")}, "filters.categories", ErrorReason.BAD_FILTER),
        ({"filters": one_of("user_ids", "nul\x00")}, "filters.user_ids", ErrorReason.BAD_FILTER),
        ({"filters": D.Filters(min_confidence=float("nan"))}, "filters.min_confidence", ErrorReason.BAD_FILTER),
        ({"filters": D.Filters(text="x" * 1001)}, "filters.text", ErrorReason.BAD_FILTER),
        ({"filters": D.Filters(hours=[24])}, "filters.hours", ErrorReason.BAD_FILTER),
        ({"filters": D.Filters(hours=[-1])}, "filters.hours", ErrorReason.BAD_FILTER),
        ({"filters": D.Filters(hours=[9, 9])}, "filters.hours", ErrorReason.BAD_FILTER),
        (
            {"filters": D.Filters(weekdays=[D.WEEKDAY_MONDAY, D.WEEKDAY_MONDAY])},
            "filters.weekdays",
            ErrorReason.BAD_FILTER,
        ),
        ({"filters": D.Filters(weekdays=[D.WEEKDAY_UNSPECIFIED])}, "filters.weekdays", ErrorReason.UNKNOWN_ENUM_VALUE),
        ({"filters": D.Filters(weekdays=[D.Weekday.ValueType(8)])}, "filters.weekdays", ErrorReason.UNKNOWN_ENUM_VALUE),
        ({"filters": D.Filters(hours=[9]), "time_zone": "Europe"}, "time_zone", ErrorReason.BAD_TIME_ZONE),
        ({"share_of": one_of("sources", "email")}, "share_of", ErrorReason.BAD_FILTER),
        ({"time_zone": "Ljubljana"}, "time_zone", ErrorReason.BAD_TIME_ZONE),
        ({"time_zone": "localtime"}, "time_zone", ErrorReason.BAD_TIME_ZONE),
        ({"time_zone": "right/UTC"}, "time_zone", ErrorReason.BAD_TIME_ZONE),
        ({"range": D.TimeRange(end=Timestamp(seconds=2**62))}, "range.end", ErrorReason.BAD_RANGE),
        ({"range": D.TimeRange(start=Timestamp(nanos=-1))}, "range.start", ErrorReason.BAD_RANGE),
        ({"as_of": Timestamp(seconds=253402300799, nanos=999999999)}, "as_of", ErrorReason.BAD_RANGE),
        ({"as_of": Timestamp(seconds=-(2**62))}, "as_of", ErrorReason.BAD_RANGE),
        ({"as_of": Timestamp(seconds=-62_135_596_800)}, "as_of", ErrorReason.BAD_RANGE),
        (
            {"range": between("1970-01-01T00:00:00Z", "2090-01-01T00:00:00Z"), "group_by": [D.DIMENSION_MONTH]},
            "range",
            ErrorReason.BAD_RANGE,
        ),
        ({"measure": 99}, "measure", ErrorReason.UNKNOWN_ENUM_VALUE),
        ({"order": -1}, "order", ErrorReason.UNKNOWN_ENUM_VALUE),
        ({"group_by": [D.DIMENSION_DAY, D.DIMENSION_UNSPECIFIED]}, "group_by[1]", ErrorReason.UNKNOWN_ENUM_VALUE),
        ({"limit": 10_001}, "limit", ErrorReason.BAD_LIMIT),
        ({"limit": -(2**31)}, "limit", ErrorReason.BAD_LIMIT),
        ({"group_by": [D.DIMENSION_DAY, D.DIMENSION_DAY]}, "group_by", ErrorReason.BAD_LIMIT),
        (
            {
                "range": between("1970-01-01T00:00:00Z", "2060-01-01T00:00:00Z"),
                "group_by": [D.DIMENSION_DAY, D.DIMENSION_HOUR],
            },
            "group_by",
            ErrorReason.BAD_LIMIT,
        ),
    ],
)
async def test_what_cannot_be_asked_names_the_field(
    rig: StoreRig, query: dict[str, Any], field: str, reason: ErrorReason
) -> None:
    stub = rig.client.stats(caller(workspace_id=WORKSPACE))
    error = await error_of(stub.QueryStats(stats_pb2.QueryStatsRequest(query=StatsQuery(**query))))
    assert isinstance(error, InvalidInputError)
    assert (error.reason, [violation.field for violation in error.violations]) == (reason, [field])


async def test_the_longest_times_count_exactly_where_no_days_are_asked_for(rig: StoreRig) -> None:
    assert (await ask(rig, range=between("1970-01-01T00:00:00Z", "9998-12-31T00:00:00Z"))).total == 6


async def test_who_only_brings_messages_may_not_count_them(rig: StoreRig) -> None:
    stub = rig.client.stats(caller(Role.INGEST, workspace_id=WORKSPACE))
    assert isinstance(await error_of(stub.QueryStats(stats_pb2.QueryStatsRequest())), PermissionDeniedError)


async def test_what_is_stored_is_counted_at_once_and_stays_in_its_workspace(rig: StoreRig) -> None:
    writer = rig.client.messages(caller(workspace_id="theirs"))
    await writer.IngestMessages(ingest(new_message(), new_message(source="telegram"), new_message(user_id="u-2")))
    assert rows(await ask(rig, "theirs", group_by=[D.DIMENSION_SOURCE])) == {"livechat": 2, "telegram": 1}
    assert (await ask(rig)).total == 6


async def test_total_and_rows_come_from_one_snapshot(rig: StoreRig) -> None:
    writer = rig.client.messages(caller(workspace_id="busy"))

    async def write() -> None:
        for _ in range(30):
            await writer.IngestMessages(ingest(new_message(), new_message(source="telegram")))

    writing = asyncio.create_task(write())
    while not writing.done():
        result = await ask(rig, "busy", group_by=[D.DIMENSION_SOURCE], compare_to=D.TimeRange())
        assert result.rows_sum_to_total
        assert result.compare_total == result.total
        assert len(set(rows(result).values())) <= 1
    await writing
    assert (await ask(rig, "busy")).total == 60


async def test_more_rows_and_users_than_an_answer_may_have_are_counted(rig: StoreRig, database_url: str) -> None:
    count = MAX_GROUPS + 2
    async with connection(database_url) as owner:
        await owner.execute(
            "INSERT INTO messages (workspace_id, id, event_time, source, author, external_id, user_id, conversation_id,"
            " text) SELECT 'many', gen_random_uuid(), '2026-03-01T00:00:00Z'::timestamptz + n * interval '30 seconds',"
            " 'web', 'customer', '', n::text, '', 'hello' FROM generate_series(1, $1) n",
            count,
        )
        await owner.execute(
            "INSERT INTO label_queue (workspace_id, message_id)"
            " SELECT workspace_id, id FROM messages WHERE workspace_id = 'many'"
        )
    assert (await ask(rig, "many")).total == count
    assert (await ask(rig, "many", measure=D.MEASURE_UNIQUE_USERS)).total == count
    by_day = await ask(rig, "many", group_by=[D.DIMENSION_DAY], time_zone="Asia/Kathmandu")
    assert sum(row.value for row in by_day.rows) == by_day.total == count
