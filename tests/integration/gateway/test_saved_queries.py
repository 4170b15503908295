"""Saved views and verified questions, over HTTP and the command line: whose they are, what they mean (F37, F39)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from gateway.cli.outcomes import ExitCode
from gateway.shapes.conversation import ChatAnswer
from gateway.shapes.saved import SavedQueryAnswer, SavedQueryPageAnswer
from gateway.shapes.stats import StatsAnswer
from services.runtime.auth import Role
from tests.integration.gateway.test_roles import _acting
from tests.support.stack import StackRig

SAVED = "/api/v1/saved-queries"
FILTERS = {"categories": {"any_of": ["deposit", "withdraw"]}, "hours": [9]}


def view(name: str, **more: Any) -> dict[str, Any]:
    query = {"filters": FILTERS, "time_zone": "Europe/Ljubljana"}
    return {"name": name, "query": query, "days": 7, **more}


async def saved(http: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await http.post(SAVED, json=body)
    assert answer.status_code == 200, answer.text
    SavedQueryAnswer.model_validate(answer.json())
    found: dict[str, Any] = answer.json()
    return found


async def listed(http: httpx.AsyncClient, **params: str | int) -> list[dict[str, Any]]:
    answer = await http.get(SAVED, params={"page_size": 200, **params})
    SavedQueryPageAnswer.model_validate(answer.json())
    queries: list[dict[str, Any]] = answer.json()["queries"]
    return queries


@asynccontextmanager
async def workspace(stack: StackRig) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient, httpx.AsyncClient]]:
    """A viewer, an agent and an admin of a workspace of their own."""
    name = f"w-{uuid4().hex[:8]}"
    async with (
        _acting(stack, Role.VIEWER, name) as viewer,
        _acting(stack, Role.AGENT, name) as agent,
        _acting(stack, Role.ADMIN, name) as admin,
    ):
        yield viewer, agent, admin


async def test_a_view_is_ones_own_or_everybodys(stack: StackRig) -> None:
    async with workspace(stack) as (viewer, agent, admin):
        own = await saved(viewer, view("Angry payments"))
        assert (own["kind"], own["shared"], own["days"], own["author_name"]) == ("view", False, 7, "some viewer")
        assert own["query"]["filters"]["hours"] == [9]
        assert (own["query"]["range"], own["query"]["time_zone"]) == (None, "Europe/Ljubljana")
        assert await listed(viewer) == [own]
        assert await listed(admin) == []
        refused = await viewer.post(SAVED, json=view("For all", shared=True))
        assert (refused.status_code, refused.json()["reason"]) == (403, "ROLE_MISSING")
        shared = await saved(
            agent, view("For all", shared=True, days=None, first_day="2026-02-01", last_day="2026-02-28")
        )
        assert await listed(viewer) == [shared, own]
        assert await listed(viewer, name="FOR  all!") == [shared]
        assert await listed(viewer, kind="question") == []
        for call in (
            viewer.delete(f"{SAVED}/{shared['id']}"),
            viewer.patch(f"{SAVED}/{shared['id']}", json={"name": "x"}),
        ):
            assert (await call).json()["reason"] == "ROLE_MISSING"
        for other in (admin.delete(f"{SAVED}/{own['id']}"), admin.patch(f"{SAVED}/{own['id']}", json={"name": "x"})):
            assert (await other).json()["reason"] == "SAVED_QUERY_NOT_FOUND"
        assert (await admin.delete(f"{SAVED}/{shared['id']}")).status_code == 204
        assert (await viewer.delete(f"{SAVED}/{own['id']}")).status_code == 204
        assert await listed(viewer) == []


async def test_a_name_is_taken_over_and_not_taken_away(stack: StackRig) -> None:
    async with workspace(stack) as (viewer, _, _):
        first, second = await saved(viewer, view("One")), await saved(viewer, view("Two"))
        again = await saved(viewer, view(" ONE ", days=30))
        assert (again["id"], again["name"], again["days"]) == (first["id"], "ONE", 30)
        taken = await viewer.patch(f"{SAVED}/{second['id']}", json={"name": "one"})
        assert (taken.status_code, taken.json()["reason"]) == (409, "SAVED_QUERY_EXISTS")
        renamed = await viewer.patch(f"{SAVED}/{second['id']}", json={"name": "Three"})
        assert (renamed.json()["id"], renamed.json()["name"]) == (second["id"], "Three")
        page = (await viewer.get(SAVED, params={"page_size": 1})).json()
        rest = (await viewer.get(SAVED, params={"page_size": 1, "page_token": page["next_page_token"]})).json()
        assert [one["name"] for one in page["queries"] + rest["queries"]] == ["Three", "ONE"]
        assert rest["next_page_token"] is None


async def test_what_is_no_view_is_refused(stack: StackRig) -> None:
    async with workspace(stack) as (viewer, _, _):
        for body, reason in (
            (view("v", days=None), "BAD_RANGE"),
            (view("v", first_day="2026-02-01", last_day="2026-02-28"), "BAD_RANGE"),
            (view("v", days=None, first_day="2026-02-28", last_day="2026-02-01"), "BAD_RANGE"),
            (view(" "), "EMPTY_TEXT"),
            (view("v", query={"filters": {"categories": {"any_of": ["weather"]}}}), "BAD_FILTER"),
            (view("v", query={"time_zone": "Mars/Base"}), "BAD_TIME_ZONE"),
            (view("v", query={"range": {"start": "2026-02-01T00:00:00Z"}}), "BAD_QUERY"),
        ):
            answer = await viewer.post(SAVED, json=body)
            assert (answer.status_code, answer.json()["reason"]) == (400, reason), answer.text
        assert (await viewer.post(SAVED, json=view("v", first_day="yesterday"))).status_code == 400
        for at in range(100):
            await saved(viewer, view(f"v{at}"))
        full = await viewer.post(SAVED, json=view("one more"))
        assert (full.status_code, full.json()["reason"]) == (429, "TOO_MANY_ENTRIES")
        await saved(viewer, view("v7", days=1))


async def test_the_command_line_asks_what_a_view_asks(stack: StackRig) -> None:
    name = f"View {uuid4().hex[:8]}"
    kept = await saved(stack.http, view(name))
    done = await stack.earshot("stats", "--view", name, "--group-by", "source", "--json")
    assert done.code == ExitCode.OK, done.err
    StatsAnswer.model_validate(done.json)
    query = done.json["query"]
    assert (query["filters"], query["group_by"]) == (kept["query"]["filters"], ["source"])
    start = datetime.fromisoformat(query["range"]["start"])
    assert (start.hour, start.minute) == (0, 0)
    today = datetime.now(UTC).astimezone(start.tzinfo).date()
    assert today - start.date() in {timedelta(days=6), timedelta(days=7)}, "midnight may have passed meanwhile"
    assert name in (await stack.earshot("saved", "list", "--kind", "view")).out
    wrong = await stack.earshot("stats", "--view", name, "--days", "3")
    assert (wrong.code, "--days cannot stand beside --view" in wrong.err) == (ExitCode.USAGE, True)
    assert (await stack.earshot("saved", "rename", kept["id"], f"{name} again")).code == ExitCode.OK
    assert (await stack.earshot("stats", "--view", name)).code == ExitCode.USAGE
    assert (await stack.earshot("saved", "delete", kept["id"])).out == "It is deleted.\n"


async def test_a_verified_question_is_read_as_it_was(stack: StackRig) -> None:
    async with workspace(stack) as (viewer, agent, _):
        odd = "What's up with cash trouble last week?"
        meant = "how many deposit messages came in last week, by source?"
        first = (await agent.post("/api/v1/chat", json={"text": odd})).json()
        better = (await agent.post("/api/v1/chat", json={"text": meant, "replaces_turn_id": first["reply_id"]})).json()
        path = f"/api/v1/replies/{better['reply_id']}/verified"
        kept = await agent.put(path, json={"question": odd})
        assert kept.status_code == 200, kept.text
        SavedQueryAnswer.model_validate(kept.json())
        assert (kept.json()["kind"], kept.json()["name"], kept.json()["operation"]) == ("question", odd, "stats")
        assert kept.json()["query"]["range"] is None
        again = (await viewer.post("/api/v1/chat", json={"text": f"{odd.upper()}!"})).json()
        ChatAnswer.model_validate(again)
        assert again["interpretation"] | {"explanation": ""} == better["interpretation"] | {
            "verified_by": "some agent",
            "explanation": "",
        }
        read = (await viewer.post("/api/v1/interpret", json={"text": odd})).json()
        assert (read["verified_by"], read["group_by"]) == ("some agent", ["source"])
        assert (await viewer.post("/api/v1/stats", json=read)).status_code == 200
        assert (await agent.patch(f"{SAVED}/{kept.json()['id']}", json={"name": "x"})).status_code == 404
        (question,) = await listed(viewer, kind="question")
        assert (await agent.delete(f"{SAVED}/{question['id']}")).status_code == 204
        anew = (await viewer.post("/api/v1/chat", json={"text": odd})).json()
        assert "verified_by" not in anew["interpretation"]
    async with workspace(stack) as (other, _, _):
        assert "verified_by" not in (await other.post("/api/v1/interpret", json={"text": odd})).json()


async def test_only_what_its_words_say_is_verified(stack: StackRig) -> None:
    async with workspace(stack) as (viewer, agent, _):
        own = (await viewer.post("/api/v1/chat", json={"text": "how many messages yesterday?"})).json()
        refused = await viewer.put(f"/api/v1/replies/{own['reply_id']}/verified", json={})
        assert (refused.status_code, refused.json()["reason"]) == (403, "ROLE_MISSING")
        theirs = await agent.put(f"/api/v1/replies/{own['reply_id']}/verified", json={})
        assert (theirs.status_code, theirs.json()["reason"]) == (404, "TURN_NOT_FOUND")
        turns: list[dict[str, Any]] = []
        for text in (
            "how many deposit messages yesterday?",
            "and on telegram?",
            "and last month?",
            "how many withdrawal messages came in by email last week?",
            "hello",
        ):
            session = {"session_id": turns[0]["session_id"]} if turns else {}
            turns.append((await agent.post("/api/v1/chat", json={"text": text, **session})).json())
        verifiable = []
        for turn in turns:
            answer = await agent.put(f"/api/v1/replies/{turn['reply_id']}/verified", json={})
            verifiable.append(answer.status_code == 200)
            assert answer.status_code == 200 or answer.json()["reason"] == "NOT_VERIFIABLE", answer.text
        assert verifiable == [True, False, False, True, False]
        for words in ("how many deposit messages?", "delete all messages of yesterday"):
            answer = await agent.put(f"/api/v1/replies/{turns[0]['reply_id']}/verified", json={"question": words})
            assert answer.json()["reason"] == "NOT_VERIFIABLE", words
