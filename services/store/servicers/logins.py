"""LoginService."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import grpc

from earshot.store.v1 import login_pb2, login_pb2_grpc
from services.runtime.auth import Identity, Role, role_includes
from services.runtime.call_context import require_role
from services.runtime.errors import (
    ErrorReason,
    InvalidInputError,
    LimitExceededError,
    NotFoundError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from services.runtime.ids import new_id
from services.store.auditing.call_event import name_resource
from services.store.contract import convert_users, page_token
from services.store.contract.convert import instant, timestamp
from services.store.people.login_tokens import (
    MAX_NAME_LENGTH,
    MAX_TOKENS_PER_USER,
    SERVICE_PREFIX,
    new_secret,
    token_hash,
)
from services.store.people.logins import Logins
from services.store.people.user import User
from services.store.pool import Connection, Database
from services.store.repositories import service_tokens, users
from services.store.servicers.caller import caller_workspace, workspace_of
from services.store.validation import END_OF_TIME, Violation, parse_id, refuse, text_violations

DEFAULT_PAGE_SIZE: Final = 50
MAX_PAGE_SIZE: Final = 200
_PEOPLE: Final = (Role.VIEWER, Role.AGENT, Role.ADMIN, Role.INGEST)


class LoginServicer(login_pb2_grpc.LoginServiceServicer):
    """Methods as the contract describes them."""

    def __init__(self, database: Database, logins: Logins) -> None:
        self._database = database
        self._logins = logins

    async def RenewLogin(
        self, request: login_pb2.RenewLoginRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> login_pb2.RenewLoginResponse:
        """Spends a refresh token for the next."""
        renewed = await self._logins.renew(caller_workspace(Role.SERVICE), request.refresh_token)
        return login_pb2.RenewLoginResponse(
            user=convert_users.user(renewed.user),
            refresh_token=renewed.refresh_token,
            refresh_expire_time=timestamp(renewed.expire_time),
        )

    async def EndLogin(
        self, request: login_pb2.EndLoginRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> login_pb2.EndLoginResponse:
        """Ends a login."""
        await self._logins.end(caller_workspace(Role.SERVICE), request.refresh_token)
        return login_pb2.EndLoginResponse()

    async def IssueServiceToken(
        self, request: login_pb2.IssueServiceTokenRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> login_pb2.IssueServiceTokenResponse:
        """Makes a service token."""
        identity = require_role(*_PEOPLE)
        workspace_id, owner_id = workspace_of(identity), _owner(identity, request.user_id)
        expire_time = _checked(request)
        token = new_secret(SERVICE_PREFIX)
        async with self._database.transaction(workspace_id) as connection:
            user = await _read(connection, workspace_id, owner_id)
            made = await service_tokens.insert(
                connection,
                workspace_id,
                token_id=UUID(new_id()),
                user_id=owner_id,
                name=request.name,
                role=_granted(request, identity, user),
                token_hash=token_hash(token, SERVICE_PREFIX) or b"",
                expire_time=expire_time,
            )
            if await service_tokens.in_force(connection, workspace_id, owner_id) > MAX_TOKENS_PER_USER:
                raise _too_many()
            name_resource(made.id)
        return login_pb2.IssueServiceTokenResponse(service_token=convert_users.service_token(made), token=token)

    async def ListServiceTokens(
        self, request: login_pb2.ListServiceTokensRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> login_pb2.ListServiceTokensResponse:
        """Service tokens, the newest first."""
        identity = require_role(*_PEOPLE)
        size = page_token.page_size(request.page_size, default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE)
        question = f"service-tokens\0{identity.user_id}".encode()
        before = page_token.decode_id(request.page_token, question=question)
        async with self._database.transaction(workspace_of(identity), readonly=True) as connection:
            found = await service_tokens.list_page(
                connection, workspace_of(identity), user_id=_only(identity), before=before, limit=size + 1
            )
        shown = [convert_users.service_token(token) for token in found[:size]]
        response = login_pb2.ListServiceTokensResponse(service_tokens=shown)
        if len(found) > size:
            response.next_page_token = page_token.encode_id(found[size - 1].id, question=question)
        return response

    async def RevokeServiceToken(
        self, request: login_pb2.RevokeServiceTokenRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> login_pb2.RevokeServiceTokenResponse:
        """Ends a service token."""
        identity = require_role(*_PEOPLE)
        token_id = parse_id(request.id, field="id")
        async with self._database.transaction(workspace_of(identity)) as connection:
            revoked = await service_tokens.revoke(connection, workspace_of(identity), token_id, user_id=_only(identity))
        if revoked is None:
            raise NotFoundError("There is no service token with this id.", reason=ErrorReason.TOKEN_NOT_FOUND)
        return login_pb2.RevokeServiceTokenResponse(service_token=convert_users.service_token(revoked))

    async def VerifyServiceToken(
        self, request: login_pb2.VerifyServiceTokenRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> login_pb2.VerifyServiceTokenResponse:
        """Whom a service token stands for."""
        workspace_id, given = caller_workspace(Role.SERVICE), token_hash(request.token, SERVICE_PREFIX)
        if given is None:
            raise UnauthenticatedError
        async with self._database.transaction(workspace_id) as connection:
            holder = await service_tokens.holder(connection, workspace_id, given)
        if holder is None or holder.user.disabled or not role_includes(holder.user.role, holder.token.role):
            raise UnauthenticatedError
        ends = holder.token.expire_time
        return login_pb2.VerifyServiceTokenResponse(
            user=convert_users.user(holder.user, holder.token.role), expire_time=timestamp(ends) if ends else None
        )


def _owner(identity: Identity, wanted: str) -> UUID:
    if wanted and wanted.lower() != identity.user_id and not identity.has_role(Role.ADMIN):
        raise convert_users.user_not_found()
    return convert_users.user_id(wanted or identity.user_id)


def _only(identity: Identity) -> UUID | None:
    """Whose tokens the caller may see: None for all."""
    return None if identity.has_role(Role.ADMIN) else convert_users.user_id(identity.user_id)


def _checked(request: login_pb2.IssueServiceTokenRequest) -> datetime | None:
    """The end asked for. Raises InvalidInputError for what breaks a rule."""
    violations = list(text_violations("name", request.name, maximum=MAX_NAME_LENGTH))
    if not request.name.strip():
        violations.append(Violation(field="name", reason=ErrorReason.MISSING_FIELD, description="must not be empty"))
    refuse(violations)
    if not request.HasField("expire_time"):
        return None
    expire_time = instant(request.expire_time)
    if not datetime.now(UTC) < expire_time < END_OF_TIME:
        raise InvalidInputError.of_field(
            "expire_time", "must be in the future, in the years up to 9998", reason=ErrorReason.BAD_TIMESTAMP
        )
    return expire_time


async def _read(connection: Connection, workspace_id: str, user_id: UUID) -> User:
    user = await users.read(connection, workspace_id, user_id)
    if user is None:
        raise convert_users.user_not_found()
    return user


def _granted(request: login_pb2.IssueServiceTokenRequest, identity: Identity, user: User) -> Role:
    """The role asked for, where neither the user nor the caller has less. Raises PermissionDeniedError."""
    role = convert_users.role_or_none(request.role) or user.role
    if not (role_includes(user.role, role) and identity.has_role(role)):
        raise PermissionDeniedError("A token cannot have a role that its user, or you, do not have.")
    return role


def _too_many() -> LimitExceededError:
    return LimitExceededError(
        f"A user can have {MAX_TOKENS_PER_USER} service tokens in force.",
        reason=ErrorReason.TOO_MANY_ENTRIES,
        hint="Revoke one that is no longer needed.",
    )
