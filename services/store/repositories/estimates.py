"""Counts for estimates: who labelled what, and how the models err, in one snapshot."""

import asyncio
from dataclasses import replace
from datetime import datetime

from services.store.pool import Database
from services.store.repositories import model_confusions
from services.store.statistics.estimates import (
    EstimateQuestion,
    Estimates,
    Labelled,
    Model,
    counting,
    estimates,
)
from services.store.statistics.question import StatsQuery
from services.store.statistics.sql import Scope
from services.store.statistics.validation import closed_at


async def run_estimate(database: Database, workspace_id: str, question: EstimateQuestion) -> Estimates:
    """The answer to a validated question.

    Raises InvalidInputError (BAD_RANGE) for a range that does not fit `as_of`, and what `Database.transaction` raises.
    """
    async with database.transaction(workspace_id, isolation="repeatable_read", readonly=True) as connection:
        now: datetime = await connection.fetchval("SELECT now()")
        closed = closed_at(StatsQuery(range=question.range, as_of=question.as_of), now)
        asked = replace(question, range=closed.range)
        statement = counting(
            asked, Scope(workspace_id=workspace_id, as_of=None if question.as_of is None else closed.as_of)
        )
        counted = [
            Labelled(row["author"], Model(row["name"], row["version"]), row["labels"], row["messages"])
            for row in await connection.fetch(statement.sql, *statement.arguments)
        ]
        confusions = await model_confusions.read(connection, question.dimension.value)
    # Thousands of draws: they must not hold up other calls.
    return await asyncio.to_thread(estimates, asked, closed.as_of or now, counted, confusions)
