"""Messages in languages that are not accepted: stored, marked, counted by language, and not classified (C38)."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any, Final

import asyncpg
import pytest
import pytest_asyncio
from arro3.io import read_parquet

from earshot.store.v1 import estimate_pb2, message_pb2, preview_pb2, search_pb2, stats_pb2, taxonomy_pb2, workspace_pb2
from earshot.types.v1 import question_pb2
from services.runtime.auth import Identity, Role
from services.runtime.errors import ErrorReason
from services.store.housekeeping.folding import fold_all
from tests.support.postgres import connection
from tests.support.scripted_classifier import GERMAN, MODEL, SHADOW, Script, scripted_classifier
from tests.support.store import NOW, StoreRig, caller, error_of, ingest, new_message, running_store, timestamp

D = question_pb2
MINE = caller(workspace_id="accepting")
FOREIGN: Final = f"mein Bonus fehlt, {GERMAN} helfen"
TEXTS: Final = ("deposit", "angry about my bonus", FOREIGN)


@pytest_asyncio.fixture(scope="module")
async def classifier() -> AsyncIterator[tuple[Script, str]]:
    async with scripted_classifier() as scripted:
        yield scripted


@pytest_asyncio.fixture(scope="module")
async def rig(
    tmp_path_factory: pytest.TempPathFactory, database_url: str, classifier: tuple[Script, str]
) -> AsyncIterator[StoreRig]:
    async with running_store(
        tmp_path_factory.mktemp("store"),
        database_url,
        classifier_address=classifier[1],
        enricher_concurrency=1,
        store_accepted_languages="fr, en",
    ) as running:
        yield running


@pytest_asyncio.fixture(scope="module")
async def stored(rig: StoreRig) -> list[message_pb2.Message]:
    """The messages of TEXTS, each of a customer of its own."""
    sent = [new_message(text, user_id=f"u-{place}") for place, text in enumerate(TEXTS)]
    answer = await rig.client.messages(MINE).IngestMessages(ingest(*sent, wait_seconds=30))
    return list(answer.messages)


async def test_others_are_marked_and_not_classified(rig: StoreRig, stored: list[message_pb2.Message]) -> None:
    assert [message.labels.unsupported_language for message in stored] == [False, False, True]
    assert {message.status for message in stored} == {message_pb2.LABEL_STATUS_LABELLED}
    labels = stored[-1].labels
    assert (labels.language, labels.model, labels.abstained) == ("de", MODEL, False)
    assert (list(labels.intents), list(labels.categories), labels.HasField("sentiment")) == ([], [], False)
    found = await rig.client.messages(MINE).GetMessage(message_pb2.GetMessageRequest(id=stored[-1].id))
    assert (found.message, [one.unsupported_language for one in found.history]) == (stored[-1], [True])
    request = message_pb2.ListMessagesRequest(status=message_pb2.LABEL_STATUS_PENDING)
    assert not (await rig.client.messages(MINE).ListMessages(request)).messages


async def counted(rig: StoreRig, *group_by: "question_pb2.Dimension.ValueType", **fields: Any) -> tuple[Any, float]:
    """The rows of a question by their key, and its total."""
    request = stats_pb2.QueryStatsRequest(query=D.StatsQuery(group_by=group_by, **fields))
    result = (await rig.client.stats(MINE).QueryStats(request)).result
    return {" ".join(row.keys): row.value for row in result.rows}, result.total


async def fold_everything(rig: StoreRig) -> None:
    """Returns when the roll-ups hold all there is; the store's own loop may be at it as well."""
    async with asyncio.timeout(60):
        while await value(rig, "SELECT EXISTS (SELECT FROM stat_changes)"):
            await fold_all(rig.store.pools.duties)


