"""The one server interceptor: runs every handler, of all four kinds, inside the layers.

Messages are decoded and encoded here and not by gRPC, because gRPC answers undecodable bytes with UNKNOWN and the
exception's class name. Handlers with a streamed answer are driven from one coroutine: cancelling it in the middle of a
write then unwinds the layers and closes the handler's generator at once, which an async generator left to the garbage
collector would not.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, aclosing
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import DecodeError

from services.runtime.errors import ErrorReason, InvalidInputError
from services.runtime.interceptors.deadline import Limit
from services.runtime.interceptors.error_mapping import code_of, end_with
from services.runtime.interceptors.request_id import REQUEST_ID_KEY
from services.runtime.interceptors.server_call import Layer, RpcKind, ServerCall, kind_of

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
Continuation: TypeAlias = "Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]]"

_FACTORY = {
    RpcKind.UNARY: grpc.unary_unary_rpc_method_handler,
    RpcKind.CLIENT_STREAM: grpc.stream_unary_rpc_method_handler,
    RpcKind.SERVER_STREAM: grpc.unary_stream_rpc_method_handler,
    RpcKind.BIDI_STREAM: grpc.stream_stream_rpc_method_handler,
}


class Pipeline(grpc.aio.ServerInterceptor):
    """Wraps handlers in layers, outermost first, and in the limit of their time."""

    def __init__(self, layers: Sequence[Layer], limit: Limit) -> None:
        self._layers = tuple(layers)
        self._limit = limit
        self._wrapped: dict[str, Handler] = {}

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> "Handler | None":
        """The wrapped handler; None for an unknown method, which gRPC answers with UNIMPLEMENTED."""
        path = handler_call_details.method
        if path not in self._wrapped:
            handler = await continuation(handler_call_details)
            if handler is None:
                return None
            self._wrapped[path] = self._wrap(path, handler)
        return self._wrapped[path]

    def _wrap(self, path: str, handler: Handler) -> Handler:
        kind = kind_of(handler)

        async def run(request: Any, context: Context) -> Any:  # noqa: ANN401 - messages of any method
            call = ServerCall(path=path, kind=kind, context=context, metadata=_text_metadata(context))
            with ExitStack() as stack:
                try:
                    for layer in self._layers:
                        if (ending := layer(call)) is not None:
                            stack.callback(ending)
                    response = await self._limited(handler, call, request)
                except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - whatever it is becomes a status
                    await end_with(call, error)
                call.code = code_of(call)
                return response

        # Encoding stays with gRPC only where a handler writes to the context itself.
        writes_itself = handler.response_streaming and not inspect.isasyncgenfunction(_behaviour(handler))
        return _FACTORY[kind](run, None, handler.response_serializer if writes_itself else None)

    async def _limited(self, handler: Handler, call: ServerCall, request: Any) -> Any:  # noqa: ANN401
        limit = self._limit(call)
        if limit is None:
            return await _invoke(handler, call, request)
        async with limit:
            return await _invoke(handler, call, request)


async def _invoke(handler: Handler, call: ServerCall, request: Any) -> Any:  # noqa: ANN401
    behaviour: Any = _behaviour(handler)
    incoming = _received(call, handler, request) if handler.request_streaming else _decode(call, handler, request)
    if not handler.response_streaming:
        response = _encode(handler, await behaviour(incoming, call.context))
        # In the trailers, which go out with the answer; sending headers apart would cost one more round in gRPC's core.
        trailers = call.context.trailing_metadata() or ()
        call.context.set_trailing_metadata((*trailers, (REQUEST_ID_KEY, call.request_id)))
        call.sent += 1
        return response
    if not inspect.isasyncgenfunction(behaviour):
        return await behaviour(incoming, call.context)
    async with aclosing(behaviour(incoming, call.context)) as responses:
        async for response in responses:
            await _write(call, _encode(handler, response))
    return None


def _behaviour(handler: Handler) -> Any:  # noqa: ANN401 - one of four signatures
    return handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream


async def _received(call: ServerCall, handler: Handler, requests: AsyncIterator[bytes]) -> AsyncIterator[Any]:
    async for request in requests:
        call.on_progress()
        yield _decode(call, handler, request)


def _decode(call: ServerCall, handler: Handler, raw: bytes) -> Any:  # noqa: ANN401
    call.received += 1
    if handler.request_deserializer is None:
        return raw
    try:
        call.request = handler.request_deserializer(raw)
    except DecodeError as error:
        raise InvalidInputError(
            "The message cannot be decoded.",
            reason=ErrorReason.MALFORMED_MESSAGE,
            hint="Send the request message of this method, with all strings in valid UTF-8.",
        ) from error
    return call.request


def _encode(handler: Handler, response: Any) -> Any:  # noqa: ANN401
    return response if handler.response_serializer is None else handler.response_serializer(response)


async def _write(call: ServerCall, response: Any) -> None:  # noqa: ANN401
    if call.sent == 0:
        await _send_request_id(call)
    call.on_pause()
    try:
        await call.context.write(response)
    except grpc.aio.BaseError:
        call.client_gone = True
        raise
    call.sent += 1
    call.on_progress()


async def _send_request_id(call: ServerCall) -> None:
    # Late on purpose: once headers are out a client may not retry, and errors carry the id in their details.
    try:
        await call.context.send_initial_metadata(((REQUEST_ID_KEY, call.request_id),))
    except grpc.aio.UsageError:
        return  # the handler sent its own
    except grpc.aio.BaseError:
        call.client_gone = True
        raise


def _text_metadata(context: Context) -> dict[str, str]:
    # Repeated keys are joined as HTTP does: with two different tokens neither is believed.
    joined: dict[str, str] = {}
    for key, value in context.invocation_metadata() or ():
        if isinstance(value, str):
            joined[key] = f"{joined[key]}, {value}" if key in joined else value
    return joined
