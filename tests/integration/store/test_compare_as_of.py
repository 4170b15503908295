"""CompareAsOf through gRPC: what became known since, and why (B14)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from earshot.store.v1 import as_of_pb2, message_pb2, stats_pb2
from earshot.types.v1 import question_pb2
from services.runtime.auth import Role
from services.runtime.errors import ErrorReason
from tests.support.scripted_classifier import scripted_classifier
from tests.support.store import NOW, StoreRig, caller, error_of, ingest, new_message, running_store, timestamp

MINE = caller(workspace_id="compared")
VIEWER = caller(Role.VIEWER, workspace_id="compared")


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    async with (
        scripted_classifier() as (_, address),
        running_store(tmp_path_factory.mktemp("store"), database_url, classifier_address=address) as running,
    ):
        yield running


def parts(row: as_of_pb2.AsOfRow) -> list[float]:
    return [part.value for part in row.parts]


async def test_a_difference_is_late_arrivals_and_corrections(rig: StoreRig) -> None:
    stub = rig.client.messages(MINE)
    first = await stub.IngestMessages(ingest(new_message("my deposit"), new_message("deposit two"), wait_seconds=30))
    end = question_pb2.TimeRange(start=timestamp(NOW - timedelta(days=1)), end=timestamp(NOW + timedelta(days=1)))
    reported = (await rig.client.stats(VIEWER).QueryStats(stats_pb2.QueryStatsRequest())).result.as_of
    await stub.CorrectLabels(message_pb2.CorrectLabelsRequest(id=first.messages[0].id, intents=["bonus_terms"]))
    await stub.IngestMessages(ingest(new_message("late deposit"), wait_seconds=30))
    query = question_pb2.StatsQuery(range=end, group_by=[question_pb2.DIMENSION_CATEGORY])
    request = as_of_pb2.CompareAsOfRequest(query=query, before=reported)
    answer = await rig.client.stats(VIEWER).CompareAsOf(request)
    rows = {row.keys[0]: (row.before, row.after, parts(row)) for row in answer.rows}
    assert rows == {"deposit": (2, 2, [1, 0, 0, -1]), "bonus": (0, 1, [0, 0, 0, 1])}
    assert (answer.total.before, answer.total.after, parts(answer.total)) == (2, 3, [1, 0, 0, 0])
    assert answer.total_rows == 2
    assert answer.before == reported


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, ErrorReason.MISSING_FIELD),
        ({"before": timestamp(datetime(2200, 1, 1, tzinfo=UTC))}, ErrorReason.BAD_RANGE),
        ({"before": timestamp(NOW), "after": timestamp(NOW)}, ErrorReason.BAD_RANGE),
        ({"before": timestamp(NOW), "query": question_pb2.StatsQuery(as_of=timestamp(NOW))}, ErrorReason.BAD_QUERY),
        ({"before": timestamp(NOW), "query": question_pb2.StatsQuery(time_zone="Mars")}, ErrorReason.BAD_TIME_ZONE),
    ],
)
async def test_what_is_wrong_is_named(rig: StoreRig, fields: dict[str, Any], reason: ErrorReason) -> None:
    call = rig.client.stats(VIEWER).CompareAsOf(as_of_pb2.CompareAsOfRequest(**fields))
    assert (await error_of(call)).reason == reason
