"""LoginService and the lock-out: renewal, copied tokens, service tokens, disabled users (G13 to G16)."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import grpc
import pytest
import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp

from earshot.store.v1 import login_pb2, user_pb2
from services.runtime.auth import Identity, Role
from services.runtime.errors import ErrorReason
from tests.support.postgres import connection
from tests.support.store import StoreRig, caller, error_of, running_store

PASSWORD = "a long password"
FREE = 2


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    # A wait no test would sit out: what ends it is the database's clock being told otherwise.
    async with running_store(
        tmp_path_factory.mktemp("store"), database_url, login_free_attempts=FREE, login_wait_seconds=600.0
    ) as running:
        yield running


async def new_user(rig: StoreRig, role: "user_pb2.Role.ValueType" = user_pb2.ROLE_AGENT) -> user_pb2.User:
    request = user_pb2.CreateUserRequest(username=f"u{uuid4().hex[:12]}", password=PASSWORD, role=role)
    return (await rig.client.users().CreateUser(request)).user


def acting(user: user_pb2.User, role: Role) -> Identity:
    return caller(role, user_id=user.id)


def verify(username: str, password: str = PASSWORD, **fields: object) -> user_pb2.VerifyPasswordRequest:
    return user_pb2.VerifyPasswordRequest(username=username, password=password, **fields)  # type: ignore[arg-type]  # typed per field


async def log_in(rig: StoreRig, user: user_pb2.User) -> str:
    return (await rig.client.users().VerifyPassword(verify(user.username, start_login=True))).refresh_token


async def renew(rig: StoreRig, token: str) -> login_pb2.RenewLoginResponse:
    return await rig.client.logins().RenewLogin(login_pb2.RenewLoginRequest(refresh_token=token))


async def refused(rig: StoreRig, token: str) -> str:
    request = login_pb2.RenewLoginRequest(refresh_token=token)
    return (await error_of(rig.client.logins().RenewLogin(request))).reason


async def test_a_login_goes_on_with_a_new_token_each_time(rig: StoreRig, database_url: str) -> None:
    user = await new_user(rig)
    first = await log_in(rig, user)
    second = await renew(rig, first)
    third = await renew(rig, second.refresh_token)
    assert second.user == third.user == user
    assert len({first, second.refresh_token, third.refresh_token}) == 3
    assert third.refresh_expire_time.ToSeconds() > user.create_time.ToSeconds()
    async with connection(database_url) as owner:
        kept = await owner.fetch("SELECT token_hash::text FROM refresh_tokens")
    assert not any(first.removeprefix("earshot_r_") in row["token_hash"] for row in kept)


async def test_a_token_used_twice_ends_its_login_and_no_other(rig: StoreRig, database_url: str) -> None:
    user = await new_user(rig)
    stolen, other = await log_in(rig, user), await log_in(rig, user)
    thief = await renew(rig, stolen)
    async with connection(database_url) as owner:
        await owner.execute("UPDATE refresh_tokens SET spend_time = spend_time - interval '11 seconds'")
    assert await refused(rig, stolen) == ErrorReason.REFRESH_TOKEN_INVALID
    assert await refused(rig, thief.refresh_token) == ErrorReason.REFRESH_TOKEN_INVALID
    assert (await renew(rig, other)).user == user


async def test_renewals_at_once_all_go_on_and_then_one_of_them(rig: StoreRig) -> None:
    token = await log_in(rig, await new_user(rig))
    done = await asyncio.gather(*(renew(rig, token) for _ in range(10)))
    tokens = [renewed.refresh_token for renewed in done]
    assert len(set(tokens)) == 10
    going_on = await renew(rig, tokens[3])
    assert (await renew(rig, going_on.refresh_token)).user == going_on.user


async def test_a_copied_token_is_found_out_where_both_used_it_at_once(rig: StoreRig) -> None:
    stolen = await log_in(rig, await new_user(rig))
    thief, owner = await renew(rig, stolen), await renew(rig, stolen)
    going_on = await renew(rig, thief.refresh_token)
    assert await refused(rig, owner.refresh_token) == ErrorReason.REFRESH_TOKEN_INVALID
    assert await refused(rig, going_on.refresh_token) == ErrorReason.REFRESH_TOKEN_INVALID


@pytest.mark.parametrize("token", ["", "x", "earshot_r_", "earshot_r_" + "a" * 43, "earshot_s_" + "a" * 43, "é" * 53])
async def test_what_is_no_refresh_token_is_refused(rig: StoreRig, token: str) -> None:
    assert await refused(rig, token) == ErrorReason.REFRESH_TOKEN_INVALID
    await rig.client.logins().EndLogin(login_pb2.EndLoginRequest(refresh_token=token))


async def test_a_login_ends_when_it_is_told_to_and_when_its_time_is_over(rig: StoreRig, database_url: str) -> None:
    user = await new_user(rig)
    ended, over = await log_in(rig, user), await log_in(rig, user)
    await rig.client.logins().EndLogin(login_pb2.EndLoginRequest(refresh_token=ended))
    assert await refused(rig, ended) == ErrorReason.REFRESH_TOKEN_INVALID
    async with connection(database_url) as owner:
        await owner.execute("UPDATE logins SET expire_time = now() WHERE user_id = $1::uuid", user.id)
    assert await refused(rig, over) == ErrorReason.REFRESH_TOKEN_INVALID


@pytest.mark.parametrize("known", [True, False], ids=["a user", "nobody"])
async def test_a_name_waits_after_failures_whether_it_exists_or_not(
    rig: StoreRig, database_url: str, known: bool
) -> None:
    username = (await new_user(rig)).username if known else f"nobody{uuid4().hex[:8]}"
    stub = rig.client.users()
    failed = [await error_of(stub.VerifyPassword(verify(username, "wrong"))) for _ in range(FREE)]
    assert {error.reason for error in failed} == {ErrorReason.BAD_CREDENTIALS}
    locked = await error_of(stub.VerifyPassword(verify(username.upper(), PASSWORD)))
    assert (locked.kind, locked.reason) == ("limit_exceeded", ErrorReason.TOO_MANY_ATTEMPTS)
    assert locked.retry_after_seconds is not None
    assert 500 < locked.retry_after_seconds <= 600
    async with connection(database_url) as owner:
        await owner.execute("UPDATE login_attempts SET open_time = now() WHERE subject = $1", f"user:{username}")
    if known:
        assert (await stub.VerifyPassword(verify(username))).user.username == username
        assert (await error_of(stub.VerifyPassword(verify(username, "wrong")))).reason == ErrorReason.BAD_CREDENTIALS


@pytest.mark.parametrize("name", ["nul\0", "é" * 9, "".join(map(chr, range(0x4E00, 0x4E00 + 20_000)))])
async def test_what_can_be_no_name_waits_as_a_name_does(rig: StoreRig, name: str) -> None:
    guess = user_pb2.VerifyPasswordRequest(username=name, password="not the password")
    errors = [await error_of(rig.client.users().VerifyPassword(guess)) for _ in range(7)]
    assert errors[0].reason == ErrorReason.BAD_CREDENTIALS
    assert errors[-1].reason == ErrorReason.TOO_MANY_ATTEMPTS


async def test_guesses_side_by_side_do_not_slip_past_the_limit(rig: StoreRig) -> None:
    username = (await new_user(rig)).username
    stub = rig.client.users()
    errors = await asyncio.gather(*(error_of(stub.VerifyPassword(verify(username, "wrong"))) for _ in range(12)))
    checked = [error for error in errors if error.reason == ErrorReason.BAD_CREDENTIALS]
    assert len(checked) == FREE


async def test_an_address_waits_too_and_right_logins_are_not_held_against_it(rig: StoreRig) -> None:
    stub, user = rig.client.users(), await new_user(rig)
    for number in range(FREE * 10 - 1):
        guess = verify(f"guess{number}", "wrong", address="203.0.113.7")
        assert (await error_of(stub.VerifyPassword(guess))).reason == ErrorReason.BAD_CREDENTIALS
    assert (await stub.VerifyPassword(verify(user.username, address="203.0.113.7"))).user == user
    last = await error_of(stub.VerifyPassword(verify("one.more", "wrong", address="203.0.113.7")))
    assert last.reason == ErrorReason.BAD_CREDENTIALS
    locked = await error_of(stub.VerifyPassword(verify(user.username, address="203.0.113.7")))
    assert locked.reason == ErrorReason.TOO_MANY_ATTEMPTS
    assert (await stub.VerifyPassword(verify(user.username, address="203.0.113.8"))).user == user
    odd = await error_of(stub.VerifyPassword(verify(user.username, address="not an address")))
    assert odd.violations[0].field == "address"


async def test_a_password_change_needs_the_old_one_and_ends_every_login(rig: StoreRig) -> None:
    user = await new_user(rig)
    token = await log_in(rig, user)
    own = rig.client.users(acting(user, Role.AGENT))
    change = user_pb2.ChangePasswordRequest(current_password="wrong", new_password="another password")
    assert (await error_of(own.ChangePassword(change))).reason == ErrorReason.BAD_CREDENTIALS
    change.current_password = PASSWORD
    await own.ChangePassword(change)
    assert await refused(rig, token) == ErrorReason.REFRESH_TOKEN_INVALID
    stub = rig.client.users()
    assert (await error_of(stub.VerifyPassword(verify(user.username)))).reason == ErrorReason.BAD_CREDENTIALS
    assert (await stub.VerifyPassword(verify(user.username, "another password"))).user == user


async def test_an_admin_sets_any_password_and_a_stranger_none(rig: StoreRig) -> None:
    user, stranger = await new_user(rig), await new_user(rig)
    change = user_pb2.ChangePasswordRequest(id=user.id, new_password="set by an admin")
    for role in (Role.VIEWER, Role.AGENT, Role.INGEST, Role.SERVICE):
        error = await error_of(rig.client.users(acting(stranger, role)).ChangePassword(change))
        assert error.reason == ErrorReason.USER_NOT_FOUND
    await rig.client.users(caller(Role.ADMIN)).ChangePassword(change)
    assert (await rig.client.users().VerifyPassword(verify(user.username, "set by an admin"))).user == user
    short = user_pb2.ChangePasswordRequest(id=user.id, new_password="short")
    error = await error_of(rig.client.users(caller(Role.ADMIN)).ChangePassword(short))
    assert error.violations[0].field == "new_password"


async def test_a_disabled_user_is_kept_out_everywhere_until_enabled(rig: StoreRig) -> None:
    user = await new_user(rig)
    login = await log_in(rig, user)
    issued = await issue(rig, user)
    admin = rig.client.users(caller(Role.ADMIN))
    changed = (await admin.UpdateUser(user_pb2.UpdateUserRequest(id=user.id, disabled=True))).user
    assert changed.disabled
    stub = rig.client.users()
    assert (await error_of(stub.VerifyPassword(verify(user.username)))).reason == ErrorReason.BAD_CREDENTIALS
    assert await refused(rig, login) == ErrorReason.REFRESH_TOKEN_INVALID
    assert await stands_for(rig, issued.token) is None
    await admin.UpdateUser(user_pb2.UpdateUserRequest(id=user.id, disabled=False))
    assert (await stub.VerifyPassword(verify(user.username))).user.id == user.id
    assert await stands_for(rig, issued.token) == (user.id, user_pb2.ROLE_AGENT)


async def test_the_last_admin_stays(rig: StoreRig) -> None:
    workspace = f"w{uuid4().hex[:8]}"
    stub = rig.client.users(caller(Role.ADMIN, workspace_id=workspace))

    async def make(name: str) -> user_pb2.User:
        request = user_pb2.CreateUserRequest(username=name, password=PASSWORD, role=user_pb2.ROLE_ADMIN)
        return (await stub.CreateUser(request)).user

    one, two = await make("one"), await make("two")
    ways = (user_pb2.UpdateUserRequest(role=user_pb2.ROLE_AGENT), user_pb2.UpdateUserRequest(disabled=True))
    requests = [user_pb2.UpdateUserRequest(id=user.id, role=user_pb2.ROLE_VIEWER) for user in (one, two)]
    done = await asyncio.gather(*(stub.UpdateUser(request) for request in requests), return_exceptions=True)
    assert sum(not isinstance(outcome, BaseException) for outcome in done) == 1
    left = next(user for user in (await stub.ListUsers(user_pb2.ListUsersRequest())).users if user.role == 3)
    for way in ways:
        way.id = left.id
        assert (await error_of(stub.UpdateUser(way))).reason == ErrorReason.LAST_ADMIN


async def test_users_are_listed_by_name_page_by_page(rig: StoreRig) -> None:
    workspace = f"w{uuid4().hex[:8]}"
    stub = rig.client.users(caller(Role.ADMIN, workspace_id=workspace))
    for name in ("delta", "Alpha", "charlie", "bravo"):
        await stub.CreateUser(user_pb2.CreateUserRequest(username=name, password=PASSWORD, role=user_pb2.ROLE_VIEWER))
    first = await stub.ListUsers(user_pb2.ListUsersRequest(page_size=3))
    rest = await stub.ListUsers(user_pb2.ListUsersRequest(page_size=3, page_token=first.next_page_token))
    assert [user.username for user in (*first.users, *rest.users)] == ["Alpha", "bravo", "charlie", "delta"]
    assert not rest.next_page_token
    assert (await error_of(rig.client.users(caller(Role.AGENT)).ListUsers(user_pb2.ListUsersRequest()))).reason == (
        ErrorReason.ROLE_MISSING
    )


async def issue(rig: StoreRig, user: user_pb2.User, **fields: object) -> login_pb2.IssueServiceTokenResponse:
    request = login_pb2.IssueServiceTokenRequest(user_id=user.id, name="a program", **fields)  # type: ignore[arg-type]
    return await rig.client.logins(caller(Role.ADMIN)).IssueServiceToken(request)


async def stands_for(rig: StoreRig, token: str) -> "tuple[str, user_pb2.Role.ValueType] | None":
    """(user id, role) of a token; None where it is refused."""
    request = login_pb2.VerifyServiceTokenRequest(token=token)
    try:
        user = (await rig.client.logins().VerifyServiceToken(request)).user
    except grpc.aio.AioRpcError as error:
        return None if error.code() is grpc.StatusCode.UNAUTHENTICATED else pytest.fail(str(error))
    return user.id, user.role


async def test_a_service_token_stands_for_its_user_until_it_is_revoked(rig: StoreRig) -> None:
    user = await new_user(rig)
    issued = await issue(rig, user, role=user_pb2.ROLE_VIEWER)
    assert issued.token.startswith("earshot_s_")
    assert await stands_for(rig, issued.token) == (user.id, user_pb2.ROLE_VIEWER)
    own = rig.client.logins(acting(user, Role.AGENT))
    (listed,) = (await own.ListServiceTokens(login_pb2.ListServiceTokensRequest())).service_tokens
    assert (listed.id, listed.name) == (issued.service_token.id, "a program")
    assert listed.HasField("use_time")
    stranger = rig.client.logins(acting(await new_user(rig), Role.AGENT))
    request = login_pb2.RevokeServiceTokenRequest(id=listed.id)
    assert (await error_of(stranger.RevokeServiceToken(request))).reason == ErrorReason.TOKEN_NOT_FOUND
    assert not (await stranger.ListServiceTokens(login_pb2.ListServiceTokensRequest())).service_tokens
    assert (await own.RevokeServiceToken(request)).service_token.HasField("revoke_time")
    assert await stands_for(rig, issued.token) is None


async def test_a_service_token_never_has_more_than_its_user_or_its_maker(rig: StoreRig) -> None:
    viewer, admin = await new_user(rig, user_pb2.ROLE_VIEWER), await new_user(rig, user_pb2.ROLE_ADMIN)
    await new_user(rig, user_pb2.ROLE_ADMIN)
    for user, by, role in (
        (viewer, caller(Role.ADMIN), user_pb2.ROLE_AGENT),
        (admin, acting(admin, Role.VIEWER), user_pb2.ROLE_ADMIN),
        (admin, acting(admin, Role.VIEWER), user_pb2.ROLE_UNSPECIFIED),
    ):
        request = login_pb2.IssueServiceTokenRequest(user_id=user.id, name="too much", role=role)
        assert (await error_of(rig.client.logins(by).IssueServiceToken(request))).reason == ErrorReason.ROLE_MISSING
    issued = await issue(rig, admin, role=user_pb2.ROLE_ADMIN)
    await rig.client.users(caller(Role.ADMIN)).UpdateUser(
        user_pb2.UpdateUserRequest(id=admin.id, role=user_pb2.ROLE_VIEWER)
    )
    assert await stands_for(rig, issued.token) is None


async def test_a_service_token_ends_at_its_time(rig: StoreRig, database_url: str) -> None:
    user = await new_user(rig)
    future = Timestamp(seconds=4_000_000_000)
    for none in (Timestamp(seconds=1), Timestamp(seconds=2**60), Timestamp(seconds=4_000_000_000, nanos=-1)):
        error = await error_of(
            rig.client.logins(caller(Role.ADMIN)).IssueServiceToken(
                login_pb2.IssueServiceTokenRequest(user_id=user.id, name="x", expire_time=none)
            )
        )
        assert error.reason == ErrorReason.BAD_TIMESTAMP
    issued = await issue(rig, user, expire_time=future)
    assert await stands_for(rig, issued.token) is not None
    async with connection(database_url) as owner:
        await owner.execute(
            "UPDATE service_tokens SET expire_time = now() WHERE id = $1::uuid", issued.service_token.id
        )
    assert await stands_for(rig, issued.token) is None


async def test_only_services_renew_and_look_tokens_up(rig: StoreRig) -> None:
    for role in (Role.VIEWER, Role.AGENT, Role.ADMIN, Role.INGEST):
        stub = rig.client.logins(caller(role))
        for call in (
            stub.RenewLogin(login_pb2.RenewLoginRequest(refresh_token="x")),
            stub.EndLogin(login_pb2.EndLoginRequest(refresh_token="x")),
            stub.VerifyServiceToken(login_pb2.VerifyServiceTokenRequest(token="x")),
        ):
            assert (await error_of(call)).reason == ErrorReason.ROLE_MISSING
