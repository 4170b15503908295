"""Users: registration, roles, passwords."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from earshot_client.earshot.store.v1 import CreateUserRequest, GetUserRequest, ListUsersRequest, Role, User
from gateway.dependencies import ServiceClients, Settings
from gateway.security import Caller, MaybeCaller
from gateway.shapes.answers import documented
from gateway.shapes.fields import Json
from gateway.shapes.user import (
    NewUserBody,
    PasswordBody,
    RegisteredAnswer,
    UserAnswer,
    UserChangeBody,
    UserPageAnswer,
    user_json,
)
from services.runtime.call_context import current_identity
from services.runtime.errors import AlreadyExistsError, PermissionDeniedError

router = APIRouter(tags=["identity"])
UserId = Annotated[str, Field(min_length=1, max_length=64)]


@router.post("/api/v1/users", status_code=201, **documented(UserAnswer, RegisteredAnswer, status=201))
@router.post("/api/v1/users/", status_code=201, include_in_schema=False)
async def create_user(body: NewUserBody, clients: ServiceClients, settings: Settings, caller: MaybeCaller) -> Json:
    """Makes a user: admins any, strangers a viewer where EARSHOT_REGISTRATION is open.

    A stranger is not told whether the name was taken: the login that follows works, or does not.
    """
    request = CreateUserRequest(username=body.username, password=body.password, role=Role[body.role.upper()])
    if caller is not None or settings.registration != "open":
        current_identity()
        return user_json((await clients.users.create_user(request)).user or User())
    if request.role is not Role.VIEWER:
        raise PermissionDeniedError("Who registers becomes a viewer.", hint="Ask an admin for another role.")
    with suppress(AlreadyExistsError):
        await clients.login.create_user(request)
    return {"username": body.username, "status": "accepted"}


@router.get("/api/v1/users", **documented(UserPageAnswer))
async def list_users(
    clients: ServiceClients,
    _: Caller,
    page_size: Annotated[int, Query(ge=0, le=200)] = 50,
    page_token: Annotated[str, Query(max_length=1024)] = "",
) -> Json:
    """The users of the workspace, by name; admins only."""
    answer = await clients.users.list_users(ListUsersRequest(page_size=page_size, page_token=page_token))
    return {"users": [user_json(user) for user in answer.users], "next_page_token": answer.next_page_token or None}


@router.get("/api/v1/users/me", **documented(UserAnswer))
async def who_am_i(clients: ServiceClients, _: Caller) -> Json:
    """The caller."""
    return user_json((await clients.users.get_user(GetUserRequest())).user or User())


@router.post("/api/v1/users/me:change-password", status_code=204)
async def change_own_password(body: PasswordBody, clients: ServiceClients, _: Caller) -> None:
    """Changes the caller's password and ends every login of theirs."""
    await clients.users.change_password(body.to_message(""))


@router.get("/api/v1/users/{user_id}", **documented(UserAnswer))
async def get_user(user_id: UserId, clients: ServiceClients, _: Caller) -> Json:
    """A user, for themselves and for admins."""
    return user_json((await clients.users.get_user(GetUserRequest(id=user_id))).user or User())


@router.patch("/api/v1/users/{user_id}", **documented(UserAnswer))
async def change_user(user_id: UserId, body: UserChangeBody, clients: ServiceClients, _: Caller) -> Json:
    """Gives a user another role, or keeps them out; admins only. Either ends their logins."""
    return user_json((await clients.users.update_user(body.to_message(user_id))).user or User())


@router.post("/api/v1/users/{user_id}:change-password", status_code=204)
async def change_password(user_id: UserId, body: PasswordBody, clients: ServiceClients, _: Caller) -> None:
    """Sets anybody's password, as an admin, and ends every login of theirs."""
    await clients.users.change_password(body.to_message(user_id))
