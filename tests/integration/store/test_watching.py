"""DetectSpikes and ExplainChange through gRPC, over messages of known days."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp

from earshot.store.v1 import change_pb2, spikes_pb2, stats_pb2
from earshot.types.v1 import question_pb2
from services.runtime.auth import Role
from services.runtime.errors import ErrorReason, PermissionDeniedError
from services.runtime.labels import CATEGORIES, CATEGORY_OF_INTENT, INTENTS, SENTIMENTS
from tests.support.postgres import connection
from tests.support.statistics_world import WorldLabels, WorldMessage, load
from tests.support.store import StoreRig, caller, error_of, running_store, timestamp

WORKSPACE = "watched"
RANDOM = "random"
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
SPIKE = datetime(2026, 3, 11, tzinfo=UTC)
END = datetime(2026, 3, 14, tzinfo=UTC)
LONG_AGO = Timestamp(seconds=-62_135_596_800)
"""The year 1: before it there is no calendar."""
BURST = 7


def message(
    time: datetime,
    *intents: str,
    source: str = "livechat",
    user_id: str = "u",
    mood: str = "neutral",
    incident: int = 0,
) -> WorldMessage:
    scores = tuple(0.9 - 0.1 * place for place, _ in enumerate(intents))
    labels = WorldLabels(valid_from=time, valid_to=None, intents=intents, scores=scores, sentiment=mood, language="en")
    given = (labels,) if intents else ()
    return WorldMessage(
        event_time=time,
        create_time=time,
        source=source,
        user_id=user_id,
        text="where is it",
        labels=given,
        incident=(incident, time) if incident else None,
    )


def quiet_world() -> list[WorldMessage]:
    """Ten deposits and four withdrawals a day, fewer at the weekend; 60 deposits on one day between 14:00 and 15:00."""
    found = []
    for day in range((END - FIRST).days):
        begin = FIRST + timedelta(days=day)
        weekend = begin.weekday() > 4
        times = [(number, begin + timedelta(hours=8 + number)) for number in range(5 if weekend else 10)]
        found += [message(time, "deposit_failed", user_id=f"d{number}") for number, time in times]
        found += [message(time, "withdrawal_delayed", user_id=f"w{number}") for number, time in times[:4]]
    found += [
        message(
            SPIKE + timedelta(hours=14, minutes=number),
            "deposit_failed",
            source="telegram",
            user_id=f"n{number}",
            incident=BURST,
        )
        for number in range(50)
    ]
    return found


def random_world() -> list[WorldMessage]:
    dice = Random(11)
    return [
        message(
            FIRST + timedelta(days=28 * dice.random()),
            *dice.sample(INTENTS, dice.choice((0, 1, 1, 2, 3))),
            source=dice.choice(("livechat", "telegram", "email")),
            user_id=f"u{dice.randrange(60)}",
            mood=dice.choice(SENTIMENTS),
            incident=dice.choice((0, 0, *range(1, 40))),
        )
        for _ in range(600)
    ]


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    async with running_store(tmp_path_factory.mktemp("store"), database_url) as running:
        async with connection(database_url) as owner:
            await load(owner, WORKSPACE, quiet_world())
            await load(owner, RANDOM, random_world())
        yield running


def between(start: datetime, end: datetime) -> question_pb2.TimeRange:
    return question_pb2.TimeRange(start=timestamp(start), end=timestamp(end))


async def spikes(rig: StoreRig, workspace_id: str = WORKSPACE, **question: Any) -> spikes_pb2.DetectSpikesResponse:
    stub = rig.client.stats(caller(Role.VIEWER, workspace_id=workspace_id))
    return await stub.DetectSpikes(spikes_pb2.DetectSpikesRequest(**question))


async def explained(rig: StoreRig, workspace_id: str = RANDOM, **question: Any) -> change_pb2.ExplainChangeResponse:
    stub = rig.client.stats(caller(Role.VIEWER, workspace_id=workspace_id))
    return await stub.ExplainChange(change_pb2.ExplainChangeRequest(**question))


async def test_the_day_and_the_category_of_a_spike_are_found(rig: StoreRig) -> None:
    answer = await spikes(
        rig, range=between(END - timedelta(days=7), END), group_by=question_pb2.DIMENSION_CATEGORY, time_zone="UTC"
    )
    (spike,) = answer.spikes
    assert (spike.key, spike.seen, spike.start, spike.end) == (
        "deposit",
        60,
        timestamp(SPIKE),
        timestamp(SPIKE + timedelta(days=1)),
    )
    assert 8 < spike.expected < 12
    assert spike.p_value < 0.05 / answer.judged
    assert (answer.judged, answer.total_spikes) == (7 * len(CATEGORIES), 1)
    assert [(one.incident_id, one.messages) for one in spike.incidents] == [(str(UUID(int=BURST)), 50)]
    assert answer.step == spikes_pb2.SPIKE_STEP_DAY
    assert answer.false_alarm_rate == 0.05


async def test_hours_are_judged_in_their_zone(rig: StoreRig) -> None:
    answer = await spikes(rig, range=between(SPIKE, SPIKE + timedelta(days=1)), time_zone="Europe/Ljubljana")
    (spike,) = answer.spikes
    assert answer.step == spikes_pb2.SPIKE_STEP_HOUR
    assert spike.start == timestamp(SPIKE + timedelta(hours=14))
    assert (spike.key, spike.seen) == ("", 51)


async def test_what_is_seen_is_what_the_statistics_count(rig: StoreRig) -> None:
    answer = await spikes(rig, range=between(SPIKE, END), group_by=question_pb2.DIMENSION_CATEGORY, step=2)
    stub = rig.client.stats(caller(Role.VIEWER, workspace_id=WORKSPACE))
    query = question_pb2.StatsQuery(
        range=question_pb2.TimeRange(start=answer.spikes[0].start, end=answer.spikes[0].end),
        filters=question_pb2.Filters(categories=question_pb2.ValueFilter(any_of=[answer.spikes[0].key])),
    )
    assert (await stub.QueryStats(stats_pb2.QueryStatsRequest(query=query))).result.total == answer.spikes[0].seen


async def test_a_change_names_the_incident_that_made_it(rig: StoreRig) -> None:
    day = timedelta(days=1)
    change = await explained(rig, WORKSPACE, range=between(SPIKE, SPIKE + day))
    (part,) = change.incidents
    assert (part.incident_id, part.value, part.compare_value, part.change) == (str(UUID(int=BURST)), 50, 0, 50)
    outside = change.outside_incidents
    assert (outside.value, outside.compare_value) == (change.value - 50, change.compare_value)


async def test_the_incidents_and_all_else_add_up_to_the_change(rig: StoreRig) -> None:
    change = await explained(rig, range=between(FIRST + timedelta(days=14), FIRST + timedelta(days=28)))
    parts = [*change.incidents, change.outside_incidents]
    assert len(change.incidents) == 20
    for field in ("value", "compare_value", "change"):
        assert sum(getattr(part, field) for part in parts) == getattr(change, field)
    sizes = [abs(part.change) for part in change.incidents]
    assert sizes == sorted(sizes, reverse=True)
    assert all(sizes)


async def test_the_simple_rule_can_be_chosen(rig: StoreRig) -> None:
    week = between(END - timedelta(days=7), END)
    answer = await spikes(rig, range=week, policy=spikes_pb2.SPIKE_POLICY_TRIPLE)
    (spike,) = answer.spikes
    assert (spike.seen, spike.expected, spike.HasField("p_value")) == (64, 14, False)


async def test_without_messages_nothing_is_judged(rig: StoreRig) -> None:
    for question in ({}, {"range": between(SPIKE, END)}, {"range": between(END, END)}):
        answer = await spikes(rig, "nobody", **question)
        assert (answer.judged, list(answer.spikes)) == (0, [])


@pytest.mark.parametrize(
    ("question", "field", "reason"),
    [
        ({"time_zone": "Mars"}, "time_zone", ErrorReason.BAD_TIME_ZONE),
        ({"false_alarm_rate": 0.9}, "false_alarm_rate", ErrorReason.BAD_LIMIT),
        ({"false_alarm_rate": float("nan")}, "false_alarm_rate", ErrorReason.BAD_LIMIT),
        ({"group_by": question_pb2.DIMENSION_DAY}, "group_by", ErrorReason.UNKNOWN_ENUM_VALUE),
        ({"step": 9}, "step", ErrorReason.UNKNOWN_ENUM_VALUE),
        ({"policy": 9}, "policy", ErrorReason.UNKNOWN_ENUM_VALUE),
        ({"range": between(END, FIRST)}, "range", ErrorReason.BAD_RANGE),
        ({"as_of": LONG_AGO}, "as_of", ErrorReason.BAD_RANGE),
        ({"as_of": LONG_AGO, "time_zone": "America/New_York"}, "as_of", ErrorReason.BAD_RANGE),
        (
            {"range": between(FIRST, datetime(9998, 1, 1, tzinfo=UTC)), "step": spikes_pb2.SPIKE_STEP_HOUR},
            "range",
            ErrorReason.BAD_RANGE,
        ),
    ],
)
async def test_bad_questions_about_spikes_name_the_field(
    rig: StoreRig, question: dict[str, Any], field: str, reason: ErrorReason
) -> None:
    error = await error_of(spikes(rig, **question))
    assert (error.reason, error.violations[0].field) == (reason, field)


async def test_who_only_brings_messages_may_not_ask(rig: StoreRig) -> None:
    stub = rig.client.stats(caller(Role.INGEST, workspace_id=WORKSPACE))
    assert isinstance(await error_of(stub.DetectSpikes(spikes_pb2.DetectSpikesRequest())), PermissionDeniedError)
    assert isinstance(await error_of(stub.ExplainChange(change_pb2.ExplainChangeRequest())), PermissionDeniedError)


async def test_the_period_before_begins_with_time_where_the_range_is_longer(rig: StoreRig) -> None:
    far = datetime(9000, 1, 1, tzinfo=UTC)
    answer = await explained(rig, range=between(datetime(1990, 1, 1, tzinfo=UTC), far))
    assert answer.query.compare_to == between(datetime(1970, 1, 1, tzinfo=UTC), datetime(1990, 1, 1, tzinfo=UTC))
    assert (answer.change, answer.compare_value) == (answer.value, 0)
    assert answer.value > 0


FILTERS = (
    question_pb2.Filters(),
    question_pb2.Filters(sources=question_pb2.ValueFilter(any_of=["telegram"])),
    question_pb2.Filters(categories=question_pb2.ValueFilter(any_of=["deposit", "other"], none_of=["bonus"])),
    question_pb2.Filters(sentiments=question_pb2.ValueFilter(none_of=["positive"])),
)


@pytest.mark.parametrize(("filters", "days"), list(product(FILTERS, (3, 14))))
async def test_every_split_adds_up_to_the_change(rig: StoreRig, filters: question_pb2.Filters, days: int) -> None:
    middle = FIRST + timedelta(days=14)
    answer = await explained(rig, filters=filters, range=between(middle, middle + timedelta(days=days)), limit=7)
    stub = rig.client.stats(caller(Role.VIEWER, workspace_id=RANDOM))
    total = (await stub.QueryStats(stats_pb2.QueryStatsRequest(query=answer.query))).result
    assert (answer.value, answer.compare_value) == (total.total, total.compare_total)
    assert answer.change == answer.value - answer.compare_value
    assert sum(cell.change for cell in answer.cells) + answer.rest.change == answer.change
    assert len(answer.cells) <= 7
    for split in answer.splits:
        assert sum(part.change for part in split.parts) == answer.change
        assert sum(part.value for part in split.parts) == answer.value
    users = answer.users
    assert users.change_by_new + users.change_by_returning + users.change_by_activity == answer.change


async def test_users_are_new_until_they_have_written(rig: StoreRig) -> None:
    answer = await explained(rig, WORKSPACE, range=between(SPIKE, SPIKE + timedelta(days=1)), filters=FILTERS[0])
    users = answer.users
    assert (users.new_users, users.returning_users) == (50, 14)
    assert (users.compare_new_users, users.compare_returning_users) == (0, 14)
    assert (answer.change, users.change_by_new, users.change_by_returning, users.change_by_activity) == (50, 50, 0, 0)
    largest = answer.cells[0]
    assert (largest.category, largest.source, largest.change) == ("deposit", "telegram", 50)


async def test_a_message_of_several_categories_stands_in_the_first(rig: StoreRig) -> None:
    answer = await explained(rig, range=between(FIRST, FIRST + timedelta(days=28)), limit=1000)
    world = random_world()
    first_of = [
        next((name for name in CATEGORIES if name in {CATEGORY_OF_INTENT[i] for i in item.labels[0].intents}), "")
        if item.labels
        else ""
        for item in world
    ]
    by_category = {part.key: part.value for part in answer.splits[0].parts}
    assert by_category == {name: first_of.count(name) for name in set(first_of)}


async def test_bad_questions_about_changes_name_the_field(rig: StoreRig) -> None:
    whole = between(FIRST, END)
    for question, field in (
        ({}, "range.start"),
        ({"range": whole, "limit": 5000}, "limit"),
        ({"range": whole, "compare_to": question_pb2.TimeRange(end=timestamp(END))}, "compare_to"),
        ({"range": between(END, FIRST)}, "range"),
        ({"range": whole, "as_of": LONG_AGO}, "as_of"),
    ):
        assert (await error_of(explained(rig, **question))).violations[0].field == field
