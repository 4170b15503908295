"""One incident, not 143 messages: bursts become groups, what only speaks of the same does not (B10)."""

import asyncio
import random
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from earshot.store.v1 import incident_pb2, message_pb2, stats_pb2
from earshot.types.v1 import question_pb2
from services.runtime.auth import Role
from services.runtime.errors import ErrorReason
from tests.support.hearing_store import HearingStore
from tests.support.incident_texts import APART, BURSTS
from tests.support.postgres import connection
from tests.support.store import NOW, caller, chunk, error_of, new_message, timestamp

WORKSPACE = "incidents"
GROUPED = 0.8
"""Share of a burst that stands in one incident, whatever model serves."""


def burst_of(text: str) -> str | None:
    return next((name for name, texts in BURSTS.items() if text in texts), None)


async def until_grouped(store: HearingStore, workspace_id: str) -> None:
    """Returns when no message of the workspace waits for labels or to be compared; TimeoutError after a minute."""
    sql = """
        SELECT (SELECT count(*) FROM label_queue WHERE workspace_id = $1)
             + (SELECT count(*) FROM incident_queue WHERE workspace_id = $1)
    """
    async with connection(store.database_url) as owner, asyncio.timeout(60):
        while await owner.fetchval(sql, workspace_id):  # noqa: ASYNC110 - a row has no event to wait for
            await asyncio.sleep(0.02)


def hour_of_messages(seed: int) -> list[message_pb2.NewMessage]:
    """The bursts and the others, mixed, over fifty minutes; each burst has one user who says it twice."""
    texts = [*APART, *(text for texts in BURSTS.values() for text in texts)]
    random.Random(seed).shuffle(texts)
    first_of = {name: texts[0] for name, texts in BURSTS.items()}
    second_of = {name: texts[1] for name, texts in BURSTS.items()}
    twice = {*first_of.values(), *second_of.values()}
    return [
        new_message(
            text,
            user_id=f"user of {burst_of(text)}" if text in twice else f"user-{place}",
            event_time=timestamp(NOW + timedelta(seconds=40 * place)),
        )
        for place, text in enumerate(texts)
    ]


@pytest_asyncio.fixture(scope="module")
async def told(hearing_store: HearingStore) -> dict[str, message_pb2.Message]:
    """Id → message of an hour, grouped."""
    heard = await hearing_store.hear(WORKSPACE, *hour_of_messages(1))
    await until_grouped(hearing_store, WORKSPACE)
    return {message.id: message for message in heard}


async def listed(store: HearingStore, workspace_id: str = WORKSPACE, **fields: object) -> list[incident_pb2.Incident]:
    stub = store.rig.client.incidents(caller(workspace_id=workspace_id))
    request = incident_pb2.ListIncidentsRequest(**fields)  # type: ignore[arg-type]  # fields by name
    return list((await stub.ListIncidents(request)).incidents)


async def memberships(store: HearingStore, workspace_id: str) -> dict[str, set[str]]:
    """Incident → texts of its messages."""
    sql = """
        SELECT member.incident_id, m.text FROM incident_members member
        JOIN messages m ON m.workspace_id = member.workspace_id AND m.id = member.message_id
        WHERE member.workspace_id = $1
    """
    groups: dict[str, set[str]] = {}
    async with connection(store.database_url) as owner:
        for row in await owner.fetch(sql, workspace_id):
            groups.setdefault(str(row["incident_id"]), set()).add(row["text"])
    return groups


async def test_each_burst_is_one_incident_and_nothing_else_is(
    hearing_store: HearingStore, told: dict[str, message_pb2.Message]
) -> None:
    groups = await memberships(hearing_store, WORKSPACE)
    for burst in BURSTS.values():
        assert max(len(group & set(burst)) for group in groups.values()) >= GROUPED * len(burst)
    for group in groups.values():
        assert len({burst_of(text) for text in group}) == 1
        assert burst_of(next(iter(group))) is not None
    for incident in await listed(hearing_store):
        texts = groups[incident.id]
        mine = [message for message in told.values() if message.text in texts]
        first = min(mine, key=lambda message: message.event_time.ToNanoseconds())
        last = max(mine, key=lambda message: message.event_time.ToNanoseconds())
        assert (incident.messages, incident.users) == (len(mine), len({message.user_id for message in mine}))
        assert (incident.first_time, incident.last_time) == (first.event_time, last.event_time)
        assert incident.exemplar.id == first.id
        assert incident.intent in {message.labels.intents[0].label for message in mine}
        assert incident.category


