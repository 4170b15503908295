"""Roll-ups say what the messages say, whatever is labelled, corrected and deleted, and however much is folded."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from services.runtime.ids import new_id
from services.store.filters import Filters, TimeRange, ValueFilter, category_mask, intent_mask
from services.store.migrations.runner import migrate
from services.store.pool import Database, DatabaseOptions
from services.store.repositories.statistics import run_queries
from services.store.statistics.question import Dimension, Measure, StatsQuery
from tests.support.postgres import connection
from tests.support.statistics_world import WorldLabels, WorldMessage, load

START = datetime(2026, 3, 27, tzinfo=UTC)
LABELS = (("deposit_failed",), ("deposit_info", "complaint"), ("other",), ("withdrawal_delayed", "deposit_failed"))
CATEGORIES = ("deposit", "anger_feedback", "other", "deposit")
LANGUAGES = ("en", "de")
SOURCES = ("web", "email")


def one(value: str) -> ValueFilter:
    return ValueFilter(any_of=(value,))


FILTERS = (
    Filters(),
    Filters(categories=one("deposit")),
    Filters(intents=one("complaint"), sources=one("web")),
    Filters(intents=ValueFilter(any_of=("deposit_info", "other"), none_of=("deposit_failed",)), languages=one("de")),
    Filters(categories=ValueFilter(all_of=("deposit", "anger_feedback"))),
)
GROUPINGS: tuple[tuple[Dimension, ...], ...] = (
    (),
    (Dimension.DAY,),
    (Dimension.HOUR, Dimension.CATEGORY),
    (Dimension.INTENT, Dimension.SOURCE),
    (Dimension.STATUS, Dimension.WEEK),
    (Dimension.SENTIMENT, Dimension.LANGUAGE, Dimension.WEEKDAY),
)
ZONES = ("UTC", "Europe/Ljubljana", "Asia/Kathmandu")


def at_some_time(filters: Filters, dice: Random, zone: str) -> Filters:
    """The filters, now and then with hours or weekdays, or both."""
    hours = dice.choice(((), (), (9,), tuple(range(22)), (23, 0, 1, 2)))
    weekdays = dice.choice(((), (), (7,), (5, 6, 1)))
    return replace(filters, hours=hours, weekdays=weekdays, time_zone=zone) if hours or weekdays else filters


def questions(dice: Random) -> list[StatsQuery]:
    start = START + timedelta(minutes=dice.randrange(3000), microseconds=dice.choice((0, 1)))
    ranges = (TimeRange(), TimeRange(start=START), TimeRange(start=start, end=start + timedelta(hours=41)))
    return [
        StatsQuery(
            measure=measure,
            filters=at_some_time(filters, dice, zone),
            range=dice.choice(ranges),
            group_by=dice.choice(GROUPINGS),
            time_zone=zone,
        )
        for measure in (Measure.MESSAGE_COUNT, Measure.UNIQUE_USERS, Measure.PER_DAY_AVERAGE)
        for filters in FILTERS
        for zone in [dice.choice(ZONES)]
    ]


@dataclass(slots=True, kw_only=True)
class World:
    """A workspace in which things happen."""

    writer: Any
    database: Database
    dice: Random
    name: str = field(default_factory=lambda: f"w{UUID(new_id()).hex}")

    async def begin(self) -> None:
        """Messages, most of them labelled."""
        await load(self.writer, self.name, [self._message() for _ in range(60)])

    def _message(self) -> WorldMessage:
        which = self.dice.randrange(len(LABELS))
        labels = WorldLabels(
            valid_from=START,
            valid_to=None,
            intents=LABELS[which],
            scores=tuple(0.5 for _ in LABELS[which]),
            sentiment=self.dice.choice(("negative", "positive")),
            language=self.dice.choice(LANGUAGES),
        )
        return WorldMessage(
            event_time=START + timedelta(seconds=self.dice.randrange(4 * 86_400)),
            create_time=START,
            source=self.dice.choice(SOURCES),
            user_id=f"u{self.dice.randrange(9)}",
            text="hello",
            labels=(labels,) if self.dice.random() < 0.8 else (),
            author=self.dice.choice(("customer", "customer", "agent")),
        )

    async def happen(self) -> None:
        """A correction of some, the end of some, or some folding."""
        await self.dice.choice((self.correct, self.correct, self.delete, self.delete_messages_first, self.fold))()

    async def fold(self) -> None:
        """Adds some changes to the roll-ups."""
        await self.writer.execute("SELECT fold_statistics($1)", self.dice.choice((1, 7, 10_000)))

    async def correct(self) -> None:
        """Other labels for a few messages, in one transaction."""
        which = self.dice.randrange(len(LABELS))
        async with self.writer.transaction():
            await self.writer.execute(
                "UPDATE labels SET valid_to = now() WHERE workspace_id = $1 AND message_id = ANY($2::uuid[])"
                " AND valid_to = 'infinity'",
                self.name,
                chosen := await self._chosen(),
            )
            await self.writer.execute(
                "INSERT INTO labels (workspace_id, message_id, valid_from, intent_mask, category_mask, intents,"
                " intent_scores, sentiment, sentiment_score, language, abstained, author, model_name, model_version)"
                " SELECT $1, unnest($2::uuid[]), now(), $3, $4, $5::text[],"
                " array_fill(1::real, ARRAY[cardinality($5::text[])]), 'neutral', 1, 'de', false, 'human', '', ''",
                self.name,
                chosen,
                intent_mask(LABELS[which]),
                category_mask([CATEGORIES[which]]),
                list(LABELS[which]),
            )
            await self.writer.execute(
                "DELETE FROM label_queue WHERE workspace_id = $1 AND message_id = ANY($2::uuid[])", self.name, chosen
            )

    async def delete(self) -> None:
        """The end of a few messages, labels first."""
        await self._delete(await self._chosen(), "labels", "label_queue", "messages")

    async def delete_messages_first(self) -> None:
        """The same the other way round."""
        await self._delete(await self._chosen(), "messages", "label_queue", "labels")

    async def _delete(self, chosen: list[UUID], *tables: str) -> None:
        async with self.writer.transaction():
            for table in tables:
                column = "id" if table == "messages" else "message_id"
                await self.writer.execute(
                    f"DELETE FROM {table} WHERE workspace_id = $1 AND {column} = ANY($2::uuid[])",
                    self.name,
                    chosen,
                )

    async def _chosen(self) -> list[UUID]:
        ids = await self.writer.fetch("SELECT id FROM messages WHERE workspace_id = $1 ORDER BY id", self.name)
        return [row["id"] for row in self.dice.sample(ids, min(3, len(ids)))]

    async def agrees(self) -> None:
        """Compares both ways to count."""
        asked = questions(self.dice)
        now = datetime.now(UTC)
        closed = [query if query.range.end else _until(query, now) for query in asked]
        quick = await run_queries(self.database, self.name, closed)
        plain = await run_queries(self.database, self.name, closed, rollups=False)
        for first, second in zip(quick, plain, strict=True):
            assert (first.rows, first.total, first.total_rows) == (second.rows, second.total, second.total_rows), first


def _until(query: StatsQuery, end: datetime) -> StatsQuery:
    return StatsQuery(
        measure=query.measure,
        filters=query.filters,
        range=TimeRange(start=query.range.start, end=end),
        group_by=query.group_by,
        time_zone=query.time_zone,
    )


@pytest_asyncio.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    options = DatabaseOptions(url=database_url)
    await migrate(options)
    opened = Database(options)
    await opened.open()
    yield opened
    await opened.close()


@pytest.mark.parametrize("seed", range(3))
async def test_roll_ups_follow_everything_that_happens(database: Database, database_url: str, seed: int) -> None:
    async with connection(database_url) as writer:
        world = World(writer=writer, database=database, dice=Random(seed))
        await world.begin()
        for _ in range(6):
            await world.happen()
            await world.agrees()
        while await writer.fetchval("SELECT fold_statistics(50)"):
            await world.agrees()
        assert await writer.fetchval("SELECT count(*) FROM stat_changes") == 0
        await world.agrees()
