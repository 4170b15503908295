"""Who did what: told with the change or after it, shown to admins alone, never changed, without a word (F43)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry

from earshot.store.v1 import (
    audit_pb2,
    conversation_pb2,
    invitation_pb2,
    login_pb2,
    message_pb2,
    reply_pb2,
    search_pb2,
    ticket_pb2,
    user_pb2,
)
from earshot.store.v1.ticket_pb2_grpc import TicketServiceStub
from earshot.types.v1 import question_pb2
from services.runtime.auth import Identity, Role
from services.runtime.errors import ErrorReason, UnavailableError
from services.store.auditing.event import ActorKind, done_by
from services.store.auditing.log import AuditLog
from services.store.housekeeping.retention import Retention
from services.store.pool import APP_ROLE, WORKER_ROLE, Database, DatabaseOptions
from services.store.repositories import audit_events
from tests.support.postgres import connection
from tests.support.store import (
    StoreRig,
    audited,
    caller,
    chunk,
    error_of,
    ingest,
    new_message,
    running_store,
)

PASSWORD = "a long password"
CANARY = "canary7f3a"


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    async with running_store(tmp_path_factory.mktemp("store"), database_url) as running:
        yield running


@pytest.fixture
def workspace() -> str:
    return f"a{uuid4().hex[:12]}"


def new_name() -> str:
    return f"u{uuid4().hex[:12]}"


def admin(workspace: str, user_id: str = "00000000-0000-7000-8000-00000000000a") -> Identity:
    return caller(Role.ADMIN, user_id=user_id, workspace_id=workspace)


async def make_user(rig: StoreRig, workspace: str, name: str, by: Identity | None = None) -> user_pb2.User:
    request = user_pb2.CreateUserRequest(username=name, password=PASSWORD, role=user_pb2.ROLE_ADMIN)
    return (await rig.client.users(by or admin(workspace)).CreateUser(request)).user


async def make_rule(rig: StoreRig, workspace: str) -> str:
    """A change that costs little; its id."""
    rule = reply_pb2.ReplyRule(name="Deposits", category="deposit", template="We look into it.")
    tickets = TicketServiceStub(rig.client.channel(admin(workspace)))
    return (await tickets.CreateReplyRule(reply_pb2.CreateReplyRuleRequest(rule=rule))).rule.id


def told(events: list[audit_pb2.AuditEvent]) -> list[tuple[str, str, str, str]]:
    """What was done to what and how it ended, the oldest first, without the looks at the log itself."""
    return [
        (event.action, event.resource_kind, event.resource_id, event.code)
        for event in reversed(events)
        if event.action != "ListAuditEvents"
    ]


async def test_changes_of_people_are_told_with_who_made_them(rig: StoreRig, workspace: str) -> None:
    name = new_name()
    user = await make_user(rig, workspace, name)
    self = admin(workspace, user.id)
    users, logins, invitations = rig.client.users(self), rig.client.logins(self), rig.client.invitations(self)
    other = await make_user(rig, workspace, new_name(), by=self)
    await users.UpdateUser(user_pb2.UpdateUserRequest(id=other.id, role=user_pb2.ROLE_AGENT))
    token = (await logins.IssueServiceToken(login_pb2.IssueServiceTokenRequest(name="nightly"))).service_token
    await logins.RevokeServiceToken(login_pb2.RevokeServiceTokenRequest(id=token.id))
    made = (await invitations.CreateInvitation(invitation_pb2.CreateInvitationRequest(role=1))).invitation  # type: ignore[arg-type]  # 1 is ROLE_VIEWER
    await invitations.RevokeInvitation(invitation_pb2.RevokeInvitationRequest(id=made.id))
    events = await audited(rig, workspace, actor=name.upper())
    assert told(events) == [
        ("CreateUser", "user", other.id, "OK"),
        ("UpdateUser", "user", other.id, "OK"),
        ("IssueServiceToken", "service_token", token.id, "OK"),
        ("RevokeServiceToken", "service_token", token.id, "OK"),
        ("CreateInvitation", "invitation", made.id, "OK"),
        ("RevokeInvitation", "invitation", made.id, "OK"),
    ]
    assert {(e.actor_kind, e.actor_id, e.actor_name, e.actor_role) for e in events} == {
        (audit_pb2.AUDIT_ACTOR_KIND_USER, user.id, name, "admin")
    }
    assert all(event.request_id for event in events)


async def test_a_change_and_its_event_are_one_transaction(rig: StoreRig, workspace: str, database_url: str) -> None:
    user = await make_user(rig, workspace, new_name())
    async with connection(database_url) as owner:
        together = await owner.fetchval(
            "SELECT u.xmin = e.xmin FROM users u JOIN audit_events e ON e.resource_id = u.id WHERE u.id = $1::uuid",
            user.id,
        )
    assert together
    assert told(await audited(rig, workspace)) == [("CreateUser", "user", user.id, "OK")], "and it stands once"


async def test_what_was_refused_is_told_once_with_its_code(rig: StoreRig, workspace: str) -> None:
    user = await make_user(rig, workspace, new_name())
    missing = str(uuid4())
    users, invitations = rig.client.users(admin(workspace)), rig.client.invitations(admin(workspace))
    await error_of(make_user(rig, workspace, user.username))
    await error_of(users.UpdateUser(user_pb2.UpdateUserRequest(id=missing, role=user_pb2.ROLE_AGENT)))
    await error_of(users.UpdateUser(user_pb2.UpdateUserRequest(id=user.id, disabled=True)))
    await error_of(invitations.RevokeInvitation(invitation_pb2.RevokeInvitationRequest(id=missing)))
    viewer = rig.client.users(caller(Role.VIEWER, workspace_id=workspace))
    await error_of(viewer.UpdateUser(user_pb2.UpdateUserRequest(id=user.id, role=user_pb2.ROLE_ADMIN)))
    assert told(await audited(rig, workspace))[1:] == [
        ("CreateUser", "user", "", "ALREADY_EXISTS"),
        ("UpdateUser", "user", missing, "NOT_FOUND"),
        ("UpdateUser", "user", user.id, "FAILED_PRECONDITION"),
        ("RevokeInvitation", "invitation", missing, "NOT_FOUND"),
        ("UpdateUser", "user", user.id, "PERMISSION_DENIED"),
    ]


async def test_logins_are_told_of_whom_and_those_that_fail(rig: StoreRig, workspace: str) -> None:
    name = new_name()
    user = await make_user(rig, workspace, name)
    gateway = caller(Role.SERVICE, user_id="service:gateway", workspace_id=workspace)
    verify, logins = rig.client.users(gateway).VerifyPassword, rig.client.logins(gateway)
    for password in (PASSWORD, "not this one"):
        request = user_pb2.VerifyPasswordRequest(username=name, password=password, start_login=True)
        if password == PASSWORD:
            refresh_token = (await verify(request)).refresh_token
        else:
            await error_of(verify(request))
    await error_of(verify(user_pb2.VerifyPasswordRequest(username=CANARY, password=PASSWORD)))
    await logins.EndLogin(login_pb2.EndLoginRequest(refresh_token=refresh_token))
    await logins.EndLogin(login_pb2.EndLoginRequest(refresh_token="made up"))
    await error_of(
        rig.client.invitations(gateway).AcceptInvitation(
            invitation_pb2.AcceptInvitationRequest(token="made up", username=new_name(), password=PASSWORD)
        )
    )
    events = list(reversed(await audited(rig, workspace, resource_kind="user")))[1:]
    assert [(e.action, e.actor_id, e.resource_id, e.code) for e in events] == [
        ("VerifyPassword", user.id, user.id, "OK"),
        ("VerifyPassword", "service:gateway", user.id, "UNAUTHENTICATED"),
        ("VerifyPassword", "service:gateway", "", "UNAUTHENTICATED"),
        ("EndLogin", user.id, user.id, "OK"),
    ], "what strangers make up is not written down, and no name that nobody has"
    wrong = user_pb2.ChangePasswordRequest(current_password="not this one", new_password=PASSWORD)
    await error_of(rig.client.users(admin(workspace, user.id)).ChangePassword(wrong))
    (changed,) = await audited(rig, workspace, action="ChangePassword")
    assert (changed.resource_id, changed.code) == (user.id, "UNAUTHENTICATED")


async def test_reads_are_told_and_no_event_holds_a_word(rig: StoreRig, workspace: str, database_url: str) -> None:
    agent = caller(Role.AGENT, workspace_id=workspace)
    messages, tickets = rig.client.messages(agent), TicketServiceStub(rig.client.channel(agent))
    sent = new_message(CANARY, user_id=CANARY, conversation_id=CANARY, external_id=CANARY)
    message = (await messages.IngestMessages(ingest(sent))).messages[0]
    await messages.GetMessage(message_pb2.GetMessageRequest(id=message.id))
    about = question_pb2.Filters(user_ids=question_pb2.ValueFilter(any_of=[CANARY]), text=CANARY)
    await messages.ListMessages(message_pb2.ListMessagesRequest(filters=about))
    await rig.client.search(agent).SearchMessages(search_pb2.SearchMessagesRequest(text=CANARY))
    async for _ in messages.ExportMessages(message_pb2.ExportMessagesRequest(filters=about)):
        pass
    import_id = str(uuid4())

    async def chunks() -> AsyncIterator[message_pb2.ImportMessagesRequest]:
        yield chunk(1, [(1, new_message(CANARY))], import_id)

    async for _ in messages.ImportMessages(chunks()):
        pass
    ticket = (await tickets.CreateTicket(ticket_pb2.CreateTicketRequest(body=CANARY, subject=CANARY))).ticket
    await tickets.SendReply(reply_pb2.SendReplyRequest(ticket_id=ticket.id, text=CANARY))
    await error_of(messages.GetMessage(message_pb2.GetMessageRequest(id=CANARY)))
    erased = await rig.client.messages(admin(workspace)).EraseUser(message_pb2.EraseUserRequest(user_id=CANARY))
    assert told(await audited(rig, workspace)) == [
        ("GetMessage", "message", message.id, "OK"),
        ("ListMessages", "messages", "", "OK"),
        ("SearchMessages", "messages", "", "OK"),
        ("ExportMessages", "messages", "", "OK"),
        ("ImportMessages", "import", import_id, "OK"),
        ("CreateTicket", "ticket", ticket.id, "OK"),
        ("SendReply", "ticket", ticket.id, "OK"),
        ("GetMessage", "message", "", "INVALID_ARGUMENT"),
        ("EraseUser", "erasure", erased.erasure_id, "OK"),
    ]
    async with connection(database_url) as owner:
        rows = await owner.fetch(
            "SELECT audit_events::text AS row FROM audit_events WHERE workspace_id = $1", workspace
        )
    assert len(rows) >= 9
    assert not [row["row"] for row in rows if CANARY in row["row"]]


async def test_the_log_is_read_in_pages_and_by_filters(rig: StoreRig, workspace: str) -> None:
    made = [await make_rule(rig, workspace) for _ in range(5)]
    log = rig.client.audit(admin(workspace))
    whole = await audited(rig, workspace, action="CreateReplyRule")
    assert [event.resource_id for event in whole] == list(reversed(made))
    paged: list[audit_pb2.AuditEvent] = []
    request = audit_pb2.ListAuditEventsRequest(page_size=2, action="CreateReplyRule")
    while True:
        page = await log.ListAuditEvents(request)
        paged.extend(page.events)
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert paged == whole
    between = question_pb2.TimeRange(start=whole[3].time, end=whole[1].time)
    assert await audited(rig, workspace, action="CreateReplyRule", range=between) == whole[2:4]
    assert await audited(rig, workspace, action="CreateReplyRule", resource_id=made[2]) == [whole[2]]
    assert await audited(rig, workspace, action="CreateReplyRule", actor=admin(workspace).user_id) == whole
    assert await audited(rig, workspace, actor=str(uuid4())) == []
    assert len(await audited(rig, workspace, resource_kind="audit_log")) >= 6, "asking is an event too"
    for wrong, reason in (
        ({"page_size": -1}, ErrorReason.BAD_PAGE_SIZE),
        ({"page_token": "x"}, ErrorReason.BAD_PAGE_TOKEN),
        ({"page_token": request.page_token, "action": "UpdateUser"}, ErrorReason.BAD_PAGE_TOKEN),
        ({"action": "a word"}, ErrorReason.BAD_FILTER),
        ({"resource_kind": "A"}, ErrorReason.BAD_FILTER),
        ({"resource_id": "x"}, ErrorReason.BAD_ID),
        ({"range": question_pb2.TimeRange(start=whole[0].time, end=whole[4].time)}, ErrorReason.BAD_RANGE),
    ):
        error = await error_of(log.ListAuditEvents(audit_pb2.ListAuditEventsRequest(**wrong)))
        assert error.reason == reason, wrong


async def test_only_the_workspaces_admins_read_it(rig: StoreRig, workspace: str) -> None:
    await make_rule(rig, workspace)
    for role in Role:
        if role is not Role.ADMIN:
            log = rig.client.audit(caller(role, workspace_id=workspace))
            error = await error_of(log.ListAuditEvents(audit_pb2.ListAuditEventsRequest()))
            assert error.reason == ErrorReason.ROLE_MISSING, role
    rivals = await audited(rig, f"{workspace}x")
    assert rivals == [], "of another workspace nothing is seen"
    count = "SELECT count(*) FROM audit_events"
    async with rig.store.pools.duties.transaction(workspace) as transaction:
        assert await transaction.fetchval(count) == 0, "a transaction that is no admin's"
        await transaction.execute("SELECT set_config('earshot.role', 'agent', true)")
        assert await transaction.fetchval(count) == 0
        await transaction.execute("SELECT set_config('earshot.role', 'admin', true)")
        assert await transaction.fetchval(count) >= 1
        assert await transaction.fetchval(f"{count} WHERE workspace_id <> $1", workspace) == 0


async def test_nobody_changes_an_event_or_writes_one_elsewhere(rig: StoreRig, workspace: str) -> None:
    await make_rule(rig, workspace)
    await rig.store.people.audit.write_out()
    update, truncate, delete = (
        "UPDATE audit_events SET code = 'OK'",
        "TRUNCATE audit_events",
        "DELETE FROM audit_events",
    )
    for role, forbidden in ((APP_ROLE, (update, truncate, delete)), (WORKER_ROLE, (update, truncate))):
        for statement in forbidden:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with rig.store.pools.duties.transaction(workspace, role=role) as transaction:
                    await transaction.execute(statement)
    foreign = done_by(ActorKind.RULE, "x", "X", workspace_id="rival", resource_kind="x")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with rig.store.pools.duties.transaction(workspace) as transaction:
            await audit_events.insert(transaction, [foreign])
    async with rig.store.pools.duties.transaction("", role=WORKER_ROLE) as transaction:
        later = datetime.now(UTC) + timedelta(days=1)
        assert await audit_events.delete_old(transaction, later, at_most=1000) == {}, "none of the last day"


async def test_old_events_go_where_a_setting_says_so(rig: StoreRig, workspace: str, database_url: str) -> None:
    await make_rule(rig, workspace)
    await rig.store.people.audit.write_out()
    async with connection(database_url) as owner:
        await owner.execute(
            "UPDATE audit_events SET event_time = event_time - interval '9 days' WHERE workspace_id = $1", workspace
        )
        before = datetime.now(UTC) - timedelta(days=8)
        retention = Retention(rig.store.pools.duties, days=0, conversation_days=0, audit_days=8)
        assert await retention.delete_events(before) == 1
        assert await retention.delete_events(before) == 0
        rows = await owner.fetch("SELECT action, actor_id FROM audit_events WHERE workspace_id = $1", workspace)
    assert [tuple(row) for row in rows] == [("DeleteOldAuditEvents", "retention")]


async def test_an_event_waits_for_postgres_and_is_not_lost_in_silence(
    rig: StoreRig, workspace: str, database_url: str
) -> None:
    registry, database = CollectorRegistry(), Database(DatabaseOptions(url=database_url))
    log = AuditLog(database, registry, capacity=2)
    events = [done_by(ActorKind.USER, str(uuid4()), "X", workspace_id=workspace, resource_kind="x") for _ in range(3)]
    for event in events:
        log.add(event)
    with pytest.raises(UnavailableError):
        await log.write_out()
    assert registry.get_sample_value("earshot_audit_events_waiting") == 2
    assert registry.get_sample_value("earshot_audit_events_total", {"outcome": "lost"}) == 1
    await database.open()
    try:
        await log.write_out()
        assert {event.id for event in await audited(rig, workspace, action="X")} == {str(e.id) for e in events[:2]}
        assert registry.get_sample_value("earshot_audit_events_total", {"outcome": "written"}) == 2
        log.add(events[2])
    finally:
        await database.close()
    await log.close()
    assert registry.get_sample_value("earshot_audit_events_total", {"outcome": "lost"}) == 2


async def test_what_is_one_s_own_and_what_is_a_number_is_not_written(rig: StoreRig, workspace: str) -> None:
    viewer = caller(Role.VIEWER, workspace_id=workspace)
    talks = rig.client.conversations(viewer)
    made = (await talks.CreateConversation(conversation_pb2.CreateConversationRequest())).conversation
    await talks.ListConversations(conversation_pb2.ListConversationsRequest())
    assert told(await audited(rig, workspace)) == []
    await talks.DeleteConversation(conversation_pb2.DeleteConversationRequest(id=made.id))
    assert told(await audited(rig, workspace)) == [("DeleteConversation", "conversation", made.id, "OK")]