async def test_the_same_messages_make_the_same_incidents(
    hearing_store: HearingStore, told: dict[str, message_pb2.Message]
) -> None:
    await hearing_store.hear("incidents-again", *hour_of_messages(1))
    await until_grouped(hearing_store, "incidents-again")
    again = await memberships(hearing_store, "incidents-again")
    first = await memberships(hearing_store, WORKSPACE)
    assert sorted(map(sorted, again.values())) == sorted(map(sorted, first.values()))


async def test_what_agents_answer_is_no_incident(hearing_store: HearingStore) -> None:
    answers = [
        new_message(
            "Thank you for contacting us, we will be back shortly.", author="AUTHOR_AGENT", user_id=f"agent-{n}"
        )
        for n in range(3)
    ]
    await hearing_store.hear("incidents-agents", *answers)
    await until_grouped(hearing_store, "incidents-agents")
    assert await listed(hearing_store, "incidents-agents") == []


async def test_small_talk_is_no_incident(hearing_store: HearingStore) -> None:
    said = [new_message(text, user_id=f"user-{place}") for place, text in enumerate(("hi", "hello", "Hi!", "hi"))]
    heard = await hearing_store.hear("incidents-smalltalk", *said)
    assert {score.label for message in heard for score in message.labels.intents} == {"smalltalk"}
    await until_grouped(hearing_store, "incidents-smalltalk")
    assert await listed(hearing_store, "incidents-smalltalk") == []


async def test_what_many_told_of_comes_before_what_one_repeated(hearing_store: HearingStore) -> None:
    flood = [new_message("where is my withdrawal", user_id="one", event_time=timestamp(NOW)) for _ in range(9)]
    few = [new_message("the sms code does not arrive", user_id=f"user-{place}") for place in range(3)]
    more = [new_message("deposit page shows error 503", user_id=f"user-{place % 3}") for place in range(4)]
    await hearing_store.hear("incidents-flood", *flood, *few, *more)
    await until_grouped(hearing_store, "incidents-flood")
    incidents = await listed(hearing_store, "incidents-flood")
    assert [(incident.users, incident.messages) for incident in incidents] == [(3, 4), (3, 3), (1, 9)]


def hours_of_one_trouble() -> list[message_pb2.NewMessage]:
    """What sixty people wrote of one burst over eight hours, in time."""
    texts = BURSTS["deposit page 503"]
    return [
        new_message(
            texts[place % len(texts)],
            user_id=f"user-{place}",
            event_time=timestamp(NOW - timedelta(days=9) + timedelta(minutes=8 * place)),
        )
        for place in range(60)
    ]


@pytest.mark.parametrize("order", ["latest first", "mixed"])
async def test_the_order_of_an_imports_rows_makes_no_difference(hearing_store: HearingStore, order: str) -> None:
    rows = list(enumerate(hours_of_one_trouble(), start=1))
    rows.reverse()
    if order == "mixed":
        random.Random(2).shuffle(rows)
    workspace = f"incidents-{order.replace(' ', '-')}"
    stub = hearing_store.rig.client.messages(caller(workspace_id=workspace))
    answers = [answer async for answer in stub.ImportMessages(iter([chunk(1, rows, uuid4())]))]
    assert [answer.created for answer in answers] == [60]
    await until_grouped(hearing_store, workspace)
    assert [incident.messages for incident in await listed(hearing_store, workspace)] == [60]


async def test_the_same_words_on_another_day_are_another_incident(hearing_store: HearingStore) -> None:
    days = [
        new_message("deposit page shows error 503", event_time=timestamp(NOW + timedelta(days=day, minutes=minute)))
        for day in (0, 3)
        for minute in range(3)
    ]
    await hearing_store.hear("incidents-days", *days)
    await until_grouped(hearing_store, "incidents-days")
    assert [incident.messages for incident in await listed(hearing_store, "incidents-days")] == [3, 3]


