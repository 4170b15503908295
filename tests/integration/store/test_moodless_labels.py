"""Labels of a model that gives no sentiment: every number that is not about sentiment counts them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from earshot.store.v1 import change_pb2, estimate_pb2, stats_pb2
from earshot.types.v1 import question_pb2
from tests.support.postgres import connection, fresh_database
from tests.support.scripted_classifier import scripted_classifier
from tests.support.store import NOW, StoreRig, ingest, new_message, running_store, timestamp


async def asked(rig: StoreRig, **query: Any) -> question_pb2.StatsResult:
    request = stats_pb2.QueryStatsRequest(query=question_pb2.StatsQuery(**query))
    return (await rig.client.stats().QueryStats(request)).result


async def test_labels_without_sentiment_are_in_all_other_numbers(
    tmp_path: Path, postgres_url: str, migrated: str
) -> None:
    async with (
        fresh_database(postgres_url, "moodless", template=migrated) as url,
        scripted_classifier() as (_, address),
        running_store(tmp_path, url, classifier_address=address) as rig,
    ):
        texts = ("the deposit", "deposit and bonus", "the bonus")
        await rig.client.messages().IngestMessages(ingest(*map(new_message, texts), wait_seconds=30))
        async with connection(url) as owner:
            await owner.execute("UPDATE labels SET sentiment = '' WHERE intents[1] = 'deposit_failed'")
            await owner.execute("UPDATE labels SET intent_scores[1] = 0.5 WHERE intents[1] = 'deposit_failed'")
        confident = await asked(rig, measure=question_pb2.MEASURE_MEAN_CONFIDENCE)
        assert round(confident.total, 6) == round((0.5 + 0.5 + 0.9) / 3, 6)
        exact = await asked(rig, group_by=[question_pb2.DIMENSION_CATEGORY])
        estimated = await rig.client.stats().EstimateCounts(estimate_pb2.EstimateCountsRequest())
        assert estimated.labelled_messages == len(texts)
        counted = {row.keys[0]: int(row.value) for row in exact.rows}
        assert {row.key: row.count for row in estimated.rows if row.count} == counted == {"deposit": 2, "bonus": 2}
        whole = question_pb2.TimeRange(start=timestamp(NOW), end=timestamp(NOW + timedelta(days=1)))
        change = await rig.client.stats().ExplainChange(change_pb2.ExplainChangeRequest(range=whole))
        cells = {(cell.category, cell.source, cell.sentiment, cell.language): cell.value for cell in change.cells}
        assert cells == {
            ("deposit", "livechat", "", "en"): 1,
            ("bonus", "livechat", "", "en"): 1,
            ("bonus", "livechat", "neutral", "en"): 1,
        }
        moods = next(split for split in change.splits if split.dimension == question_pb2.DIMENSION_SENTIMENT)
        assert {part.key: part.value for part in moods.parts} == {"": 2, "neutral": 1}
