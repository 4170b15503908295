"""The audit log of one process: a layer around its calls, and the queue from which their events are written.

A call pays for an entry in a list. What cannot be written waits; what no longer has room is counted and goes to the
process's own log with all that is known of it.
"""

import asyncio
from collections import deque
from itertools import islice
from typing import Final

import grpc
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

from services.runtime.interceptors.server_call import Ending, ServerCall
from services.store.auditing.audited import AUDITED, Write
from services.store.auditing.call_event import CallEvent, begin
from services.store.auditing.event import AuditEvent
from services.store.loop import Loop
from services.store.pool import WORKER_ROLE, Database
from services.store.repositories import audit_events

_logger = structlog.get_logger("earshot.audit")

CAPACITY: Final = 10_000
_AT_MOST: Final = 500
_GATHER_SECONDS: Final = 0.5
_CLOSE_SECONDS: Final = 5.0
_REFUSED_FOR_LOAD: Final = grpc.StatusCode.RESOURCE_EXHAUSTED
"""Refused unlooked, or for being too many: nothing was done, and writing it would add to the load."""


class AuditLog:
    """Takes events in, and writes them in batches."""

    def __init__(self, database: Database, registry: CollectorRegistry, *, capacity: int = CAPACITY) -> None:
        """`database` enters the worker's role, which adds to every workspace; `capacity` in events that may wait."""
        self._database = database
        self._capacity = capacity
        self._waiting: deque[AuditEvent] = deque()
        self._turn = asyncio.Lock()
        self._loop = Loop("audit", step=self._step)
        self._events = Counter(
            "earshot_audit_events",
            "Events of the audit log that calls left behind, by outcome: written, lost.",
            ("outcome",),
            registry=registry,
        )
        for outcome in ("written", "lost"):
            self._events.labels(outcome)
        waiting = Gauge("earshot_audit_events_waiting", "Events that wait to be written.", registry=registry)
        waiting.set_function(lambda: len(self._waiting))

    def layer(self, call: ServerCall) -> Ending | None:
        """Stands outside the layers that find out who calls."""
        audited = AUDITED.get(call.path)
        if audited is None:
            return None
        event = CallEvent(call=call, audited=audited)
        begin(event)
        return lambda: self._take(event)

    def add(self, event: AuditEvent) -> None:
        """Takes an event in, to be written soon."""
        if len(self._waiting) >= self._capacity:
            self._lose(event)
            return
        self._waiting.append(event)
        self._loop.wake()

    async def run(self) -> None:
        """Writes for ever."""
        await self._loop.run()

    async def write_out(self) -> None:
        """Writes all that waits. Raises UnavailableError and its like; what was not written then still waits."""
        async with self._turn:
            while batch := list(islice(self._waiting, _AT_MOST)):
                async with self._database.transaction("", role=WORKER_ROLE) as connection:
                    await audit_events.insert(connection, batch)
                for _ in batch:
                    self._waiting.popleft()
                self._events.labels("written").inc(len(batch))

    async def close(self) -> None:
        """Writes what is left, for a few seconds at most."""
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self.write_out()
        except Exception:
            _logger.exception("what is left of the audit log cannot be written")
            for event in self._waiting:
                self._lose(event)

    def _take(self, event: CallEvent) -> None:
        code = event.call.code
        if event.audited.write is Write.ONLY_WITH_CHANGE or code is _REFUSED_FOR_LOAD:
            return
        told = event.event((code or grpc.StatusCode.OK).name)
        if told is not None:
            self.add(told)

    async def _step(self) -> bool:
        if self._waiting:
            await asyncio.sleep(_GATHER_SECONDS)  # what comes together is written together
            await self.write_out()
        return bool(self._waiting)

    def _lose(self, event: AuditEvent) -> None:
        self._events.labels("lost").inc()
        _logger.error(
            "an audit event could not be kept",
            workspace=event.workspace_id,
            time=event.time.isoformat(),
            actor=event.actor_id,
            role=event.actor_role,
            action=event.action,
            resource=f"{event.resource_kind}/{event.resource_id or ''}",
            code=event.code,
            request_id=event.request_id,
        )
