"""`Idempotency-Key` on POSTs whose RPC has a request id (draft-ietf-httpapi-idempotency-key-header)."""

import uuid
from typing import Annotated, Final, Protocol, TypeVar

from fastapi import Depends, Header

from services.runtime.call_context import current_identity
from services.runtime.errors import InvalidInputError
from services.runtime.ids import new_id

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


class Repeatable(Protocol):
    """A request of an RPC that answers the same `request_id` again as it did at first."""

    request_id: str


RequestT = TypeVar("RequestT", bound=Repeatable)


def under_key(request: RequestT, key: str) -> RequestT:
    """The request under the id that header or body name. Raises InvalidInputError where both do, and differ."""
    request.request_id = one_id(key, request.request_id, field="request_id")
    return request


def made_once(request: RequestT, key: str) -> RequestT:
    """As `under_key`, for what a store makes; under an id of its own where nobody names one.

    The channel repeats a call whose end it could not hear, and what was made must not be made again by that.
    """
    request = under_key(request, key)
    request.request_id = request.request_id or new_id()
    return request


def one_id(key: str, given: str, *, field: str) -> str:
    """The id of header and body field, of which one may be empty. Raises InvalidInputError where they differ."""
    if key and given and key != given.lower():
        raise InvalidInputError.of_field(field, "must be the Idempotency-Key, where both are given")
    return key or given
