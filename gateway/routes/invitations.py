"""Inviting people, and registering: open, by invitation or closed, as a setting says."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from earshot_client.earshot.store.v1 import (
    CreateUserRequest,
    Invitation,
    ListInvitationsRequest,
    RevokeInvitationRequest,
    Role,
)
from gateway.dependencies import ServiceClients, Settings
from gateway.field_names import EXPIRE_TIME, fields_named
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.fields import Json
from gateway.shapes.invitation import (
    InvitationAnswer,
    InvitationPageAnswer,
    NewInvitationAnswer,
    NewInvitationBody,
    RegistrationBody,
    invitation_json,
)
from gateway.shapes.user import RegisteredAnswer
from services.runtime.errors import AlreadyExistsError, ErrorReason, PermissionDeniedError

router = APIRouter(tags=["identity"])


@router.post("/api/v1/auth/register", status_code=201, **documented(RegisteredAnswer, status=201))
async def register(body: RegistrationBody, clients: ServiceClients, settings: Settings) -> Json:
    """Makes an account for a stranger where EARSHOT_REGISTRATION lets them: `open` a viewer, `invite` who is invited.

    An invitation, which both take, says the role. Nobody is told whether the name was taken: the login that follows
    works, or does not; then the invitation is still good, for another name.
    """
    if settings.registration == "admin":
        raise PermissionDeniedError(
            "Registration is closed.", reason=ErrorReason.REGISTRATION_CLOSED, hint="Ask an admin for an account."
        )
    with suppress(AlreadyExistsError):
        if body.invitation or settings.registration == "invite":
            await clients.registration.accept_invitation(body.to_message())
        else:
            viewer = CreateUserRequest(username=body.username, password=body.password, role=Role.VIEWER)
            await clients.login.create_user(viewer)
    return {"username": body.username, "status": "accepted"}


@router.post("/api/v1/invitations", status_code=201, **documented(NewInvitationAnswer, status=201))
async def invite(body: NewInvitationBody, clients: ServiceClients, _: Caller) -> Json:
    """Invites somebody; admins only. `token` is shown this once and works once, while you are an admin."""
    with fields_named(EXPIRE_TIME):
        answer = await clients.invitations.create_invitation(body.to_message())
    return {**invitation_json(answer.invitation or Invitation()), "token": answer.token}


@router.get("/api/v1/invitations", **documented(InvitationPageAnswer))
async def list_invitations(
    clients: ServiceClients,
    _: Caller,
    page_size: Annotated[int, Query(ge=0, le=200)] = 50,
    page_token: Annotated[str, Query(max_length=1024)] = "",
) -> Json:
    """Open invitations, the newest first; admins only."""
    request = ListInvitationsRequest(page_size=page_size, page_token=page_token)
    answer = await clients.invitations.list_invitations(request)
    shown = [invitation_json(invitation) for invitation in answer.invitations]
    return {"invitations": shown, "next_page_token": answer.next_page_token or None}


@router.delete("/api/v1/invitations/{invitation_id}", **documented(InvitationAnswer))
async def revoke(invitation_id: Annotated[str, Field(max_length=64)], clients: ServiceClients, _: Caller) -> Json:
    """Ends an invitation that was not used; admins only."""
    answer = await clients.invitations.revoke_invitation(RevokeInvitationRequest(id=invitation_id))
    return invitation_json(answer.invitation or Invitation())
