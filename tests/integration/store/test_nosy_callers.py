"""Whatever RPC of the store is asked, and whatever ids it is given, nothing of another workspace comes back (T56)."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from uuid import uuid4

import grpc
import pytest_asyncio
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from services.runtime.auth import Identity, Role
from tests.integration.test_raw_bytes import methods
from tests.support.postgres import connection
from tests.support.scripted_classifier import scripted_classifier
from tests.support.store import StoreRig, caller, ingest, new_message, running_store

CANARY: Final = "canary-9d1e"
WORD: Final = "deposit"
AT_ONCE: Final = 8
STREAM_SECONDS: Final = 1.0
RIVAL, NOSY = (caller(Role.ADMIN, workspace_id=name) for name in ("rival", "nosy"))
"""The same user id, so that the workspace alone stands between them."""
ASKED: Final = {method.name: method for method in methods("store") if not method.client_streaming}
MEMORY_ID, TURN_ID = str(uuid4()), str(uuid4())
TURN: Final = {
    "id": TURN_ID,
    "question": CANARY,
    "status": "completed",
    "startTime": "2026-03-01T12:00:00Z",
    "endTime": "2026-03-01T12:00:01Z",
}
RULE: Final = {"condition": {"kind": "ALERT_CONDITION_KIND_BELOW", "threshold": 5}, "window": "3600s", "query": {}}
MADE: Final[Mapping[str, dict[str, Any]]] = {
    "CreateConversation": {"conversation": {"title": CANARY}},
    "CreateUser": {"username": CANARY, "password": CANARY, "role": "ROLE_VIEWER"},
    "CreateTicket": {"subject": CANARY, "body": CANARY, "userId": CANARY},
    "CreateAlertRule": {"rule": {"name": CANARY, **RULE}},
    "CreateReplyRule": {"rule": {"name": CANARY, "category": "deposit"}},
    "SaveQuery": {"query": {"kind": "SAVED_QUERY_KIND_VIEW", "name": CANARY, "shared": True, "query": {}, "days": 7}},
}
SHOWN: Final = {
    "ExportMessages",
    "GetAlert",
    "GetAlertRule",
    "GetConversation",
    "GetMemories",
    "GetMessage",
    "GetTicket",
    "GetTurn",
    "GetUser",
    "GetWorkspaceSettings",
    "ListAlertRules",
    "ListAlerts",
    "ListConversations",
    "ListMessages",
    "ListReplyRules",
    "ListSavedQueries",
    "ListTickets",
    "ListTurns",
    "ListUsers",
    "SearchMessages",
}
"""What shows the canary to whom it belongs."""


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: Any, database_url: str) -> AsyncIterator[StoreRig]:
    async with (
        scripted_classifier() as (_, address),
        running_store(tmp_path_factory.mktemp("store"), database_url, classifier_address=address) as running,
    ):
        yield running


@pytest_asyncio.fixture(scope="module")
async def theirs(rig: StoreRig, database_url: str) -> list[str]:
    """Ids of what the workspace `rival` has."""
    sent = new_message(f"{CANARY} {WORD}", external_id=CANARY, user_id=CANARY, conversation_id=CANARY)
    stored = await rig.client.messages(RIVAL).IngestMessages(ingest(sent, wait_seconds=30))
    ids = [_id(await _done(rig, name, fields)) for name, fields in MADE.items()]
    conversation = ids[0]
    await _done(rig, "AppendTurn", {"conversationId": conversation, "turn": TURN})
    entry = {"id": MEMORY_ID, "kind": "fact", "text": CANARY}
    await _done(rig, "PutMemory", {"conversationId": conversation, "memory": entry})
    await _done(rig, "UpdateWorkspaceSettings", {"settings": {"systemPrompt": {"text": CANARY}}})
    return [stored.messages[0].id, TURN_ID, MEMORY_ID, await _alert(rig, database_url), *ids]


async def _alert(rig: StoreRig, database_url: str) -> str:
    """Id of the alert of their rule, which is evaluated now."""
    async with connection(database_url) as owner, asyncio.timeout(60):
        await owner.execute("UPDATE alert_rules SET next_time = now()")
        await owner.execute("SELECT pg_notify('earshot_alert_rules', '')")
        while not (fired := (await _done(rig, "ListAlerts", {})).get("alerts")):  # noqa: ASYNC110 - a rule
            await asyncio.sleep(0.05)
    return str(fired[0]["id"])


async def _done(rig: StoreRig, name: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request of the rival's, both as JSON."""
    method = ASKED[name]
    request = json_format.ParseDict(fields, message_factory.GetMessageClass(method.input_type)())
    raw = await rig.client.channel(RIVAL).unary_unary(_path(method))(request.SerializeToString())
    return json_format.MessageToDict(message_factory.GetMessageClass(method.output_type).FromString(raw))


def _id(answer: dict[str, Any]) -> str:
    """That of the one thing in it."""
    return next(str(made["id"]) for made in answer.values() if isinstance(made, dict))


def _path(method: MethodDescriptor) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"


def _naming(method: MethodDescriptor, wanted: str) -> Message:
    """A request that asks for this wherever it asks for anything by its id, and searches for the word."""
    request = message_factory.GetMessageClass(method.input_type)()
    for field in method.input_type.fields:
        if field.type != FieldDescriptor.TYPE_STRING or field.name == "request_id":
            continue
        if field.name.endswith("_ids"):
            getattr(request, field.name).append(wanted)
        elif field.name == "id" or field.name.endswith("_id"):
            setattr(request, field.name, wanted)
        elif field.name == "text":
            setattr(request, field.name, WORD)
    return request


async def _told(channel: Any, method: MethodDescriptor, request: bytes) -> bytes:
    """Everything that comes back, be it an answer or a refusal."""
    parts: list[bytes] = []
    try:
        if method.server_streaming:
            async for part in channel.unary_stream(_path(method))(request, timeout=STREAM_SECONDS):
                parts.append(part)  # noqa: PERF401 - those before the end of the time count
        else:
            parts.append(await channel.unary_unary(_path(method))(request, timeout=30))
    except grpc.aio.AioRpcError as error:
        trailers = [value for _, value in error.trailing_metadata() if isinstance(value, bytes)]
        parts += [(error.details() or "").encode(), *trailers]
    return b"".join(parts)


async def _showing(rig: StoreRig, who: Identity, wanted: list[str], names: set[str]) -> set[str]:
    """Those RPCs that tell this caller the canary, which no request names, be it asked by an id or without any."""
    channel, turns = rig.client.channel(who), asyncio.Semaphore(AT_ONCE)

    async def one(name: str, item: str) -> str:
        async with turns:
            told = await _told(channel, ASKED[name], _naming(ASKED[name], item).SerializeToString())
        return name if CANARY.encode() in told else ""

    return set(await asyncio.gather(*(one(name, item) for name in sorted(names) for item in ("", *wanted)))) - {""}


async def test_what_is_another_workspaces_is_told_by_no_rpc(rig: StoreRig, theirs: list[str]) -> None:
    assert await _showing(rig, NOSY, theirs, set(ASKED)) == set()


async def test_and_all_of_it_is_told_to_whom_it_belongs(rig: StoreRig, theirs: list[str]) -> None:
    reading = {name for name in ASKED if name.startswith(("Get", "List", "Export", "Search"))}
    assert await _showing(rig, RIVAL, theirs, reading) >= SHOWN
