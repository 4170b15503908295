"""Erasing a person: every row about them in one transaction, a tombstone that does not name them, exact statistics."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from services.runtime.errors import EarshotError, ErrorReason, FailedPreconditionError, NotFoundError
from services.runtime.ids import new_id
from services.store.auditing.call_event import name_resource
from services.store.ingesting.ingest import with_retries
from services.store.pool import WORKER_ROLE, Connection, Database
from services.store.repositories import erasures, rollups
from services.store.repositories.erasures import Tombstone

_logger = structlog.get_logger("earshot.erasing")

ERASED_REVIEWER: Final = "erased-"
"""Begins the name under which the judgements of an erased account go on; with the id of the erasure it is unique."""

_FOLD_AT_ONCE: Final = 100_000
_FOLD_TRIES: Final = 50
_FOLD_PAUSE_SECONDS: Final = 0.1
_SALT_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was taken away, and the tombstone that says so."""

    erasure_id: UUID
    erase_time: datetime
    messages: int = 0
    tickets: int = 0
    conversations: int = 0


class Erasing:
    """Erases in one workspace at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def customer(self, workspace_id: str, user_id: str, *, source: str, by: str) -> Erased:
        """Erases a customer's messages of one source; of all sources (source empty) with their tickets."""
        erased, ids = await with_retries(lambda: self._customer(workspace_id, user_id, source, by))
        # What was being written about them from a snapshot of before: it has been committed by now, or sees them gone.
        async with self._database.transaction(workspace_id) as connection:
            await erasures.sweep(connection, workspace_id, ids)
        await self._forget_number(workspace_id, user_id)
        return erased

    async def account(self, workspace_id: str, account_id: UUID, *, by: str) -> Erased:
        """Erases an account, its logins and its conversations; what it said of labels stays, without a name.

        Raises NotFoundError, and FailedPreconditionError for one's own account.
        """
        if str(account_id) == by:
            raise FailedPreconditionError(
                "Nobody erases their own account.", hint="Another admin can, so that one is always left."
            )
        return await with_retries(lambda: self._account(workspace_id, account_id, by))

    async def _customer(self, workspace_id: str, user_id: str, source: str, by: str) -> tuple[Erased, list[UUID]]:
        async with self._database.transaction(workspace_id) as connection:
            ids, tickets = await erasures.customer(connection, workspace_id, user_id, source)
            erasure_id = UUID(new_id())
            time = await _keep(
                connection, workspace_id, erasure_id, "customer", user_id, by, messages=len(ids), tickets=tickets
            )
        return Erased(erasure_id=erasure_id, erase_time=time, messages=len(ids), tickets=tickets), ids

    async def _account(self, workspace_id: str, account_id: UUID, by: str) -> Erased:
        async with self._database.transaction(workspace_id) as connection:
            erasure_id = UUID(new_id())
            alias = f"{ERASED_REVIEWER}{erasure_id}"
            conversations = await erasures.account(connection, workspace_id, account_id, alias=alias)
            if conversations is None:
                raise NotFoundError("There is no user with this id.", reason=ErrorReason.USER_NOT_FOUND)
            time = await _keep(
                connection, workspace_id, erasure_id, "account", str(account_id), by, conversations=conversations
            )
        return Erased(erasure_id=erasure_id, erase_time=time, conversations=conversations)

    async def _forget_number(self, workspace_id: str, user_id: str) -> None:
        """The roll-ups know users by numbers. Numbers are kept in a table of their own, and the last to go.

        Another process may be counting; what is left then goes with the next erasure of the same customer.
        """
        try:
            for _ in range(_FOLD_TRIES):
                async with self._database.transaction(workspace_id, role=WORKER_ROLE) as connection:
                    await rollups.fold(connection, _FOLD_AT_ONCE)
                    # Whoever folds may be about to count somebody who writes again under the number.
                    held = await rollups.hold_folding(connection)
                    if held and await erasures.forget_number(connection, workspace_id, user_id):
                        return
                await asyncio.sleep(_FOLD_PAUSE_SECONDS)
        except EarshotError as error:
            _logger.warning("an erased customer's number is left in the statistics", problem=error.message)


async def _keep(
    connection: Connection, workspace_id: str, erasure_id: UUID, kind: str, subject: str, by: str, **counts: int
) -> datetime:
    name_resource(erasure_id)
    salt = secrets.token_bytes(_SALT_BYTES)
    tombstone = Tombstone(
        id=erasure_id,
        kind=kind,
        salt=salt,
        subject_hash=hashlib.sha256(salt + subject.encode()).digest(),
        messages=counts.get("messages", 0),
        tickets=counts.get("tickets", 0),
        conversations=counts.get("conversations", 0),
        erased_by=by,
    )
    return await erasures.keep(connection, workspace_id, tombstone)
