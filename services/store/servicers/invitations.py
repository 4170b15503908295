"""InvitationService."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import grpc

from earshot.store.v1 import invitation_pb2, invitation_pb2_grpc
from services.runtime.auth import Role
from services.runtime.call_context import require_role
from services.runtime.errors import (
    ErrorReason,
    LimitExceededError,
    NotFoundError,
    PermissionDeniedError,
)
from services.runtime.ids import new_id
from services.store.auditing.call_event import name_actor, name_resource
from services.store.contract import convert_users, page_token
from services.store.contract.convert import instant
from services.store.people.invitation import MAX_OPEN, end_of
from services.store.people.login_tokens import INVITATION_PREFIX, new_secret, token_hash
from services.store.people.passwords import Passwords
from services.store.people.user import user_violations
from services.store.pool import Database
from services.store.repositories import invitations, users
from services.store.servicers.caller import caller_workspace, workspace_of
from services.store.validation import parse_id, refuse

DEFAULT_PAGE_SIZE: Final = 50
MAX_PAGE_SIZE: Final = 200
_LIST: Final = b"invitations"


class InvitationServicer(invitation_pb2_grpc.InvitationServiceServicer):
    """Methods as the contract describes them."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    async def CreateInvitation(
        self, request: invitation_pb2.CreateInvitationRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> invitation_pb2.CreateInvitationResponse:
        """Makes an invitation."""
        identity = require_role(Role.ADMIN)
        workspace_id, role = workspace_of(identity), convert_users.role(request.role)
        asked = instant(request.expire_time) if request.HasField("expire_time") else None
        expire_time, token = end_of(asked, now=datetime.now(UTC)), new_secret(INVITATION_PREFIX)
        inviting = convert_users.user_id(identity.user_id)
        async with self._database.transaction(workspace_id) as connection:
            if await users.read(connection, workspace_id, inviting) is None:
                raise convert_users.user_not_found()
            made = await invitations.insert(
                connection,
                workspace_id,
                invitation_id=UUID(new_id()),
                role=role,
                token_hash=token_hash(token, INVITATION_PREFIX) or b"",
                invited_by=inviting,
                expire_time=expire_time,
            )
            if await invitations.count_open(connection, workspace_id) > MAX_OPEN:
                raise _too_many()
            name_resource(made.id)
        return invitation_pb2.CreateInvitationResponse(invitation=convert_users.invitation(made), token=token)

    async def ListInvitations(
        self, request: invitation_pb2.ListInvitationsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> invitation_pb2.ListInvitationsResponse:
        """Open invitations, the newest first."""
        workspace_id = caller_workspace(Role.ADMIN)
        size = page_token.page_size(request.page_size, default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE)
        before = page_token.decode_id(request.page_token, question=_LIST)
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            found = await invitations.list_page(connection, workspace_id, before=before, limit=size + 1)
        shown = [convert_users.invitation(invitation) for invitation in found[:size]]
        response = invitation_pb2.ListInvitationsResponse(invitations=shown)
        if len(found) > size:
            response.next_page_token = page_token.encode_id(found[size - 1].id, question=_LIST)
        return response

    async def RevokeInvitation(
        self, request: invitation_pb2.RevokeInvitationRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> invitation_pb2.RevokeInvitationResponse:
        """Ends an invitation."""
        workspace_id, invitation_id = caller_workspace(Role.ADMIN), parse_id(request.id, field="id")
        async with self._database.transaction(workspace_id) as connection:
            revoked = await invitations.revoke(connection, workspace_id, invitation_id)
        if revoked is None:
            raise NotFoundError("There is no open invitation with this id.", reason=ErrorReason.INVITATION_NOT_FOUND)
        return invitation_pb2.RevokeInvitationResponse(invitation=convert_users.invitation(revoked))

    async def AcceptInvitation(
        self, request: invitation_pb2.AcceptInvitationRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> invitation_pb2.AcceptInvitationResponse:
        """Makes the account and spends the invitation."""
        workspace_id, given = caller_workspace(Role.SERVICE), token_hash(request.token, INVITATION_PREFIX)
        refuse(list(user_violations(request.username, request.password)))
        if given is None:
            raise _invalid()
        password_hash = await self._passwords.hash(request.password)
        async with self._database.transaction(workspace_id) as connection:
            role = await invitations.spend(connection, workspace_id, given)
            if role is None:
                raise _invalid()
            user = await users.insert(
                connection,
                workspace_id,
                user_id=UUID(new_id()),
                username=request.username,
                role=role,
                password_hash=password_hash,
            )
            if user is None:
                # Raised in here, so that the invitation is not spent: its holder may choose another name.
                raise convert_users.user_exists()
            name_actor(user)
            name_resource(user.id)
        return invitation_pb2.AcceptInvitationResponse(user=convert_users.user(user))


def _invalid() -> PermissionDeniedError:
    """The one answer for every token that does not work, whatever the cause."""
    return PermissionDeniedError(
        "A valid invitation is needed.",
        reason=ErrorReason.INVITATION_INVALID,
        hint="Ask an admin for one; each works once, for a limited time.",
    )


def _too_many() -> LimitExceededError:
    return LimitExceededError(
        f"A workspace can have {MAX_OPEN} open invitations.",
        reason=ErrorReason.TOO_MANY_ENTRIES,
        hint="Revoke one that is no longer needed.",
    )
