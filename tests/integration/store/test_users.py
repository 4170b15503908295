"""UserService: users, roles and passwords (G16)."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import grpc
import pytest
import pytest_asyncio

from earshot.store.v1 import user_pb2
from services.runtime.auth import Role
from services.runtime.errors import ErrorReason
from services.runtime.status import from_rpc_error
from tests.support.postgres import connection
from tests.support.store import StoreRig, caller, error_of, running_store

PASSWORD = "correct horse 🐎"


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    async with running_store(tmp_path_factory.mktemp("store"), database_url) as running:
        yield running


def create(username: str, **fields: str) -> user_pb2.CreateUserRequest:
    given = {"password": PASSWORD, **fields}
    return user_pb2.CreateUserRequest(username=username, role=user_pb2.ROLE_AGENT, **given)


def verify(username: str, password: str = PASSWORD) -> user_pb2.VerifyPasswordRequest:
    return user_pb2.VerifyPasswordRequest(username=username, password=password)


async def test_a_user_logs_in_with_the_right_password_only(rig: StoreRig, database_url: str) -> None:
    stub = rig.client.users()
    made = (await stub.CreateUser(create("Ada.L@example"))).user
    assert (made.username, made.role, made.workspace_id) == ("Ada.L@example", user_pb2.ROLE_AGENT, "default")
    assert (await stub.VerifyPassword(verify("aDA.l@EXAMPLE"))).user == made
    for attempt in (
        verify("ada.l@example", PASSWORD + " "),
        verify("ada.l@example", PASSWORD.upper()),
        verify("nobody"),
        verify("ada.l@example", ""),
        verify("' OR 1=1 --", PASSWORD),
        verify("", ""),
        verify("ada.l@example", "x" * 100_000),
    ):
        error = await error_of(stub.VerifyPassword(attempt))
        assert (error.kind, error.reason) == ("unauthenticated", ErrorReason.BAD_CREDENTIALS)
        assert error.message == "Name or password is wrong."
    async with connection(database_url) as owner:
        stored = await owner.fetchval("SELECT password_hash FROM users WHERE username = 'Ada.L@example'")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")  # RFC 9106, section 4, the second choice
    assert PASSWORD not in stored


async def test_a_name_is_taken_whatever_its_case_but_only_in_its_workspace(rig: StoreRig) -> None:
    stub = rig.client.users()
    await stub.CreateUser(create("grace"))
    assert (await error_of(stub.CreateUser(create("GRACE")))).reason == ErrorReason.USER_EXISTS
    elsewhere = rig.client.users(caller(Role.SERVICE, workspace_id="rival"))
    assert (await elsewhere.CreateUser(create("grace", password="another one"))).user.workspace_id == "rival"
    assert (await error_of(elsewhere.VerifyPassword(verify("grace")))).reason == ErrorReason.BAD_CREDENTIALS


async def test_twenty_at_once_make_one_user(rig: StoreRig) -> None:
    stub = rig.client.users()
    made = await asyncio.gather(*(stub.CreateUser(create("crowd")) for _ in range(20)), return_exceptions=True)
    refused = [from_rpc_error(outcome) for outcome in made if isinstance(outcome, grpc.aio.AioRpcError)]
    assert [error.reason for error in refused] == [ErrorReason.USER_EXISTS] * 19


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (create("ab"), "username"),
        (create("with space"), "username"),
        (create("ünï"), "username"),
        (create("a" * 65), "username"),
        (create("short", password="1234567"), "password"),
        (create("long", password="x" * 257), "password"),
        (create("nul", password="12345678\x00"), "password"),
        (user_pb2.CreateUserRequest(username="norole", password=PASSWORD), "role"),
        (user_pb2.CreateUserRequest(username="odd", password=PASSWORD, role=99), "role"),  # type: ignore[arg-type]  # no such role
    ],
    ids=["short name", "space", "letters", "long name", "short", "long", "nul", "no role", "unknown role"],
)
async def test_a_bad_user_is_refused(rig: StoreRig, request_: user_pb2.CreateUserRequest, field: str) -> None:
    error = await error_of(rig.client.users().CreateUser(request_))
    assert error.violations[0].field == field


async def test_who_sees_whom(rig: StoreRig) -> None:
    made = (await rig.client.users().CreateUser(create("seen"))).user
    themself = rig.client.users(caller(Role.VIEWER, user_id=made.id))
    assert (await themself.GetUser(user_pb2.GetUserRequest())).user == made
    assert (await themself.GetUser(user_pb2.GetUserRequest(id=made.id.upper()))).user == made
    assert (await rig.client.users(caller(Role.ADMIN)).GetUser(user_pb2.GetUserRequest(id=made.id))).user == made
    other = rig.client.users(caller(Role.AGENT, user_id=str(uuid4())))
    for wanted in (made.id, str(uuid4()), "x", ""):
        error = await error_of(other.GetUser(user_pb2.GetUserRequest(id=wanted)))
        assert error.reason == ErrorReason.USER_NOT_FOUND
    service = await error_of(rig.client.users().GetUser(user_pb2.GetUserRequest()))
    assert service.reason == ErrorReason.USER_NOT_FOUND


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AGENT, Role.INGEST])
async def test_only_admins_and_services_make_users_and_only_services_check_passwords(rig: StoreRig, role: Role) -> None:
    stub = rig.client.users(caller(role))
    assert (await error_of(stub.CreateUser(create("sneaky")))).reason == ErrorReason.ROLE_MISSING
    assert (await error_of(stub.VerifyPassword(verify("grace")))).reason == ErrorReason.ROLE_MISSING
    admin = rig.client.users(caller(Role.ADMIN))
    assert (await error_of(admin.VerifyPassword(verify("grace")))).reason == ErrorReason.ROLE_MISSING


async def test_checking_passwords_does_not_hold_up_others(rig: StoreRig) -> None:
    """D43: hashing runs beside the event loop; a call that needs no hash passes those that do."""
    stub = rig.client.users()
    made = (await stub.CreateUser(create("patient"))).user
    checks = [asyncio.ensure_future(stub.VerifyPassword(verify("patient"))) for _ in range(6)]
    await rig.client.users(caller(user_id=made.id)).GetUser(user_pb2.GetUserRequest())
    assert not all(check.done() for check in checks)
    assert [(await check).user for check in checks] == [made] * 6
