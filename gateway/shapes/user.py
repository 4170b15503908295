"""Users and service tokens as JSON."""

from typing import Literal

from pydantic import Field

from earshot_client.earshot.store.v1 import (
    ChangePasswordRequest,
    IssueServiceTokenRequest,
    Role,
    ServiceToken,
    UpdateUserRequest,
    User,
)
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Instant, Json, Strict, Text, enum_json, instant_json
from services.runtime import auth

RoleName = Literal["viewer", "agent", "admin", "ingest"]


class TokenAnswer(Answer):
    """An access token, and the refresh token for the next one."""

    access_token: str
    token_type: Literal["bearer"]
    expires_in: int
    refresh_token: str
    refresh_expires_at: str


class KeyAnswer(Answer):
    """A public key, as RFC 7517 shows it."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str
    kid: str
    use: Literal["sig"]
    alg: Literal["EdDSA"]


class KeySetAnswer(Answer):
    """The public keys that access tokens are verified with."""

    keys: list[KeyAnswer]


class UserAnswer(Answer):
    """Somebody who can log in."""

    id: str
    username: str
    role: Literal["viewer", "agent", "admin", "ingest", "service"]
    workspace_id: str
    created_at: str | None
    disabled: bool


class RegisteredAnswer(Answer):
    """Somebody who registered."""

    username: str
    status: Literal["accepted"]


class UserPageAnswer(Answer):
    """Users, by name."""

    users: list[UserAnswer]
    next_page_token: str | None


class ServiceTokenAnswer(Answer):
    """A program's token, without the token itself."""

    id: str
    user_id: str
    name: str
    role: Literal["viewer", "agent", "admin", "ingest"]
    created_at: str
    expires_at: str | None
    used_at: str | None
    revoked_at: str | None


class NewServiceTokenAnswer(ServiceTokenAnswer):
    """A program's token, which is told this once."""

    token: str


class ServiceTokenPageAnswer(Answer):
    """Programs' tokens, newest first."""

    tokens: list[ServiceTokenAnswer]
    next_page_token: str | None


class NewUserBody(Strict):
    """A user to make. Where registration is open, strangers make viewers."""

    username: Text = Field(min_length=3, max_length=64, examples=["ada"])
    password: Text = Field(min_length=8, max_length=256, examples=["a long password"])
    role: RoleName = "viewer"


class UserChangeBody(Strict):
    """What becomes of a user; what is absent stays as it is."""

    role: RoleName | None = None
    disabled: bool | None = None

    def to_message(self, user_id: str) -> UpdateUserRequest:
        """The change for a call."""
        role = Role[self.role.upper()] if self.role else Role.UNSPECIFIED
        return UpdateUserRequest(id=user_id, role=role, disabled=self.disabled)


class PasswordBody(Strict):
    """A new password; the current one is left aside where an admin changes somebody else's."""

    new_password: Text = Field(min_length=8, max_length=256, examples=["another long password"])
    current_password: Text = Field(default="", max_length=256, examples=["a long password"])

    def to_message(self, user_id: str) -> ChangePasswordRequest:
        """The change for a call."""
        return ChangePasswordRequest(id=user_id, current_password=self.current_password, new_password=self.new_password)


class NewTokenBody(Strict):
    """A service token to make: for oneself, or, as an admin, for anybody."""

    name: Text = Field(min_length=1, max_length=100, examples=["nightly import"])
    user_id: Text = Field(default="", max_length=64, description="The user it acts as; by default the caller.")
    role: RoleName | None = Field(default=None, description="At most the user's, which is the default.")
    expires_at: Instant | None = Field(default=None, description="By default it does not end by itself.")

    def to_message(self) -> IssueServiceTokenRequest:
        """The request for a call."""
        role = Role[self.role.upper()] if self.role else Role.UNSPECIFIED
        return IssueServiceTokenRequest(user_id=self.user_id, name=self.name, role=role, expire_time=self.expires_at)


def user_json(user: User) -> Json:
    """A user."""
    return {
        "id": user.id,
        "username": user.username,
        "role": enum_json(user.role),
        "workspace_id": user.workspace_id,
        "created_at": instant_json(user.create_time),
        "disabled": user.disabled,
    }


def identity_of(user: User) -> auth.Identity:
    """Whom a token of this user names."""
    return auth.Identity(
        user_id=user.id, workspace_id=user.workspace_id, role=auth.Role(enum_json(user.role)), name=user.username
    )


def service_token_json(token: ServiceToken) -> Json:
    """What is kept of a service token."""
    return {
        "id": token.id,
        "user_id": token.user_id,
        "name": token.name,
        "role": enum_json(token.role),
        "created_at": instant_json(token.create_time),
        "expires_at": instant_json(token.expire_time),
        "used_at": instant_json(token.use_time),
        "revoked_at": instant_json(token.revoke_time),
    }