async def value(rig: StoreRig, sql: str) -> Any:
    async with rig.store.pools.calls.transaction(MINE.workspace_id, readonly=True) as asked:
        return await asked.fetchval(sql)


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("as_of", [False, True])
@pytest.mark.usefixtures("stored")
async def test_they_count_with_their_language_and_in_no_category(rig: StoreRig, folded: bool, as_of: bool) -> None:
    if folded:
        await fold_everything(rig)
    # As of an instant the messages themselves are counted, and not the roll-ups.
    known: dict[str, Any] = {"as_of": timestamp(await value(rig, "SELECT now()"))} if as_of else {}
    day = NOW.date().isoformat()
    month = D.TimeRange(start=timestamp(NOW.replace(day=1, hour=0)), end=timestamp(NOW.replace(day=31)))
    known["range"] = month
    users = {"measure": D.MEASURE_UNIQUE_USERS, **known}
    assert await counted(rig, **known) == ({"": 3}, 3)
    assert await counted(rig, D.DIMENSION_LANGUAGE, **known) == ({"en": 2, "de": 1}, 3)
    assert await counted(rig, D.DIMENSION_STATUS, **known) == ({"labelled": 3}, 3)
    assert await counted(rig, D.DIMENSION_CATEGORY, **known) == ({"deposit": 1, "bonus": 1, "anger_feedback": 1}, 3)
    for question in (known, users):
        assert await counted(rig, D.DIMENSION_SENTIMENT, **question) == ({"neutral": 1, "negative": 1}, 3)
    by_both, total = await counted(rig, D.DIMENSION_SENTIMENT, D.DIMENSION_LANGUAGE, **known)
    assert (by_both, total) == ({"neutral en": 1, "negative en": 1}, 3)
    other_moods = D.Filters(sentiments=D.ValueFilter(none_of=["negative"]))
    assert await counted(rig, D.DIMENSION_LANGUAGE, filters=other_moods, **known) == ({"en": 1, "de": 1}, 2)
    by_day, _ = await counted(rig, D.DIMENSION_DAY, D.DIMENSION_SENTIMENT, **users)
    assert {key: value for key, value in by_day.items() if value} == {f"{day} neutral": 1, f"{day} negative": 1}
    sure, _ = await counted(rig, measure=D.MEASURE_MEAN_CONFIDENCE, **known)
    assert sure[""] == pytest.approx(0.9)


@pytest.mark.usefixtures("stored")
async def test_estimates_leave_them_out(rig: StoreRig) -> None:
    answer = await rig.client.stats(MINE).EstimateCounts(estimate_pb2.EstimateCountsRequest())
    assert (answer.labelled_messages, answer.pending_messages) == (2, 0)


async def file_of(rig: StoreRig, file_format: message_pb2.ExportFormat.ValueType) -> bytes:
    request = message_pb2.ExportMessagesRequest(format=file_format)
    return b"".join([part.data async for part in rig.client.messages(MINE).ExportMessages(request)])


@pytest.mark.usefixtures("stored")
async def test_a_preview_leaves_them_as_they_are_and_ends_with_its_caller(
    rig: StoreRig, classifier: tuple[Script, str]
) -> None:
    script, _ = classifier
    mine = caller(Role.ADMIN, workspace_id="accepting-previews")
    # Pages of 64 texts, all of one instant.
    sent = ingest(*(new_message(text) for text in TEXTS * 50), wait_seconds=30)
    await rig.client.messages(mine).IngestMessages(sent)
    stub, asked = rig.client.stats(mine), preview_pb2.PreviewModelRequest(range=D.TimeRange())
    found = await stub.PreviewModel(asked)
    assert (found.shadow, found.considered_messages, found.unsupported_messages) == (SHADOW, 100, 50)
    assert found.changed_messages == 0
    assert {row.key for row in found.rows} >= {"deposit", "bonus_missing", "negative"}
    assert all(row.count == row.shadow_count == row.both == 50 for row in found.rows)
    script.open.clear()
    script.entered.clear()
    first = asyncio.ensure_future(stub.PreviewModel(asked))
    await script.entered.wait()
    assert (await error_of(stub.PreviewModel(asked))).reason == ErrorReason.TOO_MANY_CALLS
    first.cancel()
    # Nothing opened it: who asked has left, and so the call to the classifier ended.
    async with asyncio.timeout(30):
        while any(script.live.values()):  # noqa: ASYNC110 - a number that nothing announces
            await asyncio.sleep(0.002)
    script.open.set()
    script.shadow = MODEL
    async with asyncio.timeout(30):
        while (error := await error_of(stub.PreviewModel(asked))).reason == ErrorReason.TOO_MANY_CALLS:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    script.shadow = SHADOW
    assert (error.reason, "every process" in error.hint) == (ErrorReason.CONFLICT, True)


