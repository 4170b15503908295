"""CompareAsOf against plain Python: worlds between two instants built message by message, counted by the oracle.

Labels with sentiment positive are taken for a person's, so that every cause occurs.
"""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeAlias
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from services.runtime.ids import new_id
from services.store.filters import ValueFilter
from services.store.migrations.runner import migrate
from services.store.pool import Database, DatabaseOptions
from services.store.repositories.as_of import compare
from services.store.repositories.statistics import run_query
from services.store.statistics.knowledge import CAUSES, Cause
from services.store.statistics.question import Dimension, Measure, Order, StatsQuery
from tests.support.postgres import connection
from tests.support.statistics_oracle import expected
from tests.support.statistics_strategies import Case, cases
from tests.support.statistics_world import WorldLabels, WorldMessage, load

CASES = int(os.environ.get("EARSHOT_ORACLE_CASES", "60"))
REFUSED = {Dimension.CUSTOM_CATEGORY, Dimension.INCIDENT}
COUNTS = {Measure.MESSAGE_COUNT, Measure.UNIQUE_USERS}

pytestmark = pytest.mark.timeout(120 + 5 * CASES)

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A connection that may write anything, and the database as the store uses it."""

    writer: Connection
    database: Database


@pytest_asyncio.fixture(scope="module")
async def bench(database_url: str) -> AsyncIterator[Bench]:
    options = DatabaseOptions(url=database_url)
    await migrate(options)
    database = Database(options)
    await database.open()
    async with connection(database_url) as writer:
        yield Bench(writer=writer, database=database)
    await database.close()


def at(message: WorldMessage, instant: datetime) -> WorldLabels | None:
    for labels in message.labels:
        if labels.valid_from <= instant and (labels.valid_to is None or instant < labels.valid_to):
            return labels
    return None


def cause(message: WorldMessage, before: datetime, after: datetime) -> Cause:
    was, now = at(message, before), at(message, after)
    if message.create_time > before:
        return Cause.LATE_ARRIVAL
    if now is not None and now.sentiment == "positive":
        return Cause.CORRECTION
    return Cause.FIRST_LABELS if was is None else Cause.NEW_MODEL


def world_with(
    world: list[WorldMessage], before: datetime, after: datetime, causes: tuple[Cause, ...]
) -> list[WorldMessage]:
    """The world as it was before, but for what these causes changed."""
    made = []
    for message in world:
        instant = after if cause(message, before, after) in causes else before
        if message.create_time <= instant:
            labels = at(message, instant)
            kept = () if labels is None else (replace(labels, valid_to=None),)
            made.append(replace(message, labels=kept))
    return made


def without_what_has_no_cause(query: StatsQuery) -> StatsQuery:
    """A question as the RPC takes it: custom categories and incidents are refused there."""
    return replace(
        query,
        as_of=None,
        compare_to=None,
        order=Order.KEY_ASC,
        limit=10_000,
        group_by=tuple(name for name in query.group_by if name not in REFUSED),
        filters=replace(query.filters, custom_categories=ValueFilter()),
        share_of=replace(query.share_of, custom_categories=ValueFilter()),
    )


def values(query: StatsQuery, world: list[WorldMessage], now: datetime) -> dict[tuple[str, ...], float]:
    """Rows, and the total under the name of nothing else."""
    answer = expected(query, world, now)
    return {**{row.keys: row.value for row in answer.rows}, ("total",): answer.total}


@settings(max_examples=CASES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(case=cases(questions=1), steps=st.lists(st.integers(-19, 19), min_size=2, max_size=2, unique=True))
async def test_parts_are_what_plain_counting_gives_and_sum_to_the_difference(
    bench: Bench, case: Case, steps: list[int]
) -> None:
    query = without_what_has_no_cause(case.queries[0])
    assume(query.measure is not Measure.DISTINCT_INCIDENTS)
    anchor = min((message.create_time for message in case.world), default=None)
    assume(anchor is not None)
    assert anchor is not None
    before, after = (anchor + timedelta(hours=step) for step in sorted(steps))
    if query.range.end is None:
        assume(query.range.start is None or query.range.start <= before)
    closed = replace(query, range=replace(query.range, end=query.range.end or before))
    workspace_id = f"w{UUID(new_id()).hex}"
    await load(bench.writer, workspace_id, case.world)
    await bench.writer.execute(
        "UPDATE labels SET author = 'human' WHERE workspace_id = $1 AND sentiment = 'positive'", workspace_id
    )
    found = await compare(bench.database, workspace_id, query, before=before, after=after)
    worlds = [world_with(case.world, before, after, CAUSES[:count]) for count in range(len(CAUSES) + 1)]
    steps_of = [values(closed, world, after) for world in worlds]
    for row in (*found.rows, replace(found.total, keys=("total",))):
        wanted = [step.get(row.keys, 0.0) for step in steps_of]
        assert (row.before, row.after) == (wanted[0], wanted[-1])
        assert list(row.parts.values()) == [later - earlier for earlier, later in pairwise(wanted)]
        difference = row.after - row.before
        if query.measure in COUNTS:
            assert sum(row.parts.values()) == difference
        else:
            assert sum(row.parts.values()) == pytest.approx(difference, abs=1e-12)
    for instant, value in ((before, found.total.before), (after, found.total.after)):
        alone = await run_query(bench.database, workspace_id, replace(closed, as_of=instant))
        assert alone.total == value
