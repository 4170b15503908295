"""Logging in: a password checked under the lock-out, and logins that go on by refresh tokens, each used once.

A token that comes again within seconds is renewed again; of the tokens it then has for successors, the first that is
used leaves the other worth nothing. So a copied token is still found out when thief and owner both go on.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

from services.runtime.errors import ErrorReason, LimitExceededError, UnauthenticatedError
from services.runtime.ids import new_id
from services.store.auditing.call_event import name_actor, name_resource
from services.store.people.lockout import LockoutPolicy, subjects
from services.store.people.login_tokens import REFRESH_PREFIX, new_secret, token_hash
from services.store.people.passwords import Passwords
from services.store.people.user import User, attempted_name, user_violations
from services.store.pool import Database
from services.store.repositories import login_attempts, logins, users

LONGEST_LOGIN: Final = timedelta(days=90)
REFRESH_GRACE: Final = timedelta(seconds=10)
"""So long may a refresh token come again: two tabs renewed at once, or an answer was lost on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginOptions:
    """The lock-out, and how long an unused login lasts."""

    lockout: LockoutPolicy
    idle: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """A login that goes on, and its next token."""

    user: User
    refresh_token: str
    expire_time: datetime


class Logins:
    """The rules of logging in, over one database."""

    def __init__(self, database: Database, passwords: Passwords, options: LoginOptions) -> None:
        self._database = database
        self._passwords = passwords
        self._options = options
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def check(self, workspace_id: str, username: str, password: str, *, address: str = "") -> User:
        """The user of a name and password. Raises UnauthenticatedError (BAD_CREDENTIALS), LimitExceededError."""
        # One after the other per name: each counts as failed until it is known to be right, and right ones side by side
        # must not add up.
        async with self._turns.setdefault(f"{workspace_id} {attempted_name(username)}", asyncio.Lock()):
            return await self._check(workspace_id, username, password, address)

    async def _check(self, workspace_id: str, username: str, password: str, address: str) -> User:
        counted = subjects(attempted_name(username), address)
        await self._count(workspace_id, counted)
        # What no user can have is not looked up, but it takes as long: the answer must not tell why it is no.
        plausible = not any(user_violations(username, password))
        found = None
        if plausible:
            async with self._database.transaction(workspace_id, readonly=True) as connection:
                found = await users.credentials(connection, workspace_id, username)
        if found is not None:
            name_resource(found.user.id)
        held = found.password_hash if found and not found.user.disabled else None
        if not await self._passwords.matches(password if plausible else "", held) or found is None:
            raise bad_credentials()
        name_actor(found.user)
        await self._forgive(workspace_id, counted)
        return found.user

    async def start(self, workspace_id: str, user: User) -> Renewed:
        """A login of a user who has just been checked."""
        token = new_secret(REFRESH_PREFIX)
        async with self._database.transaction(workspace_id) as connection:
            expire_time = await logins.start(
                connection,
                workspace_id,
                login_id=UUID(new_id()),
                user_id=user.id,
                token_hash=_hash(token),
                idle=self._options.idle,
            )
        return Renewed(user=user, refresh_token=token, expire_time=expire_time)

    async def renew(self, workspace_id: str, refresh_token: str) -> Renewed:
        """Spends a token for the next. Raises UnauthenticatedError (REFRESH_TOKEN_INVALID)."""
        spent = token_hash(refresh_token, REFRESH_PREFIX)
        renewed = None if spent is None else await self._renew(workspace_id, spent)
        if renewed is None:
            raise UnauthenticatedError(
                "The refresh token is not valid.", reason=ErrorReason.REFRESH_TOKEN_INVALID, hint="Log in again."
            )
        return renewed

    async def end(self, workspace_id: str, refresh_token: str) -> None:
        """Ends the login of a token, spent or not; nothing where there is none."""
        given = token_hash(refresh_token, REFRESH_PREFIX)
        if given is None:
            return
        async with self._database.transaction(workspace_id) as connection:
            found = await logins.find(connection, workspace_id, given)
            if found is not None:
                await logins.end(connection, workspace_id, found.id)
                name_resource(found.user_id)
                if (user := await users.read(connection, workspace_id, found.user_id)) is not None:
                    name_actor(user)

    async def _renew(self, workspace_id: str, spent: bytes) -> Renewed | None:
        """None where it may not go on. Returned, not raised: what a copied token ends must be committed."""
        async with self._database.transaction(workspace_id) as connection:
            found = await logins.find(connection, workspace_id, spent, grace=REFRESH_GRACE)
            if found is None or not found.in_force:
                return None
            user = await users.read(connection, workspace_id, found.user_id)
            if found.spent_long_ago or user is None or user.disabled:
                await logins.end(connection, workspace_id, found.id)
                return None
            token = new_secret(REFRESH_PREFIX)
            expire_time = await logins.renew(
                connection,
                workspace_id,
                found.id,
                spent_hash=None if found.spent else spent,
                next_hash=_hash(token),
                idle=self._options.idle,
                longest=LONGEST_LOGIN,
            )
        return Renewed(user=user, refresh_token=token, expire_time=expire_time)

    async def _count(self, workspace_id: str, counted: Sequence[tuple[str, int]]) -> None:
        policy = self._options.lockout
        async with self._database.transaction(workspace_id) as connection:
            for subject, factor in counted:
                wait = await login_attempts.count(connection, workspace_id, subject, factor=factor, policy=policy)
                if wait is not None:
                    raise too_many_attempts(wait)

    async def _forgive(self, workspace_id: str, counted: Sequence[tuple[str, int]]) -> None:
        *addresses, (name, _) = counted
        async with self._database.transaction(workspace_id) as connection:
            for subject, _ in addresses:
                await login_attempts.forgive(connection, workspace_id, subject)
            await login_attempts.forget(connection, workspace_id, name, policy=self._options.lockout)


def bad_credentials() -> UnauthenticatedError:
    """The one answer to a wrong name, a wrong password and a disabled user."""
    return UnauthenticatedError("Name or password is wrong.", reason=ErrorReason.BAD_CREDENTIALS)


def too_many_attempts(wait: timedelta) -> LimitExceededError:
    """The answer while a name or an address has to wait."""
    return LimitExceededError(
        "Too many failed logins.",
        reason=ErrorReason.TOO_MANY_ATTEMPTS,
        hint="Wait, then try again; an admin can set another password.",
        retry_after_seconds=wait.total_seconds(),
    )


def _hash(token: str) -> bytes:
    hashed = token_hash(token, REFRESH_PREFIX)
    if hashed is None:
        raise ValueError("a fresh token does not look like one")
    return hashed
