"""No secret in an answer or a log (T61)."""

import re
from urllib.parse import urlsplit

from tests.support.stack import StackRig

LOOKS_SECRET = re.compile(r"eyJ[\w-]{10,}\.[\w-]{10,}|earshot_[irs]_[\w-]{20,}|\$argon2id\$|-----BEGIN")
TELLS_TOO_MUCH = re.compile(r"Traceback|asyncpg|SELECT |postgresql://|redis://")


async def test_no_secret_reaches_a_log_or_a_problem(stack: StackRig) -> None:
    form = {"username": stack.admin.username, "password": stack.admin.password}
    token = (await stack.stranger.post("/api/v1/auth/token", data=form)).json()
    issued = (await stack.http.post("/api/v1/tokens", json={"name": "canary"})).json()
    headers = {"Authorization": f"Bearer {issued['token']}"}
    answers = [
        await stack.stranger.get("/api/v1/users/me", headers=headers),
        await stack.stranger.post("/api/v1/auth/token", data={**form, "grant_type": "x"}),
        await stack.stranger.post(
            "/api/v1/auth/token", data={"grant_type": "refresh_token", "refresh_token": token["refresh_token"] + "x"}
        ),
        await stack.stranger.get(f"/api/v1/messages/{token['access_token'][:60]}", headers=headers),
        await stack.stranger.get(f"/nothing/{issued['token']}"),
        await stack.stranger.post("/v1/chat/completions", json={"model": token["access_token"]}, headers=headers),
    ]
    await stack.http.delete(f"/api/v1/tokens/{issued['id']}")
    for answer in answers:
        assert not LOOKS_SECRET.search(answer.text)
        assert not TELLS_TOO_MUCH.search(answer.text)
    secrets = [stack.admin.password, token["refresh_token"], issued["token"], urlsplit(stack.stack.redis_url).password]
    assert all(secrets)
    for name in stack.stack.processes:
        text = (stack.stack.home.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        assert text, name
        assert not LOOKS_SECRET.search(text), name
        assert not any(str(secret) in text for secret in secrets), name
