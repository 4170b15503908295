"""Runs the generated betterproto2 stubs over grpc.aio channels.

The stubs were written for grpclib; here their four call shapes are carried by grpc.aio, which brings round robin,
retries, limits and keepalive, and twice the calls per second (architecture decision in ARCHITECTURE.md). A failed call
raises the EarshotError that the service raised.
"""

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Any, ClassVar, Final, TypeVar

import betterproto2
import grpc
from betterproto2.grpclib import ServiceStub

from services.runtime.channel import cancelled_on_exit
from services.runtime.errors import ErrorReason, UnavailableError
from services.runtime.status import from_rpc_error

ResponseT = TypeVar("ResponseT", bound=betterproto2.Message)
Requests = Iterable[betterproto2.Message] | AsyncIterable[betterproto2.Message]

WRITE_FAILED: Final = "Internal error from Core"
"""What grpc.aio says, locally, when it was writing to a stream that the other end had closed: the status that came with
the close is lost by then (grpc 1.85, `StreamRequestMixin._write`). Calling again tells."""

_UNUSED: Final = "deadlines and metadata come from the running call (services.runtime.call_context)"


def _serialize(message: betterproto2.Message) -> bytes:
    return bytes(message)


class AioStub(ServiceStub):
    """Mixin, named first among the bases of a client: `class ChatClient(AioStub, ChatServiceStub)`."""

    unreachable: ClassVar[ErrorReason] = ErrorReason.UNAVAILABLE
    """Reason of the error when the service cannot be reached."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        super().__init__(channel)  # type: ignore[arg-type]  # typed for grpclib's channel
        self._aio = channel
        self._callables: dict[str, Any] = {}

    async def _unary_unary(  # type: ignore[override]  # the same call, without grpclib's Deadline
        self,
        route: str,
        request: betterproto2.Message,
        response_type: type[ResponseT],
        *,
        timeout: float | None = None,
        deadline: None = None,
        metadata: None = None,
    ) -> ResponseT:
        assert deadline is None and metadata is None, _UNUSED  # noqa: S101, PT018
        try:
            answer: ResponseT = await self._callable("unary_unary", route, response_type)(request, timeout=timeout)
        except grpc.aio.AioRpcError as error:
            raise self._mapped(error) from error
        return answer

    async def _unary_stream(  # type: ignore[override]
        self,
        route: str,
        request: betterproto2.Message,
        response_type: type[ResponseT],
        *,
        timeout: float | None = None,
        deadline: None = None,
        metadata: None = None,
    ) -> AsyncIterator[ResponseT]:
        assert deadline is None and metadata is None, _UNUSED  # noqa: S101, PT018
        async for answer in self._answers(self._callable("unary_stream", route, response_type), request, timeout):
            yield answer

    async def _stream_unary(  # type: ignore[override]
        self,
        route: str,
        request_iterator: Requests,
        request_type: type[betterproto2.Message],  # noqa: ARG002  # grpclib's signature
        response_type: type[ResponseT],
        *,
        timeout: float | None = None,
        deadline: None = None,
        metadata: None = None,
    ) -> ResponseT:
        assert deadline is None and metadata is None, _UNUSED  # noqa: S101, PT018
        try:
            multi = self._callable("stream_unary", route, response_type)
            answer: ResponseT = await multi(request_iterator, timeout=timeout)
        except grpc.aio.AioRpcError as error:
            raise self._mapped(error) from error
        return answer

    async def _stream_stream(  # type: ignore[override]
        self,
        route: str,
        request_iterator: Requests,
        request_type: type[betterproto2.Message],  # noqa: ARG002
        response_type: type[ResponseT],
        *,
        timeout: float | None = None,
        deadline: None = None,
        metadata: None = None,
    ) -> AsyncIterator[ResponseT]:
        assert deadline is None and metadata is None, _UNUSED  # noqa: S101, PT018
        multi = self._callable("stream_stream", route, response_type)
        async for answer in self._answers(multi, request_iterator, timeout):
            yield answer

    async def _answers(self, multi: Any, request: object, timeout: float | None) -> AsyncIterator[Any]:  # noqa: ANN401
        try:
            async with cancelled_on_exit(multi(request, timeout=timeout)) as call:
                async for answer in call:
                    yield answer
        except grpc.aio.AioRpcError as error:
            raise self._mapped(error) from error

    def _callable(self, shape: str, route: str, response_type: type[betterproto2.Message]) -> Any:  # noqa: ANN401
        """The channel's multi-callable for a route, made once."""
        if route not in self._callables:
            make = getattr(self._aio, shape)
            self._callables[route] = make(
                route, request_serializer=_serialize, response_deserializer=response_type.parse
            )
        return self._callables[route]

    def _mapped(self, error: grpc.aio.AioRpcError) -> Exception:
        name = type(self).__name__.removesuffix("Client").lower()
        unreachable = UnavailableError(f"The {name} service cannot be reached just now.", reason=self.unreachable)
        if error.code() is grpc.StatusCode.INTERNAL and error.details() == WRITE_FAILED:
            unreachable.__cause__ = error
            return unreachable
        return from_rpc_error(error, unreachable=unreachable)
