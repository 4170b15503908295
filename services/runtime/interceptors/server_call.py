"""One RPC as the layers see it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeAlias

import grpc

from services.runtime.errors import EarshotError

_INFRASTRUCTURE: Final = (
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/",
)


class RpcKind(StrEnum):
    """The four kinds under the names that metrics use."""

    UNARY = "unary"
    CLIENT_STREAM = "client_stream"
    SERVER_STREAM = "server_stream"
    BIDI_STREAM = "bidi_stream"


def kind_of(handler: "grpc.RpcMethodHandler[Any, Any]") -> RpcKind:
    """The kind of a method handler."""
    if handler.request_streaming:
        return RpcKind.BIDI_STREAM if handler.response_streaming else RpcKind.CLIENT_STREAM
    return RpcKind.SERVER_STREAM if handler.response_streaming else RpcKind.UNARY


def _ignore() -> None:
    """Stands where no layer measures time."""


@dataclass(slots=True, kw_only=True)
class ServerCall:
    """One RPC: what came in, and what the layers find out on the way."""

    path: str
    kind: RpcKind
    context: "grpc.aio.ServicerContext[Any, Any]"
    metadata: Mapping[str, str]
    request_id: str = ""
    request: Any = None
    """The message that came in last, once it is decoded."""
    code: grpc.StatusCode | None = None
    error: EarshotError | None = None
    received: int = 0
    sent: int = 0
    client_gone: bool = False
    """A write failed because the client left."""
    shed: bool = False
    """The server cancelled this call itself because it is shutting down."""
    on_progress: Callable[[], None] = field(default=_ignore)
    """Called when the handler gets control back after a message was received or sent."""
    on_pause: Callable[[], None] = field(default=_ignore)
    """Called before waiting for the client to take a message; that time is the client's."""

    @property
    def service(self) -> str:
        """Full name of the service: `earshot.store.v1.MessageService`."""
        return self.path.rpartition("/")[0].lstrip("/")

    @property
    def method(self) -> str:
        """Name of the method: `GetMessage`."""
        return self.path.rpartition("/")[2]

    @property
    def is_infrastructure(self) -> bool:
        """Health and reflection: open to all, never refused for load, logged at debug."""
        return self.path.startswith(_INFRASTRUCTURE)


Ending: TypeAlias = Callable[[], None]
"""Runs when a call has ended, however it did; `code` and `error` of the call are known by then."""

Layer: TypeAlias = Callable[[ServerCall], Ending | None]
"""Stands around every call: runs before the handler, refuses by raising, and returns what is to run at the end.

Plain functions: as asynchronous context managers eight of them cost as much as gRPC's own part of a call.
"""
