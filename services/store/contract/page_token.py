"""Page tokens: where a list goes on, bound to the question that was asked (AIP-158). Pure.

A token names a place only. Which rows may be seen is decided by the caller's own filters and workspace each time, so a
forged token shows nothing that the same caller could not list; binding it catches the honest mistake.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from services.runtime.errors import ErrorReason, InvalidInputError
from services.store.validation import text_violations

_DIGEST_BYTES: Final = 9
_MAX_LENGTH: Final = 1024
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def encode(position: Sequence[str], *, question: bytes) -> str:
    """Token for the row after `position` (the sort key of the last row shown) of the list that `question` describes."""
    payload = json.dumps([_digest(question), *position], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(payload).decode().rstrip("=")


def decode(token: str, *, question: bytes, length: int) -> tuple[str, ...]:
    """The position in a token of `encode`.

    Raises InvalidInputError (BAD_PAGE_TOKEN) for anything else, and for the token of another question.
    """
    try:
        if len(token) > _MAX_LENGTH:
            raise bad_page_token()
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise bad_page_token() from error
    if not isinstance(parts, list) or len(parts) != length + 1 or not all(map(_is_text, parts)):
        raise bad_page_token()
    if parts[0] != _digest(question):
        raise bad_page_token()
    return tuple(parts[1:])


def _is_text(part: object) -> bool:
    """Whether it is a text that Postgres can be asked for."""
    return isinstance(part, str) and not any(text_violations("page_token", part, maximum=_MAX_LENGTH))


def encode_id(row_id: UUID, *, question: bytes) -> str:
    """As `encode` for lists that are sorted by an id."""
    return encode((str(row_id),), question=question)


def decode_id(token: str, *, question: bytes) -> UUID | None:
    """As `decode` for those lists; None for the empty token, which asks for the first page."""
    if not token:
        return None
    (row_id,) = decode(token, question=question, length=1)
    try:
        return UUID(row_id)
    except ValueError as error:
        raise bad_page_token() from error


def encode_time_and_id(time: datetime, row_id: UUID, *, question: bytes) -> str:
    """As `encode` for lists that are sorted by a time, then by an id."""
    return encode((str((time - _EPOCH) // timedelta(microseconds=1)), str(row_id)), question=question)


def decode_time_and_id(token: str, *, question: bytes) -> tuple[datetime, UUID] | None:
    """As `decode` for those lists; None for the empty token, which asks for the first page."""
    if not token:
        return None
    microseconds, row_id = decode(token, question=question, length=2)
    try:
        return _EPOCH + timedelta(microseconds=int(microseconds)), UUID(row_id)
    except (ValueError, OverflowError) as error:
        raise bad_page_token() from error


def page_size(requested: int, *, default: int, maximum: int) -> int:
    """Rows per page: 0 means `default`, more than `maximum` becomes it. Raises InvalidInputError (BAD_PAGE_SIZE)."""
    if requested < 0:
        raise InvalidInputError.of_field("page_size", "must not be negative", reason=ErrorReason.BAD_PAGE_SIZE)
    return min(requested or default, maximum)


def bad_page_token() -> InvalidInputError:
    """The error for every token that does not fit."""
    return InvalidInputError.of_field(
        "page_token",
        "is not the next_page_token of this list with the same filters, range and order",
        reason=ErrorReason.BAD_PAGE_TOKEN,
        hint="Start again without a page token.",
    )


def _digest(question: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(question).digest()[:_DIGEST_BYTES]).decode()
