"""Login and users."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from fastapi.security import OAuth2PasswordRequestForm
from pydantic import Field

from earshot_client.earshot.store.v1 import (
    CreateUserRequest,
    GetUserRequest,
    Role,
    User,
    VerifyPasswordRequest,
)
from gateway.dependencies import ServiceClients, Settings, Signer
from gateway.security import Caller
from gateway.shapes.answers import TokenAnswer, UserAnswer, documented
from gateway.shapes.fields import Json, Strict, Text, enum_json, instant_json
from services.runtime import auth
from services.runtime.errors import InternalError

router = APIRouter(tags=["identity"])


class NewUserBody(Strict):
    """A user to make."""

    username: Text = Field(min_length=3, max_length=64)
    password: Text = Field(min_length=8, max_length=256)
    role: Literal["viewer", "agent", "admin", "ingest"] = "viewer"


def _user_json(user: User) -> Json:
    return {
        "id": user.id,
        "username": user.username,
        "role": enum_json(user.role),
        "workspace_id": user.workspace_id,
        "created_at": instant_json(user.create_time),
    }


@router.post("/api/v1/auth/token", **documented(TokenAnswer))
async def log_in(
    form: Annotated[OAuth2PasswordRequestForm, Depends()], clients: ServiceClients, settings: Settings, signer: Signer
) -> Json:
    """A bearer token for a user name and password."""
    request = VerifyPasswordRequest(username=form.username, password=form.password)
    user = (await clients.login.verify_password(request)).user
    if user is None:
        raise InternalError("the store verified a password without naming the user")
    identity = auth.Identity(
        user_id=user.id, workspace_id=user.workspace_id, role=auth.Role(enum_json(user.role)), name=user.username
    )
    token = signer.sign(identity, lifetime_seconds=settings.token_lifetime_seconds)
    return {"access_token": token, "token_type": "bearer", "expires_in": settings.token_lifetime_seconds}


@router.post("/api/v1/users", status_code=201, **documented(UserAnswer, status=201))
async def create_user(body: NewUserBody, clients: ServiceClients, _: Caller) -> Json:
    """Makes a user; admins only."""
    role = Role[body.role.upper()]
    request = CreateUserRequest(username=body.username, password=body.password, role=role)
    return _user_json((await clients.users.create_user(request)).user or User())


@router.get("/api/v1/users/me", **documented(UserAnswer))
async def who_am_i(clients: ServiceClients, _: Caller) -> Json:
    """The caller."""
    return _user_json((await clients.users.get_user(GetUserRequest())).user or User())
