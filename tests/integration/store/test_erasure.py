"""EraseUser: nothing about the person is left anywhere, everybody else is untouched, numbers equal the rows (F44)."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import grpc
import pytest
import pytest_asyncio

from earshot.store.v1 import conversation_pb2, message_pb2, stats_pb2, user_pb2
from earshot.types.v1 import question_pb2
from services.runtime.auth import Identity, Role
from services.runtime.errors import ErrorReason
from services.runtime.status import from_rpc_error
from services.store.repositories.erasures import MESSAGE_TABLES
from tests.support.postgres import connection
from tests.support.scripted_classifier import scripted_classifier
from tests.support.store import StoreRig, audited, caller, error_of, ingest, list_all, new_message, running_store

ADMIN = caller(Role.ADMIN, workspace_id="erasing")
SECRET = "secret-7c1e"

# Holds a user id by its nature: what an account is and does. What a customer is called stands in these columns only.
_PLACES = """
SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0
  AND NOT a.attisdropped AND a.atttypid IN ('text'::regtype, 'text[]'::regtype, 'jsonb'::regtype, 'tsvector'::regtype)
"""


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    async with (
        scripted_classifier() as (_, address),
        running_store(tmp_path_factory.mktemp("store"), database_url, classifier_address=address) as running,
    ):
        yield running


async def store(rig: StoreRig, user_id: str, *texts: str, who: Identity = ADMIN, **fields: Any) -> list[str]:
    messages = [new_message(text, user_id=user_id, **fields) for text in texts]
    answer = await rig.client.messages(who).IngestMessages(ingest(*messages, wait_seconds=30))
    return [message.id for message in answer.messages]


async def erase(rig: StoreRig, who: Identity = ADMIN, **request: str) -> message_pb2.EraseUserResponse:
    return await rig.client.messages(who).EraseUser(message_pb2.EraseUserRequest(**request))


async def left(database_url: str, word: str) -> set[str]:
    """Every table and column in which the word is found."""
    found = set()
    async with connection(database_url) as owner:
        for place in await owner.fetch(_PLACES):
            table, column = place["relname"], place["attname"]
            sql = f'SELECT EXISTS (SELECT FROM "{table}" WHERE "{column}"::text LIKE $1)'
            if await owner.fetchval(sql, f"%{word}%"):
                found.add(f"{table}.{column}")
    return found


async def numbers(rig: StoreRig, who: Identity) -> dict[str, Any]:
    """The same questions, answered from roll-ups and by counting listed rows."""
    by = question_pb2.DIMENSION_CATEGORY
    stub = rig.client.stats(who)
    asked = [
        question_pb2.StatsQuery(group_by=[by], measure=measure)
        for measure in (question_pb2.MEASURE_MESSAGE_COUNT, question_pb2.MEASURE_UNIQUE_USERS)
    ]
    answers = [(await stub.QueryStats(stats_pb2.QueryStatsRequest(query=query))).result for query in asked]
    listed = await list_all(rig.client.messages(who), lambda token: message_pb2.ListMessagesRequest(page_token=token))
    raw: dict[str, list[str]] = {}
    for message in listed:
        for score in message.labels.categories:
            raw.setdefault(score.label, []).append(message.user_id)
    assert [{row.keys[0]: row.value for row in answer.rows} for answer in answers] == [
        {label: len(users) for label, users in raw.items()},
        {label: len(set(users)) for label, users in raw.items()},
    ]
    assert [answer.total for answer in answers] == [len(listed), len({message.user_id for message in listed})]
    return {label: len(users) for label, users in raw.items()}


async def test_nothing_is_left_of_a_customer_and_everything_of_the_others(rig: StoreRig, database_url: str) -> None:
    await store(rig, "other", "my deposit", "my bonus")
    gone = await store(rig, SECRET, f"deposit {SECRET}", f"bonus {SECRET}", "login", conversation_id=SECRET)
    await rig.client.messages(ADMIN).CorrectLabels(
        message_pb2.CorrectLabelsRequest(id=gone[0], verdict=message_pb2.VERDICT_REJECTED)
    )
    await rig.client.messages(ADMIN).CorrectLabels(message_pb2.CorrectLabelsRequest(id=gone[1], intents=["praise"]))
    assert (await numbers(rig, ADMIN))["deposit"] == 2
    erased = await erase(rig, user_id=SECRET)
    assert erased.message_count == 3
    assert await numbers(rig, ADMIN) == {"deposit": 1, "bonus": 1}
    assert await left(database_url, SECRET) == set()
    async with connection(database_url) as owner:
        for table in MESSAGE_TABLES:
            count = f"SELECT count(*) FROM {table} WHERE message_id::text = ANY($1::text[])"
            assert await owner.fetchval(count, gone) == 0, table
        stone = await owner.fetchrow("SELECT * FROM erasures WHERE id = $1", erased.erasure_id)
    assert stone is not None
    assert stone["subject_hash"] == hashlib.sha256(stone["salt"] + SECRET.encode()).digest()
    assert (stone["message_count"], stone["erased_by"]) == (3, ADMIN.user_id)
    unknown = rig.client.messages(ADMIN).GetMessage(message_pb2.GetMessageRequest(id=gone[0]))
    assert (await error_of(unknown)).reason == ErrorReason.MESSAGE_NOT_FOUND
    assert (await erase(rig, user_id=SECRET)).message_count == 0


async def test_an_erased_message_sent_again_is_a_new_one(rig: StoreRig) -> None:
    message = new_message("my withdraw", user_id="returning", external_id="known")
    request = ingest(message, request_id=uuid4(), wait_seconds=30)
    stub = rig.client.messages(ADMIN)
    first = await stub.IngestMessages(request)
    assert (await erase(rig, user_id="returning")).message_count == 1
    again = await stub.IngestMessages(request)
    assert again.created == 1
    assert again.messages[0].id != first.messages[0].id
    await erase(rig, user_id="returning")


async def test_no_number_goes_while_another_counts_by_it(rig: StoreRig, database_url: str) -> None:
    """It would be counted under a second one as soon as they wrote again."""
    numbers = "SELECT count(*) FROM stat_users WHERE workspace_id = 'erasing' AND user_id = 'ghost'"
    async with connection(database_url) as owner:
        await owner.execute("INSERT INTO stat_users (workspace_id, user_id) VALUES ('erasing', 'ghost')")
        folding = owner.transaction()
        await folding.start()
        await owner.execute("SELECT pg_advisory_xact_lock(hashtextextended('earshot.fold_statistics', 0))")
        await erase(rig, user_id="ghost")
        assert await owner.fetchval(numbers) == 1
        await folding.rollback()
        await erase(rig, user_id="ghost")
        assert await owner.fetchval(numbers) == 0


async def test_one_source_and_one_workspace_are_enough_to_tell(rig: StoreRig) -> None:
    rival = caller(Role.ADMIN, workspace_id="rival")
    await store(rig, "same", "my bonus", who=rival)
    await store(rig, "same", "my bonus")
    await store(rig, "same", "my deposit", source="telegram")
    assert (await erase(rig, user_id="same", source="telegram")).message_count == 1
    assert (await erase(rig, user_id="same")).message_count == 1
    assert (await numbers(rig, rival)) == {"bonus": 1}


async def test_erasing_while_messages_are_labelled_and_judged_leaves_no_orphans(
    rig: StoreRig, database_url: str
) -> None:
    ids = await store(rig, "busy", *(f"deposit {number}" for number in range(20)))
    stub = rig.client.messages(ADMIN)
    judging = [
        stub.CorrectLabels(message_pb2.CorrectLabelsRequest(id=message_id, intents=["praise"])) for message_id in ids
    ]
    more = [store(rig, "busy", f"bonus {number}") for number in range(5)]
    ended = await asyncio.gather(*judging, *more, erase(rig, user_id="busy"), return_exceptions=True)
    refused = [from_rpc_error(end) for end in ended if isinstance(end, grpc.aio.AioRpcError)]
    assert {error.reason for error in refused} <= {ErrorReason.MESSAGE_NOT_FOUND}
    assert not [end for end in ended[len(judging) :] if isinstance(end, BaseException)]
    await erase(rig, user_id="busy")
    async with connection(database_url) as owner:
        for table in MESSAGE_TABLES:
            orphans = f"""SELECT count(*) FROM {table} t WHERE NOT EXISTS (
              SELECT FROM messages m WHERE m.workspace_id = t.workspace_id AND m.id = t.message_id)"""
            assert await owner.fetchval(orphans) == 0, table
    await numbers(rig, ADMIN)


async def test_no_table_is_forgotten(database_url: str, rig: StoreRig) -> None:
    async with connection(database_url) as owner:
        rows = await owner.fetch(
            "SELECT DISTINCT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
            " WHERE a.attname = 'message_id' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
            " AND c.relnamespace = 'public'::regnamespace"
        )
    assert {row["relname"] for row in rows} == set(MESSAGE_TABLES)


async def test_an_account_goes_with_its_conversations_and_leaves_nameless_judgements(
    rig: StoreRig, database_url: str
) -> None:
    made = user_pb2.CreateUserRequest(username=f"{SECRET}-agent", password="a good password", role=user_pb2.ROLE_AGENT)
    user = (await rig.client.users(ADMIN).CreateUser(made)).user
    agent = Identity(user_id=user.id, workspace_id="erasing", role=Role.AGENT, name=user.username)
    await rig.client.conversations(agent).CreateConversation(
        conversation_pb2.CreateConversationRequest(conversation=conversation_pb2.Conversation(title=SECRET))
    )
    [message_id] = await store(rig, "judged", "my login")
    await rig.client.messages(agent).CorrectLabels(
        message_pb2.CorrectLabelsRequest(id=message_id, intents=["account_locked"])
    )
    assert (await erase(rig, account_id=user.id)).conversation_count == 1
    assert await left(database_url, SECRET) == set()
    [judged] = await audited(rig, ADMIN.workspace_id, actor=user.id)
    assert (judged.action, judged.actor_name) == ("CorrectLabels", ""), "told, by nobody known"
    assert await left(database_url, user.id) == {"audit_events.actor_id"}
    found = await rig.client.messages(ADMIN).GetMessage(message_pb2.GetMessageRequest(id=message_id))
    assert (found.history[0].author, found.history[0].author_id) == (message_pb2.LABEL_AUTHOR_HUMAN, "")
    for account_id, reason in (
        (user.id, ErrorReason.USER_NOT_FOUND),
        (ADMIN.user_id, ErrorReason.FAILED_PRECONDITION),
        ("x", ErrorReason.BAD_ID),
    ):
        call = rig.client.messages(ADMIN).EraseUser(message_pb2.EraseUserRequest(account_id=account_id))
        assert (await error_of(call)).reason == reason


async def test_only_admins_erase_and_they_say_whom(rig: StoreRig) -> None:
    for role in (Role.VIEWER, Role.AGENT, Role.INGEST):
        call = rig.client.messages(caller(role)).EraseUser(message_pb2.EraseUserRequest(user_id="u"))
        assert (await error_of(call)).reason == ErrorReason.ROLE_MISSING
    for request in (message_pb2.EraseUserRequest(), message_pb2.EraseUserRequest(user_id="u", account_id=str(uuid4()))):
        assert (await error_of(rig.client.messages(ADMIN).EraseUser(request))).reason == ErrorReason.MISSING_FIELD
