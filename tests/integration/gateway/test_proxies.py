"""Whose word counts for where a request came from: that of proxies named in the settings, and nobody else's (G12)."""

from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from services.runtime.keys import generate_keys
from tests.support.served_gateway import served_gateway

JWKS = "/.well-known/jwks.json"


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
