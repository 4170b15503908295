"""EstimateCounts through gRPC: intervals beside counts that stay exact (B6)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from earshot.classifier.v1 import classifier_pb2
from earshot.store.v1 import estimate_pb2, message_pb2, stats_pb2
from earshot.types.v1 import question_pb2
from services.runtime.auth import Role
from services.runtime.errors import ErrorReason
from tests.support.postgres import connection
from tests.support.scripted_classifier import MODEL, Script, scripted_classifier
from tests.support.store import NOW, StoreRig, caller, error_of, ingest, new_message, running_store, timestamp

MINE = caller(workspace_id="estimated")
VIEWER = caller(Role.VIEWER, workspace_id="estimated")
# Half of the deposits are missed, and nothing else is taken for one.
CONFUSION = classifier_pb2.LabelConfusion(
    kind=classifier_pb2.LABEL_KIND_CATEGORY,
    label="deposit",
    true_positives=5_000,
    false_negatives=5_000,
    false_positives=0,
    true_negatives=100_000,
)


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    script = Script(confusions=[CONFUSION])  # type: ignore[abstract]  # the store calls no other method
    async with (
        scripted_classifier(script) as (_, address),
        running_store(tmp_path_factory.mktemp("store"), database_url, classifier_address=address) as running,
    ):
        await running.store.labelling.model_watch.step()
        yield running


async def ask(rig: StoreRig, **fields: Any) -> estimate_pb2.EstimateCountsResponse:
    return await rig.client.stats(VIEWER).EstimateCounts(estimate_pb2.EstimateCountsRequest(**fields))


async def test_estimates_stand_beside_exact_counts(rig: StoreRig) -> None:
    stub = rig.client.messages(MINE)
    texts = ["deposit"] * 40 + ["bonus"] * 60
    stored = await stub.IngestMessages(ingest(*(new_message(text) for text in texts), wait_seconds=30))
    before = await ask(rig)
    for message in stored.messages[:3]:
        await stub.CorrectLabels(message_pb2.CorrectLabelsRequest(id=message.id, intents=["deposit_failed"]))
    answer = await ask(rig)
    rows = {row.key: row for row in answer.rows}
    assert (answer.labelled_messages, answer.judged_messages, answer.unmeasured_messages) == (100, 3, 0)
    assert [(model.model, model.messages, model.measured) for model in answer.models] == [(MODEL, 97, True)]
    # 37 of 97 were found by a model that finds half; three are certain.
    assert rows["deposit"].estimate == 3 + 2 * 37
    assert 40 <= rows["deposit"].low < rows["deposit"].estimate < rows["deposit"].high <= 100
    # Nothing is known of this label's errors: it is as counted, and may be anything.
    assert (rows["bonus"].estimate, rows["bonus"].low, rows["bonus"].high) == (60, 0, 100 - 3 + 0)
    query = question_pb2.StatsQuery(group_by=[question_pb2.DIMENSION_CATEGORY])
    exact = (await rig.client.stats(VIEWER).QueryStats(stats_pb2.QueryStatsRequest(query=query))).result
    counted = {row.keys[0]: int(row.value) for row in exact.rows}
    assert counted == {key: row.count for key, row in rows.items() if row.count}
    assert [row.key for row in answer.rows][:2] == ["deposit", "bonus"]
    then = await ask(rig, as_of=before.as_of)
    assert (then.judged_messages, list(then.rows)) == (0, list(before.rows))


async def test_filters_and_ranges_hold_and_an_unknown_model_says_so(rig: StoreRig, database_url: str) -> None:
    mine = caller(workspace_id="unmeasured")
    await rig.client.messages(mine).IngestMessages(
        ingest(new_message("deposit", source="telegram"), new_message("deposit"), wait_seconds=30)
    )
    async with connection(database_url) as owner:
        await owner.execute("UPDATE labels SET model_version = 'forgotten' WHERE workspace_id = 'unmeasured'")
    request = estimate_pb2.EstimateCountsRequest(
        filters=question_pb2.Filters(sources=question_pb2.ValueFilter(any_of=["telegram"])),
        range=question_pb2.TimeRange(start=timestamp(NOW - timedelta(days=1))),
        confidence=0.8,
    )
    answer = await rig.client.stats(mine).EstimateCounts(request)
    first = answer.rows[0]
    assert (answer.labelled_messages, answer.unmeasured_messages, answer.confidence) == (1, 1, 0.8)
    assert (first.key, first.count, first.estimate, first.low, first.high) == ("deposit", 1, 1, 0, 1)
    assert answer.range.HasField("end")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"filters": question_pb2.Filters(categories=question_pb2.ValueFilter(any_of=["deposit"]))},
            ErrorReason.BAD_FILTER,
        ),
        ({"filters": question_pb2.Filters(min_confidence=0.5)}, ErrorReason.BAD_FILTER),
        ({"dimension": question_pb2.DIMENSION_DAY}, ErrorReason.BAD_QUERY),
        ({"dimension": 99}, ErrorReason.UNKNOWN_ENUM_VALUE),
        ({"confidence": 0.4}, ErrorReason.BAD_LIMIT),
        (
            {"range": question_pb2.TimeRange(start=timestamp(NOW), end=timestamp(NOW - timedelta(days=1)))},
            ErrorReason.BAD_RANGE,
        ),
    ],
)
async def test_what_is_wrong_is_named(rig: StoreRig, fields: dict[str, Any], reason: ErrorReason) -> None:
    call = rig.client.stats(VIEWER).EstimateCounts(estimate_pb2.EstimateCountsRequest(**fields))
    assert (await error_of(call)).reason == reason
