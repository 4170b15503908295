"""Deletes what is older than it is kept, a few messages at a time, as long as the process lives.

Everything that stands about a message goes with it, and the statistics never count what is gone, nor keep the ids of
those whose last message it was. What was said about it
in conversations, and tickets, stays. Conversations have an age of their own, from when they were last used, and so have
the events of the audit log, in which every deletion stands.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

import structlog

from services.store.auditing.event import ActorKind, AuditEvent, done_by
from services.store.housekeeping.folding import fold_all
from services.store.loop import Loop
from services.store.pool import WORKER_ROLE, Connection, Database
from services.store.repositories import audit_events, erasures, retention, rollups

_logger = structlog.get_logger("earshot.retention")

Find: TypeAlias = Callable[[Connection, datetime], Awaitable[str | None]]
DeleteSome: TypeAlias = Callable[[str, datetime], Awaitable[int]]

_AT_MOST: Final = 1_000
_PAUSE_SECONDS: Final = 3_600.0


class Retention:
    """The loop of one process; 0 days: everything is kept."""

    def __init__(self, database: Database, *, days: int, conversation_days: int, audit_days: int) -> None:
        self._database = database
        self._audit_age = timedelta(days=audit_days)
        self._age = timedelta(days=days)
        self._conversation_age = timedelta(days=conversation_days)

    async def run(self) -> None:
        """Works for ever: once at the start, then every hour."""
        if self._age or self._conversation_age or self._audit_age:
            await Loop("retention", step=self._step, longest_seconds=_PAUSE_SECONDS).run()
        await asyncio.Event().wait()

    async def delete_old(self, before: datetime) -> int:
        """Deletes every message from before, in every workspace; answers how many."""
        return await self._delete_all(before, retention.workspace_with_old, self._delete_messages)

    async def forget_users(self) -> int:
        """Takes the ids of customers who have no message any more out of the statistics; answers how many."""
        await fold_all(self._database)
        async with self._database.transaction("", role=WORKER_ROLE) as connection:
            return await rollups.forget_users(connection)

    async def delete_unused(self, before: datetime) -> int:
        """Deletes every conversation that was last used before, in every workspace; answers how many."""
        return await self._delete_all(before, retention.workspace_with_unused, self._delete_conversations)

    async def delete_events(self, before: datetime) -> int:
        """Deletes every event of the audit log from before, in every workspace; answers how many."""
        deleted = 0
        while True:
            async with self._database.transaction("", role=WORKER_ROLE) as connection:
                some = await audit_events.delete_old(connection, before, at_most=_AT_MOST)
                if not some:
                    return deleted
                told = [_deleted(workspace_id, "DeleteOldAuditEvents", "audit_log") for workspace_id in some]
                await audit_events.insert(connection, told)
            deleted += sum(some.values())

    async def _step(self) -> bool:
        now = datetime.now(UTC)
        if self._age:
            deleted = await self.delete_old(now - self._age)
            users = await self.forget_users() if deleted else 0
            _logger.info("old messages deleted", messages=deleted, users=users)
        if self._conversation_age:
            unused = await self.delete_unused(now - self._conversation_age)
            _logger.info("unused conversations deleted", conversations=unused)
        if self._audit_age:
            _logger.info("old audit events deleted", events=await self.delete_events(now - self._audit_age))
        return False

    async def _delete_all(self, before: datetime, find: Find, delete_some: DeleteSome) -> int:
        deleted = 0
        while True:
            async with self._database.transaction("", role=WORKER_ROLE, readonly=True) as connection:
                workspace_id = await find(connection, before)
            some = 0 if workspace_id is None else await delete_some(workspace_id, before)
            if not some:
                return deleted  # nothing is left, or others hold it, or it is in use again
            deleted += some

    async def _delete_conversations(self, workspace_id: str, before: datetime) -> int:
        async with self._database.transaction(workspace_id) as connection:
            unused = await retention.delete_unused(connection, workspace_id, before, at_most=_AT_MOST)
            if unused:
                told = _deleted(workspace_id, "DeleteUnusedConversations", "conversations")
                await audit_events.insert(connection, [told])
            return unused

    async def _delete_messages(self, workspace_id: str, before: datetime) -> int:
        async with self._database.transaction(workspace_id) as connection:
            ids = await retention.delete_old(connection, workspace_id, before, at_most=_AT_MOST)
            if ids:
                await audit_events.insert(connection, [_deleted(workspace_id, "DeleteOldMessages", "messages")])
        # What was being written about them from a snapshot of before: it has been committed by now, or sees them gone.
        async with self._database.transaction(workspace_id) as connection:
            await erasures.sweep(connection, workspace_id, ids)
        return len(ids)


def _deleted(workspace_id: str, action: str, resource_kind: str) -> AuditEvent:
    return done_by(ActorKind.RULE, "retention", action, workspace_id=workspace_id, resource_kind=resource_kind)
