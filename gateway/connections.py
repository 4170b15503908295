"""Connections of the gateway: none keeps its place by asking slowly, and a stream can see to its own.

uvicorn by itself waits for ever for the end of a request's head, and takes one of any length.
"""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS: Final = 30.0
"""Longest time from connecting, or from a request's first byte, to the end of its headers; then 408."""
MAX_HEAD_BYTES: Final = 64 * 1024
"""Request line and headers together; then 431."""
CLIENT_SOCKET: Final = "client_socket"
"""Where a request's state holds the socket of its connection."""


class BoundedConnection(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, with bounds on the head of a request."""

    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """See asyncio.Protocol."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, CLIENT_SOCKET: transport.get_extra_info("socket")}
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._have_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        super().data_received(data)
        if self._deadline is not None:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse("431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        """See httptools.HttpRequestParser."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """See httptools.HttpRequestParser."""
        self._have_head()
        super().on_headers_complete()

    def _await_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self._refuse, "408 Request Timeout")

    def _have_head(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline, self._head_bytes = None, 0

    def _refuse(self, status: str) -> None:
        self._have_head()
        self.transport.write(f"HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".encode("ascii"))
        self.transport.close()
