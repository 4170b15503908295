"""Login, users, roles; and that every route asks for a token (G16)."""

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.support.http_contract import document
from tests.support.stack import StackRig

OPEN = {
    ("post", "/api/v1/auth/token"),
    ("post", "/api/v1/auth/revoke"),
    ("post", "/api/v1/auth/register"),
    ("get", "/.well-known/jwks.json"),
    ("get", "/health"),
    ("get", "/healthz"),
    ("get", "/readyz"),
    # Others' programs bring the secret they were given instead (test_webhooks.py).
    ("post", "/api/v1/webhooks/livechat"),
    ("post", "/api/v1/webhooks/telegram"),
}


def _operations() -> Iterator[tuple[str, str]]:
    for path, operations in document()["paths"].items():
        yield from ((method, path) for method in operations)


GUARDED = sorted(set(_operations()) - OPEN)


def test_every_open_route_is_there() -> None:
    assert set(_operations()) >= OPEN
    assert len(GUARDED) >= 20


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer x.y.z", "Basic YWRtaW46eA=="])
async def test_every_route_asks_for_a_token(stack: StackRig, method: str, path: str, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    url = re.sub(r"\{\w+\}", "00000000-0000-7000-8000-000000000000", path)
    answer = await stack.stranger.request(method, url, headers=headers, json=_sound_body(path))
    assert answer.status_code == 401, answer.text
    body = answer.json()
    assert (body["error"]["code"] if path.startswith("/v1/") else body["reason"]) in {"TOKEN_MISSING", "TOKEN_INVALID"}
    assert answer.headers["www-authenticate"] == "Bearer"


def _sound_body(path: str) -> dict[str, object]:
    """A body the route would take, so that only the token is missing."""
    bodies: dict[str, dict[str, object]] = {
        "/api/v1/messages": {"text": "a", "source": "web", "user_id": "u", "timestamp": "2026-03-01T09:30:00Z"},
        "/api/v1/classify": {"texts": ["a"]},
        "/api/v1/users": {"username": "somebody", "password": "long enough"},
        "/api/v1/users/{user_id}": {"disabled": False},
        "/api/v1/users/me:change-password": {"new_password": "long enough"},
        "/api/v1/users/{user_id}:change-password": {"new_password": "long enough"},
        "/api/v1/tokens": {"name": "a"},
        "/api/v1/invitations": {"role": "viewer"},
        "/v1/chat/completions": {"model": "earshot", "messages": [{"role": "user", "content": "a"}]},
    }
    asked: dict[str, object] = {"title": "a"} if path == "/api/v1/sessions/{session_id}" else {"text": "a"}
    empty = path in {"/api/v1/stats", "/api/v1/sessions"} or path.endswith(":cancel")
    return bodies.get(path, {} if empty else asked)


async def test_a_wrong_password_and_an_unknown_name_answer_alike(stack: StackRig) -> None:
    answers: list[httpx.Response] = []
    for username, password in ((stack.admin.username, "wrong"), ("nobody-at-all", stack.admin.password)):
        form = {"username": username, "password": password}
        answers.append(await stack.stranger.post("/api/v1/auth/token", data=form))
    assert [answer.status_code for answer in answers] == [401, 401]
    bodies = [{**answer.json(), "request_id": ""} for answer in answers]
    assert bodies[0] == bodies[1]
    assert bodies[0]["reason"] == "BAD_CREDENTIALS"


@pytest.mark.parametrize(
    "form", [{}, {"username": "a"}, {"username": "", "password": ""}, {"username": "\x00", "password": "a"}]
)
async def test_a_login_without_name_or_password_is_refused(stack: StackRig, form: dict[str, str]) -> None:
    answer = await stack.stranger.post("/api/v1/auth/token", data=form)
    assert answer.status_code in {400, 401}


async def test_users_are_made_by_admins_and_see_themselves(stack: StackRig) -> None:
    body = {"username": "viola.viewer", "password": "a long password", "role": "viewer"}
    made = await stack.http.post("/api/v1/users", json=body)
    assert made.status_code == 201
    again = await stack.http.post("/api/v1/users", json={**body, "password": "another password"})
    assert (again.status_code, again.json()["reason"]) == (409, "USER_EXISTS")
    async with await stack.logged_in(body["username"], body["password"]) as viewer:
        me = (await viewer.get("/api/v1/users/me")).json()
        assert (me["username"], me["role"], me["workspace_id"]) == ("viola.viewer", "viewer", "default")
        assert me["id"] == made.json()["id"]
        refused = await viewer.post("/api/v1/users", json={**body, "username": "another"})
        assert (refused.status_code, refused.json()["reason"]) == (403, "ROLE_MISSING")
        message = {"text": "a", "source": "web", "user_id": "u", "timestamp": "2026-03-01T09:30:00Z"}
        assert (await viewer.post("/api/v1/messages", json=message)).status_code == 403
        assert (await viewer.get("/api/v1/stats")).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"username": "ab"},
        {"password": "short"},
        {"role": "service"},
        {"role": "ADMIN"},
        {"workspace_id": "other"},
        {"username": "a\x00b"},
    ],
)
async def test_bad_users_are_refused(stack: StackRig, change: dict[str, object]) -> None:
    body = {"username": "somebody", "password": "a long password", **change}
    answer = await stack.http.post("/api/v1/users", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
