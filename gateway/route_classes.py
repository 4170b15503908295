"""What a request costs, as a class of routes that shares one rate limit. Pure."""

from enum import StrEnum
from typing import Final


class RouteClass(StrEnum):
    """One rate limit each."""

    LOGIN = "login"
    """Passwords, refresh tokens, registration: by address."""
    CHAT = "chat"
    """Whatever may ask a language model."""
    BULK = "bulk"
    """Files in and out."""
    WRITE = "write"
    """Everything else that is no GET."""
    READ = "read"
    """Every other GET."""


_API: Final = ("/api/", "/v1/", "/.well-known/")
_BULK: Final = ("/api/v1/import", "/api/v1/export")
_WEBHOOKS: Final = "/api/v1/webhooks/"
"""Posted by strangers who prove themselves by a secret: one sender, many customers."""
_CHAT: Final = ("/api/v1/chat", "/api/v1/interpret", "/v1/chat/")
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def route_class(method: str, path: str, *, known: bool) -> RouteClass | None:
    """The class of a request of somebody `known` or a stranger; None for what is not limited: health, metrics, page."""
    if not path.startswith(_API):
        return None
    if path.startswith("/api/v1/auth/") or (not known and method == "POST" and not path.startswith(_WEBHOOKS)):
        return RouteClass.LOGIN
    if path.startswith(_BULK):
        return RouteClass.BULK
    if method in _READING:
        return RouteClass.READ
    if path.startswith(_CHAT) or (path.startswith("/api/v1/sessions/") and path.endswith("/messages")):
        return RouteClass.CHAT
    return RouteClass.WRITE
