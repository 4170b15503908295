"""Registration over HTTP: open, by invitation, closed (G15)."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from gateway.shapes.invitation import InvitationAnswer, InvitationPageAnswer, NewInvitationAnswer
from gateway.shapes.user import RegisteredAnswer
from tests.support.gateway import GatewayRig, lone_gateway
from tests.support.stack import StackRig

PASSWORD = "a long password"
REGISTER = "/api/v1/auth/register"


def in_front_of(stack: StackRig, folder: Path, registration: str) -> AbstractAsyncContextManager[GatewayRig]:
    """A gateway with this setting before the same services."""
    return lone_gateway(folder, registration=registration, **stack.gateway_settings())


@pytest_asyncio.fixture(scope="module")
async def inviting(stack: StackRig, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    async with in_front_of(stack, tmp_path_factory.mktemp("invite"), "invite") as rig:
        yield rig.http


@pytest_asyncio.fixture(scope="module")
async def open_to_all(stack: StackRig, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    async with in_front_of(stack, tmp_path_factory.mktemp("open"), "open") as rig:
        yield rig.http


async def invite(stack: StackRig, role: str = "agent") -> dict[str, Any]:
    answer = await stack.http.post("/api/v1/invitations", json={"role": role})
    assert answer.status_code == 201, answer.text
    NewInvitationAnswer.model_validate_json(answer.text)
    made: dict[str, Any] = answer.json()
    return made


def account(invitation: str = "", username: str = "") -> dict[str, str]:
    body = {"username": username or f"new{uuid4().hex[:10]}", "password": PASSWORD}
    return {**body, "invitation": invitation} if invitation else body


async def role_of(stack: StackRig, body: dict[str, str]) -> str:
    async with await stack.logged_in(body["username"], PASSWORD) as client:
        return str((await client.get("/api/v1/users/me")).json()["role"])


async def test_who_is_invited_registers_once(stack: StackRig, inviting: httpx.AsyncClient) -> None:
    invited = await invite(stack)
    body = account(invited["token"])
    answer = await inviting.post(REGISTER, json=body)
    assert (answer.status_code, answer.json()) == (201, {"username": body["username"], "status": "accepted"})
    RegisteredAnswer.model_validate_json(answer.text)
    assert await role_of(stack, body) == "agent"
    unknown = "earshot_i_" + "a" * 43
    refusals = [await inviting.post(REGISTER, json=account(token)) for token in (invited["token"], unknown, "x", "")]
    told = [(answer.status_code, answer.json()["reason"], answer.json()["hint"]) for answer in refusals]
    assert set(told) == {(403, "INVITATION_INVALID", "Ask an admin for one; each works once, for a limited time.")}


async def test_a_taken_name_is_not_told_and_spends_nothing(stack: StackRig, inviting: httpx.AsyncClient) -> None:
    token = (await invite(stack, "viewer"))["token"]
    taken = await inviting.post(REGISTER, json=account(token, stack.admin.username))
    assert (taken.status_code, taken.json()["status"]) == (201, "accepted")
    body = account(token)
    assert (await inviting.post(REGISTER, json=body)).status_code == 201
    assert await role_of(stack, body) == "viewer"


async def test_an_open_house_takes_strangers_as_viewers_and_invitations_as_they_say(
    stack: StackRig, open_to_all: httpx.AsyncClient
) -> None:
    stranger, invited = account(), account((await invite(stack))["token"])
    assert [(await open_to_all.post(REGISTER, json=body)).status_code for body in (stranger, invited)] == [201, 201]
    assert (await role_of(stack, stranger), await role_of(stack, invited)) == ("viewer", "agent")


async def test_a_closed_house_takes_nobody(stack: StackRig) -> None:
    for body in (account(), account((await invite(stack))["token"])):
        refused = await stack.stranger.post(REGISTER, json=body)
        assert (refused.status_code, refused.json()["reason"]) == (403, "REGISTRATION_CLOSED")


async def test_open_invitations_are_listed_without_their_tokens_and_revoked(
    stack: StackRig, inviting: httpx.AsyncClient
) -> None:
    invited = await invite(stack)
    path = f"/api/v1/invitations/{invited['id']}"
    listed = await stack.http.get("/api/v1/invitations?page_size=200")
    page = InvitationPageAnswer.model_validate_json(listed.text)
    assert invited["id"] in {shown.id for shown in page.invitations}
    assert invited["token"] not in listed.text
    assert InvitationAnswer.model_validate_json((await stack.http.delete(path)).text).revoked_at
    page = InvitationPageAnswer.model_validate_json((await stack.http.get("/api/v1/invitations?page_size=200")).text)
    assert invited["id"] not in {shown.id for shown in page.invitations}
    assert (await inviting.post(REGISTER, json=account(invited["token"]))).status_code == 403


async def test_an_invitation_cannot_last_longer_than_thirty_days(stack: StackRig) -> None:
    answer = await stack.http.post("/api/v1/invitations", json={"expires_at": "2999-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["reason"]) == (400, "BAD_TIMESTAMP")


async def test_an_erased_admins_invitations_go_with_them(stack: StackRig, inviting: httpx.AsyncClient) -> None:
    admin = account()
    made = await stack.http.post("/api/v1/users", json={**admin, "role": "admin"})
    async with await stack.logged_in(admin["username"], PASSWORD) as client:
        invited = (await client.post("/api/v1/invitations", json={})).json()
    erased = await stack.http.delete(f"/api/v1/users/{made.json()['id']}")
    assert erased.status_code == 200, erased.text
    assert (await inviting.post(REGISTER, json=account(invited["token"]))).json()["reason"] == "INVITATION_INVALID"
    gone = await stack.http.delete(f"/api/v1/invitations/{invited['id']}")
    assert (gone.status_code, gone.json()["reason"]) == (404, "INVITATION_NOT_FOUND")
