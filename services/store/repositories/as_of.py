"""Compares one question at two instants, all worlds between them counted in one snapshot."""

from dataclasses import replace
from datetime import datetime

from services.runtime.errors import ErrorReason, InvalidInputError
from services.store.pool import Database
from services.store.repositories.statistics import values_in
from services.store.statistics.comparing import Comparison, compared
from services.store.statistics.knowledge import worlds
from services.store.statistics.question import StatsQuery
from services.store.statistics.sql import Scope
from services.store.statistics.validation import closed_at


async def compare(
    database: Database, workspace_id: str, query: StatsQuery, *, before: datetime, after: datetime | None
) -> Comparison:
    """What changed in the answer between two instants; `after` None: now.

    Raises InvalidInputError: BAD_RANGE, BAD_LIMIT, and what `Database.transaction` raises.
    """
    async with database.transaction(workspace_id, isolation="repeatable_read", readonly=True) as connection:
        now: datetime = await connection.fetchval("SELECT now()")
        later = closed_at(replace(query, as_of=after), now).as_of or now
        if before >= later:
            raise InvalidInputError.of_field(
                "before", "must lie before `after`, and before now", reason=ErrorReason.BAD_RANGE
            )
        # An open end is closed at the earlier instant for both, so that both speak of the same period.
        closed = closed_at(replace(query, as_of=before), now)
        scopes = [
            Scope(workspace_id=workspace_id, as_of=before),
            *(Scope(workspace_id=workspace_id, as_of=later, world=world) for world in worlds(before, later)),
            Scope(workspace_id=workspace_id, as_of=later),
        ]
        steps = [await values_in(connection, closed, scope) for scope in scopes]
    return compared(replace(closed, as_of=None), before, later, steps)