async def test_filters_range_and_size_narrow_the_list(
    hearing_store: HearingStore, told: dict[str, message_pb2.Message]
) -> None:
    everything = await listed(hearing_store)
    sizes = [incident.messages for incident in everything]
    assert sorted(sizes) == sorted(map(len, (await memberships(hearing_store, WORKSPACE)).values()))
    assert await listed(hearing_store, min_messages=max(sizes)) == [
        incident for incident in everything if incident.messages == max(sizes)
    ]
    half = question_pb2.TimeRange(end=timestamp(NOW + timedelta(minutes=20)))
    seen = {message.id for message in told.values() if message.event_time.ToNanoseconds() < half.end.ToNanoseconds()}
    groups = await memberships(hearing_store, WORKSPACE)
    begun = await listed(hearing_store, range=half, min_messages=1)
    assert begun
    for incident in begun:
        assert incident.messages == sum(told[key].text in groups[incident.id] for key in seen)
    nobody = question_pb2.Filters(sources=question_pb2.ValueFilter(any_of=["telegram"]))
    assert await listed(hearing_store, filters=nobody) == []


async def test_statistics_count_the_incidents_of_the_list(
    hearing_store: HearingStore, told: dict[str, message_pb2.Message]
) -> None:
    stub = hearing_store.rig.client.stats(caller(workspace_id=WORKSPACE))
    half = question_pb2.TimeRange(end=timestamp(NOW + timedelta(minutes=20)))
    for period in (question_pb2.TimeRange(), half):
        query = question_pb2.StatsQuery(measure=question_pb2.MEASURE_DISTINCT_INCIDENTS, range=period)
        answer = await stub.QueryStats(stats_pb2.QueryStatsRequest(query=query))
        assert answer.result.total == len(await listed(hearing_store, range=period, min_messages=1)) > 0


async def test_pages_join_to_the_whole_list(hearing_store: HearingStore, told: dict[str, message_pb2.Message]) -> None:
    stub = hearing_store.rig.client.incidents(caller(workspace_id=WORKSPACE))
    joined: list[incident_pb2.Incident] = []
    token = ""
    while True:
        page = await stub.ListIncidents(incident_pb2.ListIncidentsRequest(page_size=2, page_token=token))
        joined.extend(page.incidents)
        token = page.next_page_token
        if not token:
            break
    assert joined == await listed(hearing_store)


async def test_another_workspace_sees_none_of_it(
    hearing_store: HearingStore, told: dict[str, message_pb2.Message]
) -> None:
    assert await listed(hearing_store, "incidents-rival") == []
    async with hearing_store.rig.store.pools.calls.transaction("incidents-rival") as transaction:
        for table in ("incidents", "incident_members", "incident_queue"):
            assert await transaction.fetchval(f"SELECT count(*) FROM {table}") == 0


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"min_messages": -1}, ErrorReason.BAD_LIMIT),
        ({"page_size": -1}, ErrorReason.BAD_PAGE_SIZE),
        ({"page_token": "nonsense"}, ErrorReason.BAD_PAGE_TOKEN),
        (
            {"range": question_pb2.TimeRange(start=timestamp(NOW), end=timestamp(NOW - timedelta(1)))},
            ErrorReason.BAD_RANGE,
        ),
    ],
)
async def test_what_is_wrong_is_named(
    hearing_store: HearingStore, fields: dict[str, object], reason: ErrorReason
) -> None:
    request = incident_pb2.ListIncidentsRequest(**fields)  # type: ignore[arg-type]  # fields by name
    assert (await error_of(hearing_store.rig.client.incidents().ListIncidents(request))).reason == reason


async def test_viewers_read_no_messages(hearing_store: HearingStore) -> None:
    stub = hearing_store.rig.client.incidents(caller(Role.VIEWER))
    assert (await error_of(stub.ListIncidents(incident_pb2.ListIncidentsRequest()))).reason == ErrorReason.ROLE_MISSING
