"""Posting to addresses that users name, and to none that they may not reach.

The name is resolved here and the connection opened to an address that was looked at, so that a name which answers
differently the second time (DNS rebinding) gains nothing. Redirects are answers like any other: they are not followed.
Looked at: httpx, whose transports have no public way to choose the address.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import Final

import httpcore

from services.store.alerting.rule import is_public

_CONNECT_SECONDS: Final = 5.0
_ANSWER_SECONDS: Final = 10.0


class WebhookError(Exception):
    """Nothing came back; the text says why in a few words and is shown to users."""


class ForbiddenAddressError(WebhookError):
    """The name leads into a private network."""


class _PublicOnly(httpcore.AsyncNetworkBackend):
    """Connects to public addresses; to every one where `private` allows it."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(address[0]) for *_, address in found]
        allowed = [item for item in addresses if self._private or is_public(ipaddress.ip_address(item))]
        if not allowed:
            raise ForbiddenAddressError("the address is in a private network")
        return await self._inner.connect_tcp(
            allowed[0], port, timeout=timeout, local_address=local_address, socket_options=socket_options
        )

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class Webhooks:
    """Posts messages, a connection for each."""

    def __init__(self, *, private: bool) -> None:
        """`private`: addresses of private networks are allowed."""
        self._private = private

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """The HTTP status of the answer, whose body is not read. Raises WebhookError."""
        fields = {"Content-Type": "application/json", "User-Agent": "Earshot", **headers}
        timeouts = {"connect": _CONNECT_SECONDS, "write": _ANSWER_SECONDS, "read": _ANSWER_SECONDS}
        try:
            async with (
                asyncio.timeout(_CONNECT_SECONDS + _ANSWER_SECONDS),
                httpcore.AsyncConnectionPool(network_backend=_PublicOnly(private=self._private)) as pool,
                pool.stream(
                    "POST", url, headers=list(fields.items()), content=body, extensions={"timeout": timeouts}
                ) as answer,
            ):
                return answer.status
        except (TimeoutError, httpcore.TimeoutException) as error:
            raise WebhookError("no answer in time") from error
        except (OSError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
            raise WebhookError(f"no connection ({type(error).__name__})") from error
        except WebhookError:
            raise
        except Exception as error:
            # Whatever it is: a message that nobody can post must not hold up those behind it.
            raise WebhookError(f"cannot be posted ({type(error).__name__})") from error
