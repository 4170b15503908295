"""Answers of the gateway: their JSON, or the sentence that a failure becomes."""

import math
from collections.abc import Awaitable
from typing import Final

import httpx

from gateway.cli.outcomes import (
    CommandError,
    ConnectionBrokenError,
    NotLoggedInError,
    NotReachableError,
    RefusedError,
)
from gateway.cli.server_events import Json

LOGIN_HINT: Final = "Log in with `earshot login`, or set EARSHOT_TOKEN."
START_HINT: Final = (
    "Start Earshot with `make run`, or name its address with --url or EARSHOT_URL; see `earshot doctor`."
)
WHERE_HINT: Final = "Is this the address of Earshot?"


async def reached(url: str, call: Awaitable[httpx.Response]) -> httpx.Response:
    """The answer to a call. NotReachableError, ConnectionBrokenError where there is none."""
    try:
        return await call
    except httpx.HTTPError as error:
        raise transport_error(url, error) from error


def transport_error(url: str, error: httpx.HTTPError) -> CommandError:
    """What a call that got no answer, or half of one, means."""
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return NotReachableError(f"Nothing answers at {url}.", hint=START_HINT)
    if isinstance(error, httpx.TimeoutException):
        return ConnectionBrokenError(f"{url} did not answer in time.", hint="Try again; see `earshot doctor`.")
    return ConnectionBrokenError(f"The connection to {url} broke.", hint="Try again; see `earshot doctor`.")


def json_of(response: httpx.Response) -> Json:
    """The JSON of an answer; empty where there is nothing to say. CommandError where it is a refusal or no JSON."""
    if response.is_error or response.is_redirect:
        raise refusal(response)
    if response.status_code == httpx.codes.NO_CONTENT:
        return {}
    body = _object(response)
    if body is None:
        raise CommandError(f"{response.url} did not answer with JSON.", hint=WHERE_HINT)
    return body


def refusal(response: httpx.Response) -> CommandError:
    """The error of an answer that is a problem (RFC 9457), or of one that is not even that."""
    body = _object(response)
    if body is None or "detail" not in body:
        text = f"{response.url} answered {response.status_code} without saying why."
        return CommandError(text, hint=WHERE_HINT)
    detail, hint = str(body["detail"]), str(body.get("hint") or _when_again(body))
    request_id = str(body.get("request_id", ""))
    if response.status_code == httpx.codes.UNAUTHORIZED:
        return NotLoggedInError(detail, hint=hint or LOGIN_HINT, request_id=request_id)
    reason = str(body.get("reason", ""))
    return RefusedError(detail, status=response.status_code, reason=reason, hint=hint, request_id=request_id)


def _when_again(body: Json) -> str:
    seconds = body.get("retry_after_seconds")
    return f"Try again in {math.ceil(seconds)} s." if isinstance(seconds, int | float) else ""


def _object(response: httpx.Response) -> Json | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
