"""Workspaces: what belongs to one cannot be seen from another, in the store and beneath it (T56, T57)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from earshot.store.v1 import conversation_pb2, message_pb2, stats_pb2, user_pb2
from services.runtime.auth import Role
from services.runtime.errors import EarshotError
from services.store.ingesting.ingest import arriving
from services.store.message import Author, MessageColumns, NewMessage
from services.store.pool import WORKER_ROLE
from services.store.repositories import message_insert, messages
from tests.support.postgres import connection
from tests.support.store import NOW, StoreRig, caller, error_of, ingest, new_message, running_store, timestamp

TABLES = (
    "workspaces",
    "workspace_settings",
    "messages",
    "labels",
    "message_search",
    "message_embeddings",
    "stat_changes",
    "stat_day_users",
    "stat_days",
    "stat_kinds",
    "stat_months",
    "stat_sets",
    "stat_users",
    "incidents",
    "incident_members",
    "incident_queue",
    "alert_rules",
    "alerts",
    "alert_counters",
    "alert_events",
    "alert_deliveries",
    "tickets",
    "ticket_analyses",
    "ticket_queue",
    "reply_rules",
    "ticket_replies",
    "custom_categories",
    "custom_matches",
    "category_proposals",
    "label_queue",
    "relabellings",
    "erasures",
    "audit_events",
    "label_reviews",
    "message_changes",
    "review_flags",
    "ingest_requests",
    "users",
    "logins",
    "refresh_tokens",
    "service_tokens",
    "invitations",
    "login_attempts",
    "conversations",
    "turns",
    "turn_ratings",
    "conversation_memories",
    "saved_queries",
)
OF_NO_WORKSPACE = ("model_confusions",)
"""What is known of models, which are everybody's."""

CANARY = "canary-7f3a"


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    async with running_store(tmp_path_factory.mktemp("store"), database_url) as running:
        yield running


@pytest_asyncio.fixture(scope="module")
async def theirs(rig: StoreRig) -> dict[str, str]:
    """Ids of what the workspace `rival` has."""
    rival = caller(workspace_id="rival")
    message = (
        await rig.client.messages(rival).IngestMessages(ingest(new_message(CANARY, external_id=CANARY)))
    ).messages[0]
    made = await rig.client.conversations(rival).CreateConversation(
        conversation_pb2.CreateConversationRequest(conversation=conversation_pb2.Conversation(title=CANARY))
    )
    users = rig.client.users(caller(Role.ADMIN, workspace_id="rival"))
    user = (await users.CreateUser(user_pb2.CreateUserRequest(username=CANARY, password=CANARY, role=1))).user  # type: ignore[arg-type]  # 1 is ROLE_VIEWER
    return {"message": message.id, "conversation": made.conversation.id, "user": user.id}


Call = Callable[[StoreRig, str], Awaitable[Any]]

BY_ID: list[tuple[str, str, Call]] = [
    (
        "GetMessage",
        "message",
        lambda rig, i: rig.client.messages(caller(Role.ADMIN)).GetMessage(message_pb2.GetMessageRequest(id=i)),
    ),
    (
        "GetConversation",
        "conversation",
        lambda rig, i: rig.client.conversations().GetConversation(conversation_pb2.GetConversationRequest(id=i)),
    ),
    (
        "RenameConversation",
        "conversation",
        lambda rig, i: rig.client.conversations().RenameConversation(
            conversation_pb2.RenameConversationRequest(id=i, title="mine")
        ),
    ),
    (
        "DeleteConversation",
        "conversation",
        lambda rig, i: rig.client.conversations().DeleteConversation(conversation_pb2.DeleteConversationRequest(id=i)),
    ),
    (
        "AppendTurn",
        "conversation",
        lambda rig, i: rig.client.conversations().AppendTurn(
            conversation_pb2.AppendTurnRequest(
                conversation_id=i,
                turn=conversation_pb2.StoredTurn(
                    id=str(uuid4()), status="completed", start_time=timestamp(), end_time=timestamp()
                ),
            )
        ),
    ),
    (
        "ListTurns",
        "conversation",
        lambda rig, i: rig.client.conversations().ListTurns(conversation_pb2.ListTurnsRequest(conversation_id=i)),
    ),
    (
        "GetUser",
        "user",
        lambda rig, i: rig.client.users(caller(Role.ADMIN)).GetUser(user_pb2.GetUserRequest(id=i)),
    ),
]


def answer_of(error: EarshotError, secret: str) -> tuple[str, str, str]:
    """What the caller learns, with the id they asked for taken out."""
    name = error.resource.name.replace(secret, "ID") if error.resource else ""
    return error.reason, error.message.replace(secret, "ID"), name


@pytest.mark.parametrize(("kind", "call"), [case[1:] for case in BY_ID], ids=[case[0] for case in BY_ID])
async def test_a_foreign_id_answers_like_one_that_does_not_exist(
    rig: StoreRig, theirs: dict[str, str], kind: str, call: Call
) -> None:
    foreign, unknown = theirs[kind], str(uuid4())
    answers = [answer_of(await error_of(call(rig, wanted)), wanted) for wanted in (foreign, unknown)]
    assert answers[0] == answers[1]
    assert answers[0][0].endswith("_NOT_FOUND")


