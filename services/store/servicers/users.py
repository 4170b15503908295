"""UserService."""

from typing import Any, Final
from uuid import UUID

import grpc

from earshot.store.v1 import user_pb2, user_pb2_grpc
from services.runtime.auth import Role
from services.runtime.call_context import current_identity
from services.runtime.errors import (
    AlreadyExistsError,
    ErrorReason,
    InvalidInputError,
    NotFoundError,
    UnauthenticatedError,
)
from services.runtime.ids import new_id
from services.store.convert import timestamp
from services.store.passwords import Passwords
from services.store.pool import Database
from services.store.repositories import users
from services.store.servicers.caller import caller_workspace, workspace_of
from services.store.user import User, user_violations
from services.store.validation import refuse

_ROLE_OF_PROTO: Final[dict[int, Role]] = {
    user_pb2.ROLE_VIEWER: Role.VIEWER,
    user_pb2.ROLE_AGENT: Role.AGENT,
    user_pb2.ROLE_ADMIN: Role.ADMIN,
    user_pb2.ROLE_INGEST: Role.INGEST,
}
_PROTO_OF_ROLE: Final = {
    Role.VIEWER: user_pb2.ROLE_VIEWER,
    Role.AGENT: user_pb2.ROLE_AGENT,
    Role.ADMIN: user_pb2.ROLE_ADMIN,
    Role.INGEST: user_pb2.ROLE_INGEST,
}


class UserServicer(user_pb2_grpc.UserServiceServicer):
    """Methods as the contract describes them."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    async def CreateUser(
        self, request: user_pb2.CreateUserRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> user_pb2.CreateUserResponse:
        """Makes a user."""
        workspace_id = caller_workspace(Role.ADMIN, Role.SERVICE)
        role = _role(request.role)
        refuse(list(user_violations(request.username, request.password)))
        password_hash = await self._passwords.hash(request.password)
        async with self._database.transaction(workspace_id) as connection:
            user = await users.insert(
                connection,
                workspace_id,
                user_id=UUID(new_id()),
                username=request.username,
                role=role,
                password_hash=password_hash,
            )
        if user is None:
            raise AlreadyExistsError("A user with this name exists.", reason=ErrorReason.USER_EXISTS)
        return user_pb2.CreateUserResponse(user=_proto(user))

    async def GetUser(
        self, request: user_pb2.GetUserRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> user_pb2.GetUserResponse:
        """The caller, or another user for those who may see them."""
        identity = current_identity()
        wanted = request.id.lower() or identity.user_id
        if wanted != identity.user_id and not identity.has_role(Role.ADMIN, Role.SERVICE):
            raise _not_found()
        user = await self._read(workspace_of(identity), wanted)
        return user_pb2.GetUserResponse(user=_proto(user))

    async def VerifyPassword(
        self, request: user_pb2.VerifyPasswordRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> user_pb2.VerifyPasswordResponse:
        """Checks a name and password."""
        workspace_id = caller_workspace(Role.SERVICE)
        # What no user can have is not looked up, but it takes as long: the answer must not tell why it is no.
        plausible = not any(user_violations(request.username, request.password))
        found = None
        if plausible:
            async with self._database.transaction(workspace_id, readonly=True) as connection:
                found = await users.credentials(connection, workspace_id, request.username)
        password = request.password if plausible else ""
        if not await self._passwords.matches(password, found.password_hash if found else None) or found is None:
            raise UnauthenticatedError("Name or password is wrong.", reason=ErrorReason.BAD_CREDENTIALS)
        return user_pb2.VerifyPasswordResponse(user=_proto(found.user))

    async def _read(self, workspace_id: str, user_id: str) -> User:
        try:
            wanted = UUID(user_id)
        except ValueError as error:
            raise _not_found() from error
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            user = await users.read(connection, workspace_id, wanted)
        if user is None:
            raise _not_found()
        return user


def _role(role: int) -> Role:
    if role not in _ROLE_OF_PROTO:
        raise InvalidInputError.of_field(
            "role", "must be viewer, agent, admin or ingest", reason=ErrorReason.UNKNOWN_ENUM_VALUE
        )
    return _ROLE_OF_PROTO[role]


def _proto(user: User) -> user_pb2.User:
    return user_pb2.User(
        id=str(user.id),
        username=user.username,
        role=_PROTO_OF_ROLE[user.role],
        workspace_id=user.workspace_id,
        create_time=timestamp(user.create_time),
    )


def _not_found() -> NotFoundError:
    return NotFoundError("There is no user with this id.", reason=ErrorReason.USER_NOT_FOUND)
