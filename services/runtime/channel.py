"""Channels to other services: keepalive, round robin, retries by contract; each call carries who, which and how long.

Request id, token, remaining time and trace context are added by wrapping the channel's multi-callables, not by client
interceptors: those put a task between caller and call, through which cancellation does not always come (open-telemetry
contrib #3271 and #5046 are two cases), and cost more per call.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Final, Self, TypeAlias, TypeVar

import grpc

from services.runtime.call_context import current_bearer_token, current_request_id, remaining_seconds
from services.runtime.interceptors.request_id import REQUEST_ID_KEY
from services.runtime.retries import service_config
from services.runtime.service_token import ServiceToken
from services.runtime.tls import TlsFiles
from services.runtime.tracing import end_with_call, start_client_span, trace_metadata

DEFAULT_UNARY_SECONDS: Final = 30.0
DEFAULT_MAX_MESSAGE_BYTES: Final = 8 * 1024 * 1024

_KEEPALIVE_TIME_MS: Final = 30_000
_KEEPALIVE_TIMEOUT_MS: Final = 10_000
_MAX_RECONNECT_BACKOFF_MS: Final = 5_000
_SCHEMES: Final = ("dns:", "unix:", "ipv4:", "ipv6:", "passthrough:")

Metadata: TypeAlias = Sequence[tuple[str, str | bytes]]
CallT = TypeVar("CallT", bound=grpc.aio.Call)


def open_channel(
    target: str,
    *,
    retriable_methods: Iterable[str] = (),
    service_token: ServiceToken | None = None,
    forward_caller: bool = True,
    default_unary_seconds: float = DEFAULT_UNARY_SECONDS,
    max_message_bytes: int = DEFAULT_MAX_MESSAGE_BYTES,
    tls: TlsFiles | None = None,
) -> "CallingChannel":
    """A channel to `target` (`host:port`, resolved by DNS so that replicas share the load), connected on first use.

    `retriable_methods` comes from `retries.idempotent_methods`. Calls carry the running call's token if
    `forward_caller`, else or where there is none the `service_token`. A unary call without a deadline of its own gets
    the running call's remaining time, at most `default_unary_seconds`. With `tls` the server must show a certificate
    for the target's name, and is shown ours.
    """
    address = target if target.startswith(_SCHEMES) else f"dns:///{target}"
    options = _options(retriable_methods, max_message_bytes)
    channel = (
        grpc.aio.secure_channel(address, tls.channel_credentials(), options=options)
        if tls
        else grpc.aio.insecure_channel(address, options=options)
    )
    return CallingChannel(
        channel,
        service_token=service_token,
        forward_caller=forward_caller,
        default_unary_seconds=default_unary_seconds,
    )


@asynccontextmanager
async def cancelled_on_exit(call: CallT) -> AsyncIterator[CallT]:
    """The call for the length of a block; leaving early (an exception, a `break`) cancels it at the server too."""
    try:
        yield call
    finally:
        call.cancel()


class CallingChannel(grpc.aio.Channel):
    """A grpc.aio channel whose calls carry request id, token and deadline. Generated stubs take it as it is."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        *,
        service_token: ServiceToken | None,
        forward_caller: bool,
        default_unary_seconds: float,
    ) -> None:
        self._channel = channel
        self._service_token = service_token
        self._forward_caller = forward_caller
        self._default_unary_seconds = default_unary_seconds

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - grpc's own signature
        """See grpc.aio.Channel."""
        return self._calling(method, self._channel.unary_unary(method, *args, **kwargs), self._default_unary_seconds)

    def unary_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """See grpc.aio.Channel."""
        return self._calling(method, self._channel.unary_stream(method, *args, **kwargs), None)

    def stream_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """See grpc.aio.Channel."""
        return self._calling(method, self._channel.stream_unary(method, *args, **kwargs), None)

    def stream_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """See grpc.aio.Channel."""
        return self._calling(method, self._channel.stream_stream(method, *args, **kwargs), None)

    async def close(self, grace: float | None = None) -> None:
        """Closes the connections; calls in progress get `grace` seconds."""
        await self._channel.close(grace)

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:  # noqa: FBT001, FBT002 - as in grpc
        """The connectivity now."""
        return self._channel.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Returns when the connectivity is no longer `last_observed_state`."""
        await self._channel.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Returns when a connection stands."""
        await self._channel.channel_ready()

    async def __aenter__(self) -> Self:
        await self._channel.__aenter__()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> bool | None:
        return await self._channel.__aexit__(exc_type, exc_val, exc_tb)

    def _calling(self, method: str, multi_callable: Any, default_seconds: float | None) -> Any:  # noqa: ANN401
        def call(
            *args: Any,  # noqa: ANN401
            timeout: float | None = None,
            metadata: Metadata | None = None,
            **kwargs: Any,  # noqa: ANN401
        ) -> Any:  # noqa: ANN401
            own = default_seconds if timeout is None else timeout
            seconds = _shortest(own, remaining_seconds())
            span = start_client_span(method)
            carried = [*self._metadata(metadata), *trace_metadata(span)]
            started = multi_callable(*args, timeout=seconds, metadata=carried, **kwargs)
            end_with_call(span, started)
            return started

        return call

    def _metadata(self, given: Metadata | None) -> list[tuple[str, str | bytes]]:
        metadata = list(given or ())
        present = {key for key, _ in metadata}
        if REQUEST_ID_KEY not in present and (request_id := current_request_id()):
            metadata.append((REQUEST_ID_KEY, request_id))
        if "authorization" not in present and (token := self._token()):
            metadata.append(("authorization", f"Bearer {token}"))
        return metadata

    def _token(self) -> str:
        caller = current_bearer_token() if self._forward_caller else ""
        return caller or (self._service_token.current() if self._service_token else "")


def _shortest(*limits: float | None) -> float | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _options(retriable_methods: Iterable[str], max_message_bytes: int) -> list[tuple[str, str | int]]:
    return [
        ("grpc.service_config", service_config(retriable_methods)),
        ("grpc.enable_retries", 1),
        ("grpc.keepalive_time_ms", _KEEPALIVE_TIME_MS),
        # The first is the kernel's patience (TCP_USER_TIMEOUT), the second that for the answer to a ping.
        ("grpc.keepalive_timeout_ms", _KEEPALIVE_TIMEOUT_MS),
        ("grpc.http2.ping_timeout_ms", _KEEPALIVE_TIMEOUT_MS),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.max_reconnect_backoff_ms", _MAX_RECONNECT_BACKOFF_MS),
        ("grpc.max_receive_message_length", max_message_bytes),
        ("grpc.max_send_message_length", max_message_bytes),
        # Two channels to one target would otherwise share a connection and its limits.
        ("grpc.use_local_subchannel_pool", 1),
    ]