async def test_lists_and_numbers_hold_nothing_foreign(rig: StoreRig, theirs: dict[str, str]) -> None:
    assert theirs
    mine = rig.client.messages(caller(Role.ADMIN))
    listed = await mine.ListMessages(message_pb2.ListMessagesRequest(page_size=1000))
    assert CANARY.encode() not in listed.SerializeToString()
    counted = await rig.client.stats(caller(Role.VIEWER)).QueryStats(stats_pb2.QueryStatsRequest())
    assert counted.result.total == len(listed.messages)
    talks = await rig.client.conversations().ListConversations(conversation_pb2.ListConversationsRequest())
    assert CANARY.encode() not in talks.SerializeToString()
    stored = await mine.IngestMessages(ingest(new_message("mine", external_id=CANARY)))
    assert stored.created == 1, "another workspace's external id is no obstacle"


async def test_row_level_security_holds_without_the_stores_own_checks(rig: StoreRig, theirs: dict[str, str]) -> None:
    """T57: queries that do not name a workspace, or name the wrong one, as the store's own role."""
    assert theirs
    async with rig.store.pools.calls.transaction("default") as transaction:
        for table in TABLES:
            foreign = await transaction.fetchval(f"SELECT count(*) FROM {table} WHERE workspace_id <> 'default'")
            assert foreign == 0, table
        assert await messages.read(transaction, "rival", [theirs["message"]]) == {}  # type: ignore[list-item]
    async with rig.store.pools.calls.transaction("rival") as transaction:
        assert await transaction.fetchval("SELECT count(*) FROM messages") == 1
    async with rig.store.pools.calls.transaction("") as transaction:
        for table in TABLES:
            assert await transaction.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_nothing_can_be_written_into_another_workspace(rig: StoreRig) -> None:
    message = NewMessage(
        external_id="",
        source="web",
        user_id="u",
        event_time=NOW,
        text="smuggled",
        conversation_id="",
        author=Author.CUSTOMER,
    )
    arrivals = arriving(MessageColumns.of([message]))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with rig.store.pools.calls.transaction("default") as transaction:
            await message_insert.insert(transaction, "rival", arrivals, bulk=False, all_new=False)


async def test_a_connection_outside_a_transaction_sees_nothing(rig: StoreRig, theirs: dict[str, str]) -> None:
    assert theirs
    async with rig.store.pools.calls._acquired() as raw:
        assert await raw.fetchval("SELECT count(*) FROM messages") == 0
        assert await raw.fetchval("SELECT current_user") == "earshot_app"


async def test_the_roles_own_nothing_and_every_table_forces_its_policies(rig: StoreRig, database_url: str) -> None:
    async with connection(database_url) as owner:
        forced = await owner.fetch(
            "SELECT relname, relrowsecurity AND relforcerowsecurity AS forced FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'schema_migrations'"
        )
        assert {row["relname"] for row in forced} == {*TABLES, *OF_NO_WORKSPACE}
        assert all(row["forced"] for row in forced)
        roles = await owner.fetch(
            "SELECT rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole OR rolcreatedb AS strong"
            " FROM pg_roles WHERE rolname LIKE 'earshot%'"
        )
        assert [row["strong"] for row in roles] == [False, False]
        keys = await owner.fetch(
            "SELECT conrelid::regclass::text AS name, (SELECT attname FROM pg_attribute"
            "  WHERE attrelid = conrelid AND attnum = conkey[1]) AS first"
            " FROM pg_constraint WHERE contype = 'p' AND connamespace = 'public'::regnamespace"
        )
        # stat_changes is a log without a key: rows are added and taken away, never looked for.
        ours = [row for row in keys if row["name"] not in {"schema_migrations", *OF_NO_WORKSPACE}]
        assert {row["name"]: row["first"] for row in ours} == dict.fromkeys(
            set(TABLES) - {"stat_changes"}, "workspace_id"
        )
        owned = await owner.fetchval(
            "SELECT count(*) FROM pg_class WHERE relpersistence <> 't'"
            " AND relowner IN (SELECT oid FROM pg_roles WHERE rolname LIKE 'earshot%')"
        )
        assert owned == 0


async def test_the_worker_sees_what_it_labels_and_nothing_else(rig: StoreRig, theirs: dict[str, str]) -> None:
    assert theirs
    async with rig.store.pools.workers.transaction("", role=WORKER_ROLE) as transaction:
        assert await transaction.fetchval("SELECT count(DISTINCT workspace_id) FROM label_queue") >= 1
    # Of conversations it may know when they were last used, and no word.
    for what in (
        "count(*) FROM users",
        "title FROM conversations",
        "count(*) FROM turns",
        "payload_hash FROM ingest_requests",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with rig.store.pools.workers.transaction("", role=WORKER_ROLE) as transaction:
                await transaction.fetchval(f"SELECT {what}")
