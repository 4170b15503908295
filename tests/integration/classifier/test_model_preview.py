"""What statistics would be if the model in the shadow had labelled the messages (B18): real model, real store."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from earshot.classifier.v1 import lifecycle_pb2
from earshot.store.v1 import message_pb2, preview_pb2, relabelling_pb2, stats_pb2
from earshot.types.v1 import question_pb2
from services.runtime.auth import Role, TokenSigner
from services.runtime.errors import ErrorReason
from services.runtime.keys import KeyFiles
from tests.support.classifier import RunningClassifier, serve_classifier
from tests.support.model_life import ACTIVE, CLEAR, OFF, SHADOW, Life, add_variant
from tests.support.store import (
    NOW,
    StoreRig,
    caller,
    error_of,
    ingest,
    new_message,
    running_store,
    timestamp,
)

D = question_pb2
TEXTS = (
    CLEAR,
    "my deposit failed and my bonus is missing, both since yesterday",
    "where is my withdrawal, it has been pending for a week",
    "the deposit by card was declined three times",
    "I cannot log in, my password is not accepted",
    "meine Einzahlung wurde von der Kasse abgelehnt und der Bonus fehlt",
)
DAY = D.TimeRange(start=timestamp(NOW - timedelta(hours=1)), end=timestamp(NOW + timedelta(hours=1)))
TOKYO = "Asia/Tokyo"


@pytest_asyncio.fixture(scope="module")
async def beside(
    classifier_keys: KeyFiles, tmp_path_factory: pytest.TempPathFactory, database_url: str
) -> AsyncIterator[tuple[RunningClassifier, StoreRig]]:
    """A classifier with two further models, and a store whose messages it labels."""
    models = tmp_path_factory.mktemp("models")
    add_variant(models, "same")
    add_variant(models, "shy", "deposit_failed")
    token = TokenSigner.from_file(classifier_keys.private_key).sign(caller(Role.SERVICE), lifetime_seconds=86_400)
    async with (
        serve_classifier(classifier_keys, classifier_models=models) as running,
        running_store(
            tmp_path_factory.mktemp("store"),
            database_url,
            classifier_address=running.address,
            keys=classifier_keys,
            service_token=token,
            store_preview_messages=10,
            store_accepted_languages="en",
        ) as rig,
    ):
        yield running, rig


async def hear(rig: StoreRig, workspace: str, texts: Sequence[str], **fields: Any) -> list[message_pb2.Message]:
    """Messages of the day and of the next one, with their labels."""
    sent = [new_message(text, **fields) for text in texts]
    stub = rig.client.messages(caller(workspace_id=workspace))
    heard = list((await stub.IngestMessages(ingest(*sent, wait_seconds=30))).messages)
    assert {message.status for message in heard} <= {message_pb2.LABEL_STATUS_LABELLED}
    return heard


async def hear_and_correct(rig: StoreRig, workspace: str) -> None:
    """The texts, one of them labelled by a person as the shadow would not, and another day's."""
    heard = await hear(rig, workspace, TEXTS)
    correction = message_pb2.CorrectLabelsRequest(id=heard[3].id, intents=["deposit_failed"])
    await rig.client.messages(caller(workspace_id=workspace)).CorrectLabels(correction)
    await hear(rig, workspace, TEXTS[:1], event_time=timestamp(NOW + timedelta(days=1)))


async def counts(rig: StoreRig, workspace: str) -> dict[tuple[int, str], int]:
    """How statistics count the day's labels."""
    stub, found = rig.client.stats(caller(workspace_id=workspace)), dict[tuple[int, str], int]()
    for dimension in (D.DIMENSION_CATEGORY, D.DIMENSION_INTENT, D.DIMENSION_SENTIMENT):
        query = D.StatsQuery(group_by=[dimension], range=DAY)
        rows = (await stub.QueryStats(stats_pb2.QueryStatsRequest(query=query))).result.rows
        found |= {(int(dimension), row.keys[0]): int(row.value) for row in rows}
    return found


async def preview(
    rig: StoreRig, workspace: str, role: Role = Role.ADMIN, **fields: Any
) -> preview_pb2.PreviewModelResponse:
    """What the shadow would change about the day."""
    stub = rig.client.stats(caller(role, workspace_id=workspace))
    return await stub.PreviewModel(preview_pb2.PreviewModelRequest(**(fields or {"range": DAY})))


