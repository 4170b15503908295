"""Every answer equals what plain counting over the same messages gives, for all measures, groupings, filters and zones.

`EARSHOT_ORACLE_CASES=5000` looks at more worlds than the few hundred questions of a normal run.
"""

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from itertools import cycle
from typing import TypeAlias
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.runtime.ids import new_id
from services.store.filters import Filters, ValueFilter
from services.store.migrations.runner import migrate
from services.store.pool import Database, DatabaseOptions
from services.store.repositories.statistics import run_query
from services.store.statistics.question import Dimension, Measure, Order, StatsQuery, StatsResult
from services.store.statistics.validation import query_violations
from tests.support.postgres import connection
from tests.support.statistics_oracle import Expected, expected
from tests.support.statistics_strategies import Case, cases, filters_with
from tests.support.statistics_world import WorldMessage, load

CASES = int(os.environ.get("EARSHOT_ORACLE_CASES", "100"))
QUESTIONS = 4

pytestmark = pytest.mark.timeout(120 + 5 * CASES)

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

thorough = settings(
    max_examples=CASES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A connection that may write anything, and the database as the store uses it."""

    writer: Connection
    database: Database
    folds: Iterator[int]

    async def load(self, world: list[WorldMessage]) -> str:
        """Puts the world into a workspace of its own; answers its name."""
        workspace_id = f"w{UUID(new_id()).hex}"
        await load(self.writer, workspace_id, world)
        # All, none or some of it in the roll-ups: the answers are the same at any time.
        await self.writer.execute("SELECT fold_statistics($1)", next(self.folds))
        return workspace_id


@pytest_asyncio.fixture(scope="module")
async def bench(database_url: str) -> AsyncIterator[Bench]:
    options = DatabaseOptions(url=database_url)
    await migrate(options)
    database = Database(options)
    await database.open()
    async with connection(database_url) as writer:
        yield Bench(writer=writer, database=database, folds=cycle((100_000, 3, 100_000, 1)))
    await database.close()


def as_expected(result: StatsResult) -> Expected:
    return Expected(
        rows=list(result.rows),
        total=result.total,
        compare_total=result.compare_total,
        rows_sum_to_total=result.rows_sum_to_total,
        truncated=result.truncated,
        total_rows=result.total_rows,
    )


@thorough
@given(case=cases(questions=QUESTIONS))
async def test_answers_equal_plain_counting(bench: Bench, case: Case) -> None:
    workspace_id = await bench.load(case.world)
    for query in case.queries:
        assert query_violations(query) == ()
        result = await run_query(bench.database, workspace_id, query)
        assert as_expected(result) == expected(query, case.world, result.as_of), query


@settings(thorough, max_examples=max(CASES // 4, 1))
@given(case=cases(questions=1))
async def test_a_question_has_one_id_and_its_answer_can_be_had_again(bench: Bench, case: Case) -> None:
    workspace_id = await bench.load(case.world)
    first = await run_query(bench.database, workspace_id, case.queries[0])
    again = await run_query(bench.database, workspace_id, first.query)
    assert again == first
    assert (await run_query(bench.database, workspace_id, case.queries[0])).query_id == first.query_id


ADDING = (
    Dimension.SOURCE,
    Dimension.STATUS,
    Dimension.HOUR,
    Dimension.DAY,
    Dimension.WEEK,
    Dimension.MONTH,
    Dimension.WEEKDAY,
)
FIELD = {
    Dimension.CATEGORY: "categories",
    Dimension.INTENT: "intents",
    Dimension.SOURCE: "sources",
    Dimension.SENTIMENT: "sentiments",
    Dimension.LANGUAGE: "languages",
    Dimension.CUSTOM_CATEGORY: "custom_categories",
}


def plain_count(query: StatsQuery, *group_by: Dimension) -> StatsQuery:
    return replace(
        query,
        measure=Measure.MESSAGE_COUNT,
        share_of=Filters(),
        group_by=group_by,
        order=Order.KEY_ASC,
        limit=10_000,
        compare_to=None,
    )


@settings(thorough, max_examples=max(CASES // 4, 1))
@given(case=cases(questions=1), dimensions=st.lists(st.sampled_from(ADDING), min_size=1, max_size=3, unique=True))
async def test_groupings_add_up(bench: Bench, case: Case, dimensions: list[Dimension]) -> None:
    workspace_id = await bench.load(case.world)
    result = await run_query(bench.database, workspace_id, plain_count(case.queries[0], *dimensions))
    assert sum(row.value for row in result.rows) == result.total
    assert result.rows_sum_to_total


@settings(thorough, max_examples=max(CASES // 4, 1))
@given(case=cases(questions=1), dimension=st.sampled_from(sorted(FIELD)))
async def test_a_row_is_what_filtering_by_its_key_counts(bench: Bench, case: Case, dimension: Dimension) -> None:
    workspace_id = await bench.load(case.world)
    query = plain_count(case.queries[0], dimension)
    rows = (await run_query(bench.database, workspace_id, query)).rows
    for row in rows:
        wanted: ValueFilter = getattr(query.filters, FIELD[dimension])
        narrowed = replace(wanted, all_of=(*wanted.all_of, *row.keys))
        filters = filters_with(query.filters, FIELD[dimension], narrowed)
        alone = await run_query(bench.database, workspace_id, replace(query, filters=filters, group_by=()))
        assert alone.total == row.value
