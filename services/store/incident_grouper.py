"""Groups messages into incidents (B10), in the background: fresh ones before imports, each in the order they came in.

One process at a time works on a workspace. What waits stands in `incident_queue`, so a process that dies loses nothing.
While messages wait for their labels the grouper keeps to a fifth of its time: labels come first.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from services.store.incidents import group
from services.store.pool import WORKER_ROLE, Connection, Database
from services.store.repositories import incidents

_BATCH_SIZE: Final = 100
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
            batch, labels_wait = await _next_batch(connection, workspace_id)
            if not batch:
                return 0, labels_wait
            pairs = await incidents.alike(
                connection,
                workspace_id,
                batch,
                within=self._policy.within,
                similarity=self._policy.similarity,
            )
            known = await incidents.incidents_of(
                connection, workspace_id, list(dict.fromkeys(pair.earlier_id for pair in pairs))
            )
            await incidents.write(connection, workspace_id, batch, group(pairs, known))
        return len(batch), labels_wait


async def _next_batch(connection: Connection, workspace_id: str) -> tuple[list[UUID], bool]:
    """Messages to compare, those of imports only where no others are; and whether any wait for their labels."""
    labels_wait = False
    for bulk in (False, True):
        waiting = await incidents.first_waiting_for_labels(connection, workspace_id, bulk=bulk)
        labels_wait = labels_wait or waiting is not None
        batch = await incidents.batch(connection, workspace_id, bulk=bulk, before=waiting, limit=_BATCH_SIZE)
        if batch:
            return batch, labels_wait
    return [], labels_wait
