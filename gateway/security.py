"""Who may call: the bearer dependency of every route but health, docs and login."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer

from gateway.known_parameters import refuse_unknown
from services.runtime.auth import Identity
from services.runtime.call_context import current_identity, identity_or_none

# Tells OpenAPI how to log in; the token itself was verified by the CallScope middleware.
_SCHEME = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token", auto_error=False)


async def signed_in(request: Request, _: Annotated[str | None, Depends(_SCHEME)]) -> Identity:
    """The caller; UNAUTHENTICATED (TOKEN_MISSING) without a token, InvalidInputError for parameters of no such name."""
    caller = current_identity()
    refuse_unknown(request)
    return caller


async def maybe_signed_in(_: Annotated[str | None, Depends(_SCHEME)]) -> Identity | None:
    """The caller, or None for a stranger."""
    return identity_or_none()


MaybeCaller = Annotated[Identity | None, Depends(maybe_signed_in)]
Caller = Annotated[Identity, Depends(signed_in)]