async def test_exports_have_their_language_and_nothing_else(rig: StoreRig) -> None:
    names = ("category", "intents", "confidence", "sentiment", "language", "status")
    text = (await file_of(rig, message_pb2.EXPORT_FORMAT_CSV)).decode()
    (row,) = [row for row in csv.DictReader(io.StringIO(text, newline="")) if row["text"] == FOREIGN]
    assert [row[name] for name in names] == ["", "", "", "", "de", "labelled"]
    lines = map(json.loads, (await file_of(rig, message_pb2.EXPORT_FORMAT_JSONL)).splitlines())
    (line,) = [line for line in lines if line["text"] == FOREIGN]
    assert [line[name] for name in names] == [None, [], None, None, "de", "labelled"]
    table = read_parquet(io.BytesIO(await file_of(rig, message_pb2.EXPORT_FORMAT_PARQUET))).read_all()
    place = list(table["text"].to_pylist()).index(FOREIGN)
    assert [table[name].to_pylist()[place] for name in names] == [None, [], None, None, "de", "labelled"]


async def test_search_finds_them_and_no_custom_category_holds_for_them(rig: StoreRig) -> None:
    mine = caller(Role.ADMIN, workspace_id="accepting-custom")
    messages, stub = rig.client.messages(mine), rig.client.taxonomy(mine)
    (message,) = (await messages.IngestMessages(ingest(new_message(FOREIGN), wait_seconds=30))).messages
    hits = (await rig.client.search(mine).SearchMessages(search_pb2.SearchMessagesRequest(text="Bonus fehlt"))).hits
    assert [hit.message.id for hit in hits] == [message.id]
    made = await stub.CreateCategory(
        taxonomy_pb2.CreateCategoryRequest(name="Foreign", description="as this", examples=[FOREIGN])
    )
    wanted = taxonomy_pb2.GetCategoryRequest(id=made.category.id)
    tried = await stub.PreviewCategory(taxonomy_pb2.PreviewCategoryRequest(id=wanted.id))
    assert (tried.considered, tried.matches) == (0, 0)
    await stub.ApplyCategory(taxonomy_pb2.ApplyCategoryRequest(id=wanted.id))
    (again,) = (await messages.IngestMessages(ingest(new_message(FOREIGN), wait_seconds=30))).messages
    assert again.labels.unsupported_language
    async with asyncio.timeout(60):
        while (category := (await stub.GetCategory(wanted)).category).walking:  # noqa: ASYNC110 - a row has no event
            await asyncio.sleep(0.02)
    assert category.matches == 0


async def test_a_person_may_label_them(rig: StoreRig) -> None:
    mine: Identity = caller(workspace_id="accepting-people")
    stub = rig.client.messages(mine)
    (message,) = (await stub.IngestMessages(ingest(new_message(FOREIGN), wait_seconds=30))).messages
    confirming = message_pb2.CorrectLabelsRequest(id=message.id, verdict=message_pb2.VERDICT_CONFIRMED)
    assert (await error_of(stub.CorrectLabels(confirming))).reason == ErrorReason.NOT_LABELLED
    halved = message_pb2.CorrectLabelsRequest(id=message.id, intents=["bonus_missing"])
    assert (await error_of(stub.CorrectLabels(halved))).reason == ErrorReason.MISSING_FIELD
    whole = message_pb2.CorrectLabelsRequest(id=message.id, intents=["bonus_missing"], sentiment="negative")
    labels = (await stub.CorrectLabels(whole)).message.labels
    assert (labels.unsupported_language, labels.language, labels.sentiment.label) == (False, "de", "negative")
    # What no model judged is no disagreement of the model with people.
    agreed = await stub.GetReviewAgreement(message_pb2.GetReviewAgreementRequest())
    assert agreed.reviewed == 0


async def accept(rig: StoreRig, mine: Identity, *codes: str) -> workspace_pb2.AcceptedLanguages:
    """The languages in force, after a workspace chose these."""
    settings = workspace_pb2.WorkspaceSettings(accepted_languages=workspace_pb2.AcceptedLanguages(codes=codes))
    request = workspace_pb2.UpdateWorkspaceSettingsRequest(settings=settings)
    return (await rig.client.workspaces(mine).UpdateWorkspaceSettings(request)).settings.accepted_languages