async def relabelled(rig: StoreRig, workspace: str) -> relabelling_pb2.Relabelling:
    """The day's messages, labelled anew by the model that serves."""
    stub = rig.client.relabellings(caller(Role.ADMIN, workspace_id=workspace))
    found = (await stub.CreateRelabelling(relabelling_pb2.CreateRelabellingRequest(range=DAY))).relabelling
    async with asyncio.timeout(60):
        while found.state == relabelling_pb2.RELABELLING_STATE_RUNNING:
            await asyncio.sleep(0.05)
            asked = relabelling_pb2.GetRelabellingRequest(id=found.id)
            found = (await stub.GetRelabelling(asked)).relabelling
    return found


async def test_a_preview_says_what_statistics_are_once_the_shadow_serves(
    beside: tuple[RunningClassifier, StoreRig], classifier_keys: KeyFiles
) -> None:
    running, rig = beside
    life = Life(running, classifier_keys)
    await hear_and_correct(rig, "before")
    await life.step(SHADOW, "shy")
    found = await preview(rig, "before")
    now = {(int(row.dimension), row.key): row.count for row in found.rows if row.count}
    then = {(int(row.dimension), row.key): row.shadow_count for row in found.rows if row.shadow_count}
    assert now == await counts(rig, "before")
    order = [(row.dimension, 2 * row.both - row.count - row.shadow_count, row.key) for row in found.rows]
    assert order == sorted(order)
    failed = next(row for row in found.rows if row.key == "deposit_failed")
    assert (failed.count, failed.shadow_count, failed.both) == (3, 1, 1)
    assert (found.considered_messages, found.changed_messages, found.shadow.version) == (4, 2, "shy")
    assert (found.judged_messages, found.unsupported_messages, found.pending_messages) == (1, 1, 0)
    # Nobody notices: what is stored stays, the active model answers as before, the comparison counts live texts alone.
    assert await counts(rig, "before") == now
    assert "deposit_failed" in {score.label for score in (await running.classify(CLEAR)).results[0].intents}
    status = (await running.stub.GetModelStatus(lifecycle_pb2.GetModelStatusRequest())).status
    assert status.comparison.texts == 0
    assert (await life.step(ACTIVE, force=True)).active.version == "shy"
    await hear_and_correct(rig, "after")
    assert await counts(rig, "after") == then
    # What was foreseen comes true of the very messages, once they are labelled anew.
    assert await counts(rig, "before") == now
    done = await relabelled(rig, "before")
    assert (done.considered_messages, done.relabelled_messages, done.changed_messages) == (6, 4, 2)
    assert (done.judged_messages, await counts(rig, "before")) == (1, then)


async def test_what_cannot_be_previewed_is_refused_and_yesterday_is_the_zones(
    beside: tuple[RunningClassifier, StoreRig], classifier_keys: KeyFiles
) -> None:
    running, rig = beside
    life = Life(running, classifier_keys)
    await life.step(OFF)
    for call in (preview(rig, "empty", Role.AGENT), running.classify(CLEAR, by_shadow=True)):
        assert (await error_of(call)).reason == ErrorReason.ROLE_MISSING
    none = await error_of(preview(rig, "empty"))
    assert (none.reason, "MODEL_STAGE_SHADOW" in none.hint) == (ErrorReason.FAILED_PRECONDITION, True)
    assert (await error_of(preview(rig, "empty", time_zone="Mars"))).reason == ErrorReason.BAD_TIME_ZONE
    await life.step(SHADOW, "same")
    days = [datetime.now(ZoneInfo(TOKYO)).date() - timedelta(days=1)]
    found = await preview(rig, "empty", time_zone=TOKYO)
    days.append(datetime.now(ZoneInfo(TOKYO)).date() - timedelta(days=1))
    start = found.range.start.ToDatetime(UTC).astimezone(ZoneInfo(TOKYO))
    assert (start.date() in days, start.hour, start.minute) == (True, 0, 0)
    assert found.range.end.ToDatetime(UTC) - start == timedelta(days=1)
    assert not found.rows
    await hear(rig, "full", [CLEAR] * 11)
    many = await error_of(preview(rig, "full"))
    assert (many.reason, many.hint) == (ErrorReason.BAD_RANGE, "Shorten the range.")
    assert "at most 10 messages, not 11" in many.message
