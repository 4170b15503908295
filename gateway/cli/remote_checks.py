"""Checks of the Earshot at the address: do it and its services answer, are clocks alike, are login and page good."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from gateway.cli.checks import Check, doubtful, fine, wrong
from gateway.cli.client import GatewayClient
from gateway.cli.http_answers import LOGIN_HINT
from gateway.cli.outcomes import CommandError, NotLoggedInError

MENDS: Final = {
    "classifier": "look into .earshot/logs/classifier.log; its model is checked above",
    "store": "look into .earshot/logs/store.log; Postgres may be away or full, or a migration failed",
    "chat": "look into .earshot/logs/chat.log; Redis or the store may be away",
}
ADDRESS_FIX: Final = "make run  (or name Earshot's address with --url or EARSHOT_URL)"
RESTART: Final = "then stop and start: make run"
NETWORK_TIME: Final = "set the clocks by network time (NTP): tokens end and days begin by them"
MOST_APART_SECONDS: Final = 30


async def remote_checks(gateway: GatewayClient) -> list[Check]:
    """Everything the gateway can tell. Where it does not answer, only that."""
    try:
        health = await gateway.http.get("/healthz")
    except httpx.HTTPError:
        return [wrong("gateway", f"nothing answers at {gateway.target.url}", fix=ADDRESS_FIX)]
    if not _is_earshot(health):
        fix = "name Earshot's address with --url, or free the port and start: make run"
        return [wrong("gateway", f"{gateway.target.url} is answered by something that is not Earshot", fix=fix)]
    return [
        fine("gateway", gateway.target.url),
        *await _services(gateway),
        await _login(gateway),
        await _clocks(gateway, health),
        await _page(gateway),
    ]


def _is_earshot(health: httpx.Response) -> bool:
    try:
        return health.status_code == httpx.codes.OK and health.json() == {"status": "ok"}
    except ValueError:
        return False


async def _services(gateway: GatewayClient) -> list[Check]:
    try:
        answer = await gateway.http.get("/readyz")
        checks = answer.json()["checks"]
    except (httpx.HTTPError, ValueError, KeyError):
        return [wrong("services", "readiness cannot be asked", fix=ADDRESS_FIX)]
    return [_service(str(name), state == "ok") for name, state in checks.items()]


def _service(name: str, serving: bool) -> Check:
    if serving:
        # The store serves only once its schema is that of its code.
        return fine(name, "serving, migrated" if name == "store" else "serving")
    return wrong(name, "not serving", fix=f"{MENDS.get(name, 'look into its log')}, {RESTART}")


async def _login(gateway: GatewayClient) -> Check:
    try:
        user = await gateway.get("/api/v1/users/me")
    except NotLoggedInError as error:
        return wrong("login", error.message, fix=error.hint or LOGIN_HINT)
    except CommandError as error:
        return wrong("login", f"cannot be checked: {error.message}", fix=error.hint or ADDRESS_FIX)
    return fine("login", f"{user['username']} ({user['role']})")


async def _clocks(gateway: GatewayClient, health: httpx.Response) -> Check:
    """The gateway's by the date of its answer, the database's by what is known "now" of statistics."""
    ahead: dict[str, float] = {}
    if "date" in health.headers:
        ahead["gateway"] = _seconds_ahead(parsedate_to_datetime(health.headers["date"]))
    try:
        stats = await gateway.get("/api/v1/stats", {"days": 1})
        ahead["database"] = _seconds_ahead(datetime.fromisoformat(stats["as_of"]))
    except CommandError:  # the role may not, or the store is away, which is told above
        pass
    return check_clocks(ahead)


def _seconds_ahead(then: datetime) -> float:
    return (then - datetime.now(UTC)).total_seconds()


def check_clocks(ahead: Mapping[str, float]) -> Check:
    """Whether others' clocks, so many seconds ahead of this machine's, are near it."""
    apart = {name: seconds for name, seconds in ahead.items() if abs(seconds) > MOST_APART_SECONDS}
    if apart:
        told = (f"{name}'s is {abs(s):,.0f} s {'ahead of' if s > 0 else 'behind'} ours" for name, s in apart.items())
        return doubtful("clock", ", ".join(told), fix=NETWORK_TIME)
    return fine("clock", f"as that of {' and '.join(ahead)}" if ahead else "nobody told theirs")


async def _page(gateway: GatewayClient) -> Check:
    try:
        answer = await gateway.http.get("/")
    except httpx.HTTPError:
        return wrong("page served", "did not answer", fix=ADDRESS_FIX)
    if answer.status_code == httpx.codes.OK:
        return fine("page served", "yes")
    return wrong("page served", "not built", fix="make web, then stop and start: make run")
