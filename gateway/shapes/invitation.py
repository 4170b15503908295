"""Invitations, and registering, as JSON."""

from typing import Literal

from pydantic import Field

from earshot_client.earshot.store.v1 import AcceptInvitationRequest, CreateInvitationRequest, Invitation, Role
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Instant, Json, Strict, Text, enum_json, instant_json
from gateway.shapes.user import RoleName


class InvitationAnswer(Answer):
    """An invitation to register."""

    id: str
    role: Literal["viewer", "agent", "admin", "ingest"]
    invited_by: str
    created_at: str
    expires_at: str
    revoked_at: str | None


class NewInvitationAnswer(InvitationAnswer):
    """An invitation with its token, which is told this once."""

    token: str


class InvitationPageAnswer(Answer):
    """Invitations, newest first."""

    invitations: list[InvitationAnswer]
    next_page_token: str | None


class NewInvitationBody(Strict):
    """Somebody to invite."""

    role: RoleName = Field(default="viewer", description="What the account will be able to do.")
    expires_at: Instant | None = Field(default=None, description="At most 30 days ahead; by default in 7 days.")

    def to_message(self) -> CreateInvitationRequest:
        """The request for a call."""
        return CreateInvitationRequest(role=Role[self.role.upper()], expire_time=self.expires_at)


class RegistrationBody(Strict):
    """An account to make for oneself."""

    username: Text = Field(min_length=3, max_length=64, examples=["ada"])
    password: Text = Field(min_length=8, max_length=256, examples=["a long password"])
    invitation: Text = Field(default="", max_length=100, description="The token of an invitation, which says the role.")

    def to_message(self) -> AcceptInvitationRequest:
        """The request for a call, where there is an invitation."""
        return AcceptInvitationRequest(token=self.invitation, username=self.username, password=self.password)


def invitation_json(invitation: Invitation) -> Json:
    """What is kept of an invitation."""
    return {
        "id": invitation.id,
        "role": enum_json(invitation.role),
        "invited_by": invitation.invited_by,
        "created_at": instant_json(invitation.create_time),
        "expires_at": instant_json(invitation.expire_time),
        "revoked_at": instant_json(invitation.revoke_time),
    }
