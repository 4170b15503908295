"""Checks of the Earshot at the address: does it answer, do its services, is the login good, is the page there."""

from typing import Final

import httpx

from gateway.cli.checks import Check, fine, wrong
from gateway.cli.client import GatewayClient
from gateway.cli.http_answers import LOGIN_HINT
from gateway.cli.outcomes import CommandError, NotLoggedInError

MENDS: Final = {
    "classifier": "look into .earshot/logs/classifier.log; its model is checked above",
    "store": "look into .earshot/logs/store.log; Postgres may be away or full",
    "chat": "look into .earshot/logs/chat.log; Redis or the store may be away",
}
ADDRESS_FIX: Final = "make run  (or name Earshot's address with --url or EARSHOT_URL)"
RESTART: Final = "then stop and start: make run"


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
        return fine(name, "serving")
    return wrong(name, "not serving", fix=f"{MENDS.get(name, 'look into its log')}, {RESTART}")


async def _login(gateway: GatewayClient) -> Check:
    try:
        user = await gateway.get("/api/v1/users/me")
    except NotLoggedInError as error:
        return wrong("login", error.message, fix=error.hint or LOGIN_HINT)
    except CommandError as error:
        return wrong("login", f"cannot be checked: {error.message}", fix=error.hint or ADDRESS_FIX)
    return fine("login", f"{user['username']} ({user['role']})")


async def _page(gateway: GatewayClient) -> Check:
    try:
        answer = await gateway.http.get("/")
    except httpx.HTTPError:
        return wrong("page served", "did not answer", fix=ADDRESS_FIX)
    if answer.status_code == httpx.codes.OK:
        return fine("page served", "yes")
    return wrong("page served", "not built", fix="make web, then stop and start: make run")
