"""Every route and every role (G13, T58), and every id of another workspace's (T56)."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from gateway.examples import read_examples
from services.runtime.auth import Identity, Role, TokenSigner
from services.runtime.ids import new_id
from tests.integration.gateway.test_identity import GUARDED
from tests.support.stack import StackRig

EXAMPLES: Final = read_examples()
NOBODYS: Final = "00000000-0000-7000-8000-000000000000"
SIDE_BY_SIDE: Final = 4

Asked = tuple[int, dict[str, Any]]


@asynccontextmanager
async def _acting(stack: StackRig, role: Role, workspace: str = "default") -> AsyncIterator[httpx.AsyncClient]:
    identity = Identity(user_id=new_id(), workspace_id=workspace, role=role, name=f"some {role}")
    token = TokenSigner.from_file(stack.stack.home.private_key).sign(identity)
    async with httpx.AsyncClient(
        base_url=stack.stack.url, headers={"Authorization": f"Bearer {token}"}, timeout=60
    ) as http:
        yield http


async def _ask(http: httpx.AsyncClient, method: str, path: str, ids: dict[str, str]) -> Asked:
    """Status and JSON of the route's example, asked with these ids; nobody's for the others."""
    body = EXAMPLES.get(f"{method.upper()} {path}", {}).get("body")
    url = re.sub(r"\{(\w+)\}", lambda name: ids.get(name[1], NOBODYS), path)
    sent: dict[str, Any] = {"json": body} if body is not None else {}
    if path == "/api/v1/import":
        sent = {"data": {"source": "web"}, "files": {"file": ("a.csv", b"nothing\n")}}
    async with http.stream(method.upper(), url, **sent) as response:
        kind = response.headers.get("content-type", "")
        if "json" not in kind or "ndjson" in kind:
            return response.status_code, {}
        await response.aread()
        return response.status_code, response.json()


async def _answers(http: httpx.AsyncClient, ids: dict[str, str], routes: list[tuple[str, str]]) -> list[Asked]:
    turns = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(method: str, path: str) -> Asked:
        async with turns:
            return await _ask(http, method, path, ids)

    return await asyncio.gather(*(one(method, path) for method, path in routes))


ADMINS: Final = {
    ("delete", "/api/v1/customers/{user_id}"),
    ("delete", "/api/v1/users/{account_id}"),
    ("delete", "/api/v1/invitations/{invitation_id}"),
    ("get", "/api/v1/invitations"),
    ("post", "/api/v1/invitations"),
    ("post", "/api/v1/relabellings"),
    ("post", "/api/v1/relabellings/{relabelling_id}:cancel"),
    ("get", "/api/v1/ratings"),
    ("get", "/api/v1/review/corrections"),
    ("get", "/api/v1/users"),
    ("patch", "/api/v1/users/{user_id}"),
    ("patch", "/api/v1/workspace/settings"),
    ("post", "/api/v1/users"),
}
"""Routes that only admins may use, whatever else there is."""


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AGENT, Role.INGEST])
async def test_what_admins_may_is_refused_to_others(stack: StackRig, role: Role) -> None:
    routes = sorted(ADMINS)
    async with _acting(stack, role) as http:
        answers = await _answers(http, {}, routes)
    told = {route: (status, problem.get("reason")) for route, (status, problem) in zip(routes, answers, strict=True)}
    assert told == dict.fromkeys(routes, (403, "ROLE_MISSING"))


READS: Final = [route for route in GUARDED if route[0] == "get"]
WITH_TEXTS: Final = tuple(
    f"/api/v1/{name}"
    for name in ("messages", "review", "incidents", "requests", "threads", "export", "events", "alerts", "categories")
)


async def test_who_only_sends_messages_reads_none(stack: StackRig) -> None:
    routes = [route for route in READS if route[1].startswith(WITH_TEXTS)]
    async with _acting(stack, Role.INGEST) as http:
        answers = await _answers(http, {}, routes)
    assert {route: status for route, (status, _) in zip(routes, answers, strict=True) if status != 403} == {}


async def test_admins_are_refused_nowhere_for_their_role(stack: StackRig) -> None:
    async with _acting(stack, Role.ADMIN) as http:
        answers = await _answers(http, {}, READS)
    told = dict(zip(READS, answers, strict=True))
    assert {route: answer for route, answer in told.items() if answer[0] in {401, 403} or answer[0] >= 500} == {}


@pytest_asyncio.fixture(scope="module")
async def ours(stack: StackRig) -> dict[str, str]:
    """Parameter of a path → the id of something that is there."""
    thread = {"conversation_id": f"thread-{uuid4().hex[:8]}"}
    stored = {"text": "mine", "source": "web", "user_id": "u", "timestamp": "2026-03-01T09:30:00Z", **thread}
    rule = {"name": "mine", "condition": {"kind": "above", "threshold": 1e9}, "window_seconds": 3600}
    user = {"username": f"u{uuid4().hex[:12]}", "password": "a long password"}
    view = {"name": f"Mine {uuid4().hex[:8]}", "query": {}, "days": 7}
    made = {
        "message_id": await _made(stack, "messages?wait=0", stored),
        "ticket_id": await _made(stack, "requests", {"body": "mine"}),
        "category_id": await _made(stack, "categories", {"name": f"Mine {uuid4().hex[:8]}"}),
        "rule_id": await _made(stack, "alerts/rules", rule),
        "session_id": await _made(stack, "sessions", {}),
        "user_id": await _made(stack, "users", user),
        "token_id": await _made(stack, "tokens", {"name": "mine"}),
        "relabelling_id": await _made(stack, "relabellings", {}),
        "invitation_id": await _made(stack, "invitations", {"role": "viewer"}),
        "query_id": await _made(stack, "saved-queries", view),
        "account_id": await _made(stack, "users", {**user, "username": f"u{uuid4().hex[:12]}"}),
        **thread,
    }
    answer = (await stack.http.post("/api/v1/chat", json={"text": "how many messages last week?"})).json()
    return {**made, "reply_id": answer["reply_id"], "receipt_id": answer["receipt_id"]}


async def _made(stack: StackRig, path: str, body: dict[str, Any]) -> str:
    answer = await stack.http.post(f"/api/v1/{path}", json=body)
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


OF_ANY_ID: Final = {
    ("delete", "/api/v1/customers/{user_id}"),  # a name of the source's: erasing who never wrote is no failure
    ("post", "/api/v1/sessions/{session_id}/messages"),  # an id that is new makes a session
}


def _by_id(names: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Routes about one thing that is there already."""
    for method, path in GUARDED:
        if set(re.findall(r"\{(\w+)\}", path)) & set(names) and (method, path) not in OF_ANY_ID:
            yield method, path


