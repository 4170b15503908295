"""InvitationService: made by admins, used once, in one transaction with the account (G15)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import grpc
import pytest
import pytest_asyncio

from earshot.store.v1 import invitation_pb2, user_pb2
from services.runtime.auth import Identity, Role
from services.runtime.errors import EarshotError, ErrorReason
from services.runtime.status import from_rpc_error
from tests.support.postgres import connection
from tests.support.store import StoreRig, caller, error_of, running_store, timestamp

PASSWORD = "a long password"


@pytest_asyncio.fixture(scope="module")
async def rig(
    tmp_path_factory: pytest.TempPathFactory, database_url: str, quick_passwords: None
) -> AsyncIterator[StoreRig]:
    async with running_store(tmp_path_factory.mktemp("store"), database_url) as running:
        yield running


async def new_admin(rig: StoreRig, workspace_id: str = "default") -> Identity:
    request = user_pb2.CreateUserRequest(username=new_name(), password=PASSWORD, role=user_pb2.ROLE_ADMIN)
    user = (await rig.client.users(caller(Role.ADMIN, workspace_id=workspace_id)).CreateUser(request)).user
    return caller(Role.ADMIN, user_id=user.id, workspace_id=workspace_id)


def new_name() -> str:
    return f"u{uuid4().hex[:12]}"


async def invite(
    rig: StoreRig, admin: Identity, role: "user_pb2.Role.ValueType" = user_pb2.ROLE_AGENT
) -> invitation_pb2.CreateInvitationResponse:
    request = invitation_pb2.CreateInvitationRequest(role=role)
    return await rig.client.invitations(admin).CreateInvitation(request)


async def accept(rig: StoreRig, token: str, username: str = "") -> user_pb2.User:
    request = invitation_pb2.AcceptInvitationRequest(token=token, username=username or new_name(), password=PASSWORD)
    return (await rig.client.invitations().AcceptInvitation(request)).user


async def refusal(rig: StoreRig, token: str) -> tuple[str, str, str]:
    """All that is told of a token that does not work."""
    error: EarshotError = await error_of(accept(rig, token))
    return error.reason, error.message, error.hint


async def open_ids(rig: StoreRig, admin: Identity) -> list[str]:
    request = invitation_pb2.ListInvitationsRequest(page_size=200)
    return [shown.id for shown in (await rig.client.invitations(admin).ListInvitations(request)).invitations]


async def test_an_invitation_makes_one_account_of_its_role_and_workspace(rig: StoreRig, database_url: str) -> None:
    admin = await new_admin(rig)
    invited = await invite(rig, admin)
    kept = invited.invitation
    assert kept.expire_time.ToDatetime(UTC) - kept.create_time.ToDatetime(UTC) > timedelta(days=6, hours=23)
    assert (kept.invited_by, kept.role) == (admin.user_id, user_pb2.ROLE_AGENT)
    assert kept.id in await open_ids(rig, admin)
    user = await accept(rig, invited.token)
    assert (user.role, user.workspace_id) == (user_pb2.ROLE_AGENT, "default")
    verified = user_pb2.VerifyPasswordRequest(username=user.username, password=PASSWORD)
    assert (await rig.client.users().VerifyPassword(verified)).user == user
    assert (await refusal(rig, invited.token))[0] == ErrorReason.INVITATION_INVALID
    assert kept.id not in await open_ids(rig, admin)
    async with connection(database_url) as owner:
        row = await owner.fetchval("SELECT invitations::text FROM invitations WHERE id = $1::uuid", kept.id)
    assert invited.token.removeprefix("earshot_i_") not in row


async def test_of_many_at_once_one_is_let_in(rig: StoreRig, database_url: str) -> None:
    token = (await invite(rig, await new_admin(rig))).token
    names = [new_name() for _ in range(4)]
    answers = await asyncio.gather(*(accept(rig, token, name) for name in names), return_exceptions=True)
    assert sum(isinstance(answer, user_pb2.User) for answer in answers) == 1
    refused = [from_rpc_error(answer) for answer in answers if isinstance(answer, grpc.aio.AioRpcError)]
    assert [error.reason for error in refused] == [ErrorReason.INVITATION_INVALID] * 3
    async with connection(database_url) as owner:
        assert await owner.fetchval("SELECT count(*) FROM users WHERE username = ANY($1::text[])", names) == 1


async def test_what_does_not_work_answers_alike(rig: StoreRig, database_url: str) -> None:
    admin = await new_admin(rig)
    used, over, revoked = [await invite(rig, admin) for _ in range(3)]
    await accept(rig, used.token)
    async with connection(database_url) as owner:
        await owner.execute("UPDATE invitations SET expire_time = now() WHERE id = $1::uuid", over.invitation.id)
    request = invitation_pb2.RevokeInvitationRequest(id=revoked.invitation.id)
    stub = rig.client.invitations(admin)
    assert (await stub.RevokeInvitation(request)).invitation.HasField("revoke_time")
    elsewhere = await invite(rig, await new_admin(rig, "elsewhere"))
    tokens = [used.token, over.token, revoked.token, elsewhere.token, "", "x", f"earshot_i_{'a' * 43}"]
    told = {await refusal(rig, token) for token in tokens}
    assert [reason for reason, _, _ in told] == [ErrorReason.INVITATION_INVALID]
    assert not {used.invitation.id, over.invitation.id, revoked.invitation.id} & set(await open_ids(rig, admin))
    spent = invitation_pb2.RevokeInvitationRequest(id=used.invitation.id)
    assert (await error_of(stub.RevokeInvitation(spent))).reason == ErrorReason.INVITATION_NOT_FOUND


async def test_a_taken_name_does_not_spend_the_invitation(rig: StoreRig) -> None:
    invited = await invite(rig, await new_admin(rig))
    taken = await accept(rig, (await invite(rig, await new_admin(rig))).token)
    assert (await error_of(accept(rig, invited.token, taken.username.upper()))).reason == ErrorReason.USER_EXISTS
    assert (await accept(rig, invited.token)).id != taken.id


@pytest.mark.parametrize("change", [{"disabled": True}, {"role": user_pb2.ROLE_AGENT}])
async def test_invitations_of_who_is_no_admin_any_more_are_worth_nothing(
    rig: StoreRig, change: dict[str, object]
) -> None:
    admin = await new_admin(rig)
    await new_admin(rig)
    token = (await invite(rig, admin)).token
    await rig.client.users().UpdateUser(user_pb2.UpdateUserRequest(id=admin.user_id, **change))  # type: ignore[arg-type]
    assert (await refusal(rig, token))[0] == ErrorReason.INVITATION_INVALID


async def test_an_invitation_lasts_thirty_days_at_most(rig: StoreRig) -> None:
    stub, now = rig.client.invitations(await new_admin(rig)), datetime.now(UTC)
    for end in (now - timedelta(seconds=1), now + timedelta(days=31), datetime(9999, 1, 1, tzinfo=UTC)):
        request = invitation_pb2.CreateInvitationRequest(role=user_pb2.ROLE_VIEWER, expire_time=timestamp(end))
        assert (await error_of(stub.CreateInvitation(request))).reason == ErrorReason.BAD_TIMESTAMP
    end = now + timedelta(days=29)
    request = invitation_pb2.CreateInvitationRequest(role=user_pb2.ROLE_VIEWER, expire_time=timestamp(end))
    assert (await stub.CreateInvitation(request)).invitation.expire_time == timestamp(end)


async def test_open_invitations_are_listed_by_pages(rig: StoreRig) -> None:
    admin = await new_admin(rig, "paged")
    made = [(await invite(rig, admin)).invitation.id for _ in range(3)]
    stub = rig.client.invitations(admin)
    first = await stub.ListInvitations(invitation_pb2.ListInvitationsRequest(page_size=2))
    rest = await stub.ListInvitations(
        invitation_pb2.ListInvitationsRequest(page_size=2, page_token=first.next_page_token)
    )
    assert [shown.id for shown in (*first.invitations, *rest.invitations)] == made[::-1]
    assert not rest.next_page_token


async def test_a_workspace_has_two_hundred_open_ones_at_most(rig: StoreRig, database_url: str) -> None:
    admin = await new_admin(rig, "crowded")
    async with connection(database_url) as owner:
        await owner.execute(
            "INSERT INTO invitations (workspace_id, id, role, token_hash, invited_by, expire_time)"
            " SELECT 'crowded', gen_random_uuid(), 'viewer', sha256(i::text::bytea), $1::uuid, now() + interval '1 day'"
            " FROM generate_series(1, 200) AS i",
            admin.user_id,
        )
    assert (await error_of(invite(rig, admin))).reason == ErrorReason.TOO_MANY_ENTRIES
    assert len(await open_ids(rig, admin)) == 200


async def test_only_admins_invite_and_only_services_accept(rig: StoreRig) -> None:
    for role in (Role.VIEWER, Role.AGENT, Role.INGEST, Role.SERVICE):
        stub = rig.client.invitations(caller(role))
        for call in (
            stub.CreateInvitation(invitation_pb2.CreateInvitationRequest(role=user_pb2.ROLE_VIEWER)),
            stub.ListInvitations(invitation_pb2.ListInvitationsRequest()),
            stub.RevokeInvitation(invitation_pb2.RevokeInvitationRequest(id=str(uuid4()))),
        ):
            assert (await error_of(call)).reason == ErrorReason.ROLE_MISSING
    accepting = rig.client.invitations(caller(Role.ADMIN))
    assert (await error_of(accepting.AcceptInvitation(invitation_pb2.AcceptInvitationRequest()))).reason == (
        ErrorReason.ROLE_MISSING
    )
