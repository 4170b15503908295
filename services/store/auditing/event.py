"""One event of the audit log, as a value. It has no room for a word that somebody wrote. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.runtime.ids import new_id

DONE: Final = "OK"
"""The code of what was done."""


class ActorKind(StrEnum):
    """Who acts, as the column `audit_events.actor_kind` has it."""

    USER = "user"
    SERVICE = "service"
    RULE = "rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """Something that was done, or refused. `code` is the name of a gRPC status code."""

    workspace_id: str
    time: datetime
    id: UUID
    actor_kind: ActorKind
    actor_id: str
    actor_role: str = ""
    action: str
    resource_kind: str
    resource_id: UUID | None = None
    code: str = DONE
    request_id: str = ""


def done_by(
    kind: ActorKind,
    actor_id: str,
    action: str,
    *,
    workspace_id: str,
    resource_kind: str,
    resource_id: UUID | None = None,
) -> AuditEvent:
    """What was done just now without a call: by a rule, by a setting, by an operator on the machine."""
    return AuditEvent(
        workspace_id=workspace_id,
        time=datetime.now(UTC),
        id=UUID(new_id()),
        actor_kind=kind,
        actor_id=actor_id,
        action=action,
        resource_kind=resource_kind,
        resource_id=resource_id,
    )