async def test_what_is_another_workspaces_answers_like_what_is_not_there(stack: StackRig, ours: dict[str, str]) -> None:
    routes = list(_by_id(ours))
    assert len(routes) >= 25
    async with _acting(stack, Role.ADMIN, workspace="elsewhere") as http:
        nobodys = {name: new_id() for name in ours}
        foreign, missing = await _answers(http, ours, routes), await _answers(http, nobodys, routes)
    assert [_alike(answer, ours) for answer in foreign] == [_alike(answer, nobodys) for answer in missing]
    told = dict(zip(routes, foreign, strict=True))
    assert {route for route, (status, shown) in told.items() if status < 400 and any(shown.values())} == set()


def _alike(answer: Asked, ids: dict[str, str]) -> Asked:
    """But for the request's own id, and the ids that were asked for."""
    status, shown = answer
    asked = "|".join(ids.values())
    told = {name: re.sub(asked, "…", str(value)) for name, value in shown.items() if name != "request_id"}
    return status, told


@pytest.mark.parametrize("extra", ["workspace_id", "tenant_id", "role", "created_at", "id"])
async def test_what_only_the_server_sets_is_refused(stack: StackRig, extra: str) -> None:
    body = {"text": "a", "source": "web", "user_id": "u", "timestamp": "2026-03-01T09:30:00Z", extra: "x"}
    answer = await stack.http.post("/api/v1/messages", json=body)
    assert (answer.status_code, answer.json()["violations"][0]["field"].split(".")[-1]) == (400, extra)
