"""Custom categories and proposals with the real model: defined, tried, applied to what was and will be, retired (C18,
C19, B17)."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from earshot.store.v1 import message_pb2, search_pb2, stats_pb2, taxonomy_pb2
from earshot.types.v1 import question_pb2
from services.runtime.auth import Role
from services.runtime.errors import ErrorReason
from tests.support.hearing_store import HearingStore
from tests.support.postgres import connection
from tests.support.store import NOW, caller, error_of, new_message, timestamp
from tests.support.topic_texts import EVERYDAY, UNSEEN

WORKSPACE = "taxonomy"
# One of each wish, and each item twice.
EXAMPLES = tuple(UNSEEN[5 * wish + wish % 5] for wish in range(10))
KNOWN, LATER = UNSEEN[:30], UNSEEN[30:]


class Lab:
    """TaxonomyService as an administrator of a workspace."""

    def __init__(self, store: HearingStore, workspace_id: str) -> None:
        self.store = store
        self.workspace_id = workspace_id
        self.stub = store.rig.client.taxonomy(caller(Role.ADMIN, workspace_id=workspace_id))

    async def create(self, name: str, **fields: object) -> taxonomy_pb2.Category:
        request = taxonomy_pb2.CreateCategoryRequest(name=name, **fields)  # type: ignore[arg-type]  # fields by name
        return (await self.stub.CreateCategory(request)).category

    async def preview(self, category_id: str, **fields: object) -> taxonomy_pb2.PreviewCategoryResponse:
        request = taxonomy_pb2.PreviewCategoryRequest(id=category_id, **fields)  # type: ignore[arg-type]
        return await self.stub.PreviewCategory(request)

    async def apply(self, category_id: str) -> taxonomy_pb2.Category:
        return (await self.stub.ApplyCategory(taxonomy_pb2.ApplyCategoryRequest(id=category_id))).category

    async def get(self, category_id: str) -> taxonomy_pb2.Category:
        return (await self.stub.GetCategory(taxonomy_pb2.GetCategoryRequest(id=category_id))).category

    async def retire(self, category_id: str) -> taxonomy_pb2.Category:
        return (await self.stub.RetireCategory(taxonomy_pb2.RetireCategoryRequest(id=category_id))).category

    async def until_walked(self, category_id: str) -> taxonomy_pb2.Category:
        """The category once its history is judged; TimeoutError after a minute."""
        async with asyncio.timeout(60):
            while (category := await self.get(category_id)).walking:  # noqa: ASYNC110 - a row has no event
                await asyncio.sleep(0.02)
            return category

    async def listed(self, filters: question_pb2.Filters) -> set[str]:
        """Texts of the messages that the filters let through."""
        stub = self.store.rig.client.messages(caller(workspace_id=self.workspace_id))
        page = await stub.ListMessages(message_pb2.ListMessagesRequest(filters=filters, page_size=1000))
        return {message.text for message in page.messages}

    async def found(self, text: str, filters: question_pb2.Filters) -> set[str]:
        """Texts that a search finds."""
        stub = self.store.rig.client.search(caller(workspace_id=self.workspace_id))
        request = search_pb2.SearchMessagesRequest(text=text, filters=filters)
        hits = (await stub.SearchMessages(request)).hits
        assert hits
        return {hit.message.text for hit in hits}

    async def count(self, **fields: object) -> stats_pb2.QueryStatsResponse:
        """The answer to a question of the statistics."""
        query = question_pb2.StatsQuery(**fields)  # type: ignore[arg-type]  # fields by name
        stub = self.store.rig.client.stats(caller(workspace_id=self.workspace_id))
        return await stub.QueryStats(stats_pb2.QueryStatsRequest(query=query))

    async def with_category(self, name: str) -> set[str]:
        """Texts of the messages that show the category."""
        stub = self.store.rig.client.messages(caller(workspace_id=self.workspace_id))
        page = await stub.ListMessages(message_pb2.ListMessagesRequest(page_size=1000))
        return {
            message.text for message in page.messages if name in [shown.name for shown in message.custom_categories]
        }


def sent(texts: tuple[str, ...]) -> list[message_pb2.NewMessage]:
    """A message each, a day after the other in turn, over three days."""
    return [
        new_message(text, user_id=f"user-{place}", event_time=timestamp(NOW - timedelta(days=place % 3)))
        for place, text in enumerate(texts)
    ]


@pytest_asyncio.fixture(scope="module")
async def lab(hearing_store: HearingStore) -> Lab:
    """A workspace with history."""
    await hearing_store.hear(WORKSPACE, *sent((*KNOWN, *EVERYDAY)))
    return Lab(hearing_store, WORKSPACE)


async def test_a_category_is_tried_applied_live_and_on_history_and_retired(lab: Lab) -> None:
    made = await lab.create("Merch shop", description="orders from the fan shop", examples=EXAMPLES)
    assert (made.state, made.matches) == (taxonomy_pb2.CATEGORY_STATE_DRAFT, 0)
    tried = await lab.preview(made.id)
    assert tried.considered == len(KNOWN) + len(EVERYDAY)
    assert sum(day.messages for day in tried.days) == tried.matches
    assert [day.day for day in tried.days] == ["2026-02-27", "2026-02-28", "2026-03-01"]
    assert tried.surest
    assert {exemplar.message.text for exemplar in tried.surest} <= set(UNSEEN)
    assert await lab.with_category("Merch shop") == set()

    applied = await lab.apply(made.id)
    assert (applied.state, applied.walk_total) == (taxonomy_pb2.CATEGORY_STATE_APPLIED, tried.considered)
    walked = await lab.until_walked(made.id)
    assert (walked.walked, walked.matches) == (tried.considered, tried.matches)
    old = await lab.with_category("Merch shop")
    assert len(old & set(KNOWN)) >= 0.9 * len(KNOWN)
    assert len(old - set(KNOWN)) <= 1

    fresh = await lab.store.hear(WORKSPACE, *sent((*LATER, "my withdrawal is late")))
    live = [message.text for message in fresh if message.custom_categories]
    assert len(set(live) & set(LATER)) >= 0.9 * len(LATER)
    assert "my withdrawal is late" not in live

    mine = question_pb2.Filters(custom_categories=question_pb2.ValueFilter(any_of=[made.id.upper()]))
    assert await lab.listed(mine) == old | set(live)
    none = question_pb2.Filters(custom_categories=question_pb2.ValueFilter(none_of=[made.id]))
    assert not await lab.listed(none) & (old | set(live))
    assert await lab.found("order from the fan shop", mine) <= old | set(live)
    counted = await lab.count(group_by=[question_pb2.DIMENSION_CUSTOM_CATEGORY])
    assert [(list(row.keys), row.value) for row in counted.result.rows] == [([made.id], len(old) + len(live))]
    assert dict(counted.custom_category_names) == {made.id: "Merch shop"}
    assert (await lab.count(filters=mine)).result.total == len(old) + len(live)

    answer = new_message(live[0], user_id="agent-1", author=message_pb2.AUTHOR_AGENT)
    (answered,) = await lab.store.hear(WORKSPACE, answer)
    assert [match.name for match in answered.custom_categories] == ["Merch shop"]

    renamed = await lab.stub.RenameCategory(taxonomy_pb2.RenameCategoryRequest(id=made.id, name="Fan shop"))
    assert (renamed.category.id, renamed.category.name) == (made.id, "Fan shop")
    assert await lab.with_category("Fan shop") == old | set(live)
    retired = await lab.retire(made.id)
    assert (retired.state, retired.matches) == (taxonomy_pb2.CATEGORY_STATE_RETIRED, len(old) + len(live))
    assert await lab.with_category("Fan shop") == set()
    assert (await lab.get(made.id)).id == made.id
    assert (await error_of(lab.apply(made.id))).reason == ErrorReason.FAILED_PRECONDITION


async def test_a_preview_keeps_to_filters_range_and_zone(lab: Lab) -> None:
    made = await lab.create("Filtered", description="fan shop orders", examples=EXAMPLES)
    whole = await lab.preview(made.id)
    day = question_pb2.TimeRange(start=timestamp(NOW - timedelta(hours=1)), end=timestamp(NOW + timedelta(hours=1)))
    part = await lab.preview(made.id, range=day, time_zone="Pacific/Kiritimati")
    assert 0 < part.matches < whole.matches
    assert [counted.day for counted in part.days] == ["2026-03-02"]
    nothing = question_pb2.Filters(sources=question_pb2.ValueFilter(any_of=["phone"]))
    assert (await lab.preview(made.id, filters=nothing)).considered == 0


async def test_the_days_of_a_preview_are_those_of_statistics(lab: Lab) -> None:
    """To Postgres "CET" is an hour from UTC all year round."""
    made = await lab.create("Zoned", examples=EXAMPLES)
    night = datetime(2025, 7, 1, 22, 30, tzinfo=UTC)
    await lab.store.hear(WORKSPACE, new_message(EXAMPLES[0], event_time=timestamp(night)))
    that = question_pb2.TimeRange(start=timestamp(night), end=timestamp(night + timedelta(minutes=1)))
    assert [counted.day for counted in (await lab.preview(made.id, range=that, time_zone="CET")).days] == ["2025-07-02"]


async def test_a_request_sent_again_makes_no_second_category(lab: Lab) -> None:
    fields = {"examples": EXAMPLES[:2], "request_id": str(uuid4())}
    first = await lab.create("Once", **fields)
    assert await lab.create("Once", **fields) == first
    other = {**fields, "examples": EXAMPLES[:1]}
    assert (await error_of(lab.create("Once", **other))).reason == ErrorReason.REQUEST_ID_REUSED
    assert (await error_of(lab.create("Twice", **fields))).reason == ErrorReason.REQUEST_ID_REUSED
    assert (await error_of(lab.create("ONCE"))).reason == ErrorReason.CATEGORY_EXISTS
    await lab.retire(first.id)
    assert (await lab.create("once")).id != first.id


async def test_fifty_messages_of_an_unseen_topic_are_one_proposal(hearing_store: HearingStore) -> None:
    lab = Lab(hearing_store, "proposals")
    heard = await hearing_store.hear("proposals", *sent((*UNSEEN, *EVERYDAY)))
    injected = {message.id for message in heard[: len(UNSEEN)]}
    found = await lab.stub.ProposeCategories(taxonomy_pb2.ProposeCategoriesRequest())
    first = found.proposals[0]
    assert len(injected & set(first.message_ids)) >= 0.8 * len(UNSEEN)
    assert first.messages == len(first.message_ids)
    assert {exemplar.id for exemplar in first.exemplars} <= set(first.message_ids)
    assert first.keywords
    again = await lab.stub.ProposeCategories(taxonomy_pb2.ProposeCategoriesRequest())
    assert [proposal.id for proposal in again.proposals] == [proposal.id for proposal in found.proposals]

    more = [new_message(f"{text}, any news?") for text in UNSEEN[:5]]
    await hearing_store.hear("proposals", *more)
    grown = (await lab.stub.ProposeCategories(taxonomy_pb2.ProposeCategoriesRequest())).proposals[0]
    assert (grown.id, grown.create_time) == (first.id, first.create_time)

    accepted = await lab.create("Merch", examples=[exemplar.text for exemplar in first.exemplars])
    await lab.apply(accepted.id)
    await lab.until_walked(accepted.id)
    left = await lab.stub.ProposeCategories(taxonomy_pb2.ProposeCategoriesRequest())
    # The exemplars are the middle of the topic and much alike: as examples they find most of it, not its edges.
    assert all(len(injected & set(proposal.message_ids)) < 0.5 * len(UNSEEN) for proposal in left.proposals)


async def test_another_workspace_sees_and_changes_none_of_it(lab: Lab) -> None:
    made = await lab.create("Ours", examples=EXAMPLES[:1])
    rival = Lab(lab.store, "taxonomy-rival")
    for call in (rival.get, rival.apply, rival.retire, rival.preview):
        assert (await error_of(call(made.id))).reason == ErrorReason.CATEGORY_NOT_FOUND
    assert not (await rival.stub.ListCategories(taxonomy_pb2.ListCategoriesRequest())).categories
    async with lab.store.rig.store.pools.calls.transaction("taxonomy-rival") as transaction:
        for table in ("custom_categories", "custom_matches", "category_proposals"):
            assert await transaction.fetchval(f"SELECT count(*) FROM {table}") == 0
    listed: list[taxonomy_pb2.Category] = []
    token = ""
    while True:
        page = await lab.stub.ListCategories(taxonomy_pb2.ListCategoriesRequest(page_size=2, page_token=token))
        listed.extend(page.categories)
        token = page.next_page_token
        if not token:
            break
    whole = await lab.stub.ListCategories(taxonomy_pb2.ListCategoriesRequest())
    assert listed == list(whole.categories)
    assert made.id in [category.id for category in listed]
    assert [category.name.lower() for category in listed] == sorted(category.name.lower() for category in listed)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": " "}, ErrorReason.MISSING_FIELD),
        ({"name": "n" * 101}, ErrorReason.TEXT_TOO_LONG),
        ({"name": "n", "description": "d" * 2001}, ErrorReason.TEXT_TOO_LONG),
        ({"name": "n", "examples": ["e"] * 51}, ErrorReason.TOO_MANY_TEXTS),
        ({"name": "n", "examples": ["  "]}, ErrorReason.EMPTY_TEXT),
        ({"name": "n", "request_id": "x"}, ErrorReason.BAD_ID),
    ],
)
async def test_what_is_wrong_is_named(lab: Lab, fields: dict[str, object], reason: ErrorReason) -> None:
    request = taxonomy_pb2.CreateCategoryRequest(**fields)  # type: ignore[arg-type]  # fields by name
    assert (await error_of(lab.stub.CreateCategory(request))).reason == reason


async def test_agents_may_look_and_not_change(lab: Lab) -> None:
    stub = lab.store.rig.client.taxonomy(caller(Role.AGENT, workspace_id=WORKSPACE))
    await stub.ListCategories(taxonomy_pb2.ListCategoriesRequest())
    error = await error_of(stub.CreateCategory(taxonomy_pb2.CreateCategoryRequest(name="n")))
    assert error.reason == ErrorReason.ROLE_MISSING


async def test_a_walk_goes_on_where_a_process_left_it(lab: Lab) -> None:
    """As after a crash: the row says how far the walk was, and nothing was judged beyond."""
    made = await lab.create("Resumed", examples=EXAMPLES)
    await lab.store.hear(WORKSPACE, *sent(UNSEEN[:2]))
    async with connection(lab.store.database_url) as owner:
        ids = [
            row["message_id"]
            for row in await owner.fetch(
                "SELECT message_id FROM message_embeddings WHERE workspace_id = $1 ORDER BY message_id", WORKSPACE
            )
        ]
        half = len(ids) // 2
        await owner.execute(
            "UPDATE custom_categories SET state = 'applied', apply_time = now(), walk_after = $2, walked = $3,"
            " walk_total = $4 WHERE id = $1",
            made.id,
            ids[half - 1],
            half,
            len(ids),
        )
    # Whatever wakes the walker makes it look for every walk.
    other = await lab.create("Wakes", examples=EXAMPLES[:1])
    await lab.apply(other.id)
    await lab.until_walked(other.id)
    resumed = await lab.until_walked(made.id)
    assert resumed.walked == len(ids)
    async with connection(lab.store.database_url) as owner:
        first = await owner.fetchval(
            "SELECT message_id FROM custom_matches WHERE category_id = $1 ORDER BY message_id LIMIT 1", made.id
        )
    assert first > ids[half - 1]
