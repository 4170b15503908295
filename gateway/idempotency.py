"""`Idempotency-Key` on POSTs whose RPC has a request id (draft-ietf-httpapi-idempotency-key-header)."""

import uuid
from typing import Annotated, Final

from fastapi import Depends, Header

from services.runtime.call_context import current_identity
from services.runtime.errors import InvalidInputError

_NAMESPACE: Final = uuid.UUID("3f1c1f0e-5a0b-5d0e-9a39-9f3f5e3a7c10")


async def _request_key(
    idempotency_key: Annotated[
        str,
        Header(
            max_length=255,
            description="Any text of the caller's own. The same request under it again has the first one's answer; "
            "another one is 409.",
        ),
    ] = "",
) -> str:
    """The request id of a key: a UUID is taken as it is, any other text becomes one that is the caller's own."""
    key = idempotency_key.strip()
    if not key:
        return ""
    try:
        return str(uuid.UUID(key))
    except ValueError:
        return str(uuid.uuid5(_NAMESPACE, f"{current_identity().user_id}\0{key}"))


RequestKey = Annotated[str, Depends(_request_key)]


def one_request_id(key: str, given: str) -> str:
    """The request id of header and body, of which one may be empty. Raises InvalidInputError where they differ."""
    if key and given and key != given:
        raise InvalidInputError.of_field("request_id", "must be the Idempotency-Key, where both are given")
    return key or given
