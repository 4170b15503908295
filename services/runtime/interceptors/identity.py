"""Identity: no call but health and reflection gets past without a token that this service verified itself.

Nothing else in the metadata is believed: a forged `x-tenant-id` or `x-user` is never read.
"""

from services.runtime.auth import TokenVerifier
from services.runtime.call_context import bind_caller
from services.runtime.interceptors.server_call import Layer, ServerCall


def identity_layer(verifier: TokenVerifier) -> Layer:
    """Verifies `authorization: Bearer …` and binds the caller; raises UnauthenticatedError."""

    def layer(call: ServerCall) -> None:
        if not call.is_infrastructure:
            token = bearer_token(call.metadata.get("authorization", ""))
            bind_caller(verifier.verify(token), token)

    return layer


def bearer_token(authorization: str) -> str:
    """The token of an `authorization` value; empty when its scheme is not Bearer (RFC 6750, scheme in any case)."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
