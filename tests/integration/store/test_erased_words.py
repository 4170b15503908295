"""Erasing finds what people copied elsewhere, and no table of the database is outside of it (F44, B20)."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from earshot.store.v1 import message_pb2
from services.runtime.auth import Role
from services.runtime.ids import new_id
from services.store.repositories.erased_words import pattern, quotations
from tests.support.postgres import connection
from tests.support.scripted_classifier import scripted_classifier
from tests.support.store import StoreRig, caller, ingest, new_message, running_store

WORKSPACE = "forgetting"
ADMIN = caller(Role.ADMIN, workspace_id=WORKSPACE)
NAME = "customer-4711"
TEXT = 'I met "the man" with the yellow umbrella again'

# Where something of a customer, or of an account, can stand. Erasing reaches each: a column is here because a test of
# this file, or of test_erasure, fills it and finds nothing left.
PERSONAL = {
    "messages": {"user_id", "text", "external_id", "conversation_id"},
    "message_search": {"words"},
    "label_reviews": {"reviewer_id", "reviewer_name", "asked"},
    "stat_changes": {"user_id"},
    "stat_users": {"user_id"},
    "erasures": {"erased_by"},
    "tickets": {"user_id", "subject", "body", "metadata", "resolution"},
    "ticket_analyses": {"summary", "suggested_reply", "similar_resolutions"},
    "ticket_replies": {"text", "author_id"},
    "users": {"username", "username_key", "password_hash"},
    "service_tokens": {"name"},
    "login_attempts": {"subject"},
    "conversations": {"user_id", "title", "system_prompt"},
    "turns": {"user_id", "question", "answer", "details_json"},
    "turn_ratings": {"user_id", "comment", "author_name"},
    "conversation_memories": {"user_id", "text"},
    "custom_categories": {"examples"},
    "alert_rules": {"query_json"},
    "alerts": {"query_json", "acknowledged_by", "summary"},
    "alert_deliveries": {"body"},
    "saved_queries": {"name", "query_json", "owner_id", "author_id", "author_name"},
}
# Words of the product, of the model, or of the workspace's own rules.
NOBODYS = {
    "messages": {"source", "author"},
    "message_changes": {"kind"},
    "message_embeddings": {"encoder"},
    "labels": {"author", "intents", "language", "model_name", "model_version", "sentiment"},
    "label_reviews": {"intents", "language", "model_intents", "model_name", "model_version", "sentiment", "verdict"},
    "stat_changes": {"language", "sentiment", "source"},
    "stat_kinds": {"language", "sentiment", "source", "tier"},
    "model_confusions": {"model_name", "model_version", "kind", "label"},
    "erasures": {"kind"},
    # Ids alone, of which those of accounts stay: they lead to nobody once the account is gone.
    "audit_events": {"action", "actor_id", "actor_kind", "actor_role", "code", "request_id", "resource_kind"},
    "tickets": {"analysis_state", "category", "encoder", "intents", "status"},
    "ticket_analyses": {"category", "intents", "model_name", "model_version"},
    "ticket_replies": {"author", "category", "rule_name"},
    "reply_rules": {"category", "name", "template"},
    "users": {"role"},
    "service_tokens": {"role"},
    "invitations": {"role"},
    "relabellings": {"state"},
    "conversations": {"mode"},
    "turns": {"status"},
    "turn_ratings": {"rating"},
    "conversation_memories": {"kind"},
    "custom_categories": {"description", "encoder", "name", "state"},
    "alert_rules": {"kind", "name", "problem", "webhook_secret", "webhook_url"},
    "alerts": {"rule_name", "state"},
    "alert_events": {"event"},
    "alert_deliveries": {"event", "last_problem", "secret", "state", "url"},
    "workspace_settings": {"accepted_languages", "system_prompt"},
    "saved_queries": {"kind", "operation", "first_day", "last_day"},
    "schema_migrations": {"checksum", "name"},
}
_TEXT_COLUMNS = """
SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0
  AND NOT a.attisdropped AND a.attname <> 'workspace_id'
  AND a.atttypid IN ('text'::regtype, 'text[]'::regtype, 'jsonb'::regtype, 'tsvector'::regtype, 'varchar'::regtype)
