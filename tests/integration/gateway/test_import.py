"""Import of files: broken rows by number, repetition without doubles, progress as events, a store that is killed."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from gateway.cli.server_events import ServerEvent, read_events
from gateway.shapes.imports import ImportAnswer
from services.runtime.auth import Identity, Role, TokenSigner
from services.runtime.ids import new_id
from tests.support.gateway import lone_gateway
from tests.support.stack import StackRig

BROKEN = (
    b"id,who,when,what\n"
    b"1,anna,2026-03-01T09:00:00Z,my deposit is missing\n"
    b'2,bob,2026-03-01 10:30,"withdrawal pending\nsince monday"\n'
    b"3,carl,yesterday,hello\n"
    b'4,dora,2026-03-01T11:00:00Z,"never closed\n'
    b"5,emil,2026-03-01T12:00:00Z,caf\xe9\n"
    b"6,fritz,2026-03-01T12:00:00Z\n"
    b"7,gina,2026-03-01T13:00:00Z,deposit failed again\n"
    b"8,gina,2026-03-01T13:10:00Z,   \n"
    b"9,gina,2026-03-01T13:10:00Z,a\x00b\n"
)
COLUMNS = {"text_column": "what", "user_column": "who", "timestamp_column": "when", "external_id_column": "id"}


async def imported(stack: StackRig, content: bytes, **form: str) -> dict[str, Any]:
    answer = await stack.http.post("/api/v1/import", data=form, files={"file": ("messages.csv", content)})
    assert answer.status_code == 200, answer.text
    ImportAnswer.model_validate(answer.json())
    body: dict[str, Any] = answer.json()
    return body


async def stored(stack: StackRig, source: str) -> int:
    """Messages of a source, counted by the store."""
    params = {"source": source, "start": "1970-01-01T00:00:00Z", "group_by": "source"}
    answer = await stack.http.get("/api/v1/stats", params=params)
    assert answer.status_code == 200, answer.text
    total: int = answer.json()["total"]
    return total


async def test_broken_rows_are_named_by_number_and_the_rest_is_stored(stack: StackRig) -> None:
    source = f"rows-{uuid4().hex[:8]}"
    result = await imported(stack, BROKEN, source=source, **COLUMNS)
    assert (result["rows"], result["created"], result["failed"]) == (9, 3, 6)
    assert sorted({error["row"] for error in result["errors"]}) == [3, 4, 5, 6, 8, 9]
    assert all(f"row {error['row']}" in error["message"] for error in result["errors"])
    assert await stored(stack, source) == 3
    page = (await stack.http.get("/api/v1/messages", params={"source": source, "order": "oldest_first"})).json()
    assert [item["text"] for item in page["messages"]] == [
        "my deposit is missing",
        "withdrawal pending\nsince monday",
        "deposit failed again",
    ]
    assert [item["user_id"] for item in page["messages"]] == ["anna", "bob", "gina"]


async def test_a_dry_run_names_every_row_that_would_be_refused_and_stores_none(stack: StackRig) -> None:
    source = f"dry-{uuid4().hex[:8]}"
    content = BROKEN + b"1,anna,2026-03-01T09:00:00Z,not what row 1 says\n"
    files = {"file": ("messages.csv", content)}
    answer = await stack.http.post("/api/v1/import?dry_run=true", data={"source": source, **COLUMNS}, files=files)
    assert answer.status_code == 200, answer.text
    ImportAnswer.model_validate(answer.json())
    tried = answer.json()
    assert tried.pop("dry_run") is True
    assert await stored(stack, source) == 0
    done = await imported(stack, content, source=source, **COLUMNS)
    assert {**tried, "import_id": done["import_id"]} == done
    assert (done["rows"], done["created"], done["existing"], done["failed"]) == (10, 3, 0, 7)
    again = await stack.http.post("/api/v1/import?dry_run=true", data={"source": source, **COLUMNS}, files=files)
    assert (again.json()["created"], again.json()["existing"], again.json()["failed"]) == (0, 3, 7)


async def test_the_same_file_again_stores_nothing_twice(stack: StackRig) -> None:
    source, import_id = f"again-{uuid4().hex[:8]}", new_id()
    content = b"text\n" + b"".join(b"message %d\n" % place for place in range(1200))
    first = await imported(stack, content, source=source, import_id=import_id)
    again = await imported(stack, content, source=source, import_id=import_id)
    assert (first["created"], again["created"], again["existing"]) == (1200, 0, 1200)
    assert await stored(stack, source) == 1200


async def test_json_lines(stack: StackRig) -> None:
    source = f"json-{uuid4().hex[:8]}"
    rows = [json.dumps({"text": f"m {place}", "at": 1772366400 + place}) for place in range(3)]
    answer = await stack.http.post(
        "/api/v1/import",
        data={"source": source, "timestamp_column": "at"},
        files={"file": ("m.jsonl", "\n".join([*rows, "{", "[]"]).encode())},
    )
    assert (answer.json()["created"], answer.json()["failed"]) == (3, 2)


async def test_a_column_that_is_not_there_is_named_with_those_that_are(stack: StackRig) -> None:
    answer = await stack.http.post(
        "/api/v1/import", data={"text_column": "body"}, files={"file": ("m.csv", b"id,what\n1,a\n")}
    )
    assert answer.status_code == 400
    assert "'body'" in answer.json()["detail"]
    assert "id, what" in answer.json()["detail"]


async def events(stack: StackRig, content: bytes, **form: str) -> AsyncIterator[ServerEvent]:
    request = stack.http.build_request(
        "POST",
        "/api/v1/import",
        data=form,
        files={"file": ("messages.csv", content)},
        headers={"Accept": "text/event-stream"},
    )
    answer = await stack.http.send(request, stream=True)
    try:
        assert answer.status_code == 200
        async for item in read_events(answer.aiter_bytes()):
            yield item
    finally:
        await answer.aclose()


async def test_progress_grows_to_the_end_and_names_rows_once(stack: StackRig) -> None:
    content = b"text\n" + b"".join(b"message %d\n" % place for place in range(1400)) + b"a,b\n"
    seen = [item async for item in events(stack, content, source="web")]
    assert seen[-1].name == "completed"
    assert {item.name for item in seen[:-1]} == {"progress"}
    rows = [item.data["rows"] for item in seen]
    assert rows == sorted(rows)
    assert rows[-1] == 1401
    assert [error["row"] for item in seen[:-1] for error in item.data["errors"]] == [1401]


@pytest.mark.parametrize("content", [b"", b"a,a\n1,2\n"])
async def test_a_bad_file_ends_its_events_with_failed(stack: StackRig, content: bytes) -> None:
    last = [item async for item in events(stack, content)][-1]
    assert (last.name, last.data["code"]) == ("failed", "INVALID_ARGUMENT")


async def test_an_import_needs_a_role(stack: StackRig) -> None:
    body = {"username": "ina.import", "password": "a long password", "role": "ingest"}
    await stack.http.post("/api/v1/users", json=body)
    await stack.http.post("/api/v1/users", json={**body, "username": "vera.viewer", "role": "viewer"})
    statuses = {}
    for username in ("ina.import", "vera.viewer"):
        async with await stack.logged_in(username, body["password"]) as client:
            files = {"file": ("m.csv", b"text\na\n")}
            statuses[username] = (await client.post("/api/v1/import", files=files)).status_code
    assert statuses == {"ina.import": 200, "vera.viewer": 403}


async def test_an_import_outlives_the_token_that_it_began_with(stack: StackRig, tmp_path: Path) -> None:
    signer = TokenSigner.from_file(stack.stack.home.private_key)
    me = (await stack.http.get("/api/v1/users/me")).json()
    caller = Identity(user_id=me["id"], workspace_id=me["workspace_id"], role=Role.ADMIN, name=me["username"])
    headers = {"Authorization": f"Bearer {signer.sign(caller, lifetime_seconds=-120)}"}
    source = f"token-{uuid4().hex[:8]}"
    async with lone_gateway(tmp_path, token_leeway_seconds=300, **stack.gateway_settings()) as gateway:
        files = {"file": ("m.csv", b"text\na\n")}
        answer = await gateway.http.post("/api/v1/import", data={"source": source}, files=files, headers=headers)
    assert (answer.status_code, answer.json().get("created")) == (200, 1), answer.text


async def test_a_store_killed_in_mid_import_loses_nothing_that_was_acknowledged(stack: StackRig) -> None:
    source = f"kill-{uuid4().hex[:8]}"
    content = b"text\n" + b"".join(b"message number %d\n" % place for place in range(1500))
    killed = False
    last: ServerEvent | None = None
    async for last in events(stack, content, source=source, import_id=new_id()):
        if not killed and last.name == "progress" and last.data["rows"] >= 500:
            stack.stack.processes["store"].kill()
            killed = True
    assert killed
    assert last is not None
    assert (last.name, last.data["rows"], last.data["failed"]) == ("completed", 1500, 0), last.data
    assert await _counted_when_back(stack, source) == 1500


async def _counted_when_back(stack: StackRig, source: str) -> int:
    async with asyncio.timeout(30):
        while True:
            try:
                return await stored(stack, source)
            except (KeyError, httpx.HTTPError):
                continue
