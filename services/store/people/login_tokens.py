"""Secrets that are handed out once and kept as hashes: of logins, programs, invitations. Pure but for the dice."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.runtime.auth import Role
from services.store.people.user import User

REFRESH_PREFIX: Final = "earshot_r_"
SERVICE_PREFIX: Final = "earshot_s_"
INVITATION_PREFIX: Final = "earshot_i_"
SECRET_BYTES: Final = 32
MAX_NAME_LENGTH: Final = 100
MAX_TOKENS_PER_USER: Final = 50

_SECRET: Final = re.compile(r"earshot_[irs]_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceToken:
    """What is kept of a service token."""

    id: UUID
    user_id: UUID
    name: str
    role: Role
    create_time: datetime
    expire_time: datetime | None
    use_time: datetime | None
    revoke_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenHolder:
    """Whom a service token in force stands for: the user as they are, and the token."""

    user: User
    token: ServiceToken


def new_secret(prefix: str) -> str:
    """A fresh token: the prefix, by which scanners find leaked ones, and 256 random bits."""
    return prefix + secrets.token_urlsafe(SECRET_BYTES)


def token_hash(token: str, prefix: str) -> bytes | None:
    """What is kept of a token; None for what cannot be one."""
    if not token.startswith(prefix) or _SECRET.fullmatch(token) is None:
        return None
    return hashlib.sha256(token.encode("ascii")).digest()