"""

_CONVERSATION = """
INSERT INTO conversations (workspace_id, user_id, id, title, mode, system_prompt) VALUES ($1, $2, $3, $4, 'analyst', '')
"""
_TURN = """
INSERT INTO turns (workspace_id, user_id, conversation_id, number, id, start_time, end_time, status, question, answer,
                   details_json)
VALUES ($1, $2, $3, $4, $5, now(), now(), 'completed', $6, $7, $8)
"""
_RATING = """
INSERT INTO turn_ratings (workspace_id, user_id, conversation_id, turn_id, number, id, rating, comment, author_name)
VALUES ($1, $2, $3, $4, 1, $5, 'down', $6, 'Asker')
"""
_MEMORY = """
INSERT INTO conversation_memories (workspace_id, user_id, conversation_id, id, kind, text, turn_number)
VALUES ($1, $2, $3, $4, 'fact', $5, 1)
"""
_CATEGORY = """
INSERT INTO custom_categories (workspace_id, id, name, description, examples, state, encoder, weights, bias, cut)
VALUES ($1, $2, 'Umbrellas', '', $3, 'draft', 'e', array_fill(0, ARRAY[384])::real[]::halfvec(384), 0, 0)
"""
_RULE = """
INSERT INTO alert_rules (workspace_id, id, name, query_json, kind, threshold, window_seconds, interval_seconds,
                         disabled, webhook_url, webhook_secret)
VALUES ($1, $2, 'One customer', $3, 'above', 1, 60, 60, true, '', '')
"""
_ALERT = """
INSERT INTO alerts (workspace_id, id, rule_id, rule_name, state, value, compared_with, summary, query_json, start_time,
                    acknowledged_by)
VALUES ($1, $2, $3, 'One customer', 'firing', 1, 1, $4, $5, now(), $6)
"""
_DELIVERY = """
INSERT INTO alert_deliveries (workspace_id, id, alert_id, event, url, secret, body, state)
VALUES ($1, $2, $3, 'fired', '', '', $4, 'dead')
"""
_EVENT = "INSERT INTO alert_events (workspace_id, number, alert_id, event) VALUES ($1, $2, $3, 'fired')"
_TICKET = """
INSERT INTO tickets (workspace_id, id, subject, body, metadata, message_ids, user_id, status, resolution)
VALUES ($1, $2, '', $3, '{}', $4, $5, 'resolved', $6)
"""
_REPLY = """
INSERT INTO ticket_replies (workspace_id, id, ticket_id, text, author, author_id) VALUES ($1, $2, $3, $4, 'person', $5)
"""
_ANALYSIS = """
INSERT INTO ticket_analyses (workspace_id, ticket_id, number, category, confidence, intents, intent_scores, summary,
                             suggested_reply, similar_ids, similarities, similar_resolutions, model_name, model_version)
VALUES ($1, $2, 1, '', 0, '{}', '{}', '', $4, $3, '{0.9,0.8}', $5, '', '')
"""
_SAVED = """
INSERT INTO saved_queries (workspace_id, id, kind, owner_id, name, name_key, query_json, days, first_day, last_day,
                           operation, author_id, author_name)
