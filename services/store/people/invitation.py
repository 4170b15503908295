"""Invitations, and how long they last. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.runtime.auth import Role
from services.runtime.errors import ErrorReason, InvalidInputError

DEFAULT_LIFETIME: Final = timedelta(days=7)
LONGEST_LIFETIME: Final = timedelta(days=30)
MAX_OPEN: Final = 200
"""In a workspace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What is kept of an invitation."""

    id: UUID
    role: Role
    invited_by: UUID
    create_time: datetime
    expire_time: datetime
    revoke_time: datetime | None


def end_of(asked: datetime | None, *, now: datetime) -> datetime:
    """When an invitation made now ends. Raises InvalidInputError (BAD_TIMESTAMP)."""
    if asked is None:
        return now + DEFAULT_LIFETIME
    if not now < asked <= now + LONGEST_LIFETIME:
        raise InvalidInputError.of_field(
            "expire_time",
            f"must be in the future, at most {LONGEST_LIFETIME.days} days ahead",
            reason=ErrorReason.BAD_TIMESTAMP,
        )
    return asked
