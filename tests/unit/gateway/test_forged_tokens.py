"""Forged tokens at the HTTP edge (T51, T53, T55): 401, alike, and nothing is fetched or believed."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.runtime.auth import Identity, Role, TokenSigner
from services.runtime.keys import generate_keys
from tests.support.gateway import GatewayRig, lone_gateway

ADA = Identity(user_id="00000000-0000-7000-8000-000000000001", workspace_id="default", role=Role.ADMIN, name="Ada")


@pytest_asyncio.fixture(scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[GatewayRig, Path]]:
    folder = tmp_path_factory.mktemp("gateway")
    async with lone_gateway(folder) as rig:
        yield rig, folder


def b64(data: bytes | dict[str, Any]) -> str:
    raw = json.dumps(data).encode() if isinstance(data, dict) else data
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forged(good: str, public_key: bytes, kind: str) -> str:
    """A good token, forged in one way."""
    header, claims, signature = good.split(".")
    named = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    if kind == "none":
        return f"{b64({**named, 'alg': 'none'})}.{claims}."
    if kind == "hmac with the public key":
        signed = f"{b64({**named, 'alg': 'HS256'})}.{claims}"
        return f"{signed}.{b64(hmac.new(public_key, signed.encode(), hashlib.sha256).digest())}"
    if kind in {"jku", "jwk", "x5u", "crit"}:
        pointing: Any = ["exp"] if kind == "crit" else "http://127.0.0.1:1/keys.json"
        return f"{b64({**named, kind: pointing})}.{claims}.{signature}"
    if kind == "claims":
        read = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        return f"{header}.{b64({**read, 'workspace': 'other'})}.{signature}"
    return {"padding": f"{good}==", "twice": f"{good}.{signature}", "cut": good[:-8]}[kind]


KINDS = ["none", "hmac with the public key", "jku", "jwk", "x5u", "crit", "claims", "padding", "twice", "cut"]


@pytest.mark.parametrize("kind", KINDS)
async def test_forgeries_are_refused_alike(gateway: tuple[GatewayRig, Path], kind: str) -> None:
    rig, folder = gateway
    token = forged(rig.signer.sign(ADA), (folder / "keys" / "public-key.pem").read_bytes(), kind)
    answer = await rig.http.get("/api/v1/users/me", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["reason"]) == (401, "TOKEN_INVALID")
    assert answer.json()["detail"] == "The token is not valid."


async def test_strangers_keys_and_old_tokens_are_refused(gateway: tuple[GatewayRig, Path], tmp_path: Path) -> None:
    rig, _ = gateway
    stranger = TokenSigner.from_file(generate_keys(tmp_path).private_key)
    for token, reason in (
        (stranger.sign(ADA), "TOKEN_INVALID"),
        (rig.signer.sign(ADA, lifetime_seconds=-3600), "TOKEN_EXPIRED"),
    ):
        answer = await rig.http.get("/api/v1/users/me", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["reason"]) == (401, reason)


@pytest.mark.parametrize("name", ["x-tenant-id", "x-workspace-id", "x-user-id", "x-role", "x-forwarded-user"])
async def test_headers_that_claim_an_identity_are_not_believed(gateway: tuple[GatewayRig, Path], name: str) -> None:
    answer = await gateway[0].http.get("/api/v1/users/me", headers={name: "admin"})
    assert (answer.status_code, answer.json()["reason"]) == (401, "TOKEN_MISSING")
