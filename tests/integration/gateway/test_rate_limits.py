"""Rate limits over several gateways that share a Redis (G6, T60), and without one."""

import asyncio
import re
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import prometheus_client
import pytest
from pydantic import SecretStr

from services.runtime.auth import Role
from tests.support.gateway import GatewayRig, lone_gateway

LIMIT = 20
JWKS = "/.well-known/jwks.json"


def blind() -> float:
    return prometheus_client.REGISTRY.get_sample_value("http_rate_limit_blind_total") or 0.0


async def gateways(exits: AsyncExitStack, folder: Path, count: int, **settings: Any) -> list[GatewayRig]:
    """Several of them, with the keys of the first."""
    first = await exits.enter_async_context(lone_gateway(folder / "0", **settings))
    keys = folder / "0" / "keys"
    shared = {"public_key_file": keys / "public-key.pem", "private_key_file": keys / "signing-key.pem", **settings}
    others = [await exits.enter_async_context(lone_gateway(folder / str(n), **shared)) for n in range(1, count)]
    return [first, *others]


async def test_several_gateways_count_as_one(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A slow machine must not look like a Redis that is away, which lets requests pass.
    monkeypatch.setattr("gateway.rate_limits.REDIS_SECONDS", 10.0)
    settings = {"redis_url": SecretStr(redis_url), "rate_limits": f"read={LIMIT}/minute"}
    async with AsyncExitStack() as exits:
        rigs = await gateways(exits, tmp_path, 3, **settings)
        headers = rigs[0].bearer()
        calls = [rigs[n % 3].http.get(JWKS, headers=headers) for n in range(2 * LIMIT)]
        answers = await asyncio.gather(*calls)
        assert Counter(answer.status_code for answer in answers) == {200: LIMIT, 429: LIMIT}
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert_refused(refused)
        # Another caller, another class and what has no class are not touched.
        stranger = await rigs[1].http.get(JWKS)
        assert stranger.status_code == 200
        assert (await rigs[1].http.post("/api/v1/classify", json={}, headers=headers)).status_code == 400
        assert (await rigs[2].http.get("/healthz", headers=headers)).status_code == 200


def assert_refused(answer: httpx.Response) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["reason"] == "RATE_LIMITED"
    # People see no headers.
    assert re.fullmatch(r"Try again in \d+ s; RateLimit-Policy names the limit\.", answer.json()["hint"])
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert answer.headers["ratelimit-policy"] == f'"read";q={LIMIT};w=60'
    assert answer.headers["ratelimit"].startswith('"read";r=0;t=')
    assert answer.headers["x-request-id"] == answer.json()["request_id"]


async def test_logins_are_counted_by_address(redis_url: str, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"redis_url": SecretStr(redis_url), "rate_limits": "login=3/minute"}
    async with lone_gateway(tmp_path, **settings) as rig:
        form = {"username": "ada", "password": "x"}
        headers = [rig.bearer(Role.VIEWER), rig.bearer(Role.ADMIN), {}, {}]
        answers = [await rig.http.post("/api/v1/auth/token", data=form, headers=given) for given in headers]
        assert [answer.status_code for answer in answers] == [503, 503, 503, 429]


async def test_without_redis_requests_pass_and_are_counted_as_such(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"redis_url": SecretStr("redis://127.0.0.1:1/0"), "rate_limits": "read=1/minute"}
    before = blind()
    async with lone_gateway(tmp_path, **settings) as rig:
        answers = [await rig.http.get(JWKS, headers=rig.bearer()) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert blind() - before == 5