VALUES ($1, $2, 'view', $3, $4, sha256(convert_to($4, 'UTF8')), $5, 7, '', '', '', $6, 'Gone-Agent')
"""


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    async with (
        scripted_classifier() as (_, address),
        running_store(tmp_path_factory.mktemp("store"), database_url, classifier_address=address) as running,
    ):
        yield running


@pytest_asyncio.fixture
async def owner(rig: StoreRig, database_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    async with connection(database_url) as opened:
        yield opened


async def left(owner: "asyncpg.Connection[asyncpg.Record]", word: str) -> set[str]:
    """Every table and column in which the word is found."""
    found = set()
    for table, column in await owner.fetch(_TEXT_COLUMNS):
        sql = f'SELECT EXISTS (SELECT FROM "{table}" WHERE "{column}"::text LIKE $1)'
        if await owner.fetchval(sql, f"%{word}%"):
            found.add(f"{table}.{column}")
    return found


async def test_every_column_that_holds_words_is_known(owner: "asyncpg.Connection[asyncpg.Record]") -> None:
    """A new table, or a new column of text, fails here until somebody says whose words it holds, and erases them."""
    catalogue: dict[str, set[str]] = {}
    for table, column in await owner.fetch(_TEXT_COLUMNS):
        catalogue.setdefault(table, set()).add(column)
    known = {table: PERSONAL.get(table, set()) | NOBODYS.get(table, set()) for table in PERSONAL | NOBODYS}
    assert catalogue == known


async def test_what_was_copied_elsewhere_goes_too(rig: StoreRig, owner: "asyncpg.Connection[asyncpg.Record]") -> None:
    stored = await rig.client.messages(ADMIN).IngestMessages(
        ingest(new_message(TEXT, user_id=NAME), new_message("hello", user_id=NAME), wait_seconds=30)
    )
    message_id = stored.messages[0].id
    session, rule, alert = UUID(new_id()), UUID(new_id()), UUID(new_id())
    asker = ADMIN.user_id
    await owner.execute(_CONVERSATION, WORKSPACE, asker, session, f"who is {NAME}?")
    shown = json.dumps({"queries": [{"examples": [{"id": message_id, "text": "…"}]}]})
    asked = json.dumps({"queries": [{"query": {"filters": {"user_ids": {"any_of": [NAME]}}}}]})
    turns = [
        (f"who is {NAME}?", "one of them", ""),
        ("what did they say", f'"{TEXT}"', ""),
        ("show examples", "here", shown),
        ("how many of one customer", "2", asked),
        (f"my-{NAME}0 is another", "as is hello", json.dumps({"id": str(uuid4())})),
    ]
    turns += [("how many?", "3", "")] * 3
    comments = ["of whom?", "", "", "", "fine", f"{NAME} is not in it", f"they said {TEXT}", "too many"]
    for number, ((question, answer, details), comment) in enumerate(zip(turns, comments, strict=True), start=1):
        turn = UUID(new_id())
        await owner.execute(_TURN, WORKSPACE, asker, session, number, turn, question, answer, details)
        await owner.execute(_RATING, WORKSPACE, asker, session, turn, uuid4(), comment)
    for text in (f"{NAME} is a VIP", f"they said {TEXT}", "we call pay-outs cash-outs"):
        await owner.execute(_MEMORY, WORKSPACE, asker, session, uuid4(), text)
    await owner.execute(_CATEGORY, WORKSPACE, uuid4(), [f" {TEXT}", "umbrellas for sale"])
    query = json.dumps({"filters": {"user_ids": {"any_of": [NAME]}}})
    await owner.execute(_RULE, WORKSPACE, rule, query)
    views = ((f"About {NAME}", "{}"), (f"Who said: {TEXT}", "{}"), ("One customer", query), ("All of them", "{}"))
    for name, asked_of in views:
        await owner.execute(_SAVED, WORKSPACE, uuid4(), asker, name, asked_of, asker)
    await owner.execute(_ALERT, WORKSPACE, alert, rule, NAME, query, "")
    await owner.execute(_DELIVERY, WORKSPACE, uuid4(), alert, query)
    await owner.execute(_EVENT, WORKSPACE, 1, alert)
    mine, copied, other = (UUID(new_id()) for _ in range(3))
    await owner.execute(_TICKET, WORKSPACE, mine, "help", [], NAME, f"call {NAME}")
    await owner.execute(_TICKET, WORKSPACE, copied, TEXT, [UUID(message_id)], "somebody-else", "")
    await owner.execute(_TICKET, WORKSPACE, other, "help", [], "somebody-else", "")
    await owner.execute(_TICKET, WORKSPACE, uuid4(), "late", [], "somebody-else", f"as with {NAME}")
    for number, text in enumerate((f"not for {NAME}", f"as they say, {TEXT}")):
        await owner.execute(_REPLY, WORKSPACE, uuid4(), other, text, str(number))
    for body in (f"{NAME} called about a refund", f"they wrote: {TEXT}"):
        await owner.execute(_TICKET, WORKSPACE, uuid4(), body, [], "", "")
    near = [mine, other], f"call {NAME}", [f"call {NAME}", "wait"]
    await owner.execute(_ANALYSIS, WORKSPACE, other, *near)

    erased = await rig.client.messages(ADMIN).EraseUser(message_pb2.EraseUserRequest(user_id=NAME))
    assert (erased.message_count, erased.ticket_count) == (2, 4)
    assert await left(owner, f"{NAME}") == {"turns.question"}, "only the name that this one is a part of"
    assert await left(owner, "yellow umbrella") == set()
    assert await left(owner, message_id) == set()
    kept = await owner.fetch("SELECT question, answer FROM turns WHERE workspace_id = $1 ORDER BY number", WORKSPACE)
    assert [tuple(row) for row in kept] == [("[erased]", "[erased]")] * 4 + [turn[:2] for turn in turns[4:]]
    said = "SELECT comment FROM turn_ratings WHERE workspace_id = $1 AND comment <> '' ORDER BY comment"
    assert [row["comment"] for row in await owner.fetch(said, WORKSPACE)] == ["fine", "too many"]
    memories = await owner.fetch("SELECT text FROM conversation_memories WHERE workspace_id = $1", WORKSPACE)
    assert [row["text"] for row in memories] == ["we call pay-outs cash-outs"]
    names = await owner.fetch("SELECT name FROM saved_queries WHERE workspace_id = $1", WORKSPACE)
    assert [row["name"] for row in names] == ["All of them"]
    examples = await owner.fetchval("SELECT examples FROM custom_categories WHERE workspace_id = $1", WORKSPACE)
    assert examples == ["umbrellas for sale"]
    analysis = await owner.fetchrow("SELECT * FROM ticket_analyses WHERE workspace_id = $1", WORKSPACE)
    assert analysis is not None
    assert (analysis["suggested_reply"], analysis["similar_ids"], analysis["similar_resolutions"]) == (
        "",
        [other],
        ["wait"],
    )


async def test_words_that_were_searched_for_go_too(rig: StoreRig, owner: "asyncpg.Connection[asyncpg.Record]") -> None:
    workspace, name, text = "searched", 'jörg "joe" 77', 'my "green" suitcase is still in Trieste'
    admin = caller(Role.ADMIN, workspace_id=workspace)
    await rig.client.messages(admin).IngestMessages(ingest(new_message(text, user_id=name), wait_seconds=30))

    def asking(words: str) -> str:
        return json.dumps({"share_of": {"text": words}}, ensure_ascii=False)

    session = UUID(new_id())
    await owner.execute(_CONVERSATION, workspace, admin.user_id, session, "")
    details = (
        json.dumps({"interpretation": {"query": {"filters": {"text": f"late\n{name}"}}}}),
        '{"text": "\\u0000"}',
        "",
    )
    for number, kept in enumerate(details, start=1):
        turn = (workspace, admin.user_id, session, number, uuid4(), f"question {number}", "3", kept)
        await owner.execute(_TURN, *turn)
    for words in (f"late\n{name}", f'"{name}" late', "suitcase"):
        await owner.execute(_RULE, workspace, uuid4(), asking(words))
    for place, words in enumerate((f"late {name}", f'"{text}"', "suitcase")):
        await owner.execute(_SAVED, workspace, uuid4(), admin.user_id, f"View {place}", asking(words), admin.user_id)

    await rig.client.messages(admin).EraseUser(message_pb2.EraseUserRequest(user_id=name))
    turns = await owner.fetch("SELECT question FROM turns WHERE workspace_id = $1 ORDER BY number", workspace)
    assert [row["question"] for row in turns] == ["[erased]", "question 2", "question 3"]
    for table in ("alert_rules", "saved_queries"):
        rows = await owner.fetch(f"SELECT query_json FROM {table} WHERE workspace_id = $1", workspace)
        assert [row["query_json"] for row in rows] == [asking("suitcase")]


async def test_what_was_answered_to_a_customer_goes_with_them(
    rig: StoreRig, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    def said(text: str, user_id: str, thread: str, author: str = "AUTHOR_CUSTOMER") -> message_pb2.NewMessage:
        return new_message(text, user_id=user_id, conversation_id=thread, author=author)

    await rig.client.messages(ADMIN).IngestMessages(
        ingest(
            said("where is my umbrella stand", "asker", "alone"),
            said("Dear asker, it is on its way.", "agent-1", "alone", "AUTHOR_AGENT"),
            said("and mine", "asker", "group"),
            said("mine as well", "neighbour", "group"),
            said("All umbrella stands are late.", "agent-1", "group", "AUTHOR_AGENT"),
            said("An answer in no thread.", "agent-1", "", "AUTHOR_AGENT"),
        )
    )
    erased = await rig.client.messages(ADMIN).EraseUser(message_pb2.EraseUserRequest(user_id="asker"))
    assert erased.message_count == 3
    people = "SELECT text FROM messages WHERE user_id IN ('asker', 'neighbour', 'agent-1') ORDER BY text"
    texts = await owner.fetch(people)
    assert [row["text"] for row in texts] == [
        "All umbrella stands are late.",
        "An answer in no thread.",
        "mine as well",
    ]


async def test_of_an_account_only_what_it_did_stays(rig: StoreRig, owner: "asyncpg.Connection[asyncpg.Record]") -> None:
    account = UUID(new_id())
    await owner.execute(
        "INSERT INTO users (workspace_id, id, username, username_key, role, password_hash)"
        " VALUES ($1, $2, 'Gone-Agent', 'gone-agent', 'agent', '')",
        WORKSPACE,
        account,
    )
    await owner.execute(
        "INSERT INTO login_attempts (workspace_id, subject, failures) VALUES ($1, 'user:gone-agent', 1)", WORKSPACE
    )
    rule, alert, ticket = UUID(new_id()), UUID(new_id()), UUID(new_id())
    await owner.execute(_ALERT, WORKSPACE, alert, rule, "", "{}", str(account))
    await owner.execute(_TICKET, WORKSPACE, ticket, "help", [], "c", "")
    await owner.execute(
        "INSERT INTO ticket_replies (workspace_id, id, ticket_id, text, author, author_id)"
        " VALUES ($1, $2, $3, 'hello', 'person', $4)",
        WORKSPACE,
        uuid4(),
        ticket,
        str(account),
    )
    await owner.execute(
        "INSERT INTO erasures (workspace_id, id, kind, salt, subject_hash, message_count, ticket_count,"
        " conversation_count, erased_by) VALUES ($1, $2, 'customer', '', '', 0, 0, 0, $3)",
        WORKSPACE,
        uuid4(),
        str(account),
    )
    for view_of, name in ((str(account), "Mine"), ("", "Everybody's")):
        await owner.execute(_SAVED, WORKSPACE, uuid4(), view_of, name, "{}", str(account))
    await rig.client.messages(ADMIN).EraseUser(message_pb2.EraseUserRequest(account_id=str(account)))
    assert await left(owner, str(account)) == set()
    assert await left(owner, "gone-agent") == set()
    names = await owner.fetch("SELECT name, author_name FROM saved_queries WHERE author_id LIKE 'erased-%'")
    assert [tuple(row) for row in names] == [("Everybody's", "")]
    replies = "SELECT count(*) FROM ticket_replies WHERE workspace_id = $1 AND text = 'hello'"
    assert await owner.fetchval(replies, WORKSPACE) == 1


@pytest.mark.parametrize(
    ("name", "is_told_apart"), [("u-17", True), ("abc", False), ("2026", False), ("481516", True), ("o'neil (2)", True)]
)
def test_names_too_short_to_be_told_apart_are_looked_for_in_filters_only(name: str, *, is_told_apart: bool) -> None:
    assert bool(pattern(name)) is is_told_apart


def test_a_name_is_looked_for_as_json_writes_it() -> None:
    values: list[Any] = quotations('Žan "Ž"')
    assert values == ['"\\u017dan \\"\\u017d\\""', '"Žan \\"Ž\\""']
