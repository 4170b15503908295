"""Users, and the rules of their names and passwords. Pure."""

import hashlib
import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.runtime.auth import Role
from services.runtime.errors import ErrorReason
from services.store.validation import Violation, text_violations

MIN_PASSWORD_LENGTH: Final = 8
MAX_PASSWORD_LENGTH: Final = 256

_USERNAME: Final = re.compile(r"[A-Za-z0-9._@-]{3,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user as it is stored, without the password's hash."""

    id: UUID
    workspace_id: str
    username: str
    role: Role
    create_time: datetime
    disabled: bool = False


def user_violations(username: str, password: str) -> Iterator[Violation]:
    """Every rule that a new user's name and password break."""
    if _USERNAME.fullmatch(username) is None:
        yield Violation(
            field="username",
            reason=ErrorReason.INVALID_ARGUMENT if username else ErrorReason.MISSING_FIELD,
            description='must be 3 to 64 characters of letters, digits, ".", "_", "-", "@"',
        )
    yield from password_violations("password", password)


def password_violations(field: str, password: str) -> Iterator[Violation]:
    """Every rule that a new password breaks."""
    if len(password) < MIN_PASSWORD_LENGTH:
        yield Violation(
            field=field,
            reason=ErrorReason.INVALID_ARGUMENT if password else ErrorReason.MISSING_FIELD,
            description=f"must be at least {MIN_PASSWORD_LENGTH} characters",
        )
    yield from text_violations(field, password, maximum=MAX_PASSWORD_LENGTH)


def address_violations(address: str) -> Iterator[Violation]:
    """What is no IP address; none given is fine."""
    try:
        if address:
            ipaddress.ip_address(address)
    except ValueError:
        yield Violation(field="address", reason=ErrorReason.INVALID_ARGUMENT, description="must be an IP address")


def username_key(username: str) -> str:
    """The form in which names are compared: case does not matter."""
    return username.lower()


def attempted_name(username: str) -> str:
    """What attempts to log in are counted under: the key of a name, and of what can be none its SHA-256 in hex.

    Such a text may be of any length and hold what Postgres cannot keep.
    """
    if _USERNAME.fullmatch(username) is not None:
        return username_key(username)
    return "#" + hashlib.sha256(username.encode("utf-8", "surrogatepass")).hexdigest()
