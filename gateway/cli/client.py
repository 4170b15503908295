"""Calls to the gateway. Every failure becomes a sentence for a person."""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import IO, Any, Final
from urllib.parse import urlsplit

import httpx

from gateway.cli.bearer import Bearer
from gateway.cli.http_answers import WHERE_HINT, json_of, reached, refusal, transport_error
from gateway.cli.identity import Target
from gateway.cli.outcomes import CommandError, UsageError
from gateway.cli.server_events import BadEventError, Json, ServerEvent, read_events

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 150.0
"""Longer than the longest whole answer and than many pings of a stream."""
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCall:
    """A request whose answer is a stream of events: a JSON body, or a form with files, or neither."""

    method: str
    path: str
    body: Json | None = None
    form: Mapping[str, str] | None = None
    files: Mapping[str, tuple[str, IO[bytes], str]] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayClient:
    """An open connection to the gateway, as one caller."""

    target: Target
    http: httpx.AsyncClient
    bearer: Bearer

    async def get(self, path: str, params: Mapping[str, Any] | None = None) -> Json:
        """The JSON of a GET."""
        return await self.call("GET", path, params=params)

    async def post(self, path: str, body: Json | None = None) -> Json:
        """The JSON of a POST; empty where it answers nothing."""
        return await self.call("POST", path, json=body)

    async def put(self, path: str, body: Json) -> Json:
        """The JSON of a PUT."""
        return await self.call("PUT", path, json=body)

    async def patch(self, path: str, body: Json) -> Json:
        """The JSON of a PATCH."""
        return await self.call("PATCH", path, json=body)

    async def delete(self, path: str, params: Mapping[str, Any] | None = None) -> Json:
        """The JSON of a DELETE; empty where it answers nothing."""
        return await self.call("DELETE", path, params=params)

    @asynccontextmanager
    async def stream(self, call: StreamCall) -> AsyncIterator[AsyncIterator[ServerEvent]]:
        """The events of an answer. ConnectionBrokenError where the connection ends in between."""
        headers = {"Accept": "text/event-stream", **await self.bearer.header(), **call.headers}
        request = self.http.build_request(
            call.method, call.path, headers=headers, json=call.body, data=call.form, files=call.files
        )
        try:
            async with aclosing(await self.http.send(request, stream=True)) as response:
                if response.status_code != httpx.codes.OK:
                    await response.aread()
                    raise refusal(response)
                yield read_events(response.aiter_bytes())
        except httpx.HTTPError as error:
            raise transport_error(self.target.url, error) from error
        except BadEventError as error:
            raise CommandError(f"{request.url} did not answer with events.", hint=WHERE_HINT) from error

    @asynccontextmanager
    async def download(self, path: str, params: Mapping[str, Any]) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes of a file. ConnectionBrokenError where it ends before it is whole."""
        request = self.http.build_request("GET", path, params=params, headers=await self.bearer.header())
        try:
            async with aclosing(await self.http.send(request, stream=True)) as response:
                if response.status_code != httpx.codes.OK:
                    await response.aread()
                    raise refusal(response)
                yield response.aiter_bytes()
        except httpx.HTTPError as error:
            raise transport_error(self.target.url, error) from error

    async def call(self, method: str, path: str, **options: Any) -> Json:  # noqa: ANN401  # httpx's
        """The JSON of any call; once more with a renewed token where the first is refused: its key may be retired."""
        headers = await self.bearer.header()
        response = await reached(self.target.url, self.http.request(method, path, headers=headers, **options))
        if response.status_code == httpx.codes.UNAUTHORIZED and await self.bearer.renew():
            headers = await self.bearer.header()
            response = await reached(self.target.url, self.http.request(method, path, headers=headers, **options))
        return json_of(response)


@asynccontextmanager
async def open_gateway(target: Target) -> AsyncIterator[GatewayClient]:
    """A client for the length of a block. UsageError where the address is none."""
    address = urlsplit(target.url)
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise UsageError(f"{target.url} is not an address such as http://localhost:8080.")
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    async with httpx.AsyncClient(
        base_url=target.url,
        timeout=timeout,
        # A proxy of the environment is for other machines.
        trust_env=address.hostname not in LOOPBACK,
        # Reading every authority takes longer than most calls, and plain HTTP shows no certificate.
        verify=address.scheme == "https",
    ) as http:
        yield GatewayClient(target=target, http=http, bearer=Bearer(target, http))
