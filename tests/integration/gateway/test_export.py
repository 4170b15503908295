"""Export through HTTP and the command line, and the import of an export: the same rows come back (T50)."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support.stack import StackRig

TEXTS = ["=1+1", "'=quoted", "it's", 'a "b",\nc', "\ttab deposit", "-5 refund", "\u2028 line", "😀 @here", "''", "@x"]
KEPT = ("external_id", "source", "user_id", "timestamp", "text", "conversation_id", "author")


async def stored(stack: StackRig, source: str) -> list[dict[str, Any]]:
    page = await stack.http.get("/api/v1/messages", params={"source": source, "order": "oldest_first"})
    return [{name: message[name] for name in KEPT} for message in page.json()["messages"]]


async def filled(stack: StackRig) -> str:
    source = f"export-{uuid4().hex[:8]}"
    messages = [
        {
            "text": text,
            "source": source,
            "user_id": f"={place}",
            "timestamp": f"2026-03-01T09:30:{place:02}.000001Z",
            "external_id": f"+{place}" if place % 2 else "",
            "conversation_id": "@thread",
            "author": "agent" if place % 3 == 0 else "customer",
        }
        for place, text in enumerate(TEXTS)
    ]
    assert (await stack.http.post("/api/v1/messages?wait=30", json={"messages": messages})).status_code == 201
    return source


@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
async def test_the_import_of_an_export_gives_the_same_rows(stack: StackRig, file_format: str) -> None:
    source = await filled(stack)
    answer = await stack.http.get("/api/v1/export", params={"source": source, "format": file_format})
    assert answer.headers["content-disposition"] == f'attachment; filename="messages.{file_format}"'
    moved = f"{source}-b"
    files = {"file": (f"m.{file_format}", answer.content.replace(source.encode(), moved.encode()))}
    imported = await stack.http.post("/api/v1/import", data={"from_export": "true"}, files=files)
    assert (imported.json()["created"], imported.json()["errors"]) == (len(TEXTS), [])
    assert await stored(stack, moved) == [{**row, "source": moved} for row in await stored(stack, source)]


async def test_the_command_line_writes_whole_files_only(stack: StackRig, tmp_path: Path) -> None:
    source = await filled(stack)
    file = tmp_path / "messages.jsonl"
    done = await stack.earshot("export", str(file), "--source", source)
    assert (done.code, done.err) == (0, "")
    assert [json.loads(line)["text"] for line in file.read_text("utf-8").removesuffix("\n").split("\n")] == TEXTS
    refused = await stack.earshot("export", str(tmp_path / "none.csv"), "--category", "money")
    assert refused.code == 1
    assert not list(tmp_path.glob("none*"))  # noqa: ASYNC240 - a handful of names
    parquet = tmp_path / "messages.parquet"
    assert (await stack.earshot("export", str(parquet), "--source", source)).code == 0
    assert parquet.read_bytes()[:4] == b"PAR1"
    again = await stack.earshot("import", str(file), "--from-export", "--json")
    assert (again.json["created"], again.json["existing"]) == (0, len(TEXTS))


@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
async def test_an_export_that_comes_back_stores_only_what_is_new_in_it(stack: StackRig, file_format: str) -> None:
    source = await filled(stack)
    content = (await stack.http.get("/api/v1/export", params={"source": source, "format": file_format})).content
    changed = content.replace(b"'s", b"'s not", 1)
    files = {"file": (f"m.{file_format}", changed)}
    form = {"from_export": "true"}
    tried = (await stack.http.post("/api/v1/import?dry_run=true", data=form, files=files)).json()
    done = (await stack.http.post("/api/v1/import", data=form, files=files)).json()
    for answer in (tried, done):
        assert (answer["created"], answer["existing"], answer["errors"]) == (1, len(TEXTS) - 1, [])
    texts = sorted(row["text"] for row in await stored(stack, source))
    assert texts == sorted([*TEXTS, "it's not"])
