"""Calls to the gateway. Every failure becomes a sentence for a person."""

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import IO, Any, Final
from urllib.parse import urlsplit

import httpx

from gateway.cli.identity import Target
from gateway.cli.outcomes import (
    CommandError,
    ConnectionBrokenError,
    NotLoggedInError,
    NotReachableError,
    RefusedError,
    UsageError,
)
from gateway.cli.server_events import BadEventError, Json, ServerEvent, read_events

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 150.0
"""Longer than the longest whole answer and than many pings of a stream."""
LOGIN_HINT: Final = "Log in with `earshot login`, or set EARSHOT_TOKEN."
START_HINT: Final = (
    "Start Earshot with `make run`, or name its address with --url or EARSHOT_URL; see `earshot doctor`."
)
WHERE_HINT: Final = "Is this the address of Earshot?"
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


@dataclass(slots=True, kw_only=True)
class GatewayClient:
    """An open connection to the gateway, as one caller."""

    target: Target
    http: httpx.AsyncClient
    _token: str = field(default="", repr=False)

    async def get(self, path: str, params: Mapping[str, Any] | None = None) -> Json:
        """The JSON of a GET."""
        headers = await self._authorization()
        return _json(await _reached(self.target.url, self.http.get(path, params=params, headers=headers)))

    async def post(self, path: str, body: Json | None = None) -> Json:
        """The JSON of a POST."""
        headers = await self._authorization()
        return _json(await _reached(self.target.url, self.http.post(path, json=body, headers=headers)))

    async def patch(self, path: str, body: Json) -> Json:
        """The JSON of a PATCH."""
        headers = await self._authorization()
        return _json(await _reached(self.target.url, self.http.patch(path, json=body, headers=headers)))

    async def delete(self, path: str, params: Mapping[str, Any] | None = None) -> Json:
        """The JSON of a DELETE."""
        headers = await self._authorization()
        return _json(await _reached(self.target.url, self.http.delete(path, params=params, headers=headers)))

    async def log_in(self, username: str, password: str) -> Json:
        """A fresh token: {access_token, expires_in, …}."""
        form = {"username": username, "password": password}
        response = await _reached(self.target.url, self.http.post("/api/v1/auth/token", data=form))
        return _json(response)

    @asynccontextmanager
    async def stream(self, call: StreamCall) -> AsyncIterator[AsyncIterator[ServerEvent]]:
        """The events of an answer. ConnectionBrokenError where the connection ends in between."""
        headers = {"Accept": "text/event-stream", **await self._authorization(), **call.headers}
        request = self.http.build_request(
            call.method, call.path, headers=headers, json=call.body, data=call.form, files=call.files
        )
        try:
            async with aclosing(await self.http.send(request, stream=True)) as response:
                if response.status_code != httpx.codes.OK:
                    await response.aread()
                    raise _refusal(response)
                yield read_events(response.aiter_bytes())
        except httpx.HTTPError as error:
            raise _transport_error(self.target.url, error) from error
        except BadEventError as error:
            raise CommandError(f"{request.url} did not answer with events.", hint=WHERE_HINT) from error

    @asynccontextmanager
    async def download(self, path: str, params: Mapping[str, Any]) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes of a file. ConnectionBrokenError where it ends before it is whole."""
        headers = await self._authorization()
        request = self.http.build_request("GET", path, params=params, headers=headers)
        try:
            async with aclosing(await self.http.send(request, stream=True)) as response:
                if response.status_code != httpx.codes.OK:
                    await response.aread()
                    raise _refusal(response)
                yield response.aiter_bytes()
        except httpx.HTTPError as error:
            raise _transport_error(self.target.url, error) from error

    async def _authorization(self) -> dict[str, str]:
        """The header, after logging in where only a password is known. NotLoggedInError where nothing is."""
        if not self._token:
            self._token = await self._first_token()
        return {"Authorization": f"Bearer {self._token}"}

    async def _first_token(self) -> str:
        if self.target.token:
            return self.target.token
        if self.target.password:
            answer = await self.log_in(self.target.password.username, self.target.password.password)
            return str(answer["access_token"])
        await _reached(self.target.url, self.http.get("/healthz"))  # nobody there at all is the better answer
        state = "Your login has run out." if self.target.expired else f"You are not logged in to {self.target.url}."
        raise NotLoggedInError(state, hint=LOGIN_HINT)


@asynccontextmanager
async def open_gateway(target: Target) -> AsyncIterator[GatewayClient]:
    """A client for the length of a block. UsageError where the address is none."""
    address = urlsplit(target.url)
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise UsageError(f"{target.url} is not an address such as http://localhost:8080.")
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    # A proxy of the environment is for other machines.
    async with httpx.AsyncClient(
        base_url=target.url, timeout=timeout, trust_env=address.hostname not in LOOPBACK
    ) as http:
        yield GatewayClient(target=target, http=http)


async def _reached(url: str, call: Awaitable[httpx.Response]) -> httpx.Response:
    try:
        return await call
    except httpx.HTTPError as error:
        raise _transport_error(url, error) from error


def _transport_error(url: str, error: httpx.HTTPError) -> CommandError:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return NotReachableError(f"Nothing answers at {url}.", hint=START_HINT)
    if isinstance(error, httpx.TimeoutException):
        return ConnectionBrokenError(f"{url} did not answer in time.", hint="Try again; see `earshot doctor`.")
    return ConnectionBrokenError(f"The connection to {url} broke.", hint="Try again; see `earshot doctor`.")


def _json(response: httpx.Response) -> Json:
    if response.is_error or response.is_redirect:
        raise _refusal(response)
    body = _object(response)
    if body is None:
        raise CommandError(f"{response.url} did not answer with JSON.", hint=WHERE_HINT)
    return body


def _refusal(response: httpx.Response) -> CommandError:
    """The error of an answer that is a problem (RFC 9457), or of one that is not even that."""
    body = _object(response)
    if body is None or "detail" not in body:
        text = f"{response.url} answered {response.status_code} without saying why."
        return CommandError(text, hint=WHERE_HINT)
    detail, hint = str(body["detail"]), str(body.get("hint", ""))
    request_id = str(body.get("request_id", ""))
    if response.status_code == httpx.codes.UNAUTHORIZED:
        return NotLoggedInError(detail, hint=hint or LOGIN_HINT, request_id=request_id)
    reason = str(body.get("reason", ""))
    return RefusedError(detail, status=response.status_code, reason=reason, hint=hint, request_id=request_id)


def _object(response: httpx.Response) -> Json | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
