"""Groups messages into incidents (B10), in the background: fresh ones first, in the order they came in, then imports.

Rows of a file may stand in any order, so imports are compared in the order their messages were sent in, once all of
them have their labels.

One process at a time works on a workspace. What waits stands in `incident_queue`, so a process that dies loses nothing.
While messages wait for their labels the grouper keeps to a fifth of its time: labels come first.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from services.store.incidents.grouping import group
from services.store.pool import WORKER_ROLE, Connection, Database
from services.store.repositories import incidents

_BATCH_SIZE: Final = 100
_IMPORT_SIZE: Final = 1_000
"""Messages of imports that are put in order at once."""
_REST: Final = 4
"""Seconds of rest for each second of work, while messages wait for labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPolicy:
    """What makes messages one incident: how alike (cosine), and how far apart in time."""

    similarity: float
    within: timedelta


class IncidentGrouper:
    """The step of one process' background loop."""

    def __init__(self, database: Database, policy: IncidentPolicy) -> None:
        """`database` needs one connection for it."""
        self._database = database
        self._policy = policy

    async def step(self) -> bool:
        """A batch of each workspace; True where there may be more to do at once."""
        worked = False
        workspace = ""
        while (following := await self._next_workspace(workspace)) is not None:
            workspace = following
            started = time.monotonic()
            compared, labels_wait = await self._group_some(workspace)
            worked = worked or compared > 0
            if compared and labels_wait:
                await asyncio.sleep(_REST * (time.monotonic() - started))
        return worked

    async def _next_workspace(self, after: str) -> str | None:
        async with self._database.transaction("", role=WORKER_ROLE, readonly=True) as connection:
            return await incidents.next_workspace(connection, after)

    async def _group_some(self, workspace_id: str) -> tuple[int, bool]:
        """Groups a batch: how many messages it took, and whether others wait for their labels."""
        async with self._database.transaction("", role=WORKER_ROLE) as connection:
            if not await incidents.take_turn(connection, workspace_id):
                return 0, False
            found = await _next_batch(connection, workspace_id)
            for start in range(0, len(found.messages), _BATCH_SIZE):
                batch = found.messages[start : start + _BATCH_SIZE]
                await self._group(connection, workspace_id, batch, bulk=found.bulk)
        return len(found.messages), found.labels_wait

    async def _group(self, connection: Connection, workspace_id: str, batch: list[UUID], *, bulk: bool) -> None:
        pairs = await incidents.alike(
            connection,
            workspace_id,
            batch,
            bulk=bulk,
            within=self._policy.within,
            similarity=self._policy.similarity,
        )
        named = {message_id for pair in pairs for message_id in (pair.message_id, pair.earlier_id)}
        known = await incidents.incidents_of(connection, workspace_id, list(named))
        await incidents.write(connection, workspace_id, batch, group(pairs, known))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Messages to compare, all of imports or none; and whether any wait for their labels."""

    messages: list[UUID]
    bulk: bool
    labels_wait: bool


async def _next_batch(connection: Connection, workspace_id: str) -> _Batch:
    """Messages of imports only where there are no others."""
    waiting = await incidents.first_waiting_for_labels(connection, workspace_id, bulk=False)
    imports_wait = await incidents.first_waiting_for_labels(connection, workspace_id, bulk=True) is not None
    labels_wait = imports_wait or waiting is not None
    fresh = await incidents.batch(connection, workspace_id, before=waiting, limit=_BATCH_SIZE)
    if fresh or imports_wait:
        return _Batch(messages=fresh, bulk=False, labels_wait=labels_wait)
    imported = await incidents.batch_of_imports(connection, workspace_id, limit=_IMPORT_SIZE)
    return _Batch(messages=imported, bulk=True, labels_wait=labels_wait)
