"""UserService."""

from typing import Any, Final
from uuid import UUID

import grpc

from earshot.store.v1 import user_pb2, user_pb2_grpc
from services.runtime.auth import Identity, Role
from services.runtime.call_context import current_identity
from services.runtime.errors import ErrorReason, FailedPreconditionError
from services.runtime.ids import new_id
from services.store.auditing.call_event import name_resource
from services.store.contract import convert_users, page_token
from services.store.contract.convert import timestamp
from services.store.contract.convert_users import user_not_found
from services.store.people.logins import Logins
from services.store.people.passwords import Passwords
from services.store.people.user import User, address_violations, password_violations, user_violations, username_key
from services.store.pool import Connection, Database
from services.store.repositories import logins, users
from services.store.servicers.caller import caller_workspace, workspace_of
from services.store.validation import refuse

DEFAULT_PAGE_SIZE: Final = 50
MAX_PAGE_SIZE: Final = 200
_LIST: Final = b"users"


class UserServicer(user_pb2_grpc.UserServiceServicer):
    """Methods as the contract describes them."""

    def __init__(self, database: Database, passwords: Passwords, logins_: Logins) -> None:
        self._database = database
        self._passwords = passwords
        self._logins = logins_

    async def CreateUser(
        self, request: user_pb2.CreateUserRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> user_pb2.CreateUserResponse:
        """Makes a user."""
        workspace_id = caller_workspace(Role.ADMIN, Role.SERVICE)
        role = convert_users.role(request.role)
        refuse(list(user_violations(request.username, request.password)))
        password_hash = await self._passwords.hash(request.password)
        user_id = UUID(new_id())
        async with self._database.transaction(workspace_id) as connection:
            user = await users.insert(
                connection,
                workspace_id,
                user_id=user_id,
                username=request.username,
                role=role,
                password_hash=password_hash,
            )
            if user is None:
                raise convert_users.user_exists()
            name_resource(user_id)
        return user_pb2.CreateUserResponse(user=convert_users.user(user))

    async def GetUser(
        self, request: user_pb2.GetUserRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> user_pb2.GetUserResponse:
        """The caller, or another user for those who may see them."""
        identity = current_identity()
        wanted = _own_or(identity, request.id, Role.ADMIN, Role.SERVICE)
        user = await self._read(workspace_of(identity), wanted)
        return user_pb2.GetUserResponse(user=convert_users.user(user))

    async def ListUsers(
        self, request: user_pb2.ListUsersRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> user_pb2.ListUsersResponse:
        """The users of the workspace, by name."""
        workspace_id = caller_workspace(Role.ADMIN, Role.SERVICE)
        size = page_token.page_size(request.page_size, default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE)
        after = page_token.decode(request.page_token, question=_LIST, length=1)[0] if request.page_token else ""
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            found = await users.list_page(connection, workspace_id, after=after, limit=size + 1)
        response = user_pb2.ListUsersResponse(users=[convert_users.user(user) for user in found[:size]])
        if len(found) > size:
            response.next_page_token = page_token.encode((username_key(found[size - 1].username),), question=_LIST)
        return response

    async def UpdateUser(
        self, request: user_pb2.UpdateUserRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> user_pb2.UpdateUserResponse:
        """Gives a user another role, or keeps them out."""
        workspace_id = caller_workspace(Role.ADMIN, Role.SERVICE)
        wanted, role = convert_users.user_id(request.id), convert_users.role_or_none(request.role)
        disabled = request.disabled if request.HasField("disabled") else None
        async with self._database.transaction(workspace_id) as connection:
            if disabled or role not in {None, Role.ADMIN}:
                await _keep_an_admin(connection, workspace_id, wanted)
            user = await users.update(connection, workspace_id, wanted, role=role, disabled=disabled)
            if user is None:
                raise user_not_found()
            await logins.end_all(connection, workspace_id, wanted)
        return user_pb2.UpdateUserResponse(user=convert_users.user(user))

    async def ChangePassword(
        self, request: user_pb2.ChangePasswordRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> user_pb2.ChangePasswordResponse:
        """Changes a password and ends the user's logins."""
        identity = current_identity()
        workspace_id, wanted = workspace_of(identity), _own_or(identity, request.id, Role.ADMIN)
        refuse(list(password_violations("new_password", request.new_password)))
        user = await self._read(workspace_id, wanted)
        name_resource(user.id)
        if wanted == identity.user_id:
            await self._logins.check(workspace_id, user.username, request.current_password)
        password_hash = await self._passwords.hash(request.new_password)
        async with self._database.transaction(workspace_id) as connection:
            await users.set_password(connection, workspace_id, user.id, password_hash)
            await logins.end_all(connection, workspace_id, user.id)
        return user_pb2.ChangePasswordResponse()

    async def VerifyPassword(
        self, request: user_pb2.VerifyPasswordRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> user_pb2.VerifyPasswordResponse:
        """Checks a name and password."""
        workspace_id = caller_workspace(Role.SERVICE)
        refuse(list(address_violations(request.address)))
        user = await self._logins.check(workspace_id, request.username, request.password, address=request.address)
        response = user_pb2.VerifyPasswordResponse(user=convert_users.user(user))
        if request.start_login:
            login = await self._logins.start(workspace_id, user)
            response.refresh_token = login.refresh_token
            response.refresh_expire_time.CopyFrom(timestamp(login.expire_time))
        return response

    async def _read(self, workspace_id: str, user_id: str) -> User:
        wanted = convert_users.user_id(user_id)
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            user = await users.read(connection, workspace_id, wanted)
        if user is None:
            raise user_not_found()
        return user


def _own_or(identity: Identity, wanted: str, *others: Role) -> str:
    """The id asked for, where it is the caller's own or they have a role for others'. Raises NotFoundError."""
    user_id = wanted.lower() or identity.user_id
    if user_id != identity.user_id and not identity.has_role(*others):
        raise user_not_found()
    return user_id


async def _keep_an_admin(connection: Connection, workspace_id: str, leaving: UUID) -> None:
    admins = await users.lock_admins(connection, workspace_id)
    if admins == [leaving]:
        raise FailedPreconditionError(
            "This is the last admin who is enabled.", reason=ErrorReason.LAST_ADMIN, hint="Make another one first."
        )
