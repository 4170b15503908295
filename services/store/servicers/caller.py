"""Who calls, as the servicers need it: role checked, workspace known."""

from typing import Final

from services.runtime.auth import Identity, Role
from services.runtime.call_context import require_role
from services.store.conversations.conversation import Owner
from services.store.pool import DEFAULT_WORKSPACE

WRITERS: Final = (Role.AGENT, Role.ADMIN, Role.INGEST, Role.SERVICE)
"""May add messages."""

READERS: Final = (Role.AGENT, Role.ADMIN, Role.SERVICE)
"""May read customers' data."""

PEOPLE: Final = (Role.VIEWER, Role.AGENT, Role.ADMIN, Role.SERVICE)
"""May ask, and so hold conversations."""


def caller_workspace(*roles: Role) -> str:
    """The workspace of a caller who has one of the roles. Raises PermissionDeniedError, UnauthenticatedError."""
    return workspace_of(require_role(*roles))


def workspace_of(identity: Identity) -> str:
    """The caller's workspace; a service that works for all of them gets the one that always exists."""
    return identity.workspace_id or DEFAULT_WORKSPACE


def caller_as_owner() -> Owner:
    """The caller as owner of conversations. Raises PermissionDeniedError, UnauthenticatedError."""
    identity = require_role(*PEOPLE)
    return Owner(workspace_id=workspace_of(identity), user_id=identity.user_id)
