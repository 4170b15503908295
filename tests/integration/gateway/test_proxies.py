"""Whose word counts for where a request came from, and whether by HTTPS: that of named proxies alone (G12)."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from services.runtime.keys import generate_keys
from tests.support.gateway import lone_gateway
from tests.support.served_gateway import served_gateway

JWKS = "/.well-known/jwks.json"
ELSEWHERE = "192.0.2.7"


@pytest.mark.parametrize(("trusted", "believed"), [("127.0.0.1", True), ("10.0.0.0/8", False), ("", False)])
async def test_forwarded_addresses_are_believed_of_named_proxies_only(
    tmp_path: Path, redis_url: str, trusted: str, believed: bool
) -> None:
    keys = generate_keys(tmp_path / "keys")
    settings = {"redis_url": SecretStr(redis_url), "rate_limits": "read=1/minute", "trusted_proxies": trusted}
    async with served_gateway(tmp_path, keys.public_key.parent, **settings) as port, httpx.AsyncClient() as http:
        url = f"http://127.0.0.1:{port}{JWKS}"
        answers = [await http.get(url, headers={"X-Forwarded-For": f"192.0.2.{last}"}) for last in (1, 2, 3)]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [200, 200, 200] if believed else 429 in statuses[1:]


async def test_in_production_a_named_proxy_says_that_it_was_https(tmp_path: Path) -> None:
    keys = generate_keys(tmp_path / "keys")
    settings = {"environment": "production", "trusted_proxies": "127.0.0.1"}
    async with served_gateway(tmp_path, keys.public_key.parent, **settings) as port, httpx.AsyncClient() as http:

        async def status(path: str, **headers: str) -> int:
            given = {f"X-Forwarded-{name}": value for name, value in headers.items()}
            return (await http.get(f"http://127.0.0.1:{port}{path}", headers=given)).status_code

        assert await status(JWKS, For=ELSEWHERE, Proto="https") == 200
        assert await status(JWKS, For=ELSEWHERE, Proto="http") == 403
        assert await status(JWKS, For=ELSEWHERE) == 403
        assert await status(JWKS, For="no address") == 403
        assert await status("/healthz", For=ELSEWHERE) == 200
        assert await status(JWKS) == 200  # from this machine


@pytest.mark.parametrize(
    ("settings", "status"),
    [({"environment": "production"}, 403), ({"environment": "production", "plain_http": True}, 200), ({}, 200)],
)
async def test_plain_http_from_elsewhere_is_for_dev_or_where_it_is_allowed(
    tmp_path: Path, settings: dict[str, Any], status: int
) -> None:
    async with lone_gateway(tmp_path, caller=ELSEWHERE, **settings) as gateway:
        answer = await gateway.http.get(JWKS, headers={"X-Forwarded-Proto": "https"})
        assert answer.status_code == status
        assert status == 200 or answer.json()["reason"] == "HTTPS_REQUIRED"
        assert (await gateway.http.get("/healthz")).status_code == 200
