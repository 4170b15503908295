"""`Idempotency-Key`: the same request again has the first answer, another one under its key is 409 (T03 to T05)."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.runtime.ids import new_id
from tests.support.http_contract import document
from tests.support.stack import StackRig

MESSAGE = {"text": "where is my deposit", "source": "web", "user_id": "u", "timestamp": "2026-03-01T09:30:00Z"}

RULE = {"condition": {"kind": "above", "threshold": 1e9}, "window_seconds": 3600}
MADE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "/api/v1/requests": ({"text": "my card was declined"}, {"text": "my card was stolen"}),
    "/api/v1/alerts/rules": ({"name": "one", **RULE}, {"name": "another", **RULE}),
    "/api/v1/categories": ({"name": "Invoices {}"}, {"name": "Bills {}"}),
}
"""Path → a body that makes something, and another one."""


async def store(stack: StackRig, key: str, **change: Any) -> httpx.Response:
    return await stack.http.post(
        "/api/v1/messages?wait=0", json={**MESSAGE, **change}, headers={"Idempotency-Key": key}
    )


@pytest.mark.parametrize("form", ["{}", "order {} / 17"])
async def test_a_message_is_stored_once_under_its_key(stack: StackRig, form: str) -> None:
    key = form.format(uuid4())
    answers = await asyncio.gather(*(store(stack, key) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    other = await store(stack, key, text="something else")
    assert (other.status_code, other.json()["reason"]) == (409, "REQUEST_ID_REUSED")
    assert (await store(stack, form.format(uuid4()))).json()["id"] != answers[0].json()["id"]


async def test_a_question_is_asked_once_under_its_key(stack: StackRig) -> None:
    headers = {"Idempotency-Key": f"question {uuid4()}"}
    first = (await stack.http.post("/api/v1/chat", json={"text": "how many messages?"}, headers=headers)).json()
    again = (await stack.http.post("/api/v1/chat", json={"text": "how many messages?"}, headers=headers)).json()
    assert (again["reply_id"], again["session_id"]) == (first["reply_id"], first["session_id"])
    other = await stack.http.post("/api/v1/chat", json={"text": "how many users?"}, headers=headers)
    assert (other.status_code, other.json()["reason"]) == (409, "REQUEST_ID_REUSED")


@pytest.mark.parametrize("path", MADE)
async def test_what_is_made_is_made_once_under_its_key(stack: StackRig, path: str) -> None:
    headers, mark = {"Idempotency-Key": f"make {uuid4()}"}, uuid4().hex[:12]
    first, second = ({**body, **_marked(body, mark)} for body in MADE[path])
    answers = [await stack.http.post(path, json=first, headers=headers) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {201}, answers[0].text
    assert len({answer.json()["id"] for answer in answers}) == 1
    other = await stack.http.post(path, json=second, headers=headers)
    assert (other.status_code, other.json()["reason"]) == (409, "REQUEST_ID_REUSED")


def _marked(body: dict[str, Any], mark: str) -> dict[str, Any]:
    return {"name": body["name"].format(mark)} if "name" in body else {}


async def test_a_judgement_counts_once_under_its_key(stack: StackRig) -> None:
    message = (await stack.http.post("/api/v1/messages?wait=20", json=MESSAGE)).json()["id"]
    path, headers = f"/api/v1/messages/{message}/labels", {"Idempotency-Key": f"judge {uuid4()}"}
    for _ in range(2):
        answer = await stack.http.post(path, json={"intents": ["bonus_missing"]}, headers=headers)
        assert answer.status_code == 200, answer.text
    assert len((await stack.http.get(f"/api/v1/messages/{message}")).json()["history"]) == 2
    other = await stack.http.post(path, json={"intents": ["login_failed"]}, headers=headers)
    assert (other.status_code, other.json()["reason"]) == (409, "REQUEST_ID_REUSED")


async def test_an_import_goes_on_under_its_key(stack: StackRig) -> None:
    key, form = new_id(), {"source": f"key-{uuid4().hex[:8]}"}
    files = {"file": ("a.csv", b"text\none\ntwo\n", "text/csv")}
    answers = [
        (await stack.http.post("/api/v1/import", data=form, files=files, headers={"Idempotency-Key": key})).json()
        for _ in range(2)
    ]
    assert [(answer["import_id"], answer["created"], answer["existing"]) for answer in answers] == [
        (key, 2, 0),
        (key, 0, 2),
    ]


def test_whatever_takes_a_request_id_takes_a_key() -> None:
    repeatable = list(_repeatable(document()))
    assert [path for path, operation in repeatable if not _takes_a_key(operation)] == []
    assert len(repeatable) >= 9


def _repeatable(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(path, operation) of each POST whose body can name the request."""
    schemas = document["components"]["schemas"]
    for path, operations in document["paths"].items():
        content = operations.get("post", {}).get("requestBody", {}).get("content", {})
        for schema in (part["schema"] for part in content.values()):
            names = [one["$ref"].rpartition("/")[2] for one in (schema, *schema.get("oneOf", [])) if "$ref" in one]
            if any({"request_id", "import_id"} & set(schemas[name]["properties"]) for name in names):
                yield path, operations["post"]


def _takes_a_key(operation: dict[str, Any]) -> bool:
    return any(parameter["name"].lower() == "idempotency-key" for parameter in operation.get("parameters", []))


async def test_keys_are_the_callers_own(stack: StackRig) -> None:
    user = {"username": f"u{uuid4().hex[:12]}", "password": "a long password", "role": "agent"}
    await stack.http.post("/api/v1/users", json=user)
    key = f"same words {uuid4()}"
    mine = (await store(stack, key)).json()["id"]
    async with await stack.logged_in(user["username"], user["password"]) as other:
        theirs = await other.post("/api/v1/messages?wait=0", json=MESSAGE, headers={"Idempotency-Key": key})
    assert theirs.status_code == 201
    assert theirs.json()["id"] != mine


async def test_two_names_for_one_request_are_refused(stack: StackRig) -> None:
    body = {"messages": [MESSAGE], "request_id": str(uuid4())}
    answer = await stack.http.post("/api/v1/messages", json=body, headers={"Idempotency-Key": str(uuid4())})
    assert (answer.status_code, answer.json()["violations"][0]["field"]) == (400, "request_id")
    long = await store(stack, "k" * 256)
    assert long.status_code == 400


async def test_a_page_links_to_the_next_and_is_not_sent_twice(stack: StackRig) -> None:
    for _ in range(3):
        await store(stack, str(uuid4()))
    path: str | None = "/api/v1/messages?source=web&page_size=2"
    seen: list[str] = []
    for _ in range(2):
        assert path is not None
        page = await stack.http.get(path)
        seen += [message["id"] for message in page.json()["messages"]]
        link = page.headers["link"]
        assert link.endswith('; rel="next"')
        path = link[1 : link.index(">")]
    assert len(set(seen)) == 4
    one = await stack.http.get("/api/v1/sessions?page_size=200")
    again = await stack.http.get("/api/v1/sessions?page_size=200", headers={"If-None-Match": one.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
