"""Groups messages into incidents (B10), in the background, in the order in which they came.

One process at a time works on a workspace. What waits stands in `incident_queue`, so a process that dies loses nothing.
While messages wait for their labels the grouper keeps to a fifth of its time: labels come first.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from services.runtime.errors import EarshotError
from services.store.incidents import group
from services.store.pool import WORKER_ROLE, Database
from services.store.repositories import incidents

_logger = structlog.get_logger("earshot.incidents")

_BATCH_SIZE: Final = 100
_REST: Final = 4
"""Seconds of rest for each second of work, while messages wait for labels."""
# Notifications wake it; this only bounds the harm of one that went missing.
_LONGEST_SLEEP_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPolicy:
    """What makes messages one incident: how alike (cosine), and how far apart in time."""

    similarity: float
    within: timedelta


class IncidentGrouper:
    """The background loop of one process."""

    def __init__(self, database: Database, policy: IncidentPolicy) -> None:
        """`database` needs one connection for it."""
        self._database = database
        self._policy = policy
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Messages may have got their embeddings."""
        self._woken.set()

    async def run(self) -> None:
        """Works for ever."""
        while True:
            self._woken.clear()
            try:
                if await self._round():
                    continue
            except EarshotError as error:
                _logger.warning("messages wait to be grouped", problem=error.message)
            except Exception:
                _logger.exception("grouping failed, messages wait")
            await self._sleep_until_woken()

    async def _round(self) -> bool:
        """A batch of each workspace; True where there may be more to do at once."""
        worked = False
        workspace = ""
        while (following := await self._next_workspace(workspace)) is not None:
            workspace = following
            started = time.monotonic()
            compared, labels_wait = await self._step(workspace)
            worked = worked or compared > 0
            if compared and labels_wait:
                await asyncio.sleep(_REST * (time.monotonic() - started))
        return worked

    async def _next_workspace(self, after: str) -> str | None:
        async with self._database.transaction("", role=WORKER_ROLE, readonly=True) as connection:
            return await incidents.next_workspace(connection, after)

    async def _step(self, workspace_id: str) -> tuple[int, bool]:
        """Groups a batch: how many messages it took, and whether others wait for their labels."""
        async with self._database.transaction("", role=WORKER_ROLE) as connection:
            if not await incidents.take_turn(connection, workspace_id):
                return 0, False
            waiting = await incidents.first_waiting_for_labels(connection, workspace_id)
            batch = await incidents.batch(connection, workspace_id, waiting, _BATCH_SIZE)
            if not batch:
                return 0, waiting is not None
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
        return len(batch), waiting is not None

    async def _sleep_until_woken(self) -> None:
        try:
            async with asyncio.timeout(_LONGEST_SLEEP_SECONDS):
                await self._woken.wait()
        except TimeoutError:
            return