async def unsupported(rig: StoreRig, mine: Identity) -> list[bool]:
    """Whether a German and an English message, sent now, are in languages that are not accepted."""
    sent = [new_message(text) for text in (FOREIGN, "deposit")]
    answer = await rig.client.messages(mine).IngestMessages(ingest(*sent, wait_seconds=30))
    assert {message.status for message in answer.messages} == {message_pb2.LABEL_STATUS_LABELLED}
    return [message.labels.unsupported_language for message in answer.messages]


async def test_a_workspace_accepts_languages_of_its_own(rig: StoreRig) -> None:
    mine = caller(Role.ADMIN, workspace_id="accepting-german")
    stub, asked = rig.client.workspaces(mine), workspace_pb2.GetWorkspaceSettingsRequest()
    theirs = workspace_pb2.AcceptedLanguages(codes=["en", "fr"], origin=workspace_pb2.SETTING_ORIGIN_DEPLOYMENT)
    assert (await stub.GetWorkspaceSettings(asked)).settings.accepted_languages == theirs
    assert await unsupported(rig, mine) == [True, False]
    own = workspace_pb2.AcceptedLanguages(codes=["de", "sl"], origin=workspace_pb2.SETTING_ORIGIN_WORKSPACE)
    assert await accept(rig, mine, "sl", "de", "sl") == own
    assert await unsupported(rig, mine) == [False, True]
    for role in (Role.VIEWER, Role.AGENT, Role.SERVICE):
        reading = rig.client.workspaces(caller(role, workspace_id="accepting-german"))
        assert (await reading.GetWorkspaceSettings(asked)).settings.accepted_languages == own
    assert not (await accept(rig, mine)).codes
    assert await unsupported(rig, mine) == [False, False]
    request = workspace_pb2.UpdateWorkspaceSettingsRequest()
    request.update_mask.paths.append("accepted_languages")
    assert (await stub.UpdateWorkspaceSettings(request)).settings.accepted_languages == theirs
    assert await unsupported(rig, mine) == [True, False]


async def test_a_batch_of_several_workspaces_keeps_to_each_ones_languages(
    rig: StoreRig, classifier: tuple[Script, str]
) -> None:
    script, _ = classifier
    german = caller(Role.ADMIN, workspace_id="accepting-german-only")
    others = caller(workspace_id="accepting-as-all-do")
    await accept(rig, german, "de")
    script.open.clear()
    script.entered.clear()
    await rig.client.messages(others).IngestMessages(ingest(new_message("deposit first")))
    await script.entered.wait()
    waiting = [(who, new_message(FOREIGN, external_id="one batch")) for who in (others, german, others)]
    for who, message in waiting:
        await rig.client.messages(who).IngestMessages(ingest(message))
    script.open.set()
    found = [
        (await rig.client.messages(who).IngestMessages(ingest(message, wait_seconds=30))).messages[0].labels
        for who, message in waiting
    ]
    assert [labels.unsupported_language for labels in found] == [True, False, True]


async def test_only_admins_choose(rig: StoreRig) -> None:
    request = workspace_pb2.UpdateWorkspaceSettingsRequest()
    for role in (Role.VIEWER, Role.AGENT, Role.INGEST, Role.SERVICE):
        stub = rig.client.workspaces(caller(role, workspace_id="accepting-people"))
        assert (await error_of(stub.UpdateWorkspaceSettings(request))).reason == ErrorReason.ROLE_MISSING
    reading = rig.client.workspaces(caller(Role.INGEST)).GetWorkspaceSettings(
        workspace_pb2.GetWorkspaceSettingsRequest()
    )
    assert (await error_of(reading)).reason == ErrorReason.ROLE_MISSING


async def test_labels_are_whole_or_none(database_url: str, stored: list[message_pb2.Message]) -> None:
    async with connection(database_url) as owner:
        for half in ("sentiment = 'neutral'", "intent_scores = '{1}'", "category_mask = 1"):
            with pytest.raises(asyncpg.CheckViolationError, match="labels_intents"):
                await owner.execute(f"UPDATE labels SET {half} WHERE message_id = $1", stored[-1].id)
