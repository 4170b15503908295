"""Asking for history to be labelled anew, and how far it is; `relabeller` does the work."""

from uuid import UUID

from services.runtime.errors import (
    AlreadyExistsError,
    ErrorReason,
    FailedPreconditionError,
    NotFoundError,
    Resource,
)
from services.runtime.ids import new_id
from services.store.auditing.call_event import name_resource
from services.store.filters import TimeRange
from services.store.pool import Connection, Database
from services.store.repositories import relabellings
from services.store.repositories.relabellings import Relabelling


class Relabellings:
    """Those of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, workspace_id: str, asked: TimeRange, *, request_id: UUID | None) -> Relabelling:
        """Begins one over a validated range. Raises FailedPreconditionError while another runs, AlreadyExistsError."""
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            earlier = await _of_request(connection, workspace_id, request_id, asked)
        if earlier is not None:
            return earlier
        relabelling_id = UUID(new_id())
        try:
            async with self._database.transaction(workspace_id) as connection:
                made = await relabellings.insert(
                    connection, workspace_id, relabelling_id=relabelling_id, request_id=request_id, asked=asked
                )
                name_resource(relabelling_id)
                return made
        except relabellings.TakenError as error:
            return await self._taken(workspace_id, asked, request_id, error)

    async def _taken(
        self, workspace_id: str, asked: TimeRange, request_id: UUID | None, error: Exception
    ) -> Relabelling:
        """Another one runs, or the same request was faster."""
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            earlier = await _of_request(connection, workspace_id, request_id, asked)
        if earlier is None:
            raise FailedPreconditionError(
                "Another relabelling of this workspace runs.",
                reason=ErrorReason.RELABELLING_RUNNING,
                hint="Wait for its end, or cancel it.",
            ) from error
        return earlier

    async def get(self, workspace_id: str, relabelling_id: UUID) -> Relabelling:
        """Raises NotFoundError."""
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            return await _existing(connection, workspace_id, relabelling_id)

    async def list_page(self, workspace_id: str, *, before: UUID | None, limit: int) -> list[Relabelling]:
        """At most `limit`, the newest first."""
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            return await relabellings.list_page(connection, workspace_id, before=before, limit=limit)

    async def cancel(self, workspace_id: str, relabelling_id: UUID) -> Relabelling:
        """Ends one; one that has ended stays as it is. Raises NotFoundError."""
        async with self._database.transaction(workspace_id) as connection:
            await relabellings.cancel(connection, workspace_id, relabelling_id)
            return await _existing(connection, workspace_id, relabelling_id)


async def _existing(connection: Connection, workspace_id: str, relabelling_id: UUID) -> Relabelling:
    found = await relabellings.read(connection, workspace_id, relabelling_id)
    if found is None:
        raise NotFoundError(
            "There is no relabelling with this id.",
            reason=ErrorReason.RELABELLING_NOT_FOUND,
            resource=Resource(type="relabelling", name=str(relabelling_id)),
        )
    return found


async def _of_request(
    connection: Connection, workspace_id: str, request_id: UUID | None, asked: TimeRange
) -> Relabelling | None:
    if request_id is None:
        return None
    earlier = await relabellings.of_request(connection, workspace_id, request_id)
    if earlier is not None and earlier.asked != asked:
        raise AlreadyExistsError.of_request_id("another relabelling")
    return earlier
