"""Logging in: tokens for a password, for a refresh token, and the end of a login (RFC 6749, RFC 7009, RFC 7517)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response

from earshot_client.earshot.store.v1 import (
    EndLoginRequest,
    RenewLoginRequest,
    VerifyPasswordRequest,
    VerifyPasswordResponse,
)
from gateway.clients import Clients
from gateway.dependencies import ServiceClients, Settings, Signer
from gateway.shapes.answers import documented
from gateway.shapes.fields import Json, Text, instant_json
from gateway.shapes.user import KeySetAnswer, TokenAnswer, identity_of
from services.runtime.auth import TokenVerifier
from services.runtime.errors import InternalError, InvalidInputError

router = APIRouter(tags=["identity"])

FormText = Annotated[Text, Form(max_length=1024)]


@router.post("/api/v1/auth/token", **documented(TokenAnswer))
async def log_in(
    request: Request,
    response: Response,
    clients: ServiceClients,
    settings: Settings,
    signer: Signer,
    grant_type: Annotated[Literal["password", "refresh_token"], Form()] = "password",
    username: FormText = "",
    password: FormText = "",
    refresh_token: FormText = "",
) -> Json:
    """A bearer token for a user name and password, or for the refresh token of the last answer.

    A refresh token is used once: each answer brings the next. One that comes again later than some seconds
    ends its login. After some failed logins of a name or from an address the answer is 429 with `Retry-After`.
    """
    if grant_type == "refresh_token":
        renewed = await clients.logins.renew_login(RenewLoginRequest(refresh_token=refresh_token))
        user, token, ends = renewed.user, renewed.refresh_token, renewed.refresh_expire_time
    else:
        checked = await _checked(clients, request, username, password)
        user, token, ends = checked.user, checked.refresh_token, checked.refresh_expire_time
    if user is None:
        raise InternalError("the store let somebody in without naming the user")
    response.headers["Cache-Control"] = "no-store"
    lifetime = settings.token_lifetime_seconds
    return {
        "access_token": signer.sign(identity_of(user), lifetime_seconds=lifetime),
        "token_type": "bearer",
        "expires_in": lifetime,
        "refresh_token": token,
        "refresh_expires_at": instant_json(ends),
    }


async def _checked(clients: Clients, request: Request, username: str, password: str) -> VerifyPasswordResponse:
    if not username or not password:
        raise InvalidInputError.of_field("username" if not username else "password", "must not be empty")
    asked = VerifyPasswordRequest(
        username=username, password=password, address=client_address(request), start_login=True
    )
    return await clients.login.verify_password(asked)


def client_address(request: Request) -> str:
    """Where the caller is, as far as the connection, or a trusted proxy, tells; empty where it does not."""
    return request.client.host if request.client else ""


@router.post("/api/v1/auth/revoke", status_code=204)
async def log_out(clients: ServiceClients, token: Annotated[Text, Form(max_length=1024)]) -> None:
    """Ends the login of a refresh token; access tokens end by themselves. Always 204: nothing is told of the token."""
    await clients.logins.end_login(EndLoginRequest(refresh_token=token))


@router.get("/.well-known/jwks.json", **documented(KeySetAnswer))
async def key_set(request: Request) -> Json:
    """The public keys that tokens are verified with, several during a rotation."""
    verifier: TokenVerifier = request.app.state.verifier
    return dict(verifier.key_set())
