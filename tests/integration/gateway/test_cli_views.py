"""What the page shows, from the command line: messages, review, what stands out, rules; and any other route."""

import json
from pathlib import Path
from uuid import uuid4

from gateway.cli.outcomes import ExitCode
from tests.support.stack import StackRig


async def test_a_message_is_stored_listed_and_judged(stack: StackRig, tmp_path: Path) -> None:
    source = f"cli-{uuid4().hex[:8]}"
    made = await stack.earshot("messages", "add", "my deposit has not arrived", "--source", source, "--json")
    assert made.code == ExitCode.OK, made.err
    message_id = made.json["id"]
    listed = await stack.earshot("messages", "list", "--source", source)
    assert "my deposit has not arrived" in listed.out
    assert message_id in listed.out
    judged = await stack.earshot("review", "correct", message_id, "--intent", "deposit_failed")
    assert (judged.code, judged.out) == (ExitCode.OK, "Corrected: deposit_failed\n"), judged.err
    shown = await stack.earshot("messages", "show", message_id, "--json")
    assert [labels["author"] for labels in shown.json["history"]] == ["human", "model"]
    file = tmp_path / "corrections.jsonl"
    assert (await stack.earshot("review", "corrections", str(file))).code == ExitCode.OK
    assert "my deposit has not arrived" in file.read_text(encoding="utf-8")


async def test_labels_are_checked_by_a_sample(stack: StackRig) -> None:
    for text in ("my deposit has not arrived", "where is my bonus", "hello"):
        await stack.earshot("messages", "add", text, "--source", "web")
    drawn = await stack.earshot("review", "sample", "--limit", "2", "--json")
    assert drawn.code == ExitCode.OK, drawn.err
    items = drawn.json["items"]
    assert [item["reason"] for item in items] == ["spot_check"] * 2
    shown = await stack.earshot("review", "sample", "--limit", "200")
    assert all(item["message"]["id"] in shown.out for item in items)


async def test_hours_and_weekdays_narrow_what_is_shown(stack: StackRig, tmp_path: Path) -> None:
    source = f"cli-{uuid4().hex[:8]}"
    # A Monday: 09:30 in Ljubljana, 08:30 in UTC.
    for moment in ("2026-03-02T08:30:00Z", "2026-03-02T10:30:00Z", "2026-03-03T08:30:00Z"):
        await stack.earshot("messages", "add", "my bonus is missing", "--source", source, "--timestamp", moment)
    own = ("--source", source, "--start", "2026-03-01T00:00:00Z")
    narrow = (*own, "--hour", "9", "--weekday", "Monday", "--time-zone", "Europe/Ljubljana")
    listed = await stack.earshot("messages", "list", *narrow, "--json")
    assert [message["timestamp"] for message in listed.json["messages"]] == ["2026-03-02T08:30:00Z"]
    counted = await stack.earshot("stats", *narrow, "--json")
    assert (counted.json["total"], counted.json["query"]["filters"]["weekdays"]) == (1, ["monday"])
    found = await stack.earshot("search", "bonus", *narrow, "--json")
    assert [message["id"] for message in found.json["messages"]] == [listed.json["messages"][0]["id"]]
    file = tmp_path / "monday.jsonl"
    assert (await stack.earshot("export", str(file), *narrow)).code == ExitCode.OK
    assert len(file.read_text(encoding="utf-8").splitlines()) == 1
    wrong = await stack.earshot("messages", "list", "--weekday", "someday")
    assert wrong.code == ExitCode.FAILED, wrong.err


async def test_what_stands_out_is_shown(stack: StackRig) -> None:
    for command in ("spikes", "incidents"):
        done = await stack.earshot(command, "--start", "2019-01-01T00:00:00Z", "--end", "2019-01-08T00:00:00Z")
        assert done.code == ExitCode.OK, done.err
    done = await stack.earshot("changes", "2019-01-08T00:00:00Z", "--end", "2019-01-15T00:00:00Z", "--json")
    assert (done.json["value"], done.json["change"]) == (0, 0)
    told = await stack.earshot("changes", "2019-01-08T00:00:00Z", "--end", "2019-01-15T00:00:00Z")
    assert "0 people wrote, 0 of them new; before, 0 people wrote, 0 of them new." in " ".join(told.out.split())


async def test_a_rule_is_made_and_ended(stack: StackRig) -> None:
    name = f"cli {uuid4().hex[:8]}"
    made = await stack.earshot("alerts", "watch", name, "--above", "1000000", "--category", "deposit", "--json")
    assert made.code == ExitCode.OK, made.err
    assert name in (await stack.earshot("alerts", "rules")).out
    assert (await stack.earshot("alerts", "unwatch", made.json["id"])).code == ExitCode.OK
    assert name not in (await stack.earshot("alerts", "rules")).out
    two = await stack.earshot("alerts", "watch", name, "--above", "1", "--spike")
    assert two.code == ExitCode.USAGE


async def test_any_route_can_be_called(stack: StackRig) -> None:
    done = await stack.earshot("api", "/api/v1/classify", "-d", "-", stdin='{"texts": ["I cannot log in"]}')
    assert done.code == ExitCode.OK, done.err
    assert json.loads(done.out)["results"][0]["categories"][0]["label"] == "login_account"
    wrong = await stack.earshot("api", "/api/v1/stats", "--data", "{")
    assert wrong.code == ExitCode.USAGE
    missing = await stack.earshot("--json", "api", "/api/v1/sessions/none", "--method", "delete")
    assert missing.code == ExitCode.FAILED


async def test_completion_for_the_shell(stack: StackRig) -> None:
    words = {"COMP_WORDS": "earshot ale", "COMP_CWORD": "1", "_EARSHOT_COMPLETE": "complete_bash"}
    assert (await stack.earshot_process(environment=words)).out.split() == ["alerts"]
