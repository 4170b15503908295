"""The event of the running call: begun by the layer around it, completed by its handler, written with its change."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from services.runtime.auth import Identity, Role
from services.runtime.call_context import identity_or_none
from services.runtime.ids import new_id
from services.runtime.interceptors.server_call import ServerCall
from services.store.auditing.audited import Audited, Write
from services.store.auditing.event import DONE, ActorKind, AuditEvent
from services.store.people.user import User
from services.store.pool import Connection
from services.store.repositories import audit_events
from services.store.servicers.caller import workspace_of


@dataclass(slots=True, kw_only=True)
class CallEvent:
    """What is known of a call. Its key is fixed from the start, so that it is kept once however often it is written."""

    call: ServerCall
    audited: Audited
    id: UUID = field(default_factory=lambda: UUID(new_id()))
    time: datetime = field(default_factory=lambda: datetime.now(UTC))
    resource_id: UUID | None = None
    actor: Identity | None = None
    """Who it turned out to be, where the caller is a service that asks for somebody."""

    def event(self, code: str) -> AuditEvent | None:
        """The event with this outcome; None for a caller whom nobody knows, and so no workspace."""
        caller = self.actor or identity_or_none()
        if caller is None:
            return None
        return AuditEvent(
            workspace_id=workspace_of(caller),
            time=self.time,
            id=self.id,
            actor_kind=ActorKind.SERVICE if caller.role is Role.SERVICE else ActorKind.USER,
            actor_id=caller.user_id,
            actor_role=caller.role,
            action=self.call.method,
            resource_kind=self.audited.resource_kind,
            resource_id=self.resource_id or _named_in(self.call.request, self.audited.id_field),
            code=code,
            request_id=self.call.request_id,
        )


_running: Final[ContextVar[CallEvent | None]] = ContextVar("earshot_audited_call", default=None)


def begin(event: CallEvent) -> None:
    """Binds the event to the running call."""
    _running.set(event)


def name_resource(resource_id: UUID) -> None:
    """Says what the running call is about, where its request does not; nothing where no call is written."""
    if (running := _running.get()) is not None:
        running.resource_id = resource_id


def name_actor(user: User) -> None:
    """Says in whose name a service calls, once that is proved; nothing where no call is written."""
    if (running := _running.get()) is not None:
        running.actor = Identity(
            user_id=str(user.id), workspace_id=user.workspace_id, role=user.role, name=user.username
        )


async def write_with_change(connection: Connection) -> None:
    """Writes the running call's event in its transaction, if that has changed anything."""
    running = _running.get()
    if running is None or running.audited.write is Write.AFTERWARDS:
        return
    if (event := running.event(DONE)) is not None:
        await audit_events.insert_with_change(connection, event)


def _named_in(request: object, path: str) -> UUID | None:
    """The id at this place of a request, as `rule.id`; None where there is none."""
    if request is None or not path:
        return None
    value = request
    for name in path.split("."):
        value = getattr(value, name)
    try:
        return UUID(str(value))
    except ValueError:
        return None
