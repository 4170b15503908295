"""History labelled anew by the model that serves: what changes, what people said, and what every number says of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from earshot.store.v1 import as_of_pb2, message_pb2, relabelling_pb2, stats_pb2, taxonomy_pb2, workspace_pb2
from earshot.types.v1 import question_pb2
from services.runtime.auth import Role
from services.runtime.errors import ErrorReason
from services.store.housekeeping.folding import fold_all
from tests.support.postgres import connection, fresh_database
from tests.support.scripted_classifier import (
    GERMAN,
    INTENT_OF_WORD,
    MODEL,
    POISON,
    SHADOW,
    Script,
    scripted_classifier,
)
from tests.support.store import (
    NOW,
    StoreRig,
    audited,
    caller,
    error_of,
    ingest,
    list_all,
    new_message,
    running_store,
    timestamp,
)

R = relabelling_pb2
RUNNING, DONE, CANCELLED = R.RELABELLING_STATE_RUNNING, R.RELABELLING_STATE_DONE, R.RELABELLING_STATE_CANCELLED
BETTER: Mapping[str, str] = {**INTENT_OF_WORD, "bonus": "bonus_terms", "odds": "other"}
"""What the second model says."""


@dataclass(kw_only=True)
class Desk:
    """A workspace of its own, its admin, and the classifier that all of them share."""

    rig: StoreRig
    script: Script
    workspace_id: str

    def __post_init__(self) -> None:
        admin = caller(Role.ADMIN, workspace_id=self.workspace_id)
        self.messages = self.rig.client.messages(admin)
        self.relabellings = self.rig.client.relabellings(admin)
        self.stats = self.rig.client.stats(admin)
        self.admin = admin

    async def hear(self, *texts: str, **fields: object) -> list[message_pb2.Message]:
        """The messages, labelled."""
        sent = [new_message(text, user_id=f"u-{place}", **fields) for place, text in enumerate(texts)]
        return list((await self.messages.IngestMessages(ingest(*sent, wait_seconds=30))).messages)

    async def labels(self, message: message_pb2.Message) -> message_pb2.GetMessageResponse:
        """The message as it stands, and its history."""
        return await self.messages.GetMessage(message_pb2.GetMessageRequest(id=message.id))

    async def begin(self, **fields: object) -> relabelling_pb2.Relabelling:
        """A relabelling as it begins."""
        request = R.CreateRelabellingRequest(**fields)  # type: ignore[arg-type]
        return (await self.relabellings.CreateRelabelling(request)).relabelling

    async def ended(self, begun: relabelling_pb2.Relabelling) -> relabelling_pb2.Relabelling:
        """The same when it has ended."""
        async with asyncio.timeout(60):
            while True:
                found = (await self.relabellings.GetRelabelling(R.GetRelabellingRequest(id=begun.id))).relabelling
                if found.state != RUNNING:
                    return found
                await asyncio.sleep(0.02)

    async def counts(self) -> dict[str, float]:
        """Messages by intent."""
        query = question_pb2.StatsQuery(group_by=[question_pb2.DIMENSION_INTENT])
        result = (await self.stats.QueryStats(stats_pb2.QueryStatsRequest(query=query))).result
        return {row.keys[0]: row.value for row in result.rows}


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[tuple[StoreRig, Script]]:
    folder = tmp_path_factory.mktemp("store")
    async with (
        scripted_classifier() as (script, address),
        running_store(folder, database_url, classifier_address=address, store_accepted_languages="en") as running,
    ):
        yield running, script


@pytest.fixture
def desk(rig: tuple[StoreRig, Script]) -> Desk:
    """One for each test; the first model serves when it begins."""
    running, script = rig
    script.model, script.intent_of_word = MODEL, INTENT_OF_WORD
    script.open.set()
    return Desk(rig=running, script=script, workspace_id=f"relabelled-{uuid4().hex}")


def serve_better(desk: Desk) -> None:
    desk.script.model, desk.script.intent_of_word = SHADOW, BETTER


async def test_what_another_model_labelled_is_labelled_anew_and_nothing_else(desk: Desk) -> None:
    bonus, deposit, judged = await desk.hear("my bonus", "my deposit", "a bonus for a deposit")
    await desk.messages.CorrectLabels(message_pb2.CorrectLabelsRequest(id=judged.id, intents=["complaint"]))
    serve_better(desk)
    (fresh,) = await desk.hear("bonus again")
    before = await desk.counts()
    reported = (await desk.stats.QueryStats(stats_pb2.QueryStatsRequest())).result.as_of
    done = await desk.ended(await desk.begin())
    assert (done.state, done.messages, done.considered_messages) == (DONE, 4, 4)
    assert (done.relabelled_messages, done.changed_messages) == (2, 1)
    assert (done.judged_messages, done.refused_messages) == (1, 0)
    assert done.HasField("end_time")
    changed = await desk.labels(bonus)
    assert [score.label for score in changed.message.labels.intents] == ["bonus_terms"]
    assert changed.message.labels.model == SHADOW
    newest, oldest = changed.history
    assert (newest.valid_from, oldest.valid_to, oldest.model) == (oldest.valid_to, newest.valid_from, MODEL)
    assert [one.model for one in (await desk.labels(deposit)).history] == [SHADOW, MODEL]
    assert [one.author for one in (await desk.labels(judged)).history] == [
        message_pb2.LABEL_AUTHOR_HUMAN,
        message_pb2.LABEL_AUTHOR_MODEL,
    ]
    assert len((await desk.labels(fresh)).history) == 1
    assert before == {"bonus_missing": 1, "deposit_failed": 1, "complaint": 1, "bonus_terms": 1}
    assert await desk.counts() == {"deposit_failed": 1, "complaint": 1, "bonus_terms": 2}
    # B14: what was reported is still told as it was, and the difference is the model's.
    span = question_pb2.TimeRange(start=timestamp(NOW - timedelta(days=1)), end=timestamp(NOW + timedelta(days=1)))
    query = question_pb2.StatsQuery(range=span, group_by=[question_pb2.DIMENSION_INTENT])
    answer = await desk.stats.CompareAsOf(as_of_pb2.CompareAsOfRequest(query=query, before=reported))
    rows = {row.keys[0]: [part.value for part in row.parts] for row in answer.rows if row.before != row.after}
    assert rows == {"bonus_missing": [0, 0, -1, 0], "bonus_terms": [0, 0, 1, 0]}


async def test_folded_statistics_and_live_events_know_of_it(desk: Desk, rig: tuple[StoreRig, Script]) -> None:
    sent = await desk.hear(*(f"my bonus {number}" for number in range(150)))
    await fold_all(rig[0].store.pools.workers)
    watching = desk.messages.WatchMessages(message_pb2.WatchMessagesRequest())
    await watching.read()
    serve_better(desk)
    done = await desk.ended(await desk.begin())
    assert (done.considered_messages, done.changed_messages) == (150, 150)
    assert await desk.counts() == {"bonus_terms": 150}
    await fold_all(rig[0].store.pools.workers)
    assert await desk.counts() == {"bonus_terms": 150}
    told: set[str] = set()
    async with asyncio.timeout(30):
        while len(told) < len(sent):
            response: Any = await watching.read()
            for event in response.changes:
                assert [score.label for score in event.message.labels.intents] == ["bonus_terms"]
                told.add(event.message.id)
    watching.cancel()
    assert told == {message.id for message in sent}


async def test_only_the_range_is_touched_and_its_open_end_is_now(desk: Desk) -> None:
    days = [NOW - timedelta(days=day) for day in (3, 2, 1)]
    sent = [(await desk.hear("my bonus", event_time=timestamp(day)))[0] for day in days]
    serve_better(desk)
    span = question_pb2.TimeRange(start=timestamp(days[1]), end=timestamp(days[2]))
    done = await desk.ended(await desk.begin(range=span))
    assert (done.range, done.messages, done.changed_messages) == (span, 1, 1)
    models = [(await desk.labels(message)).message.labels.model for message in sent]
    assert models == [MODEL, SHADOW, MODEL]
    rest = await desk.ended(await desk.begin())
    assert (rest.messages, rest.considered_messages, rest.relabelled_messages) == (3, 3, 2)
    assert not rest.range.HasField("start")
    assert rest.range.end == rest.create_time
    again = await desk.ended(await desk.begin())
    assert (again.considered_messages, again.relabelled_messages) == (3, 0)


async def test_one_runs_at_a_time_and_can_be_cancelled_at_once(desk: Desk) -> None:
    await desk.hear("my bonus", "my deposit")
    serve_better(desk)
    desk.script.open.clear()
    desk.script.entered.clear()
    begun = await desk.begin()
    assert (begun.state, begun.considered_messages) == (RUNNING, 0)
    async with asyncio.timeout(30):
        await desk.script.entered.wait()
    assert (await error_of(desk.begin())).reason == ErrorReason.RELABELLING_RUNNING
    cancel = R.CancelRelabellingRequest(id=begun.id)
    async with asyncio.timeout(5):
        ended = (await desk.relabellings.CancelRelabelling(cancel)).relabelling
    desk.script.open.set()
    assert (ended.state, ended.relabelled_messages) == (CANCELLED, 0)
    assert (await desk.relabellings.CancelRelabelling(cancel)).relabelling == ended
    done = await desk.ended(await desk.begin())
    assert (done.state, done.relabelled_messages) == (DONE, 2)
    assert await desk.ended(begun) == ended
    everything = await desk.relabellings.ListRelabellings(R.ListRelabellingsRequest(page_size=1))
    assert list(everything.relabellings) == [done]
    following = R.ListRelabellingsRequest(page_size=1, page_token=everything.next_page_token)
    rest = await desk.relabellings.ListRelabellings(following)
    assert (list(rest.relabellings), rest.next_page_token) == ([ended], "")


async def test_a_request_that_comes_twice_begins_one(desk: Desk) -> None:
    await desk.hear("my bonus")
    serve_better(desk)
    request_id, span = str(uuid4()), question_pb2.TimeRange(end=timestamp(NOW + timedelta(hours=1)))
    first = await desk.begin(range=span, request_id=request_id)
    done = await desk.ended(first)
    assert await desk.begin(range=span, request_id=request_id) == done
    assert (await error_of(desk.begin(request_id=request_id))).reason == ErrorReason.REQUEST_ID_REUSED
    events = [event.action for event in await audited(desk.rig, desk.workspace_id, resource_kind="relabelling")]
    assert len(events) == 3


async def test_what_is_judged_or_erased_meanwhile_stays_so(desk: Desk) -> None:
    judged, erased, kept = await desk.hear("my bonus", "bonus of mine", "another bonus")
    serve_better(desk)
    desk.script.open.clear()
    desk.script.entered.clear()
    begun = await desk.begin()
    async with asyncio.timeout(30):
        await desk.script.entered.wait()
    await desk.messages.CorrectLabels(message_pb2.CorrectLabelsRequest(id=judged.id, intents=["complaint"]))
    await desk.messages.EraseUser(message_pb2.EraseUserRequest(user_id=erased.user_id))
    desk.script.open.set()
    done = await desk.ended(begun)
    assert (done.considered_messages, done.relabelled_messages) == (3, 1)
    assert await desk.counts() == {"complaint": 1, "bonus_terms": 1}
    assert (await desk.labels(kept)).message.labels.model == SHADOW
    async with connection(desk.rig.store.settings.database_url.get_secret_value()) as owner:
        assert not await owner.fetchval("SELECT count(*) FROM labels WHERE message_id = $1", UUID(erased.id))


async def test_a_refused_text_keeps_its_labels_and_costs_its_batch_mates_nothing(desk: Desk) -> None:
    (bonus,) = await desk.hear("my bonus")
    async with connection(desk.rig.store.settings.database_url.get_secret_value()) as owner:
        await owner.execute("UPDATE messages SET text = $2 WHERE id = $1", UUID(bonus.id), f"bonus {POISON}")
    (mate,) = await desk.hear("a bonus beside it")
    serve_better(desk)
    done = await desk.ended(await desk.begin())
    assert (done.relabelled_messages, done.refused_messages) == (1, 1)
    assert (await desk.labels(bonus)).message.labels.model == MODEL
    assert (await desk.labels(mate)).message.labels.model == SHADOW


async def test_what_could_not_be_labelled_or_was_not_accepted_gets_its_labels(desk: Desk) -> None:
    (foreign,) = await desk.hear(f"mein bonus, {GERMAN} helfen")
    assert foreign.labels.unsupported_language
    (failed,) = (await desk.messages.IngestMessages(ingest(new_message(f"{POISON} deposit")))).messages
    async with connection(desk.rig.store.settings.database_url.get_secret_value()) as owner:
        await owner.execute("UPDATE label_queue SET failed = true WHERE message_id = $1", UUID(failed.id))
        await owner.execute("UPDATE messages SET text = 'my deposit' WHERE id = $1", UUID(failed.id))
    taxonomy = desk.rig.client.taxonomy(desk.admin)
    asked = taxonomy_pb2.CreateCategoryRequest(name="Bonus", description="of mine", examples=[foreign.text])
    category = (await taxonomy.CreateCategory(asked)).category
    await taxonomy.ApplyCategory(taxonomy_pb2.ApplyCategoryRequest(id=category.id))
    unchanged = await desk.ended(await desk.begin())
    assert (unchanged.considered_messages, unchanged.relabelled_messages) == (2, 0)
    settings = workspace_pb2.WorkspaceSettings(accepted_languages=workspace_pb2.AcceptedLanguages(codes=["en", "de"]))
    workspaces = desk.rig.client.workspaces(desk.admin)
    await workspaces.UpdateWorkspaceSettings(workspace_pb2.UpdateWorkspaceSettingsRequest(settings=settings))
    done = await desk.ended(await desk.begin())
    assert (done.relabelled_messages, done.changed_messages) == (1, 1)
    now = (await desk.labels(foreign)).message
    assert [score.label for score in now.labels.intents] == ["bonus_missing"]
    assert [match.name for match in now.custom_categories] == ["Bonus"]
    async with asyncio.timeout(30):
        while (await desk.counts()) != {"bonus_missing": 1, "deposit_failed": 1}:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.02)


async def test_it_goes_on_where_a_store_has_ended_and_two_stores_share_the_work(
    desk: Desk, rig: tuple[StoreRig, Script], tmp_path: Path
) -> None:
    await desk.hear(*(f"my bonus {number}" for number in range(200)))
    serve_better(desk)
    url = rig[0].store.settings.database_url.get_secret_value()
    address = rig[0].store.settings.classifier_address
    async with running_store(tmp_path / "other", url, classifier_address=address, store_accepted_languages="en"):
        begun = await desk.begin()
        async with asyncio.timeout(30):
            while not (await desk.counts()).get("bonus_terms"):  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.01)
    done = await desk.ended(begun)
    assert (done.considered_messages, done.relabelled_messages, done.changed_messages) == (200, 200, 200)
    everything = await list_all(
        desk.messages, lambda token: message_pb2.ListMessagesRequest(page_size=100, page_token=token)
    )
    assert {message.labels.model.version for message in everything} == {SHADOW.version}
    async with connection(url) as owner:
        sets = "SELECT count(*) FROM labels WHERE workspace_id = $1"
        assert await owner.fetchval(sets, desk.workspace_id) == 400


async def test_it_waits_for_a_classifier_that_is_away(tmp_path: Path, postgres_url: str, migrated: str) -> None:
    async with fresh_database(postgres_url, "relabelling", template=migrated) as url:
        async with (
            scripted_classifier() as (script, address),
            running_store(tmp_path / "before", url, classifier_address=address) as rig,
        ):
            desk = Desk(rig=rig, script=script, workspace_id="away")
            (sent,) = await desk.hear("my bonus")
        async with running_store(tmp_path / "after", url, classifier_address=address) as rig:
            desk = Desk(rig=rig, script=script, workspace_id="away")
            begun = await desk.begin()
            await asyncio.sleep(0.5)
            asked = R.GetRelabellingRequest(id=begun.id)
            assert (await desk.relabellings.GetRelabelling(asked)).relabelling == begun
            serve_better(desk)
            async with scripted_classifier(script, port=int(address.rpartition(":")[2])):
                done = await desk.ended(begun)
            assert (done.state, done.changed_messages) == (DONE, 1)
            assert (await desk.labels(sent)).message.labels.model == SHADOW


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AGENT, Role.INGEST, Role.SERVICE])
async def test_only_admins_begin_and_end_them(desk: Desk, role: Role) -> None:
    done = await desk.ended(await desk.begin())
    stub = desk.rig.client.relabellings(caller(role, workspace_id=desk.workspace_id))
    beginning, ending = R.CreateRelabellingRequest(), R.CancelRelabellingRequest(id=done.id)
    assert (await error_of(stub.CreateRelabelling(beginning))).reason == ErrorReason.ROLE_MISSING
    assert (await error_of(stub.CancelRelabelling(ending))).reason == ErrorReason.ROLE_MISSING
    reading = stub.GetRelabelling(R.GetRelabellingRequest(id=done.id))
    if role is Role.INGEST:
        assert (await error_of(reading)).reason == ErrorReason.ROLE_MISSING
    else:
        assert (await reading).relabelling == done


async def test_wrong_requests_are_named_and_other_workspaces_see_nothing(desk: Desk) -> None:
    done = await desk.ended(await desk.begin())
    backwards = question_pb2.TimeRange(start=timestamp(NOW), end=timestamp(NOW - timedelta(days=1)))
    assert (await error_of(desk.begin(range=backwards))).reason == ErrorReason.BAD_RANGE
    assert (await error_of(desk.begin(request_id="one"))).reason == ErrorReason.BAD_ID
    stranger = desk.rig.client.relabellings(caller(Role.ADMIN, workspace_id="strangers"))
    asked = R.GetRelabellingRequest(id=done.id)
    assert (await error_of(stranger.GetRelabelling(asked))).reason == ErrorReason.RELABELLING_NOT_FOUND
    cancelling = R.CancelRelabellingRequest(id=done.id)
    assert (await error_of(stranger.CancelRelabelling(cancelling))).reason == ErrorReason.RELABELLING_NOT_FOUND
    assert not (await stranger.ListRelabellings(R.ListRelabellingsRequest())).relabellings
    wrong = R.ListRelabellingsRequest(page_token="no")
    assert (await error_of(desk.relabellings.ListRelabellings(wrong))).reason == ErrorReason.BAD_PAGE_TOKEN
