"""Logins over HTTP: renewal, the end, service tokens, users, registration, the lock-out (G13 to G17)."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from gateway.shapes.user import (
    KeySetAnswer,
    NewServiceTokenAnswer,
    ServiceTokenPageAnswer,
    TokenAnswer,
    UserAnswer,
    UserPageAnswer,
)
from services.runtime.auth import TokenVerifier
from tests.support.gateway import GatewayRig, lone_gateway
from tests.support.stack import StackRig

PASSWORD = "a long password"


@pytest_asyncio.fixture(scope="module")
async def open_gateway(stack: StackRig, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[GatewayRig]:
    """A gateway in front of the same services where strangers may register."""
    folder = tmp_path_factory.mktemp("open")
    async with lone_gateway(folder, registration="open", **stack.gateway_settings()) as rig:
        yield rig


async def make_user(stack: StackRig, role: str = "agent") -> dict[str, Any]:
    body = {"username": f"u{uuid4().hex[:12]}", "password": PASSWORD, "role": role}
    made = await stack.http.post("/api/v1/users", json=body)
    assert made.status_code == 201, made.text
    UserAnswer.model_validate_json(made.text)
    return {**made.json(), "password": PASSWORD}


async def log_in(stack: StackRig, user: dict[str, Any], **form: str) -> httpx.Response:
    given = {"username": user["username"], "password": user["password"], **form}
    return await stack.stranger.post("/api/v1/auth/token", data=given)


async def renew(stack: StackRig, token: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return await stack.stranger.post("/api/v1/auth/token", data=form)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_login_is_renewed_and_ends(stack: StackRig) -> None:
    user = await make_user(stack)
    first = await log_in(stack, user)
    assert first.headers["cache-control"] == "no-store"
    TokenAnswer.model_validate_json(first.text)
    second = (await renew(stack, first.json()["refresh_token"])).json()
    me = await stack.stranger.get("/api/v1/users/me", headers=bearer(second["access_token"]))
    assert me.json()["id"] == user["id"]
    ended = await stack.stranger.post("/api/v1/auth/revoke", data={"token": second["refresh_token"]})
    assert (ended.status_code, ended.content) == (204, b"")
    refused = await renew(stack, second["refresh_token"])
    assert (refused.status_code, refused.json()["reason"]) == (401, "REFRESH_TOKEN_INVALID")
    assert (await stack.stranger.post("/api/v1/auth/revoke", data={"token": "nothing"})).status_code == 204


async def test_a_copied_refresh_token_ends_the_login(stack: StackRig) -> None:
    stolen = (await log_in(stack, await make_user(stack))).json()["refresh_token"]
    thief = (await renew(stack, stolen)).json()["refresh_token"]
    owner = (await renew(stack, stolen)).json()["refresh_token"]  # within the grace that two tabs at once have
    going_on = (await renew(stack, thief)).json()["refresh_token"]
    assert (await renew(stack, owner)).status_code == 401
    assert (await renew(stack, going_on)).status_code == 401


@pytest.mark.parametrize(
    "form", [{"grant_type": "client_credentials"}, {"grant_type": "refresh_token"}, {"grant_type": "password"}]
)
async def test_a_grant_that_is_none_is_refused(stack: StackRig, form: dict[str, str]) -> None:
    answer = await stack.stranger.post("/api/v1/auth/token", data=form)
    assert answer.status_code in {400, 401}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_failed_logins_wait_and_say_how_long(stack: StackRig) -> None:
    nobody = {"username": f"nobody{uuid4().hex[:8]}", "password": "wrong password"}
    answers = [await log_in(stack, nobody) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert answers[-1].json()["reason"] == "TOO_MANY_ATTEMPTS"
    assert int(answers[-1].headers["retry-after"]) >= 1


async def test_a_service_token_acts_as_its_user_and_is_revoked(stack: StackRig) -> None:
    user = await make_user(stack)
    access = bearer((await log_in(stack, user)).json()["access_token"])
    made = await stack.stranger.post("/api/v1/tokens", json={"name": "import", "role": "viewer"}, headers=access)
    NewServiceTokenAnswer.model_validate_json(made.text)
    token = bearer(made.json()["token"])
    me = (await stack.stranger.get("/api/v1/users/me", headers=token)).json()
    assert me["id"] == user["id"]
    assert (await stack.stranger.get("/api/v1/stats", headers=token)).status_code == 200
    assert (await stack.stranger.get("/api/v1/messages", headers=token)).status_code == 403
    session = (await stack.stranger.post("/api/v1/sessions", json={}, headers=token)).json()
    assert (await stack.stranger.get(f"/api/v1/sessions/{session['id']}", headers=access)).status_code == 200
    listed = await stack.stranger.get("/api/v1/tokens", headers=access)
    (kept,) = ServiceTokenPageAnswer.model_validate_json(listed.text).tokens
    assert made.json()["token"] not in listed.text
    revoked = await stack.stranger.delete(f"/api/v1/tokens/{kept.id}", headers=access)
    assert revoked.json()["revoked_at"]
    refused = await stack.stranger.get("/api/v1/users/me", headers=token)
    assert (refused.status_code, refused.json()["reason"]) == (401, "TOKEN_INVALID")


@pytest.mark.parametrize("token", ["earshot_s_", "earshot_s_" + "a" * 43, "earshot_s_" + "é" * 43, "earshot_r_x"])
async def test_what_is_no_service_token_is_refused(stack: StackRig, token: str) -> None:
    headers = [(b"Authorization", f"Bearer {token}".encode("latin-1"))]
    answer = await stack.stranger.get("/api/v1/users/me", headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (401, "TOKEN_INVALID")


async def test_a_strangers_tokens_and_users_are_not_found(stack: StackRig) -> None:
    mine, theirs = await make_user(stack), await make_user(stack)
    access = bearer((await log_in(stack, theirs)).json()["access_token"])
    made = await stack.http.post("/api/v1/tokens", json={"name": "x", "user_id": mine["id"]})
    calls = [
        stack.stranger.delete(f"/api/v1/tokens/{made.json()['id']}", headers=access),
        stack.stranger.get(f"/api/v1/users/{mine['id']}", headers=access),
        stack.stranger.post("/api/v1/tokens", json={"name": "x", "user_id": mine["id"]}, headers=access),
        stack.stranger.post(
            f"/api/v1/users/{mine['id']}:change-password", json={"new_password": PASSWORD}, headers=access
        ),
    ]
    assert [(await call).status_code for call in calls] == [404] * 4
    for method, path in (("GET", "/api/v1/users"), ("PATCH", f"/api/v1/users/{mine['id']}")):
        refused = await stack.stranger.request(method, path, json={} if method == "PATCH" else None, headers=access)
        assert (refused.status_code, refused.json()["reason"]) == (403, "ROLE_MISSING")


async def test_an_admin_lists_changes_and_disables_users(stack: StackRig) -> None:
    user = await make_user(stack, "viewer")
    token = (await log_in(stack, user)).json()["refresh_token"]
    page = UserPageAnswer.model_validate_json((await stack.http.get("/api/v1/users?page_size=200")).text)
    assert user["id"] in {shown.id for shown in page.users}
    changed = await stack.http.patch(f"/api/v1/users/{user['id']}", json={"role": "agent", "disabled": True})
    assert (changed.json()["role"], changed.json()["disabled"]) == ("agent", True)
    assert (await renew(stack, token)).status_code == 401
    assert (await log_in(stack, user)).json()["reason"] == "BAD_CREDENTIALS"
    enabled = await stack.http.patch(f"/api/v1/users/{user['id']}", json={"disabled": False})
    assert enabled.json()["disabled"] is False
    assert (await log_in(stack, user)).status_code == 200


async def test_a_password_is_changed_by_its_owner(stack: StackRig) -> None:
    user = await make_user(stack)
    access = bearer((await log_in(stack, user)).json()["access_token"])
    body = {"current_password": "not this one", "new_password": "another long password"}
    path = "/api/v1/users/me:change-password"
    assert (await stack.stranger.post(path, json=body, headers=access)).status_code == 401
    body["current_password"] = PASSWORD
    assert (await stack.stranger.post(path, json=body, headers=access)).status_code == 204
    assert (await log_in(stack, user)).status_code == 401
    assert (await log_in(stack, {**user, "password": "another long password"})).status_code == 200


async def test_the_key_set_verifies_what_was_signed(stack: StackRig) -> None:
    answer = await stack.stranger.get("/.well-known/jwks.json")
    shown = KeySetAnswer.model_validate_json(answer.text)
    token = (await log_in(stack, await make_user(stack))).json()["access_token"]
    assert TokenVerifier([key.model_dump_json() for key in shown.keys]).verify(token).workspace_id == "default"


async def test_registration_is_for_admins_unless_it_is_open(stack: StackRig) -> None:
    body = {"username": f"new{uuid4().hex[:8]}", "password": PASSWORD}
    refused = await stack.stranger.post("/api/v1/users", json=body)
    assert (refused.status_code, refused.json()["reason"]) == (401, "TOKEN_MISSING")


async def test_strangers_register_as_viewers_and_learn_nothing_of_others(
    stack: StackRig, open_gateway: GatewayRig
) -> None:
    body = {"username": f"new{uuid4().hex[:8]}", "password": PASSWORD}
    answers = [
        await open_gateway.http.post("/api/v1/users", json=body),
        await open_gateway.http.post("/api/v1/users", json={**body, "password": "of somebody else"}),
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json() == {"username": body["username"], "status": "accepted"}
    access = bearer((await log_in(stack, body)).json()["access_token"])
    assert (await stack.stranger.get("/api/v1/users/me", headers=access)).json()["role"] == "viewer"
    assert (await log_in(stack, {**body, "password": "of somebody else"})).status_code == 401
    greedy = await open_gateway.http.post("/api/v1/users", json={**body, "role": "admin"})
    assert (greedy.status_code, greedy.json()["reason"]) == (403, "ROLE_MISSING")
