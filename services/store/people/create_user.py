"""`python -m services.store create-user NAME`: the first administrator, and everybody an operator adds by hand.

It works on the database itself, so it needs neither a token nor a running store. The password is asked for in a
terminal and read from the first line of stdin elsewhere: never an argument, which every process of the machine may see.
"""

import getpass
import sys
from typing import Final
from uuid import UUID

from services.runtime.auth import Role
from services.runtime.ids import new_id
from services.store.auditing.event import ActorKind, done_by
from services.store.people.passwords import Passwords
from services.store.people.user import user_violations
from services.store.pool import DEFAULT_WORKSPACE, Database, DatabaseOptions
from services.store.repositories import audit_events, users

OPERATOR: Final = "operator"
"""Who acts on the machine itself, as the audit log names them."""


class UserRefusedError(Exception):
    """The user cannot be made; the text says why."""


def read_password() -> str:
    """The password, from the terminal or from stdin."""
    if sys.stdin.isatty():
        return getpass.getpass("password: ")
    return sys.stdin.readline().rstrip("\r\n")


async def create_user(
    options: DatabaseOptions, *, username: str, password: str, role: Role, workspace_id: str = DEFAULT_WORKSPACE
) -> None:
    """Makes the user. Raises UserRefusedError, and UnavailableError when Postgres does not answer."""
    violations = list(user_violations(username, password))
    if violations:
        raise UserRefusedError("; ".join(f"{item.field} {item.description}" for item in violations))
    passwords, database = Passwords(concurrency=1), Database(options)
    try:
        password_hash = await passwords.hash(password)
        await database.open()
        async with database.transaction(workspace_id) as connection:
            user = await users.insert(
                connection,
                workspace_id,
                user_id=UUID(new_id()),
                username=username,
                role=role,
                password_hash=password_hash,
            )
            if user is not None:
                event = done_by(
                    ActorKind.SERVICE,
                    OPERATOR,
                    "CreateUser",
                    workspace_id=workspace_id,
                    resource_kind="user",
                    resource_id=user.id,
                )
                await audit_events.insert(connection, [event])
    finally:
        passwords.close()
        await database.close()
    if user is None:
        raise UserRefusedError(f"a user named {username} exists")
