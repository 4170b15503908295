"""Search through HTTP and the command line; answers hold what the document says."""

from uuid import uuid4

import pytest
import pytest_asyncio

from gateway.cli.outcomes import ExitCode
from gateway.shapes.search import SearchAnswer
from tests.support.stack import StackRig

WORD = f"zebra{uuid4().hex[:8]}"


@pytest_asyncio.fixture(scope="module")
async def stored_id(stack: StackRig) -> str:
    """A message with a word of its own."""
    body = {
        "text": f"my withdrawal is still pending, reference {WORD}",
        "source": "telegram",
        "user_id": "player-9",
        "timestamp": "2026-02-14T10:00:00Z",
    }
    answer = await stack.http.post("/api/v1/messages?wait=30", json=body)
    assert answer.json()["status"] == "labelled", answer.text
    message_id: str = answer.json()["id"]
    return message_id


async def test_words_and_meaning_are_found(stack: StackRig, stored_id: str) -> None:
    body = {
        "text": WORD,
        "filters": {"sources": {"any_of": ["telegram"]}},
        "range": {"start": "2026-02-14T00:00:00Z", "end": "2026-02-15T00:00:00Z"},
    }
    answer = await stack.http.post("/api/v1/messages:search", json=body)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    SearchAnswer.model_validate(found)
    assert (found["messages"][0]["id"], found["semantic"]) == (stored_id, True)
    assert 0 < found["messages"][0]["score"] <= 1
    alike = await stack.http.post("/api/v1/messages:search", json={"similar_to": stored_id, "page_size": 3})
    SearchAnswer.model_validate(alike.json())
    assert stored_id not in [hit["id"] for hit in alike.json()["messages"]]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": " "},
        {"text": "a", "similar_to": str(uuid4())},
        {"similar_to": "x"},
        {"text": "a", "page_size": 101},
        {"text": "a", "who": 1},
    ],
)
async def test_a_wrong_body_is_a_problem(stack: StackRig, body: dict[str, object]) -> None:
    answer = await stack.http.post("/api/v1/messages:search", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


async def test_the_command_shows_what_was_found(stack: StackRig, stored_id: str) -> None:
    done = await stack.earshot("search", WORD)
    assert done.code == ExitCode.OK, done.err
    assert WORD in done.out
    as_json = await stack.earshot("--json", "search", "--similar-to", stored_id, "--source", "telegram", "--limit", "2")
    SearchAnswer.model_validate(as_json.json)
    assert (await stack.earshot("search")).code == ExitCode.FAILED
