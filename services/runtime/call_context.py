"""What the running call carries: request id, caller, deadline. Set by the interceptors, read by everything below them.

Context variables follow a task and every task it starts. Work that must outlive its call starts with
`detached_context()`, which keeps the caller but drops the deadline.
"""

import contextvars
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from services.runtime.auth import Identity, Role
from services.runtime.errors import ErrorReason, PermissionDeniedError, UnauthenticatedError

_request_id: Final[ContextVar[str]] = ContextVar("earshot_request_id", default="")
_identity: Final[ContextVar[Identity | None]] = ContextVar("earshot_identity", default=None)
_bearer_token: Final[ContextVar[str]] = ContextVar("earshot_bearer_token", default="")
_deadline: Final[ContextVar[float | None]] = ContextVar("earshot_deadline", default=None)


def current_request_id() -> str:
    """The id of the running call; empty outside one."""
    return _request_id.get()


def current_identity() -> Identity:
    """The verified caller of the running call. Raises UnauthenticatedError outside one."""
    identity = _identity.get()
    if identity is None:
        raise UnauthenticatedError("A token is needed.", reason=ErrorReason.TOKEN_MISSING)
    return identity


def identity_or_none() -> Identity | None:
    """The verified caller, or None where there is none (health checks, background work)."""
    return _identity.get()


def current_bearer_token() -> str:
    """The caller's token as received, to be passed on to the next service; empty when there is none."""
    return _bearer_token.get()


def remaining_seconds() -> float | None:
    """Time until the running call's deadline, never below 0; None when it has none. Monotonic clock."""
    deadline = _deadline.get()
    return None if deadline is None else max(deadline - time.monotonic(), 0.0)


def require_role(*roles: Role) -> Identity:
    """The caller, if their role is or includes one of `roles`; else PermissionDeniedError (ROLE_MISSING)."""
    identity = current_identity()
    if not identity.has_role(*roles):
        wanted = ", ".join(sorted(roles))
        raise PermissionDeniedError(f"This needs one of the roles: {wanted}.", hint="Ask an admin for the role.")
    return identity


def bind_request_id(request_id: str) -> None:
    """Names the running call; it reaches every log line and every outgoing call."""
    _request_id.set(request_id)


def bind_caller(identity: Identity, bearer_token: str) -> None:
    """Records the verified caller and the token to pass on."""
    _identity.set(identity)
    _bearer_token.set(bearer_token)


def bind_deadline(seconds: float | None) -> None:
    """Sets the time left for the running call; None removes the deadline."""
    _deadline.set(None if seconds is None else time.monotonic() + seconds)


@contextmanager
def call_scope(
    *, request_id: str, identity: Identity | None = None, bearer_token: str = "", seconds: float | None = None
) -> Iterator[None]:
    """Everything above for the length of a block: for HTTP handlers and background loops, which have no interceptor."""
    context = contextvars.copy_context()
    bind_request_id(request_id)
    _identity.set(identity)
    _bearer_token.set(bearer_token)
    bind_deadline(seconds)
    try:
        yield
    finally:
        # By value, not by token: a streamed HTTP answer may be closed in another context than it was opened in.
        _request_id.set(context.get(_request_id, ""))
        _identity.set(context.get(_identity))
        _bearer_token.set(context.get(_bearer_token, ""))
        _deadline.set(context.get(_deadline))


def detached_context() -> contextvars.Context:
    """A copy of the context without the deadline, for `asyncio.create_task(..., context=...)` of work that goes on."""
    context = contextvars.copy_context()
    context.run(_deadline.set, None)
    return context
