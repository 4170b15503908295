"""What HTTP expects of every answer: HEAD, OPTIONS, entity tags, compression, CORS, slow bodies."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.gateway import GatewayRig, lone_gateway

ORIGIN = "https://desk.example"
JWKS = "/.well-known/jwks.json"


@pytest_asyncio.fixture(scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[GatewayRig]:
    folder = tmp_path_factory.mktemp("gateway")
    async with lone_gateway(folder, cors_origins=(ORIGIN,), body_idle_seconds=0.05) as rig:
        yield rig


@pytest.mark.parametrize("path", ["/healthz", JWKS, "/openapi.json", "/metrics"])
async def test_head_is_get_without_the_body(gateway: GatewayRig, path: str) -> None:
    got, head = await gateway.http.get(path), await gateway.http.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    assert head.headers.get("etag") == got.headers.get("etag")


async def test_head_keeps_its_refusals(gateway: GatewayRig) -> None:
    assert (await gateway.http.head("/api/v1/users/me")).status_code == 401
    assert (await gateway.http.head("/nothing")).status_code == 404
    assert (await gateway.http.head("/api/v1/classify")).status_code == 405


async def test_options_names_every_method(gateway: GatewayRig) -> None:
    answer = await gateway.http.options("/api/v1/sessions")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    wrong = await gateway.http.put("/api/v1/sessions")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    assert (await gateway.http.options("/nothing")).status_code == 404


async def test_what_is_known_is_not_sent_again(gateway: GatewayRig) -> None:
    first = await gateway.http.get(JWKS)
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    assert first.headers["cache-control"] == "private, no-cache"
    for listed in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = await gateway.http.get(JWKS, headers={"If-None-Match": listed})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert "content-length" not in again.headers
    assert (await gateway.http.get(JWKS, headers={"If-None-Match": '"other"'})).status_code == 200


async def test_only_reads_have_tags(gateway: GatewayRig) -> None:
    answer = await gateway.http.post("/api/v1/classify", json={}, headers=gateway.bearer())
    assert "etag" not in answer.headers


async def test_long_answers_are_compressed_for_those_who_ask(gateway: GatewayRig) -> None:
    packed = await gateway.http.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    plain = await gateway.http.get("/openapi.json", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert "Accept-Encoding" in packed.headers["vary"]
    short = await gateway.http.get("/healthz", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in short.headers


async def test_long_refusals_can_be_read_by_those_who_ask_for_compression(gateway: GatewayRig) -> None:
    body = {f"a name that nobody knows {number}": 1 for number in range(30)}
    headers = {**gateway.bearer(), "Accept-Encoding": "gzip"}
    problem = await gateway.http.post("/api/v1/chat", json=body, headers=headers)
    assert (problem.status_code, problem.headers["content-encoding"]) == (400, "gzip")
    assert len(problem.json()["violations"]) == 20
    error = await gateway.http.post("/v1/chat/completions", json=body, headers=headers)
    assert (error.status_code, error.json()["error"]["type"]) == (400, "invalid_request_error")


async def test_other_sites_are_let_in_by_name_only(gateway: GatewayRig, tmp_path: Path) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,idempotency-key"}
    preflight = await gateway.http.options("/api/v1/chat", headers={"Origin": ORIGIN, **asked})
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-credentials" not in preflight.headers
    for method, header in (("POST", "x-session-id"), ("HEAD", "if-none-match")):
        more = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": header}
        assert (await gateway.http.options("/api/v1/chat", headers={"Origin": ORIGIN, **more})).status_code == 200
    stranger = await gateway.http.options("/api/v1/chat", headers={"Origin": "https://evil.example", **asked})
    assert "access-control-allow-origin" not in stranger.headers
    refused = await gateway.http.get("/api/v1/users/me", headers={"Origin": ORIGIN, "Authorization": "Bearer x"})
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == ORIGIN
    assert "X-Request-Id" in refused.headers["access-control-expose-headers"]
    async with lone_gateway(tmp_path) as closed:
        answer = await closed.http.get("/healthz", headers={"Origin": ORIGIN})
        assert "access-control-allow-origin" not in answer.headers


async def test_a_body_that_pauses_too_long_is_refused(gateway: GatewayRig) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b'{"texts": ['
        await asyncio.Event().wait()

    answer = await gateway.http.post("/api/v1/classify", content=body(), headers=gateway.bearer())
    assert answer.status_code == 408
    assert answer.json()["reason"] == "BODY_TOO_SLOW"


async def test_every_answer_is_guarded(gateway: GatewayRig) -> None:
    answer = await gateway.http.get("/nothing")
    policy = answer.headers["content-security-policy"]
    assert "script-src" not in policy
    assert "unsafe" not in policy
    for directive in ("default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"):
        assert directive in policy
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
